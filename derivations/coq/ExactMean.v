(* exact-mean: E Theta_ij at every width, for every i, j, n, n_x and n_y.

   By the lag-kernel identity Theta_ij has the shares of F, of C and of W, made of the lag Grams P_ab and
   Q_ab; these are quadratic forms of the rows of C and of the columns of F.  Stein's lemma on F and on C
   turns the mean of a form into the mean of a trace of W's words, and Expectation.v makes this a polynomial
   in 1/n. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars Network LagKernel ListSums Gaussian Words Factorisation Orders Expectation
  QuadraticForms RandomNetwork.
Import ListNotations.
Open Scope scalar_scope.

(* The words of the share of W: those of P_ab and of Q_cd with c = i - 1 - a and d = j - 1 - b. *)
Definition pair_words (i j a b : nat) : list word := [power_word a b; power_word (j - 1 - b) (i - 1 - a)].

(* p_ij and q_ij of the catalogue: their coefficients of n^{-r}, which are whole numbers, and the
   polynomials at x = 1/n.  They have no power beyond (i + j)/2 + 1. *)
Definition half (i j : nat) : nat := (i + j) / 2.
Definition single_coefficient (i j r : nat) : nat := order r [power_word i j].
Definition pair_coefficient (i j r : nat) : nat :=
  below i (fun a => below j (fun b => order r (pair_words i j a b))).
Definition mean_trace {K : Ring} (i j : nat) (x : K) : K :=
  polynomial (single_coefficient i j) (half i j + 2) x.
Definition mean_trace_pairs {K : Ring} (i j : nat) (x : K) : K :=
  polynomial (pair_coefficient i j) (half i j + 2) x.

Lemma half_double i j : Nat.even (i + j) = true -> (i + j = 2 * half i j)%nat.
Proof.
  intros H. apply Nat.even_spec in H as [h H]. unfold half. rewrite H, Nat.mul_comm, Nat.div_mul; lia.
Qed.
Lemma letters_power_word a b ts : letters (power_word a b :: ts) = (a + b + letters ts)%nat.
Proof. rewrite letters_cons. unfold power_word. now rewrite app_length, !repeat_length. Qed.
Lemma letters_pair_words i j a b : (a < i)%nat -> (b < j)%nat ->
  (letters (pair_words i j a b) + 2 = i + j)%nat.
Proof. intros Ha Hb. unfold pair_words. rewrite !letters_power_word. cbn. lia. Qed.
Lemma whole_below {K : Ring} k f : whole (below k f) = sum k (fun a => whole (f a)) :> K.
Proof. induction k; simpl; [reflexivity | now rewrite whole_add, IHk]. Qed.

Section ExactMean.
Context {K : Ring} {nu_W nu_F nu_C : K} {G : Gaussian K nu_W nu_F nu_C}.
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Variable n : nat.
Notation trace w := (trace n w : G).
Notation traces ts := (traces n ts : G).

(* tr(W'^a W^b) = tr(W^b W'^a), and transposition exchanges the powers. *)
Lemma trace_power_word' a b : trace (power_word' a b) = trace (power_word b a).
Proof. apply trace_rotate. Qed.
Lemma transpose_power_word a b : transpose (power_word a b) = power_word b a.
Proof.
  unfold transpose, power_word. rewrite map_app, rev_app_distr.
  fold (transpose (repeat true a)) (transpose (repeat false b)). now rewrite !transpose_repeat.
Qed.
Lemma trace_power_word_sym a b : trace (power_word a b) = trace (power_word b a).
Proof. rewrite <- (trace_transpose n (power_word a b)). now rewrite transpose_power_word. Qed.

