(* gradient-norms over the real numbers: n^2 (E |dh_{t+j}/dh_t|^2 / n - nu_W^j) has a limit as the width
   grows, which is nu_W^j times the n^-2 term of E tr(M^j M'^j)/n. *)
Require Import Reals Lra Lia List.
From NTK Require Import Scalars RealWeights Gaussian RandomNetwork TraceFormulas ExactMean Pairings
  InverseWidth VanishingOrder GradientNorms RealLimit FluctuationLimit.
Open Scope R_scope.

Section GradientLimit.
Variables nu_W nu_F nu_C : R.
Variable G : Gaussian reals nu_W nu_F nu_C.
Variables n_x n_y : nat.

Notation mean_norm n root j := (expect (squared_norm (network G n n_x n_y root) j)).

Lemma gradient_norms_begin j : begins_at (K := reals) 2 (power nu_W j * second_order_trace (K := reals) j)%R
  (fun n root => (root * root * mean_norm n root j - power nu_W j)%scalar).
Proof.
  assert (inverse : (whole 48 * (/ 48 : reals) = 1 :> reals)%scalar) by (rewrite whole_real; simpl; field).
  exists (map (fun r => power nu_W j * whole (single_coefficient j j (r + 3)))%scalar (seq 0 (j - 1))).
  intros n root E. rewrite (gradient_norms G n n_x n_y root E j _ inverse).
  rewrite <- (second_order_trace_formula j _ inverse), <- sum_horner.
  rewrite (sum_ext (K := reals) (j - 1) (fun r => power nu_W j * _ * _)%scalar (fun r => power nu_W j *
    (whole (single_coefficient j j (r + 3)) * power (root * root) r))%scalar) by (intros; simpl; ring).
  rewrite sum_mul_l. simpl. ring.
Qed.

Theorem gradient_norms_limit j : Un_cv (fun n => INR n ^ 2 * (mean_norm n (real_root n) j / INR n - nu_W ^ j))
  (nu_W ^ j * second_order_trace (K := reals) j).
Proof.
  apply (CV_shift _ 1). pose proof (begins_at_limit _ _ _ (gradient_norms_begin j)) as H.
  rewrite power_real in H. eapply Un_cv_ext; [| exact H]. intros n. rewrite Nat.add_1_r, even_power.
  real. rewrite real_root_square. unfold Rdiv. change (@sub reals) with Rminus.
  rewrite (Rmult_comm (/ _)). reflexivity.
Qed.
End GradientLimit.
