(* Gradient descent on the squared loss, over any commutative ring.

   The parameters theta are a matrix, a row for every lag and input coordinate and a column for every output.
   With X the lagged inputs and Y the outputs wanted, a row for every sequence and time, and D^{1/2} the
   diagonal matrix of the square roots of the lag weights, repeated for every input coordinate,

       J(theta) = |r|^2 / 2,   r = A theta - Y,   A = X D^{1/2}.

   [gradient_of_loss]: the derivative of J in every parameter, the slope of J over the dual numbers, is
   H theta - b with H = D^{1/2} X'X D^{1/2} and b = A'Y.  [gradient_descent]: k steps of size eta from theta^0
   lead to

       theta^k = (1 - (1 - eta H)^k) (theta_opt - theta^0) + theta^0

   for every theta_opt with H theta_opt = b.  (Over the reals these are the minima of J: MinimumNorm.v.) *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices DualNumbers.

(* <A, B>, the sum over all entries of m by l matrices; |A|^2 = <A, A>. *)
Definition inner_matrices {K : Ring} (m l : nat) (A B : matrix K) : K :=
  sum m (fun p => sum l (fun y => A p y * B p y)).

(* What a loss is made of. *)
Record Regression (K : Ring) := {
  size : nat;               (* rows of X and Y *)
  parameters : nat;         (* columns of X, rows of theta *)
  targets : nat;            (* columns of Y and theta *)
  lagged : matrix K;        (* X *)
  wanted : matrix K;        (* Y *)
  roots : nat -> K          (* sqrt(rho_j) for every row of theta, the diagonal of D^{1/2} *)
}.
Arguments size {_}.
Arguments parameters {_}.
Arguments targets {_}.
Arguments lagged {_}.
Arguments wanted {_}.
Arguments roots {_}.

Section Loss.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types (data : Regression K) (theta : matrix K).

(* A = X D^{1/2} *)
Definition features data : matrix K := fun r p => lagged data r p * roots data p.

(* r = A theta - Y *)
Definition residual data theta : matrix K :=
  matrix_sub (product (parameters data) (features data) theta) (wanted data).

(* J(theta); [half] is 1/2. *)
Definition squared_loss (half : K) data theta : K :=
  half * inner_matrices (size data) (targets data) (residual data theta) (residual data theta).

(* H = D^{1/2} X'X D^{1/2} *)
Definition hessian data : matrix K := fun p p' =>
  roots data p * product (size data) (transpose (lagged data)) (lagged data) p p' * roots data p'.

(* b = A'Y *)
Definition correlation data : matrix K := product (size data) (transpose (features data)) (wanted data).

(* H = A'A *)
Lemma hessian_by_features data p p' :
  hessian data p p' = product (size data) (transpose (features data)) (features data) p p'.
Proof.
  unfold hessian, product, transpose, features. rewrite <- sum_mul_l, <- sum_mul_r.
  apply sum_ext. intros. ring.
Qed.

(* A'r = H theta - b *)
Lemma features_residual data theta p y :
  product (size data) (transpose (features data)) (residual data theta) p y
  = product (parameters data) (hessian data) theta p y - correlation data p y.
Proof.
  unfold residual. rewrite product_sub_r, <- product_assoc. f_equal.
  apply product_ext; intros; [symmetry; apply hessian_by_features | reflexivity].
Qed.
End Loss.

Section Descent.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types (data : Regression K) (theta : matrix K).

(* The same loss over the dual numbers: nothing moves but theta. *)
Definition regression_of_duals data : Regression (Dual K) := {|
  size := size data; parameters := parameters data; targets := targets data;
  lagged r p := constant (lagged data r p); wanted r y := constant (wanted data r y);
  roots p := constant (roots data p)
|}.

(* dJ/dtheta, entry p y *)
Definition gradient (half : K) data theta (p y : nat) : K :=
  slope (squared_loss (constant half) (regression_of_duals data)
           (fun p' y' => (theta p' y', delta p p' * delta y y'))).

Theorem gradient_of_loss half data theta p y :
  whole 2 * half = 1 -> (p < parameters data)%nat -> (y < targets data)%nat ->
  gradient half data theta p y = product (parameters data) (hessian data) theta p y - correlation data p y.
Proof.
  intros Hhalf Hp Hy. rewrite <- features_residual. unfold gradient, squared_loss, inner_matrices.
  rewrite slope_mul, slope_sum. cbn [constant slope value fst snd regression_of_duals size targets].
  set (r := residual (regression_of_duals data) _).
  assert (values_r : forall q z, value (r q z) = residual data theta q z).
  { intros q z. unfold r, residual, matrix_sub. rewrite value_sub, value_product. reflexivity. }
  assert (slopes_r : forall q z, slope (r q z) = delta y z * features data q p).
  { intros q z. unfold r, residual, matrix_sub. rewrite slope_sub, slope_product.
    cbn [regression_of_duals wanted constant slope snd parameters].
    unfold product, slopes, values, features. cbn [regression_of_duals lagged roots].
    rewrite (sum_vanishing (parameters data) (fun _ => slope (_ * _) * _)).
    - rewrite (sum_ext (parameters data) _ (fun k =>
                 delta p k * (delta y z * (lagged data q k * roots data k)))).
      + rewrite (sum_delta (parameters data) p (fun k => delta y z * (lagged data q k * roots data k)) Hp).
        ring.
      + intros k _. simpl. ring.
    - intros k _. simpl. ring. }
  transitivity (half * sum (size data) (fun q => whole 2 * (features data q p * residual data theta q y))).
  - transitivity (0 * value (sum (size data) (fun q => sum (targets data) (fun z => r q z * r q z)))
      + half * sum (size data) (fun q => slope (sum (targets data) (fun z => r q z * r q z))));
      [reflexivity |].
    transitivity (half * sum (size data) (fun q => slope (sum (targets data) (fun z => r q z * r q z))));
      [ring |].
    f_equal. apply sum_ext. intros q _. rewrite slope_sum.
    rewrite (sum_ext (targets data) _ (fun z =>
               delta y z * (whole 2 * (features data q p * residual data theta q z)))).
    + now rewrite (sum_delta (targets data) y
                     (fun z => whole 2 * (features data q p * residual data theta q z))).
    + intros z _. rewrite slope_mul, values_r, slopes_r. simpl. ring.
  - rewrite sum_mul_l. unfold product, transpose.
    transitivity (whole 2 * half * sum (size data) (fun q => features data q p * residual data theta q y));
      [ring |].
    rewrite Hhalf. ring.
Qed.

(* theta after k steps of size eta from [theta]. *)
Fixpoint descent (half eta : K) data theta (k : nat) : matrix K :=
  match k with
  | O => theta
  | S k => let now := descent half eta data theta k in
           fun p y => now p y - eta * gradient half data now p y
  end.

(* 1 - eta H *)
Definition step_matrix (eta : K) data : matrix K := matrix_sub identity (scaled eta (hessian data)).

Lemma step_matrix_product eta data (v : matrix K) p y : (p < parameters data)%nat ->
  product (parameters data) (step_matrix eta data) v p y
  = v p y - eta * product (parameters data) (hessian data) v p y.
Proof. intros Hp. unfold step_matrix. now rewrite product_sub_l, product_identity_l, product_scaled_l. Qed.

(* One step multiplies the distance to theta_opt by 1 - eta H. *)
Lemma distance_after half eta data theta opt k p y :
  whole 2 * half = 1 ->
  (forall p y, (p < parameters data)%nat -> (y < targets data)%nat ->
     product (parameters data) (hessian data) opt p y = correlation data p y) ->
  (p < parameters data)%nat -> (y < targets data)%nat ->
  opt p y - descent half eta data theta k p y
  = product (parameters data) (matrix_power (parameters data) (step_matrix eta data) k)
      (matrix_sub opt theta) p y.
Proof.
  intros Hhalf Hopt Hp Hy. revert p Hp. induction k as [|k IH]; intros p Hp; cbn [descent matrix_power].
  - now rewrite product_identity_l.
  - rewrite product_assoc.
    rewrite (product_ext _ _ (step_matrix eta data) _ (matrix_sub opt (descent half eta data theta k)));
      [| reflexivity | intros; symmetry; now apply IH].
    rewrite step_matrix_product, product_sub_r, Hopt, gradient_of_loss by assumption.
    unfold matrix_sub. ring.
Qed.

(* gradient-descent *)
Theorem gradient_descent half eta data theta opt k p y :
  whole 2 * half = 1 ->
  (forall p y, (p < parameters data)%nat -> (y < targets data)%nat ->
     product (parameters data) (hessian data) opt p y = correlation data p y) ->
  (p < parameters data)%nat -> (y < targets data)%nat ->
  descent half eta data theta k p y
  = product (parameters data)
      (matrix_sub identity
         (matrix_power (parameters data) (matrix_sub identity (scaled eta (hessian data))) k))
      (matrix_sub opt theta) p y
    + theta p y.
Proof.
  intros Hhalf Hopt Hp Hy. fold (step_matrix eta data).
  rewrite product_sub_l, product_identity_l by exact Hp.
  rewrite <- (distance_after half eta data theta opt k p y) by assumption. unfold matrix_sub. ring.
Qed.
End Descent.
