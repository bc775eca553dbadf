(* Which minimum gradient descent finds, over the reals.

   Every row of theta has a lag weight rho >= 0, and L = D^{1/2} theta, row by row, is the impulse response.
   N(Delta), [weighted_norm Delta], is the sum of |Delta|^2 / rho over the rows with rho > 0.  For
   0 < eta < 2/lambda:

   - [limit_exists]: L^k converges, from every start;
   - [limit_is_minimum]: its limit is a minimum of J among the L that agree with L^0 where rho = 0;
   - [minimum_norm]: for every other such minimum L,  N(L - L^0) = N(L - Lbar) + N(Lbar - L^0);
   - [nearest], [only_nearest]: so none is nearer to the start, and no other is as near.

   [lambda] bounds H as in Convergence.v: it may be lambda_max. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence Minima.
Open Scope R_scope.

Section Limit.
Variables (data : Regression reals) (eta lambda : R) (theta limit opt : matrix reals).
Let m := parameters data.
Let l := targets data.

Let theta_at (k : nat) : matrix reals := descent (/ 2 : reals) (eta : reals) data theta k.
Hypothesis eta_positive : 0 < eta.
Hypothesis converges : forall p y, (p < m)%nat -> (y < l)%nat -> Un_cv (fun k => theta_at k p y) (limit p y).

(* The limit of gradient descent solves H theta = b, for its steps become small. *)
Lemma limit_solves : solves data limit.
Proof.
  intros p y Hp Hy.
  assert (gradients : forall k, eta * (product m (hessian data) (theta_at k) p y - correlation data p y)
                                = theta_at k p y - theta_at (S k) p y).
  { intros k. change (theta_at (S k) p y) with (theta_at k p y - eta *
      gradient (K := reals) (/ 2 : reals) data (theta_at k) p y).
    rewrite (gradient_of_loss (K := reals) (/ 2) data (theta_at k) p y is_half Hp Hy). fold m. real_ring. }
  assert (left_cv : Un_cv (fun k => eta * (product m (hessian data) (theta_at k) p y - correlation data p y))
                          (eta * (product m (hessian data) limit p y - correlation data p y))).
  { apply CV_mult; [apply constant_cv |]. apply CV_minus; [| apply constant_cv].
    apply sum_cv. intros q Hq. apply CV_mult; [apply constant_cv | now apply converges]. }
  assert (right_cv : Un_cv
            (fun k => eta * (product m (hessian data) (theta_at k) p y - correlation data p y)) 0).
  { apply (Un_cv_ext (fun k => theta_at k p y - theta_at (S k) p y)); [intros; symmetry; apply gradients |].
    replace 0 with (limit p y - limit p y) by ring.
    apply CV_minus; [| apply (shifted_cv (fun k => theta_at k p y))]; now apply converges. }
  apply Rminus_diag_uniq, (Rmult_eq_reg_l eta); [| lra].
  rewrite Rmult_0_r. exact (UL_sequence _ _ _ left_cv right_cv).
Qed.

Hypothesis solved : solves data opt.

(* Pythagoras: what is left to any other solution is orthogonal to the way from the start to the limit. *)
Lemma pythagoras :
  inner_matrices m l (matrix_sub opt theta) (matrix_sub opt theta)
  = inner_matrices m l (matrix_sub opt limit) (matrix_sub opt limit)
    + inner_matrices m l (matrix_sub limit theta) (matrix_sub limit theta) :> R.
Proof.
  set (Z := matrix_sub opt limit). set (V := matrix_sub limit theta).
  assert (unseen : forall p y, (p < m)%nat -> (y < l)%nat -> product m (hessian data) Z p y = 0).
  { intros p y Hp Hy. unfold Z, m. rewrite product_sub_r, (solved p y), (limit_solves p y) by assumption.
    real_ring. }
  assert (orthogonal : inner_matrices m l V Z = 0 :> R).
  { apply (UL_sequence (fun k => inner_matrices m l (matrix_sub (theta_at k) theta) Z)).
    - apply sum_cv. intros p Hp. apply sum_cv. intros y Hy. apply CV_mult; [| apply constant_cv].
      apply CV_minus; [now apply converges | apply constant_cv].
    - apply (Un_cv_ext (fun _ => 0)); [| apply constant_cv]. intros k. symmetry.
      exact (unseen_directions data (/ 2 : reals) (eta : reals) is_half theta opt solved Z k unseen). }
  assert (together : inner_matrices m l (matrix_sub opt theta) (matrix_sub opt theta)
            = inner_matrices m l (matrix_sub Z (scaled (-1 : reals) V))
                                 (matrix_sub Z (scaled (-1 : reals) V))).
  { apply inner_ext; intros p y _ _; unfold Z, V, matrix_sub, scaled; real_ring. }
  rewrite together, square_of_difference, inner_scaled_l, !inner_scaled_r, (inner_sym m l Z V), orthogonal.
  real_ring.
Qed.
End Limit.

Section MinimumNorm.
(* X, Y, and the lag weight of every row. *)
Variables (rows lag_rows outputs : nat) (X Y : matrix reals) (rho : nat -> R).
Hypothesis rho_nonnegative : forall p, 0 <= rho p.

Definition weighted : Regression reals := {|
  size := rows; parameters := lag_rows; targets := outputs; lagged := X; wanted := Y;
  roots := (fun p => sqrt (rho p)) : nat -> reals
|}.

(* L = D^{1/2} theta *)
Definition response_of (theta : matrix reals) : matrix reals := fun p y => sqrt (rho p) * theta p y.

(* J in terms of L: |X L - Y|^2 / 2. *)
Definition response_loss (L : matrix reals) : R :=
  let r := matrix_sub (product lag_rows X L) Y in / 2 * inner_matrices rows outputs r r.

(* N(Delta) *)
Definition weighted_norm (Delta : matrix reals) : R :=
  sum (K := reals) lag_rows (fun p => sum (K := reals) outputs (fun y =>
    if Rlt_dec 0 (rho p) then Rsqr (Delta p y) / rho p else 0)).

Lemma loss_by_response theta : loss weighted theta = response_loss (response_of theta).
Proof.
  unfold loss, squared_loss, response_loss. simpl. f_equal.
  apply inner_ext; intros q y _ _; unfold residual, matrix_sub, product, features, response_of; simpl;
  f_equal; apply (sum_ext (K := reals)); intros; real_ring.
Qed.

Lemma response_loss_ext L L' :
  (forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> L p y = L' p y) ->
  response_loss L = response_loss L'.
Proof.
  intros H. unfold response_loss. f_equal.
  apply inner_ext; intros q y _ Hy; unfold matrix_sub; f_equal; apply product_ext; auto.
Qed.

Variables (eta lambda : R) (theta : matrix reals).
Hypothesis eta_positive : 0 < eta.
Hypothesis lambda_positive : 0 < lambda.
Hypothesis small_step : eta < 2 / lambda.
Hypothesis bounded : bounds_hessian weighted lambda.

(* L^k and L^0 *)
Definition response_at (k : nat) : matrix reals :=
  response_of (descent (/ 2 : reals) (eta : reals) weighted theta k).
Let start : matrix reals := response_at 0.

(* L agrees with the start where rho = 0. *)
Definition admissible (L : matrix reals) : Prop :=
  forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> rho p = 0 -> L p y = start p y.

(* L is a minimum of J among those. *)
Definition minimum (L : matrix reals) : Prop :=
  admissible L /\ forall L', admissible L' -> response_loss L <= response_loss L'.

(* Lbar is the limit of L^k. *)
Definition limit_of_descent (L : matrix reals) : Prop :=
  forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> Un_cv (fun k => response_at k p y) (L p y).

Lemma sqrt_cancel p : 0 < rho p -> sqrt (rho p) * / sqrt (rho p) = 1.
Proof. intros H. apply Rinv_r. pose proof (sqrt_lt_R0 _ H). lra. Qed.

(* The parameters of a response that agrees with the start where rho = 0. *)
Definition parameters_of (L : matrix reals) : matrix reals :=
  fun p y => if Rlt_dec 0 (rho p) then / sqrt (rho p) * L p y else theta p y.

Lemma response_of_parameters L p y : admissible L -> (p < lag_rows)%nat -> (y < outputs)%nat ->
  response_of (parameters_of L) p y = L p y.
Proof.
  intros H Hp Hy. unfold response_of, parameters_of. destruct (Rlt_dec 0 (rho p)) as [positive | zero].
  - rewrite <- Rmult_assoc, sqrt_cancel by exact positive. apply Rmult_1_l.
  - assert (rho p = 0) as Hrho by (specialize (rho_nonnegative p); lra).
    rewrite (H p y) by assumption. reflexivity.
Qed.

Lemma response_admissible V : admissible (response_of V).
Proof.
  intros p y _ _ Hrho. unfold start, response_at, response_of. rewrite Hrho, sqrt_0. real_ring.
Qed.

Lemma minimum_solves L : minimum L -> solves weighted (parameters_of L).
Proof.
  intros [Hadm Hmin]. apply minimum_iff_solves. intros V. rewrite !loss_by_response.
  rewrite (response_loss_ext _ L) by (intros; now apply response_of_parameters).
  apply Hmin, response_admissible.
Qed.

(* N of a difference of responses is the square of the difference of their parameters. *)
Lemma weighted_norm_by_parameters L V W :
  (forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> L p y = response_of (matrix_sub V W) p y) ->
  (forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> rho p = 0 -> V p y = W p y) ->
  weighted_norm L = inner_matrices lag_rows outputs (matrix_sub V W) (matrix_sub V W).
Proof.
  intros HL Hzero. apply (sum_ext (K := reals)). intros p Hp. apply (sum_ext (K := reals)). intros y Hy.
  rewrite HL by assumption. unfold response_of, matrix_sub. destruct (Rlt_dec 0 (rho p)) as [positive | zero].
  - rewrite Rsqr_mult, Rsqr_sqrt by lra. unfold Rsqr. simpl. field. lra.
  - rewrite (Hzero p y) by (assumption || (specialize (rho_nonnegative p); lra)). real_ring.
Qed.

(* Where rho = 0, theta does not move. *)
Lemma still k p y : (p < lag_rows)%nat -> (y < outputs)%nat -> rho p = 0 ->
  descent (/ 2 : reals) (eta : reals) weighted theta k p y = theta p y.
Proof.
  intros Hp Hy Hrho. induction k as [|k IH]; [reflexivity |].
  set (now := descent (/ 2 : reals) (eta : reals) weighted theta k) in *.
  change (now p y - eta * gradient (K := reals) (/ 2 : reals) weighted now p y = theta p y).
  rewrite IH, (gradient_of_loss (K := reals) (/ 2) weighted now p y is_half Hp Hy), <- features_residual.
  unfold product, transpose. rewrite (sum_vanishing (K := reals)); [real_ring |].
  intros r _. unfold features. simpl. rewrite Hrho, sqrt_0. real_ring.
Qed.

Lemma limit_of_parameters : { limit : matrix reals |
  (forall p y, (p < lag_rows)%nat -> (y < outputs)%nat ->
     Un_cv (fun k => descent (/ 2 : reals) (eta : reals) weighted theta k p y) (limit p y))
  /\ solves weighted limit
  /\ (forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> rho p = 0 -> limit p y = theta p y) }.
Proof.
  destruct (solution_exists weighted) as [opt Hopt].
  destruct (descent_converges weighted eta lambda theta opt) as [limit Hlimit]; try assumption.
  exists limit. split; [exact Hlimit |]. split; [now apply (limit_solves weighted eta theta) |].
  intros p y Hp Hy Hrho. apply (UL_sequence _ _ _ (Hlimit p y Hp Hy)).
  apply (Un_cv_ext (fun _ => theta p y)); [| apply constant_cv].
  intros k. symmetry. now apply still.
Qed.

Theorem limit_exists : exists Lbar, limit_of_descent Lbar.
Proof.
  destruct limit_of_parameters as [limit [Hlimit _]]. exists (response_of limit). intros p y Hp Hy.
  apply CV_mult; [apply constant_cv | now apply Hlimit].
Qed.

Variable Lbar : matrix reals.
Hypothesis Lbar_is_limit : limit_of_descent Lbar.

Lemma Lbar_by_parameters : { limit : matrix reals |
  (forall p y, (p < lag_rows)%nat -> (y < outputs)%nat ->
     Un_cv (fun k => descent (/ 2 : reals) (eta : reals) weighted theta k p y) (limit p y))
  /\ solves weighted limit
  /\ (forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> rho p = 0 -> limit p y = theta p y)
  /\ (forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> Lbar p y = response_of limit p y) }.
Proof.
  destruct limit_of_parameters as [limit [Hlimit [Hsolves Hstill]]]. exists limit.
  repeat split; try assumption.
  intros p y Hp Hy. apply (UL_sequence _ _ _ (Lbar_is_limit p y Hp Hy)).
  apply CV_mult; [apply constant_cv | now apply Hlimit].
Qed.

Theorem limit_is_minimum : minimum Lbar.
Proof.
  destruct Lbar_by_parameters as [limit [_ [Hsolves [_ HLbar]]]]. split.
  - intros p y Hp Hy Hrho. rewrite HLbar by assumption. now apply response_admissible.
  - intros L HL. rewrite (response_loss_ext Lbar (response_of limit)) by exact HLbar.
    rewrite <- (response_loss_ext (response_of (parameters_of L)) L)
      by (intros; now apply response_of_parameters).
    rewrite <- !loss_by_response. now apply minimum_iff_solves.
Qed.

(* minimum-norm *)
Theorem minimum_norm L : minimum L ->
  weighted_norm (matrix_sub L start)
  = weighted_norm (matrix_sub L Lbar) + weighted_norm (matrix_sub Lbar start).
Proof.
  intros HL. pose proof (minimum_solves L HL) as Hopt. destruct HL as [Hadm _].
  destruct Lbar_by_parameters as [limit [Hlimit [_ [Hstill HLbar]]]].
  assert (kept : forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> rho p = 0 ->
                   parameters_of L p y = theta p y).
  { intros p y _ _ Hrho. unfold parameters_of. destruct (Rlt_dec 0 (rho p)); [lra | reflexivity]. }
  rewrite (weighted_norm_by_parameters (matrix_sub L start) (parameters_of L) theta).
  - rewrite (weighted_norm_by_parameters (matrix_sub L Lbar) (parameters_of L) limit).
    + rewrite (weighted_norm_by_parameters (matrix_sub Lbar start) limit theta).
      * exact (pythagoras weighted eta theta limit (parameters_of L) eta_positive Hlimit Hopt).
      * intros p y Hp Hy. unfold matrix_sub. rewrite HLbar by assumption.
        unfold start, response_at, response_of. real_ring.
      * exact Hstill.
    + intros p y Hp Hy. unfold matrix_sub. rewrite HLbar, <- (response_of_parameters L) by assumption.
      unfold response_of. real_ring.
    + intros p y Hp Hy Hrho. rewrite kept, Hstill by assumption. reflexivity.
  - intros p y Hp Hy. unfold matrix_sub. rewrite <- (response_of_parameters L) by assumption.
    unfold start, response_at, response_of. real_ring.
  - exact kept.
Qed.

Lemma weighted_term_nonnegative (Delta : matrix reals) p y :
  0 <= if Rlt_dec 0 (rho p) then Rsqr (Delta p y) / rho p else 0.
Proof.
  destruct (Rlt_dec 0 (rho p)); [| lra].
  apply Rmult_le_pos; [apply Rle_0_sqr | now apply Rlt_le, Rinv_0_lt_compat].
Qed.

Lemma weighted_norm_nonnegative Delta : 0 <= weighted_norm Delta.
Proof.
  apply sum_nonnegative. intros p _. apply sum_nonnegative. intros y _. apply weighted_term_nonnegative.
Qed.

(* The limit is a nearest minimum, *)
Corollary nearest L : minimum L ->
  weighted_norm (matrix_sub Lbar start) <= weighted_norm (matrix_sub L start).
Proof.
  intros HL. rewrite (minimum_norm L HL). pose proof (weighted_norm_nonnegative (matrix_sub L Lbar)). lra.
Qed.

(* and the only one. *)
Corollary only_nearest L : minimum L ->
  weighted_norm (matrix_sub L start) <= weighted_norm (matrix_sub Lbar start) ->
  forall p y, (p < lag_rows)%nat -> (y < outputs)%nat -> L p y = Lbar p y.
Proof.
  intros HL near p y Hp Hy. rewrite (minimum_norm L HL) in near.
  destruct (Rlt_dec 0 (rho p)) as [positive | zero].
  - assert (term : Rsqr (matrix_sub L Lbar p y) / rho p <= weighted_norm (matrix_sub L Lbar)).
    { unfold weighted_norm. eapply Rle_trans.
      2: apply (term_at_most_sum lag_rows (fun p => sum (K := reals) outputs (fun y =>
           if Rlt_dec 0 (rho p) then Rsqr (matrix_sub L Lbar p y) / rho p else 0)) p Hp);
         intros; apply sum_nonnegative; intros; apply weighted_term_nonnegative.
      eapply Rle_trans.
      2: apply (term_at_most_sum outputs (fun y =>
           if Rlt_dec 0 (rho p) then Rsqr (matrix_sub L Lbar p y) / rho p else 0) y Hy);
         intros; apply weighted_term_nonnegative.
      simpl. destruct (Rlt_dec 0 (rho p)); [lra | contradiction]. }
    assert (square : Rsqr (matrix_sub L Lbar p y) <= 0).
    { apply (Rmult_le_reg_r (/ rho p)); [now apply Rinv_0_lt_compat |].
      rewrite Rmult_0_l. unfold Rdiv in term. lra. }
    apply Rminus_diag_uniq. apply Rsqr_0_uniq. apply Rle_antisym; [exact square | apply Rle_0_sqr].
  - assert (rho p = 0) as Hrho by (specialize (rho_nonnegative p); lra).
    destruct HL as [Hadm _]. destruct limit_is_minimum as [Hbar _].
    now rewrite (Hadm p y), (Hbar p y).
Qed.
End MinimumNorm.
