(* How far a lag of the scaled convolution moves under gradient descent: step-bound and uniform-bound.

   The model is the regression of Descent.v, whose parameters have a row for every lag and input: [scaled_by]
   says that the rows of lag j have the root sqrt(rho_j).  Then L_j, transposed, is sqrt(rho_j) times these
   rows of theta.  Norms are those of Frobenius, but for X_j.  The spectral norm of X_j and the greatest
   eigenvalue of H enter as what they bound; any greater numbers do as well. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence Minima.
From NTK Require Import Norms.
Open Scope R_scope.

Section Model.
Variables (data : Regression reals) (n_x lags : nat) (weight : nat -> R).

(* The columns of X are lag 0's n_x, lag 1's n_x, ..., and lag j has the weight rho_j. *)
Definition scaled_by : Prop :=
  parameters data = (lags * n_x)%nat /\
  forall j a, (j < lags)%nat -> (a < n_x)%nat -> roots data (j * n_x + a)%nat = sqrt (weight j).

(* The rows of lag j. *)
Definition of_lag (j : nat) (V : matrix reals) : matrices n_x (targets data) :=
  fun a y => V (j * n_x + a)%nat y.

(* All L_j', one below the other, after k steps from theta. *)
Definition response (eta : R) (theta : matrix reals) (k : nat) : matrix reals :=
  fun p y => roots data p * descent (/ 2 : reals) (eta : reals) data theta k p y.

(* |L_j^k - L_j^0| *)
Definition moved (eta : R) (theta : matrix reals) (j k : nat) : R :=
  separation (of_lag j (response eta theta k)) (of_lag j (response eta theta 0)).

(* X_j *)
Definition inputs_at_lag (j : nat) : matrix reals := fun r a => lagged data r (j * n_x + a)%nat.

(* x is at least the spectral norm of X_j. *)
Definition spectral_norm_at_most (j : nat) (x : R) : Prop :=
  0 <= x /\ forall v : nat -> R,
    let image r := inner n_x (inputs_at_lag j r) v in
    inner (size data) image image <= x ^ 2 * inner n_x v v.
End Model.

(* There are such numbers, and such bounds of the Hessian: sums of all squares. *)
Lemma spectral_norm_bounded data n_x j : exists x, spectral_norm_at_most data n_x j x.
Proof.
  set (X := inputs_at_lag data n_x j). set (bound := inner_matrices (size data) n_x X X : R).
  exists (sqrt bound). split; [apply sqrt_pos |]. intros v. cbv zeta.
  rewrite pow2_sqrt by apply square_nonnegative.
  unfold bound, inner_matrices. rewrite <- (sum_mul_r (K := reals)). apply sum_at_most. intros r _.
  pose proof (cauchy_schwarz_vectors n_x (X r) v) as H. simpl in H. rewrite Rmult_1_r in H. exact H.
Qed.

Lemma hessian_bounded data : exists lambda, 0 < lambda /\ bounds_hessian data lambda.
Proof.
  set (bound := inner_matrices (size data) (parameters data) (features data) (features data) : R).
  assert (0 <= bound) by apply square_nonnegative. exists (bound + 1). split; [lra |]. intros V.
  apply Rle_trans with (1 := frobenius _ _ _ _ _). apply Rmult_le_compat_r; [apply square_nonnegative |].
  fold bound. lra.
Qed.

Section Bounds.
Variables (data : Regression reals) (eta lambda : R) (start : matrix reals).

Let m := parameters data.
Let l := targets data.
Let n := size data.
Let A := features data.

Let theta (k : nat) : matrix reals := descent (/ 2 : reals) (eta : reals) data start k.
Let r (k : nat) : matrices n l := residual data (theta k).
Let g (k : nat) : matrix reals := slope_of_loss data (theta k).
Let change (k : nat) : matrices n l := product m A (g k).

Hypothesis lambda_positive : 0 < lambda.
Hypothesis bounded : bounds_hessian data lambda.

(* A step of gradient descent, in what it does to theta and to r. *)
Lemma descent_step k p y : (p < m)%nat -> (y < l)%nat -> theta (S k) p y = theta k p y - eta * g k p y.
Proof.
  intros Hp Hy. unfold theta at 1. cbn [descent]. rewrite gradient_of_loss by (assumption || exact is_half).
  reflexivity.
Qed.

Lemma residual_step k : norm (r (S k)) = norm (move (r k) (- eta) (change k)).
Proof.
  unfold norm. f_equal.
  assert (same : forall q y, (q < n)%nat -> (y < l)%nat -> r (S k) q y = r k q y - eta * change k q y).
  { intros q y _ Hy. unfold r, residual, matrix_sub, change.
    rewrite (product_ext m A A (theta (S k)) (matrix_sub (theta k) (scaled (eta : reals) (g k)))).
    - rewrite product_sub_r, product_scaled_r. fold A m. simpl. ring.
    - reflexivity.
    - intros p Hp. now apply descent_step. }
  apply inner_ext; intros q y Hq Hy; rewrite same by assumption; simpl; ring.
Qed.

(* <r, A g> = <A'r, g> = |g|^2 *)
Lemma residual_change k : dot (r k) (change k) = inner_matrices m l (g k) (g k).
Proof.
  unfold change. simpl. rewrite (inner_sym n l), (inner_adjoint n m l A). apply inner_ext; [reflexivity |].
  intros p y _ _. apply features_residual.
Qed.

(* |r - eta A g|^2 = |r|^2 - eta (2 |g|^2 - eta |A g|^2) *)
Lemma residual_falls k : 0 < eta <= 2 / lambda -> norm (r (S k)) <= norm (r k).
Proof.
  intros Heta. rewrite residual_step. apply sqrt_le_1_alt. rewrite square_move, residual_change.
  pose proof (bounded (g k)) as most. fold m l n A in most.
  fold (change k) in most.
  change (inner_matrices n l (change k) (change k)) with (dot (change k) (change k)) in most.
  set (size_g := inner_matrices m l (g k) (g k) : R) in *.
  assert (0 <= size_g) by apply square_nonnegative.
  assert (Hstep : eta * lambda <= 2).
  { replace 2 with (2 / lambda * lambda) by (field; lra). apply Rmult_le_compat_r; lra. }
  assert (eta * dot (change k) (change k) <= 2 * size_g).
  { apply Rle_trans with (eta * (lambda * size_g)); [apply Rmult_le_compat_l; lra |].
    rewrite <- Rmult_assoc. apply Rmult_le_compat_r; assumption. }
  assert (eta * (eta * dot (change k) (change k)) <= eta * (2 * size_g)) by (apply Rmult_le_compat_l; lra).
  lra.
Qed.

Lemma residual_at_most_first k : 0 < eta <= 2 / lambda -> norm (r k) <= norm (r 0).
Proof.
  intros Heta. induction k as [| k IH]; [apply Rle_refl |].
  apply Rle_trans with (norm (r k)); [now apply residual_falls | exact IH].
Qed.

(* ---- One lag ---- *)

Variables (n_x lags j : nat) (weight : nat -> R).
Hypotheses (scaled_data : scaled_by data n_x lags weight) (Hj : (j < lags)%nat) (Hweight : 0 <= weight j).

Lemma row_in_range a : (a < n_x)%nat -> (j * n_x + a < m)%nat.
Proof. intros Ha. unfold m. destruct scaled_data as [-> _]. nia. Qed.

(* X_j' r, the gradient in L_j' *)
Let lag_gradient (k : nat) : matrices n_x l := product n (transpose (inputs_at_lag data n_x j)) (r k).

(* L_j moves by - eta rho_j X_j' r. *)
Lemma response_step k a y : (a < n_x)%nat -> (y < l)%nat ->
  of_lag data n_x j (response data eta start (S k)) a y
  = of_lag data n_x j (response data eta start k) a y - eta * weight j * lag_gradient k a y.
Proof.
  intros Ha Hy. unfold of_lag, response. fold (theta (S k)) (theta k).
  rewrite descent_step by (exact Hy || now apply row_in_range).
  unfold g, slope_of_loss, matrix_sub. rewrite <- features_residual. fold n.
  assert (Hgradient : product n (transpose (features data)) (residual data (theta k)) (j * n_x + a)%nat y
                      = sqrt (weight j) * lag_gradient k a y).
  { unfold lag_gradient, product. rewrite <- (sum_mul_l (K := reals)). apply (sum_ext (K := reals)).
    intros q _. unfold transpose, features, inputs_at_lag, r.
    rewrite (proj2 scaled_data) by assumption. simpl. ring. }
  rewrite Hgradient, (proj2 scaled_data) by assumption.
  pose proof (sqrt_sqrt (weight j) Hweight) as Hroot. simpl. ring [Hroot].
Qed.

(* |X_j' r| <= |X_j| |r| *)
Lemma lag_gradient_at_most x k :
  spectral_norm_at_most data n_x j x -> norm (lag_gradient k) <= x * norm (r k).
Proof.
  intros [Hx spectral]. set (X := inputs_at_lag data n_x j) in *.
  apply norm_at_most; [apply Rmult_le_pos; [exact Hx | apply norm_nonnegative] |].
  rewrite Rpow_mult_distr, norm_squared.
  assert (Hadjoint : adjoint (V := matrices n_x l) (W := matrices n l)
                       (product n_x X) (product n (transpose X))).
  { intros V W. apply inner_adjoint. }
  apply (adjoint_square (x ^ 2) Hadjoint (pow2_ge_0 x)).
  (* what holds for every column holds for a matrix *)
  intros V. simpl. unfold inner_matrices. rewrite sum_swap, (sum_swap n_x l).
  rewrite <- (sum_mul_l (K := reals)). apply sum_at_most. intros y _. exact (spectral (fun a => V a y)).
Qed.
(* Matrices that agree on their size have the same norm. *)
Lemma norm_ext h w (U V : matrices h w) :
  (forall a y, (a < h)%nat -> (y < w)%nat -> U a y = V a y) -> norm U = norm V.
Proof. intros H. unfold norm. f_equal. apply inner_ext; intros; now apply H. Qed.

Lemma moved_start : moved data n_x eta start j 0 = 0.
Proof.
  unfold moved, separation, norm. rewrite square_move.
  match goal with |- sqrt ?z = 0 => replace z with 0 by ring end. apply sqrt_0.
Qed.

(* |L^{k+1} - L^0| <= |L^k - L^0| + eta rho_j |X_j' r^k| *)
Lemma moved_step k : 0 < eta ->
  moved data n_x eta start j (S k) <= moved data n_x eta start j k + eta * weight j * norm (lag_gradient k).
Proof.
  intros Heta. assert (Hfactor : 0 <= eta * weight j) by (apply Rmult_le_pos; lra).
  rewrite <- (Rabs_pos_eq _ Hfactor) at 1. rewrite <- Rabs_Ropp.
  apply Rle_trans with (2 := norm_move _ _ _). apply Req_le, norm_ext.
  intros a y Ha Hy. cbn [move matrices]. rewrite response_step by assumption. simpl. ring.
Qed.

(* step-bound: in k steps a lag moves by k eta rho_j |X_j| |r^0| at most. *)
Theorem step_bound x k : 0 < eta <= 2 / lambda -> spectral_norm_at_most data n_x j x ->
  moved data n_x eta start j k <= eta * INR k * x * norm (residual data start : matrices n l) * weight j.
Proof.
  intros Heta spectral. assert (Hfactor : 0 <= eta * weight j) by (apply Rmult_le_pos; lra).
  induction k as [| k IH]; [rewrite moved_start; simpl; lra |].
  assert (Hgradient : norm (lag_gradient k) <= x * norm (r 0)).
  { apply Rle_trans with (x * norm (r k)); [now apply lag_gradient_at_most |].
    apply Rmult_le_compat_l; [apply spectral | now apply residual_at_most_first]. }
  apply (Rmult_le_compat_l _ _ _ Hfactor) in Hgradient.
  apply Rle_trans with (1 := moved_step k (proj1 Heta)). rewrite S_INR.
  change (residual data start : matrices n l) with (r 0) in *. lra.
Qed.

(* ---- Any number of steps ---- *)

Variable opt : matrix reals.
Hypothesis optimal : minimises data opt.

(* What is left to learn after k steps, theta_opt - theta^k. *)
Let left (k : nat) : matrices m l := distance data (/ 2 : reals) (eta : reals) start opt k.

(* The inner product of what is left after i and after j steps, which depends on i + j alone. *)
Let overlap (i : nat) : R := dot (left 0) (left i).

Lemma solved : solves data opt.
Proof. now apply minimum_iff_solves. Qed.

Lemma overlap_add i k : dot (left i) (left k) = overlap (i + k).
Proof. exact (distances_add data (/ 2 : reals) (eta : reals) is_half start opt solved i k). Qed.

(* |A e|^2, with which the overlaps fall *)
Let seen (k : nat) : R := inner_matrices n l (product m A (left k)) (product m A (left k)).

Lemma overlap_odd k : overlap (S (k + k)) = overlap (k + k) - eta * seen k.
Proof.
  replace (S (k + k)) with (k + S k)%nat by lia. rewrite <- !overlap_add.
  exact (distances_odd data (/ 2 : reals) (eta : reals) is_half start opt solved k).
Qed.

(* With eta <= 1/lambda they fall after an odd number of steps too, for |H e|^2 <= lambda |A e|^2. *)
Lemma overlap_falls i : 0 < eta <= 1 / lambda -> overlap (S i) <= overlap i.
Proof.
  intros Heta.
  assert (Hseen : forall k, 0 <= seen k) by (intros; apply square_nonnegative).
  destruct (Nat.Even_or_Odd i) as [[k ->] | [k ->]].
  - replace (2 * k)%nat with (k + k)%nat by lia. rewrite overlap_odd.
    assert (0 <= eta * seen k) by (apply Rmult_le_pos; [lra | apply Hseen]). lra.
  - replace (2 * k + 1)%nat with (S (k + k)) by lia. rewrite overlap_odd.
    replace (S (S (k + k))) with (S k + S k)%nat by lia. rewrite <- (overlap_add (S k)), <- (overlap_add k).
    set (H := hessian data).
    set (size_H := inner_matrices m l (product m H (left k)) (product m H (left k)) : R).
    assert (Heven : dot (left (S k)) (left (S k))
                    = dot (left k) (left k) - (0 + 1 + 1) * eta * seen k + eta * eta * size_H).
    { exact (distances_even data (/ 2 : reals) (eta : reals) is_half start opt solved k). }
    assert (most : size_H <= lambda * seen k).
    { exact (hessian_at_most data lambda lambda_positive bounded (left k)). }
    assert (Hstep : eta * lambda <= 1).
    { replace 1 with (1 / lambda * lambda) by (field; lra). apply Rmult_le_compat_r; lra. }
    assert (eta * size_H <= seen k).
    { apply Rle_trans with (eta * (lambda * seen k)); [apply Rmult_le_compat_l; lra |].
      rewrite <- Rmult_assoc. rewrite <- (Rmult_1_l (seen k)) at 2. apply Rmult_le_compat_r; auto. }
    assert (eta * (eta * size_H) <= eta * seen k) by (apply Rmult_le_compat_l; lra).
    rewrite Heven. lra.
Qed.

Lemma overlap_falls_by i k : 0 < eta <= 1 / lambda -> overlap (i + k) <= overlap i.
Proof.
  intros Heta. induction k as [| k IH]; [rewrite Nat.add_0_r; apply Rle_refl |].
  rewrite Nat.add_succ_r. apply Rle_trans with (overlap (i + k)); [now apply overlap_falls | exact IH].
Qed.

(* theta never is farther from its start than a minimiser: |e_0 - e_k|^2 = |e_0|^2 - 2 e_0.e_k + |e_k|^2, and
   |e_k|^2 = e_0.e_2k is between 0 and e_0.e_k. *)
Theorem never_farther_than_minimum k : 0 < eta <= 1 / lambda ->
  separation (theta k : matrices m l) start <= separation (opt : matrices m l) start.
Proof.
  intros Heta.
  assert (Hpath : separation (theta k : matrices m l) start = norm (move (left 0) (-1) (left k))).
  { apply norm_ext. intros p y _ _. unfold left, distance, matrix_sub. simpl. fold (theta k). ring. }
  assert (Hopt : separation (opt : matrices m l) start = norm (left 0)).
  { apply norm_ext. intros p y _ _. unfold left, distance, matrix_sub. simpl. ring. }
  rewrite Hpath, Hopt. apply sqrt_le_1_alt. rewrite square_move, overlap_add.
  pose proof (overlap_falls_by k k Heta) as H. rewrite <- overlap_add in *.
  pose proof (dot_nonnegative _ (left k)). unfold overlap in H. lra.
Qed.
(* A part of the rows has no greater norm than all of them. *)
Lemma of_lag_at_most (V : matrix reals) :
  dot (of_lag data n_x j V) (of_lag data n_x j V) <= inner_matrices m l V V.
Proof.
  set (f := fun p => sum (K := reals) l (fun y => V p y * V p y)).
  assert (Hf : forall p, 0 <= f p) by (intros; apply sum_nonnegative; intros; apply Rle_0_sqr).
  change (sum (K := reals) n_x (fun a => f (j * n_x + a)%nat) <= sum (K := reals) m f).
  replace m with (j * n_x + (n_x + (lags - j - 1) * n_x))%nat.
  - rewrite !sum_split. simpl.
    assert (0 <= sum (K := reals) (j * n_x) f) by (apply sum_nonnegative; auto).
    assert (0 <= sum (K := reals) ((lags - j - 1) * n_x) (fun a => f (j * n_x + (n_x + a))%nat))
      by (apply sum_nonnegative; auto).
    lra.
  - unfold m. destruct scaled_data as [-> _]. nia.
Qed.

(* uniform-bound: however long the training, a lag moves by sqrt(rho_j) |theta_opt - theta^0| at most. *)
Theorem uniform_bound k : 0 < eta <= 1 / lambda ->
  moved data n_x eta start j k ^ 2 <= separation (opt : matrices m l) start ^ 2 * weight j.
Proof.
  intros Heta. set (way := matrix_sub (theta k) start).
  assert (Hlag : moved data n_x eta start j k ^ 2
                 = weight j * dot (of_lag data n_x j way) (of_lag data n_x j way)).
  { unfold moved, separation. rewrite norm_squared.
    transitivity (@inner_matrices reals n_x l (scaled (sqrt (weight j) : reals) (of_lag data n_x j way))
                                  (scaled (sqrt (weight j) : reals) (of_lag data n_x j way))).
    - apply inner_ext; intros a y Ha Hy; cbn [move matrices];
        unfold of_lag, response, scaled, way, matrix_sub;
        fold (theta k); rewrite (proj2 scaled_data) by assumption; simpl; ring.
    - rewrite inner_scaled_l, inner_scaled_r. set (root := sqrt (weight j)).
      set (size := dot (of_lag data n_x j way) (of_lag data n_x j way)).
      change (root * (root * size) = weight j * size).
      rewrite <- Rmult_assoc. unfold root. now rewrite sqrt_sqrt. }
  rewrite Hlag, Rmult_comm. apply Rmult_le_compat_r; [exact Hweight |].
  apply Rle_trans with (1 := of_lag_at_most way).
  assert (Hway : norm (way : matrices m l) = separation (theta k : matrices m l) start).
  { apply norm_ext. intros p y _ _. unfold way, matrix_sub. simpl. ring. }
  change (inner_matrices m l way way) with (dot (way : matrices m l) way).
  rewrite <- norm_squared, Hway. apply pow_incr. split; [apply norm_nonnegative |].
  now apply never_farther_than_minimum.
Qed.
End Bounds.
