(* The covariance of two entries of the lag kernel is L/n + O(n^-2), and what L is as a sum over terms.

   In the mean of a product of two terms of Theta (ThetaPairs.v) the two Grams of C are apart or joined in
   one trace, and so are the two of F.  All apart, the mean is the product of the means up to O(n^-2); a
   joint costs 1/n.  So at order 1/n one pair is joined and the other is apart, with the traces' limits. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Gaussian Words Factorisation Orders Expectation
  QuadraticForms RandomNetwork ExactMean InverseWidth ThetaPairs.
Import ListNotations.
Open Scope scalar_scope.

Section Covariance.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).

(* The limit of the normalised mean of a product of traces. *)
Definition leading (ts : list word) : K := nu_W ^ (letters ts / 2) * whole (order 0 ts).

Notation weight := (@weight K nu_W nu_F nu_C).
Notation joined := (@joined K nu_W nu_F nu_C).
Notation normalised n root ts := (@normalised K nu_W nu_F nu_C G n root ts).

(* At order 1/n: the Grams of F joined and those of C apart, and the reverse. *)
Definition input_joined (y x y' x' v u v' u' : nat) (s t : lags * lags) : K :=
  sum_list (joined in_F (snd s) (snd t) x x' u u') (fun q =>
    delta y y' * delta v v' * (weight in_C (fst s) * weight in_C (fst t)) * fst q *
    leading (snd q :: words in_C (fst s) ++ words in_C (fst t))).
Definition readout_joined (y x y' x' v u v' u' : nat) (s t : lags * lags) : K :=
  sum_list (joined in_C (fst s) (fst t) y y' v v') (fun q =>
    delta x x' * delta u u' * (weight in_F (snd s) * weight in_F (snd t)) * fst q *
    leading (snd q :: words in_F (snd s) ++ words in_F (snd t))).

(* The limit of n times the covariance of Theta_ij (y, x; y', x') and Theta_kl (v, u; v', u'). *)
Definition covariance_limit (i j y x y' x' k l v u v' u' : nat) : K :=
  sum_list (terms i j) (fun s => sum_list (terms k l) (fun t =>
    input_joined y x y' x' v u v' u' s t + readout_joined y x y' x' v u v' u' s t)).

Lemma term_words i j s : In s (terms i j) -> words in_C (fst s) ++ words in_F (snd s) <> [].
Proof.
  intros [<- | [<- | H]]; try discriminate. apply in_flat_map in H as [a [_ H]].
  apply in_map_iff in H as [b [<- _]]. discriminate.
Qed.
Lemma normalised_rearranged n root A B C D :
  normalised n root ((A ++ B) ++ (C ++ D)) = normalised n root ((A ++ C) ++ (B ++ D)).
Proof.
  unfold Expectation.normalised. rewrite !height_app, !traces_app. f_equal; [f_equal; lia | f_equal; ring].
Qed.
Lemma normalised_swap n root A B : normalised n root (A ++ B) = normalised n root (B ++ A).
Proof. unfold Expectation.normalised. rewrite !height_app, !traces_app. f_equal; f_equal; [lia | ring]. Qed.

Section Entries.
Variables (y x y' x' v u v' u' : nat).

(* A pair of terms *)
Lemma term_covariance s t :
  words in_C (fst s) ++ words in_F (snd s) <> [] -> words in_C (fst t) ++ words in_F (snd t) <> [] ->
  begins (fun n root =>
    expect (term_value G n root y x y' x' s * term_value G n root v u v' u' t)
    - expect (term_value G n root y x y' x' s) * expect (term_value G n root v u v' u' t))
  0 (input_joined y x y' x' v u v' u' s t + readout_joined y x y' x' v u v' u' s t).
