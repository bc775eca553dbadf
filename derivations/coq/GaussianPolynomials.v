(* A model of Gaussian.v: the hypotheses about the random entries of W, F and C hold for polynomials.

   The entries are the variables x_0, x_1, ..., in an order that [place] tells, and the expectation is the sum
   over pairings.  So for all variances in any ring with decidable equality there is a [Gaussian], and no
   theorem about Gaussian matrices is empty.  Isserlis.v says that there is no other expectation. *)
Require Import Arith Cantor Bool Lia Ring Ring_theory.
From NTK Require Import Scalars Monomials Polynomials Wick Gaussian.

(* Which variable the entry i, j of a block is, and back. *)
Definition number (p : block) : nat := match p with in_W => 0 | in_F => 1 | in_C => 2 end.
Definition place (p : block) (i j : nat) : nat := Cantor.to_nat (i, j) * 3 + number p.

Definition block_of (k : nat) : block := match k mod 3 with 0 => in_W | 1 => in_F | _ => in_C end.
Definition row_of (k : nat) : nat := fst (Cantor.of_nat (k / 3)).
Definition column_of (k : nat) : nat := snd (Cantor.of_nat (k / 3)).

Lemma place_div p i j : place p i j / 3 = Cantor.to_nat (i, j).
Proof. unfold place. rewrite Nat.div_add_l by easy. now destruct p; rewrite Nat.add_0_r. Qed.
Lemma block_of_place p i j : block_of (place p i j) = p.
Proof. unfold block_of, place. rewrite Nat.add_comm, Nat.mod_add by easy. now destruct p. Qed.
Lemma row_of_place p i j : row_of (place p i j) = i.
Proof. unfold row_of. now rewrite place_div, Cantor.cancel_of_to. Qed.
Lemma column_of_place p i j : column_of (place p i j) = j.
Proof. unfold column_of. now rewrite place_div, Cantor.cancel_of_to. Qed.
Lemma place_of k : place (block_of k) (row_of k) (column_of k) = k.
Proof.
  unfold place, row_of, column_of. rewrite <- surjective_pairing, Cantor.cancel_to_of.
  transitivity (3 * (k / 3) + k mod 3)%nat; [| symmetry; now apply Nat.div_mod].
  f_equal; [apply Nat.mul_comm |].
  unfold block_of. assert (k mod 3 < 3) by now apply Nat.mod_upper_bound.
  destruct (k mod 3) as [|[|[|]]]; simpl; lia.
Qed.

(* Different entries are different variables. *)
Lemma place_eqb p i j q k l :
  (place p i j =? place q k l) = (same p q && (i =? k) && (j =? l))%bool.
Proof.
  apply Bool.eq_iff_eq_true. rewrite !Bool.andb_true_iff, !Nat.eqb_eq. split.
  - intros E. pose proof (f_equal block_of E) as Ep. pose proof (f_equal row_of E) as Ei.
    apply (f_equal column_of) in E. rewrite !block_of_place in Ep. rewrite !row_of_place in Ei.
    rewrite !column_of_place in E. subst. now destruct q.
  - intros [[E ->] ->]. now destruct p, q.
Qed.
Lemma number_eqb k l :
  (k =? l) = (same (block_of k) (block_of l) && (row_of k =? row_of l) && (column_of k =? column_of l))%bool.
Proof. now rewrite <- place_eqb, !place_of. Qed.

Section Model.
Context {K : Ring} (decide : forall x y : K, {x = y} + {x <> y}) (nu_W nu_F nu_C : K).
Add Ring polynomials : (laws (Polynomial decide)).

Lemma derivative_entry p i j q k l :
  Polynomials.derivative decide (place p i j) (variable decide (place q k l))
  = (if same p q then delta i k * delta j l else 0) :> Polynomial decide.
Proof.
  rewrite derivative_variable. unfold delta. rewrite place_eqb.
  destruct (same p q), (i =? k), (j =? l); cbn [andb]; (reflexivity || ring).
Qed.

(* The variance of the variable x_k. *)
Definition variance_at (k : nat) : K := variance_of nu_W nu_F nu_C (block_of k).

Definition gaussian_polynomials : Gaussian K nu_W nu_F nu_C.
Proof.
  refine {|
    variables := Polynomial decide;
    constant := Polynomials.constant decide;
    entry p i j := variable decide (place p i j);
    derivative p i j := Polynomials.derivative decide (place p i j);
    expect := Wick.expect decide variance_at
  |}.
  - reflexivity.
  - apply Polynomials.constant_add.
  - apply Polynomials.constant_mul.
  - intros. apply Polynomials.derivative_add.
  - intros. apply Polynomials.derivative_mul.
  - intros. apply Polynomials.derivative_constant.
  - apply derivative_entry.
  - apply Wick.expect_add.
  - apply Wick.expect_constant_mul.
  - apply Wick.expect_one.
  - intros. rewrite stein. unfold variance_at. now rewrite block_of_place.
Defined.
End Model.
