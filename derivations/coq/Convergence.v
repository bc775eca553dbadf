(* Gradient descent converges: over the reals, for every step 0 < eta < 2/lambda, with no spectral theorem.

   [lambda] is any number with |A V|^2 <= lambda |V|^2 for all V; the least of them is lambda_max, the
   greatest eigenvalue of H = A'A.  The inner products <e_j, e_k> of e_k = theta_opt - theta^k are a sequence
   in j + k.  Along even places it is |e_k|^2, which falls, along odd ones |e_k|^2 - eta |A e_k|^2, and
   |A e_k|^2 tends to 0.  So it converges, |e_j - e_k|^2 tends to 0, and the theta^k are a Cauchy sequence. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts.
Open Scope R_scope.

(* Equations whose sides are real numbers by computation only. *)
Ltac real_ring := match goal with |- ?x = ?y => change (@eq R x y) end; simpl; ring.

Implicit Types A B V W : matrix reals.

Lemma sum_nonnegative k (g : nat -> R) : (forall a, (a < k)%nat -> 0 <= g a) -> 0 <= sum (K := reals) k g.
Proof.
  induction k as [|k IH]; intros H; simpl; [lra |].
  apply Rplus_le_le_0_compat; [apply IH; auto | auto].
Qed.

Lemma square_nonnegative m l V : 0 <= inner_matrices m l V V.
Proof. apply sum_nonnegative. intros p _. apply sum_nonnegative. intros y _. apply Rle_0_sqr. Qed.

Lemma term_at_most_sum k (g : nat -> R) a :
  (a < k)%nat -> (forall b, (b < k)%nat -> 0 <= g b) -> g a <= sum (K := reals) k g.
Proof.
  intros Ha H. induction k as [|k IH]; [lia | simpl].
  assert (0 <= g k) by auto. assert (0 <= sum (K := reals) k g) by (apply sum_nonnegative; auto).
  destruct (Nat.eq_dec a k) as [-> | Hk]; [lra |].
  assert (g a <= sum (K := reals) k g) by (apply IH; auto; lia). lra.
Qed.

(* No entry is greater than the norm. *)
Lemma entry_at_most_norm m l V p y :
  (p < m)%nat -> (y < l)%nat -> Rsqr (V p y) <= inner_matrices m l V V.
Proof.
  intros Hp Hy. eapply Rle_trans.
  - apply (term_at_most_sum l (fun y => Rsqr (V p y))); [exact Hy | intros; apply Rle_0_sqr].
  - apply (term_at_most_sum m (fun p => sum (K := reals) l (fun y => Rsqr (V p y)))); [exact Hp |].
    intros. apply sum_nonnegative. intros. apply Rle_0_sqr.
Qed.

Lemma constant_cv (c : R) : Un_cv (fun _ => c) c.
Proof. intros d Hd. exists O. intros. unfold R_dist. now rewrite Rminus_diag_eq, Rabs_R0. Qed.

Lemma sum_cv k (g : nat -> nat -> R) (limit : nat -> R) :
  (forall a, (a < k)%nat -> Un_cv (g a) (limit a)) ->
  Un_cv (fun i => sum (K := reals) k (fun a => g a i)) (sum (K := reals) k limit).
Proof.
  induction k as [|k IH]; intros H; simpl.
  - apply constant_cv.
  - apply CV_plus; [apply IH; auto | auto].
Qed.

(* A sequence that falls and stays above 0 converges. *)
Lemma falling_cv (u : nat -> R) : (forall k, u (S k) <= u k) -> (forall k, 0 <= u k) -> { c | Un_cv u c }.
Proof.
  intros falls above. apply decreasing_cv; [exact falls |].
  exists 0. intros z [k ->]. unfold opp_seq. specialize (above k). lra.
Qed.

(* A sequence that converges along its even places and along its odd ones. *)
Lemma interleaved_cv (u : nat -> R) c :
  Un_cv (fun k => u (k + k)%nat) c -> Un_cv (fun k => u (S (k + k))) c -> Un_cv u c.
Proof.
  intros even odd e He. destruct (even e He) as [M HM], (odd e He) as [N HN].
  exists (M + M + (N + N) + 1)%nat. intros i Hi.
  destruct (Nat.Even_or_Odd i) as [[k ->] | [k ->]].
  - replace (2 * k)%nat with (k + k)%nat by lia. apply HM. lia.
  - replace (2 * k + 1)%nat with (S (k + k)) by lia. apply HN. lia.
Qed.

Lemma shifted_cv (u : nat -> R) c : Un_cv u c -> Un_cv (fun k => u (S k)) c.
Proof. intros Hu d Hd. destruct (Hu d Hd) as [N HN]. exists N. intros. apply HN. lia. Qed.

Section Convergence.
Variables (data : Regression reals) (eta lambda : R) (theta opt : matrix reals).

Let m := parameters data.
Let l := targets data.
Let n := size data.
Let A := features data.
Let H := hessian data.

Hypothesis eta_positive : 0 < eta.
Hypothesis lambda_positive : 0 < lambda.
Hypothesis small_step : eta < 2 / lambda.

(* lambda is at least the greatest eigenvalue of H = A'A. *)
Definition bounds_hessian (lambda : R) : Prop :=
  forall V, inner_matrices n l (product m A V) (product m A V) <= lambda * inner_matrices m l V V.
Hypothesis bounded : bounds_hessian lambda.
Hypothesis solved : solves data opt.

Let half : R := / 2.
Lemma is_half : whole (K := reals) 2 * half = 1.
Proof. unfold half. simpl. lra. Qed.

Let theta_at (k : nat) : matrix reals := descent (half : reals) (eta : reals) data theta k.
Let e (k : nat) : matrix reals := distance data (half : reals) (eta : reals) theta opt k.

(* |e_k|^2, |A e_k|^2 and |H e_k|^2 *)
Let size_e k : R := inner_matrices m l (e k) (e k).
Let size_A k : R := inner_matrices n l (product m A (e k)) (product m A (e k)).
Let size_H k : R := inner_matrices m l (product m H (e k)) (product m H (e k)).

(* |H V|^2 <= lambda |A V|^2, from 0 <= |lambda A V - A H V|^2. *)
Lemma hessian_at_most V :
  inner_matrices m l (product m H V) (product m H V)
  <= lambda * inner_matrices n l (product m A V) (product m A V).
Proof.
  set (h := inner_matrices m l (product m H V) (product m H V) : R).
  set (a := inner_matrices n l (product m A V) (product m A V) : R).
  assert (cross : inner_matrices n l (product m A V) (product m A (product m H V)) = h).
  { symmetry. apply (hessian_form data). }
  pose proof (square_nonnegative n l
    (matrix_sub (scaled (lambda : reals) (product m A V)) (product m A (product m H V)))) as positive.
  rewrite square_of_difference, inner_scaled_l, inner_scaled_r, inner_scaled_l, cross in positive.
  pose proof (bounded (product m H V)) as last. fold h in last. fold a in positive. simpl in positive.
  set (b := inner_matrices n l (product m A (product m H V)) (product m A (product m H V)) : R) in *.
  assert (0 <= lambda * (lambda * a - h)) by lra.
  apply Rnot_lt_le. intros less. assert (lambda * (lambda * a - h) < 0) by nra. lra.
Qed.

Let gap : R := eta * (2 - eta * lambda).

Lemma gap_positive : 0 < gap.
Proof.
  assert (eta * lambda < 2).
  { replace 2 with (2 / lambda * lambda) by (field; lra). apply Rmult_lt_compat_r; lra. }
  apply Rmult_lt_0_compat; lra.
Qed.

(* |e|^2 falls by at least a multiple of |A e|^2. *)
Lemma falls k : gap * size_A k <= size_e k - size_e (S k).
Proof.
  assert (step : size_e (S k) = size_e k - (0 + 1 + 1) * eta * size_A k + eta * eta * size_H k).
  { exact (distances_even data (half : reals) (eta : reals) is_half theta opt solved k). }
  assert (most : size_H k <= lambda * size_A k) by apply hessian_at_most.
  assert (eta * eta * size_H k <= eta * eta * (lambda * size_A k)) by (apply Rmult_le_compat_l; nra).
  unfold gap. lra.
Qed.

Lemma size_e_cv : { c | Un_cv size_e c }.
Proof.
  apply falling_cv; [| intros; apply square_nonnegative].
  intros k. pose proof (falls k). pose proof gap_positive.
  assert (0 <= size_A k) by apply square_nonnegative. nra.
Qed.

(* |A e_k|^2 tends to 0: it is at most a multiple of what |e_k|^2 loses. *)
Lemma size_A_vanishes : Un_cv size_A 0.
Proof.
  destruct size_e_cv as [c Hc]. pose proof gap_positive as Hgap.
  assert (losses : Un_cv (fun k => size_e k - size_e (S k)) 0).
  { replace 0 with (c - c) by ring. apply CV_minus; [exact Hc | now apply shifted_cv]. }
  intros d Hd. destruct (losses (gap * d)) as [N HN]; [now apply Rmult_lt_0_compat |].
  exists N. intros k Hk. specialize (HN k Hk). unfold R_dist in *. rewrite Rminus_0_r in *.
  pose proof (falls k). assert (0 <= size_A k) by apply square_nonnegative.
  rewrite Rabs_pos_eq in HN by nra. rewrite Rabs_pos_eq by assumption.
  apply (Rmult_lt_reg_l gap); lra.
Qed.

(* The inner products by j + k. *)
Let pairing (i : nat) : R := inner_matrices m l (e 0) (e i).

Lemma pairing_add j k : inner_matrices m l (e j) (e k) = pairing (j + k)%nat.
Proof. exact (distances_add data (half : reals) (eta : reals) is_half theta opt solved j k). Qed.

Lemma pairing_cv : { c | Un_cv pairing c }.
Proof.
  destruct size_e_cv as [c Hc]. exists c. apply interleaved_cv.
  - intros d Hd. destruct (Hc d Hd) as [N HN]. exists N. intros k Hk. rewrite <- pairing_add. now apply HN.
  - assert (odd : Un_cv (fun k => size_e k - eta * size_A k) (c - eta * 0)).
    { apply CV_minus; [exact Hc |]. apply CV_mult; [| apply size_A_vanishes].
      apply constant_cv. }
    replace (c - eta * 0) with c in odd by ring.
    intros d Hd. destruct (odd d Hd) as [N HN]. exists N. intros k Hk.
    replace (S (k + k)) with (k + S k)%nat by lia. rewrite <- pairing_add.
    assert (step : inner_matrices m l (e k) (e (S k)) = size_e k - eta * size_A k).
    { exact (distances_odd data (half : reals) (eta : reals) is_half theta opt solved k). }
    rewrite step. now apply HN.
Qed.

(* Every entry of theta^k is a Cauchy sequence. *)
Lemma entries_cauchy p y : (p < m)%nat -> (y < l)%nat -> Cauchy_crit (fun k => theta_at k p y).
Proof.
  intros Hp Hy d Hd. destruct pairing_cv as [c Hc].
  destruct (Hc (d * d / 4)) as [N HN]; [nra |]. exists N. intros j k Hj Hk. unfold R_dist.
  assert (near : Rsqr (e k p y - e j p y) < Rsqr d).
  { eapply Rle_lt_trans; [apply (entry_at_most_norm m l (matrix_sub (e k) (e j)) p y Hp Hy) |].
    rewrite square_of_difference, !pairing_add. simpl.
    pose proof (HN (k + k)%nat ltac:(lia)) as H1. pose proof (HN (k + j)%nat ltac:(lia)) as H2.
    pose proof (HN (j + j)%nat ltac:(lia)) as H3. unfold R_dist in *.
    apply Rabs_def2 in H1. apply Rabs_def2 in H2. apply Rabs_def2 in H3. unfold Rsqr. lra. }
  apply Rsqr_lt_abs_0 in near. rewrite (Rabs_pos_eq d) in near by lra.
  replace (theta_at j p y - theta_at k p y) with (e k p y - e j p y); [exact near |].
  unfold e, distance, matrix_sub, theta_at. simpl. ring.
Qed.

(* The limit of gradient descent. *)
Theorem descent_converges :
  { limit : matrix reals |
    forall p y, (p < m)%nat -> (y < l)%nat -> Un_cv (fun k => theta_at k p y) (limit p y) }.
Proof.
  exists (fun p y => match lt_dec p m, lt_dec y l with
                     | left Hp, left Hy => proj1_sig (R_complete _ (entries_cauchy p y Hp Hy))
                     | _, _ => 0
                     end).
  intros p y Hp Hy. destruct (lt_dec p m) as [Hp' |]; [| contradiction]. destruct (lt_dec y l) as [Hy' |];
    [| contradiction]. exact (proj2_sig (R_complete _ (entries_cauchy p y Hp' Hy'))).
Qed.
End Convergence.
