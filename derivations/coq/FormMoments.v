(* Means of products of any number of quadratic forms of Gaussian vectors, and their limits.

   Stein's lemma on the first vector of the first form closes the form, with its trace, or joins it to
   another form; a joint costs 1/n.  So the normalised mean of a product of forms with words in W begins
   with the product of the limits of the forms: they become independent constants. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Pairings Gaussian Words Factorisation Orders Expectation
  QuadraticForms InverseWidth Covariance CovarianceLaw.
Import ListNotations.
Open Scope scalar_scope.

(* The form v_x' w v_y of a word w: Form w x y. *)
Record word_form := Form { form_word : word; from : nat; to : nat }.
Definition form_height (fs : list word_form) : nat := height (map form_word fs).

(* A form of which v_y is left, joined to another form at the other's first or second vector. *)
Definition at_first (w : word) (y : nat) (f : word_form) := Form (transpose w ++ form_word f) y (to f).
Definition at_second (w : word) (y : nat) (f : word_form) := Form (form_word f ++ w) (from f) y.

Section FormMoments.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Notation variance := (variance_of nu_W nu_F nu_C).
Notation leading := (@leading K nu_W).
Variable p : block.
Hypothesis not_in_W : same p in_W = false.

Lemma leading_app S R : leading (S ++ R) = leading S * leading R.
Proof.
  unfold Covariance.leading. rewrite order_0_app, letters_app, whole_mul.
  destruct (Nat.Even_or_Odd (letters S)) as [[h H]|H].
  - rewrite H, (Nat.mul_comm 2 h), Nat.div_add_l, Nat.div_mul, power_add by lia. ring.
  - rewrite (order_odd 0 S) by (now apply Nat.odd_spec). simpl. ring.
Qed.
Lemma leading_nil : leading [] = 1.
Proof. unfold Covariance.leading. simpl. ring. Qed.

Section Width.
Variable n : nat.
Notation spell := (@spell K nu_W nu_F nu_C G n).
Notation traces ts := (traces n ts : G).

Definition form_value (f : word_form) : G := form n p (spell (form_word f)) (from f) (to f).
Fixpoint forms (fs : list word_form) : G := match fs with [] => 1 | f :: fs => form_value f * forms fs end.

Lemma coordinate_derivative_traces x k ts : coordinate_derivative p x k (traces ts) = 0.
Proof.
  revert x k. induction ts as [|w ts IH]; simpl; [apply free_one |].
  apply free_mul; [|exact IH]. apply free_sum. intros. now apply free_spell.
Qed.

(* The product rule on forms. *)
Lemma forms_derivative x k fs z : free p z -> coordinate_derivative p x k (forms fs * z) =
  sum_list (choices fs) (fun t => coordinate_derivative p x k (form_value (fst t)) * (forms (snd t) * z)).
Proof.
  intros Hz. induction fs as [|f fs IH].
  - simpl. rewrite coordinate_derivative_mul, Hz, free_one. ring.
  - simpl forms. replace (form_value f * forms fs * z) with (form_value f * (forms fs * z)) by ring.
    rewrite coordinate_derivative_mul, IH. simpl. rewrite sum_list_map. f_equal.
    rewrite <- sum_list_mul_l. apply sum_list_ext. intros t _. simpl. ring.
Qed.

(* How a form with the word w, closed at x and open at y, is joined to another. *)
Lemma join w y f x :
  sum n (fun k => sum n (fun l =>
    spell w k l * coordinate p y l * coordinate_derivative p x k (form_value f))) =
  delta x (from f) * form_value (at_first w y f) +
  delta x (to f) * form_value (at_second w y f).
Proof.
  destruct f as [w' u v]. unfold form_value, at_first, at_second. cbn [form_word from to].
  rewrite (sum_ext n _ (fun k => sum n (fun l => delta x u * sum n (fun t =>
      spell w k l * spell w' k t * (coordinate p y l * coordinate p v t)) +
    delta x v * sum n (fun s => spell w k l * spell w' s k * (coordinate p y l * coordinate p u s))))).
  2:{ intros k Hk. apply sum_ext. intros l _.
      rewrite form_derivative by (assumption || (intros; now apply free_spell)).
      transitivity (
        delta x u * (spell w k l * coordinate p y l * sum n (fun t => spell w' k t * coordinate p v t)) +
        delta x v * (spell w k l * coordinate p y l * sum n (fun s => coordinate p u s * spell w' s k)));
        [ring |].
      rewrite <- !sum_mul_l. f_equal; apply sum_ext; intros; ring. }
  rewrite (sum_ext n _ (fun k => delta x u * sum n (fun l => sum n (fun t =>
      spell w k l * spell w' k t * (coordinate p y l * coordinate p v t))) +
    delta x v * sum n (fun l => sum n (fun s =>
      spell w k l * spell w' s k * (coordinate p y l * coordinate p u s)))))
    by (intros; now rewrite sum_add, !sum_mul_l).
  rewrite sum_add, !sum_mul_l. f_equal; f_equal; unfold form.
  - rewrite sum_swap. apply sum_ext. intros l Hl. rewrite sum_swap. apply sum_ext. intros t Ht.
    rewrite spell_app by exact Hl. rewrite <- sum_mul_l, <- sum_mul_r. apply sum_ext. intros k Hk.
    rewrite spell_transpose by assumption. ring.
  - rewrite (sum_ext n _ (fun k => sum n (fun s => sum n (fun l =>
      spell w k l * spell w' s k * (coordinate p y l * coordinate p u s))))) by (intros; apply sum_swap).
    rewrite sum_swap. apply sum_ext. intros s Hs. rewrite sum_swap. apply sum_ext. intros l Hl.
    rewrite spell_app by exact Hs. rewrite <- sum_mul_l, <- sum_mul_r. apply sum_ext. intros. ring.
Qed.

(* The first form is closed, or joined to another. *)
Theorem forms_step w x y fs ts : expect (forms (Form w x y :: fs) * traces ts) = variance p *
  (delta x y * expect (forms fs * traces (w :: ts)) + sum_list (choices fs) (fun t =>
     delta x (from (fst t)) * expect (forms (at_first w y (fst t) :: snd t) * traces ts) +
     delta x (to (fst t)) * expect (forms (at_second w y (fst t) :: snd t) * traces ts))).
Proof.
  replace (forms (Form w x y :: fs) * traces ts) with (form n p (spell w) x y * (forms fs * traces ts))
    by (cbn [forms]; unfold form_value; cbn [form_word from to]; ring).
  rewrite form_stein by (intros; now apply free_spell). f_equal. f_equal.
  - do 2 f_equal. simpl. unfold trace. ring.
  - assert (free p (traces ts)) as Hfree by (intros a b; apply coordinate_derivative_traces).
    transitivity (expect (sum_list (choices fs) (fun t => sum n (fun k => sum n (fun l =>
      spell w k l * coordinate p y l * coordinate_derivative p x k (form_value (fst t)))) *
      (forms (snd t) * traces ts)))).
    + f_equal. rewrite (sum_list_ext _ _ (fun t => sum n (fun k => sum n (fun l =>
        spell w k l * coordinate p y l * coordinate_derivative p x k (form_value (fst t)) *
        (forms (snd t) * traces ts)))))
        by (intros; rewrite <- sum_mul_r; apply sum_ext; intros; now rewrite <- sum_mul_r).
      rewrite <- sum_sum_list. apply sum_ext. intros k _. rewrite <- sum_sum_list. apply sum_ext. intros l _.
      rewrite forms_derivative by exact Hfree. rewrite <- sum_list_mul_l. apply sum_list_ext. intros; ring.
    + rewrite expect_sum_list. apply sum_list_ext. intros t _. rewrite join.
      cbn [forms].
      rewrite <- !expect_delta_mul, <- expect_add. f_equal. ring.
Qed.
End Width.

(* With its power of n. *)
Definition normalised_forms (n : nat) (root : K) (fs : list word_form) (ts : list word) : K :=
  root ^ (form_height fs + height ts) * expect (forms n fs * traces n ts).

(* The limit of a form. *)
Definition form_limit (f : word_form) : K := variance p * delta (from f) (to f) * leading [form_word f].
Fixpoint form_limits (fs : list word_form) : K :=
  match fs with [] => 1 | f :: fs => form_limit f * form_limits fs end.

Lemma form_height_cons w a b fs : form_height (Form w a b :: fs) = (length w + 2 + form_height fs)%nat.
Proof. unfold form_height. simpl map. now rewrite height_cons. Qed.
Lemma choices_height fs t : In t (choices fs) ->
  form_height fs = (length (form_word (fst t)) + 2 + form_height (snd t))%nat.
Proof.
  unfold form_height. revert t. induction fs as [|g fs IH]; intros t Ht; [contradiction |].
  simpl map. rewrite height_cons. destruct Ht as [<-|Ht]; [reflexivity |].
  apply in_map_iff in Ht as [[h r] [<- Ht]]. apply IH in Ht. simpl in *. rewrite height_cons. lia.
Qed.
Lemma normalised_forms_step n root w x y fs ts : normalised_forms n root (Form w x y :: fs) ts = variance p *
  (delta x y * normalised_forms n root fs (w :: ts) + root * root * sum_list (choices fs) (fun t =>
     delta x (from (fst t)) * normalised_forms n root (at_first w y (fst t) :: snd t) ts +
     delta x (to (fst t)) * normalised_forms n root (at_second w y (fst t) :: snd t) ts)).
Proof.
  unfold normalised_forms. rewrite forms_step. set (D := (form_height (Form w x y :: fs) + height ts)%nat).
  assert (form_height fs + height (w :: ts) = D)%nat as ->
    by (unfold D; rewrite form_height_cons, height_cons; lia).
  rewrite <- sum_list_mul_l.
  rewrite (sum_list_ext (choices fs) (fun t => root * root * _) (fun t => root ^ D * (
    delta x (from (fst t)) * expect (forms n (at_first w y (fst t) :: snd t) * traces n ts) +
    delta x (to (fst t)) * expect (forms n (at_second w y (fst t) :: snd t) * traces n ts)))).
  - rewrite sum_list_mul_l. ring.
  - intros t Ht. apply choices_height in Ht. unfold at_first, at_second.
    rewrite !form_height_cons, !app_length, length_transpose.
    assert (D = 2 + (length w + length (form_word (fst t)) + 2 + form_height (snd t) + height ts))%nat as ->
      by (unfold D; rewrite form_height_cons, Ht; lia).
    rewrite (Nat.add_comm (length (form_word (fst t))) (length w)), (power_add root 2).
    simpl (root ^ 2). ring.
Qed.

(* Forms become independent constants: the mean of their product begins with the product of their limits. *)
Theorem forms_limit fs ts : exists c1,
  begins (fun n root => normalised_forms n root fs ts) (form_limits fs * leading ts) c1.
Proof.
  remember (length fs) as k eqn:Hk. revert fs ts Hk.
  induction k as [|k IH]; intros [|[w x y] fs] ts Hk; try discriminate.
  - destruct ts as [|w ts].
    + exists 0. eapply begins_values; [eapply begins_ext; [|apply (begins_constant 1)] | |reflexivity].
      * intros n root _. unfold normalised_forms. cbn. replace (1 * 1 : G) with (1 : G) by ring.
        rewrite expect_one. ring.
      * simpl form_limits. rewrite leading_nil. ring.
    + eexists. eapply begins_values; [|shelve |reflexivity].
      eapply begins_ext; [|apply (begins_traces G (w :: ts)); discriminate].
      intros n root _. unfold normalised_forms, normalised. cbn [forms form_height map height].
      f_equal. f_equal. ring.
      Unshelve. simpl form_limits. unfold Covariance.leading. ring.
  - injection Hk as Hk. destruct (IH fs (w :: ts) Hk) as [c Hc].
    assert (exists c0 c1, begins (fun n root => sum_list (choices fs) (fun t =>
      delta x (from (fst t)) *
        normalised_forms n root (at_first w y (fst t) :: snd t) ts +
      delta x (to (fst t)) *
        normalised_forms n root (at_second w y (fst t) :: snd t) ts)) c0 c1) as [d0 [d1 Hd]].
    { assert (forall t, In t (choices fs) -> k = S (length (snd t))) as Hl
        by (intros t Ht; apply choices_length in Ht; lia).
      revert Hl. generalize (choices fs). intros l Hl. induction l as [|t l IHl].
      - exists 0, 0. exact (begins_constant 0).
      - destruct IHl as [a0 [a1 Ha]]; [intros; apply Hl; now right |].
        specialize (Hl t (or_introl eq_refl)).
        destruct (IH (at_first w y (fst t) :: snd t) ts Hl) as [b1 Hb].
        destruct (IH (at_second w y (fst t) :: snd t) ts Hl) as [e1 He].
        eexists. eexists. simpl. apply begins_add; [|exact Ha].
        apply begins_add; apply begins_scale; eassumption. }
    eexists. eapply begins_ext; [intros; apply normalised_forms_step |].
    eapply begins_values; [|shelve |reflexivity].
    apply begins_scale. apply begins_add; [apply begins_scale; exact Hc | eapply begins_lower; exact Hd].
    Unshelve. simpl form_limits. unfold form_limit. cbn [form_word from to].
    change (w :: ts) with ([w] ++ ts). rewrite leading_app. ring.
Qed.
End FormMoments.
