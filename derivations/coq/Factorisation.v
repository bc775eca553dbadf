(* Power counting for expectations of traces (trace-factorisation).

   Let S and R be products of s and r traces, with L letters together.
   - [degree]: E[S] is a polynomial of degree at most half the letters of S, plus s.
   - [covariance_degree]: E[S R] - E[S] E[R] has degree at most L/2 + s + r - 2, two less than E[S R].
   [Cov] is the difference of the coefficients; it is never negative ([Ex_product]), so it lives in nat.
   The proofs follow Stein's recursion: a split keeps letters/2 + traces, a reversal lowers it by one, a
   merger by two; and only mergers of a trace of S with one of R tell E[S R] from E[S] E[R]. *)
Require Import List Arith Lia Bool.
Import ListNotations.
From NTK Require Import Words.

(* Twice the greatest degree: half the letters and the number of traces. *)
Definition height ts := letters ts + 2 * length ts.

Lemma height_app S R : height (S ++ R) = height S + height R.
Proof. unfold height. rewrite letters_app, app_length. lia. Qed.
Lemma height_cons w ts : height (w :: ts) = length w + 2 + height ts.
Proof. unfold height. rewrite letters_cons. simpl. lia. Qed.
Lemma height_inside x w ts t : In t (inside x w) -> height (t ++ ts) <= height ((x :: w) :: ts).
Proof. intros H. apply in_inside in H. rewrite height_app, height_cons. unfold height. simpl length. lia. Qed.
Lemma height_across x w ts t : In t (across x w (picks ts)) -> height t + 4 = height ((x :: w) :: ts).
Proof. intros H. apply in_across in H. rewrite height_cons. unfold height. simpl length. lia. Qed.
Lemma height_stein x w ts t : In t (stein x w ts) -> height t <= height ((x :: w) :: ts).
Proof.
  unfold stein. intros H. apply in_app_or in H as [H|H].
  - apply in_map_iff in H as [l [<- Hl]]. now apply height_inside with (x := x).
  - apply height_across in H. lia.
Qed.

Theorem degree ts p : Ex ts p <> 0 -> 2 * p <= height ts.
Proof.
  revert p. induction ts as [|ts IH|x w ts IH] using stein_induction; intros p H.
  - destruct p; [lia | now elim H].
  - rewrite height_cons. destruct p; [lia |]. rewrite Ex_empty in H. apply IH in H. simpl. lia.
  - destruct (le_lt_dec (2 * p) (height ((x :: w) :: ts))) as [|Hlt]; [assumption |].
    elim H. rewrite Ex_stein. apply list_sum_zero. intros t Ht.
    destruct (Nat.eq_dec (Ex t p) 0) as [|Hn]; [assumption |].
    apply IH in Hn; [|now apply stein_smaller]. apply height_stein in Ht. lia.
Qed.
Lemma Ex_above ts p : height ts < 2 * p -> Ex ts p = 0.
Proof. intros H. destruct (Nat.eq_dec (Ex ts p) 0) as [|Hn]; [assumption |]. apply degree in Hn. lia. Qed.

(* W and -W have the same law: an odd number of letters has expectation 0. *)
Theorem Ex_odd ts p : Nat.odd (letters ts) = true -> Ex ts p = 0.
Proof.
  revert p. induction ts as [|ts IH|x w ts IH] using stein_induction; intros p H.
  - discriminate.
  - destruct p; [apply Ex_empty_zero |]. rewrite Ex_empty. now apply IH.
  - rewrite Ex_stein. apply list_sum_zero. intros t Ht. apply IH; [now apply stein_smaller |].
    apply in_stein in Ht as [Ht _]. rewrite <- H, <- Ht. now rewrite Nat.add_comm.
Qed.

(* The trace of an empty word is n, wherever it stands. *)
Definition shift (f : nat -> nat) p := match p with 0 => 0 | S q => f q end.

