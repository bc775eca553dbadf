(* Isserlis' theorem: Stein's lemma leaves only one expectation.

   In every [Gaussian] the expectation of a product of entries of W, F and C is the sum over all pairings of
   the factors of the product over the pairs: the variance for a pair of equal entries, 0 for others.  So the
   hypotheses of Gaussian.v are met by one expectation of polynomials in the entries, that of Wick.v, and
   theorems proved from them are about it. *)
Require Import Arith Lia List Ring.
From NTK Require Import Scalars Monomials Polynomials Wick Gaussian GaussianPolynomials.
Import ListNotations.
Open Scope scalar_scope.

Section Isserlis.
Context {K : Ring} {nu_W nu_F nu_C : K} {G : Gaussian K nu_W nu_F nu_C}.
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).

(* The entry with the number k, its derivative, and the product of the entries with the numbers in w. *)
Definition entry_at (k : nat) : G := entry (block_of k) (row_of k) (column_of k).
Definition derivative_at (k : nat) : G -> G := derivative (block_of k) (row_of k) (column_of k).
Fixpoint product_of (w : monomial) : G := match w with [] => 1 | k :: v => entry_at k * product_of v end.

Lemma derivative_at_entry_at k l : derivative_at k (entry_at l) = delta k l.
Proof.
  unfold derivative_at, entry_at. rewrite Gaussian.derivative_entry.
  unfold delta. rewrite (number_eqb k l).
  destruct (same _ _), (row_of k =? row_of l), (column_of k =? column_of l); cbn [andb];
    (reflexivity || ring).
Qed.

(* The product rule: one term for each factor. *)
Lemma expect_derivative_at k w y :
  expect (y * derivative_at k (product_of w)) = lin (fun v => expect (y * product_of v)) (strike k w).
Proof.
  revert y. induction w as [|x w IH]; intros y; simpl product_of.
  - unfold derivative_at. rewrite derivative_one. replace (y * 0) with (0 : G) by ring. apply expect_zero.
  - rewrite lin_strike_cons. cbn [product_of].
    unfold derivative_at. rewrite Gaussian.derivative_mul. fold (derivative_at k).
    fold (derivative_at k (entry_at x)). fold (derivative_at k (product_of w)).
    rewrite derivative_at_entry_at.
    replace (y * (delta k x * product_of w + entry_at x * derivative_at k (product_of w)))
      with (delta k x * (y * product_of w) + (y * entry_at x) * derivative_at k (product_of w)) by ring.
    rewrite Gaussian.expect_add, expect_delta_mul, IH. f_equal. apply lin_ext. intros v. f_equal. ring.
Qed.

Theorem isserlis w : expect (product_of w) = wick (variance_at nu_W nu_F nu_C) w.
Proof.
  enough (forall l w, (length w <= l)%nat -> expect (product_of w) = wick (variance_at nu_W nu_F nu_C) w)
    as by_length by eauto.
  clear w. intros l. induction l as [|l IH]; intros [|k w] Hl;
    try apply Gaussian.expect_one; [simpl in Hl; lia |].
  rewrite wick_cons. cbn [product_of]. unfold entry_at. rewrite stein_lemma. unfold variance_at at 1. f_equal.
  fold (derivative_at k (product_of w)).
  replace (derivative_at k (product_of w)) with (1 * derivative_at k (product_of w)) by ring.
  rewrite expect_derivative_at. apply lin_ext_in. intros c v Hv. apply strike_length in Hv. simpl in Hl.
  replace (1 * product_of v) with (product_of v) by ring. apply IH. lia.
Qed.
End Isserlis.
