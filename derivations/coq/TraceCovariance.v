(* The covariance of two traces of powers (trace-covariance).

   [trace_covariance]: for b, d, D >= 0 the limit of cov(tr M^(b+D) M'^b, tr M^(d+D) M'^d) is
   (1 + delta_D0) walk_overlap(b, d) + D (b + 1) (d + 1), where walk_overlap(b, d) is the sum of 1 + min(i, j)
   over i < b and j < d; [walk_overlap_closed] is its closed form.
   [trace_covariance_zero]: the limit of cov(tr M^a M'^b, tr M^c M'^d) is 0 unless |a - b| = |c - d|.

   The mergers of the two words leave words of four powers, whose limits are known; the splits leave the
   covariance for b - 1 in place of b. *)
Require Import List Arith Lia Bool.
Import ListNotations.
From NTK Require Import Words Factorisation Orders PowerTraces Crosscap Alternating LeadingCovariance.

(* Splits leave the part that is not balanced: the first, if the second is empty, or the second. *)
Lemma covariance_two_powers_step x a b v :
  covariance (run x (S a) ++ corun x b) v =
  (if a <? b then covariance (corun x (b - 1 - a)) v else 0) +
  (if b =? 0 then 0 else covariance (run x a ++ corun x (b - 1)) v) +
  mergers x (run x a ++ corun x b) v.
Proof.
  simpl app. rewrite covariance_stein. f_equal.
  rewrite sum_cuts_app, no_partner_0, sum_cuts_power, eqb_negb, below_plus. simpl plus. f_equal.
  - rewrite (below_ext b _ (fun i => if i =? a then covariance (corun x (b - 1 - a)) v else 0)).
    + apply below_one.
    + intros i Hi. rewrite mean_two_powers. destruct (Nat.eqb_spec a i) as [->|Ha].
      * rewrite Nat.eqb_refl. lia.
      * destruct (Nat.eqb_spec i a); lia.
  - rewrite (below_ext b _ (fun i => if i =? b - 1 then covariance (run x a ++ corun x (b - 1)) v else 0)).
    + rewrite below_one. destruct (Nat.ltb_spec (b - 1) b), (Nat.eqb_spec b 0); lia.
    + intros i Hi. rewrite mean_run. destruct (Nat.eqb_spec i (b - 1)) as [->|Hb].
      * rewrite Nat.sub_diag. simpl. lia.
      * destruct (Nat.eqb_spec (b - 1 - i) 0); lia.
Qed.

(* The mergers, with a partner in the first and in the second power of v *)
Lemma mergers_two_powers x a b c d :
  mergers x (run x a ++ corun x b) (run x c ++ corun x d) =
  below c (fun l => mean 0 (run x a ++ corun x (b + (c - 1 - l)) ++ run x d ++ corun x l)) +
  below d (fun j => mean 0 (run x a ++ corun x (b + (d - 1 - j)) ++ run x c ++ corun x j)).
Proof.
  unfold mergers, merged. rewrite sum_cuts_app, !sum_cuts_power, eqb_reflx, eqb_negb. f_equal.
  - rewrite below_reverse. apply below_ext. intros l Hl. f_equal.
    rewrite !transpose_app, transpose_corun, !transpose_run.
    replace (c - 1 - (c - 1 - l)) with l by lia. now rewrite repeat_app, <- !app_assoc.
  - apply below_ext. intros j Hj. f_equal. now rewrite repeat_app, <- !app_assoc.
Qed.

(* They count if a - b = c - d (the first power) or a - b = d - c (the second); then they are these. *)
Definition merger_count q b d c := below c (fun l => 1 + Nat.min (Nat.min q (b + (c - 1 - l))) (Nat.min d l)).

Lemma mergers_power_words x q b d D : S q = b + D ->
  mergers x (run x q ++ corun x b) (run x (d + D) ++ corun x d) =
  (if D =? 0 then 2 else 1) * merger_count q b d (d + D).