(* The means of the Grams' forms, and of a product of one of either sort. *)
Lemma readout_form_expect a b y y' :
  expect (form n in_C (spell n (power_word a b) : _ -> _ -> G) y y')
  = nu_C * delta y y' * expect (traces [power_word a b]).
Proof.
  pose proof (form_expect n in_C (spell n (power_word a b) : _ -> _ -> G) y y' 1) as H.
  replace (form _ _ _ _ _) with (form n in_C (spell n (power_word a b) : _ -> _ -> G) y y' * 1) by ring.
  rewrite H by (intros; apply free_spell || apply free_one; reflexivity). reflexivity.
Qed.
Lemma input_form_expect a b x x' :
  expect (form n in_F (spell n (power_word' a b) : _ -> _ -> G) x x')
  = nu_F * delta x x' * expect (traces [power_word b a]).
Proof.
  pose proof (form_expect n in_F (spell n (power_word' a b) : _ -> _ -> G) x x' 1) as H.
  replace (form _ _ _ _ _) with (form n in_F (spell n (power_word' a b) : _ -> _ -> G) x x' * 1) by ring.
  rewrite H by (intros; apply free_spell || apply free_one; reflexivity).
  simpl Expectation.traces. rewrite <- trace_power_word'. reflexivity.
Qed.
Lemma form_product_expect a b c d y y' x x' :
  expect (form n in_C (spell n (power_word a b) : _ -> _ -> G) y y'
          * form n in_F (spell n (power_word' c d) : _ -> _ -> G) x x')
  = nu_C * nu_F * (delta y y' * delta x x') * expect (traces [power_word a b; power_word d c]).
Proof.
  rewrite form_expect.
  2:{ intros. now apply free_spell. }
  2:{ apply free_form; [reflexivity |]. intros. now apply free_spell. }
  fold (trace (power_word a b)). set (t := trace (power_word a b)).
  replace (t * form n in_F (spell n (power_word' c d)) x x')
    with (form n in_F (spell n (power_word' c d)) x x' * t) by ring.
  rewrite form_expect.
  2:{ intros. now apply free_spell. }
  2:{ apply free_sum. intros. now apply free_spell. }
  fold (trace (power_word' c d)). rewrite trace_power_word'. simpl. subst t.
  replace (trace (power_word d c) * trace (power_word a b))
    with (trace (power_word a b) * (trace (power_word d c) * 1)) by ring. ring.
Qed.

Variables n_x n_y : nat.
Variable root : K.
Hypothesis root_of_inverse : whole n * (root * root) = 1.
Notation Theta := (Theta G n n_x n_y root).
Notation normalised := (normalised (G := G) n root).

(* The mean of the lag kernel is a multiple of the identity, made of traces of W's words. *)
Theorem Theta_expect i j y x y' x' : (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat ->
  expect (Theta i j y x y' x') = delta y y' * delta x x' *
    ((nu_C + nu_F) * normalised [power_word i j] +
     nu_C * nu_F * sum i (fun a => sum j (fun b => normalised (pair_words i j a b)))).
Proof.
  intros Hy Hx Hx'. unfold RandomNetwork.Theta. rewrite lag_kernel_convolution by assumption.
  rewrite !expect_add, expect_delta_mul.
  replace (left_gram (network G n n_x n_y root) i j y y' * delta x x')
    with (delta x x' * left_gram (network G n n_x n_y root) i j y y') by ring.
  rewrite expect_delta_mul, right_gram_form, left_gram_form, !expect_constant_mul.
  rewrite input_form_expect, readout_form_expect.
  simpl Expectation.traces. rewrite (trace_power_word_sym j i). rewrite expect_sum.
  rewrite (sum_ext i _ (fun a => nu_C * nu_F * (delta y y' * delta x x') *
    sum j (fun b => normalised (pair_words i j a b)))).
  - rewrite sum_mul_l. unfold Expectation.normalised.
    replace (height [power_word i j]) with (i + j + 2)%nat
      by (unfold height; rewrite letters_power_word; cbn; lia). simpl Expectation.traces. ring.
  - intros a Ha. rewrite expect_sum, <- sum_mul_l. apply sum_ext. intros b Hb.
    rewrite right_gram_form, left_gram_form. unfold Expectation.normalised.
    replace (height (pair_words i j a b)) with (a + b + 2 + (i - 1 - a + (j - 1 - b) + 2))%nat
      by (pose proof (letters_pair_words i j a b Ha Hb); unfold height; cbn [length pair_words]; lia).
    match goal with |- expect (constant ?u * ?f * (constant ?v * ?g)) = _ =>
      replace (constant u * f * (constant v * g)) with (constant u * (constant v * (f * g))) by ring end.
    rewrite !expect_constant_mul, form_product_expect, !power_add. unfold pair_words. ring.
Qed.

(* What the two polynomials are: E tr(M^i M'^j)/n and the sum over a < i and b < j of
   E [tr(M^a M'^b) tr(M^(j-1-b) M'^(i-1-a))] / n^2, for M = W/sqrt(n) with entries of variance nu_W = 1;
   of any variance, with its power beside them. *)
Theorem mean_trace_meaning i j : Nat.even (i + j) = true ->
  normalised [power_word i j] = nu_W ^ half i j * mean_trace i j (root * root).
Proof.
  intros H. apply half_double in H. rewrite (normalised_traces n root root_of_inverse _ (half i j)).
  - simpl length. replace (S (half i j + 1)) with (half i j + 2)%nat by lia. reflexivity.
  - rewrite letters_power_word. cbn -[half]. lia.
Qed.
Theorem mean_trace_pairs_meaning i j : Nat.even (i + j) = true ->
  sum i (fun a => sum j (fun b => normalised (pair_words i j a b)))
  = nu_W ^ (half i j - 1) * mean_trace_pairs i j (root * root).
Proof.
  intros H. apply half_double in H. unfold mean_trace_pairs, polynomial, pair_coefficient.
  transitivity (sum i (fun a => sum j (fun b => nu_W ^ (half i j - 1) *
    sum (half i j + 2) (fun r => whole (order r (pair_words i j a b)) * (root * root) ^ r)))).
  - apply sum_ext. intros a Ha. apply sum_ext. intros b Hb.
    pose proof (letters_pair_words i j a b Ha Hb) as Hl.
    rewrite (normalised_traces n root root_of_inverse _ (half i j - 1)) by lia.
    f_equal. unfold polynomial. f_equal. cbn [length pair_words]. lia.
  - rewrite (sum_ext i _ (fun a => nu_W ^ (half i j - 1) * sum (half i j + 2) (fun r =>
      sum j (fun b => whole (order r (pair_words i j a b)) * (root * root) ^ r))))
      by (intros; rewrite sum_mul_l; f_equal; apply sum_swap).
    rewrite sum_mul_l, sum_swap. f_equal. apply sum_ext. intros r _.
    rewrite whole_below, <- sum_mul_r. apply sum_ext. intros a _. now rewrite whole_below, <- sum_mul_r.
Qed.

(* exact-mean.  1/n is root * root. *)
Theorem exact_mean i j y x y' x' : (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat ->
  Nat.even (i + j) = true ->
  expect (Theta i j y x y' x') = delta y y' * delta x x' *
    (nu_C * nu_F * nu_W ^ (half i j - 1) * mean_trace_pairs i j (root * root) +
     nu_W ^ half i j * (nu_C + nu_F) * mean_trace i j (root * root)).
Proof.
  intros Hy Hx Hx' H. rewrite Theta_expect by assumption.
  rewrite mean_trace_meaning, mean_trace_pairs_meaning by exact H. ring.
Qed.

Theorem exact_mean_odd i j y x y' x' : (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat ->
  Nat.odd (i + j) = true -> expect (Theta i j y x y' x') = 0.
Proof.
  intros Hy Hx Hx' H. rewrite Theta_expect by assumption. rewrite normalised_traces_odd.
  - rewrite sum_vanishing; [ring |]. intros a Ha. apply sum_vanishing. intros b Hb.
    apply normalised_traces_odd. pose proof (letters_pair_words i j a b Ha Hb) as Hl.
    rewrite <- H, <- Hl, Nat.odd_add. symmetry. apply xorb_false_r.
  - rewrite letters_power_word. cbn. now rewrite Nat.add_0_r.
Qed.
End ExactMean.
