(* Random variables over the real numbers for growing width: variance, and what is of order 1/n. *)
Require Import Reals Lra.
From NTK Require Import Scalars RealWeights Gaussian.
Open Scope R_scope.

(* f n is of order 1/n at most, for the widths n + 1. *)
Definition of_inverse_order (f : nat -> R) : Prop :=
  exists bound : R, forall n : nat, Rabs (f n) <= bound / INR (S n).

Definition variance {nu_W nu_F nu_C : R} {G : Gaussian reals nu_W nu_F nu_C} (X : G) : R :=
  expect (X * X)%scalar - expect X * expect X.

(* A sequence that has a limit when multiplied by n is of order 1/n. *)
Lemma of_inverse_order_by_limit (f : nat -> R) l : Un_cv (fun n => INR (S n) * f n) l -> of_inverse_order f.
Proof.
  intros H. destruct (maj_by_pos (fun n => INR (S n) * f n) (exist _ l H)) as [bound [_ Hbound]].
  exists bound. intros n. pose proof (lt_0_INR (S n) (Nat.lt_0_succ n)) as Hn.
  apply (Rmult_le_reg_l (INR (S n))); [exact Hn |]. specialize (Hbound n).
  rewrite Rabs_mult, (Rabs_right (INR (S n))) in Hbound by lra.
  replace (INR (S n) * (bound / INR (S n))) with bound by (field; lra). exact Hbound.
Qed.
