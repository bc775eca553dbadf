(* The expansion of expectations of traces in 1/n.

   With M = W/sqrt(n), the mean of a product of k traces of words in M and M', L letters together, divided by
   n^k, is the sum over p of Ex p n^(p - L/2 - k): [order i ts] is its exact coefficient of n^-i, [mean i w]
   is that of E tr(w)/n.  (They are 0 if L is odd, for Ex is.)  So [mean 0 w] is the limit as n grows.
   [covariance u v] is the coefficient of n^-2 in the covariance of tr(u)/n and tr(v)/n, that is the limit of
   cov(tr u, tr v).

   [order_stein] is Stein's recursion read so: a split keeps the order, a reversal is one lower, a merger two.
   [order_product] factors products: at orders 0 and 1 the means do; at order 2 the covariance is added. *)
Require Import List Arith Lia Bool.
Import ListNotations.
From NTK Require Import Words Factorisation.

(* The coefficient at n^(h/2 - i) of a polynomial in n; 0 if that is no power. *)
Definition at_order (f : nat -> nat) h i :=
  if Nat.even h && (2 * i <=? h) then f (Nat.div2 (h - 2 * i)) else 0.

Definition order i ts := at_order (Ex ts) (height ts) i.
Definition covariance_order i S R := at_order (Cov S R) (height (S ++ R)) i.
Definition covariance u v := covariance_order 2 [u] [v].

(* Either n^(h/2 - i) is the power n^p, or the coefficient is 0. *)
Lemma at_order_cases f h i :
  (exists p, h = 2 * p + 2 * i /\ at_order f h i = f p) \/
  ((forall p, h <> 2 * p + 2 * i) /\ at_order f h i = 0).
Proof.
  unfold at_order. destruct (Nat.even h) eqn:He.
  - apply Nat.even_spec in He as [m ->]. destruct (Nat.leb_spec (2 * i) (2 * m)); simpl andb; cbv iota.
    + left. exists (m - i). split; [lia |]. f_equal. replace (2 * m - 2 * i) with (2 * (m - i)) by lia.
      apply Nat.div2_double.
    + right. split; [lia | reflexivity].
  - right. split; [|reflexivity]. intros p ->. replace (2 * p + 2 * i) with (2 * (p + i)) in He by lia.
    rewrite Nat.even_mul in He. discriminate.
Qed.
Lemma at_order_power f h i p : h = 2 * p + 2 * i -> at_order f h i = f p.
Proof.
  intros H. destruct (at_order_cases f h i) as [[q [Hq ->]] | [Hn _]]; [f_equal; lia | now elim (Hn p)].
Qed.
Lemma at_order_none f h i : (forall p, h <> 2 * p + 2 * i) -> at_order f h i = 0.
Proof.
  intros H. destruct (at_order_cases f h i) as [[q [Hq _]] | [_ ->]]; [now elim (H q) | reflexivity].
Qed.
Lemma at_order_ext f g h i : (forall p, f p = g p) -> at_order f h i = at_order g h i.
Proof. intros H. unfold at_order. now rewrite H. Qed.
Lemma at_order_plus f g h i : at_order (fun p => f p + g p) h i = at_order f h i + at_order g h i.
Proof. unfold at_order. destruct andb; reflexivity. Qed.
Lemma at_order_sum {A} (g : A -> nat -> nat) l h i :
  at_order (fun p => list_sum (map (fun t => g t p) l)) h i = list_sum (map (fun t => at_order (g t) h i) l).
Proof. unfold at_order. destruct andb; [reflexivity |]. symmetry. now apply list_sum_zero. Qed.
Lemma at_order_zero f h i : (forall p, f p = 0) -> at_order f h i = 0.
Proof. intros H. unfold at_order. rewrite H. now destruct andb. Qed.

(* A polynomial whose bound is one power lower is one order lower. *)
Lemma at_order_lower f h i :
  (forall p, h < 2 * p -> f p = 0) -> at_order f (h + 2) i = shift (at_order f h) i.
Proof.
  intros H. destruct i as [|i]; simpl shift.
  - destruct (at_order_cases f (h + 2) 0) as [[p [Hp ->]] | [_ ->]]; [apply H; lia | reflexivity].
  - destruct (at_order_cases f (h + 2) (S i)) as [[p [Hp ->]] | [Hn ->]].
    + symmetry. apply at_order_power. lia.
    + symmetry. apply at_order_none. intros p Hp. apply (Hn p). lia.
Qed.

(* The orders of a product of polynomials, which vanish above their bounds and if these are no powers. *)
Lemma at_order_conv f g a b i :
  (forall p, a < 2 * p -> f p = 0) -> (forall p, b < 2 * p -> g p = 0) ->
  (Nat.odd a = true -> forall p, f p = 0) -> (Nat.odd b = true -> forall p, g p = 0) ->
  at_order (conv f g) (a + b) i = conv (at_order f a) (at_order g b) i.
