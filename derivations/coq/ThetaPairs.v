(* The mean of a product of two entries of the lag kernel, exactly at every width.

   An entry of Theta is a sum of [terms], each a product of a Gram of C (or delta) and one of F (or delta).
   In the mean of a product of two terms the Grams of C are apart, each with its trace, or they are joined
   in one trace, which costs 1/n; and so are the two of F.  [term_pair_expect] sums over these [pairings] the
   means of traces of words in W alone. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars Network LagKernel ListSums Gaussian Words Factorisation Orders Expectation
  QuadraticForms RandomNetwork ExactMean InverseWidth.
Import ListNotations.
Open Scope scalar_scope.

(* A Gram of lags a, b, or none. *)
Notation lags := (option (nat * nat)).
Definition gram_word (p : block) : nat -> nat -> word :=
  match p with in_F => power_word' | _ => power_word end.
Definition words (p : block) (o : lags) : list word :=
  match o with None => [] | Some (a, b) => [gram_word p a b] end.

(* The terms of Theta_ij: the Gram of C and the Gram of F. *)
Definition terms (i j : nat) : list (lags * lags) :=
  (None, Some (i, j)) :: (Some (i, j), None) ::
  flat_map (fun a =>
    map (fun b => (Some (a, b), Some ((i - 1 - a)%nat, (j - 1 - b)%nat))) (seq 0 j)) (seq 0 i).

Section ThetaPairs.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Notation variance := (variance_of nu_W nu_F nu_C).

Definition weight (p : block) (o : lags) : K := match o with None => 1 | Some _ => variance p end.

(* How two Grams v_x' A v_y and v_u' B v_v are joined in one trace, A B' or A B. *)
Definition joined (p : block) (o1 o2 : lags) (x y u v : nat) : list (K * word) :=
  match o1, o2 with
  | Some (a, b), Some (c, d) =>
      [(variance p * variance p * (delta x u * delta y v), gram_word p a b ++ transpose (gram_word p c d));
       (variance p * variance p * (delta x v * delta y u), gram_word p a b ++ gram_word p c d)]
  | _, _ => []
  end.

(* The pairings of two Grams: the power of 1/n, the coefficient and the traces. *)
Definition pairings (p : block) (o1 o2 : lags) (x y u v : nat) : list (nat * K * list word) :=
  (0%nat, delta x y * delta u v * (weight p o1 * weight p o2), words p o1 ++ words p o2) ::
  map (fun t => (1%nat, fst t, [snd t])) (joined p o1 o2 x y u v).

Section Width.
Variables (n n_x n_y : nat) (root : K).
Notation spell := (@spell K nu_W nu_F nu_C G n).
Notation traces ts := (traces n ts : G).
Notation normalised := (normalised (G := G) n root).

Definition gram (p : block) (o : lags) (x y : nat) : G :=
  match o with
  | None => delta x y
  | Some (a, b) => constant (root ^ (a + b + 2)) * form n p (spell (gram_word p a b)) x y
  end.

Lemma Theta_terms i j y x y' x' : (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat ->
  Theta G n n_x n_y root i j y x y' x' =
  sum_list (terms i j) (fun t => gram in_C (fst t) y y' * gram in_F (snd t) x x').
Proof.
  intros Hy Hx Hx'. unfold Theta. rewrite lag_kernel_convolution by assumption.
  rewrite right_gram_form, left_gram_form. simpl. rewrite sum_list_flat_map, sum_list_seq.
  rewrite (sum_ext i (fun a => sum_list _ _) (fun a => sum j (fun b =>
    left_gram (network G n n_x n_y root) a b y y' *
    right_gram (network G n n_x n_y root) (i - 1 - a) (j - 1 - b) x x'))).
  - ring.
  - intros a _. rewrite sum_list_map, sum_list_seq. apply sum_ext. intros b _.
    now rewrite right_gram_form, left_gram_form.
Qed.

Lemma length_gram_word p a b : length (gram_word p a b) = (a + b)%nat.
Proof. destruct p; simpl; unfold power_word, power_word'; now rewrite app_length, !repeat_length. Qed.
Lemma height_word w : height [w] = (length w + 2)%nat.
Proof. unfold height. cbn. lia. Qed.

Lemma free_traces p ts : same p in_W = false -> free p (traces ts).
Proof.
  intros H. induction ts as [|w ts IH]; simpl; [apply free_one |].
  apply free_mul; [|exact IH]. apply free_sum. intros. now apply free_spell.
Qed.
Lemma free_constant p c : free p (constant c : G).
Proof. intros x k. destruct p; apply (derivative_constant _ _ _ _ G). Qed.
Lemma free_gram p q o x y : same p q = false -> same p in_W = false -> free p (gram q o x y).
Proof.
  intros H HW. destruct o as [[a b]|]; simpl; [|apply free_delta].
  apply free_mul; [apply free_constant |]. apply free_form; [exact H |]. intros. now apply free_spell.
Qed.

(* One Gram *)
Lemma gram_expect p o x y z : same p in_W = false -> free p z ->
  expect (gram p o x y * z) =
  delta x y * weight p o * (root ^ height (words p o) * expect (traces (words p o) * z)).
Proof.
  intros HW Hz. destruct o as [[a b]|]; simpl gram.
  - replace (constant (root ^ (a + b + 2)) * form n p (spell (gram_word p a b)) x y * z)
      with (constant (root ^ (a + b + 2)) * (form n p (spell (gram_word p a b)) x y * z)) by ring.
    rewrite expect_constant_mul, form_expect by (assumption || (intros; now apply free_spell)).
    unfold words. rewrite height_word, length_gram_word. simpl weight. simpl Expectation.traces.
    fold (trace n (gram_word p a b) : G).
    replace (trace n (gram_word p a b) * 1 * z : G) with (trace n (gram_word p a b) * z : G) by ring. ring.
  - rewrite expect_delta_mul. simpl. replace (1 * z) with z by ring. ring.
Qed.

(* Two Grams *)
Lemma gram_pair p o1 o2 x y u v z : same p in_W = false -> free p z ->
  expect (gram p o1 x y * (gram p o2 u v * z)) =
  sum_list (pairings p o1 o2 x y u v) (fun q => snd (fst q) * (root * root) ^ fst (fst q) *
    (root ^ height (snd q) * expect (traces (snd q) * z))).
Proof.
  intros HW Hz. unfold pairings. cbn [sum_list fst snd]. rewrite sum_list_map.
  destruct o1 as [[a b]|].
  2:{ simpl gram at 1. rewrite expect_delta_mul, gram_expect by assumption. simpl. ring. }
  destruct o2 as [[c d]|].
  2:{ replace (gram p (Some (a, b)) x y * (gram p None u v * z))
        with (delta u v * (gram p (Some (a, b)) x y * z)) by (simpl; ring).
      rewrite expect_delta_mul, gram_expect by assumption. cbn [words app joined sum_list weight power].
      ring. }
  simpl gram.
  replace (constant (root ^ (a + b + 2)) * form n p (spell (gram_word p a b)) x y *
      (constant (root ^ (c + d + 2)) * form n p (spell (gram_word p c d)) u v * z))
    with (constant (root ^ (a + b + 2)) * (constant (root ^ (c + d + 2)) *
      (form n p (spell (gram_word p a b)) x y * (form n p (spell (gram_word p c d)) u v * z)))) by ring.
  rewrite !expect_constant_mul, form_pair_expect by (assumption || (intros; now apply free_spell)).
  cbn [joined sum_list fst snd words app weight power].
  rewrite !height_word, !app_length, length_transpose, !length_gram_word.
  replace (height [gram_word p a b; gram_word p c d]) with (a + b + 2 + (c + d + 2))%nat
    by (unfold height; cbn; rewrite !length_gram_word; lia).
  simpl Expectation.traces.
  set (A := gram_word p a b). set (B := gram_word p c d).
  replace (trace n (A ++ transpose B) : G) with (sum n (fun k => sum n (fun l => spell A k l * spell B k l))).
  2:{ rewrite trace_app. apply sum_ext. intros k Hk. apply sum_ext. intros l Hl.
      now rewrite spell_transpose. }
  replace (trace n (A ++ B) : G) with (sum n (fun k => sum n (fun l => spell A k l * spell B l k)))
    by (symmetry; apply trace_app).
  fold (trace n A : G) (trace n B : G).
  set (t := sum n (fun k => sum n (fun l => spell A k l * spell B k l))).
  set (t' := sum n (fun k => sum n (fun l => spell A k l * spell B l k))).
  replace (t * 1 * z) with (t * z) by ring. replace (t' * 1 * z) with (t' * z) by ring.
  replace (trace n A * (trace n B * 1) * z : G) with (trace n A * (trace n B * z) : G) by ring.
  rewrite !power_add. simpl power. ring.
Qed.

(* Means of terms and of products of two terms, by traces of W alone. *)
Definition term_value (y x y' x' : nat) (t : lags * lags) : G :=
  gram in_C (fst t) y y' * gram in_F (snd t) x x'.

Lemma normalised_app S R :
  root ^ height S * (root ^ height R * expect (traces S * traces R)) = normalised (S ++ R).
Proof. unfold Expectation.normalised. rewrite height_app, power_add, traces_app. ring. Qed.
Lemma term_expect y x y' x' t : expect (term_value y x y' x' t) = delta y y' * delta x x' *
  (weight in_C (fst t) * weight in_F (snd t)) * normalised (words in_C (fst t) ++ words in_F (snd t)).
Proof.
  unfold term_value. rewrite gram_expect by (reflexivity || now apply free_gram).
  replace (traces (words in_C (fst t)) * gram in_F (snd t) x x')
    with (gram in_F (snd t) x x' * traces (words in_C (fst t))) by ring.
  rewrite gram_expect by (reflexivity || now apply free_traces).
  replace (traces (words in_F (snd t)) * traces (words in_C (fst t)))
    with (traces (words in_C (fst t)) * traces (words in_F (snd t))) by ring.
  rewrite <- normalised_app. ring.
Qed.
Lemma term_pair_expect y x y' x' v u v' u' s t :
  expect (term_value y x y' x' s * term_value v u v' u' t) =
  sum_list (pairings in_C (fst s) (fst t) y y' v v') (fun q =>
  sum_list (pairings in_F (snd s) (snd t) x x' u u') (fun r =>
    snd (fst q) * snd (fst r) * (root * root) ^ (fst (fst q) + fst (fst r)) * normalised (snd q ++ snd r))).
Proof.
  unfold term_value.
  set (C1 := gram in_C (fst s) y y'). set (C2 := gram in_C (fst t) v v').
  set (F1 := gram in_F (snd s) x x'). set (F2 := gram in_F (snd t) u u').
  replace (C1 * F1 * (C2 * F2)) with (C1 * (C2 * (F1 * F2))) by ring. unfold C1, C2.
  rewrite gram_pair by (reflexivity || (apply free_mul; now apply free_gram)).
  apply sum_list_ext. intros [[e c] S] _. cbn [fst snd].
  replace (traces S * (F1 * F2)) with (F1 * (F2 * traces S)) by ring. unfold F1, F2.
  rewrite gram_pair by (reflexivity || now apply free_traces).
  rewrite <- !sum_list_mul_l. apply sum_list_ext. intros [[e' c'] R] _. cbn [fst snd].
  replace (traces R * traces S) with (traces S * traces R) by ring.
  rewrite <- normalised_app, power_add. ring.
Qed.
End Width.
End ThetaPairs.
