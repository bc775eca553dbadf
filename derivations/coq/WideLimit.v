(* The kernel of two sequences as the width grows: its mean tends to [wide_network_kernel], which
   WideKernel.v defines by the limits of the Grams.  The inputs are given numbers, and all columns of F have
   the variance nu_F: that of a bias, with a variance of its own, is not among them. *)
Require Import Reals Lra Lia.
From NTK Require Import Scalars RealWeights Limits Network LagKernel Gaussian RandomNetwork WideKernel
  RealLimit.
From NTK Require Weights.
Open Scope R_scope.

Lemma sum_limit k (f : nat -> nat -> R) (l : nat -> R) :
  (forall i, (i < k)%nat -> Un_cv (fun n => f n i) (l i)) ->
  Un_cv (fun n => sum (K := reals) k (f n)) (sum (K := reals) k l).
Proof.
  induction k as [|k IH]; intros H; [exact (cv_const 0) |]. simpl.
  apply (CV_plus (fun n => sum (K := reals) k (f n)) (fun n => f n k)); [apply IH; auto | apply H; lia].
Qed.

Section WideLimit.
Variables nu_W nu_F nu_C : R.
Variable G : Gaussian reals nu_W nu_F nu_C.
Variables n_x n_y : nat.
Implicit Types x : sequence reals.

(* A sequence of given numbers among the random variables. *)
Definition given x : sequence G := fun t q => constant (x t q).

Lemma expect_kernel n root x x' t s y y' :
  expect (tangent_kernel (network G n n_x n_y root) (given x) (given x') t s y y')
  = sum (K := reals) (S t) (fun i => sum (K := reals) (S s) (fun j => sum (K := reals) n_x (fun q =>
      sum (K := reals) n_x (fun q' =>
        x (t - i)%nat q * expect (Theta G n n_x n_y root i j y q y' q') * x' (s - j)%nat q')))) :> R.
Proof.
  rewrite sequence_kernel.
  rewrite expect_sum. apply (sum_ext (K := reals)). intros i _.
  rewrite expect_sum. apply (sum_ext (K := reals)). intros j _.
  rewrite expect_sum. apply (sum_ext (K := reals)). intros q _.
  rewrite expect_sum. apply (sum_ext (K := reals)). intros q' _.
  unfold given. rewrite expect_mul_constant, expect_constant_mul. reflexivity.
Qed.

Theorem wide_kernel_limit x x' t s y y' : (y < n_y)%nat ->
  Un_cv (fun n => expect (tangent_kernel (network G (S n) n_x n_y (real_root (S n)))
                            (given x) (given x') t s y y'))
    (wide_network_kernel (K := reals) nu_W (fun _ => nu_F) nu_C n_x x x' t s y y').
Proof.
  intros Hy. apply (Un_cv_ext _ _ (fun n => eq_sym (expect_kernel (S n) (real_root (S n)) x x' t s y y'))).
  unfold wide_network_kernel, kernel_of_grams.
  apply sum_limit. intros i _. apply sum_limit. intros j _.
  apply sum_limit. intros q Hq. apply sum_limit. intros q' Hq'. rewrite wide_lag_kernel.
  apply (CV_mult (fun n => x (t - i)%nat q * _) (fun _ => x' (s - j)%nat q')); [| apply cv_const].
  apply (CV_mult (fun _ => x (t - i)%nat q)); [apply cv_const |].
  apply (cv_value _ _ _ (mean_limit nu_W nu_F nu_C G n_x n_y i j y q y' q' Hy Hq Hq')). simpl. ring.
Qed.
End WideLimit.
