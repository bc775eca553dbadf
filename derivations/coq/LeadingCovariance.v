(* Covariances of traces at leading order, for any words.

   [order_0]: the mean of a product is, at leading order, the product of the means.
   [covariance_spreads]: the covariance of a product of traces with a trace tr(v) is the sum over its factors
   of the factor's covariance with tr(v) times the others' means; joint cumulants of three do not count.
   [covariance_stein]: hence Stein's recursion for the covariance of two traces: a split leaves the covariance
   of either part times the mean of the other, a merger leaves a mean.
   [covariance_balanced]: it is 0 unless the words' imbalances, letters M less letters M', agree up to
   sign. *)
Require Import List Arith Lia Bool.
Import ListNotations.
From NTK Require Import Words Factorisation Orders PowerTraces Alternating.

Lemma order_0_cons u ts : order 0 (u :: ts) = mean 0 u * order 0 ts.
Proof.
  change (u :: ts) with ([u] ++ ts). rewrite order_product, covariance_order_low by lia.
  unfold conv, mean. simpl. lia.
Qed.
Theorem order_0 ts : order 0 ts = fold_right (fun u product => mean 0 u * product) 1 ts.
Proof. induction ts; [reflexivity |]. now rewrite order_0_cons, IHts. Qed.

(* The trace of an empty word is n, a constant. *)
Lemma covariance_order_nil i R : covariance_order i [] R = 0.
Proof. apply at_order_zero. intros. apply Cov_nil. Qed.
Lemma covariance_order_cons_empty i S R : covariance_order i ([] :: S) R = covariance_order i S R.
Proof.
  unfold covariance_order. erewrite at_order_ext by apply Cov_cons_empty. simpl app. rewrite height_cons.
  simpl length. set (h := height (S ++ R)).
  destruct (at_order_cases (shift (Cov S R)) (0 + 2 + h) i) as [[[|p] [Hp ->]] | [Hn ->]]; symmetry.
  - apply at_order_none. lia.
  - simpl shift. apply at_order_power. lia.
  - apply at_order_none. intros p Hp. apply (Hn (Datatypes.S p)). lia.
Qed.
Lemma covariance_empty v : covariance [] v = 0.
Proof. unfold covariance. now rewrite covariance_order_cons_empty, covariance_order_nil. Qed.

(* What the mergers of tr(x w) with tr(v) leave *)
Definition mergers x w v := sum_cuts v (fun b y a => mean 0 (merged x w (b, y, a))).

Lemma sum_cuts_times w g c : sum_cuts w (fun b y a => g b y a * c) = sum_cuts w g * c.
Proof.
  unfold sum_cuts. rewrite Nat.mul_comm, <- list_sum_times. apply list_sum_ext. intros [[]] _. lia.
Qed.
Lemma sum_cuts_plus w g h : sum_cuts w (fun b y a => g b y a + h b y a) = sum_cuts w g + sum_cuts w h.
Proof. unfold sum_cuts. rewrite <- list_sum_plus. apply list_sum_ext. now intros [[]]. Qed.

(* Reversals, and mergers within S, are of lower order. *)
Lemma covariance_order_2 x w S v : covariance_order 2 ((x :: w) :: S) [v] =
  sum_cuts w (fun b y a => if eqb y x then 0 else covariance_order 2 (b :: a :: S) [v]) +
  mergers x w v * order 0 S.
Proof.
  rewrite covariance_order_stein. unfold merger_terms at 1. rewrite (list_sum_zero _ (across x w (picks S))).
  2:{ intros t _. now apply covariance_order_low, Nat.lt_0_succ. }
  rewrite Nat.add_0_r. f_equal.
  - apply sum_cuts_ext. intros b y a _. destruct (eqb y x); [|reflexivity].
    now apply covariance_order_low, Nat.lt_succ_diag_r.
  - unfold merger_terms, bridges, across, mergers. simpl. rewrite !app_nil_r, map_map, <- sum_cuts_times.
    apply list_sum_ext. intros [[b y] a] _. apply order_0_cons.
Qed.

(* The covariance with tr(v) as a derivation *)
Definition spread S v := list_sum (map (fun t => covariance (fst t) v * order 0 (snd t)) (picks S)).

Lemma spread_cons u S v : spread (u :: S) v = covariance u v * order 0 S + mean 0 u * spread S v.
Proof.
  unfold spread. simpl. f_equal. rewrite map_map, <- list_sum_times. apply list_sum_ext. intros t _.
  simpl. rewrite order_0_cons. lia.
Qed.

