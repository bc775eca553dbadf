(* impulse-response-prior: at initialisation the impulse responses are independent Gaussians in the limit.

   Said by moments: for any list of entries of L_j the mean of the product tends to Isserlis' sum over
   pairings, with covariance nu_C nu_F nu_W^j for an entry with itself and 0 for different entries.  Stein's
   lemma on the first row of C pairs the first entry with another, which leaves a Gram Q of F; products of
   these tend to constants (FormMoments.v).  That moments determine a Gaussian law is not part of this. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars Matrices Network ListSums Pairings Gaussian Words Factorisation Orders
  Expectation
  QuadraticForms RandomNetwork ExactMean MeanLimit ThetaPairs InverseWidth
  Covariance CovarianceLaw FormMoments.
Import ListNotations.
Open Scope scalar_scope.

(* An entry of an impulse response: lag, row, column. *)
Record entry_of_response := { lag : nat; row : nat; column : nat }.

Section ResponsePrior.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).

(* The covariance in the limit. *)
Definition prior_covariance (e f : entry_of_response) : K :=
  nu_C * nu_F * nu_W ^ lag e * (delta (lag e) (lag f) * delta (row e) (row f) * delta (column e) (column f)).

Section Width.
Variables (n : nat) (root : K).
Notation spell := (@spell K nu_W nu_F nu_C G n).

(* Row k, column q of W^j F, and L_j as a linear form in a row of C. *)
Definition chain (j q k : nat) : G := sum n (fun l => spell (repeat true j) k l * coordinate in_F q l).
Definition response_value (e : entry_of_response) : G :=
  constant (root ^ (lag e + 1)) * sum n (fun k => coordinate in_C (row e) k * chain (lag e) (column e) k).
Fixpoint responses (l : list entry_of_response) : G :=
  match l with [] => 1 | e :: l => response_value e * responses l end.

Lemma response_is_value n_x n_y e : (column e < n_x)%nat ->
  response (network G n n_x n_y root) (lag e) (row e) (column e) = response_value e.
Proof.
  intros Hq. rewrite impulse_response by exact Hq. rewrite product_assoc. unfold response_value.
  cbn [network width readout transition input Network.root]. rewrite constant_power.
  f_equal. apply sum_ext. intros k Hk. f_equal. apply sum_ext. intros l _. now rewrite spell_power.
Qed.

Lemma free_chain j q k : free in_C (chain j q k).
Proof. apply free_sum. intros l. apply free_mul; [now apply free_spell | now apply free_coordinate]. Qed.

(* Two chains meet in a Gram of F. *)
Lemma chains_meet i j q q' :
  sum n (fun k => chain i q k * chain j q' k) = form n in_F (spell (power_word' i j)) q q'.
