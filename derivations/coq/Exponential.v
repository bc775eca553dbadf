(* The exponential of a real matrix: e^{tW} exists, is 1 at t = 0, and its derivative is W e^{tW}.

   Entry by entry it is the power series of W^k t^k / k!.  A power series whose k-th coefficient is at most
   a b^k / k! converges everywhere, uniformly where t is bounded, and so does that of its derivative
   ([derivative_of_series]). *)
Require Import Reals Lra Lia Arith PSeries_reg.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence.
Open Scope R_scope.

Section Series.
Variable b : R.
Hypothesis b_nonnegative : 0 <= b.

(* The coefficients of a series that is at most a e^{b |t|}. *)
Definition small (a : R) (c : nat -> R) : Prop := forall k, Rabs (c k) <= a * (/ INR (fact k) * pow b k).

Definition monomial (c : nat -> R) (k : nat) (t : R) : R := c k * pow t k.

Lemma fact_inverse_positive k : 0 < / INR (fact k).
Proof. apply Rinv_0_lt_compat, INR_fact_lt_0. Qed.

(* Compared with the series of e^{b r}. *)
Lemma normally_convergent a c : small a c -> CVN_R (monomial c).
Proof.
  intros Hc r. exists (fun k => a * (/ INR (fact k) * pow (b * r) k)).
  assert (0 <= a).
  { specialize (Hc O). simpl in Hc. pose proof (Rabs_pos (c O)). lra. }
  destruct (exist_exp (b * r)) as [l Hl]. exists (a * l). split.
  - apply (Un_cv_ext (fun n => a * sum_f_R0 (fun i => / INR (fact i) * pow (b * r) i) n)).
    + intros n. rewrite scal_sum. apply sum_eq. intros i _. rewrite Rabs_pos_eq; [ring |].
      apply Rmult_le_pos; [assumption |]. apply Rmult_le_pos; [apply Rlt_le, fact_inverse_positive |].
      apply pow_le, Rmult_le_pos; [exact b_nonnegative | apply Rlt_le, (cond_pos r)].
    + apply CV_mult; [apply constant_cv |]. exact Hl.
  - intros k t Ht. unfold Boule in Ht. rewrite Rminus_0_r in Ht. unfold monomial.
    rewrite Rabs_mult, Rpow_mult_distr, <- !Rmult_assoc, <- RPow_abs.
    apply Rmult_le_compat; [apply Rabs_pos | apply pow_le, Rabs_pos | |].
    + rewrite Rmult_assoc. apply Hc.
    + apply pow_incr. split; [apply Rabs_pos | lra].
Qed.

(* The sum of the series. *)
Definition series a c (Hc : small a c) (t : R) : R :=
  SFL (monomial c) (CVN_R_CVS _ (normally_convergent a c Hc)) t.

Lemma series_cv a c (Hc : small a c) t : Un_cv (fun k => SP (monomial c) k t) (series a c Hc t).
Proof. unfold series, SFL. destruct (CVN_R_CVS _ (normally_convergent a c Hc) t). assumption. Qed.

Lemma series_at_zero a c (Hc : small a c) : series a c Hc 0 = c 0%nat.
Proof.
  apply (UL_sequence _ _ _ (series_cv a c Hc 0)). apply (Un_cv_ext (fun _ => c 0%nat)); [| apply constant_cv].
  intros k. induction k as [|k IH].
  - unfold SP, monomial. simpl. ring.
  - change (SP (monomial c) (S k) 0) with (SP (monomial c) k 0 + monomial c (S k) 0). rewrite <- IH.
    unfold monomial. simpl. ring.
Qed.

(* The coefficients of the derivative. *)
Definition derived (c : nat -> R) : nat -> R := fun k => INR (S k) * c (S k).

Lemma derivative_of_partial_sum c k t :
  derivable_pt_lim (SP (monomial c) (S k)) t (SP (monomial (derived c)) k t).
