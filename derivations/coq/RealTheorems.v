(* The package's statements over the real numbers: each theorem proves the proposition of its name in
   Statements.v, which is generated from the formula.  It says as well that nothing is divided by 0. *)
Require Import Arith Lia Reals Lra.
From NTK Require Import Scalars RealWeights Limits.
From NTK Require Weights Order Series Memory InverseOrder RealLimit Bounds Minima GradientFlow
  Matrices Statements.
Open Scope R_scope.

Lemma below_one (x : R) : x >= 0 -> x < 1 -> Rabs x < 1.
Proof. intros. rewrite Rabs_right; lra. Qed.

Theorem generating_function : Statements.generating_function.
Proof.
  intros nu_W nu_F nu_C z HW HF HC Hlow Hhigh. split; [lra |].
  assert (H : Rabs (nu_W * z) < 1) by (apply Rabs_def1; lra).
  apply (cv_value _ _ _ (Un_cv_ext _ _ (fun N => sum_ext N _ _ (fun i _ => Rmult_comm _ _)) _
                           (Series.generating_function_series nu_W nu_F nu_C z H))).
  ring.
Qed.

Theorem total : Statements.total.
Proof.
  intros nu_W nu_F nu_C HW HF HC H. split; [lra |].
  apply (cv_value _ _ _ (Series.total nu_W nu_F nu_C (below_one _ HW H))). ring.
Qed.

Theorem tail_mass : Statements.tail_mass.
Proof.
  intros nu_W nu_F nu_C m HW HF HC H. split; [lra |].
  apply (Un_cv_ext (fun N => sum N (fun i => Weights.rho nu_W nu_F nu_C (m + i)))).
  - intros N. apply sum_ext. intros i _. now rewrite Nat.add_comm.
  - apply (cv_value _ _ _ (Series.tail_mass nu_W nu_F nu_C m (below_one _ HW H))). unfold Rdiv. ring.
Qed.

Theorem mean_lag : Statements.mean_lag.
Proof.
  intros nu_W nu_F nu_C HW HF HC H Hs.
  destruct (Series.mean_lag nu_W nu_F nu_C) as (moment & mass & Hmoment & Hmass & Hpositive & Hratio);
    try lra.
  assert (Hp : 0 <= nu_C * nu_F) by (apply Rmult_le_pos; lra).
  assert (Hd : 0 < (1 - nu_W) * (nu_C + nu_F)) by (apply Rmult_lt_0_compat; lra).
  exists moment, mass. repeat split; [exact Hmoment | exact Hmass | lra | lra | lra |].
  rewrite Hratio. f_equal; ring.
Qed.

Theorem monotone : Statements.monotone.
Proof.
  intros nu_W nu_F nu_C i HW HF HC. split; [lra |]. split; intros H.
  - apply (Order.criterion nu_W nu_F nu_C HF HC). pose proof (Order.rise nu_W nu_F nu_C 0) as first.
    simpl in *. lra.
  - apply Rge_le. now apply (Order.monotone nu_W nu_F nu_C HF HC); [lra |].
Qed.

(* That there is a last lag of greatest weight, the formula takes for granted, and the proposition says. *)
Lemma peak_exists (nu_W nu_F nu_C : R) : nu_F > 0 -> nu_C > 0 -> nu_W >= 0 -> nu_W < 1 ->
  exists peak, Order.last_peak (Weights.rho nu_W nu_F nu_C) peak.
Proof.
  intros HF HC HW H. set (bracket := 1 / (1 - nu_W) - 1 / nu_C - 1 / nu_F).
  destruct (Rle_lt_dec 0 bracket) as [Hb | Hb].
  - assert (Hx : 0 <= nu_W * bracket) by (apply Rmult_le_pos; lra).
    pose proof (base_Int_part (nu_W * bracket)) as [Hfloor Hnext].
    assert (Hsign : (-1 < Int_part (nu_W * bracket))%Z) by (apply lt_IZR; lra).
    exists (S (Z.to_nat (Int_part (nu_W * bracket)))).
    apply Order.peak_further; try lra; try exact Hb.
    rewrite S_INR, INR_IZR_INZ, Z2Nat.id by lia. fold bracket. lra.
  - exists O. apply Order.peak_at_start; try lra; exact Hb.
Qed.

