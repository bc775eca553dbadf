(* Over the real numbers: limits as the width goes to infinity.

   What begins with c0 and c1 in powers of 1/n tends to c0, and n times its distance to c0 tends to c1.  So
   the mean of the lag kernel, the lag Grams and the lag kernel in mean square, and n times the covariances
   have their limits in the usual sense.  This rests on the axioms of Coq's real numbers, and on nothing
   else. *)
Require Import Reals Lra Lia.
From NTK Require Import Scalars Pairings Weights RealWeights Network LagKernel Gaussian GaussianPolynomials
  RandomNetwork MeanLimit InverseWidth ResponsePrior Covariance CovarianceLaw MeanSquare.
Open Scope R_scope.

(* n^{-1/2}, for the widths n + 1 *)
Definition real_root (n : nat) : R := sqrt (/ INR n).

Lemma real_root_of_inverse n : whole (S n) * (real_root (S n) * real_root (S n)) = 1 :> R.
Proof.
  rewrite whole_real. unfold real_root. pose proof (lt_0_INR (S n) (Nat.lt_0_succ n)) as H.
  simpl mul. simpl one. rewrite sqrt_sqrt; [apply Rinv_r; lra | left; now apply Rinv_0_lt_compat].
Qed.
Lemma real_root_square n : real_root (S n) * real_root (S n) = / INR (S n).
Proof.
  pose proof (lt_0_INR (S n) (Nat.lt_0_succ n)). unfold real_root. apply sqrt_sqrt. left.
  now apply Rinv_0_lt_compat.
Qed.
Lemma inverse_width_null : Un_cv (fun n => / INR (S n)) 0.
Proof.
  intros e He. destruct (archimed_cor1 e He) as [N [HN Hpos]]. exists N. intros n Hn.
  unfold R_dist. rewrite Rminus_0_r. pose proof (lt_0_INR (S n) (Nat.lt_0_succ n)) as Hs.
  rewrite Rabs_right by (left; now apply Rinv_0_lt_compat). eapply Rle_lt_trans; [|exact HN].
  apply Rinv_le_contravar; [now apply lt_0_INR | apply le_INR; lia].
Qed.
Lemma constant_cv c : Un_cv (fun _ => c) c.
Proof.
  intros e He. exists O. intros. unfold R_dist. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. exact He.
Qed.
Lemma horner_cv (l : list reals) : Un_cv (fun n => horner l (/ INR (S n) : reals)) (horner l (0 : reals)).
Proof.
  induction l as [|c l IH]; [exact (constant_cv 0) |]. simpl.
  apply CV_plus; [apply constant_cv |]. apply CV_mult; [apply inverse_width_null | exact IH].
Qed.

(* The ring's operations are those of the reals. *)
Ltac real := change (@add reals) with Rplus; change (@mul reals) with Rmult.

Section Limits.
Variables (v : nat -> R -> R) (c0 c1 : R).
Hypothesis H : begins (K := reals) v c0 c1.

Theorem begins_limit : Un_cv (fun n => v (S n) (real_root (S n))) c0.
Proof.
  destruct H as [l Hl].
  apply (Un_cv_ext (fun n => c0 + / INR (S n) * (c1 + / INR (S n) * horner l (/ INR (S n) : reals)))).
  - intros n. rewrite (Hl _ _ (real_root_of_inverse n)). real. rewrite real_root_square. ring.
  - replace c0 with (c0 + 0 * (c1 + 0 * horner l (0 : reals))) at 1 by ring.
    repeat (apply CV_plus || apply CV_mult || apply constant_cv || apply inverse_width_null ||
            apply horner_cv).
Qed.
Theorem begins_rate : Un_cv (fun n => INR (S n) * (v (S n) (real_root (S n)) - c0)) c1.
Proof.
  destruct H as [l Hl].
  apply (Un_cv_ext (fun n => c1 + / INR (S n) * horner l (/ INR (S n) : reals))).
  - intros n. rewrite (Hl _ _ (real_root_of_inverse n)). real. rewrite real_root_square.
    pose proof (lt_0_INR (S n) (Nat.lt_0_succ n)). field. lra.
  - replace c1 with (c1 + 0 * horner l (0 : reals)) at 1 by ring.
    repeat (apply CV_plus || apply CV_mult || apply constant_cv || apply inverse_width_null ||
            apply horner_cv).
Qed.
End Limits.

Section RandomNetwork.
Variables nu_W nu_F nu_C : R.
Variable G : Gaussian reals nu_W nu_F nu_C.
Variables n_x n_y : nat.
(* Theta_ij at the width n + 1 *)
Notation Theta n i j y x y' x' := (Theta G (S n) n_x n_y (real_root (S n)) i j y x y' x').

Section Entry.
Variables (i j y x y' x' : nat).
Hypotheses (Hy : (y < n_y)%nat) (Hx : (x < n_x)%nat) (Hx' : (x' < n_x)%nat).

(* The mean of the lag kernel: its limit, and what it is off by. *)
Theorem mean_limit : Un_cv (fun n => expect (Theta n i j y x y' x'))
  (rho nu_W nu_F nu_C i * delta i j * (delta y y' * delta x x')).
