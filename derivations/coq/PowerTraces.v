(* Powers of a large Gaussian matrix are orthogonal (power-traces), and words of three powers.

   [power_traces]: the limit of E tr(M^a M'^b)/n is delta_ab, for every a and b; equally the coefficient of
   n^((a+b)/2 + 1) in E tr(W^a W'^b), [power_traces_coefficient].  Of the first letter's partners only splits
   count, and there both parts must be balanced; which leaves one partner at most. *)
Require Import List Arith Lia Bool.
Import ListNotations.
From NTK Require Import Words Factorisation Orders.

(* A sum with one term that counts *)
Lemma below_one k j c : below k (fun i => if i =? j then c else 0) = if j <? k then c else 0.
Proof.
  induction k; simpl; [reflexivity |]. rewrite IHk.
  destruct (Nat.eqb_spec k j), (Nat.ltb_spec j k), (Nat.ltb_spec j (S k)); lia.
Qed.

(* A run of a letter x, and one of its transpose *)
Notation run x k := (repeat x k).
Notation corun x k := (repeat (negb x) k).

Lemma eqb_negb x : eqb (negb x) x = false.
Proof. now destruct x. Qed.
Lemma run_corun x k : run x k = corun (negb x) k.
Proof. now rewrite negb_involutive. Qed.

(* The partner of x at order 0 is a transpose, with both parts balanced: a run of x has none. *)
Lemma no_partner_0 x k (f : word -> bool -> word -> nat) :
  sum_cuts (run x k) (fun b y a => if eqb y x then 0 else f b y a) = 0.
Proof. rewrite sum_cuts_power. apply below_zero. intros. now rewrite eqb_reflx. Qed.

Lemma mean_run x k : mean 0 (run x k) = if k =? 0 then 1 else 0.
Proof. destruct k; [reflexivity |]. simpl repeat. rewrite mean_stein_0. apply no_partner_0. Qed.

Theorem mean_two_powers x a b : mean 0 (run x a ++ corun x b) = if a =? b then 1 else 0.
Proof.
  revert b. induction a as [|a IH]; intros b.
  - simpl app. rewrite mean_run. now destruct b.
  - simpl app. rewrite mean_stein_0, sum_cuts_app, no_partner_0, sum_cuts_power.
    rewrite (below_ext _ _ (fun i => if i =? a then if S a =? b then 1 else 0 else 0)).
    + rewrite below_one. destruct (Nat.eqb_spec (S a) b), (Nat.ltb_spec a b); lia.
    + intros i Hi. rewrite eqb_negb, IH, mean_run.
      destruct (Nat.eqb_spec a i), (Nat.eqb_spec i a), (Nat.eqb_spec (b - 1 - i) 0),
        (Nat.eqb_spec (S a) b); lia.
Qed.

Theorem mean_three_powers x a b c :
  mean 0 (run x a ++ corun x b ++ run x c) = if a + c =? b then 1 else 0.
Proof.
  destruct a as [|a].
  - simpl app. rewrite (run_corun x c), mean_two_powers, Nat.eqb_sym. reflexivity.
  - simpl app. rewrite mean_stein_0, !sum_cuts_app, !no_partner_0, sum_cuts_power, Nat.add_0_r.
    rewrite (below_ext _ _ (fun i => if i =? a then if S a + c =? b then 1 else 0 else 0)).
    + rewrite below_one. destruct (Nat.eqb_spec (S a + c) b), (Nat.ltb_spec a b); lia.
    + intros i Hi. rewrite eqb_negb, mean_two_powers, (run_corun x c), mean_two_powers.
      destruct (Nat.eqb_spec a i), (Nat.eqb_spec i a), (Nat.eqb_spec (b - 1 - i) c),
        (Nat.eqb_spec (S a + c) b); lia.
Qed.

Theorem power_traces a b : mean 0 (power_word a b) = if a =? b then 1 else 0.
Proof. apply (mean_two_powers true). Qed.

Lemma height_power_word a b : height [power_word a b] = a + b + 2.
Proof. unfold power_word. rewrite height_cons, app_length, !repeat_length. unfold height. simpl. lia. Qed.

Theorem power_traces_coefficient a b p : 2 * p = a + b + 2 -> Ex [power_word a b] p = if a =? b then 1 else 0.
Proof.
  intros H. rewrite <- power_traces. symmetry. apply at_order_power. rewrite height_power_word. lia.
Qed.
