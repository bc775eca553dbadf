(* The core of equivalence: two descents whose steps differ by little stay near one another.

   One path follows u <- u - F(u), as the scaled convolution does with F = eta rho dJ/dL.  The other, as
   the wide network, takes the same step but for a remainder of norm r / sqrt n at most.  Where F is
   Lipschitz with constant q along the two paths, Gronwall's inequality bounds their separation.  That the
   hypotheses hold with a probability near 1 for the network's random start is not part of this file. *)
Require Import Reals Ratan Lra Lia.
From NTK Require Import Scalars RealWeights Limits Norms.
Open Scope R_scope.

(* Gronwall's inequality for the first [steps] steps; the bound solves the recursion with equality. *)
Lemma gronwall (e : nat -> R) q s steps : 0 < q -> e O <= 0 ->
  (forall k, (k < steps)%nat -> e (S k) <= (1 + q) * e k + s) ->
  forall k, (k <= steps)%nat -> e k <= s * ((q + 1) ^ k - 1) / q.
Proof.
  intros Hq Hstart Hstep. induction k as [| k IH]; intros Hk.
  - simpl. replace (s * (1 - 1) / q) with 0 by (field; lra). exact Hstart.
  - apply Rle_trans with (1 := Hstep k Hk).
    apply Rle_trans with ((1 + q) * (s * ((q + 1) ^ k - 1) / q) + s).
    + apply Rplus_le_compat_r, Rmult_le_compat_l; [lra | apply IH; lia].
    + right. simpl. field. lra.
Qed.

Section Paths.
Context {V : Space} (F : V -> V) (remainder : nat -> V).

(* The convolution's path, and the network's. *)
Fixpoint exact_path (start : V) (k : nat) : V :=
  match k with O => start | S k => move (exact_path start k) (-1) (F (exact_path start k)) end.
Fixpoint perturbed_path (start : V) (k : nat) : V :=
  match k with
  | O => start
  | S k => move (move (perturbed_path start k) (-1) (F (perturbed_path start k))) 1 (remainder k)
  end.

Theorem paths_stay_near (start : V) q r n steps : 0 < q -> (0 < n)%nat ->
  (forall k, (k < steps)%nat -> norm (remainder k) <= r / sqrt (INR n)) ->
  (forall k, (k < steps)%nat -> separation (F (perturbed_path start k)) (F (exact_path start k))
                                <= q * separation (perturbed_path start k) (exact_path start k)) ->
  forall k, (k <= steps)%nat ->
  separation (perturbed_path start k) (exact_path start k) <= r * ((q + 1) ^ k - 1) / (sqrt (INR n) * q).
Proof.
  intros Hq Hn Hremainder Hlipschitz k Hk.
  assert (Hroot : 0 < sqrt (INR n)) by (apply sqrt_lt_R0, lt_0_INR, Hn).
  replace (r * ((q + 1) ^ k - 1) / (sqrt (INR n) * q)) with (r / sqrt (INR n) * ((q + 1) ^ k - 1) / q)
    by (field; lra).
  revert k Hk. apply gronwall; [exact Hq | |].
  - apply norm_at_most; [lra |]. simpl. rewrite square_move. lra.
  - intros k Hk. set (u := perturbed_path start k) in *. set (v := exact_path start k) in *.
    (* u - F u + R - (v - F v) = (u - v) - (F u - F v) + R *)
    apply Rle_trans with (norm (move (move (move u (-1) v) (-1) (move (F u) (-1) (F v))) 1 (remainder k))).
    + apply Req_le, norm_equal. intros w. simpl. fold u v. rewrite !dot_move. ring.
    + apply Rle_trans with (1 := norm_move _ _ _). rewrite Rabs_R1.
      pose proof (norm_move (move u (-1) v) (-1) (move (F u) (-1) (F v))) as H.
      replace (Rabs (-1)) with 1 in H by (rewrite Rabs_left; lra).
      specialize (Hlipschitz k Hk). specialize (Hremainder k Hk).
      unfold separation in *. fold u v in Hlipschitz. lra.
Qed.
End Paths.

(* The bound vanishes as the width grows. *)
Lemma null_inverse_root : null (fun n => / sqrt (INR (S n))).
Proof.
  intros e He. destruct (RinvN_cv (pow_lt e 2 He)) as [N HN]. exists N. intros n Hn.
  specialize (HN n Hn). change (pos (RinvN n)) with (/ (INR n + 1)) in HN. rewrite <- S_INR in HN.
  assert (Hn' : 0 < INR (S n)) by (apply lt_0_INR; lia). pose proof (sqrt_lt_R0 _ Hn') as Hroot.
  unfold R_dist in *. rewrite Rminus_0_r in *.
  rewrite Rabs_right in * by (apply Rle_ge, Rlt_le, Rinv_0_lt_compat; assumption).
  apply Rnot_le_lt. intros H. apply (Rlt_not_le _ _ HN).
  replace (/ INR (S n)) with ((/ sqrt (INR (S n))) ^ 2); [apply pow_incr; lra |].
  rewrite <- (pow2_sqrt (INR (S n))) at 2 by lra. field. lra.
Qed.

Theorem bound_vanishes q r k : 0 < q -> Un_cv (fun n => r * ((q + 1) ^ k - 1) / (sqrt (INR n) * q)) 0.
Proof.
  intros Hq. apply null_later. apply (Un_cv_ext (fun n => r * ((q + 1) ^ k - 1) / q * / sqrt (INR (S n)))).
  - intros n. field. split; [lra |]. apply Rgt_not_eq, sqrt_lt_R0, lt_0_INR. lia.
  - apply null_scale, null_inverse_root.
Qed.
