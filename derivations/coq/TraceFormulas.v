(* The laws of traces of powers as formulas over any commutative ring.

   The coefficients of the expansions in 1/n are whole numbers; here they stand as scalars, and quotients are
   products with a given inverse.  [trace_covariance_any] adds to trace-covariance the powers in either
   order. *)
Require Import List Arith Lia Bool Ring Ring_theory.
Import ListNotations.
From NTK Require Import Words Factorisation Orders PowerTraces Crosscap Alternating LeadingCovariance.
From NTK Require Import TraceCovariance SecondOrder Symmetries.

(* ---- Any order of the powers ---- *)

Definition gap a b := Nat.max a b - Nat.min a b.

Lemma covariance_sorted a b v :
  covariance (power_word a b) v = covariance (power_word (Nat.min a b + gap a b) (Nat.min a b)) v.
Proof.
  unfold gap. destruct (le_lt_dec b a) as [H|H].
  - rewrite Nat.min_r, Nat.max_l by assumption. now replace (b + (a - b)) with a by lia.
  - rewrite Nat.min_l, Nat.max_r by lia. replace (a + (b - a)) with b by lia.
    rewrite <- covariance_transpose. f_equal. unfold power_word.
    change (repeat false b) with (corun true b). now rewrite transpose_app, transpose_corun, transpose_run.
Qed.
Theorem trace_covariance_any a b c d : covariance (power_word a b) (power_word c d) =
  if gap a b =? gap c d
  then (if gap a b =? 0 then 2 else 1) * walk_overlap (Nat.min a b) (Nat.min c d) +
       gap a b * (Nat.min a b + 1) * (Nat.min c d + 1)
  else 0.
Proof.
  destruct (Nat.eqb_spec (gap a b) (gap c d)) as [H|H].
  - rewrite covariance_sorted, covariance_commute, covariance_sorted, covariance_commute, <- H.
    apply trace_covariance.
  - destruct (Nat.eq_dec (covariance (power_word a b) (power_word c d)) 0) as [|Hn]; [assumption |].
    apply trace_covariance_zero in Hn. unfold gap in H. lia.
Qed.

