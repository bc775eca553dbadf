(* The implicit bias to short memory: geometric-decay, in mean square over the start.

   After k steps of gradient descent, eta <= 1/lambda_max, |L_j| is in mean square at most that of the start
   and k rho_j / rho_0 times what the data say.  For nu_W < 1 both terms decay geometrically in the lag: the
   one is a multiple of nu_W^(j/2), and rho_{j+1}/rho_j tends to nu_W ([regimes], Series.v). *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers Weights RealWeights Descent InnerProducts Convergence.
From NTK Require Import Norms Bounds FirstLag RandomMatrices RandomStart.
Open Scope R_scope.

Section GeometricDecay.
Context {E : Expectation}.
Variables (data : Regression reals) (n_x lags sequences times : nat) (x : nat -> nat -> nat -> R).
Variables (nu_W nu_F nu_C eta lambda x_0 : R) (start : outcome E -> matrix reals) (j : nat).

Let m := parameters data.
Let l := targets data.
Let n := size data.
Let weight := rho nu_W nu_F nu_C : nat -> R.

Hypotheses (HW : 0 < nu_W < 1) (HF : 0 <= nu_F) (HC : 0 <= nu_C) (Hsum : 0 < nu_C + nu_F).
Hypotheses (lambda_positive : 0 < lambda) (bounded : bounds_hessian data lambda).
Hypotheses (Heta : 0 < eta <= 1 / lambda).
Hypothesis delayed : lags_of_sequences data n_x lags sequences times x.
Hypothesis scaled_data : scaled_by data n_x lags weight.
Hypotheses (Hj : (j < lags)%nat) (Houtputs : (0 < l)%nat).
Hypotheses (norm_of_first : is_spectral_norm data n_x 0 x_0) (Hx : 0 < x_0).
Hypotheses (observed : random_start data start) (moments : prior_moments data n_x lags nu_W nu_F nu_C start).

Let rows : m = (lags * n_x)%nat := proj1 scaled_data.

(* What has been trained is observable as well: steps are linear. *)
Lemma trained_observable k p y : (p < m)%nat -> (y < l)%nat ->
  observable (fun o => descent (/ 2 : reals) (eta : reals) data (start o) k p y).
Proof.
  revert p. induction k as [| k IH]; intros p Hp Hy; [now apply observed |].
  set (theta := fun o => descent (/ 2 : reals) (eta : reals) data (start o) k).
  set (moved o := sum (K := reals) m (fun q => hessian data p q * theta o q y) : R).
  apply (observable_ext _ (fun o => theta o p y + - eta * (moved o + - correlation data p y))).
  - intros o. symmetry. etransitivity; [apply (descent_step data eta (start o) k p y Hp Hy) |].
    unfold slope_of_loss, matrix_sub, product, moved, theta, m. simpl. ring.
  - apply observable_add; [now apply IH |].
    apply observable_scale, observable_add; [| apply observable_constant].
    apply (observable_sum m (fun q o => hessian data p q * theta o q y)).
    intros q Hq. apply observable_scale. now apply IH.
Qed.

(* L_j after k steps, and what it has moved, as random matrices. *)
Definition trained (k : nat) : random_matrices E n_x l.
Proof.
  refine {| draw := fun o => of_lag data n_x j (response data eta (start o) k) |}.
  intros a y Ha Hy. apply observable_scale. apply trained_observable; [| exact Hy].
  fold m in rows. rewrite rows. nia.
Defined.

Let way (k : nat) : random_matrices E n_x l := move (trained k) (-1) (trained 0).

Let first : random_matrices E n l := first_residual data n_x lags start observed rows.
Let factor (k : nat) : R := INR k * weight j / weight 0%nat / x_0.

Lemma first_weight_positive : 0 < weight 0%nat.
Proof. unfold weight. rewrite rho_real. simpl. lra. Qed.

Lemma factor_nonnegative k : 0 <= factor k.
Proof.
  pose proof first_weight_positive as Hfirst. pose proof (pos_INR k).
  assert (0 <= weight j) by (apply rho_nonnegative; lra).
  unfold factor, Rdiv. pose proof (Rinv_0_lt_compat _ Hfirst). pose proof (Rinv_0_lt_compat _ Hx).
  repeat apply Rmult_le_pos; lra.
Qed.

(* The bound of every outcome, squared, bounds the mean of squares. *)
Lemma way_at_most k : norm (way k) <= factor k * norm first.
Proof.
  pose proof (factor_nonnegative k) as Hfactor.
  apply norm_at_most; [apply Rmult_le_pos; [exact Hfactor | apply norm_nonnegative] |].
  rewrite Rpow_mult_distr, norm_squared. simpl dot. unfold random_dot.
  rewrite <- mean_scale by apply inner_observable.
  apply mean_monotone; [apply inner_observable | apply observable_scale, inner_observable |]. intros o.
  set (r := residual data (start o) : matrices n l).
  assert (Hmoved : moved data n_x eta (start o) j k <= factor k * norm r).
  { apply Rle_trans with (1 := moved_by_first_lag data n_x lags sequences times x weight eta lambda
      (start o) x_0 j k lambda_positive bounded Heta delayed scaled_data Hj Houtputs first_weight_positive
      (rho_nonnegative nu_W nu_F nu_C j (Rlt_le _ _ (proj1 HW)) HF HC) norm_of_first Hx).
    fold l n r. right. unfold factor. field. pose proof first_weight_positive. lra. }
  assert (Hsquares : moved data n_x eta (start o) j k ^ 2 <= factor k ^ 2 * dot r r).
  { rewrite <- norm_squared, <- Rpow_mult_distr. apply pow_incr.
    split; [apply norm_nonnegative | exact Hmoved]. }
  unfold moved, separation in Hsquares. rewrite norm_squared in Hsquares. exact Hsquares.
Qed.

(* geometric-decay *)
Theorem geometric_decay k :
  sqrt (mean (fun o => let L := of_lag data n_x j (response data eta (start o) k) in dot L L))
  <= sqrt (INR n_x * INR l * (nu_C * nu_F * pow nu_W j))
     + INR k * weight j / weight 0%nat
       * sqrt (inner_matrices n l (wanted data) (wanted data)
               + INR n_x * INR l * (nu_C * nu_F / (1 - nu_W)) * x_0 ^ 2) / x_0.
Proof.
  assert (Hp : 0 <= nu_C * nu_F) by (apply Rmult_le_pos; assumption).
  assert (Hnorm : norm (trained k) <= norm (trained 0) + 1 * norm (way k)).
  { rewrite <- Rabs_R1. apply Rle_trans with (2 := norm_move (trained 0) 1 (way k)).
    unfold norm. right. f_equal. simpl. unfold random_dot. apply mean_ext; [apply inner_observable |].
    intros o. apply inner_ext; intros a y _ _; simpl; lra. }
  assert (Hstart : norm (trained 0) = sqrt (INR n_x * INR l * (nu_C * nu_F * pow nu_W j))).
  { unfold norm. f_equal.
    exact (mean_response_squared data n_x lags nu_W nu_F nu_C start observed moments rows j Hj). }
  assert (Hpower : norm first <= sqrt (inner_matrices n l (wanted data) (wanted data)
                                       + INR n_x * INR l * (nu_C * nu_F / (1 - nu_W)) * x_0 ^ 2)).
  { apply sqrt_le_1_alt.
    apply (residual_power_at_most data n_x lags nu_W nu_F nu_C start observed moments rows);
      [lra | exact Hp |].
    intros i Hi. exact (lag_at_most_first _ _ _ _ _ _ delayed i x_0 Hi (proj1 norm_of_first)). }
  pose proof (way_at_most k) as Hway.
  apply (Rmult_le_compat_l _ _ _ (factor_nonnegative k)) in Hpower.
  change (norm (trained k) <= sqrt (INR n_x * INR l * (nu_C * nu_F * pow nu_W j))
     + INR k * weight j / weight 0%nat
       * sqrt (inner_matrices n l (wanted data) (wanted data)
               + INR n_x * INR l * (nu_C * nu_F / (1 - nu_W)) * x_0 ^ 2) / x_0).
  rewrite <- Hstart. unfold factor, Rdiv in *. lra.
Qed.
End GeometricDecay.
