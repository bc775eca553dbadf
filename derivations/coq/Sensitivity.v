(* How a lag weight moves with nu_W, over any commutative ring.

   The derivative f'(w) is the factor of e in f(w + e) where e * e = 0.  In the ring of dual numbers that
   factor is unique, the slope (DualNumbers.v).  The derivative in the sense of analysis is in RealWeights.v.
   *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices DualNumbers Weights.

Section Sensitivity.
Context {K : Ring}.
Add Ring scalars : (laws K).

Lemma power_dual (w e : K) i : e * e = 0 -> (w + e) ^ i = w ^ i + e * (whole i * w ^ (i - 1)).
Proof.
  intros He. induction i as [| i IH]; [simpl; ring |].
  cbn [power]. rewrite IH. destruct i as [| i]; cbn [power whole Nat.sub]; rewrite ?Nat.sub_0_r; ring [He].
Qed.

(* Natural subtraction stops at 0, but then the factor i does as well. *)
Lemma pairs_of_places i : whole i * whole (i - 1) = whole i * (whole i - 1) :> K.
Proof. destruct i; simpl; rewrite ?Nat.sub_0_r; ring. Qed.

Theorem sensitivity (nu_W nu_F nu_C e : K) i :
  e * e = 0 ->
  rho (nu_W + e) nu_F nu_C i
  = rho nu_W nu_F nu_C i
    + e * (whole i * nu_C * nu_F * nu_W ^ (i - 2) * (whole i - 1) + whole i * nu_W ^ (i - 1) * (nu_C + nu_F)).
Proof.
  intros He. rewrite !lag_weights, !power_dual by exact He.
  replace (i - 1 - 1)%nat with (i - 2)%nat by lia.
  ring [(pairs_of_places i)].
Qed.

Lemma value_whole k : value (whole k : Dual K) = whole k.
Proof. induction k as [| k IH]; [reflexivity |]. cbn [whole]. now rewrite value_add, IH. Qed.

Lemma slope_whole k : slope (whole k : Dual K) = 0.
Proof. induction k as [| k IH]; [reflexivity |]. cbn [whole]. rewrite slope_add, IH. simpl. ring. Qed.

Lemma slope_power (x : Dual K) k : slope (x ^ k) = whole k * value x ^ (k - 1) * slope x.
Proof.
  induction k as [| k IH]; [simpl; ring |]. cbn [power]. rewrite slope_mul, IH, value_power.
  destruct k as [| k]; cbn [power whole Nat.sub]; rewrite ?Nat.sub_0_r; ring.
Qed.

(* In the ring of dual numbers this is the derivative: the slope where nu_W alone moves, with slope 1. *)
Theorem sensitivity_slope (nu_W nu_F nu_C : K) i :
  slope (rho ((nu_W, 1) : Dual K) (constant nu_F) (constant nu_C) i)
  = whole i * nu_C * nu_F * nu_W ^ (i - 2) * (whole i - 1) + whole i * nu_W ^ (i - 1) * (nu_C + nu_F).
Proof.
  rewrite lag_weights. repeat rewrite ?slope_add, ?slope_mul, ?value_add, ?value_mul.
  rewrite !slope_power, !value_power, slope_whole, value_whole. cbn [constant value slope fst snd].
  replace (i - 1 - 1)%nat with (i - 2)%nat by lia.
  ring [(pairs_of_places i)].
Qed.
End Sensitivity.