Proof.
  induction k as [|k IH].
  - unfold SP, monomial, derived. simpl.
    apply (derivable_pt_lim_ext (fun t => c 0%nat + c 1%nat * t)); [intros; simpl; ring |].
    replace (1 * c 1%nat * 1) with (0 + c 1%nat * 1) by ring.
    apply derivable_pt_lim_plus; [apply derivable_pt_lim_const |].
    apply derivable_pt_lim_scal, derivable_pt_lim_id.
  - apply (derivable_pt_lim_ext (fun t => SP (monomial c) (S k) t + c (S (S k)) * pow t (S (S k)))).
    + intros. unfold SP. simpl. reflexivity.
    + replace (SP (monomial (derived c)) (S k) t)
        with (SP (monomial (derived c)) k t + c (S (S k)) * (INR (S (S k)) * pow t (pred (S (S k)))))
        by (unfold SP, monomial, derived; cbn [sum_f_R0 pred]; ring).
      apply derivable_pt_lim_plus; [exact IH |]. apply derivable_pt_lim_scal, derivable_pt_lim_pow.
Qed.

Theorem derivative_of_series a a' c (Hc : small a c) (Hd : small a' (derived c)) t :
  derivable_pt_lim (series a c Hc) t (series a' (derived c) Hd t).
Proof.
  assert (positive : 0 < Rabs t + 1) by (pose proof (Rabs_pos t); lra).
  set (r := mkposreal _ positive).
  apply (CVU_derivable (fun k => SP (monomial c) (S k)) (fun k => SP (monomial (derived c)) k)
           (series a c Hc) (series a' (derived c) Hd) 0 r).
  - exact (CVN_CVU _ _ r (normally_convergent a' _ Hd r)).
  - intros u _. apply (shifted_cv (fun k => SP (monomial c) k u)). apply series_cv.
  - intros k u _. apply derivative_of_partial_sum.
  - unfold Boule. rewrite Rminus_0_r. simpl. lra.
Qed.
End Series.

Section Exponential.
Variables (m : nat) (W : matrix reals).

(* A bound of all powers of W. *)
Definition row_size (p : nat) : R := sum (K := reals) m (fun q => Rabs (W p q)).
Definition bound : R := sum (K := reals) m row_size.

Lemma row_size_nonnegative p : 0 <= row_size p.
Proof. apply sum_nonnegative. intros. apply Rabs_pos. Qed.
Lemma bound_nonnegative : 0 <= bound.
Proof. apply sum_nonnegative. intros. apply row_size_nonnegative. Qed.

Lemma sum_at_most k (f g : nat -> R) :
  (forall a, (a < k)%nat -> Rabs (f a) <= g a) -> Rabs (sum (K := reals) k f) <= sum (K := reals) k g.
Proof.
  induction k as [|k IH]; intros H; simpl; [rewrite Rabs_R0; lra |].
  eapply Rle_trans; [apply Rabs_triang |]. apply Rplus_le_compat; auto.
Qed.

Lemma power_at_most k p q : (p < m)%nat -> Rabs (matrix_power m W k p q) <= pow bound k.
Proof.
  revert p. induction k as [|k IH]; intros p Hp; simpl.
  - unfold identity, delta. destruct (Nat.eqb p q); simpl; rewrite ?Rabs_R1, ?Rabs_R0; lra.
  - apply Rle_trans with (sum (K := reals) m (fun a => Rabs (W p a) * pow bound k)).
    + apply sum_at_most. intros a Ha. simpl. rewrite Rabs_mult.
      apply Rmult_le_compat_l; [apply Rabs_pos | now apply IH].
    + rewrite (sum_mul_r (K := reals)). apply Rmult_le_compat_r; [apply pow_le, bound_nonnegative |].
      apply (term_at_most_sum m row_size p Hp). intros. apply row_size_nonnegative.
Qed.

(* The coefficients of entry p q; 0 where there is no such entry. *)
Definition coefficient (p q k : nat) : R :=
  if p <? m then / INR (fact k) * matrix_power m W k p q else 0.

Lemma coefficient_small p q : small bound 1 (coefficient p q).
Proof.
  intros k. rewrite Rmult_1_l. unfold coefficient. pose proof (fact_inverse_positive k).
  pose proof (pow_le bound k bound_nonnegative). destruct (Nat.ltb_spec p m) as [Hp | _].
  - rewrite Rabs_mult, (Rabs_pos_eq (/ _)) by lra.
    apply Rmult_le_compat_l; [lra | now apply power_at_most].
  - rewrite Rabs_R0. apply Rmult_le_pos; lra.
Qed.

Lemma derived_coefficient p q k : (p < m)%nat ->
  derived (coefficient p q) k = sum (K := reals) m (fun a => W p a * coefficient a q k).
Proof.
  intros Hp. unfold derived, coefficient. destruct (Nat.ltb_spec p m); [| lia].
  rewrite (sum_ext (K := reals) m _ (fun a => / INR (fact k) * (W p a * matrix_power m W k a q))).
  - rewrite (sum_mul_l (K := reals)). change (sum (K := reals) m _) with (matrix_power m W (S k) p q).
    rewrite fact_simpl, mult_INR. change (@mul reals) with Rmult. field.
    split; [apply INR_fact_neq_0 | now apply not_0_INR].
  - intros a Ha. destruct (Nat.ltb_spec a m); [| lia]. simpl. ring.
Qed.

Lemma derived_small p q : small bound bound (derived (coefficient p q)).
Proof.
  intros k. unfold derived. rewrite Rabs_mult, (Rabs_pos_eq (INR _)) by apply pos_INR.
  eapply Rle_trans; [apply Rmult_le_compat_l; [apply pos_INR | apply coefficient_small] |].
  right. rewrite fact_simpl, mult_INR. simpl pow. field. split; [apply INR_fact_neq_0 | now apply not_0_INR].
Qed.

(* e^{tW} *)
Definition exponential (t : R) : matrix reals :=
  fun p q => series bound bound_nonnegative 1 (coefficient p q) (coefficient_small p q) t.

Theorem exponential_at_zero p q : (p < m)%nat -> exponential 0 p q = identity (K := reals) p q.
Proof.
  intros Hp. unfold exponential. rewrite series_at_zero. unfold coefficient.
  destruct (Nat.ltb_spec p m); [| lia]. simpl. rewrite Rinv_1. apply Rmult_1_l.
Qed.

Theorem exponential_derivative p q t : (p < m)%nat ->
  derivable_pt_lim (fun t => exponential t p q) t (product m W (exponential t) p q).
Proof.
  intros Hp.
  replace (product m W (exponential t) p q)
    with (series bound bound_nonnegative bound (derived (coefficient p q)) (derived_small p q) t);
    [apply derivative_of_series |].
  eapply UL_sequence; [apply series_cv |].
  apply (Un_cv_ext (fun k => sum (K := reals) m (fun a => W p a * SP (monomial (coefficient a q)) k t))).
  - intros k. induction k as [|k IH].
    + unfold SP, monomial. cbn [sum_f_R0]. rewrite derived_coefficient by exact Hp.
      rewrite <- (sum_mul_r (K := reals)). apply (sum_ext (K := reals)). intros. real_ring.
    + change (SP (monomial (derived (coefficient p q))) (S k) t)
        with (SP (monomial (derived (coefficient p q))) k t + monomial (derived (coefficient p q)) (S k) t).
      rewrite <- IH. unfold monomial at 3. rewrite derived_coefficient by exact Hp.
      change Rmult with (@mul reals). change Rplus with (@add reals).
      rewrite <- (sum_mul_r (K := reals)), <- (sum_add (K := reals)). apply (sum_ext (K := reals)). intros.
      unfold SP, monomial. cbn [sum_f_R0]. real_ring.
  - apply sum_cv. intros a _. apply CV_mult; [apply constant_cv | apply series_cv].
Qed.
End Exponential.