Proof.
  intros H. rewrite mergers_two_powers. unfold merger_count.
  rewrite (below_ext (d + D) _
    (fun l => 1 + Nat.min (Nat.min q (b + (d + D - 1 - l))) (Nat.min d l))).
  2:{ intros l Hl. rewrite mean_four_powers. destruct (Nat.eqb_spec (q + d) (b + (d + D - 1 - l) + l)); lia. }
  destruct (Nat.eqb_spec D 0) as [->|HD].
  - rewrite (below_ext d _ (fun l => 1 + Nat.min (Nat.min q (b + (d + 0 - 1 - l))) (Nat.min d l))).
    + rewrite Nat.add_0_r. lia.
    + intros l Hl. rewrite mean_four_powers, Nat.add_0_r.
      destruct (Nat.eqb_spec (q + d) (b + (d - 1 - l) + l)); lia.
  - rewrite (below_zero d); [lia |]. intros l Hl. rewrite mean_four_powers.
    destruct (Nat.eqb_spec (q + (d + D)) (b + (d - 1 - l) + l)); lia.
Qed.

(* The sum of 1 + min(i, j) over i < b and j < d *)
Definition walk_overlap b d := below b (fun i => below d (fun j => 1 + Nat.min i j)).

Lemma sum_min d D : 2 * below (d + D) (fun l => 1 + Nat.min l d) = d * (d + 1) + 2 * D * (d + 1).
Proof.
  induction D as [|D IH].
  - rewrite Nat.add_0_r. rewrite (below_ext d _ (fun l => 1 + l)) by (intros; lia).
    induction d; simpl in *; lia.
  - rewrite Nat.add_succ_r, below_last, Nat.mul_add_distr_l, IH. lia.
Qed.
Lemma sum_excess m q : 2 * below m (fun l => l - q) = (m - q) * (m - q - 1).
Proof.
  induction m as [|m IH]; [reflexivity |]. rewrite below_last, Nat.mul_add_distr_l, IH.
  destruct (le_lt_dec m q).
  - replace (m - q) with 0 by lia. replace (S m - q - 1) with 0 by lia. lia.
  - replace (S m - q - 1) with (m - q) by lia. replace (S m - q) with (m - q - 1 + 2) by lia. lia.
Qed.

(* 1 + min(q, q + d - l, d, l) = 1 + min(l, d) - (l - q)^+, so the sum is a difference of triangles. *)
Lemma merger_count_closed q b d D : S q = b + D ->
  2 * merger_count q b d (d + D) + (d + 1 - b) * (d - b) = d * (d + 1) + 2 * D * (d + 1).
Proof.
  intros H. rewrite <- sum_min. replace (d + 1 - b) with (d + D - q) by lia.
  replace (d - b) with (d + D - q - 1) by lia. rewrite <- sum_excess, <- Nat.mul_add_distr_l.
  unfold merger_count. rewrite <- below_plus. f_equal. apply below_ext. intros l Hl. lia.
Qed.
Lemma overlap_step b d : 2 * below d (fun j => 1 + Nat.min b j) + (d - b) * (d - b - 1) = d * (d + 1).
Proof.
  rewrite <- sum_excess, <- Nat.mul_add_distr_l, <- below_plus.
  replace (d * (d + 1)) with (d * (d + 1) + 2 * 0 * (d + 1)) by lia. rewrite <- sum_min, Nat.add_0_r.
  f_equal. apply below_ext. intros; lia.
Qed.
(* So each further letter adds a row of the overlap, and D (d + 1). *)
Lemma merger_count_first d D : 0 < D -> merger_count (D - 1) 0 d (d + D) = D * (d + 1).
Proof. intros HD. pose proof (merger_count_closed (D - 1) 0 d D). rewrite !Nat.sub_0_r in *. lia. Qed.
Lemma merger_count_next b d D :
  merger_count (b + D) (S b) d (d + D) = below d (fun j => 1 + Nat.min b j) + D * (d + 1).
Proof.
  pose proof (merger_count_closed (b + D) (S b) d D) as H. pose proof (overlap_step b d) as H'.
  replace (d + 1 - S b) with (d - b) in H by lia. replace (d - S b) with (d - b - 1) in H by lia. lia.
Qed.

Theorem covariance_two_powers x b d D :
  covariance (run x (b + D) ++ corun x b) (run x (d + D) ++ corun x d) =
  (if D =? 0 then 2 else 1) * walk_overlap b d + D * (b + 1) * (d + 1).
