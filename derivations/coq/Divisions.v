(* Divisions of a product of traces in two, and products of polynomials given by their coefficients: what
   joint cumulants are defined by. *)
Require Import List Arith Lia Bool Ring Ring_theory.
Import ListNotations.
From NTK Require Import Scalars ListSums Words Factorisation.
Open Scope scalar_scope.

(* Every way to divide a list of words in two *)
Fixpoint divisions (ts : list word) : list (list word * list word) :=
  match ts with
  | [] => [([], [])]
  | t :: ts =>
      map (fun d => (t :: fst d, snd d)) (divisions ts) ++ map (fun d => (fst d, t :: snd d)) (divisions ts)
  end.

(* The first division has nothing in its second part, and no other has. *)
Lemma divisions_first ts : divisions ts = (ts, []) :: tl (divisions ts).
Proof. induction ts as [|t ts IH]; [reflexivity |]. simpl. now rewrite IH. Qed.
Lemma in_divisions ts d : In d (divisions ts) ->
  (letters (fst d) + letters (snd d) = letters ts /\ length (fst d) + length (snd d) = length ts)%nat.
Proof.
  revert d. induction ts as [|t ts IH]; intros d H; simpl in H.
  - destruct H as [<-|[]]. auto.
  - apply in_app_or in H as [H|H]; apply in_map_iff in H as [e [<- He]]; apply IH in He; simpl fst; simpl snd;
      rewrite !letters_cons; simpl; lia.
Qed.
Lemma in_other_divisions ts d : In d (tl (divisions ts)) -> (length (fst d) < length ts)%nat.
Proof.
  revert d. induction ts as [|t ts IH]; intros d H; [destruct H |]. simpl in H. rewrite divisions_first in H.
  simpl in H. apply in_app_or in H as [H|[H|H]].
  - apply in_map_iff in H as [e [<- He]]. apply IH in He. simpl. lia.
  - subst d. simpl. lia.
  - apply in_map_iff in H as [e [<- He]]. apply IH in He. simpl. lia.
Qed.

Section Divisions.
Context {K : Ring}.
Add Ring scalars : (laws K).

Lemma sum_list_add {A} (l : list A) (g h : A -> K) :
  sum_list l (fun t => g t + h t) = sum_list l g + sum_list l h.
Proof. induction l; simpl; [ring | rewrite IHl; ring]. Qed.
Lemma sum_list_zero {A} (l : list A) (g : A -> K) : (forall t, In t l -> g t = 0) -> sum_list l g = 0.
Proof.
  induction l; simpl; intros H; [reflexivity |]. rewrite H, IHl; [ring | |]; auto.
Qed.

Lemma sum_list_swap {A B} (l : list A) (m : list B) (g : A -> B -> K) :
  sum_list l (fun s => sum_list m (g s)) = sum_list m (fun t => sum_list l (fun s => g s t)).
Proof. induction l; simpl; [now rewrite sum_list_zero by auto | now rewrite IHl, sum_list_add]. Qed.

(* ---- Sums over divisions ---- *)
Lemma sum_divisions_cons t ts (g : list word * list word -> K) : sum_list (divisions (t :: ts)) g =
  sum_list (divisions ts) (fun d => g (t :: fst d, snd d) + g (fst d, t :: snd d)).
Proof. simpl. now rewrite sum_list_app, !sum_list_map, sum_list_add. Qed.

(* To divide the second part again is to divide the first. *)
Lemma sum_divisions_twice ts (f : list word -> list word -> list word -> K) :
  sum_list (divisions ts) (fun d => sum_list (divisions (snd d)) (fun e => f (fst d) (fst e) (snd e))) =
  sum_list (divisions ts) (fun d => sum_list (divisions (fst d)) (fun e => f (fst e) (snd e) (snd d))).
Proof.
  revert f. induction ts as [|t ts IH]; intros f; [reflexivity |]. rewrite !sum_divisions_cons.
  pose proof (IH (fun I J L => f (t :: I) J L + (f I (t :: J) L + f I J (t :: L)))) as H. cbn [fst snd].
  rewrite (sum_list_ext _ _ (fun d => sum_list (divisions (snd d)) (fun e => f (t :: fst d) (fst e) (snd e) +
    (f (fst d) (t :: fst e) (snd e) + f (fst d) (fst e) (t :: snd e)))));
    [|intros d _; now rewrite sum_divisions_cons, <- sum_list_add].
  rewrite H. apply sum_list_ext. intros d _. rewrite sum_divisions_cons, <- sum_list_add.
  apply sum_list_ext. intros e _. cbn [fst snd]. ring.