(* E tr(M^a M'^a)/n = 1 + 0/n + tau(a)/n^2 + ... *)
Theorem equal_powers a : mean 0 (power_word a a) = 1 /\ mean 1 (power_word a a) = 0.
Proof. rewrite power_traces, crosscap_traces, Nat.eqb_refl, orb_true_r. auto. Qed.

(* ---- Formulas ---- *)
From NTK Require Import Scalars.
Open Scope scalar_scope.

Section Formulas.
Context {K : Ring}.
Add Ring scalars : (laws K).

(* t(a, b) of power-traces, the limit of n^(-1 - (a+b)/2) E tr(W^a W'^b): the entries' variance counts once
   for each pair of letters. *)
Definition power_trace (nu_W : K) (a b : nat) : K := nu_W ^ ((a + b) / 2) * whole (mean 0 (power_word a b)).
(* For unit variances: the limit of E tr(M^a M'^b M^c M'^d)/n; the coefficients of 1/n in E tr(M^a M'^b)/n and
   of n^-2 in E tr(M^a M'^a)/n; the limit of cov(tr M^a M'^b, tr M^c M'^d). *)
Definition alternating_trace (a b c d : nat) : K := whole (mean 0 (power_word a b ++ power_word c d)).
Definition crosscap_trace (a b : nat) : K := whole (mean 1 (power_word a b)).
Definition second_order_trace (a : nat) : K := whole (mean 2 (power_word a a)).
Definition power_covariance (a b c d : nat) : K := whole (covariance (power_word a b) (power_word c d)).

Theorem power_trace_formula nu_W a b : power_trace nu_W a b = nu_W ^ a * delta a b.
Proof.
  unfold power_trace, delta. rewrite power_traces. destruct (Nat.eqb_spec a b) as [<-|]; [|simpl; ring].
  replace (a + a)%nat with (a * 2)%nat by lia. rewrite Nat.div_mul by lia. simpl. ring.
Qed.

Theorem alternating_trace_formula a1 b1 a2 b2 : alternating_trace a1 b1 a2 b2 =
  delta (a1 + a2) (b1 + b2) * (1 + whole (Nat.min (Nat.min a1 b1) (Nat.min a2 b2))).
Proof.
  unfold alternating_trace, delta. rewrite alternating_words. destruct (_ =? _)%nat; [|simpl; ring].
  rewrite whole_add. simpl. ring.
Qed.

Theorem crosscap_trace_formula a b : crosscap_trace a b =
  if Nat.even (a + b) && negb (a =? b) then whole (Nat.min a b) + 1 else 0.
Proof.
  unfold crosscap_trace. rewrite crosscap_traces, <- Nat.negb_even. destruct (Nat.even (a + b)), (a =? b)%nat;
    simpl; try reflexivity. rewrite whole_add. simpl. ring.
Qed.

Lemma whole_sub x y : (y <= x)%nat -> whole (x - y) = whole x - whole y :> K.
Proof. intros H. replace x with (x - y + y)%nat at 2 by lia. rewrite whole_add. ring. Qed.
Lemma cancel_inverse (x y c inv : K) : c * inv = 1 -> c * x = y -> x = y * inv.
Proof. intros H <-. transitivity (x * (c * inv)); [rewrite H; ring | ring]. Qed.
Lemma minus_one_power a : (- (1)) ^ a = if Nat.odd a then - (1) else 1 :> K.
Proof.
  induction a; [reflexivity |]. simpl power. rewrite IHa, Nat.odd_succ, <- Nat.negb_odd.
  destruct (Nat.odd a); simpl; ring.
Qed.

Theorem second_order_trace_formula a inv : whole 48 * inv = 1 -> second_order_trace a =
  (whole 2 * whole a ^ 4 + whole 16 * whole a ^ 3 - whole 8 * whole a ^ 2 - whole 16 * whole a
   + whole 3 - whole 3 * (- (1)) ^ a) * inv.
Proof.
  intros H. apply (cancel_inverse _ _ (whole 48)); [exact H |].
  pose proof (f_equal (@whole K) (trace_second_order a)) as Ht.
  rewrite !whole_add, !whole_mul, !whole_pow in Ht. unfold second_order_trace. rewrite minus_one_power.
  set (tau := whole (mean 2 (power_word a a))) in *.
  transitivity (whole 48 * tau + whole 8 * whole a ^ 2 + whole 16 * whole a
                - whole 8 * whole a ^ 2 - whole 16 * whole a); [ring |].
  rewrite Ht. destruct (Nat.odd a); simpl whole; ring.
Qed.

Theorem power_covariance_formula b d D inv : whole 6 * inv = 1 ->
  power_covariance (b + D) b (d + D) d =
  (1 + delta D 0) * (whole (Nat.min b d) * (whole (Nat.min b d) + 1)
    * (whole 3 * whole (Nat.max b d) - whole (Nat.min b d) + 1) * inv)
  + whole D * (whole b + 1) * (whole d + 1).
Proof.
  intros H. unfold power_covariance. rewrite trace_covariance.
  pose proof (f_equal (@whole K) (walk_overlap_closed b d)) as Ho.
  replace (3 * Nat.max b d + 1 - Nat.min b d)%nat with (3 * Nat.max b d - Nat.min b d + 1)%nat in Ho by lia.
  rewrite !whole_mul, !whole_add in Ho.
  rewrite whole_sub, whole_mul in Ho by lia. apply (cancel_inverse _ _ _ inv H) in Ho.
  rewrite !whole_add, !whole_mul, Ho, !whole_add.
  unfold delta. destruct (D =? 0)%nat; simpl; ring.
Qed.

Theorem power_covariance_zero a b c d : (a + d <> b + c)%nat -> (a + c <> b + d)%nat ->
  power_covariance a b c d = 0.
Proof.
  intros H1 H2. unfold power_covariance.
  destruct (Nat.eq_dec (covariance (power_word a b) (power_word c d)) 0) as [->|Hn]; [reflexivity |].
  apply trace_covariance_zero in Hn. lia.
Qed.
End Formulas.
