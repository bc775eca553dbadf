(* Orders in 1/n: quantities that are n^-m times a polynomial in 1/n, and what such a polynomial begins
   with.

   A quantity is a function of the width n and of a root of 1/n, as in InverseWidth.v; the polynomial is the
   same for all n. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums InverseWidth.
Import ListNotations.
Open Scope scalar_scope.

Section VanishingOrder.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types v w : nat -> K -> K.

Definition bounded (m : nat) v : Prop := exists rest : list K,
  forall n root, whole n * (root * root) = 1 -> v n root = (root * root) ^ m * horner rest (root * root).
Definition begins_at (m : nat) (c : K) v : Prop := exists rest : list K,
  forall n root, whole n * (root * root) = 1 ->
  v n root = (root * root) ^ m * (c + root * root * horner rest (root * root)).

Lemma bounded_ext m v w :
  (forall n root, whole n * (root * root) = 1 -> v n root = w n root) -> bounded m w -> bounded m v.
Proof. intros H [l Hl]. exists l. intros n root E. rewrite H by exact E. now apply Hl. Qed.
Lemma begins_at_ext m c v w :
  (forall n root, whole n * (root * root) = 1 -> v n root = w n root) -> begins_at m c w -> begins_at m c v.
Proof. intros H [l Hl]. exists l. intros n root E. rewrite H by exact E. now apply Hl. Qed.
Lemma begins_at_value m c d v : begins_at m c v -> c = d -> begins_at m d v.
Proof. now intros H <-. Qed.

(* How the two are related. *)
Lemma begins_at_bounded m c v : begins_at m c v -> bounded m v.
Proof. intros [l Hl]. exists (c :: l). exact Hl. Qed.
Lemma bounded_lower m k v : (k <= m)%nat -> bounded m v -> bounded k v.
Proof.
  intros H [l Hl]. revert l Hl. induction H as [|m H IH]; intros l Hl; [now exists l |].
  apply (IH (0 :: l)). intros n root E. rewrite Hl by exact E. simpl. ring.
Qed.
Lemma bounded_begins_at m k v : (k < m)%nat -> bounded m v -> begins_at k 0 v.
Proof.
  intros H Hv. apply (bounded_lower m (S k)) in Hv as [l Hl]; [|exact H].
  exists l. intros n root E. rewrite Hl by exact E. simpl. ring.
Qed.
Lemma begins_begins_at v c0 c1 : begins v c0 c1 -> begins_at 0 c0 v.
Proof. intros [l Hl]. exists (c1 :: l). intros n root E. rewrite Hl by exact E. simpl. ring. Qed.

(* Sums and products *)
Lemma bounded_zero m : bounded m (fun _ _ => 0).
Proof. exists []. intros. simpl. ring. Qed.
Lemma bounded_constant c : bounded 0 (fun _ _ => c).
Proof. exists [c]. intros. simpl. ring. Qed.
Lemma begins_at_constant c : begins_at 0 c (fun _ _ => c).
Proof. exists []. intros. simpl. ring. Qed.
Lemma bounded_add m v w : bounded m v -> bounded m w -> bounded m (fun n root => v n root + w n root).
Proof.
  intros [l Hl] [k Hk]. exists (list_add l k). intros n root E. rewrite Hl, Hk, horner_add by exact E. ring.
Qed.
Lemma begins_at_add m c d v w :
  begins_at m c v -> begins_at m d w -> begins_at m (c + d) (fun n root => v n root + w n root).
Proof.
  intros [l Hl] [k Hk]. exists (list_add l k). intros n root E. rewrite Hl, Hk, horner_add by exact E. ring.
Qed.
Lemma bounded_mul m k v w : bounded m v -> bounded k w -> bounded (m + k) (fun n root => v n root * w n root).
Proof.
  intros [l Hl] [j Hj]. exists (list_mul l j). intros n root E.
  rewrite Hl, Hj, horner_mul, power_add by exact E. ring.
Qed.
Lemma begins_at_mul m k c d v w :
  begins_at m c v -> begins_at k d w -> begins_at (m + k) (c * d) (fun n root => v n root * w n root).
Proof.
  intros [l Hl] [j Hj]. exists (list_add (list_scale c j) (list_add (list_scale d l) (0 :: list_mul l j))).
  intros n root E. rewrite Hl, Hj, power_add by exact E.
  rewrite !horner_add, !horner_scale. cbn [horner]. rewrite horner_mul. ring.
Qed.
Lemma bounded_scale m c v : bounded m v -> bounded m (fun n root => c * v n root).
Proof. exact (bounded_mul 0 m _ _ (bounded_constant c)). Qed.
Lemma begins_at_scale m c d v : begins_at m d v -> begins_at m (c * d) (fun n root => c * v n root).
Proof. exact (begins_at_mul 0 m _ _ _ _ (begins_at_constant c)). Qed.
Lemma bounded_sub m v w : bounded m v -> bounded m w -> bounded m (fun n root => v n root - w n root).
Proof.
  intros Hv Hw. apply (bounded_ext m _ (fun n root => v n root + - (1) * w n root)); [intros; ring |].
  apply bounded_add; [exact Hv | now apply bounded_scale].
Qed.
(* Factors 1/n *)
Lemma bounded_inverse m v : bounded m v -> bounded (S m) (fun n root => root * root * v n root).
Proof. intros [l Hl]. exists l. intros n root E. rewrite Hl by exact E. simpl. ring. Qed.
Lemma begins_at_inverse m c v : begins_at m c v -> begins_at (S m) c (fun n root => root * root * v n root).
Proof. intros [l Hl]. exists l. intros n root E. rewrite Hl by exact E. simpl. ring. Qed.
Lemma bounded_sum_list {A} m (l : list A) (v : A -> nat -> K -> K) :
  (forall a, In a l -> bounded m (v a)) -> bounded m (fun n root => sum_list l (fun a => v a n root)).
Proof.
  intros H. induction l as [|a l IH]; simpl; [apply bounded_zero |].
  apply bounded_add; [apply H; now left | apply IH; intros; apply H; now right].
Qed.
Lemma begins_at_zero m : begins_at m 0 (fun _ _ => 0).
Proof. exists []. intros. simpl. ring. Qed.
Lemma begins_at_sum_list {A} m (l : list A) (c : A -> K) (v : A -> nat -> K -> K) :
  (forall a, In a l -> begins_at m (c a) (v a)) ->
  begins_at m (sum_list l c) (fun n root => sum_list l (fun a => v a n root)).
Proof.
  intros H. induction l as [|a l IH]; simpl; [apply begins_at_zero |].
  apply begins_at_add; [apply H; now left | apply IH; intros; apply H; now right].
Qed.
End VanishingOrder.