Proof. exact (begins_limit _ _ _ (mean_begins G n_x n_y i j y x y' x' Hy Hx Hx')). Qed.
Theorem mean_correction_limit : Un_cv (fun n => INR (S n) *
    (expect (Theta n i j y x y' x') - rho nu_W nu_F nu_C i * delta i j * (delta y y' * delta x x')))
  (mean_coefficient nu_W nu_F nu_C i j 1 * (delta y y' * delta x x')).
Proof. exact (begins_rate _ _ _ (mean_begins G n_x n_y i j y x y' x' Hy Hx Hx')). Qed.

(* lag-weights: convergence in mean square. *)
Theorem lag_weights_limit : Un_cv (fun n => mean_square_distance G (Theta n i j y x y' x')
  (rho nu_W nu_F nu_C i * delta i j * (delta y y' * delta x x'))) 0.
Proof. exact (begins_limit _ _ _ (lag_kernel_converges G n_x n_y i j y x y' x' Hy Hx Hx')). Qed.
End Entry.

(* finite-width-covariance: the limit of n Cov(Theta_ij, Theta_kl), whose value is [covariance_law]. *)
Theorem covariance_limit_real i j y x y' x' k l v u v' u' :
  (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat -> (v < n_y)%nat -> (u < n_x)%nat -> (u' < n_x)%nat ->
  Un_cv (fun n => INR (S n) * (expect (Theta n i j y x y' x' * Theta n k l v u v' u')%scalar -
                               expect (Theta n i j y x y' x') * expect (Theta n k l v u v' u')))
    (covariance_limit (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) i j y x y' x' k l v u v' u').
Proof.
  intros Hy Hx Hx' Hv Hu Hu'.
  pose proof (begins_rate _ _ _
    (covariance_expansion G y x y' x' v u v' u' n_x n_y i j k l Hy Hx Hx' Hv Hu Hu')) as Hr.
  eapply Un_cv_ext; [|exact Hr]. intros n. cbv beta. f_equal. apply Rminus_0_r.
Qed.

(* The same for n_x = n_y = 1 in closed form. *)
Theorem finite_width_covariance_limit i j k l : n_x = 1%nat -> n_y = 1%nat ->
  let m := Nat.min (Nat.min i j) (Nat.min k l) in
  let M := Nat.max (Nat.min i j) (Nat.min k l) in
  let h := ((i + j + k + l) / 2)%nat in
  let first n := Theta n i j 0%nat 0%nat 0%nat 0%nat in
  let second n := Theta n k l 0%nat 0%nat 0%nat 0%nat in
  Un_cv (fun n => INR (S n) *
      (expect (first n * second n)%scalar - expect (first n) * expect (second n)))
    ((delta (i + k) (j + l) + delta (i + l) (j + k)) *
     (nu_C ^ 2 * (INR M * nu_F * nu_W ^ (h - 1) * (INR m + 1) +
        INR m * nu_F ^ 2 * nu_W ^ (h - 2) * (INR m + 1) * (3 * INR M - INR m + 1) / 6 +
        nu_W ^ h * (INR m + 1)) +
      nu_F ^ 2 * (INR M * nu_C * nu_W ^ (h - 1) * (INR m + 1) +
        INR m * nu_C ^ 2 * nu_W ^ (h - 2) * (INR m + 1) * (3 * INR M - INR m + 1) / 6 +
        nu_W ^ h * (INR m + 1)))).
Proof.
  intros Ex Ey m M h first second.
  assert (0 < n_x)%nat as Hx by lia. assert (0 < n_y)%nat as Hy by lia.
  pose proof (covariance_limit_real i j 0 0 0 0 k l 0 0 0 0 Hy Hx Hx Hy Hx Hx) as H.
  rewrite (finite_width_covariance nu_W nu_F nu_C i j k l (/ 6)) in H by (rewrite whole_real; simpl; field).
  cbv zeta in H. fold m M h in H. rewrite !whole_real in H.
  replace (INR 3) with 3 in H by (simpl; ring). exact H.
Qed.

(* gram-limits: convergence in mean square. *)
Theorem left_gram_limit a b y y' : Un_cv (fun n => mean_square_distance G
  (left_gram (network G (S n) n_x n_y (real_root (S n))) a b y y')
  (nu_C * power nu_W a * delta a b * delta y y')) 0.
Proof. destruct (left_gram_converges G n_x n_y a b y y') as [v Hv]. exact (begins_limit _ _ _ Hv). Qed.
Theorem right_gram_limit a b x x' : Un_cv (fun n => mean_square_distance G
  (right_gram (network G (S n) n_x n_y (real_root (S n))) a b x x')
  (nu_F * power nu_W a * delta a b * delta x x')) 0.
Proof. destruct (right_gram_converges G n_x n_y a b x x') as [v Hv]. exact (begins_limit _ _ _ Hv). Qed.

(* impulse-response-prior: the moments of the impulse responses tend to those of independent Gaussians. *)
Theorem response_moments_limit l : (forall e, List.In e l -> (column e < n_x)%nat) ->
  Un_cv (fun n => expect (List.fold_right (fun e y =>
      response (network G (S n) n_x n_y (real_root (S n))) (lag e) (row e) (column e) * y)%scalar 1%scalar l))
    (gaussian_moment (prior_covariance (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C)) l).
Proof.
  intros Hl. destruct (impulse_response_prior G n_x n_y l Hl) as [c Hc]. exact (begins_limit _ _ _ Hc).
Qed.
End RandomNetwork.

(* There are such matrices for all variances: polynomials in the entries, with Wick's expectation. *)
Definition real_matrices (nu_W nu_F nu_C : R) : Gaussian reals nu_W nu_F nu_C :=
  gaussian_polynomials (K := reals) Req_EM_T nu_W nu_F nu_C.