Proof.
  unfold chain, form.
  rewrite (sum_ext n _ (fun k => sum n (fun l => sum n (fun m =>
    spell (repeat true i) k l * coordinate in_F q l * (spell (repeat true j) k m * coordinate in_F q' m))))).
  2:{ intros k _. rewrite <- sum_mul_r. apply sum_ext. intros l _. now rewrite sum_mul_l. }
  rewrite sum_swap. apply sum_ext. intros l Hl. rewrite sum_swap. apply sum_ext. intros m Hm.
  unfold power_word'. rewrite spell_app by exact Hl. rewrite <- sum_mul_l, <- sum_mul_r.
  apply sum_ext. intros k Hk. change false with (negb true).
  rewrite <- transpose_repeat, spell_transpose by assumption. ring.
Qed.

Lemma response_derivative y k e : (k < n)%nat -> coordinate_derivative in_C y k (response_value e) =
  constant (root ^ (lag e + 1)) * (delta y (row e) * chain (lag e) (column e) k).
Proof.
  intros Hk. unfold response_value. rewrite coordinate_derivative_mul, free_constant.
  transitivity (constant (root ^ (lag e + 1)) * sum n (fun l =>
    coordinate_derivative in_C y k (coordinate in_C (row e) l * chain (lag e) (column e) l))).
  { replace (0 * _) with (0 : G) by ring. simpl coordinate_derivative. rewrite derivative_sum. ring. }
  f_equal. rewrite (sum_ext n _ (fun l => delta k l * (delta y (row e) * chain (lag e) (column e) l))).
  - now rewrite (sum_delta n k (fun l => delta y (row e) * chain (lag e) (column e) l)).
  - intros l _. rewrite coordinate_derivative_mul, free_chain, coordinate_derivative_coordinate. simpl same.
    cbv iota. ring.
Qed.
Lemma responses_derivative y k l z : free in_C z -> coordinate_derivative in_C y k (responses l * z) =
  sum_list (choices l) (fun t =>
    coordinate_derivative in_C y k (response_value (fst t)) * (responses (snd t) * z)).
Proof.
  intros Hz. induction l as [|e l IH].
  - simpl responses. rewrite coordinate_derivative_mul, Hz, (free_one in_C). simpl. ring.
  - simpl responses.
    replace (response_value e * responses l * z) with (response_value e * (responses l * z)) by ring.
    rewrite coordinate_derivative_mul, IH. simpl choices. cbn [sum_list]. rewrite sum_list_map. f_equal.
    rewrite <- sum_list_mul_l. apply sum_list_ext. intros t _. simpl. ring.
Qed.

(* Stein's lemma on the row of C of the first response. *)
Theorem responses_step e l z : free in_C z -> expect (responses (e :: l) * z) =
  sum_list (choices l) (fun t => nu_C * delta (row e) (row (fst t)) * root ^ (lag e + lag (fst t) + 2) *
    expect (responses (snd t) *
      (form n in_F (spell (power_word' (lag e) (lag (fst t)))) (column e) (column (fst t)) * z))).
Proof.
  intros Hz. cbn [responses]. unfold response_value at 1.
  set (y := row e). set (u := chain (lag e) (column e)). set (c := root ^ (lag e + 1)).
  replace (constant c * sum n (fun k => coordinate in_C y k * u k) * responses l * z)
    with (constant c * sum n (fun k => coordinate in_C y k * (u k * (responses l * z)))).
  2:{ rewrite (sum_ext n _ (fun k => coordinate in_C y k * u k * (responses l * z))) by (intros; ring).
      rewrite sum_mul_r. ring. }
  rewrite expect_constant_mul, expect_sum.
  rewrite (sum_ext n _ (fun k => sum_list (choices l) (fun t =>
    nu_C * delta y (row (fst t)) * root ^ (lag (fst t) + 1) *
    expect (u k * chain (lag (fst t)) (column (fst t)) k * (responses (snd t) * z))))).
  - rewrite sum_sum_list, <- sum_list_mul_l. apply sum_list_ext. intros t _.
    rewrite sum_mul_l, <- expect_sum, sum_mul_r. unfold u. rewrite chains_meet. unfold c.
    replace (lag e + lag (fst t) + 2)%nat with ((lag e + 1) + (lag (fst t) + 1))%nat by lia.
    rewrite (power_add root (lag e + 1)).
    set (Q := form n in_F (spell (power_word' (lag e) (lag (fst t)))) (column e) (column (fst t))).
    replace (Q * (responses (snd t) * z)) with (responses (snd t) * (Q * z)) by ring. ring.
  - intros k Hk. rewrite coordinate_stein, coordinate_derivative_mul. unfold u at 1. rewrite free_chain.
    rewrite responses_derivative by exact Hz.
    match goal with |- context [expect (0 * ?a + ?b)] => replace (0 * a + b) with b by ring end.
    rewrite <- sum_list_mul_l, expect_sum_list, <- sum_list_mul_l. apply sum_list_ext. intros t _.
    rewrite response_derivative by exact Hk. simpl variance_of.
    replace (u k * (constant (root ^ (lag (fst t) + 1)) * (delta y (row (fst t)) *
        chain (lag (fst t)) (column (fst t)) k) * (responses (snd t) * z)))
      with (constant (root ^ (lag (fst t) + 1)) * (delta y (row (fst t)) *
        (u k * chain (lag (fst t)) (column (fst t)) k * (responses (snd t) * z)))) by ring.
    rewrite expect_constant_mul, expect_delta_mul. ring.
Qed.
End Width.

(* Responses and Grams of F together. *)
Lemma responses_and_forms_limit l fs : exists c1, begins
  (fun n root => root ^ form_height fs * expect (responses n root l * forms G in_F n fs))
  (gaussian_moment prior_covariance l * form_limits (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) in_F fs) c1.
Proof.
  remember (length l) as k eqn:Hk. assert (length l <= k)%nat as Hl by lia. clear Hk. revert l fs Hl.
  induction k as [|k IH]; intros [|e l] fs Hl; try (simpl in Hl; lia).
  1, 2: destruct (forms_limit G in_F eq_refl fs []) as [c Hc]; exists c; eapply begins_values;
    [eapply begins_ext; [|exact Hc] | |reflexivity];
    [intros n root _; unfold normalised_forms; cbn [responses traces]; rewrite Nat.add_0_r; do 2 f_equal; ring
    | rewrite leading_nil; unfold gaussian_moment; simpl; ring].
  assert (forall t, In t (choices l) -> (length (snd t) <= k)%nat) as Hlen
    by (intros t Ht; apply choices_length in Ht; simpl in Hl; lia).
  rewrite gaussian_moment_cons, <- sum_list_mul_r.
  assert (exists c1, begins (fun n root => sum_list (choices l) (fun t => nu_C * delta (row e) (row (fst t)) *
      (root ^ form_height (Form (power_word' (lag e) (lag (fst t))) (column e) (column (fst t)) :: fs) *
       expect (responses n root (snd t) *
         forms G in_F n (Form (power_word' (lag e) (lag (fst t))) (column e) (column (fst t)) :: fs)))))
    (sum_list (choices l) (fun t => prior_covariance e (fst t) * gaussian_moment prior_covariance (snd t) *
       form_limits (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) in_F fs)) c1) as [c Hc].
  { revert Hlen. generalize (choices l). intros ts Hts. induction ts as [|t ts IHt].
    - exists 0. exact (begins_constant 0).
    - destruct IHt as [d Hd]; [intros; apply Hts; now right |].
      destruct (IH (snd t) (Form (power_word' (lag e) (lag (fst t))) (column e) (column (fst t)) :: fs)
        (Hts t (or_introl eq_refl))) as [b Hb].
      eexists. simpl sum_list. apply begins_add; [|exact Hd].
      eapply begins_values; [apply begins_scale; exact Hb | |reflexivity].
      cbn [form_limits]. unfold form_limit, prior_covariance. cbn [form_word from to].
      unfold leading.
      change [power_word' (lag e) (lag (fst t))] with (words in_F (Some (lag e, lag (fst t)))).
      rewrite letters_words, order_words. cbn [lag_sum diagonal].
      destruct (Nat.eqb_spec (lag e) (lag (fst t))) as [<-|Hn].
      + fold (half (lag e) (lag e)). rewrite half_diagonal, delta_same. simpl. ring.
      + assert (delta (lag e) (lag (fst t)) = 0 :> K) as ->
          by (unfold delta; apply Nat.eqb_neq in Hn as ->; reflexivity). simpl. ring. }
  exists c. eapply begins_ext; [|exact Hc]. intros n root _.
  rewrite responses_step.
  - rewrite <- sum_list_mul_l. apply sum_list_ext. intros t _. rewrite form_height_cons.
    cbn [forms]. unfold form_value. cbn [form_word from to]. change power_word' with (gram_word in_F).
    rewrite length_gram_word.
    rewrite (power_add root _ (form_height fs)). ring.
  - clear. induction fs as [|f fs IH]; [apply free_one |]. apply free_mul; [|exact IH].
    apply free_form; [reflexivity |]. intros. now apply free_spell.
Qed.

(* The moments of the impulse responses of the network tend to those of independent Gaussians. *)
Theorem impulse_response_prior n_x n_y l : (forall e, In e l -> (column e < n_x)%nat) -> exists c1,
  begins (fun n root => expect (fold_right (fun e y =>
      response (network G n n_x n_y root) (lag e) (row e) (column e) * y) 1 l))
    (gaussian_moment prior_covariance l) c1.
Proof.
  intros Hl. destruct (responses_and_forms_limit l []) as [c Hc]. exists c.
  eapply begins_values; [eapply begins_ext; [|exact Hc] | |reflexivity].
  - intros n root _. cbn [forms].
    assert (fold_right (fun e y => response (network G n n_x n_y root) (lag e) (row e) (column e) * y) 1 l
      = responses n root l) as ->.
    { clear Hc. induction l as [|e l IH]; [reflexivity |]. cbn [fold_right responses].
      rewrite response_is_value by (apply Hl; now left). f_equal. apply IH. intros. apply Hl. now right. }
    replace (responses n root l * 1) with (responses n root l) by ring.
    change (form_height []) with O. simpl. ring.
  - simpl. ring.
Qed.

(* In particular the variance: nu_C nu_F nu_W^j. *)
Corollary response_variance e : gaussian_moment prior_covariance [e; e] = nu_C * nu_F * nu_W ^ lag e.
Proof.
  rewrite gaussian_moment_cons. simpl. unfold prior_covariance, gaussian_moment. rewrite !delta_same. simpl.
  ring.
Qed.
End ResponsePrior.
