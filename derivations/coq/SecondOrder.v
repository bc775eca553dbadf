(* The second correction to E tr(M^a M'^a)/n (trace-second-order).

   [trace_second_order]: its coefficient tau(a) of n^-2 is (2 a^4 + 16 a^3 - 8 a^2 - 16 a + 3 - 3 (-1)^a)/48,
   for every a, here without the subtractions and the quotient.  By [mean_stein_2] on the first letter
   tau(a + 1) - tau(a) is a sum of three: reversals to words at order 1, splits into two words at order 1, and
   covariances of the splits' parts. *)
Require Import List Arith Lia Bool.
Import ListNotations.
From NTK Require Import Words Factorisation Orders PowerTraces Crosscap Alternating LeadingCovariance.
From NTK Require Import TraceCovariance.

(* cov(tr M^(i+D) M'^i, tr M'^D): every partner in M'^D leaves a balanced word of two powers. *)
Lemma covariance_with_run x i D : covariance (run x (i + D) ++ corun x i) (corun x D) = D * (i + 1).
Proof.
  assert (forall q b, S q = b + D -> mergers x (run x q ++ corun x b) (corun x D) = D) as Hm.
  { intros q b H. change (corun x D) with (run x 0 ++ corun x D). rewrite mergers_two_powers.
    rewrite (below_ext D _ (fun j => 1)).
    - rewrite below_const. simpl. lia.
    - intros j Hj. rewrite mean_four_powers. destruct (Nat.eqb_spec (q + 0) (b + (D - 1 - j) + j)); lia. }
  induction i as [|i IH].
  - destruct D as [|D]; [apply covariance_empty |]. change (run x (0 + S D)) with (run x (S D)).
    rewrite covariance_two_powers_step, Hm by lia. simpl. lia.
  - change (run x (S i + D)) with (run x (S (i + D))). rewrite covariance_two_powers_step, Hm by lia.
    replace (S i - 1) with i by lia. simpl (S i =? 0). cbv iota. rewrite IH.
    destruct (i + D <? S i); [|lia]. replace (i - (i + D)) with 0 by lia. rewrite covariance_empty. lia.
Qed.

(* Splits into two words at order 1: i + 1 for every other i, down from a - 2. *)
Definition other_places a := below a (fun i => if Nat.even (a - i) then i + 1 else 0).

Lemma split_means x a : below (S a) (fun i => mean 1 (run x a ++ corun x i) * mean 1 (corun x (a - i))) =
  other_places a.
Proof.
  rewrite below_last, Nat.sub_diag. change (corun x 0) with (@nil bool). rewrite mean_empty.
  rewrite Nat.mul_0_r, Nat.add_0_r. apply below_ext. intros i Hi.
  destruct (Nat.even (a - i)) eqn:He.
  - apply Nat.even_spec in He as [m Hm]. rewrite (mean_1_two_powers x a i (i + m)) by lia.
    rewrite (mean_1_run (negb x) (a - i) m) by lia.
    destruct (Nat.eqb_spec a i), (Nat.eqb_spec (a - i) 0); lia.
  - rewrite (mean_odd 1 (corun x (a - i))); [lia |]. rewrite repeat_length. unfold Nat.odd. now rewrite He.
Qed.

Lemma mean_2_step x a : mean 2 (run x (S a) ++ corun x (S a)) =
  mean 2 (run x a ++ corun x a) + below a (fun i => a - i) + other_places a +
  below (S a) (fun i => (a - i) * (i + 1)).
Proof.
  change (run x (S a) ++ corun x (S a)) with (x :: run x a ++ corun x (S a)).
  rewrite mean_stein_2, sum_cuts_app, !sum_cuts_power, eqb_reflx, eqb_negb.
  (* reversals *)
  rewrite (below_ext a _ (fun i => a - i)).
  2:{ intros i Hi. rewrite transpose_app, transpose_corun, transpose_run, app_assoc, <- repeat_app.
      rewrite (mean_1_two_powers x (i + S a) (a - 1 - i) a) by lia.
      destruct (Nat.eqb_spec (i + S a) (a - 1 - i)); lia. }
  (* splits *)
  rewrite (below_ext (S a) _ (fun i => mean 1 (run x a ++ corun x i) * mean 1 (corun x (a - i)) +
    ((if i =? a then mean 2 (run x a ++ corun x a) else 0) + (a - i) * (i + 1)))).
  - rewrite !below_plus, split_means, below_one. destruct (Nat.ltb_spec a (S a)); lia.
  - intros i Hi. replace (S a - 1 - i) with (a - i) by lia. rewrite mean_two_powers, mean_run.
    assert (covariance (run x a ++ corun x i) (corun x (a - i)) = (a - i) * (i + 1)) as ->.
    { rewrite <- (covariance_with_run x i (a - i)). now replace (i + (a - i)) with a by lia. }
    destruct (Nat.eqb_spec a i) as [->|Hn].
    + rewrite Nat.sub_diag, !Nat.eqb_refl. change (corun x 0) with (@nil bool). rewrite (mean_empty 2).
      simpl. lia.
    + destruct (Nat.eqb_spec (a - i) 0), (Nat.eqb_spec i a); lia.
Qed.

(* The sums in closed form *)
Lemma sum_down a : 2 * below a (fun i => a - i) = a * (a + 1).
Proof.
  rewrite below_reverse, (below_ext a _ (fun i => 1 + i)) by (intros; lia).
  induction a; [reflexivity |]. rewrite below_last. lia.
Qed.
Lemma other_places_closed a : 4 * other_places a + (if Nat.odd a then 1 else 0) = a * a.
Proof.
  enough (4 * other_places a + (if Nat.odd a then 1 else 0) = a * a /\
    4 * other_places (S a) + (if Nat.odd (S a) then 1 else 0) = S a * S a) by tauto.
  induction a as [|a [IH IH']]; [split; reflexivity |]. split; [exact IH' |].
  change (Nat.odd (S (S a))) with (Nat.odd a).
  assert (other_places (S (S a)) = other_places a + (a + 1)) as ->; [|lia].
  unfold other_places. rewrite !below_last. replace (S (S a) - S a) with 1 by lia.
  replace (S (S a) - a) with 2 by lia. change (Nat.even 2) with true. change (Nat.even 1) with false.
  cbv iota. rewrite Nat.add_0_r. f_equal.
  apply below_ext. intros i Hi. replace (S (S a) - i) with (S (S (a - i))) by lia. reflexivity.
Qed.
Lemma sum_products a : 6 * below (S a) (fun i => (a - i) * (i + 1)) = a * (a + 1) * (a + 2).
Proof.
  induction a as [|a IH]; [reflexivity |]. rewrite below_last, Nat.sub_diag, Nat.add_0_r.
  rewrite (below_ext (S a) _ (fun i => (a - i) * (i + 1) + (i + 1))).
  - rewrite below_plus, Nat.mul_add_distr_l, IH.
    assert (forall k, 2 * below k (fun i => i + 1) = k * (k + 1)) as Ht
      by (induction k; [reflexivity | rewrite below_last; lia]).
    specialize (Ht (S a)). lia.
  - intros i Hi. replace (S a - i) with (a - i + 1) by lia. lia.
Qed.

Theorem mean_2_two_powers x a : 48 * mean 2 (run x a ++ corun x a) + 8 * a ^ 2 + 16 * a =
  2 * a ^ 4 + 16 * a ^ 3 + (if Nat.odd a then 6 else 0).
Proof.
  induction a as [|a IH].
  - simpl app. now rewrite mean_empty.
  - rewrite mean_2_step. pose proof (sum_down a). pose proof (sum_products a).
    pose proof (other_places_closed a).
    assert (Nat.odd (S a) = negb (Nat.odd a)) as -> by (now rewrite Nat.odd_succ, Nat.negb_odd).
    destruct (Nat.odd a); simpl negb; cbn [Nat.pow] in *; lia.
Qed.

(* tau(a), the coefficient of n^-2 in E tr(M^a M'^a)/n *)
Theorem trace_second_order a : 48 * mean 2 (power_word a a) + 8 * a ^ 2 + 16 * a =
  2 * a ^ 4 + 16 * a ^ 3 + (if Nat.odd a then 6 else 0).
Proof. apply (mean_2_two_powers true). Qed.