Lemma Ex_cons_empty ts p : Ex ([] :: ts) p = shift (Ex ts) p.
Proof. destruct p; [apply Ex_empty_zero | apply Ex_empty]. Qed.

(* The terms where x finds its partner in a trace of R. *)
Definition bridges x w S R := across x w (map (fun t => (fst t, S ++ snd t)) (picks R)).

Lemma picks_app S R : picks (S ++ R) =
  map (fun t => (fst t, snd t ++ R)) (picks S) ++ map (fun t => (fst t, S ++ snd t)) (picks R).
Proof.
  induction S as [|u S IH]; simpl.
  - induction (picks R) as [|[]]; simpl; congruence.
  - rewrite IH, map_app, !map_map. reflexivity.
Qed.
Lemma across_app x w p1 p2 : across x w (p1 ++ p2) = across x w p1 ++ across x w p2.
Proof. unfold across. apply flat_map_app. Qed.
Lemma across_left x w ps R :
  across x w (map (fun t => (fst t, snd t ++ R)) ps) = map (fun l => l ++ R) (across x w ps).
Proof.
  unfold across. induction ps as [|[u r] ps IH]; [reflexivity |]. cbn [map flat_map fst snd].
  rewrite IH, map_app, map_map. reflexivity.
Qed.
Lemma stein_app x w S R : stein x w (S ++ R) = map (fun l => l ++ R) (stein x w S) ++ bridges x w S R.
Proof.
  unfold stein, bridges. rewrite picks_app, across_app, across_left, map_app, map_map, app_assoc.
  f_equal. f_equal. apply map_ext. intros. apply app_assoc.
Qed.
Lemma in_bridges x w S R t : In t (bridges x w S R) -> In t (across x w (picks (S ++ R))).
Proof. intros H. rewrite picks_app, across_app. apply in_or_app. now right. Qed.

Lemma Ex_app x w S R p : Ex ((x :: w) :: S ++ R) p =
  list_sum (map (fun t => Ex (t ++ R) p) (stein x w S)) + list_sum (map (fun t => Ex t p) (bridges x w S R)).
Proof. now rewrite Ex_stein, stein_app, map_app, list_sum_app, map_map. Qed.

Theorem Ex_last_empty ts p : Ex (ts ++ [[]]) p = shift (Ex ts) p.
Proof.
  revert p. induction ts as [|ts IH|x w ts IH] using stein_induction; intros p; simpl app.
  - apply Ex_cons_empty.
  - rewrite Ex_cons_empty. destruct p as [|p]; [reflexivity |]. simpl. now rewrite IH, Ex_cons_empty.
  - rewrite Ex_app. simpl map at 2. rewrite Nat.add_0_r.
    rewrite (list_sum_ext _ (fun t => shift (Ex t) p)) by (intros t Ht; now apply IH, stein_smaller).
    destruct p; simpl; [now apply list_sum_zero | now rewrite Ex_stein].
Qed.

(* The product of two polynomials *)
Definition conv (A B : nat -> nat) p := below (S p) (fun q => A q * B (p - q)).

Lemma conv_ext A A' B p : (forall q, A q = A' q) -> conv A B p = conv A' B p.
Proof. intros H. apply below_ext. intros. now rewrite H. Qed.
Lemma conv_one B p : conv (fun q => if q =? 0 then 1 else 0) B p = B p.
Proof.
  unfold conv. rewrite below_first, below_zero; [|reflexivity]. rewrite Nat.sub_0_r. simpl. lia.
Qed.
Lemma conv_shift A B p : conv (shift A) B p = shift (conv A B) p.
Proof. destruct p; [reflexivity |]. unfold conv. rewrite below_first. reflexivity. Qed.
Lemma conv_sum {T} (g : T -> nat -> nat) l B p :
  conv (fun q => list_sum (map (fun t => g t q) l)) B p = list_sum (map (fun t => conv (g t) B p) l).
Proof.
  induction l as [|t l IH]; simpl map; simpl list_sum.
  - apply below_zero. reflexivity.
  - cbn [fold_right] in *. unfold conv in *. rewrite <- IH, <- below_plus. apply below_ext.
    intros; simpl; lia.
