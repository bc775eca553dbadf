(* Derivatives over any commutative ring: dual numbers.

   A dual number a + b e, e e = 0, is the pair of its value a and its slope b.  What a sum of products makes
   of x + e has the derivative at x as its slope; so the derivative of an expression in one of its letters is
   the slope of the same expression over the dual numbers, the letter having slope 1 and all others slope 0.
   No limit is taken, and nothing is asked of the ring. *)
Require Import Arith Ring Ring_theory.
From NTK Require Import Scalars Matrices.

Section DualNumbers.
Context {K : Ring}.
Add Ring scalars : (laws K).

Definition dual_add (x y : K * K) : K * K := (fst x + fst y, snd x + snd y).
Definition dual_mul (x y : K * K) : K * K := (fst x * fst y, snd x * fst y + fst x * snd y).
Definition dual_sub (x y : K * K) : K * K := (fst x - fst y, snd x - snd y).
Definition dual_opp (x : K * K) : K * K := (- fst x, - snd x).

Lemma dual_laws : ring_theory (0, 0) (1, 0) dual_add dual_mul dual_sub dual_opp eq.
Proof.
  constructor; intros; repeat match goal with x : (_ * _)%type |- _ => destruct x end;
  unfold dual_add, dual_mul, dual_sub, dual_opp; simpl; f_equal; ring.
Qed.

Definition Dual : Ring := Build_Ring (K * K) (0, 0) (1, 0) dual_add dual_mul dual_sub dual_opp dual_laws.

Definition value (x : Dual) : K := fst x.
Definition slope (x : Dual) : K := snd x.

(* A number that does not move. *)
Definition constant (x : K) : Dual := (x, 0).

Lemma value_add (x y : Dual) : value (x + y) = value x + value y.  Proof. reflexivity. Qed.
Lemma slope_add (x y : Dual) : slope (x + y) = slope x + slope y.  Proof. reflexivity. Qed.
Lemma value_sub (x y : Dual) : value (x - y) = value x - value y.  Proof. reflexivity. Qed.
Lemma slope_sub (x y : Dual) : slope (x - y) = slope x - slope y.  Proof. reflexivity. Qed.
Lemma value_mul (x y : Dual) : value (x * y) = value x * value y.  Proof. reflexivity. Qed.

(* Leibniz's rule. *)
Lemma slope_mul (x y : Dual) : slope (x * y) = slope x * value y + value x * slope y.
Proof. reflexivity. Qed.

Lemma value_sum n (g : nat -> Dual) : value (sum n g) = sum n (fun k => value (g k)).
Proof. induction n; simpl; [reflexivity | now rewrite <- IHn]. Qed.
Lemma slope_sum n (g : nat -> Dual) : slope (sum n g) = sum n (fun k => slope (g k)).
Proof. induction n; simpl; [reflexivity | now rewrite <- IHn]. Qed.

Lemma value_delta a b : value (delta a b) = delta a b.
Proof. unfold delta. now destruct (Nat.eqb a b). Qed.
Lemma slope_delta a b : slope (delta a b) = 0.
Proof. unfold delta. now destruct (Nat.eqb a b). Qed.

Lemma value_power (x : Dual) k : value (x ^ k) = value x ^ k.
Proof. induction k; simpl; [reflexivity | now rewrite <- IHk]. Qed.
Lemma slope_power_constant (x : Dual) k : slope x = 0 -> slope (x ^ k) = 0.
Proof.
  intros H. induction k; [reflexivity |]. cbn [power]. rewrite slope_mul, H, IHk. ring.
Qed.

(* The values and the slopes of a matrix. *)
Definition values (A : matrix Dual) : matrix K := fun p q => value (A p q).
Definition slopes (A : matrix Dual) : matrix K := fun p q => slope (A p q).

Lemma value_product n (A B : matrix Dual) p q :
  value (product n A B p q) = product n (values A) (values B) p q.
Proof. unfold product. now rewrite value_sum. Qed.
Lemma slope_product n (A B : matrix Dual) p q :
  slope (product n A B p q) = product n (slopes A) (values B) p q + product n (values A) (slopes B) p q.
Proof. unfold product. now rewrite slope_sum, <- sum_add. Qed.

Lemma value_matrix_power n (W : matrix Dual) k p q :
  value (matrix_power n W k p q) = matrix_power n (values W) k p q.
Proof.
  revert p. induction k as [|k IH]; intros p; simpl; [apply value_delta |].
  rewrite value_product. apply product_ext; intros; [reflexivity | apply IH].
Qed.
End DualNumbers.
Arguments Dual : clear implicits.