Proof.
  intros Hf Hg Of Og. destruct (Nat.Even_or_Odd a) as [[A ->]|Ha].
  2:{ apply Nat.odd_spec in Ha. specialize (Of Ha). unfold conv. rewrite at_order_zero, below_zero; auto.
      - intros. now rewrite at_order_zero.
      - intros. apply below_zero. intros. now rewrite Of. }
  destruct (Nat.Even_or_Odd b) as [[B ->]|Hb].
  2:{ apply Nat.odd_spec in Hb. specialize (Og Hb). unfold conv. rewrite at_order_zero, below_zero; auto.
      - intros. now rewrite (at_order_zero g), Nat.mul_0_r by assumption.
      - intros. apply below_zero. intros. now rewrite Og. }
  assert (forall j, A < j -> at_order f (2 * A) j = 0) as Zf by (intros; apply at_order_none; lia).
  assert (forall j, B < j -> at_order g (2 * B) j = 0) as Zg by (intros; apply at_order_none; lia).
  destruct (at_order_cases (conv f g) (2 * A + 2 * B) i) as [[p [Hp ->]] | [Hn ->]].
  - unfold conv. rewrite (below_range (S p) (S A)) by (intros; rewrite Hf; lia).
    rewrite (below_range (S i) (S A)) by (intros; rewrite Zf; lia).
    rewrite (below_reverse (S A)). apply below_ext. intros q Hq.
    replace (S A - 1 - q) with (A - q) by lia.
    destruct (Nat.ltb_spec (A - q) (S p)), (Nat.ltb_spec q (S i)); try reflexivity.
    + rewrite (at_order_power f (2 * A) q (A - q)) by lia.
      destruct (le_lt_dec (p - (A - q)) B).
      * rewrite (at_order_power g (2 * B) (i - q) (p - (A - q))) by lia. reflexivity.
      * rewrite Hg, Zg; lia.
    + rewrite Hg; lia.
    + rewrite Zg; lia.
  - unfold conv. symmetry. apply below_zero. intros j Hj.
    destruct (le_lt_dec j A); [|rewrite Zf; lia]. rewrite (Zg (i - j)); [lia |].
    destruct (le_lt_dec (i - j) B); [|assumption]. elim (Hn (A + B - i)). lia.
Qed.

Lemma odd_height ts : Nat.odd (height ts) = Nat.odd (letters ts).
Proof. unfold height. now rewrite Nat.odd_add_mul_2. Qed.
Lemma order_odd i ts : Nat.odd (letters ts) = true -> order i ts = 0.
Proof. intros H. apply at_order_zero. intros. now apply Ex_odd. Qed.

Theorem order_product i S R :
  order i (S ++ R) = conv (fun j => order j S) (fun j => order j R) i + covariance_order i S R.
Proof.
  unfold order at 1. rewrite (at_order_ext _ (fun p => conv (Ex S) (Ex R) p + Cov S R p)) by apply Ex_product.
  rewrite at_order_plus. unfold covariance_order. f_equal. rewrite height_app.
  apply at_order_conv; try apply Ex_above; rewrite odd_height; intros; now apply Ex_odd.
Qed.
(* Covariances start at order 2. *)
Lemma covariance_order_low i S R : i < 2 -> covariance_order i S R = 0.
Proof.
  intros Hi. unfold covariance_order. destruct (at_order_cases (Cov S R) (height (S ++ R)) i)
    as [[p [Hp ->]] | [_ ->]]; [apply Cov_above; lia | reflexivity].
Qed.

(* Order i of the terms in which tr(x w) is cut at a partner in w: one order lower for a reversal. *)
Definition inner_terms (f : list word -> nat -> nat) x w ts i := sum_cuts w (fun b y a =>
  if eqb y x then shift (f ((b ++ transpose a) :: ts)) i else f (b :: a :: ts) i).

Lemma inside_order (f : list word -> nat -> nat) (h : list word -> nat) k x w ts i :
  (forall t, h t = height t + k) -> (forall t p, h t < 2 * p -> f t p = 0) ->
  list_sum (map (fun t => at_order (f (t ++ ts)) (h ((x :: w) :: ts)) i) (inside x w)) =
  inner_terms (fun t => at_order (f t) (h t)) x w ts i.
Proof.
  intros Hh Hf. unfold inside, inner_terms. rewrite map_map. apply list_sum_ext. intros [[b y] a] Ht.
  apply in_cuts in Ht. subst w. destruct (eqb y x); simpl app.
  - set (t := (b ++ transpose a) :: ts). rewrite <- at_order_lower by apply Hf. f_equal.
    rewrite !Hh. unfold t. rewrite !height_cons. simpl. rewrite !app_length, length_transpose. simpl. lia.
  - f_equal. rewrite !Hh, !height_cons. simpl. rewrite !app_length. simpl. lia.
Qed.

(* A merger is two orders lower. *)
Definition merger_terms (f : list word -> nat -> nat) ts i :=
  list_sum (map (fun t => shift (shift (f t)) i) ts).