Proof.
  induction b as [|b IH].
  - destruct D as [|D].
    + simpl app. rewrite covariance_empty. unfold walk_overlap. simpl. lia.
    + change (run x (0 + S D)) with (run x (S D)).
      rewrite covariance_two_powers_step, mergers_power_words by reflexivity.
      pose proof (merger_count_first d (S D)) as H. replace (S D - 1) with D in H by lia.
      rewrite H by lia. unfold walk_overlap. simpl. lia.
  - change (run x (S b + D)) with (run x (S (b + D))).
    rewrite covariance_two_powers_step, mergers_power_words by reflexivity.
    replace (S b - 1) with b by lia. simpl (S b =? 0). cbv iota. rewrite IH, merger_count_next.
    unfold walk_overlap. rewrite below_last. fold (walk_overlap b d).
    assert ((if b + D <? S b then covariance (corun x (b - (b + D))) (run x (d + D) ++ corun x d) else 0) = 0)
      as ->.
    { destruct (b + D <? S b); [|reflexivity]. replace (b - (b + D)) with 0 by lia. apply covariance_empty. }
    destruct (D =? 0) eqn:HD; [apply Nat.eqb_eq in HD; subst D |]; lia.
Qed.

Lemma walk_overlap_sym b d : walk_overlap b d = walk_overlap d b.
Proof.
  unfold walk_overlap. induction b as [|b IH]; [symmetry; now apply below_zero |].
  rewrite below_last, IH, <- below_plus. apply below_ext. intros j Hj. rewrite below_last. lia.
Qed.
Lemma walk_overlap_ordered b d : b <= d -> 6 * walk_overlap b d = b * (b + 1) * (3 * d + 1 - b).
Proof.
  intros H. unfold walk_overlap. induction b as [|b IH]; [reflexivity |].
  assert (exists e, d = S b + e) as [e ->] by (exists (d - S b); lia).
  rewrite below_last. pose proof (overlap_step b (S b + e)) as Hs. specialize (IH (Nat.lt_le_incl _ _ H)).
  replace (3 * (S b + e) + 1 - b) with (2 * b + 3 * e + 4) in IH by lia.
  replace (3 * (S b + e) + 1 - S b) with (2 * b + 3 * e + 3) by lia.
  replace (S b + e - b) with (e + 1) in Hs by lia. replace (e + 1 - 1) with e in Hs by lia. lia.
Qed.
Theorem walk_overlap_closed b d : 6 * walk_overlap b d =
  Nat.min b d * (Nat.min b d + 1) * (3 * Nat.max b d + 1 - Nat.min b d).
Proof.
  destruct (le_lt_dec b d) as [H|H].
  - now rewrite walk_overlap_ordered, Nat.min_l, Nat.max_r.
  - now rewrite walk_overlap_sym, walk_overlap_ordered, Nat.min_r, Nat.max_l by lia.
Qed.

Theorem trace_covariance b d D :
  covariance (power_word (b + D) b) (power_word (d + D) d) =
  (if D =? 0 then 2 else 1) * walk_overlap b d + D * (b + 1) * (d + 1).
Proof. apply (covariance_two_powers true). Qed.

Theorem trace_covariance_zero a b c d :
  covariance (power_word a b) (power_word c d) <> 0 -> a + d = b + c \/ a + c = b + d.
Proof.
  intros H. apply covariance_balanced in H. unfold same_balance, opposite_balance, power_word in H.
  rewrite !count_app, !count_run in H. simpl in H. lia.
Qed.

(* The same of coefficients: those of n^(half the letters) in E tr tr and in the product of the means *)
Theorem trace_covariance_coefficient b d D p : p = b + d + D ->
  Ex [power_word (b + D) b; power_word (d + D) d] p =
  conv (Ex [power_word (b + D) b]) (Ex [power_word (d + D) d]) p +
  ((if D =? 0 then 2 else 1) * walk_overlap b d + D * (b + 1) * (d + 1)).
Proof.
  intros H. rewrite <- trace_covariance.
  pose proof (Ex_product [power_word (b + D) b] [power_word (d + D) d] p) as HE. cbn [app] in HE.
  rewrite HE. f_equal. symmetry. apply at_order_power.
  rewrite height_app, !height_power_word. lia.
Qed.
