(* Gradient flow on the squared loss, over the reals.

   [flow_exists]: theta(t) = (1 - e^{-tH}) (theta_opt - theta^0) + theta^0 starts at theta^0 and has the
   derivative - dJ/dtheta at all times t >= 0.  [gradient_flow]: nothing else does.  The uniqueness is by
   energy: the difference w of two flows obeys d|w|^2/dt = - 2 |A w|^2. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence.
From NTK Require Import Exponential.
Open Scope R_scope.

Lemma derivative_of_sum k (g : nat -> R -> R) (slopes : nat -> R) t :
  (forall a, (a < k)%nat -> derivable_pt_lim (g a) t (slopes a)) ->
  derivable_pt_lim (fun t => sum (K := reals) k (fun a => g a t)) t (sum (K := reals) k slopes).
Proof.
  induction k as [|k IH]; intros H; simpl; [apply derivable_pt_lim_const |].
  apply (derivable_pt_lim_plus (fun t => sum (K := reals) k (fun a => g a t)) (g k)); auto.
Qed.

Section GradientFlow.
Variables (data : Regression reals) (start opt : matrix reals).
Let m := parameters data.
Let l := targets data.
Let n := size data.
Let A := features data.
Let H := hessian data.
Hypothesis solved : solves data opt.

(* theta follows the gradient flow of J from the start. *)
Definition is_flow (theta : R -> matrix reals) : Prop :=
  (forall p y, (p < m)%nat -> (y < l)%nat -> theta 0 p y = start p y)
  /\ forall t p y, 0 <= t -> (p < m)%nat -> (y < l)%nat ->
       derivable_pt_lim (fun t => theta t p y) t (- gradient (K := reals) (/ 2 : reals) data (theta t) p y).

(* e^{-tH} *)
Definition decay (t : R) : matrix reals := exponential m (scaled (K := reals) (-1) H) t.

(* (1 - e^{-tH}) (theta_opt - theta^0) + theta^0 *)
Definition flow (t : R) : matrix reals :=
  matrix_add (product m (matrix_sub identity (decay t)) (matrix_sub opt start)) start.

(* The flow's distance to theta_opt is e^{-tH} times that of the start. *)
Lemma flow_by_distance t p y : (p < m)%nat ->
  flow t p y = opt p y - product m (decay t) (matrix_sub opt start) p y.
Proof.
  intros Hp. unfold flow, matrix_add. rewrite product_sub_l, product_identity_l by exact Hp.
  unfold matrix_sub at 1. real_ring.
Qed.

Lemma negative_gradient theta p y : (p < m)%nat -> (y < l)%nat ->
  - gradient (K := reals) (/ 2 : reals) data theta p y = product m H (matrix_sub opt theta) p y.
Proof.
  intros Hp Hy. rewrite (gradient_of_loss (K := reals) (/ 2) data theta p y is_half Hp Hy).
  rewrite product_sub_r. rewrite <- (solved p y Hp Hy). fold m H. real_ring.
Qed.

Theorem flow_exists : is_flow flow.
Proof.
  split.
  - intros p y Hp Hy. rewrite flow_by_distance by exact Hp.
    rewrite (product_ext m (decay 0) identity _ (matrix_sub opt start)).
    + rewrite product_identity_l by exact Hp. unfold matrix_sub. real_ring.
    + intros k _. now apply exponential_at_zero.
    + reflexivity.
  - intros t p y _ Hp Hy. rewrite negative_gradient by assumption.
    apply (derivable_pt_lim_ext (fun t => opt p y - product m (decay t) (matrix_sub opt start) p y));
      [intros; symmetry; now apply flow_by_distance |].
    replace (product m H (matrix_sub opt (flow t)) p y)
      with (0 - product m (product m (scaled (K := reals) (-1) H) (decay t)) (matrix_sub opt start) p y).
    + apply derivable_pt_lim_minus; [apply derivable_pt_lim_const |].
      apply (derivative_of_sum m (fun k t => decay t p k * matrix_sub opt start k y)). intros k Hk.
      replace (mul (product m (scaled (K := reals) (-1) H) (decay t) p k) (matrix_sub opt start k y))
        with (product m (scaled (K := reals) (-1) H) (decay t) p k * matrix_sub opt start k y
              + decay t p k * 0) by real_ring.
      apply (derivable_pt_lim_mult (fun t => decay t p k) (fun _ => matrix_sub opt start k y));
        [now apply exponential_derivative | apply derivable_pt_lim_const].
    + rewrite product_assoc, product_scaled_l.
      rewrite (product_ext m H H (matrix_sub opt (flow t)) (product m (decay t) (matrix_sub opt start)));
        [real_ring | reflexivity |].
      intros k Hk. unfold matrix_sub at 1. rewrite flow_by_distance by exact Hk. real_ring.
Qed.

(* Two flows from the same start do not part. *)
Lemma flows_agree theta theta' t p y : is_flow theta -> is_flow theta' -> 0 <= t ->
  (p < m)%nat -> (y < l)%nat -> theta t p y = theta' t p y.
Proof.
  intros [start1 flow1] [start2 flow2] Ht Hp Hy.
  set (w := fun t => matrix_sub (theta t) (theta' t)).
  set (energy := fun t => inner_matrices m l (w t) (w t) : R).
  assert (falls : forall s, 0 <= s ->
    derivable_pt_lim energy s (- 2 * inner_matrices n l (product m A (w s)) (product m A (w s)))).
  { intros s Hs. replace (inner_matrices n l (product m A (w s)) (product m A (w s)))
      with (inner_matrices m l (product m H (w s)) (w s))
      by exact (hessian_form (K := reals) data (w s) (w s)).
    unfold inner_matrices at 1. change Rmult with (@mul reals) at 1. rewrite <- (sum_mul_l (K := reals)).
    apply (derivative_of_sum m (fun p s => sum (K := reals) l (fun y => mul (w s p y) (w s p y)))).
    intros q Hq.
    rewrite <- (sum_mul_l (K := reals)).
    apply (derivative_of_sum l (fun y s => mul (w s q y) (w s q y))). intros z Hz.
    assert (slope_w : derivable_pt_lim (fun s => w s q z) s (- product m H (w s) q z)).
    { replace (- product m H (w s) q z)
        with (product m H (matrix_sub opt (theta s)) q z - product m H (matrix_sub opt (theta' s)) q z).
      - unfold w, matrix_sub at 1. rewrite <- !negative_gradient by assumption.
        apply (derivable_pt_lim_minus (fun s => theta s q z) (fun s => theta' s q z));
          [now apply flow1 | now apply flow2].
      - unfold w. rewrite !product_sub_r. real_ring. }
    replace (mul (- 2 : reals) (mul (product m H (w s) q z) (w s q z)))
      with (- product m H (w s) q z * w s q z + w s q z * - product m H (w s) q z) by real_ring.
    exact (derivable_pt_lim_mult _ _ s _ _ slope_w slope_w). }
  assert (at_start : energy 0 = 0).
  { apply (sum_vanishing (K := reals)). intros q Hq. apply (sum_vanishing (K := reals)). intros z Hz.
    unfold w, matrix_sub. rewrite start1, start2 by assumption. real_ring. }
  assert (no_energy : energy t <= 0).
  { destruct (Req_dec t 0) as [-> | Ht0]; [lra |].
    destruct (MVT_cor2 energy _ 0 t ltac:(lra) (fun s Hs => falls s (proj1 Hs))) as [s [change_in_energy _]].
    pose proof (square_nonnegative n l (product m A (w s))).
    rewrite at_start in change_in_energy. nra. }
  assert (entry : Rsqr (w t p y) <= 0).
  { eapply Rle_trans; [apply (entry_at_most_norm m l (w t) p y Hp Hy) | exact no_energy]. }
  apply Rminus_diag_uniq, Rsqr_0_uniq, Rle_antisym; [exact entry | apply Rle_0_sqr].
Qed.

(* gradient-flow *)
Theorem gradient_flow theta t p y : is_flow theta -> 0 <= t -> (p < m)%nat -> (y < l)%nat ->
  theta t p y = matrix_add (product m (matrix_sub identity (decay t)) (matrix_sub opt start)) start p y.
Proof. intros Htheta Ht Hp Hy. exact (flows_agree theta flow t p y Htheta flow_exists Ht Hp Hy). Qed.
End GradientFlow.
