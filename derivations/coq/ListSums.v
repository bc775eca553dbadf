(* Sums of scalars over a list, and how they trade places with the sums over 0, ..., k - 1 of Scalars.v. *)
Require Import Arith List Ring Ring_theory.
From NTK Require Import Scalars.
Import ListNotations.

Section ListSums.
Context {K : Ring}.
Add Ring scalars : (laws K).

Fixpoint sum_list {A} (l : list A) (g : A -> K) : K :=
  match l with [] => 0 | t :: l => g t + sum_list l g end.

Lemma sum_list_ext {A} (l : list A) g h : (forall t, In t l -> g t = h t) -> sum_list l g = sum_list l h.
Proof. induction l; simpl; intros H; [reflexivity |]. rewrite H, IHl; auto. Qed.
Lemma sum_list_app {A} (l m : list A) g : sum_list (l ++ m) g = sum_list l g + sum_list m g.
Proof. induction l; simpl; [ring | rewrite IHl; ring]. Qed.
Lemma sum_list_map {A B} (f : A -> B) l g : sum_list (map f l) g = sum_list l (fun t => g (f t)).
Proof. induction l; simpl; [reflexivity | now rewrite IHl]. Qed.
Lemma sum_list_flat_map {A B} (f : A -> list B) l g :
  sum_list (flat_map f l) g = sum_list l (fun t => sum_list (f t) g).
Proof. induction l; simpl; [reflexivity | now rewrite sum_list_app, IHl]. Qed.
Lemma sum_list_mul_l {A} (l : list A) x g : sum_list l (fun a => x * g a) = x * sum_list l g.
Proof. induction l; simpl; [ring | rewrite IHl; ring]. Qed.
Lemma sum_list_mul_r {A} (l : list A) x g : sum_list l (fun a => g a * x) = sum_list l g * x.
Proof. induction l; simpl; [ring | rewrite IHl; ring]. Qed.
Lemma sum_list_product {A B} (l : list A) (m : list B) g h :
  sum_list l g * sum_list m h = sum_list l (fun a => sum_list m (fun b => g a * h b)).
Proof. rewrite <- sum_list_mul_r. apply sum_list_ext. intros. symmetry. apply sum_list_mul_l. Qed.
Lemma sum_sum_list {A} k (l : list A) g :
  sum k (fun i => sum_list l (g i)) = sum_list l (fun t => sum k (fun i => g i t)).
Proof. induction l; simpl; [apply sum_zero | now rewrite sum_add, IHl]. Qed.
Lemma whole_list_sum {A} (l : list A) (f : A -> nat) :
  whole (list_sum (map f l)) = sum_list l (fun t => whole (f t)).
Proof. induction l; simpl; [reflexivity | now rewrite whole_add, IHl]. Qed.
Lemma sum_list_add {A} (l : list A) g h : sum_list l (fun a => g a + h a) = sum_list l g + sum_list l h.
Proof. induction l; simpl; [ring | rewrite IHl; ring]. Qed.
Lemma sum_list_sub {A} (l : list A) g h : sum_list l (fun a => g a - h a) = sum_list l g - sum_list l h.
Proof. induction l; simpl; [ring | rewrite IHl; ring]. Qed.
Lemma sum_list_vanishing {A} (l : list A) g : (forall a, In a l -> g a = 0) -> sum_list l g = 0.
Proof. induction l; simpl; intros H; [reflexivity |]. rewrite H, IHl; auto. ring. Qed.
Lemma sum_list_swap {A B} (l : list A) (m : list B) g :
  sum_list l (fun a => sum_list m (g a)) = sum_list m (fun b => sum_list l (fun a => g a b)).
Proof. induction l; simpl; [symmetry; now apply sum_list_vanishing | now rewrite IHl, sum_list_add]. Qed.
Lemma sum_list_seq k (g : nat -> K) : sum_list (seq 0 k) g = sum k g.
Proof.
  induction k; [reflexivity |]. rewrite seq_S, sum_list_app, IHk. simpl. ring.
Qed.
End ListSums.