Qed.
(* To pick a word and divide the others is to divide, and to pick one of the first part. *)
Lemma sum_picks_divisions ts (f : word -> list word -> list word -> K) :
  sum_list (picks ts) (fun v => sum_list (divisions (snd v)) (fun d => f (fst v) (fst d) (snd d))) =
  sum_list (divisions ts) (fun d => sum_list (picks (fst d)) (fun v => f (fst v) (snd v) (snd d))).
Proof.
  revert f. induction ts as [|t ts IH]; intros f; [simpl; ring |]. rewrite sum_divisions_cons.
  simpl picks at 1. cbn [sum_list]. rewrite sum_list_map. cbn [fst snd].
  rewrite (sum_list_ext (picks ts) _ (fun v => sum_list (divisions (snd v)) (fun d =>
    f (fst v) (t :: fst d) (snd d) + f (fst v) (fst d) (t :: snd d))))
    by (intros v _; now rewrite sum_divisions_cons).
  rewrite (IH (fun v I J => f v (t :: I) J + f v I (t :: J))), <- sum_list_add.
  apply sum_list_ext. intros d _. cbn [fst snd picks sum_list]. rewrite sum_list_map, sum_list_add.
  cbn [fst snd]. ring.
Qed.

(* ---- Polynomials by their coefficients ---- *)
Definition product (f g : nat -> K) (p : nat) : K := sum (S p) (fun q => f q * g (p - q)%nat).

Lemma product_ext f f' g g' p :
  (forall q, f q = f' q) -> (forall q, g q = g' q) -> product f g p = product f' g' p.
Proof. intros Hf Hg. apply sum_ext. intros q _. now rewrite Hf, Hg. Qed.
Lemma product_first f g p :
  product f g (S p) = f 0%nat * g (S p) + product (fun q => f (S q)) g p.
Proof. unfold product. now rewrite sum_first. Qed.
Lemma product_zero f g p : (forall q, (q <= p)%nat -> f q = 0 \/ g (p - q)%nat = 0) -> product f g p = 0.
Proof.
  intros H. apply sum_vanishing. intros q Hq. destruct (H q ltac:(lia)) as [->| ->]; ring.
Qed.
Lemma product_add_l f f' g p : product (fun q => f q + f' q) g p = product f g p + product f' g p.
Proof. unfold product. rewrite <- sum_add. apply sum_ext. intros; ring. Qed.
Lemma product_sum_l {A} (l : list A) (f : A -> nat -> K) g p :
  product (fun q => sum_list l (fun t => f t q)) g p = sum_list l (fun t => product (f t) g p).
Proof.
  induction l; simpl; [apply product_zero; auto |]. now rewrite <- IHl, <- product_add_l.
Qed.
Lemma product_sum_r {A} (l : list A) f (g : A -> nat -> K) p :
  product f (fun q => sum_list l (fun t => g t q)) p = sum_list l (fun t => product f (g t) p).
Proof.
  induction l; simpl; [apply product_zero; auto |]. rewrite <- IHl. unfold product. rewrite <- sum_add.
  apply sum_ext. intros; ring.
Qed.
Lemma product_scale c f g p : product (fun q => c * f q) g p = c * product f g p.
Proof. unfold product. rewrite <- sum_mul_l. apply sum_ext. intros; ring. Qed.
Lemma product_assoc f g h p : product (product f g) h p = product f (product g h) p.
Proof.
  revert f g h. induction p as [|p IH]; intros f g h; [unfold product; simpl; ring |].
  rewrite (product_first f), product_first, (product_first g h).
  rewrite (product_ext (fun q => product f g (S q))
    (fun q => f 0%nat * g (S q) + product (fun q => f (S q)) g q) h h)
    by (intros; apply product_first || reflexivity).
  rewrite product_add_l, product_scale, IH. unfold product at 1. simpl. ring.
Qed.
End Divisions.
