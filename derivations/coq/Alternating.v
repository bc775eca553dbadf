(* Words of four powers at leading order (alternating-words).

   [alternating_words]: the limit of E tr(M^a M'^b M^c M'^d)/n is 1 + min(a, b, c, d) if a + c = b + d, and
   else 0.
   [mean_balanced]: no word has a limit but 0 unless it has as many letters M as M'. *)
Require Import List Arith Lia Bool.
Import ListNotations.
From NTK Require Import Words Factorisation Orders PowerTraces.

(* The number of letters x in a word *)
Fixpoint count x (w : word) := match w with [] => 0 | y :: w => (if eqb y x then 1 else 0) + count x w end.
Definition balanced w := count true w = count false w.

Lemma count_app x u v : count x (u ++ v) = count x u + count x v.
Proof. induction u; simpl; lia. Qed.
Lemma count_run x y k : count x (run y k) = if eqb y x then k else 0.
Proof. induction k; simpl; [now destruct eqb | rewrite IHk; destruct (eqb y x); lia]. Qed.

Theorem mean_balanced w : mean 0 w <> 0 -> balanced w.
Proof.
  unfold balanced. remember (length w) as N eqn:HN. assert (length w <= N) as Hle by lia. clear HN.
  revert w Hle. induction N as [|N IH]; intros [|x w] Hle H; simpl in Hle; try reflexivity; [lia |].
  destruct (Nat.eq_dec (count true (x :: w)) (count false (x :: w))) as [|Hn]; [assumption |].
  elim H. rewrite mean_stein_0. apply sum_cuts_zero. intros b y a ->.
  destruct (eqb y x) eqn:He; [reflexivity |].
  rewrite app_length in Hle. simpl in Hle.
  destruct (Nat.eq_dec (mean 0 b) 0) as [->|Hb]; [reflexivity |].
  destruct (Nat.eq_dec (mean 0 a) 0) as [->|Ha]; [lia |].
  apply IH in Hb; [|lia]. apply IH in Ha; [|lia].
  simpl in Hn. rewrite !count_app in Hn. simpl in Hn. destruct x, y; simpl in *; try discriminate; lia.
Qed.
Lemma mean_unbalanced w : ~ balanced w -> mean 0 w = 0.
Proof.
  intros H. destruct (Nat.eq_dec (mean 0 w) 0) as [|Hn]; [assumption | now apply mean_balanced in Hn].
Qed.

(* Of the partners in M'^b only number a + 1 leaves two balanced words; of those in M'^d only the last.  So
   f(a + 1, b, c, d + 1) = [a < b] + f(a, b, c, d). *)
Lemma mean_balanced_powers x a b c d : a + c = b + d ->
  mean 0 (run x a ++ corun x b ++ run x c ++ corun x d) = 1 + Nat.min (Nat.min a b) (Nat.min c d).
Proof.
  revert d. induction a as [|a IH]; intros d H.
  - simpl app. rewrite (run_corun x c). rewrite mean_three_powers. destruct (Nat.eqb_spec (b + d) c); lia.
  - destruct d as [|d].
    { simpl (corun x 0). rewrite app_nil_r, mean_three_powers.
      destruct (Nat.eqb_spec (S a + c) b); lia. }
    simpl (run x (S a)). rewrite <- app_comm_cons.
    rewrite mean_stein_0, !sum_cuts_app, !no_partner_0, !sum_cuts_power.
    rewrite (below_ext b _ (fun i => if i =? a then if a <? b then 1 else 0 else 0)).
    2:{ intros i Hi. rewrite eqb_negb, mean_two_powers, (run_corun x c), mean_three_powers.
        destruct (Nat.eqb_spec a i), (Nat.eqb_spec i a), (Nat.eqb_spec (b - 1 - i + S d) c),
          (Nat.ltb_spec a b); lia. }
    rewrite (below_ext (S d) _
      (fun i => if i =? d then 1 + Nat.min (Nat.min a b) (Nat.min c d) else 0)).
    2:{ intros i Hi. rewrite eqb_negb, mean_run. destruct (Nat.eqb_spec i d) as [->|Hn].
        - replace (S d - 1 - d) with 0 by lia. rewrite IH by lia. simpl. lia.
        - destruct (Nat.eqb_spec (S d - 1 - i) 0); lia. }
    rewrite !below_one. destruct (Nat.ltb_spec a b), (Nat.ltb_spec d (S d)); lia.
Qed.

Theorem mean_four_powers x a b c d : mean 0 (run x a ++ corun x b ++ run x c ++ corun x d) =
  if a + c =? b + d then 1 + Nat.min (Nat.min a b) (Nat.min c d) else 0.
Proof.
  destruct (Nat.eqb_spec (a + c) (b + d)) as [H|H]; [now apply mean_balanced_powers |].
  apply mean_unbalanced. unfold balanced. rewrite !count_app, !count_run. destruct x; simpl; lia.
Qed.

Theorem alternating_words a b c d : mean 0 (power_word a b ++ power_word c d) =
  if a + c =? b + d then 1 + Nat.min (Nat.min a b) (Nat.min c d) else 0.
Proof. unfold power_word. rewrite <- app_assoc. apply (mean_four_powers true). Qed.
