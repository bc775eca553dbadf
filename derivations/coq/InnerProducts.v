(* Inner products of matrices, and what they say of gradient descent, over any commutative ring.

   <A, B> is the sum of A_py B_py over all entries.  The lemmas carry matrices across it (adjoints), expand
   the squared loss about a point ([loss_expansion]), and follow theta_opt - theta^k, the distance to a
   solution of H theta_opt = b, under gradient descent: a step is symmetric, so the inner product
   <theta_opt - theta^j, theta_opt - theta^k> depends on j + k alone ([distances_add]). *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices DualNumbers Descent.

Section InnerProducts.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types A B V W : matrix K.

Lemma inner_ext m l A A' B B' :
  (forall p y, (p < m)%nat -> (y < l)%nat -> A p y = A' p y) ->
  (forall p y, (p < m)%nat -> (y < l)%nat -> B p y = B' p y) ->
  inner_matrices m l A B = inner_matrices m l A' B'.
Proof.
  intros HA HB. apply sum_ext. intros p Hp. apply sum_ext. intros y Hy. now rewrite HA, HB.
Qed.

Lemma inner_sym m l A B : inner_matrices m l A B = inner_matrices m l B A.
Proof. apply sum_ext. intros p _. apply sum_ext. intros y _. ring. Qed.

Lemma inner_sub_l m l A A' B :
  inner_matrices m l (matrix_sub A A') B = inner_matrices m l A B - inner_matrices m l A' B.
Proof.
  unfold inner_matrices, matrix_sub. rewrite <- sum_sub. apply sum_ext. intros p _.
  rewrite <- sum_sub. apply sum_ext. intros y _. ring.
Qed.

Lemma inner_sub_r m l A B B' :
  inner_matrices m l A (matrix_sub B B') = inner_matrices m l A B - inner_matrices m l A B'.
Proof. rewrite inner_sym, inner_sub_l, (inner_sym m l B), (inner_sym m l B'). ring. Qed.

Lemma inner_scaled_l m l (x : K) A B : inner_matrices m l (scaled x A) B = x * inner_matrices m l A B.
Proof.
  unfold inner_matrices, scaled. rewrite <- sum_mul_l. apply sum_ext. intros p _.
  rewrite <- sum_mul_l. apply sum_ext. intros y _. ring.
Qed.

Lemma inner_scaled_r m l (x : K) A B : inner_matrices m l A (scaled x B) = x * inner_matrices m l A B.
Proof. now rewrite inner_sym, inner_scaled_l, (inner_sym m l B). Qed.

(* |A - B|^2 = |A|^2 - 2 <A, B> + |B|^2 *)
Lemma square_of_difference m l A B :
  inner_matrices m l (matrix_sub A B) (matrix_sub A B)
  = inner_matrices m l A A - whole 2 * inner_matrices m l A B + inner_matrices m l B B.
Proof. rewrite inner_sub_l, !inner_sub_r, (inner_sym m l B A). simpl. ring. Qed.

(* <A V, W> = <V, A' W> for A with n rows and m columns. *)
Lemma inner_adjoint n m l A V W :
  inner_matrices n l (product m A V) W = inner_matrices m l V (product n (transpose A) W).
Proof.
  unfold inner_matrices, product, transpose.
  rewrite (sum_ext n _ (fun r => sum m (fun p => sum l (fun y => V p y * (A r p * W r y))))).
  - rewrite sum_swap. apply sum_ext. intros p _. rewrite sum_swap. apply sum_ext. intros y _. apply sum_mul_l.
  - intros r _. rewrite sum_swap. apply sum_ext. intros y _. rewrite <- sum_mul_r. apply sum_ext.
    intros. ring.
Qed.

(* The inner product with what a combination of vectors leaves of another vector. *)
Lemma inner_combination n k (a : nat -> nat -> K) (theta w v : nat -> K) :
  inner n (fun r => w r - sum k (fun q => a q r * theta q)) v
  = inner n w v - sum k (fun q => theta q * inner n (a q) v).
Proof.
  unfold inner.
  rewrite (sum_ext n _ (fun r => w r * v r - sum k (fun q => theta q * (a q r * v r)))).
  - rewrite sum_sub. f_equal. rewrite sum_swap. apply sum_ext. intros. apply sum_mul_l.
  - intros r _. transitivity (w r * v r - sum k (fun q => a q r * theta q) * v r); [ring |].
    f_equal. rewrite <- sum_mul_r. apply sum_ext. intros. ring.
Qed.
End InnerProducts.

(* ---- The loss about a point ---- *)

Section Expansion.
Context {K : Ring}.
Add Ring scalars'' : (laws K).

(* The gradient, H theta - b. *)
Definition slope_of_loss (data : Regression K) (theta : matrix K) : matrix K :=
  matrix_sub (product (parameters data) (hessian data) theta) (correlation data).

Lemma loss_expansion (half : K) data theta (V : matrix K) : whole 2 * half = 1 ->
  squared_loss half data (matrix_sub theta V)
  = squared_loss half data theta
    - inner_matrices (parameters data) (targets data) (slope_of_loss data theta) V
    + half * inner_matrices (size data) (targets data)
               (product (parameters data) (features data) V) (product (parameters data) (features data) V).
Proof.
  intros Hhalf. unfold squared_loss.
  set (m := parameters data). set (n := size data). set (l := targets data).
  set (A := features data). set (r := residual data theta).
  assert (moved : forall q y, residual data (matrix_sub theta V) q y = matrix_sub r (product m A V) q y).
  { intros q y. unfold r, residual, matrix_sub at 1. rewrite product_sub_r. unfold matrix_sub.
    fold m A. ring. }
  rewrite (inner_ext n l _ (matrix_sub r (product m A V)) _ (matrix_sub r (product m A V))) by auto.
  rewrite square_of_difference.
  replace (inner_matrices m l (slope_of_loss data theta) V) with (inner_matrices n l r (product m A V)).
  - transitivity (half * inner_matrices n l r r - whole 2 * half * inner_matrices n l r (product m A V)
                    + half * inner_matrices n l (product m A V) (product m A V));
        [ring | rewrite Hhalf; ring].
  - rewrite (inner_sym n l), (inner_adjoint n m l A), (inner_sym m l). apply inner_ext; [| reflexivity].
    intros p y _ _. apply features_residual.
Qed.

Lemma loss_ext (half : K) data theta theta' :
  (forall p y, (p < parameters data)%nat -> (y < targets data)%nat -> theta p y = theta' p y) ->
  squared_loss half data theta = squared_loss half data theta'.
Proof.
  intros H. unfold squared_loss. f_equal.
  apply inner_ext; intros q y _ Hy; unfold residual, matrix_sub; f_equal; apply product_ext; auto.
Qed.
End Expansion.

(* ---- The distance to a solution ---- *)

Section Distance.
Context {K : Ring}.
Add Ring scalars' : (laws K).
Variable data : Regression K.
Implicit Types V W : matrix K.

Let m := parameters data.
Let l := targets data.
Let n := size data.
Let A := features data.
Let H := hessian data.

(* <H V, W> = <A V, A W> *)
Lemma hessian_form V W :
  inner_matrices m l (product m H V) W = inner_matrices n l (product m A V) (product m A W).
Proof.
  rewrite (inner_sym n l), (inner_adjoint n m l A), (inner_sym m l). apply inner_ext; [reflexivity |].
  intros p y _ _. rewrite <- product_assoc.
  apply product_ext; intros; [apply hessian_by_features | reflexivity].
Qed.

Lemma hessian_symmetric V W :
  inner_matrices m l (product m H V) W = inner_matrices m l V (product m H W).
Proof. now rewrite hessian_form, inner_sym, <- hessian_form, inner_sym. Qed.

Variables half eta : K.
Hypothesis is_half : whole 2 * half = 1.
Variables theta opt : matrix K.

(* H theta_opt = b *)
Definition solves V : Prop :=
  forall p y, (p < m)%nat -> (y < l)%nat -> product m H V p y = correlation data p y.
Hypothesis solved : solves opt.

Definition distance (k : nat) : matrix K := matrix_sub opt (descent half eta data theta k).

Lemma gradient_by_distance k p y : (p < m)%nat -> (y < l)%nat ->
  gradient half data (descent half eta data theta k) p y = - product m H (distance k) p y.
Proof.
  intros Hp Hy. rewrite gradient_of_loss by assumption. unfold distance. rewrite product_sub_r.
  rewrite (solved p y) by assumption. fold m H. ring.
Qed.

(* V - eta H V: a step, seen from theta_opt. *)
Definition stepped V : matrix K := matrix_sub V (scaled eta (product m H V)).

Lemma distance_step k p y : (p < m)%nat -> (y < l)%nat ->
  distance (S k) p y = stepped (distance k) p y.
Proof.
  intros Hp Hy. unfold distance at 1, matrix_sub. cbn [descent]. rewrite gradient_by_distance by assumption.
  unfold stepped, distance at 2, matrix_sub, scaled. ring.
Qed.

(* A step may be moved from one side of an inner product to the other. *)
Lemma distances_step j k :
  inner_matrices m l (distance (S j)) (distance k) = inner_matrices m l (distance j) (distance (S k)).
Proof.
  transitivity (inner_matrices m l (stepped (distance j)) (distance k)).
  - apply inner_ext; [| reflexivity]. intros p y Hp Hy. now rewrite distance_step.
  - transitivity (inner_matrices m l (distance j) (stepped (distance k))).
    + unfold stepped. rewrite inner_sub_l, inner_sub_r, inner_scaled_l, inner_scaled_r.
      now rewrite hessian_symmetric.
    + apply inner_ext; [reflexivity |]. intros p y Hp Hy. now rewrite distance_step.
Qed.

Lemma distances_add j k :
  inner_matrices m l (distance j) (distance k) = inner_matrices m l (distance 0) (distance (j + k)).
Proof.
  revert k. induction j as [|j IH]; intros k; [reflexivity |].
  rewrite distances_step, IH. now replace (j + S k)%nat with (S j + k)%nat by lia.
Qed.

(* <e, e'> = |e|^2 - eta |A e|^2 for e' the distance one step after e. *)
Lemma distances_odd k :
  inner_matrices m l (distance k) (distance (S k))
  = inner_matrices m l (distance k) (distance k)
    - eta * inner_matrices n l (product m A (distance k)) (product m A (distance k)).
Proof.
  rewrite <- hessian_form, inner_sym.
  transitivity (inner_matrices m l (stepped (distance k)) (distance k)).
  - apply inner_ext; [| reflexivity]. intros p y Hp Hy. now rewrite distance_step.
  - unfold stepped. now rewrite inner_sub_l, inner_scaled_l.
Qed.

(* |e'|^2 = |e|^2 - 2 eta |A e|^2 + eta^2 |H e|^2 *)
Lemma distances_even k :
  inner_matrices m l (distance (S k)) (distance (S k))
  = inner_matrices m l (distance k) (distance k)
    - whole 2 * eta * inner_matrices n l (product m A (distance k)) (product m A (distance k))
    + eta * eta * inner_matrices m l (product m H (distance k)) (product m H (distance k)).
Proof.
  transitivity (inner_matrices m l (stepped (distance k)) (stepped (distance k))).
  - apply inner_ext; intros p y Hp Hy; now rewrite distance_step.
  - unfold stepped. rewrite square_of_difference, inner_scaled_l, !inner_scaled_r, <- hessian_symmetric.
    rewrite hessian_form.
    fold n. ring.
Qed.

(* The component of theta^k - theta_opt along V. *)
Definition component V (k : nat) : K :=
  inner_matrices m l V (matrix_sub (descent half eta data theta k) opt).

(* descent-along-eigenvectors: where H V = lambda V, a step multiplies it by 1 - eta lambda. *)
Theorem descent_along_eigenvector (lambda : K) V k :
  (forall p y, (p < m)%nat -> (y < l)%nat -> product m H V p y = lambda * V p y) ->
  component V k = (1 - eta * lambda) ^ k * component V 0.
Proof.
  intros HV. induction k as [|k IH]; [simpl; ring |].
  transitivity ((1 - eta * lambda) * component V k); [| rewrite IH; simpl; ring]. clear IH.
  transitivity (component V k + eta * inner_matrices m l (product m H V) (distance k)).
  - rewrite hessian_symmetric, <- inner_scaled_r. unfold component, inner_matrices. rewrite <- sum_add.
    apply sum_ext. intros p Hp. rewrite <- sum_add. apply sum_ext. intros y Hy.
    unfold matrix_sub, scaled. cbn [descent]. rewrite gradient_by_distance by assumption. ring.
  - rewrite (inner_ext m l _ (scaled lambda V) _ (distance k)) by (assumption || reflexivity).
    rewrite inner_scaled_l. unfold component, distance.
    rewrite !inner_sub_r. ring.
Qed.

(* All steps together leave what H does not see: <theta^k - theta^0, Z> = 0 where H Z = 0. *)
Lemma unseen_directions Z k : (forall p y, (p < m)%nat -> (y < l)%nat -> product m H Z p y = 0) ->
  inner_matrices m l (matrix_sub (descent half eta data theta k) theta) Z = 0.
Proof.
  intros HZ. induction k as [|k IH].
  - apply sum_vanishing. intros p _. apply sum_vanishing. intros y _. unfold matrix_sub. simpl. ring.
  - transitivity (inner_matrices m l (matrix_sub (descent half eta data theta k) theta) Z
                  + eta * inner_matrices m l (distance k) (product m H Z)).
    + rewrite <- hessian_symmetric, <- inner_scaled_l. unfold inner_matrices at 1 2 3. rewrite <- sum_add.
      apply sum_ext. intros p Hp. rewrite <- sum_add. apply sum_ext. intros y Hy.
      unfold matrix_sub, scaled. cbn [descent]. rewrite gradient_by_distance by assumption. ring.
    + rewrite IH. rewrite (inner_ext m l _ (distance k) _ (fun _ _ => 0)) by (reflexivity || assumption).
      unfold inner_matrices. rewrite sum_vanishing; [ring |]. intros. apply sum_vanishing. intros. ring.
Qed.
End Distance.
