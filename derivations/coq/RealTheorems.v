(* The package's statements over the real numbers: each theorem proves the proposition of its name in
   Statements.v, which is generated from the formula.  It says as well that nothing is divided by 0. *)
Require Import Arith Lia Reals Lra.
From NTK Require Import Scalars RealWeights Limits.
From NTK Require Weights Order Series Memory InverseOrder MeanSquare RealLimit WideKernel WideLimit
  TraceFormulas GradientLimit NetworkUpdate Convergence Norms Bounds Minima MinimumNorm Stability GeometricDecay
  GradientFlow Matrices Statements.
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
  - exists 0%nat. intros k _. pose proof (rho_positive nu_W nu_F nu_C k). lra.
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

(* So have those of the Grams, of which the variances are of order 1/n. *)
Lemma inverse_order_of_variance {nu_W nu_F nu_C : R} {G : Gaussian.Gaussian reals nu_W nu_F nu_C}
    (X : nat -> R -> Gaussian.variables G) :
  (exists v, InverseWidth.begins (K := reals) (fun n root => Gaussian.expect (X n root * X n root)%scalar
     - Gaussian.expect (X n root) * Gaussian.expect (X n root))%scalar 0 v) ->
  InverseOrder.of_inverse_order (fun n => InverseOrder.variance (X (S n) (RealLimit.real_root (S n)))).
Proof.
  intros [v Hv]. apply (InverseOrder.of_inverse_order_by_limit _ v).
  apply (Un_cv_ext _ _ (fun n => f_equal (Rmult (INR (S n))) (Rminus_0_r _)) _
           (RealLimit.begins_rate _ _ _ Hv)).
Qed.

Theorem gram_limits : Statements.gram_limits.
Proof.
  intros nu_W nu_F nu_C a b G n_x n_y y x y' x'.
  destruct (MeanSquare.left_gram_mean G n_x n_y a b y y') as [m Hm].
  destruct (MeanSquare.right_gram_mean G n_x n_y a b x x') as [m' Hm'].
  pose proof (TraceFormulas.power_trace_formula (K := reals) nu_W a b) as trace. rewrite power_real in trace.
  rewrite !trace.
  repeat split.
  - exact (inverse_order_of_variance _ (MeanSquare.left_gram_variance G n_x n_y a b y y')).
  - exact (inverse_order_of_variance _ (MeanSquare.right_gram_variance G n_x n_y a b x x')).
  - apply (cv_value _ _ _ (RealLimit.begins_limit _ _ _ Hm)).
    unfold Weights.gram_limit. rewrite power_real. simpl. ring.
  - apply (cv_value _ _ _ (RealLimit.begins_limit _ _ _ Hm')).
    unfold Weights.gram_limit. rewrite power_real. simpl. ring.
  - simpl. ring.
  - simpl. ring.
Qed.

(* The kernel of two sequences tends to that of the scaled convolution. *)
Theorem wide_kernel : Statements.wide_kernel.
Proof.
  intros nu_W nu_F nu_C s t G T n_x n_y y y' root_rho theta x x' Hroot HT Hy.
  apply (cv_value _ _ _ (WideLimit.wide_kernel_limit nu_W nu_F nu_C G n_x n_y x x' t s y y' Hy)).
  rewrite (WideKernel.wide_network_is_scaled_convolution (K := reals) nu_W nu_F nu_C root_rho T n_y n_x theta)
    by assumption.
  rewrite !WideKernel.wide_kernel_inner, delta_same. Convergence.real_ring.
Qed.

(* The mean of the squared norm by its coefficients in 1/n. *)
Theorem gradient_norms : Statements.gradient_norms.
Proof.
  intros nu_W j nu_F nu_C G n_x n_y _. split.
  - exists 1%nat. intros n Hn. apply not_0_INR. lia.
  - apply (cv_value _ _ _ (GradientLimit.gradient_norms_limit nu_W nu_F nu_C G n_x n_y j)).
    rewrite (TraceFormulas.second_order_trace_formula (K := reals) j (/ 48)) by
      (rewrite whole_real; simpl; field).
    replace (- (1) : reals)%scalar with (-1) by (simpl; ring).
    change (@power reals) with pow. rewrite !whole_real.
    match goal with |- ?x = ?y => change (@eq R x y) end. simpl. field.
Qed.

Theorem stability : Statements.stability.
Proof.
  intros eta lambda lambda_max k data start opt V Hopt Heta Hlambda Hmax HV. split; [lra |].
  destruct (Stability.stability_along_eigenvectors data start opt V eta lambda lambda_max k) as [small great];
    try assumption.
  - intros p q Hp Hq. symmetry. now apply Hopt.
  - split; assumption.
Qed.

Theorem minimum_norm : Statements.minimum_norm.
Proof.
  intros eta lambda lambda_max rows lag_rows outputs X Y theta opt L Lbar start rho data _ Heta Hpositive
    Hstep _ Hrho -> -> Hbounded Hlimit HL.
  split; [lra |]. now apply (MinimumNorm.minimum_norm rows lag_rows outputs X Y rho Hrho eta lambda_max).
Qed.

(* The bound is that of the matrix, for each entry. *)
Theorem network_update : Statements.network_update.
Proof.
  intros c w f eta j k n J start N later G T y q g _ _ _ _ _ -> -> -> Hnorms HG Hg Hy Hq.
  eapply Rle_trans; [apply (NetworkUpdate.network_update_entry J start G T c w f _ _ _ g eta k j y q
                              Hnorms HG Hg (Rle_refl _) (Rle_refl _) (Rle_refl _) Hy Hq) |].
  right. unfold ResponseBounds.remainder_size. rewrite (Rplus_comm w). ring.
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

Theorem geometric_decay : Statements.geometric_decay.
Proof.
  intros nu_W nu_F nu_C eta lambda_max j k n_x n_y E data lags sequences times x x_0 start
    Heta Hlambda Hstep Hpositive Hless HF HC Hsum Hx Hn_x Hn_y Houtputs Hj Hbounded Hdelayed Hscaled Hnorm
    Hstart Hmoments.
  assert (Hfirst : 0 < Weights.rho (K := reals) nu_W nu_F nu_C 0) by (rewrite rho_real; simpl; lra).
  repeat split; try lra.
  pose proof (GeometricDecay.geometric_decay (E := E) data n_x lags sequences times x nu_W nu_F nu_C eta
    lambda_max x_0 start j (conj Hpositive Hless) (Rge_le _ _ HF) (Rge_le _ _ HC) Hsum Hlambda Hbounded
    (conj Heta Hstep) Hdelayed Hscaled Hj ltac:(lia) Hnorm Hx Hstart Hmoments k) as bound.
  eapply Rle_trans; [exact bound |]. right. unfold Norms.norm.
  rewrite pow2_sqrt by apply Norms.dot_nonnegative.
  rewrite Rplus_comm, Houtputs. simpl Norms.dot. f_equal.
  - match goal with |- _ * sqrt ?a / _ = _ * sqrt ?b / _ => replace a with b; [set (r := sqrt b) |] end.
    + field. lra.
    + match goal with |- ?x = ?y => change (@eq R x y) end. field. lra.
  - f_equal. ring.
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
