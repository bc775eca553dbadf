(* Rings of scalars that meet the hypotheses of the theorems, and expectations computed in them.

   - [Integers], [Rationals], and Polynomials.v over them: variances that are numbers or that are symbols;
   - [Adjoin K q]: K with a square root of q.  [root_of_width]: over the rationals, every width n >= 1 has a
     root with n root^2 = 1, the n^{-1/2} of the network.

   All have decidable equality, so each has its [gaussian_polynomials].  At the end expectations are computed
   for small matrices, as sums over pairings. *)
Require Import Arith Bool List Lia ZArith QArith Qcanon Ring Ring_theory.
From NTK Require Import Scalars Polynomials Wick Gaussian GaussianPolynomials Words Expectation RandomNetwork
  ExactMean.
Import ListNotations.
Open Scope scalar_scope.

Canonical Integers : Ring := Build_Ring Z 0%Z 1%Z Z.add Z.mul Z.sub Z.opp InitialRing.Zth.
Canonical Rationals : Ring := Build_Ring Qc 0%Qc 1%Qc Qcplus Qcmult Qcminus Qcopp Qcrt.

(* ---- Square roots ---- *)
Section Adjoin.
Context {K : Ring} (decide : forall x y : K, {x = y} + {x <> y}) (q : K).
Add Ring scalars : (laws K).

(* (a, b) is a + b root, root^2 = q. *)
Definition root_add (x y : K * K) : K * K := (fst x + fst y, snd x + snd y).
Definition root_mul (x y : K * K) : K * K :=
  (fst x * fst y + q * (snd x * snd y), fst x * snd y + snd x * fst y).
Definition root_sub (x y : K * K) : K * K := (fst x - fst y, snd x - snd y).
Definition root_opp (x : K * K) : K * K := (- fst x, - snd x).

Lemma adjoin_laws : ring_theory (0, 0) (1, 0) root_add root_mul root_sub root_opp eq.
Proof.
  constructor; intros; repeat match goal with x : (_ * _)%type |- _ => destruct x end;
    unfold root_add, root_mul, root_sub, root_opp; simpl; f_equal; ring.
Qed.
Definition Adjoin : Ring := Build_Ring (K * K) (0, 0) (1, 0) root_add root_mul root_sub root_opp adjoin_laws.

Definition adjoin_decide (x y : Adjoin) : {x = y} + {x <> y}.
Proof. decide equality; apply decide. Defined.
Definition root : Adjoin := (0, 1).

Lemma whole_adjoin n : whole n = (whole n, 0) :> Adjoin.
Proof.
  induction n; [reflexivity |]. cbn [whole]. rewrite IHn. simpl. unfold root_add. simpl. f_equal. ring.
Qed.
Lemma root_square n : whole n * q = 1 -> whole n * (root * root) = 1 :> Adjoin.
Proof.
  intros H. rewrite whole_adjoin. simpl. unfold root_mul. simpl. f_equal; [| ring].
  transitivity (whole n * q); [ring | exact H].
Qed.
End Adjoin.

Lemma whole_rational n : whole n = Q2Qc (inject_Z (Z.of_nat n)) :> Rationals.
Proof.
  induction n as [|n IH]; [reflexivity |]. cbn [whole]. rewrite IH. apply Qc_is_canon.
  cbn -[Qred Qplus inject_Z Z.of_nat]. rewrite !Qred_correct, Nat2Z.inj_succ. unfold Z.succ.
  now rewrite inject_Z_plus.
Qed.
Definition inverse (n : nat) : Rationals := Qcinv (whole n : Rationals).

Theorem root_of_width n : (0 < n)%nat ->
  whole n * (root (inverse n) * root (inverse n)) = 1 :> Adjoin (inverse n).
Proof.
  intros H. apply root_square. apply Qcmult_inv_r. rewrite whole_rational. intros E.
  apply (Q2Qc_eq_iff (inject_Z (Z.of_nat n)) 0) in E. unfold Qeq, inject_Z in E. simpl in E. lia.
