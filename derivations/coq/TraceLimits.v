(* Limits of means and covariances of traces over the real numbers, as the width n grows.

   With M = W/sqrt(n) and any Gaussian W of real variance nu_W: E tr(w)/n tends to nu_W^h mean 0 w, and
   cov(tr u, tr v) to nu_W^h covariance u v, 2 h being the number of letters.  For powers of M and M' these
   are the catalogue's power-traces, alternating-words and trace-covariance, as limits.  The real numbers'
   axioms are those of Coq's library. *)
Require Import List Arith Lia Bool Reals RiemannInt Lra.
Import ListNotations.
From NTK Require Import Scalars Gaussian GaussianPolynomials Words Factorisation Orders PowerTraces.
From NTK Require Import Alternating LeadingCovariance TraceCovariance TraceFormulas.
From NTK Require Import Expectation TraceMoments RealWeights Limits.
Open Scope R_scope.

(* A polynomial at 1/n tends to its constant coefficient. *)
Lemma inverse_width_null : Un_cv (fun n => / INR (S n)) 0.
Proof. apply (Un_cv_ext (fun n => RinvN n)); [|exact RinvN_cv]. intros n. rewrite S_INR. reflexivity. Qed.

Lemma polynomial_limit (f : nat -> nat) N :
  Un_cv (fun n => polynomial (K := reals) f N (/ INR (S n))) (match N with O => 0 | S _ => INR (f 0%nat) end).
Proof.
  revert f. induction N as [|N IH]; intros f.
  - apply (Un_cv_ext (fun _ => 0)); [reflexivity | apply cv_const].
  - apply (cv_value _ (INR (f 0%nat) + 0 * match N with O => 0 | S _ => INR (f 1%nat) end)); [|ring].
    apply (Un_cv_ext (fun n => INR (f 0%nat) +
      / INR (S n) * polynomial (K := reals) (fun p => f (S p)) N (/ INR (S n)))).
    + intros n. rewrite polynomial_first, whole_real. reflexivity.
    + apply CV_plus; [apply cv_const |]. apply CV_mult; [apply inverse_width_null | apply IH].
Qed.

Section Limits.
Variables nu_W nu_F nu_C : R.
Variable G : Gaussian reals nu_W nu_F nu_C.

(* The inverse root of the width; E tr(w)/n and cov(tr u, tr v) for words in M = W/sqrt(n). *)
Definition root (n : nat) : R := / sqrt (INR n).
Definition mean_of_trace (n : nat) (w : word) : R :=
  root n ^ length w * expect (trace (G := G) n w) / INR n.
Definition covariance_of_traces (n : nat) (u v : word) : R :=
  root n ^ (length u + length v) *
  (expect (trace (G := G) n u * trace n v)%scalar -
   expect (trace (G := G) n u) * expect (trace (G := G) n v)).

Lemma root_square n : root (S n) * root (S n) = / INR (S n).
Proof.
  unfold root. rewrite <- Rinv_mult, sqrt_sqrt by apply pos_INR. reflexivity.
Qed.
Lemma root_of_inverse n : (whole (S n) * (root (S n) * root (S n)) = 1 :> reals)%scalar.
Proof.
  change (Rmult (whole (S n)) (Rmult (root (S n)) (root (S n))) = 1). rewrite root_square, whole_real.
  apply Rinv_r. apply not_0_INR. lia.
Qed.

Theorem mean_limit w h : length w = (2 * h)%nat ->
  Un_cv (fun n => mean_of_trace (S n) w) (nu_W ^ h * INR (mean 0 w)).
Proof.
  intros H.
  apply (Un_cv_ext (fun n =>
    nu_W ^ h * polynomial (K := reals) (fun r => mean r w) (S (h + 1)) (/ INR (S n)))).
  - intros n. pose proof (normalised_traces (G := G) (S n) (root (S n)) (root_of_inverse n) [w] h) as Hn.
    rewrite letters_cons in Hn. specialize (Hn ltac:(cbn; lia)). unfold mean_of_trace, mean.
    replace (h + 1)%nat with (h + length [w])%nat by reflexivity. rewrite <- root_square.
    rewrite <- power_real. transitivity (normalised (G := G) (S n) (root (S n)) [w]); [symmetry; exact Hn |].
    unfold normalised. cbn [traces]. rewrite height_cons. unfold Rdiv. rewrite <- root_square.
    rewrite (Rmul_comm (laws (variables G)) _ 1%scalar), (Rmul_1_l (laws (variables G))).
    replace (length w + 2 + height [])%nat with (length w + 2)%nat by (cbn; lia).
    change (@mul reals) with Rmult. change (@power reals) with pow. rewrite pow_add.
    match goal with |- @eq _ ?a ?b => change (@eq R a b) end. simpl (_ ^ 2). ring.
  - apply CV_mult; [apply cv_const |]. apply polynomial_limit.
Qed.

Theorem covariance_limit u v h : (length u + length v = 2 * h)%nat ->
  Un_cv (fun n => covariance_of_traces (S n) u v) (nu_W ^ h * INR (covariance u v)).
Proof.
  intros H. apply (cv_value _ (nu_W ^ h * (INR (covariance u v) + 0 *
    match h with O => 0 | S _ => INR (covariance_order 3 [u] [v]) end))); [|ring].
  apply (Un_cv_ext (fun n => nu_W ^ h * (INR (covariance u v) + / INR (S n) *
    polynomial (K := reals) (fun r => covariance_order (r + 3) [u] [v]) h (/ INR (S n))))).
  - intros n. unfold covariance_of_traces. rewrite H, <- root_square, <- whole_real.
    symmetry. exact (trace_covariance_expansion (G := G) (S n) (root (S n)) (root_of_inverse n) u v h H).
  - apply CV_mult; [apply cv_const |]. apply CV_plus; [apply cv_const |].
    apply CV_mult; [apply inverse_width_null |].
    apply (polynomial_limit (fun r => covariance_order (r + 3) [u] [v])).
Qed.

(* An odd number of letters has mean 0 at every width. *)
Lemma expect_odd n w : Nat.odd (length w) = true -> expect (trace (G := G) n w) = 0 :> R.
Proof.
  intros H. pose proof (expect_traces_odd (G := G) n [w]) as He.
  rewrite letters_cons, Nat.add_0_r in He. specialize (He H). cbn [traces] in He.
  now rewrite (Rmul_comm (laws (variables G)) _ 1%scalar), (Rmul_1_l (laws (variables G))) in He.
Qed.
Lemma mean_of_odd n w : Nat.odd (length w) = true -> mean_of_trace n w = 0.
Proof.
  intros H. unfold mean_of_trace. rewrite expect_odd by exact H. unfold Rdiv. ring.
Qed.

(* The words of the catalogue *)
Lemma length_power_word a b : length (power_word a b) = (a + b)%nat.
Proof. unfold power_word. now rewrite app_length, !repeat_length. Qed.

Theorem power_traces_limit a b :
  Un_cv (fun n => mean_of_trace (S n) (power_word a b)) (if a =? b then nu_W ^ a else 0).
Proof.
  destruct (Nat.Even_or_Odd (a + b)) as [[h H]|H].
  - apply (cv_value _ (nu_W ^ h * INR (mean 0 (power_word a b)))).
    + apply mean_limit. now rewrite length_power_word.
    + rewrite power_traces. destruct (Nat.eqb_spec a b); simpl; [replace h with a by lia |]; ring.
  - apply (Un_cv_ext (fun _ => 0)).
    + intros n. symmetry. apply mean_of_odd. rewrite length_power_word. now apply Nat.odd_spec.
    + destruct (Nat.eqb_spec a b); [destruct H; lia | apply cv_const].
Qed.

Theorem alternating_words_limit a b c d : (a + c = b + d)%nat ->
  Un_cv (fun n => mean_of_trace (S n) (power_word a b ++ power_word c d))
    (nu_W ^ (a + c) * (1 + INR (Nat.min (Nat.min a b) (Nat.min c d)))).
Proof.
  intros H. apply (cv_value _ (nu_W ^ (a + c) * INR (mean 0 (power_word a b ++ power_word c d)))).
  - apply mean_limit. rewrite app_length, !length_power_word. lia.
  - rewrite alternating_words. apply Nat.eqb_eq in H as ->. now rewrite plus_INR.
Qed.
Theorem unbalanced_word_limit w : ~ balanced w -> Un_cv (fun n => mean_of_trace (S n) w) 0.
Proof.
  intros H. destruct (Nat.Even_or_Odd (length w)) as [[h Hh]|Hh].
  - apply (cv_value _ (nu_W ^ h * INR (mean 0 w))); [now apply mean_limit |].
    rewrite mean_unbalanced by exact H. simpl. ring.
  - apply (Un_cv_ext (fun _ => 0)); [|apply cv_const].
    intros n. symmetry. apply mean_of_odd. now apply Nat.odd_spec.
Qed.

Theorem trace_covariance_limit b d D :
  Un_cv (fun n => covariance_of_traces (S n) (power_word (b + D) b) (power_word (d + D) d))
    (nu_W ^ (b + d + D) *
     INR ((if D =? 0 then 2 else 1) * walk_overlap b d + D * (b + 1) * (d + 1))).
Proof.
  rewrite <- trace_covariance. apply covariance_limit. rewrite !length_power_word. lia.
Qed.

(* Other powers: 0 if the gaps |a - b| and |c - d| differ, and in any order of the powers. *)
Lemma covariance_of_odd n u v : Nat.odd (length u + length v) = true -> covariance_of_traces n u v = 0.
Proof.
  intros H. unfold covariance_of_traces.
  assert (expect (trace (G := G) n u * trace n v)%scalar = 0 :> R) as ->.
  { pose proof (expect_traces_odd (G := G) n [u; v]) as He. rewrite !letters_cons, Nat.add_0_r in He.
    specialize (He H). cbn [traces] in He.
    now rewrite (Rmul_comm (laws (variables G)) _ 1%scalar), (Rmul_1_l (laws (variables G))) in He. }
  rewrite Nat.odd_add in H. destruct (Nat.odd (length u)) eqn:Hu.
  - rewrite (expect_odd n u Hu). ring.
  - rewrite (expect_odd n v) by (destruct (Nat.odd (length v)); [reflexivity | discriminate]). ring.
Qed.

Theorem trace_covariance_any_limit a b c d :
  Un_cv (fun n => covariance_of_traces (S n) (power_word a b) (power_word c d))
    (if gap a b =? gap c d
     then nu_W ^ ((a + b + c + d) / 2) *
       INR ((if gap a b =? 0 then 2 else 1) * walk_overlap (Nat.min a b) (Nat.min c d) +
            gap a b * (Nat.min a b + 1) * (Nat.min c d + 1))
     else 0).
Proof.
  destruct (Nat.Even_or_Odd (a + b + c + d)) as [[h H]|H].
  - apply (cv_value _ (nu_W ^ h * INR (covariance (power_word a b) (power_word c d)))).
    + apply covariance_limit. rewrite !length_power_word. lia.
    + rewrite trace_covariance_any, H, (Nat.mul_comm 2 h), Nat.div_mul by lia.
      destruct (gap a b =? gap c d); simpl; ring.
  - apply (Un_cv_ext (fun _ => 0)).
    + intros n. symmetry. apply covariance_of_odd. rewrite !length_power_word. apply Nat.odd_spec.
      destruct H as [m Hm]. exists m. lia.
    + destruct (Nat.eqb_spec (gap a b) (gap c d)) as [Hg|_]; [|apply cv_const].
      unfold gap in Hg. destruct H. lia.
Qed.
End Limits.

(* There are such matrices: polynomials in independent Gaussians, with Wick's expectation. *)
Definition real_matrices (nu_W nu_F nu_C : R) : Gaussian reals nu_W nu_F nu_C :=
  gaussian_polynomials Req_EM_T nu_W nu_F nu_C.