Qed.

(* The covariance of two products of traces, and its recursion *)
Definition Cov S R p := Ex (S ++ R) p - conv (Ex S) (Ex R) p.

Lemma Ex_product_at_least S R p : conv (Ex S) (Ex R) p <= Ex (S ++ R) p.
Proof.
  revert p. induction S as [|S IH|x w S IH] using stein_induction; intros p; simpl app.
  - erewrite conv_ext by apply Ex_nil. now rewrite conv_one.
  - erewrite conv_ext by apply Ex_cons_empty. rewrite conv_shift, Ex_cons_empty.
    destruct p; simpl; [lia | apply IH].
  - rewrite Ex_app. erewrite conv_ext by apply Ex_stein. rewrite conv_sum.
    enough (list_sum (map (fun t => conv (Ex t) (Ex R) p) (stein x w S)) <=
            list_sum (map (fun t => Ex (t ++ R) p) (stein x w S))) by lia.
    apply list_sum_le. intros t Ht. now apply IH, stein_smaller.
Qed.
Theorem Ex_product S R p : Ex (S ++ R) p = conv (Ex S) (Ex R) p + Cov S R p.
Proof. pose proof (Ex_product_at_least S R p). unfold Cov. lia. Qed.

Lemma Cov_nil R p : Cov [] R p = 0.
Proof. unfold Cov. erewrite conv_ext by apply Ex_nil. rewrite conv_one. simpl. lia. Qed.
Lemma Cov_cons_empty S R p : Cov ([] :: S) R p = shift (Cov S R) p.
Proof.
  unfold Cov. erewrite conv_ext by apply Ex_cons_empty. simpl app. rewrite conv_shift, Ex_cons_empty.
  now destruct p.
Qed.
Theorem Cov_stein x w S R p : Cov ((x :: w) :: S) R p =
  list_sum (map (fun t => Cov t R p) (stein x w S)) + list_sum (map (fun t => Ex t p) (bridges x w S R)).
Proof.
  unfold Cov at 1. simpl app. rewrite Ex_app. erewrite conv_ext by apply Ex_stein. rewrite conv_sum.
  rewrite (list_sum_ext (fun t => Ex (t ++ R) p) (fun t => conv (Ex t) (Ex R) p + Cov t R p))
    by (intros; apply Ex_product).
  rewrite list_sum_plus. lia.
Qed.

Theorem covariance_degree S R p : Cov S R p <> 0 -> 2 * p + 4 <= height (S ++ R).
Proof.
  revert p. induction S as [|S IH|x w S IH] using stein_induction; intros p H.
  - elim H. apply Cov_nil.
  - rewrite Cov_cons_empty in H. destruct p; [now elim H |]. apply IH in H. simpl app. rewrite height_cons.
    simpl. lia.
  - destruct (le_lt_dec (2 * p + 4) (height (((x :: w) :: S) ++ R))) as [|Hlt]; [assumption |].
    elim H. rewrite Cov_stein, !list_sum_zero; [reflexivity | |].
    + intros t Ht. apply in_bridges, height_across in Ht. apply Ex_above. simpl app in *. lia.
    + intros t Ht. destruct (Nat.eq_dec (Cov t R p) 0) as [|Hn]; [assumption |].
      apply IH in Hn; [|now apply stein_smaller]. apply height_stein in Ht. rewrite !height_app in *. lia.
Qed.
Lemma Cov_above S R p : height (S ++ R) < 2 * p + 4 -> Cov S R p = 0.
Proof.
  intros H. destruct (Nat.eq_dec (Cov S R p) 0) as [|Hn]; [assumption |]. apply covariance_degree in Hn. lia.
Qed.
Lemma Cov_odd S R p : Nat.odd (letters (S ++ R)) = true -> Cov S R p = 0.
Proof. intros H. unfold Cov. now rewrite (Ex_odd _ p H). Qed.
