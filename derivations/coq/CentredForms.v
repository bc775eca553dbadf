(* Centred quadratic forms and traces: their joint moments, to leading order those of a Gaussian family.

   The forms v_x' w v_y of words w in W, with vectors among the rows of C or the columns of F, are
   normalised by a power of n and centred.  Stein's lemma on the first vector closes the first form, which
   leaves a centred trace, or joins it to another form of the same block at a cost of 1/n.  So r centred
   forms have a mean of order n^{-r/2} ([centred_forms_bounded]), which for even r is to leading order the
   sum over pairings of [form_covariance] ([centred_forms_leading]). *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Pairings Gaussian Words Factorisation Orders Expectation
  QuadraticForms InverseWidth Covariance FormMoments VanishingOrder CentredTraces.
Import ListNotations.
Open Scope scalar_scope.

(* A form of the block in_F or in_C. *)
Notation block_form := (block * word_form)%type.
Definition proper (f : block_form) : Prop := same (fst f) in_W = false.

Lemma choices_forall {A} (P : A -> Prop) l t :
  In t (choices l) -> Forall P l -> P (fst t) /\ Forall P (snd t).
Proof.
  revert t. induction l as [|a l IH]; intros t H Hl; [contradiction |]. inversion Hl; subst.
  destruct H as [<-|H]; [now split |]. apply in_map_iff in H as [s [<- H]].
  destruct (IH s H) as [Hf Hs]; [assumption |].
  split; [exact Hf | now constructor].
Qed.
Lemma div2_mono a b : (a <= b)%nat -> (Nat.div2 a <= Nat.div2 b)%nat.
Proof. intros H. rewrite !Nat.div2_div. apply Nat.div_le_mono; lia. Qed.

Section CentredForms.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Notation variance := (variance_of nu_W nu_F nu_C).
Notation leading := (@leading K nu_W).
Notation centred := (centred G).

Section Width.
Variables (n : nat) (root : K).
Notation spell := (@spell K nu_W nu_F nu_C G n).
Notation trace_value := (trace_value G n root).
Notation centred_traces := (centred_traces G n root).

Definition block_value (f : block_form) : G :=
  constant (root ^ (length (form_word (snd f)) + 2)) * form_value G (fst f) n (snd f).
Fixpoint centred_forms (fs : list block_form) : G :=
  match fs with [] => 1 | f :: fs => centred (block_value f) * centred_forms fs end.

Lemma coordinate_derivative_constant p x k c : coordinate_derivative p x k (constant c : G) = 0.
Proof. destruct p; apply (derivative_constant _ _ _ _ G). Qed.
Lemma coordinate_derivative_centred p x k (y : G) :
  coordinate_derivative p x k (centred y) = coordinate_derivative p x k y.
Proof.
  transitivity (coordinate_derivative p x k (centred y + constant (expect y))).
  - assert (forall a b : G, coordinate_derivative p x k (a + b) =
      coordinate_derivative p x k a + coordinate_derivative p x k b) as H
        by (destruct p; apply derivative_add).
    rewrite H, coordinate_derivative_constant. ring.
  - f_equal. unfold CentredTraces.centred. ring.
Qed.
Lemma free_centred p y : free p y -> free p (centred y : G).
Proof. intros H x k. rewrite coordinate_derivative_centred. apply H. Qed.
Lemma free_centred_traces p ts : same p in_W = false -> free p (centred_traces ts).
Proof.
  intros H. induction ts as [|w ts IH]; simpl; [apply free_one |]. apply free_mul; [|exact IH].
  apply free_centred.
  apply free_mul; [intros x k; apply coordinate_derivative_constant |].
  apply free_sum. intros. now apply free_spell.
Qed.

(* The product rule. *)
Lemma centred_forms_derivative p x k fs z : free p z -> coordinate_derivative p x k (centred_forms fs * z) =
  sum_list (choices fs) (fun t =>
    coordinate_derivative p x k (block_value (fst t)) * (centred_forms (snd t) * z)).
Proof.
  intros Hz. induction fs as [|f fs IH].
  - simpl centred_forms. rewrite coordinate_derivative_mul, Hz, (free_one p). simpl. ring.
  - simpl centred_forms.
    replace (centred (block_value f) * centred_forms fs * z)
      with (centred (block_value f) * (centred_forms fs * z))
      by ring.
    rewrite coordinate_derivative_mul, coordinate_derivative_centred, IH. simpl choices. cbn [sum_list].
    rewrite sum_list_map. f_equal. rewrite <- sum_list_mul_l. apply sum_list_ext. intros t _. simpl. ring.
Qed.
Lemma block_value_derivative p x k f : same p in_W = false -> coordinate_derivative p x k (block_value f) =
  constant (root ^ (length (form_word (snd f)) + 2)) *
  (if same p (fst f) then coordinate_derivative p x k (form_value G p n (snd f)) else 0).
Proof.
  intros HW. unfold block_value. rewrite coordinate_derivative_mul, coordinate_derivative_constant.
  destruct f as [q f]. cbn [fst snd]. destruct (same p q) eqn:H.
  - replace q with p by (now destruct p, q). ring.
  - unfold form_value. rewrite (free_form n p q _ _ _ H) by (intros; now apply free_spell). ring.
Qed.

(* The joint moment, and Stein's lemma for it. *)
Definition joint_moment (fs : list block_form) (ts : list word) : K :=
  expect (centred_forms fs * centred_traces ts).
Definition block_mean (f : block_form) : K := expect (block_value f).

Lemma block_stein p w x y z : same p in_W = false -> expect (block_value (p, Form w x y) * z) = variance p *
  (delta x y * expect (trace_value w * z) + root ^ (length w + 2) * expect (sum n (fun k => sum n (fun l =>
     spell w k l * coordinate p y l * coordinate_derivative p x k z)))).
Proof.
  intros HW. unfold block_value, form_value. cbn [fst snd form_word from to].
  replace (constant (root ^ (length w + 2)) * form n p (spell w) x y * z)
    with (constant (root ^ (length w + 2)) * (form n p (spell w) x y * z)) by ring.
  rewrite expect_constant_mul, form_stein by (intros; now apply free_spell).
  rewrite expect_value_mul. unfold trace. ring.
Qed.
Lemma block_mean_value p w x y : same p in_W = false ->
  block_mean (p, Form w x y) = variance p * delta x y * trace_mean G n root w.
Proof.
  intros HW. unfold block_mean, trace_mean.
  replace (block_value (p, Form w x y)) with (block_value (p, Form w x y) * 1) by ring.
  rewrite block_stein by exact HW. replace (trace_value w * 1) with (trace_value w) by ring.
  rewrite (sum_vanishing n) by (intros; apply sum_vanishing; intros; rewrite (free_one p); ring).
  rewrite expect_zero. ring.
Qed.

Definition met (p : block) (t : block_form) : K := if same p (fst t) then 1 else 0.
Theorem joint_moment_stein p w x y fs ts : same p in_W = false ->
  joint_moment ((p, Form w x y) :: fs) ts = variance p *
  (delta x y * joint_moment fs (w :: ts) + root * root * sum_list (choices fs) (fun t => met p (fst t) *
     (delta x (from (snd (fst t))) * (joint_moment ((p, at_first w y (snd (fst t))) :: snd t) ts +
        block_mean (p, at_first w y (snd (fst t))) * joint_moment (snd t) ts) +
      delta x (to (snd (fst t))) * (joint_moment ((p, at_second w y (snd (fst t))) :: snd t) ts +
        block_mean (p, at_second w y (snd (fst t))) * joint_moment (snd t) ts)))).
Proof.
  intros HW. unfold joint_moment at 1. cbn [centred_forms].
  replace (centred (block_value (p, Form w x y)) * centred_forms fs * centred_traces ts)
    with (centred (block_value (p, Form w x y)) * (centred_forms fs * centred_traces ts)) by ring.
  rewrite expect_centred. fold (block_mean (p, Form w x y)).
  rewrite block_mean_value, block_stein by exact HW.
  assert (joint_moment fs (w :: ts) = expect (trace_value w * (centred_forms fs * centred_traces ts))
    - trace_mean G n root w * expect (centred_forms fs * centred_traces ts)) as ->.
  { unfold joint_moment. cbn [CentredTraces.centred_traces].
    replace (centred_forms fs * (centred (trace_value w) * centred_traces ts))
      with (centred (trace_value w) * (centred_forms fs * centred_traces ts)) by ring.
    apply expect_centred. }
  match goal with |- context [root ^ (length w + 2) * expect ?s] => set (joins := s) end.
  match goal with |- context [root * root * ?s] => set (joint := s) end.
  replace (root ^ (length w + 2) * expect joins) with (root * root * joint); [ring |].
  unfold joins, joint. clear joins joint.
  transitivity (root ^ (length w + 2) * expect (sum_list (choices fs) (fun t =>
    constant (root ^ (length (form_word (snd (fst t))) + 2) * met p (fst t)) *
    (sum n (fun k => sum n (fun l => spell w k l * coordinate p y l *
       coordinate_derivative p x k (form_value G p n (snd (fst t))))) *
         (centred_forms (snd t) * centred_traces ts))))).
  2:{ do 2 f_equal. rewrite (sum_list_ext (choices fs) _ (fun t => sum n (fun k => sum n (fun l =>
        spell w k l * coordinate p y l * (coordinate_derivative p x k (block_value (fst t)) *
          (centred_forms (snd t) * centred_traces ts)))))).
      - rewrite <- sum_sum_list. apply sum_ext. intros k _. rewrite <- sum_sum_list. apply sum_ext.
        intros l _. rewrite centred_forms_derivative by (now apply free_centred_traces).
        now rewrite sum_list_mul_l.
      - intros t _. rewrite <- sum_mul_r, <- sum_mul_l. apply sum_ext. intros k _.
        rewrite <- sum_mul_r, <- sum_mul_l. apply sum_ext. intros l _.
        rewrite block_value_derivative, constant_mul by exact HW. unfold met.
        destruct (same p (fst (fst t))); [rewrite constant_one | rewrite constant_zero]; ring. }
  rewrite expect_sum_list, <- !sum_list_mul_l. apply sum_list_ext. intros t _.
  rewrite expect_constant_mul, (join G p HW).
  set (f := snd (fst t)). set (z := centred_forms (snd t) * centred_traces ts).
  replace ((delta x (from f) * form_value G p n (at_first w y f) +
      delta x (to f) * form_value G p n (at_second w y f)) * z)
    with (delta x (from f) * (form_value G p n (at_first w y f) * z) +
      delta x (to f) * (form_value G p n (at_second w y f) * z)) by ring.
  rewrite expect_add, !expect_delta_mul.
  assert (forall g, length (form_word g) = (length w + length (form_word f))%nat ->
    root * root * (joint_moment ((p, g) :: snd t) ts + block_mean (p, g) * joint_moment (snd t) ts) =
    root ^ (length w + 2) * root ^ (length (form_word f) + 2) * expect (form_value G p n g * z)) as Hg.
  { intros g Hg. unfold joint_moment. cbn [centred_forms].
    replace (centred (block_value (p, g)) * centred_forms (snd t) * centred_traces ts)
      with (centred (block_value (p, g)) * z) by (unfold z; ring).
    rewrite expect_centred. fold z. unfold block_mean.
    transitivity (root * root * expect (block_value (p, g) * z)); [ring |].
    unfold block_value. cbn [fst snd].
    replace (constant (root ^ (length (form_word g) + 2)) * form_value G p n g * z)
      with (constant (root ^ (length (form_word g) + 2)) * (form_value G p n g * z)) by ring.
    rewrite expect_constant_mul, Hg. rewrite <- (power_add root (length w + 2)).
    replace (length w + 2 + (length (form_word f) + 2))%nat
      with (2 + (length w + length (form_word f) + 2))%nat by lia.
    rewrite (power_add root 2). simpl (root ^ 2). ring. }
  transitivity (met p (fst t) * (
    delta x (from f) * (root * root * (joint_moment ((p, at_first w y f) :: snd t) ts
      + block_mean (p, at_first w y f) * joint_moment (snd t) ts)) +
    delta x (to f) * (root * root * (joint_moment ((p, at_second w y f) :: snd t) ts
      + block_mean (p, at_second w y f) * joint_moment (snd t) ts)))); [ring |].
  rewrite !Hg.
  - unfold f. ring.
  - unfold at_second. cbn [form_word]. rewrite app_length. lia.
  - unfold at_first. cbn [form_word]. now rewrite app_length, length_transpose.
Qed.
End Width.

Lemma block_mean_bounded f : proper f -> bounded 0 (fun n root => block_mean n root f).
Proof.
  destruct f as [p [w x y]]. unfold proper. cbn [fst]. intros H.
  eapply bounded_ext; [intros; now apply block_mean_value |]. apply bounded_scale, trace_mean_bounded.
Qed.
(* The limit of a form's mean. *)
Definition block_limit (f : block_form) : K :=
  variance (fst f) * delta (from (snd f)) (to (snd f)) * leading [form_word (snd f)].
Lemma block_mean_begins f : proper f -> begins_at 0 (block_limit f) (fun n root => block_mean n root f).
Proof.
  destruct f as [p [w x y]]. unfold proper. cbn [fst]. intros H.
  eapply begins_at_ext; [intros; now apply block_mean_value |]. unfold block_limit.
  cbn [fst snd from to form_word].
  apply begins_at_scale.
  eapply begins_at_ext; [|eapply begins_begins_at; apply (begins_traces G [w]); discriminate].
  intros n root _. unfold trace_mean, CentredTraces.trace_value, normalised. rewrite expect_constant_mul.
  unfold height. cbn. rewrite Nat.add_0_r. do 2 f_equal. ring.
Qed.

Lemma div2_step k : Nat.div2 (S (S k)) = S (Nat.div2 k).
Proof. reflexivity. Qed.
(* r forms and s traces, centred, have a joint moment of the order n^-(ceil(r/2) + s) or less. *)
Theorem joint_moment_bounded fs ts : Forall proper fs ->
  bounded (Nat.div2 (S (length fs)) + length ts) (fun n root => joint_moment n root fs ts).
Proof.
  remember (length fs) as k eqn:Hk. revert fs ts Hk. induction k as [k IH] using lt_wf_ind.
  intros [|[p [w x y]] fs] ts Hk Hp.
  - subst k. simpl length. change (Nat.div2 1) with O. rewrite Nat.add_0_l.
    eapply bounded_ext; [|apply (centred_moment_bounded G ts)]. intros n root _.
    unfold joint_moment, centred_moment. cbn [centred_forms]. f_equal. ring.
  - simpl in Hk. subst k. inversion Hp as [|? ? HW Hfs]; subst. unfold proper in HW. cbn [fst] in HW.
    eapply bounded_ext; [intros; now apply joint_moment_stein |]. apply bounded_scale, bounded_add.
    + apply bounded_scale. rewrite div2_step.
      eapply bounded_lower; [|apply (IH (length fs)); [lia | reflexivity | exact Hfs]].
      simpl length. pose proof (div2_mono (length fs) (S (length fs))). lia.
    + rewrite div2_step. apply bounded_inverse. apply bounded_sum_list. intros t Ht.
      pose proof (choices_length _ _ Ht) as Hl. apply bounded_scale.
      assert (proper (fst t) /\ Forall proper (snd t)) as [_ Hrest] by (now apply (choices_forall _ _ t Ht)).
      assert (forall g, bounded (Nat.div2 (length fs) + length ts) (fun n root =>
        joint_moment n root ((p, g) :: snd t) ts + block_mean n root (p, g) * joint_moment n root (snd t) ts))
          as Hg.
      { intros g. apply bounded_add.
        - eapply bounded_lower; [|apply (IH (length fs)); [lia | simpl; lia | now constructor]].
          rewrite Hl. apply Nat.add_le_mono_r. apply div2_mono. lia.
        - rewrite Hl. apply (bounded_mul 0); [now apply block_mean_bounded |].
          apply (IH (length (snd t))); [lia | reflexivity | exact Hrest]. }
      apply bounded_add; apply bounded_scale, Hg.
Qed.

(* The covariance of two forms, times n, in the limit. *)
Definition form_covariance (f g : block_form) : K :=
  variance (fst f) * (met (fst f) g *
    (delta (from (snd f)) (from (snd g)) *
       block_limit (fst f, at_first (form_word (snd f)) (to (snd f)) (snd g)) +
     delta (from (snd f)) (to (snd g)) *
       block_limit (fst f, at_second (form_word (snd f)) (to (snd f)) (snd g)))).

(* An even number of centred forms: the sum over pairings, to leading order. *)
Theorem joint_moment_leading fs m : Forall proper fs -> length fs = (2 * m)%nat ->
  begins_at m (gaussian_moment form_covariance fs) (fun n root => joint_moment n root fs []).
Proof.
  revert fs. induction m as [|m IH]; intros [|[p [w x y]] fs] Hp Hl; simpl in Hl; try lia.
  - eapply begins_at_ext; [|apply begins_at_constant]. intros n root _. unfold joint_moment. cbn.
    replace (1 * 1) with (1 : G) by ring. apply expect_one.
  - inversion Hp as [|? ? HW Hfs]; subst. unfold proper in HW. cbn [fst] in HW.
    assert (length fs = S (2 * m)) as Hfl by lia.
    rewrite gaussian_moment_cons.
    eapply begins_at_ext; [intros; now apply joint_moment_stein |].
    eapply begins_at_value.
    + apply begins_at_scale, begins_at_add.
      * apply begins_at_scale. apply (bounded_begins_at (S (S m))); [lia |].
        eapply bounded_lower; [|apply joint_moment_bounded; exact Hfs]. rewrite Hfl, div2_step. simpl length.
        rewrite Nat.div2_double. lia.
      * apply begins_at_inverse. apply begins_at_sum_list with (c := fun t => met p (fst t) *
          (delta x (from (snd (fst t))) *
             (block_limit (p, at_first w y (snd (fst t))) * gaussian_moment form_covariance (snd t)) +
           delta x (to (snd (fst t))) *
             (block_limit (p, at_second w y (snd (fst t))) * gaussian_moment form_covariance (snd t)))).
        intros t Ht. pose proof (choices_length _ _ Ht) as Htl. apply begins_at_scale.
        assert (proper (fst t) /\ Forall proper (snd t)) as [_ Hrest]
          by (now apply (choices_forall _ _ t Ht)).
        assert (forall g, begins_at m (block_limit (p, g) * gaussian_moment form_covariance (snd t))
          (fun n root => joint_moment n root ((p, g) :: snd t) [] +
             block_mean n root (p, g) * joint_moment n root (snd t) [])) as Hg.
        { intros g. eapply begins_at_value.
          - apply begins_at_add.
            + apply (bounded_begins_at (S m)); [lia |].
              eapply bounded_lower; [|apply joint_moment_bounded; now constructor].
              simpl length. replace (length (snd t)) with (2 * m)%nat by lia.
              rewrite div2_step, Nat.div2_double. lia.
            + apply (begins_at_mul 0 m); [now apply block_mean_begins | apply IH; [exact Hrest | lia]].
          - ring. }
        apply begins_at_add; apply begins_at_scale, Hg.
    + match goal with |- _ * (_ * 0 + ?s) = _ => transitivity (variance p * s); [ring |] end.
      rewrite <- sum_list_mul_l.
      apply sum_list_ext. intros t _. unfold form_covariance. cbn [fst snd from to form_word]. ring.
Qed.
End CentredForms.
