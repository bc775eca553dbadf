(* finite-width-second-order: the coefficient of n^-2 in E Theta_ii, for every i.

   Readout and input give tau(i), by trace-second-order.  In the transition's share, the sum over a, b < i
   of two traces, either trace may be at order 2, or both at order 1, or they are joined by their
   covariance.  On the diagonal a = b this is tau(a) + tau(i-1-a) and a walk-overlap.  Beside it, at the
   offset D = |a - b|, the smaller powers add up to k = i - 1 - D; so everything is a sum over k of rows b +
   d = k of (b + 1)(d + 1) and of walk-overlaps. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Words Factorisation Orders PowerTraces Crosscap LeadingCovariance TraceCovariance
  SecondOrder Symmetries TraceFormulas ExactMean MeanLimit.
Import ListNotations.
Open Scope nat_scope.

(* ---- Sums ---- *)
Lemma below_times k c g : below k (fun a => c * g a) = c * below k g.
Proof. induction k; simpl; [lia | rewrite IHk; lia]. Qed.

(* A symmetric double sum: the diagonal, and what is below it twice. *)
Lemma below_symmetric i f : (forall a b, f a b = f b a) ->
  below i (fun a => below i (f a)) = below i (fun a => f a a) + 2 * below i (fun a => below a (f a)).
Proof.
  intros H. induction i as [|i IH]; [reflexivity |]. cbn [below].
  rewrite below_plus, IH, (below_ext i (fun a => f a i) (f i)) by (intros; apply H). lia.
Qed.
(* A triangle by its rows b + c = k. *)
Lemma below_rows N h :
  below N (fun c => below (N - c) (fun b => h b c)) = below N (fun k => below (S k) (fun b => h b (k - b))).
Proof.
  induction N as [|N IH]; [reflexivity |].
  transitivity (below N (fun c => below (N - c) (fun b => h b c)) + below (S N) (fun c => h (N - c) c)).
  - cbn [below].
    rewrite Nat.sub_diag, (below_ext N _ (fun c => below (N - c) (fun b => h b c) + h (N - c) c)).
    + rewrite below_plus. replace (S N - N) with 1 by lia. cbn [below]. lia.
    + intros c Hc. replace (S N - c) with (S (N - c)) by lia. reflexivity.
  - rewrite IH, (below_reverse (S N)), (below_last N (fun k => below (S k) (fun b => h b (k - b)))).
    f_equal. apply below_ext. intros b Hb. f_equal; lia.
Qed.

(* Rows of (b + 1)(d + 1) and of walk-overlaps. *)
Definition row_products k := below (S k) (fun b => (b + 1) * (k - b + 1)).
Definition row_overlaps k := below (S k) (fun b => walk_overlap b (k - b)).

Lemma row_products_closed k : 6 * row_products k = (k + 1) * (k + 2) * (k + 3).
Proof.
  unfold row_products. induction k as [|k IH]; [reflexivity |].
  cbn [below] in *. rewrite (below_ext k _ (fun b => (b + 1) * (k - b + 1) + (b + 1))).
  - rewrite below_plus. assert (2 * below k (fun b => b + 1) = k * (k + 1)) as Ht.
    { clear. induction k as [|k IH]; [reflexivity | cbn [below]; lia]. }
    replace (S k - k) with 1 by lia. rewrite Nat.sub_diag in *. nia.
  - intros b Hb. replace (S k - b) with (k - b + 1) by lia. lia.
Qed.
Lemma walk_overlap_step b d : walk_overlap (S b) (S d) = walk_overlap b d + (b + 1) * (d + 1).
Proof.
  pose proof (walk_overlap_closed b d) as H. pose proof (walk_overlap_closed (S b) (S d)) as H'.
  destruct (le_lt_dec b d) as [Hd|Hd].
  - rewrite Nat.min_l, Nat.max_r in H, H' by lia.
    assert (exists e, d = b + e) as [e ->] by (exists (d - b); lia).
    replace (3 * (b + e) + 1 - b) with (2 * b + 3 * e + 1) in H by lia.
    replace (3 * S (b + e) + 1 - S b) with (2 * b + 3 * e + 3) in H' by lia. nia.
  - rewrite Nat.min_r, Nat.max_l in H, H' by lia.
    assert (exists e, b = d + e) as [e ->] by (exists (b - d); lia).
    replace (3 * (d + e) + 1 - d) with (2 * d + 3 * e + 1) in H by lia.
    replace (3 * S (d + e) + 1 - S d) with (2 * d + 3 * e + 3) in H' by lia. nia.
Qed.
Lemma walk_overlap_0 d : walk_overlap 0 d = 0.
Proof. reflexivity. Qed.
Lemma walk_overlap_0_r b : walk_overlap b 0 = 0.
Proof. rewrite walk_overlap_sym. reflexivity. Qed.

Lemma row_overlaps_step k : row_overlaps (S (S k)) = row_overlaps k + row_products k.
Proof.
  unfold row_overlaps, row_products.
  rewrite below_first, below_last, walk_overlap_0, Nat.sub_diag, walk_overlap_0_r, Nat.add_0_r, <- below_plus.
  apply below_ext. intros b Hb. replace (S (S k) - S b) with (S (k - b)) by lia. apply walk_overlap_step.
Qed.
Lemma row_overlaps_closed k : 48 * row_overlaps k + 4 * k + (if Nat.odd k then 3 else 0) =
  k ^ 4 + 4 * k ^ 3 + 2 * k ^ 2.
Proof.
  enough (48 * row_overlaps k + 4 * k + (if Nat.odd k then 3 else 0) = k ^ 4 + 4 * k ^ 3 + 2 * k ^ 2 /\
    48 * row_overlaps (S k) + 4 * S k + (if Nat.odd (S k) then 3 else 0) =
    S k ^ 4 + 4 * S k ^ 3 + 2 * S k ^ 2) by tauto.
  induction k as [|k [IH IH']]; [split; reflexivity |]. split; [exact IH' |].
  change (Nat.odd (S (S k))) with (Nat.odd k). rewrite row_overlaps_step.
  pose proof (row_products_closed k) as Hp. cbn [Nat.pow] in *. nia.
Qed.

(* Sums of rows with the offset D = N - k. *)
Definition even_rows N := below N (fun k => if Nat.even (N - k) then row_products k else 0).
Definition weighted_rows N := below N (fun k => (N - k) * row_products k).

Lemma even_rows_overlaps N : even_rows N = row_overlaps N.
Proof.
  enough (even_rows N = row_overlaps N /\ even_rows (S N) = row_overlaps (S N)) by tauto.
  induction N as [|N [IH IH']]; [split; reflexivity |]. split; [exact IH' |].
  rewrite row_overlaps_step, <- IH. unfold even_rows. rewrite !below_last.
  replace (S (S N) - S N) with 1 by lia. replace (S (S N) - N) with 2 by lia. cbn [Nat.even].
  rewrite Nat.add_0_r. f_equal. apply below_ext. intros k Hk.
  replace (S (S N) - k) with (S (S (N - k))) by lia. reflexivity.
Qed.
Lemma sum_rows_closed N : 24 * below N row_products = N * (N + 1) * (N + 2) * (N + 3).
Proof.
  induction N as [|N IH]; [reflexivity |]. rewrite below_last. pose proof (row_products_closed N). nia.
Qed.
Lemma weighted_rows_step N : weighted_rows (S N) = weighted_rows N + below (S N) row_products.
Proof.
  unfold weighted_rows. rewrite !below_last. replace (S N - N) with 1 by lia.
  rewrite (below_ext N _ (fun k => (N - k) * row_products k + row_products k)).
  - rewrite below_plus. lia.
  - intros k Hk. replace (S N - k) with (S (N - k)) by lia. lia.
Qed.

(* ---- The transition's share ---- *)

(* Two traces at order 2, of the powers a, b and c, d with the same offset. *)
Definition tau a := mean 2 (power_word a a).
Lemma order_pair_2 i a b : a < i -> b < i -> order 2 (pair_words i i a b) =
  if a =? b then tau a + tau (i - 1 - a) + 2 * walk_overlap a (i - 1 - a)
  else let m := Nat.min a b in let k := i - 1 - Nat.max a b in
    (if Nat.even (gap a b) then (m + 1) * (k + 1) else 0) + walk_overlap m k + gap a b * ((m + 1) * (k + 1)).
Proof.
  intros Ha Hb. unfold pair_words. rewrite order_two.
  fold (covariance (power_word a b) (power_word (i - 1 - b) (i - 1 - a))).
  rewrite trace_covariance_any. unfold conv. cbn [below Nat.sub].
  rewrite !power_traces, !crosscap_traces.
  assert (gap (i - 1 - b) (i - 1 - a) = gap a b) as -> by (unfold gap; lia). rewrite Nat.eqb_refl.
  assert (Nat.min (i - 1 - b) (i - 1 - a) = i - 1 - Nat.max a b) as -> by lia.
  destruct (Nat.eqb_spec a b) as [<-|Hn].
  - rewrite !Nat.eqb_refl, !orb_true_r. unfold gap, tau.
    rewrite Nat.max_id, Nat.min_id, Nat.sub_diag. simpl. lia.
  - destruct (Nat.eqb_spec (i - 1 - b) (i - 1 - a)) as [He|_]; [lia |].
    destruct (Nat.eqb_spec (gap a b) 0) as [Hg|_]; [unfold gap in Hg; lia |].
    assert (forall c d, Nat.odd (c + d) = negb (Nat.even (gap c d))) as Hodd.
    { intros c d. rewrite Nat.negb_even.
      replace (c + d) with (gap c d + 2 * Nat.min c d) by (unfold gap; lia).
      apply Nat.odd_add_mul_2. }
    rewrite !Hodd. assert (gap (i - 1 - b) (i - 1 - a) = gap a b) as -> by (unfold gap; lia).
    apply Nat.eqb_neq in Hn. rewrite ?Hn, ?orb_false_r. destruct (Nat.even (gap a b)); simpl; lia.
Qed.

(* All offsets together *)
Lemma pair_coefficient_2 N : pair_coefficient (S N) (S N) 2 =
  2 * below (S N) tau + 2 * below (S N) row_overlaps + 2 * even_rows N + 2 * weighted_rows N.
Proof.
  set (f := fun a b => if a =? b then tau a + tau (N - a) + 2 * walk_overlap a (N - a)
    else let m := Nat.min a b in let k := N - Nat.max a b in
      (if Nat.even (gap a b) then (m + 1) * (k + 1) else 0) + walk_overlap m k +
      gap a b * ((m + 1) * (k + 1))).
  transitivity (below (S N) (fun a => below (S N) (f a))).
  { unfold pair_coefficient. apply below_ext. intros a Ha. apply below_ext. intros b Hb.
    rewrite order_pair_2 by assumption. replace (S N - 1) with N by lia. reflexivity. }
  rewrite below_symmetric.
  2:{ intros a b. unfold f, gap. rewrite (Nat.eqb_sym b a), (Nat.min_comm b a), (Nat.max_comm b a).
      destruct (Nat.eqb_spec a b) as [<-|]; reflexivity. }
  assert (below (S N) (fun a => f a a) = 2 * below (S N) tau + 2 * row_overlaps N) as ->.
  { unfold f. rewrite (below_ext (S N) _ (fun a => tau a + tau (N - a) + 2 * walk_overlap a (N - a)))
      by (intros; now rewrite Nat.eqb_refl).
    rewrite !below_plus, below_times. fold (row_overlaps N).
    rewrite (below_reverse (S N) (fun a => tau (N - a))).
    rewrite (below_ext (S N) (fun i => tau (N - (S N - 1 - i))) tau) by (intros; f_equal; lia). lia. }
  assert (below (S N) (fun a => below a (f a)) = below N row_overlaps + even_rows N + weighted_rows N) as ->.
  2:{ rewrite (below_last N row_overlaps). lia. }
  set (g := fun b c => let D := N - (b + c) in
    (if Nat.even D then (b + 1) * (c + 1) else 0) + walk_overlap b c + D * ((b + 1) * (c + 1))).
  transitivity (below N (fun c => below (N - c) (fun b => g b c))).
  { rewrite below_first. change (below 0 (f 0)) with 0. rewrite Nat.add_0_l, below_reverse.
    apply below_ext. intros c Hc.
    replace (S (N - 1 - c)) with (N - c) by lia. apply below_ext. intros b Hb. unfold f, g, gap.
    destruct (Nat.eqb_spec (N - c) b) as [He|_]; [lia |]. rewrite Nat.min_r, Nat.max_l by lia.
    replace (N - (N - c)) with c by lia. replace (N - (b + c)) with (N - c - b) by lia. reflexivity. }
  rewrite below_rows. unfold even_rows, weighted_rows. rewrite <- !below_plus. apply below_ext. intros k Hk.
  rewrite (below_ext (S k) _ (fun b => (if Nat.even (N - k) then (b + 1) * (k - b + 1) else 0)
    + walk_overlap b (k - b) + (N - k) * ((b + 1) * (k - b + 1)))).
  - rewrite !below_plus, below_times. fold (row_overlaps k) (row_products k).
    destruct (Nat.even (N - k)); [fold (row_products k) | rewrite below_zero by reflexivity]; lia.
  - intros b Hb. unfold g. replace (b + (k - b)) with k by lia. reflexivity.
Qed.

(* U(i) of the catalogue *)
Theorem transition_second_order i : 96 * pair_coefficient i i 2 + 36 * i ^ 3 + 32 * i ^ 2 =
  4 * i ^ 5 + 26 * i ^ 4 + 32 * i + (if Nat.odd i then 6 else 0).
Proof.
  destruct i as [|N]; [reflexivity |]. rewrite pair_coefficient_2, even_rows_overlaps.
  induction N as [|N IH]; [reflexivity |].
  rewrite (below_last (S N) tau), (below_last (S N) row_overlaps), weighted_rows_step.
  pose proof (trace_second_order (S N)) as Ht. fold (tau (S N)) in Ht.
  pose proof (row_overlaps_closed N) as H0. pose proof (row_overlaps_closed (S N)) as H1.
  pose proof (sum_rows_closed (S N)) as Hr.
  change (Nat.odd (S (S N))) with (Nat.odd N).
  assert (Nat.odd (S N) = negb (Nat.odd N)) as E by (now rewrite Nat.odd_succ, Nat.negb_odd).
  rewrite E in *. destruct (Nat.odd N); simpl negb in *; cbn [Nat.pow] in *; lia.
Qed.

(* ---- The statement ---- *)
From NTK Require Import Scalars.
Open Scope scalar_scope.

Section SecondOrderMean.
Context {K : Ring}.
Add Ring scalars : (laws K).

(* The coefficient of n^-2 in E Theta_ii; 1/48 and 1/96 are given as inverses. *)
Theorem finite_width_second_order (nu_W nu_F nu_C : K) i inv48 inv96 :
  whole 48 * inv48 = 1 -> whole 96 * inv96 = 1 ->
  mean_coefficient nu_W nu_F nu_C i i 2 =
  nu_C * nu_F * nu_W ^ (i - 1) *
    ((whole 4 * whole i ^ 5 + whole 26 * whole i ^ 4 - whole 36 * whole i ^ 3 - whole 32 * whole i ^ 2
      + whole 32 * whole i + whole 3 - whole 3 * (- (1)) ^ i) * inv96) +
  nu_W ^ i * (nu_C + nu_F) *
    ((whole 2 * whole i ^ 4 + whole 16 * whole i ^ 3 - whole 8 * whole i ^ 2 - whole 16 * whole i
      + whole 3 - whole 3 * (- (1)) ^ i) * inv48).
Proof.
  intros H48 H96. unfold mean_coefficient. rewrite half_diagonal.
  rewrite <- (second_order_trace_formula i inv48 H48).
  change (whole (single_coefficient i i 2)) with (second_order_trace (K := K) i).
  f_equal. f_equal. apply (cancel_inverse _ _ (whole 96)); [exact H96 |].
  pose proof (f_equal (@whole K) (transition_second_order i)) as Hu.
  rewrite !whole_add, !whole_mul, !whole_pow in Hu. rewrite minus_one_power.
  set (u := whole (pair_coefficient i i 2)) in *. set (x := whole i) in *.
  transitivity (whole 96 * u + whole 36 * x ^ 3 + whole 32 * x ^ 2
                - whole 36 * x ^ 3 - whole 32 * x ^ 2); [ring |].
  rewrite Hu. destruct (Nat.odd i); simpl; ring.
Qed.
End SecondOrderMean.
