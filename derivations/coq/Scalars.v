(* The scalars: any commutative ring, with finite sums, powers and whole multiples.

   Every statement of algebra is about an arbitrary [K : Ring].  Where a formula divides, the theorem is given an
   inverse and the equation that makes it one; so it holds wherever the quotient has a meaning. *)
Require Import Arith Lia Ring Ring_theory.

Record Ring := {
  carrier :> Type;
  zero : carrier;
  one : carrier;
  add : carrier -> carrier -> carrier;
  mul : carrier -> carrier -> carrier;
  sub : carrier -> carrier -> carrier;
  opp : carrier -> carrier;
  laws : ring_theory zero one add mul sub opp eq
}.
Arguments zero {_}.
Arguments one {_}.
Arguments add {_}.
Arguments mul {_}.
Arguments sub {_}.
Arguments opp {_}.

Declare Scope scalar_scope.
Delimit Scope scalar_scope with scalar.
Bind Scope scalar_scope with carrier.
Infix "+" := add : scalar_scope.
Infix "*" := mul : scalar_scope.
Infix "-" := sub : scalar_scope.
Notation "- x" := (opp x) : scalar_scope.
Notation "0" := zero : scalar_scope.
Notation "1" := one : scalar_scope.

Open Scope scalar_scope.

Section Sums.
Context {K : Ring}.
Add Ring scalars : (laws K).

(* x ^ k *)
Fixpoint power (x : K) (k : nat) : K := match k with O => 1 | S k => x * power x k end.

(* The sum of g 0, ..., g (k - 1). *)
Fixpoint sum (k : nat) (g : nat -> K) : K := match k with O => 0 | S k => sum k g + g k end.

(* The whole number k as a scalar. *)
Fixpoint whole (k : nat) : K := match k with O => 0 | S k => whole k + 1 end.

(* Kronecker's delta. *)
Definition delta (a b : nat) : K := if Nat.eqb a b then 1 else 0.

Lemma sum_ext k g h : (forall a, (a < k)%nat -> g a = h a) -> sum k g = sum k h.
Proof. induction k; simpl; intros H; [reflexivity |]. rewrite IHk by auto. rewrite H by auto. reflexivity. Qed.
Lemma sum_zero k : sum k (fun _ => 0) = 0.
Proof. induction k; simpl; [ring | rewrite IHk; ring]. Qed.
Lemma sum_vanishing k g : (forall a, (a < k)%nat -> g a = 0) -> sum k g = 0.
Proof. intros H. rewrite (sum_ext _ _ (fun _ => 0)) by exact H. apply sum_zero. Qed.
Lemma sum_add k g h : sum k (fun a => g a + h a) = sum k g + sum k h.
Proof. induction k; simpl; [ring | rewrite IHk; ring]. Qed.
Lemma sum_mul_l k x g : sum k (fun a => x * g a) = x * sum k g.
Proof. induction k; simpl; [ring | rewrite IHk; ring]. Qed.
Lemma sum_mul_r k x g : sum k (fun a => g a * x) = sum k g * x.
Proof. induction k; simpl; [ring | rewrite IHk; ring]. Qed.
Lemma sum_swap k m g : sum k (fun a => sum m (fun b => g a b)) = sum m (fun b => sum k (fun a => g a b)).
Proof. induction k; simpl; [now rewrite sum_zero | now rewrite IHk, sum_add]. Qed.
Lemma sum_first k g : sum (S k) g = g O + sum k (fun a => g (S a)).
Proof. induction k; simpl in *; [ring | rewrite IHk; ring]. Qed.
Lemma sum_const k x : sum k (fun _ => x) = whole k * x.
Proof. induction k; simpl; [ring | rewrite IHk; ring]. Qed.
Lemma sum_delta k i g : (i < k)%nat -> sum k (fun a => delta i a * g a) = g i.
Proof.
  intros H. induction k; [lia | simpl]. unfold delta at 2. destruct (Nat.eqb_spec i k) as [->|Hk].
  - rewrite sum_vanishing; [ring |]. intros a Ha. unfold delta. destruct (Nat.eqb_spec k a); [lia | ring].
  - rewrite IHk by lia. ring.
Qed.
Lemma delta_sym a b : delta a b = delta b a.
Proof. unfold delta. now rewrite Nat.eqb_sym. Qed.
Lemma delta_same a : delta a a = 1.
Proof. unfold delta. now rewrite Nat.eqb_refl. Qed.

Lemma power_add x j k : power x (j + k) = power x j * power x k.
Proof. induction j; simpl; [ring | rewrite IHj; ring]. Qed.
Lemma power_mul x y k : power (x * y) k = power x k * power y k.
Proof. induction k; simpl; [ring | rewrite IHk; ring]. Qed.
Lemma power_one k : power 1 k = 1.
Proof. induction k; simpl; [reflexivity | rewrite IHk; ring]. Qed.
Lemma whole_add j k : whole (j + k) = whole j + whole k.
Proof. induction j; simpl; [ring | rewrite IHj; ring]. Qed.
Lemma whole_mul j k : whole (j * k) = whole j * whole k.
Proof. induction j; simpl; [ring | rewrite whole_add, IHj; ring]. Qed.

(* Terms that vanish may be added to a sum, and a sum may run backwards. *)
Lemma sum_extend k m g : (k <= m)%nat -> (forall a, (k <= a < m)%nat -> g a = 0) -> sum k g = sum m g.
Proof.
  induction m; intros H Hz; [now replace k with O by lia |].
  destruct (Nat.eq_dec k (S m)) as [->|]; [reflexivity |].
  simpl. rewrite <- IHm, (Hz m) by (intros; try apply Hz; lia). ring.
Qed.
Lemma sum_reverse k g : sum k g = sum k (fun a => g (k - 1 - a)%nat).
Proof.
  induction k; [reflexivity |]. rewrite (sum_first k (fun a => g (S k - 1 - a)%nat)).
  simpl sum at 1. rewrite IHk. replace (S k - 1 - 0)%nat with k by lia.
  rewrite (sum_ext k (fun a => g (k - 1 - a)%nat) (fun a => g (S k - 1 - S a)%nat)) by (intros; f_equal; lia).
  ring.
Qed.
(* A sum in two parts. *)
Lemma sum_split m k g : sum (m + k) g = sum m g + sum k (fun a => g (m + a)%nat).
Proof.
  induction k as [| k IH]; simpl; [rewrite Nat.add_0_r; ring |].
  rewrite Nat.add_succ_r. simpl. rewrite IH. ring.
Qed.
End Sums.

Infix "^" := power : scalar_scope.