Theorem covariance_spreads S v : covariance_order 2 S [v] = spread S v.
Proof.
  induction S as [|S IH|x w S IH] using stein_induction.
  - apply covariance_order_nil.
  - rewrite covariance_order_cons_empty, spread_cons, covariance_empty, mean_empty, IH. simpl. lia.
  - assert (forall b y a T, w = b ++ y :: a -> letters T + length T <= letters S + length S ->
      covariance_order 2 (b :: a :: T) [v] =
      (covariance b v * mean 0 a + mean 0 b * covariance a v) * order 0 T + mean 0 b * mean 0 a * spread T v)
      as Hsplit.
    { intros b y a T -> HT. rewrite IH.
      - rewrite !spread_cons, order_0_cons. ring.
      - unfold size. rewrite !letters_cons. simpl. rewrite app_length. simpl. lia. }
    rewrite covariance_order_2, spread_cons. unfold covariance at 1. rewrite covariance_order_2, mean_stein_0.
    rewrite <- !sum_cuts_times, Nat.mul_1_r, Nat.mul_add_distr_r, <- !sum_cuts_times.
    rewrite <- Nat.add_assoc, (Nat.add_comm (mergers x w v * _)), Nat.add_assoc, <- sum_cuts_plus.
    f_equal. apply sum_cuts_ext. intros b y a Hw. destruct (eqb y x); [reflexivity |].
    rewrite (Hsplit b y a S Hw), (Hsplit b y a [] Hw) by (simpl; lia).
    change (spread [] v) with 0. change (order 0 []) with 1. ring.
Qed.

Theorem covariance_stein x w v : covariance (x :: w) v =
  sum_cuts w (fun b y a =>
    if eqb y x then 0 else mean 0 b * covariance a v + mean 0 a * covariance b v) + mergers x w v.
Proof.
  unfold covariance at 1. rewrite covariance_order_2, Nat.mul_1_r. f_equal.
  apply sum_cuts_ext. intros b y a _. destruct (eqb y x); [reflexivity |].
  rewrite covariance_spreads, !spread_cons.
  rewrite order_0_cons. change (spread [] v) with 0. change (order 0 []) with 1. ring.
Qed.

Lemma count_transpose x w : count x (transpose w) = count (negb x) w.
Proof.
  unfold transpose. induction w as [|y w IH]; [reflexivity |]. simpl. rewrite count_app, IH. simpl.
  destruct x, y; simpl; lia.
Qed.

(* The imbalances of u and v agree, or are opposite. *)
Definition same_balance u v := count true u + count false v = count false u + count true v.
Definition opposite_balance u v := count true u + count true v = count false u + count false v.

Lemma balance_cases u v :
  same_balance u v \/ opposite_balance u v \/ (~ same_balance u v /\ ~ opposite_balance u v).
Proof. unfold same_balance, opposite_balance. lia. Qed.

Lemma mergers_balanced x w v :
  mergers x w v <> 0 -> same_balance (x :: w) v \/ opposite_balance (x :: w) v.
Proof.
  intros H. destruct (balance_cases (x :: w) v) as [Hb|[Hb|[Hs Ho]]]; [now left | now right |].
  unfold same_balance, opposite_balance in *.
  elim H. apply sum_cuts_zero. intros b y a ->. apply mean_unbalanced. unfold balanced, merged.
  simpl count in *. rewrite !count_app in *. simpl count in *.
  destruct (eqb y x) eqn:He; rewrite !count_app, ?count_transpose, ?count_app;
    destruct x, y; simpl in *; try discriminate; lia.
Qed.

Theorem covariance_balanced u v : covariance u v <> 0 -> same_balance u v \/ opposite_balance u v.
Proof.
  remember (length u) as N eqn:HN. assert (length u <= N) as Hle by lia. clear HN.
  revert u Hle. induction N as [|N IH]; intros [|x w] Hle H; simpl in Hle;
    try (now rewrite covariance_empty in H); [lia |].
  rewrite covariance_stein in H.
  destruct (Nat.eq_dec (mergers x w v) 0) as [Hz|]; [|now apply mergers_balanced].
  destruct (balance_cases (x :: w) v) as [Hb|[Hb|[Hs Ho]]]; [now left | now right |].
  rewrite Hz, Nat.add_0_r in H. unfold same_balance, opposite_balance in *.
  elim H. apply sum_cuts_zero. intros b y a ->. destruct (eqb y x) eqn:He; [reflexivity |].
  rewrite app_length in Hle. simpl in Hle. simpl count in *. rewrite !count_app in *. simpl count in *.
  (* one part is balanced, the other as the whole *)
  assert (mean 0 b * covariance a v = 0) as ->.
  { destruct (Nat.eq_dec (mean 0 b) 0) as [->|Hb]; [reflexivity |]. apply mean_balanced in Hb.
    destruct (Nat.eq_dec (covariance a v) 0) as [->|Ha]; [lia |]. apply IH in Ha; [|lia].
    unfold balanced in Hb. destruct x, y; simpl in *; try discriminate; lia. }
  assert (mean 0 a * covariance b v = 0) as ->; [|reflexivity].
  destruct (Nat.eq_dec (mean 0 a) 0) as [->|Ha]; [reflexivity |]. apply mean_balanced in Ha.
  destruct (Nat.eq_dec (covariance b v) 0) as [->|Hb]; [lia |]. apply IH in Hb; [|lia].
  unfold balanced in Ha. destruct x, y; simpl in *; try discriminate; lia.
Qed.
