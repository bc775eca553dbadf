(* finite-width-fluctuations over the real numbers: every joint moment of sqrt(n) (Theta - E Theta) tends to
   that of the Gaussian family with the covariance [kernel_covariance], whose closed form is
   [covariance_law].

   So do the joint cumulants, times n^{r/2}: they tend to 0 from the third on ([fluctuation_cumulants_limit]).
   This rests on the axioms of Coq's real numbers, and on nothing else. *)
Require Import Reals Lra Lia.
From NTK Require Import Scalars ListSums Pairings JointCumulants RealWeights Gaussian InverseWidth
  VanishingOrder Fluctuations
  RealLimit.
Open Scope R_scope.

Lemma sqrt_width n : 0 < sqrt (INR (S n)) /\ sqrt (INR (S n)) * sqrt (INR (S n)) = INR (S n).
Proof.
  pose proof (lt_0_INR (S n) (Nat.lt_0_succ n)). split; [now apply sqrt_lt_R0 | apply sqrt_sqrt; lra].
Qed.
Lemma inverse_root_null : Un_cv (fun n => / sqrt (INR (S n))) 0.
Proof.
  intros e He. destruct (archimed_cor1 (e * e)) as [N [HN Hpos]]; [nra |]. exists N. intros n Hn.
  unfold R_dist. rewrite Rminus_0_r. destruct (sqrt_width n) as [Hs Hq].
  rewrite Rabs_right by (left; now apply Rinv_0_lt_compat).
  assert (/ INR (S n) <= / INR N) as Hi
    by (apply Rinv_le_contravar; [now apply lt_0_INR | apply le_INR; lia]).
  assert (/ sqrt (INR (S n)) * / sqrt (INR (S n)) = / INR (S n)) as E by (rewrite <- Hq at 3; field; lra).
  assert (0 < / sqrt (INR (S n))) by now apply Rinv_0_lt_compat. nra.
Qed.

Lemma power_of_inverse m n : power (K := reals) (/ INR (S n)) m = / (pow (INR (S n)) m).
Proof.
  rewrite power_real. apply pow_inv.
Qed.
Lemma even_power n m : pow (sqrt (INR (S n))) (2 * m) = pow (INR (S n)) m.
Proof. rewrite pow_mult. f_equal. simpl. destruct (sqrt_width n) as [_ H]. rewrite Rmult_1_r. exact H. Qed.

(* n^m and n^(m + 1/2) times a quantity of the order n^-m, and n^-(m + 1). *)
Lemma begins_at_limit m (c : R) v : begins_at (K := reals) m c v ->
  Un_cv (fun n => pow (sqrt (INR (S n))) (2 * m) * v (S n) (real_root (S n))) c.
Proof.
  intros [l Hl]. apply (Un_cv_ext (fun n => c + / INR (S n) * horner l (/ INR (S n) : reals))).
  - intros n. rewrite (Hl _ _ (real_root_of_inverse n)). real.
    rewrite real_root_square, power_of_inverse, even_power.
    assert (pow (INR (S n)) m <> 0) by (apply pow_nonzero, not_0_INR; lia).
    transitivity (pow (INR (S n)) m * / pow (INR (S n)) m *
      (c + / INR (S n) * horner l (/ INR (S n) : reals))).
    + rewrite Rinv_r by assumption. ring.
    + ring.
  - replace c with (c + 0 * horner l (0 : reals)) at 1 by ring.
    apply CV_plus; [apply constant_cv |]. apply CV_mult; [apply inverse_width_null | apply horner_cv].
Qed.
Lemma bounded_limit m v : bounded (K := reals) (m + 1) v ->
  Un_cv (fun n => pow (sqrt (INR (S n))) (2 * m + 1) * v (S n) (real_root (S n))) 0.
Proof.
  intros [l Hl]. apply (Un_cv_ext (fun n => / sqrt (INR (S n)) * horner l (/ INR (S n) : reals))).
  - intros n. rewrite (Hl _ _ (real_root_of_inverse n)). real.
    rewrite real_root_square, power_of_inverse, pow_add, even_power, pow_1.
    assert (pow (INR (S n)) m <> 0) by (apply pow_nonzero, not_0_INR; lia).
    rewrite pow_add, pow_1. destruct (sqrt_width n) as [Hs Hq].
    set (s := sqrt (INR (S n))) in *. set (N := INR (S n)) in *. set (h := horner l _).
    assert (s * / N = / s) as E by (rewrite <- Hq; field; lra). rewrite Rinv_mult.
    symmetry. transitivity (N ^ m * / N ^ m * (s * / N) * h); [ring | rewrite E, Rinv_r by assumption; ring].
  - replace 0 with (0 * horner l (0 : reals)) at 1 by ring.
    apply CV_mult; [apply inverse_root_null | apply horner_cv].
Qed.

Theorem fluctuations_limit (nu_W nu_F nu_C : R) (G : Gaussian reals nu_W nu_F nu_C) n_x n_y l :
  List.Forall (in_range n_x n_y) l ->
  Un_cv (fun n => pow (sqrt (INR (S n))) (length l) * central_moment G (S n) n_x n_y (real_root (S n)) l)
    (gaussian_moment (kernel_covariance (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C)) l).
Proof.
  intros Hl. destruct (Nat.Even_or_Odd (length l)) as [[m Hm]|[m Hm]].
  - rewrite Hm. exact (begins_at_limit _ _ _ (fluctuations_even G n_x n_y l m Hl Hm)).
  - rewrite gaussian_moment_odd by (rewrite Hm, Nat.odd_add, Nat.odd_mul; reflexivity). rewrite Hm.
    exact (bounded_limit _ _ (fluctuations_odd G n_x n_y l m Hl Hm)).
Qed.

(* ---- Cumulants ---- *)

Lemma sum_list_cv {A} (l : list A) (v : A -> nat -> R) (c : A -> R) :
  (forall a, List.In a l -> Un_cv (v a) (c a)) ->
  Un_cv (fun n => sum_list (K := reals) l (fun a => v a n)) (sum_list (K := reals) l c).
Proof.
  induction l as [|a l IH]; intros H; [exact (constant_cv 0) |]. simpl.
  apply CV_plus; [apply H; now left | apply IH; intros; apply H; now right].
Qed.

(* If all moments have limits, each multiplied by n^(r/2), so have the cumulants: those of the limits. *)
Lemma cumulant_limit {A} (P : A -> Prop) (m : nat -> list A -> reals) (c : list A -> reals) :
  (forall l, List.Forall P l -> Un_cv (fun n => pow (sqrt (INR (S n))) (length l) * m n l) (c l)) ->
  forall a l, P a -> List.Forall P l ->
  Un_cv (fun n => pow (sqrt (INR (S n))) (S (length l)) * joint_cumulant (m n) a l) (joint_cumulant c a l).
Proof.
  intros H a l Ha. remember (length l) as k eqn:Hk. revert l Hk. induction k as [k IH] using lt_wf_ind.
  intros l Hk Hl.
  apply (Un_cv_ext (fun n => pow (sqrt (INR (S n))) (length (a :: l)) * m n (a :: l)%list -
    sum_list (K := reals) (List.tl (parts l)) (fun d =>
      (pow (sqrt (INR (S n))) (S (length (fst d))) * joint_cumulant (m n) a (fst d)) *
      (pow (sqrt (INR (S n))) (length (snd d)) * m n (snd d))))).
  - intros n. rewrite joint_cumulant_unfold. set (s := sqrt (INR (S n))). simpl length. rewrite Hk.
    change (@sub reals) with Rminus. rewrite Rmult_minus_distr_l. f_equal.
    change Rmult with (@mul reals). rewrite <- sum_list_mul_l. apply sum_list_ext. intros d Hd.
    assert (List.In d (parts l)) as Hin by (rewrite parts_first; now right).
    destruct (in_parts P l d Hin Hl) as [_ [_ Hlen]]. real. rewrite <- Hlen.
    change (S (length (fst d) + length (snd d))) with (S (length (fst d)) + length (snd d))%nat.
    rewrite pow_add. match goal with |- ?x = ?y => change (@eq R x y) end. ring.
  - rewrite joint_cumulant_unfold. change (@sub reals) with Rminus.
    apply CV_minus; [apply H; now constructor |]. apply sum_list_cv. intros d Hd. real.
    assert (List.In d (parts l)) as Hin by (rewrite parts_first; now right).
    destruct (in_parts P l d Hin Hl) as [Hf [Hs _]]. apply in_other_parts in Hd.
    apply CV_mult; [apply (IH (length (fst d))); [lia | reflexivity | exact Hf] | now apply H].
Qed.

(* n^(r/2) kappa_r tends to 0 for all r >= 3 entries, and n kappa_2 to the covariance.  (The cumulants of
   the centred entries are those of the entries, but for the first.) *)
Theorem fluctuation_cumulants_limit (nu_W nu_F nu_C : R) (G : Gaussian reals nu_W nu_F nu_C) n_x n_y e l :
  in_range n_x n_y e -> List.Forall (in_range n_x n_y) l ->
  Un_cv (fun n => pow (sqrt (INR (S n))) (S (length l)) *
      joint_cumulant (central_moment G (S n) n_x n_y (real_root (S n))) e l)
    (match l with
     | (f :: nil)%list => kernel_covariance (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) e f
     | _ => 0
     end).
Proof.
  intros He Hl.
  pose proof (cumulant_limit (in_range n_x n_y) (fun n => central_moment G (S n) n_x n_y (real_root (S n))) _
    (fluctuations_limit nu_W nu_F nu_C G n_x n_y) e l He Hl) as H.
  rewrite gaussian_cumulant in H. exact H.
Qed.
