(* The first correction to E tr(M^a M'^b)/n (crosscap-traces).

   [crosscap_traces]: its coefficient of 1/n is min(a, b) + 1 if a - b is even and not 0, else 0, for every a
   and b, in either order.  At order 1 the first letter has a partner in its own power, which reverses the
   rest to a word of order 0; or in the other power, where one of the parts is at order 0: one partner at
   most. *)
Require Import List Arith Lia Bool.
Import ListNotations.
From NTK Require Import Words Factorisation Orders PowerTraces.

Lemma transpose_app u v : transpose (u ++ v) = transpose v ++ transpose u.
Proof. unfold transpose. now rewrite map_app, rev_app_distr. Qed.
Lemma transpose_run x k : transpose (run x k) = corun x k.
Proof.
  unfold transpose. induction k; [reflexivity |]. simpl. rewrite IHk. symmetry. apply repeat_cons.
Qed.
Lemma transpose_corun x k : transpose (corun x k) = run x k.
Proof. now rewrite transpose_run, <- run_corun. Qed.

(* Letter number i + 2 of the first power leaves M^(b+i) M'^(a-1-i), of which one i makes two equal powers. *)
Lemma reversals x a b m : a + b = 2 * m + 1 ->
  below a (fun i => mean 0 (run x (i + b) ++ corun x (a - 1 - i))) = if b <? a then 1 else 0.
Proof.
  intros H. rewrite (below_ext _ _ (fun i => if i =? m - b then if b <? a then 1 else 0 else 0)).
  - rewrite below_one. destruct (Nat.ltb_spec b a), (Nat.ltb_spec (m - b) a); lia.
  - intros i Hi. rewrite mean_two_powers.
    destruct (Nat.eqb_spec (i + b) (a - 1 - i)), (Nat.eqb_spec i (m - b)), (Nat.ltb_spec b a); lia.
Qed.

(* The loop equation at order 1, for two powers *)
Lemma mean_1_two_powers_step x a b m : S a + b = 2 * m ->
  mean 1 (run x (S a) ++ corun x b) =
  (if b <? a then 1 else 0) +
  below b (fun i => mean 0 (run x a ++ corun x i) * mean 1 (corun x (b - 1 - i)) +
                    mean 1 (run x a ++ corun x i) * mean 0 (corun x (b - 1 - i))).
Proof.
  intros H. simpl app. rewrite mean_stein_1, sum_cuts_app, !sum_cuts_power.
  rewrite <- (reversals x a b (m - 1)) by lia. f_equal; apply below_ext; intros i Hi.
  - rewrite eqb_reflx, transpose_app, transpose_corun, transpose_run, app_assoc, <- repeat_app. reflexivity.
  - rewrite eqb_negb. reflexivity.
Qed.

Lemma mean_1_run x k m : k = 2 * m -> mean 1 (run x k) = if k =? 0 then 0 else 1.
Proof.
  intros H. destruct k as [|k]; [apply mean_empty |].
  rewrite <- (app_nil_r (run x (S k))). change (@nil bool) with (corun x 0).
  rewrite (mean_1_two_powers_step x k 0 m) by lia. simpl below.
  destruct (Nat.ltb_spec 0 k), (Nat.eqb_spec (S k) 0); lia.
Qed.

Theorem mean_1_two_powers x a b m : a + b = 2 * m ->
  mean 1 (run x a ++ corun x b) = if a =? b then 0 else Nat.min a b + 1.
Proof.
  revert b m. induction a as [|a IH]; intros b m H.
  - simpl app. rewrite (mean_1_run (negb x) b m) by assumption.
    destruct (Nat.eqb_spec b 0), (Nat.eqb_spec 0 b); lia.
  - rewrite (mean_1_two_powers_step x a b m) by assumption. rewrite below_plus.
    (* the first part is at order 0: both its powers are a *)
    rewrite (below_ext b (fun i => mean 0 _ * _) (fun i => if i =? a then if b =? S a then 0 else 1 else 0)).
    2:{ intros i Hi. rewrite mean_two_powers. destruct (Nat.eqb_spec a i) as [<-|Hn].
        - rewrite (mean_1_run (negb x) (b - 1 - a) (m - S a)), Nat.eqb_refl by lia.
          destruct (Nat.eqb_spec (b - 1 - a) 0), (Nat.eqb_spec b (S a)); lia.
        - destruct (Nat.eqb_spec i a); lia. }
    (* or the second, and is empty *)
    rewrite (below_ext b (fun i => mean 1 _ * _)
      (fun i => if i =? b - 1 then if a =? b - 1 then 0 else Nat.min a (b - 1) + 1 else 0)).
    2:{ intros i Hi. rewrite mean_run. destruct (Nat.eqb_spec i (b - 1)) as [->|Hn].
        - rewrite (IH (b - 1) (m - 1)) by lia. now rewrite Nat.sub_diag, Nat.mul_1_r.
        - destruct (Nat.eqb_spec (b - 1 - i) 0); lia. }
    rewrite !below_one.
    destruct (Nat.ltb_spec b a), (Nat.ltb_spec a b), (Nat.eqb_spec b (S a)), (Nat.ltb_spec (b - 1) b),
      (Nat.eqb_spec a (b - 1)), (Nat.eqb_spec (S a) b); lia.
Qed.

Theorem crosscap_traces a b :
  mean 1 (power_word a b) = if Nat.odd (a + b) || (a =? b) then 0 else Nat.min a b + 1.
Proof.
  destruct (Nat.odd (a + b)) eqn:Ho; simpl orb.
  - apply mean_odd. unfold power_word. now rewrite app_length, !repeat_length.
  - rewrite <- Nat.negb_even in Ho. apply negb_false_iff, Nat.even_spec in Ho as [m Hm].
    now apply (mean_1_two_powers true a b m).
Qed.

Theorem crosscap_coefficient a b p : 2 * (p + 1) = a + b + 2 ->
  Ex [power_word a b] p = if a =? b then 0 else Nat.min a b + 1.
Proof.
  intros H. rewrite <- (mean_1_two_powers true a b p) by lia. symmetry. apply at_order_power.
  change (repeat true a ++ corun true b) with (power_word a b). rewrite height_power_word. lia.
Qed.