Theorem peak_lag : Statements.peak_lag.
Proof.
  intros nu_W nu_F nu_C HW HF HC H. split; [now apply peak_exists |].
  intros peak Hpeak. repeat split; try lra.
  apply (Order.peak_lag nu_W nu_F nu_C) in Hpeak; try lra. rewrite INR_IZR_INZ, Hpeak.
  destruct (Rle_dec 0 _) as [Hb | Hb], (Rle_dec _ 0) as [Hc | Hc]; try lra.
  rewrite plus_IZR, Rplus_comm. do 3 f_equal. ring.
Qed.

Theorem regimes : Statements.regimes.
Proof.
  intros nu_W nu_F nu_C i HW HF HC. split; [split |].
  - intros k. pose proof (rho_positive nu_W nu_F nu_C k). lra.
  - apply Series.regimes; assumption.
  - intros ->. apply (Weights.linear_growth (K := reals)).
Qed.

Lemma IZR_max (k : Z) : IZR (Z.max 0 k) = Rmax (IZR k) 0.
Proof.
  unfold Rmax. destruct (Rle_dec (IZR k) 0) as [Hk | Hk].
  - apply le_IZR in Hk. now rewrite Z.max_l.
  - rewrite Z.max_r; [reflexivity |]. apply le_IZR. lra.
Qed.

Theorem memory_length : Statements.memory_length.
Proof.
  intros nu_W nu_F nu_C epsilon HW HF HC H He Htotal.
  assert (Hlog : ln nu_W < 0) by (rewrite <- ln_1; apply ln_increasing; lra).
  assert (length : forall m, Memory.memory_length nu_W nu_F nu_C epsilon m <-> _) by
    (intros m; apply Memory.memory_length_lambert; lra).
  split.
  - eexists. apply length. apply Z2Nat.id. lia.
  - intros m Hm. repeat split; try lra. apply length in Hm. rewrite INR_IZR_INZ, Hm.
    rewrite IZR_max. unfold Memory.ceiling. rewrite opp_IZR. f_equal. do 3 f_equal.
    rewrite Ropp_minus_distr. rewrite (Rplus_comm (1 / (1 - nu_W))). f_equal; [ring |]. unfold Rdiv at 1 5.
    do 2 f_equal. unfold Rdiv. rewrite (Rmult_comm nu_W (_ + _)). ring.
Qed.

(* The mean of an entry, and n times its variance, have limits. *)
Theorem kernel_limit : Statements.kernel_limit.
Proof.
  intros nu_W nu_F nu_C i j G n_x n_y y x y' x' Hy Hx Hx'. split.
  - eapply InverseOrder.of_inverse_order_by_limit.
    exact (RealLimit.covariance_limit_real nu_W nu_F nu_C G n_x n_y i j y x y' x' i j y x y' x'
             Hy Hx Hx' Hy Hx Hx').
  - apply (cv_value _ _ _ (RealLimit.mean_limit nu_W nu_F nu_C G n_x n_y i j y x y' x' Hy Hx Hx')). ring.
Qed.

Theorem step_bound : Statements.step_bound.
Proof.
  intros eta lambda_max j k data start n_x lags weight x Heta Hlambda Hstep Hweight Hbounded Hscaled Hj Hx.
  split; [lra |].
  pose proof (Bounds.step_bound data eta lambda_max start Hlambda Hbounded n_x lags j weight Hscaled Hj
                (Rge_le _ _ Hweight) x k (conj Heta Hstep) Hx) as bound.
  eapply Rle_trans; [exact bound |]. right. ring.
Qed.

Theorem uniform_bound : Statements.uniform_bound.
Proof.
  intros eta lambda lambda_max j k data start n_x lags weight opt Hopt Heta Hnonnegative Hlambda Hpositive
    Hstep Hweight Hbounded Hscaled Hj.
  split; [lra |].
  apply (Bounds.uniform_bound data eta lambda_max start Hpositive Hbounded n_x lags j weight Hscaled Hj
           (Rge_le _ _ Hweight)).
  - apply Minima.minimum_iff_solves. intros p y Hp Hy. symmetry. now apply Hopt.
  - split; assumption.
Qed.

Theorem gradient_flow : Statements.gradient_flow.
Proof.
  intros data start opt theta t Hopt Hflow Ht p q Hp Hq.
  rewrite (GradientFlow.gradient_flow data start opt) by
    (assumption || (intros r y Hr Hy; symmetry; now apply Hopt)).
  unfold Matrices.matrix_add at 1 2. f_equal.
  apply Matrices.product_ext; intros; unfold Matrices.matrix_sub, Matrices.matrix_add, Matrices.scaled; simpl;
    ring.
Qed.
