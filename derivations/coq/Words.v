(* Expectations of products of traces of words in a Gaussian matrix W and its transpose W', by Stein's
   recursion.

   A word is a list of letters, true for W and false for W'.  For independent entries of mean 0 and variance
   1, Stein's lemma on the first letter of a trace sums over the letter's partners,

       the same letter in the trace       tr(X B X A)        ->  tr(B A')          a reversal
       its transpose in the trace         tr(X B X' A)       ->  tr(B) tr(A)       a split
       the same letter in another trace   tr(X V) tr(B X A)  ->  tr(V (A B)')      a merger
       its transpose in another trace     tr(X V) tr(B X' A) ->  tr(V A B)         a merger

   and the trace of the empty word is n.  So the expectation is a polynomial in n, and [Ex ts p] is the
   coefficient of n^p for the product of the traces of the words [ts].  This file defines it and says how it
   unfolds; no probability is used.  That it is the expectation for a Gaussian matrix is
   [Expectation.expect_traces]. *)
Require Import List Arith Lia Bool.
Import ListNotations.

Notation word := (list bool).

Definition transpose (w : word) : word := rev (map negb w).

(* Every way to cut a word into what precedes a letter, that letter, and what follows it. *)
Fixpoint cuts (w : word) : list (word * bool * word) :=
  match w with
  | [] => []
  | y :: w' => ([], y, w') :: map (fun t => let '(b, z, a) := t in (y :: b, z, a)) (cuts w')
  end.

Definition sum_cuts w (g : word -> bool -> word -> nat) :=
  list_sum (map (fun t => let '(b, y, a) := t in g b y a) (cuts w)).

(* Every way to pick one word, with the others. *)
Fixpoint picks (l : list word) : list (word * list word) :=
  match l with [] => [] | x :: l' => (x, l') :: map (fun t => (fst t, x :: snd t)) (picks l') end.

(* The terms of a partner of x in the rest w of its own trace: reversals and splits. *)
Definition inside (x : bool) (w : word) : list (list word) :=
  map (fun t => let '(b, y, a) := t in if eqb y x then [b ++ transpose a] else [b; a]) (cuts w).

(* What a partner in another trace, cut at the partner, makes of both. *)
Definition merged (x : bool) (w : word) (t : word * bool * word) : word :=
  let '(b, y, a) := t in if eqb y x then w ++ transpose (a ++ b) else w ++ (a ++ b).

(* The terms of a partner in one of the words ps: mergers. *)
Definition across (x : bool) (w : word) (ps : list (word * list word)) : list (list word) :=
  flat_map (fun ut => map (fun t => merged x w t :: snd ut) (cuts (fst ut))) ps.

(* All terms of Stein's lemma on the letter x of tr(x w) times the traces of ts. *)
Definition stein x w ts := map (fun l => l ++ ts) (inside x w) ++ across x w (picks ts).

(* The recursion, with enough fuel to end: each step takes letters or a trace away. *)
Fixpoint E (fuel : nat) (ts : list word) (p : nat) : nat :=
  match fuel with
  | 0 => match ts with [] => if p =? 0 then 1 else 0 | _ => 0 end
  | S fl => match ts with
     | [] => if p =? 0 then 1 else 0
     | [] :: ts' => match p with 0 => 0 | S q => E fl ts' q end
     | (x :: w) :: ts' => list_sum (map (fun t => E fl t p) (stein x w ts'))
     end
  end.
Definition letters (ts : list word) := list_sum (map (@length bool) ts).
Definition size ts := letters ts + length ts.
Definition Ex ts := E (size ts) ts.

(* tr(W^a W'^b) *)
Definition power_word a b : word := repeat true a ++ repeat false b.

(* E tr(W^3 W'^3) = n^4 + 10 n^2 + 4 n and E tr(W W')^2 = n^4 + 2 n^2. *)
Example three_three : map (Ex [power_word 3 3]) [0;1;2;3;4;5] = [0;4;10;0;1;0].
Proof. vm_compute. reflexivity. Qed.
Example one_one_twice : map (Ex [power_word 1 1; power_word 1 1]) [0;1;2;3;4] = [0;0;2;0;1].
Proof. vm_compute. reflexivity. Qed.

(* Sums over lists *)

Lemma list_sum_zero {A} (g : A -> nat) l : (forall t, In t l -> g t = 0) -> list_sum (map g l) = 0.
Proof. induction l; simpl; intros H; [lia | rewrite H, IHl; auto]. Qed.
Lemma list_sum_ext {A} (g h : A -> nat) l :
  (forall t, In t l -> g t = h t) -> list_sum (map g l) = list_sum (map h l).
Proof. intros H. f_equal. now apply map_ext_in. Qed.
Lemma list_sum_plus {A} (g h : A -> nat) l :
  list_sum (map (fun t => g t + h t) l) = list_sum (map g l) + list_sum (map h l).
Proof. induction l; simpl; [reflexivity | rewrite IHl; lia]. Qed.
Lemma list_sum_times {A} (g : A -> nat) c l : list_sum (map (fun t => c * g t) l) = c * list_sum (map g l).
Proof. induction l; simpl; [lia | rewrite IHl; lia]. Qed.

Lemma list_sum_le {A} (g h : A -> nat) l :
  (forall t, In t l -> g t <= h t) -> list_sum (map g l) <= list_sum (map h l).
Proof. induction l as [|t l IH]; simpl; intros H; [lia |]. apply Nat.add_le_mono; auto. Qed.

(* Sums over 0, ..., k - 1 *)
Fixpoint below k (g : nat -> nat) := match k with 0 => 0 | S k => below k g + g k end.

Lemma below_ext k g h : (forall i, i < k -> g i = h i) -> below k g = below k h.
Proof. induction k; simpl; intros H; [reflexivity | rewrite IHk, H; auto]. Qed.
Lemma below_zero k g : (forall i, i < k -> g i = 0) -> below k g = 0.
Proof. induction k; simpl; intros H; [reflexivity | rewrite IHk, H; auto]. Qed.
Lemma below_const k c : below k (fun _ => c) = k * c.
Proof. induction k; simpl; lia. Qed.
Lemma below_plus k g h : below k (fun i => g i + h i) = below k g + below k h.
Proof. induction k; simpl; lia. Qed.
Lemma below_last k g : below (S k) g = below k g + g k.
Proof. reflexivity. Qed.
Lemma below_first k g : below (S k) g = g 0 + below k (fun i => g (S i)).
Proof. induction k; simpl in *; lia. Qed.
Lemma below_extend k m g : k <= m -> (forall i, k <= i < m -> g i = 0) -> below m g = below k g.
Proof.
  intros Hk. replace m with (k + (m - k)) by lia. induction (m - k) as [|e IH]; intros H.
  - f_equal; lia.
  - rewrite Nat.add_succ_r. simpl. rewrite IH, (H (k + e)); [lia | lia |]. intros; apply H; lia.
Qed.
(* Zeros from m on, and beyond k, may be left out or put in. *)
Lemma below_range k m g :
  (forall i, m <= i < k -> g i = 0) -> below k g = below m (fun i => if i <? k then g i else 0).
Proof.
  intros H. destruct (le_lt_dec k m) as [Hm|Hm].
  - rewrite (below_extend k m) by (lia || (intros i Hi; destruct (Nat.ltb_spec i k); lia)).
    apply below_ext. intros i Hi. now destruct (Nat.ltb_spec i k); [|lia].
  - rewrite (below_extend m k) by (lia || (intros; apply H; lia)).
    apply below_ext. intros i Hi. now destruct (Nat.ltb_spec i k); [|lia].
Qed.
Lemma below_reverse k g : below k g = below k (fun i => g (k - 1 - i)).
Proof.
  induction k; [reflexivity |]. rewrite (below_first k (fun i => g (S k - 1 - i))). simpl below at 1.
  rewrite IHk, Nat.add_comm. f_equal; [f_equal; lia |]. apply below_ext. intros; f_equal; lia.
Qed.
Lemma list_sum_seq k g : list_sum (map g (seq 0 k)) = below k g.
Proof. induction k; [reflexivity |]. rewrite seq_S, map_app, list_sum_app, IHk. simpl. lia. Qed.

(* Counting letters and traces *)

Lemma letters_app a b : letters (a ++ b) = letters a + letters b.
Proof. unfold letters. now rewrite map_app, list_sum_app. Qed.
Lemma letters_cons w ts : letters (w :: ts) = length w + letters ts.
Proof. reflexivity. Qed.
Lemma length_transpose w : length (transpose w) = length w.
Proof. unfold transpose. now rewrite rev_length, map_length. Qed.

Lemma in_cuts b y a w : In (b, y, a) (cuts w) -> w = b ++ y :: a.
Proof.
  revert b a; induction w as [|z w IH]; simpl; [tauto |]. intros b a [H|H].
  - now inversion H.
  - apply in_map_iff in H as [[[b' y'] a'] [H1 H2]]. inversion H1; subst. simpl. f_equal. auto.
Qed.
Lemma in_picks u r l : In (u, r) (picks l) -> letters l = length u + letters r /\ length l = S (length r).
Proof.
  revert u r; induction l as [|z l IH]; simpl; [tauto |]. intros u r [H|H].
  - inversion H; subst. split; reflexivity.
  - apply in_map_iff in H as [[u' r'] [H1 H2]]. inversion H1; subst. apply IH in H2 as [H2 H3].
    rewrite !letters_cons. simpl. lia.
Qed.

Lemma sum_cuts_ext w g h :
  (forall b y a, w = b ++ y :: a -> g b y a = h b y a) -> sum_cuts w g = sum_cuts w h.
Proof. intros H. apply list_sum_ext. intros [[b y] a] Ht. apply H. now apply in_cuts. Qed.
Lemma sum_cuts_zero w g : (forall b y a, w = b ++ y :: a -> g b y a = 0) -> sum_cuts w g = 0.
Proof. intros H. apply list_sum_zero. intros [[b y] a] Ht. apply H. now apply in_cuts. Qed.
Lemma sum_cuts_cons z w g : sum_cuts (z :: w) g = g [] z w + sum_cuts w (fun b y a => g (z :: b) y a).
Proof. unfold sum_cuts. simpl. rewrite map_map. f_equal. apply list_sum_ext. now intros [[]]. Qed.
Lemma sum_cuts_app u v g :
  sum_cuts (u ++ v) g = sum_cuts u (fun b y a => g b y (a ++ v)) + sum_cuts v (fun b y a => g (u ++ b) y a).
Proof.
  revert g. induction u as [|z u IH]; intros g; [reflexivity |]. simpl app.
  rewrite !sum_cuts_cons, IH. simpl. lia.
Qed.
(* Cuts of a power: i letters before, the others after. *)
Lemma sum_cuts_power y k g :
  sum_cuts (repeat y k) g = below k (fun i => g (repeat y i) y (repeat y (k - 1 - i))).
Proof.
  revert g. induction k; intros g; [reflexivity |]. simpl repeat at 1.
  rewrite sum_cuts_cons, IHk, below_first. simpl. rewrite !Nat.sub_0_r. f_equal.
  apply below_ext. intros i Hi. now replace (k - 1 - i) with (k - S i) by lia.
Qed.

(* A partner in the same trace: one letter less than w, one trace or two in place of one. *)
Lemma in_inside x w t : In t (inside x w) -> letters t + 1 = length w /\ (length t = 1 \/ length t = 2).
Proof.
  unfold inside. intros H. apply in_map_iff in H as [[[b y] a] [H1 H2]]. apply in_cuts in H2. subst w.
  destruct (eqb y x); subst t; rewrite !letters_cons, ?app_length, ?length_transpose; cbn;
    rewrite ?app_length; cbn; lia.
Qed.
(* A partner in another trace: one trace less. *)
Lemma in_across x w ts t : In t (across x w (picks ts)) ->
  letters t + 1 = length w + letters ts /\ length t = length ts.
Proof.
  unfold across. intros H. apply in_flat_map in H as [[u r] [Hp H]]. apply in_picks in Hp as [H1 H2].
  apply in_map_iff in H as [[[b y] a] [H3 H4]]. apply in_cuts in H4. simpl in *. subst u t.
  rewrite app_length in H1; simpl in H1. rewrite letters_cons. unfold merged.
  destruct (eqb y x); rewrite !app_length, ?length_transpose, ?app_length; simpl; lia.
Qed.
(* Every term has two letters less, and at most one trace more. *)
Lemma in_stein x w ts t : In t (stein x w ts) ->
  letters t + 2 = letters ((x :: w) :: ts) /\ length t <= length ts + 2.
Proof.
  unfold stein. intros H. apply in_app_or in H as [H|H].
  - apply in_map_iff in H as [l [H1 H2]]. apply in_inside in H2. subst t.
    rewrite letters_app, letters_cons, app_length. simpl. lia.
  - apply in_across in H. rewrite letters_cons. simpl. lia.
Qed.

(* How [Ex] unfolds.  More fuel than a product's size changes nothing. *)

Lemma enough_fuel f g ts p : size ts <= f -> size ts <= g -> E f ts p = E g ts p.
Proof.
  unfold size. revert g ts p; induction f as [|f IH]; intros g ts p Hf Hg.
  - destruct ts; [|simpl in Hf; lia]. now destruct g.
  - destruct ts as [|[|x w] ts]; destruct g as [|g]; try reflexivity; try (simpl in Hg; lia).
    + simpl. destruct p; [reflexivity |]. rewrite letters_cons in *. simpl in *. apply IH; lia.
    + simpl. apply list_sum_ext. intros t Ht. apply in_stein in Ht. simpl length in *. apply IH; lia.
Qed.
Lemma Ex_nil p : Ex [] p = if p =? 0 then 1 else 0.
Proof. reflexivity. Qed.
Lemma Ex_empty ts q : Ex ([] :: ts) (S q) = Ex ts q.
Proof.
  unfold Ex. replace (size ([] :: ts)) with (S (size ts)) by (unfold size; rewrite letters_cons; simpl; lia).
  reflexivity.
Qed.
Lemma Ex_empty_zero ts : Ex ([] :: ts) 0 = 0.
Proof.
  unfold Ex. replace (size ([] :: ts)) with (S (size ts)) by (unfold size; rewrite letters_cons; simpl; lia).
  reflexivity.
Qed.
Lemma Ex_stein x w ts p : Ex ((x :: w) :: ts) p = list_sum (map (fun t => Ex t p) (stein x w ts)).
Proof.
  unfold Ex at 1. destruct (size ((x :: w) :: ts)) as [|m] eqn:Hm.
  - unfold size in Hm. rewrite letters_cons in Hm. simpl in Hm. lia.
  - simpl. apply list_sum_ext. intros t Ht. apply in_stein in Ht. unfold size in *. simpl length in *.
    apply enough_fuel; unfold size; lia.
Qed.

(* Induction along the recursion: on the size, through empty words and through Stein's terms. *)
Lemma stein_induction (P : list word -> Prop) :
  P [] -> (forall ts, P ts -> P ([] :: ts)) ->
  (forall x w ts, (forall t, size t < size ((x :: w) :: ts) -> P t) -> P ((x :: w) :: ts)) ->
  forall ts, P ts.
Proof.
  intros Hnil Hempty Hstep ts. remember (size ts) as N eqn:HN. assert (size ts <= N) as Hle by lia. clear HN.
  revert ts Hle.
  induction N as [|N IH]; intros [|[|x w] ts] Hle; auto; try (unfold size in Hle; simpl in Hle; lia).
  - apply Hempty, IH. unfold size in *. rewrite letters_cons in Hle. simpl in Hle. lia.
  - apply Hstep. intros t Ht. apply IH. lia.
Qed.
Lemma stein_smaller x w ts t : In t (stein x w ts) -> size t < size ((x :: w) :: ts).
Proof. intros H. apply in_stein in H. unfold size. simpl length. lia. Qed.
