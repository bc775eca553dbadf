(* lag-weights and finite-width-mean: the first two coefficients of E Theta_ij in powers of 1/n, for every i
   and j.

   The coefficient of n^{-r} is a polynomial in the variances, [mean_coefficient], and holds at every width
   n.  At order 0 the means of two traces factor, and by power-traces rho_i delta_ij is left; at order 1 one
   of the two factors is at order 1, and crosscap-traces counts it. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars Weights Words Factorisation Orders PowerTraces Crosscap Gaussian Expectation
  RandomNetwork ExactMean.
Import ListNotations.
Open Scope scalar_scope.

(* ---- The whole numbers ---- *)
Section Counting.
Open Scope nat_scope.

(* A double sum along its diagonal. *)
Lemma below_diagonal i j g :
  below i (fun a => below j (fun b => if a =? b then g a b else 0)) = below (Nat.min i j) (fun a => g a a).
Proof.
  assert (forall a, below j (fun b => if a =? b then g a b else 0) = if a <? j then g a a else 0) as H.
  { intros a. induction j as [|j IH]; [reflexivity |]. simpl. rewrite IH.
    destruct (Nat.eqb_spec a j), (Nat.ltb_spec a j), (Nat.ltb_spec a (S j)); subst; lia. }
  rewrite (below_ext i _ _ (fun a _ => H a)). destruct (Nat.le_ge_cases i j) as [Hij|Hij].
  - rewrite Nat.min_l by exact Hij. apply below_ext. intros a Ha. destruct (Nat.ltb_spec a j); lia.
  - rewrite Nat.min_r by exact Hij. symmetry.
    rewrite (below_range j i) by (intros; lia || (destruct (Nat.ltb_spec i0 j); lia)).
    reflexivity.
Qed.

Lemma below_swap i j g : below i (fun a => below j (g a)) = below j (fun b => below i (fun a => g a b)).
Proof. induction i; simpl; [now rewrite below_zero | now rewrite IHi, below_plus]. Qed.
Lemma below_const k c : below k (fun _ => c) = k * c.
Proof. induction k; simpl; lia. Qed.

(* Two traces at order 0 and 1: the means of traces factor. *)
Lemma order_pair_0 u v : order 0 [u; v] = mean 0 u * mean 0 v.
Proof. rewrite order_two, covariance_order_low by lia. unfold conv. simpl. lia. Qed.
Lemma order_pair_1 u v : order 1 [u; v] = mean 0 u * mean 1 v + mean 1 u * mean 0 v.
Proof. rewrite order_two, covariance_order_low by lia. unfold conv. simpl. lia. Qed.

Lemma single_coefficient_0 i j : single_coefficient i j 0 = if i =? j then 1 else 0.
Proof. apply power_traces. Qed.
Lemma single_coefficient_1 i j :
  single_coefficient i j 1 = if Nat.odd (i + j) || (i =? j) then 0 else Nat.min i j + 1.
Proof. apply crosscap_traces. Qed.

(* At order 0 only a = b, and for these j - 1 - b = i - 1 - a only on the diagonal. *)
Lemma pair_coefficient_0 i j : pair_coefficient i j 0 = if i =? j then i else 0.
Proof.
  unfold pair_coefficient, pair_words.
  rewrite (below_ext i _ (fun a => below j (fun b => if a =? b then if i =? j then 1 else 0 else 0))).
  - rewrite below_diagonal, below_const. destruct (Nat.eqb_spec i j) as [->|]; [rewrite Nat.min_id |]; lia.
  - intros a Ha. apply below_ext. intros b Hb. rewrite order_pair_0, !power_traces.
    destruct (Nat.eqb_spec a b), (Nat.eqb_spec (j - 1 - b) (i - 1 - a)), (Nat.eqb_spec i j); lia.
Qed.

(* At order 1 one of the traces is at order 0, on its diagonal, and the other is at order 1. *)
Definition crosscap a b := if Nat.odd (a + b) || (a =? b) then 0 else Nat.min a b + 1.
Lemma crosscap_sym a b : crosscap a b = crosscap b a.
Proof. unfold crosscap. now rewrite Nat.add_comm, Nat.eqb_sym, Nat.min_comm. Qed.
Lemma below_crosscap i j : Nat.odd (i + j) || (i =? j) = false ->
  2 * below (Nat.min i j) (fun a => crosscap (i - 1 - a) (j - 1 - a)) = Nat.min i j * (Nat.min i j + 1).
Proof.
  intros H. apply orb_false_iff in H as [Ho Hn]. apply Nat.eqb_neq in Hn. set (m := Nat.min i j).
  rewrite (below_ext m _ (fun a => m - a)).
  - rewrite below_reverse. rewrite (below_ext m _ (fun a => a + 1)) by (intros; lia).
    clearbody m. clear. induction m as [|m IH]; [reflexivity |]. simpl below. nia.
  - intros a Ha. unfold crosscap. replace (Nat.odd (i - 1 - a + (j - 1 - a))) with false.
    + destruct (Nat.eqb_spec (i - 1 - a) (j - 1 - a)); simpl; lia.
    + symmetry. rewrite <- Ho. replace (i + j) with (i - 1 - a + (j - 1 - a) + 2 * (a + 1)) by lia.
      symmetry. apply Nat.odd_add_mul_2.
Qed.
Lemma pair_coefficient_1 i j :
  pair_coefficient i j 1 = if Nat.odd (i + j) || (i =? j) then 0 else Nat.min i j * (Nat.min i j + 1).
Proof.
  unfold pair_coefficient, pair_words.
  rewrite (below_ext i _ (fun a => below j (fun b => if a =? b then crosscap (i - 1 - a) (j - 1 - b) else 0) +
    below j (fun b => if i - 1 - a =? j - 1 - b then crosscap a b else 0))).
  2:{ intros a Ha. rewrite <- below_plus. apply below_ext. intros b Hb.
      rewrite order_pair_1, !power_traces, !crosscap_traces.
      fold (crosscap (j - 1 - b) (i - 1 - a)) (crosscap a b).
      rewrite (crosscap_sym (j - 1 - b)), (Nat.eqb_sym (j - 1 - b)).
      destruct (a =? b), (i - 1 - a =? j - 1 - b); lia. }
  rewrite below_plus, below_diagonal.
  assert (below i (fun a => below j (fun b => if i - 1 - a =? j - 1 - b then crosscap a b else 0)) =
          below (Nat.min i j) (fun a => crosscap (i - 1 - a) (j - 1 - a))) as ->.
  { rewrite <- (below_diagonal i j (fun a b => crosscap (i - 1 - a) (j - 1 - b))).
    rewrite below_reverse. apply below_ext. intros a Ha. rewrite below_reverse. apply below_ext.
    intros b Hb. replace (i - 1 - (i - 1 - a)) with a by lia.
    now replace (j - 1 - (j - 1 - b)) with b by lia. }
  destruct (Nat.odd (i + j) || (i =? j)) eqn:H; [|apply below_crosscap in H; lia].
  rewrite below_zero; [reflexivity |]. intros a Ha. unfold crosscap.
  replace (Nat.odd (i - 1 - a + (j - 1 - a))) with (Nat.odd (i + j)).
  - apply orb_true_iff in H as [->|H]; [reflexivity |]. apply Nat.eqb_eq in H as ->.
    rewrite Nat.eqb_refl. now rewrite orb_true_r.
  - replace (i + j) with (i - 1 - a + (j - 1 - a) + 2 * (a + 1)) by lia. apply Nat.odd_add_mul_2.
Qed.
End Counting.

(* ---- The coefficients of E Theta_ij ---- *)
Section MeanLimit.
Context {K : Ring}.
Add Ring scalars : (laws K).
Variables nu_W nu_F nu_C : K.

(* That of n^{-r}; it does not depend on n. *)
Definition mean_coefficient (i j r : nat) : K :=
  nu_C * nu_F * nu_W ^ (half i j - 1) * whole (pair_coefficient i j r) +
  nu_W ^ half i j * (nu_C + nu_F) * whole (single_coefficient i j r).

Lemma half_diagonal i : half i i = i.
Proof. unfold half. replace (i + i)%nat with (i * 2)%nat by lia. now apply Nat.div_mul. Qed.

(* Order 0, for every i and j: what the lag kernel becomes with the Grams' limits. *)
Theorem limit_of_mean i j : mean_coefficient i j 0 = kernel_limit nu_W nu_F nu_C i j.
Proof.
  rewrite kernel_limit_is_diagonal, lag_weights. unfold mean_coefficient, delta.
  rewrite pair_coefficient_0, single_coefficient_0. destruct (Nat.eqb_spec i j) as [<-|].
  - rewrite half_diagonal. simpl. ring.
  - simpl. ring.
Qed.
Corollary limit_of_mean_diagonal i j : mean_coefficient i j 0 = rho nu_W nu_F nu_C i * delta i j.
Proof. rewrite limit_of_mean. apply kernel_limit_is_diagonal. Qed.

(* Order 1: nothing on the diagonal and at odd offsets, and beside it the law of one crosscap. *)
Theorem first_order_diagonal i : mean_coefficient i i 1 = 0.
Proof.
  unfold mean_coefficient. rewrite pair_coefficient_1, single_coefficient_1, Nat.eqb_refl, orb_true_r.
  simpl. ring.
Qed.
Theorem first_order_odd i j : Nat.odd (i + j) = true -> mean_coefficient i j 1 = 0.
Proof.
  intros H. unfold mean_coefficient. rewrite pair_coefficient_1, single_coefficient_1, H. simpl. ring.
Qed.
Theorem first_order_even i j : Nat.even (i + j) = true -> i <> j ->
  mean_coefficient i j 1 =
  whole (Nat.min i j) * nu_C * nu_F * nu_W ^ ((i + j) / 2 - 1) * (whole (Nat.min i j) + 1) +
  nu_W ^ ((i + j) / 2) * (whole (Nat.min i j) + 1) * (nu_C + nu_F).
Proof.
  intros He Hn. unfold mean_coefficient. rewrite pair_coefficient_1, single_coefficient_1.
  rewrite <- Nat.negb_even, He. apply Nat.eqb_neq in Hn as ->. cbn [negb orb]. fold (half i j).
  rewrite whole_mul, whole_add. simpl. ring.
Qed.

(* At odd offsets there is nothing at any order. *)
Lemma mean_coefficient_odd i j r : Nat.odd (i + j) = true -> mean_coefficient i j r = 0.
Proof.
  intros H. unfold mean_coefficient, pair_coefficient, single_coefficient.
  rewrite order_odd by (rewrite letters_power_word; cbn; now rewrite Nat.add_0_r).
  rewrite below_zero; [simpl; ring |]. intros a Ha. apply below_zero. intros b Hb. apply order_odd.
  pose proof (letters_pair_words i j a b Ha Hb) as Hl. rewrite <- H, <- Hl, Nat.odd_add.
  symmetry. apply xorb_false_r.
Qed.

(* The expansion of the mean at every width, in powers of 1/n = root * root, up to order (i + j)/2 + 1. *)
Section Expansion.
Context {G : Gaussian K nu_W nu_F nu_C}.
Variables (n n_x n_y : nat) (root : K).
Hypothesis root_of_inverse : whole n * (root * root) = 1.
Variables (i j y x y' x' : nat).
Hypotheses (Hy : (y < n_y)%nat) (Hx : (x < n_x)%nat) (Hx' : (x' < n_x)%nat).

Theorem mean_expansion : expect (Theta G n n_x n_y root i j y x y' x') =
  delta y y' * delta x x' * sum (half i j + 2) (fun r => mean_coefficient i j r * (root * root) ^ r).
Proof.
  destruct (Nat.even (i + j)) eqn:He.
  - rewrite exact_mean by assumption. unfold mean_trace, mean_trace_pairs, polynomial, mean_coefficient.
    f_equal. rewrite <- !sum_mul_l, <- sum_add. apply sum_ext. intros. ring.
  - assert (Nat.odd (i + j) = true) as Ho by (rewrite <- Nat.negb_even; now rewrite He).
    rewrite exact_mean_odd, sum_vanishing by
      (assumption || (intros; rewrite (mean_coefficient_odd i j) by exact Ho; ring)). ring.
Qed.

(* finite-width-mean: E Theta_ij = rho_i delta_ij + Theta1_ij / n + n^{-2} (a polynomial in 1/n, the same
   for all n). *)
Theorem finite_width_mean : expect (Theta G n n_x n_y root i j y x y' x') = delta y y' * delta x x' *
  (rho nu_W nu_F nu_C i * delta i j + mean_coefficient i j 1 * (root * root) +
   (root * root) * (root * root) *
   sum (half i j) (fun r => mean_coefficient i j (r + 2) * (root * root) ^ r)).
Proof.
  rewrite mean_expansion. replace (half i j + 2)%nat with (S (S (half i j))) by lia. rewrite !sum_first.
  rewrite limit_of_mean_diagonal.
  rewrite (sum_ext (half i j) _ (fun r => (root * root) * (root * root) *
    (mean_coefficient i j (r + 2) * (root * root) ^ r)))
    by (intros a _; replace (a + 2)%nat with (S (S a)) by lia; simpl power; ring).
  rewrite sum_mul_l. simpl power. ring.
Qed.
End Expansion.
End MeanLimit.