Qed.

(* ---- Symbolic variances: the scalars are polynomials in nu_W, nu_F, nu_C over a ring ---- *)
Section Symbols.
Context {K : Ring} (decide : forall x y : K, {x = y} + {x <> y}).
Definition Symbols : Ring := Polynomial decide.
Definition nu_W : Symbols := variable decide 0.
Definition nu_F : Symbols := variable decide 1.
Definition nu_C : Symbols := variable decide 2.
Definition symbolic : Gaussian Symbols nu_W nu_F nu_C :=
  gaussian_polynomials (polynomial_dec decide) nu_W nu_F nu_C.
End Symbols.

(* n^{-1/2} among the symbols, for every width n. *)
Definition width_scalars (n : nat) : Ring := Adjoin (inverse n).
Definition width_decide (n : nat) : forall x y : width_scalars n, {x = y} + {x <> y} :=
  adjoin_decide Qc_eq_dec (inverse n).
Definition width_root (n : nat) : Symbols (width_decide n) :=
  Polynomials.constant (width_decide n) (root (inverse n)).
Notation at_width n := (symbolic (width_decide n)).

Theorem width_root_square n : (0 < n)%nat -> whole n * (width_root n * width_root n) = 1.
Proof.
  intros H. unfold width_root.
  rewrite <- Polynomials.constant_mul, <- Polynomials.constant_whole, <- Polynomials.constant_mul.
  apply (f_equal (Polynomials.constant (width_decide n)) (root_of_width n H)).
Qed.

(* So the theorem on the mean of the lag kernel is about a network at every width. *)
Definition exact_mean_of_polynomials n n_x n_y (positive : (0 < n)%nat) :=
  exact_mean (G := at_width n) n n_x n_y (width_root n) (width_root_square n positive).

(* ---- Moments, computed as sums over pairings ---- *)

(* Equality by computing both sides. *)
Lemma by_decision {K : Ring} (decide : forall x y : K, {x = y} + {x <> y}) (p q : Symbols decide) :
  (if polynomial_dec decide p q then true else false) = true -> p = q.
Proof. destruct (polynomial_dec decide p q); easy. Qed.
Ltac compute_both_sides := apply by_decision; vm_compute; reflexivity.

Section Examples.
Notation model := (symbolic Z.eq_dec).
Notation w := (nu_W Z.eq_dec).

Example fourth_moment : expect (entry in_W 0 0 ^ 4 : model) = whole 3 * w ^ 2.
Proof. compute_both_sides. Qed.

(* E tr(W^2 W'^2) = (n^3 + 2 n) nu_W^2, at n = 2. *)
Example trace_moment : expect (trace 2 [true; true; false; false] : model) = whole (2 ^ 3 + 2 * 2) * w ^ 2.
Proof. compute_both_sides. Qed.
End Examples.

(* E Theta_ij of the network with n = 2, n_x = n_y = 1, from the sum over its parameters. *)
Section Width2.
Notation w := (nu_W (width_decide 2)).
Notation f := (nu_F (width_decide 2)).
Notation c := (nu_C (width_decide 2)).
Definition mean_kernel_at_2 (i j : nat) : Symbols (width_decide 2) :=
  expect (Theta (at_width 2) 2 1 1 (width_root 2) i j 0 0 0 0).

Example mean_kernel_11 : mean_kernel_at_2 1 1 = (c + f) * w + c * f.
Proof. compute_both_sides. Qed.
Example mean_kernel_12 : mean_kernel_at_2 1 2 = 0.
Proof. compute_both_sides. Qed.
Example mean_kernel_02 : whole 2 * mean_kernel_at_2 0 2 = (c + f) * w.
Proof. compute_both_sides. Qed.
Example mean_kernel_22 : whole 2 * mean_kernel_at_2 2 2 = whole 3 * (c + f) * w ^ 2 + whole 5 * c * f * w.
Proof. compute_both_sides. Qed.
End Width2.