Proof.
  intros Hs Ht.
  set (S1 := words in_C (fst s)) in *. set (S2 := words in_F (snd s)) in *.
  set (T1 := words in_C (fst t)) in *. set (T2 := words in_F (snd t)) in *.
  set (dC := delta y y' * delta v v' * (weight in_C (fst s) * weight in_C (fst t))).
  set (dF := delta x x' * delta u u' * (weight in_F (snd s) * weight in_F (snd t))).
  set (JC := joined in_C (fst s) (fst t) y y' v v'). set (JF := joined in_F (snd s) (snd t) x x' u u').
  apply (begins_ext _ (fun n root =>
    dC * dF * (normalised n root ((S1 ++ S2) ++ (T1 ++ T2))
               - normalised n root (S1 ++ S2) * normalised n root (T1 ++ T2))
    + (root * root * sum_list JF (fun q => dC * fst q * normalised n root (snd q :: S1 ++ T1))
       + root * root * sum_list JC (fun q => dF * fst q * normalised n root (snd q :: S2 ++ T2)))
    + root * root * (root * root * sum_list JC (fun q => sum_list JF (fun r =>
        fst q * fst r * normalised n root [snd q; snd r]))))).
  - intros n root _. rewrite term_pair_expect, !term_expect. fold S1 S2 T1 T2.
    unfold pairings. fold JC JF S1 S2 T1 T2. cbn [sum_list fst snd].
    rewrite !sum_list_map. cbn [fst snd]. fold dC dF.
    rewrite (sum_list_ext JF (fun q => dC * fst q * (root * root) ^ _ * _)
      (fun q => root * root * (dC * fst q * normalised n root (snd q :: S1 ++ T1)))).
    2:{ intros q _. rewrite normalised_swap. simpl. ring. }
    rewrite (sum_list_ext JC (fun q => _) (fun q =>
      root * root * (dF * fst q * normalised n root (snd q :: S2 ++ T2))
      + root * root * (root * root *
        sum_list JF (fun r => fst q * fst r * normalised n root [snd q; snd r])))).
    2:{ intros q _. rewrite sum_list_map. cbn [fst snd app].
        rewrite (sum_list_ext JF (fun r => _ * normalised n root _)
          (fun r => root * root * (root * root) * (fst q * fst r * normalised n root [snd q; snd r])))
          by (intros; simpl; ring).
        rewrite sum_list_mul_l. simpl power. ring. }
    rewrite sum_list_add, !sum_list_mul_l. rewrite (normalised_rearranged n root S1 T1 S2 T2).
    unfold dC, dF. simpl power. ring.
  - assert (forall c (J : list (K * word)) R, begins (fun n root => root * root * sum_list J (fun q =>
      c * fst q * normalised n root (snd q :: R)))
      0 (sum_list J (fun q => c * fst q * leading (snd q :: R)))) as HJ.
    { intros c J R. eapply begins_lower. apply begins_sum_list. intros q _. apply begins_scale.
      apply begins_traces. discriminate. }
    apply (begins_values _ (dC * dF * 0 + (0 + 0) + 0) (dC * dF * 0 +
      (input_joined y x y' x' v u v' u' s t + readout_joined y x y' x' v u v' u' s t) + 0)); [|ring | ring].
    apply begins_add; [apply begins_add |].
    + apply begins_scale. now apply begins_covariance.
    + apply begins_add; apply HJ.
    + eapply begins_lower. eapply begins_lower. apply begins_sum_list. intros q _. apply begins_sum_list.
      intros r _. apply begins_scale. apply begins_traces. discriminate.
Qed.

(* Two entries of the lag kernel *)
Theorem covariance_expansion n_x n_y i j k l :
  (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat -> (v < n_y)%nat -> (u < n_x)%nat -> (u' < n_x)%nat ->
  begins (fun n root =>
    expect (Theta G n n_x n_y root i j y x y' x' * Theta G n n_x n_y root k l v u v' u')
    - expect (Theta G n n_x n_y root i j y x y' x') * expect (Theta G n n_x n_y root k l v u v' u'))
  0 (covariance_limit i j y x y' x' k l v u v' u').
Proof.
  intros. apply (begins_ext _ (fun n root => sum_list (terms i j) (fun s => sum_list (terms k l) (fun t =>
    expect (term_value G n root y x y' x' s * term_value G n root v u v' u' t)
    - expect (term_value G n root y x y' x' s) * expect (term_value G n root v u v' u' t))))).
  - intros n root _. rewrite !(Theta_terms G n n_x n_y root) by assumption.
    change (fun t => gram G n root in_C (fst t) y y' * gram G n root in_F (snd t) x x')
      with (term_value G n root y x y' x').
    change (fun t => gram G n root in_C (fst t) v v' * gram G n root in_F (snd t) u u')
      with (term_value G n root v u v' u').
    rewrite !sum_list_product, !expect_sum_list, sum_list_product, <- sum_list_sub.
    apply sum_list_ext. intros s _. now rewrite expect_sum_list, <- sum_list_sub.
  - apply (begins_values _ (sum_list (terms i j) (fun _ => sum_list (terms k l) (fun _ => 0)))
      (covariance_limit i j y x y' x' k l v u v' u')); [| |reflexivity].
    + apply begins_sum_list. intros s Hs. apply begins_sum_list. intros t Ht.
      apply term_covariance; eapply term_words; eassumption.
    + apply sum_list_vanishing. intros. now apply sum_list_vanishing.
Qed.
End Entries.
End Covariance.