Lemma across_order (f : list word -> nat -> nat) (h : list word -> nat) H ts i :
  (forall t, In t ts -> h t + 4 = H) -> (forall t p, h t < 2 * p -> f t p = 0) ->
  list_sum (map (fun t => at_order (f t) H i) ts) = merger_terms (fun t => at_order (f t) (h t)) ts i.
Proof.
  intros HH Hf. apply list_sum_ext. intros t Ht. replace H with (h t + 2 + 2) by (rewrite <- (HH t Ht); lia).
  rewrite at_order_lower by (intros; apply Hf; lia). destruct i; [reflexivity |]. simpl.
  apply at_order_lower, Hf.
Qed.

Theorem order_stein i x w ts : order i ((x :: w) :: ts) =
  inner_terms (fun t j => order j t) x w ts i +
  merger_terms (fun t j => order j t) (across x w (picks ts)) i.
Proof.
  unfold order at 1. erewrite at_order_ext by apply Ex_stein. rewrite at_order_sum. unfold stein.
  rewrite map_app, list_sum_app, map_map. f_equal.
  - apply (inside_order Ex height 0); [intros; lia | apply Ex_above].
  - apply (across_order Ex height); [apply height_across | apply Ex_above].
Qed.

Theorem covariance_order_stein i x w S R : covariance_order i ((x :: w) :: S) R =
  inner_terms (fun t j => covariance_order j t R) x w S i +
  merger_terms (fun t j => covariance_order j t R) (across x w (picks S)) i +
  merger_terms (fun t j => order j t) (bridges x w S R) i.
Proof.
  unfold covariance_order at 1. erewrite at_order_ext by apply Cov_stein.
  rewrite at_order_plus, !at_order_sum. unfold stein.
  rewrite map_app, list_sum_app, map_map. f_equal; [f_equal |].
  - apply (inside_order (fun t => Cov t R) (fun t => height (t ++ R)) (height R)).
    + intros. apply height_app.
    + intros. apply Cov_above. lia.
  - apply (across_order (fun t => Cov t R) (fun t => height (t ++ R))).
    + intros t Ht. apply height_across in Ht. rewrite !height_app. lia.
    + intros. apply Cov_above. lia.
  - apply (across_order Ex height); [|apply Ex_above].
    intros t Ht. now apply in_bridges, height_across in Ht.
Qed.

(* Single traces: the coefficient of n^-i in E tr(w)/n. *)
Definition mean i w := order i [w].

Lemma mean_odd i w : Nat.odd (length w) = true -> mean i w = 0.
Proof. intros H. apply order_odd. rewrite letters_cons. now rewrite Nat.add_0_r. Qed.
Lemma mean_empty i : mean i [] = if i =? 0 then 1 else 0.
Proof.
  destruct i as [|[|i]]; [reflexivity | reflexivity |]. apply at_order_none. unfold height. simpl. lia.
Qed.

Lemma mean_stein i x w : mean i (x :: w) = sum_cuts w (fun b y a =>
  if eqb y x then shift (fun j => mean j (b ++ transpose a)) i else order i [b; a]).
Proof. unfold mean at 1. rewrite order_stein. unfold merger_terms. simpl. apply Nat.add_0_r. Qed.

Lemma order_two i u v :
  order i [u; v] = conv (fun j => mean j u) (fun j => mean j v) i + covariance_order i [u] [v].
Proof. apply (order_product i [u] [v]). Qed.

(* The loop equations at orders 0, 1 and 2 *)
Theorem mean_stein_0 x w : mean 0 (x :: w) = sum_cuts w (fun b y a =>
  if eqb y x then 0 else mean 0 b * mean 0 a).
Proof.
  rewrite mean_stein. apply sum_cuts_ext. intros b y a _. destruct (eqb y x); [reflexivity |].
  rewrite order_two, covariance_order_low by lia. unfold conv. simpl. lia.
Qed.
Theorem mean_stein_1 x w : mean 1 (x :: w) = sum_cuts w (fun b y a =>
  if eqb y x then mean 0 (b ++ transpose a) else mean 0 b * mean 1 a + mean 1 b * mean 0 a).
Proof.
  rewrite mean_stein. apply sum_cuts_ext. intros b y a _. destruct (eqb y x); [reflexivity |].
  rewrite order_two, covariance_order_low by lia. unfold conv. simpl. lia.
Qed.
Theorem mean_stein_2 x w : mean 2 (x :: w) = sum_cuts w (fun b y a =>
  if eqb y x then mean 1 (b ++ transpose a)
  else mean 0 b * mean 2 a + mean 1 b * mean 1 a + mean 2 b * mean 0 a + covariance b a).
Proof.
  rewrite mean_stein. apply sum_cuts_ext. intros b y a _. destruct (eqb y x); [reflexivity |].
  rewrite order_two. unfold conv, covariance. simpl. lia.
Qed.
