(* Which steps converge, over the reals.

   [stability]: |1 - eta lambda_i| < 1 for all positive eigenvalues lambda_i exactly if eta < 2/lambda_max.
   [stability_along_eigenvectors]: then the distance to a minimum vanishes along each eigenvector, and else it
   does not shrink along those of lambda_max.
   [converges_exactly_if]: gradient descent on the squared loss converges from every start exactly if
   eta < 2/lambda_max, where lambda_max > 0 is an eigenvalue of H = A'A and |A V|^2 <= lambda_max |V|^2. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence Minima.
Open Scope R_scope.

Lemma step_below (eta lambda : R) : 0 < lambda -> (eta < 2 / lambda <-> eta * lambda < 2).
Proof.
  intros H. split; intros Heta.
  - replace 2 with (2 / lambda * lambda) by (field; lra). apply Rmult_lt_compat_r; lra.
  - apply (Rmult_lt_reg_r lambda); [exact H |]. replace (2 / lambda * lambda) with 2 by (field; lra). lra.
Qed.

(* stability: the eigenvalues are lambda_0, ..., lambda_{count - 1}. *)
Theorem stability (eta lambda_max : R) (lambda : nat -> R) (count : nat) :
  0 < eta ->
  (forall i, (i < count)%nat -> 0 < lambda i <= lambda_max) ->
  (exists i, (i < count)%nat /\ lambda i = lambda_max) ->
  ((forall i, (i < count)%nat -> Rabs (1 - eta * lambda i) < 1) <-> eta < 2 / lambda_max).
Proof.
  intros Heta Hlambda [top [Htop Hmax]].
  assert (positive : 0 < lambda_max) by (destruct (Hlambda top Htop); lra).
  rewrite step_below by assumption. split.
  - intros H. specialize (H top Htop). rewrite Hmax in H. apply Rabs_def2 in H. lra.
  - intros H i Hi. destruct (Hlambda i Hi). apply Rabs_def1; nra.
Qed.

(* The same along eigenvectors: d_k is the component of theta^k - theta_opt along one of eigenvalue lambda. *)
Theorem stability_along_eigenvectors data (theta opt V : matrix reals) (eta lambda lambda_max : R) k :
  solves data opt ->
  (forall p y, (p < parameters data)%nat -> (y < targets data)%nat ->
     product (parameters data) (hessian data) V p y = lambda * V p y) ->
  0 < eta -> 0 < lambda -> lambda <= lambda_max ->
  let d k : R := component data (/ 2 : reals) (eta : reals) theta opt V k in
  (eta < 2 / lambda_max -> Un_cv d 0)
  /\ (eta >= 2 / lambda_max /\ lambda_max = lambda -> d k ^ 2 >= d 0%nat ^ 2).
Proof.
  intros Hopt HV Heta Hlambda Hmax d.
  assert (powers : forall k, d k = pow (1 - eta * lambda) k * d 0%nat).
  { intros i. exact (descent_along_eigenvector data (/ 2 : reals) (eta : reals) is_half theta opt Hopt
                       lambda V i HV). }
  split.
  - intros small. apply step_below in small; [| lra].
    assert (factor : Rabs (1 - eta * lambda) < 1) by (apply Rabs_def1; nra).
    apply (Un_cv_ext (fun k => pow (1 - eta * lambda) k * d 0%nat)); [intros; symmetry; apply powers |].
    replace 0 with (0 * d 0%nat) by ring. apply CV_mult; [| apply constant_cv].
    intros e He. destruct (pow_lt_1_zero _ factor e He) as [M HM]. exists M. intros i Hi.
    unfold R_dist. rewrite Rminus_0_r. now apply HM.
  - intros [great ->]. rewrite powers, Rpow_mult_distr.
    assert (2 <= eta * lambda).
    { apply Rnot_lt_le. intros small. apply step_below in small; lra. }
    assert (1 <= pow (1 - eta * lambda) k ^ 2).
    { rewrite <- pow_mult, Nat.mul_comm, pow_mult. apply pow_R1_Rle. nra. }
    pose proof (pow2_ge_0 (d 0%nat)). apply Rle_ge. rewrite <- (Rmult_1_l (d 0%nat ^ 2)) at 1.
    now apply Rmult_le_compat_r.
Qed.

Section Convergence.
Variables (data : Regression reals) (eta lambda : R).
Let m := parameters data.
Let l := targets data.

(* From every start, every parameter converges. *)
Definition converges_from_every_start : Prop :=
  forall theta : matrix reals, exists limit : matrix reals,
    forall p y, (p < m)%nat -> (y < l)%nat ->
      Un_cv (fun k => descent (/ 2 : reals) (eta : reals) data theta k p y) (limit p y).

(* V is not 0, and H V = lambda V. *)
Definition eigenvector (lambda : R) (V : matrix reals) : Prop :=
  (exists p y, (p < m)%nat /\ (y < l)%nat /\ V p y <> 0)
  /\ forall p y, (p < m)%nat -> (y < l)%nat -> product m (hessian data) V p y = lambda * V p y.

(* Along an eigenvector a step multiplies the distance to a solution by 1 - eta lambda. *)
Lemma distance_along_eigenvector V opt k p y :
  solves data opt -> eigenvector lambda V -> (p < m)%nat -> (y < l)%nat ->
  distance data (/ 2 : reals) (eta : reals) (matrix_sub opt V) opt k p y = pow (1 - eta * lambda) k * V p y.
Proof.
  intros Hopt [_ HV]. revert p. induction k as [|k IH]; intros p Hp Hy.
  - unfold distance, matrix_sub. real_ring.
  - rewrite (distance_step data (/ 2 : reals) (eta : reals) is_half _ opt Hopt k p y Hp Hy).
    unfold stepped, matrix_sub, scaled. rewrite IH by assumption.
    rewrite (product_ext m _ (hessian data) _ (scaled (pow (1 - eta * lambda) k : reals) V));
      [| reflexivity | intros; now apply IH].
    rewrite product_scaled_r, HV by assumption. real_ring.
Qed.

(* Powers of a number that is at most -1 do not settle. *)
Lemma powers_do_not_converge x v c : x <= -1 -> v <> 0 -> ~ Un_cv (fun k => pow x k * v) c.
Proof.
  intros Hx Hv Hc. assert (positive : 0 < Rabs v) by now apply Rabs_pos_lt.
  assert (steps : Un_cv (fun k => pow x k * v - pow x (S k) * v) 0).
  { replace 0 with (c - c) by ring. apply CV_minus; [exact Hc |].
    exact (shifted_cv (fun k => pow x k * v) c Hc). }
  destruct (steps (Rabs v) positive) as [k Hk]. specialize (Hk k (le_n k)). unfold R_dist in Hk.
  replace (pow x k * v - pow x (S k) * v - 0) with (pow x k * ((1 - x) * v)) in Hk by (simpl; ring).
  rewrite !Rabs_mult, <- RPow_abs in Hk.
  assert (1 <= pow (Rabs x) k) by (apply pow_R1_Rle; rewrite Rabs_left; lra).
  assert (2 <= Rabs (1 - x)) by (rewrite Rabs_pos_eq; lra).
  assert (2 * Rabs v <= Rabs (1 - x) * Rabs v) by (apply Rmult_le_compat_r; lra). nra.
Qed.

Theorem converges_exactly_if :
  0 < eta -> 0 < lambda -> bounds_hessian data lambda -> (exists V, eigenvector lambda V) ->
  (converges_from_every_start <-> eta < 2 / lambda).
Proof.
  intros Heta Hlambda bounded [V HV]. destruct (solution_exists data) as [opt Hopt]. split.
  - intros H. apply Rnot_le_lt. intros large.
    assert (2 <= eta * lambda).
    { apply Rnot_lt_le. intros small. apply step_below in small; lra. }
    destruct (H (matrix_sub opt V)) as [limit Hlimit]. pose proof HV as [[p [y [Hp [Hy nonzero]]]] _].
    apply (powers_do_not_converge (1 - eta * lambda) (V p y) (opt p y - limit p y)); [lra | exact nonzero |].
    apply (Un_cv_ext (fun k => opt p y - descent (/ 2 : reals) (eta : reals) data (matrix_sub opt V) k p y)).
    + intros k. exact (distance_along_eigenvector V opt k p y Hopt HV Hp Hy).
    + apply CV_minus; [apply constant_cv | now apply Hlimit].
  - intros small theta.
    destruct (descent_converges data eta lambda theta opt) as [limit Hlimit]; try assumption.
    now exists limit.
Qed.
End Convergence.
