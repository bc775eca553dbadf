(* Monomials in the variables x_0, x_1, ...: the list of a monomial's factors, in any order.

   [sort] picks one of all lists of one monomial, [sort_of_permutation]; and [compare] is a total order, so
   that the monomials of a polynomial can be sorted too. *)
Require Import Arith Lia List Permutation.
Import ListNotations.

Definition monomial := list nat.

Fixpoint insert (x : nat) (w : monomial) : monomial :=
  match w with [] => [x] | y :: v => if x <=? y then x :: w else y :: insert x v end.
Fixpoint sort (w : monomial) : monomial := match w with [] => [] | x :: v => insert x (sort v) end.

Lemma insert_permutes x w : Permutation (insert x w) (x :: w).
Proof.
  induction w as [|y w IH]; simpl; [reflexivity |]. destruct (x <=? y); [reflexivity |].
  rewrite IH. apply perm_swap.
Qed.
Lemma sort_permutes w : Permutation (sort w) w.
Proof. induction w; simpl; [reflexivity |]. rewrite insert_permutes. now apply perm_skip. Qed.
Lemma insert_insert x y w : insert x (insert y w) = insert y (insert x w).
Proof.
  induction w as [|z w IH]; simpl;
    repeat (simpl; match goal with |- context [?a <=? ?b] => destruct (Nat.leb_spec a b) end);
    try lia; try congruence; assert (x = y) by lia; now subst.
Qed.
Lemma sort_of_permutation u v : Permutation u v -> sort u = sort v.
Proof. induction 1; simpl; [reflexivity | congruence | apply insert_insert | congruence]. Qed.
Lemma sort_sort w : sort (sort w) = sort w.
Proof. apply sort_of_permutation, sort_permutes. Qed.

(* The lexicographic order. *)
Fixpoint compare (u v : monomial) : comparison :=
  match u, v with
  | [], [] => Eq
  | [], _ => Lt
  | _, [] => Gt
  | x :: u, y :: v => match Nat.compare x y with Eq => compare u v | c => c end
  end.

Lemma compare_eq u v : compare u v = Eq -> u = v.
Proof.
  revert v. induction u as [|x u IH]; intros [|y v]; simpl; try easy.
  destruct (Nat.compare_spec x y); try easy. intros H'. f_equal; auto.
Qed.
Lemma compare_refl u : compare u u = Eq.
Proof. induction u; simpl; [reflexivity |]. now rewrite Nat.compare_refl. Qed.
Lemma compare_flip u v : compare v u = CompOpp (compare u v).
Proof.
  revert v. induction u as [|x u IH]; intros [|y v]; simpl; try easy.
  rewrite (Nat.compare_antisym x y). destruct (Nat.compare x y); simpl; auto.
Qed.
Lemma compare_trans u v w : compare u v = Lt -> compare v w = Lt -> compare u w = Lt.
Proof.
  revert v w. induction u as [|x u IH]; intros [|y v] [|z w]; simpl; try easy.
  destruct (Nat.compare_spec x y) as [E|E|E], (Nat.compare_spec y z) as [E'|E'|E'],
    (Nat.compare_spec x z) as [E''|E''|E'']; try lia; try easy. apply IH.
Qed.
