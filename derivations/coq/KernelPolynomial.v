(* The centred lag kernel as a polynomial in centred Grams, and joint moments of such polynomials.

   P Q - E P Q is linear in the centred Grams P - E P and Q - E Q, beside their product and a constant of
   order 1/n.  In the mean of a product of r such polynomials only linear terms count at order n^{-r/2},
   with the limits of their coefficients: the delta method, by moments. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Pairings Gaussian Words Factorisation Orders Expectation
  QuadraticForms RandomNetwork ExactMean InverseWidth ThetaPairs Covariance CovarianceLaw FormMoments
  VanishingOrder CentredTraces CentredForms.
Import ListNotations.
Open Scope scalar_scope.

Section KernelPolynomial.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Notation variance := (variance_of nu_W nu_F nu_C).
Notation weight := (@weight K nu_W nu_F nu_C).
Notation leading := (@leading K nu_W).
Notation centred := (centred G).
Notation form_covariance := (@form_covariance K nu_W nu_F nu_C).

(* ---- Polynomials in centred forms ---- *)

(* A monomial: its coefficient, the limit of this, and the forms. *)
Record monomial := { coefficient : nat -> K -> K; limit : K; factors : list block_form }.

(* It is linear; or quadratic; or a constant of order 1/n. *)
Definition admissible (a : monomial) : Prop := Forall proper (factors a) /\
  match factors a with
  | [] => bounded 1 (coefficient a)
  | [_] => begins_at 0 (limit a) (coefficient a)
  | [_; _] => bounded 0 (coefficient a)
  | _ => False
  end.

Definition polynomial_value (n : nat) (root : K) (X : list monomial) : G :=
  sum_list X (fun a => constant (coefficient a n root) * centred_forms G n root (factors a)).
Fixpoint polynomials_value (n : nat) (root : K) (Xs : list (list monomial)) : G :=
  match Xs with [] => 1 | X :: Xs => polynomial_value n root X * polynomials_value n root Xs end.

(* The linear part in the limit. *)
Fixpoint linear_part (X : list monomial) : list (K * block_form) :=
  match X with
  | [] => []
  | a :: X => match factors a with [f] => (limit a, f) :: linear_part X | _ => linear_part X end
  end.

Lemma centred_forms_app n root fs gs :
  centred_forms G n root (fs ++ gs) = centred_forms G n root fs * centred_forms G n root gs.
Proof. induction fs as [|f fs IH]; simpl; [ring | rewrite IH; ring]. Qed.

Definition mixed_moment (n : nat) (root : K) (Xs : list (list monomial)) (fs : list block_form) : K :=
  expect (polynomials_value n root Xs * centred_forms G n root fs).
Lemma mixed_moment_cons n root X Xs fs : mixed_moment n root (X :: Xs) fs =
  sum_list X (fun a => coefficient a n root * mixed_moment n root Xs (factors a ++ fs)).
Proof.
  unfold mixed_moment. cbn [polynomials_value]. unfold polynomial_value.
  rewrite <- !sum_list_mul_r, expect_sum_list. apply sum_list_ext. intros a _.
  rewrite centred_forms_app, <- expect_constant_mul. f_equal. ring.
Qed.
Lemma mixed_moment_nil n root fs : mixed_moment n root [] fs = joint_moment G n root fs [].
Proof. unfold mixed_moment, joint_moment. simpl. f_equal. ring. Qed.

Theorem mixed_moment_bounded Xs fs : Forall (Forall admissible) Xs -> Forall proper fs ->
  bounded (Nat.div2 (S (length Xs + length fs))) (fun n root => mixed_moment n root Xs fs).
Proof.
  revert fs. induction Xs as [|X Xs IH]; intros fs HX Hf.
  - eapply bounded_ext; [intros; apply mixed_moment_nil |]. simpl.
    eapply bounded_lower; [|apply (joint_moment_bounded G fs [] Hf)]. simpl. lia.
  - inversion HX as [|? ? Ha HXs]; subst. eapply bounded_ext; [intros; apply mixed_moment_cons |].
    apply bounded_sum_list. intros a Hin. rewrite Forall_forall in Ha. destruct (Ha a Hin) as [Hp Hc].
    assert (Forall proper (factors a ++ fs)) as Hpf by (apply Forall_app; now split).
    specialize (IH (factors a ++ fs) HXs Hpf). simpl length.
    destruct (factors a) as [|f [|g [|]]]; try contradiction; simpl app in IH; simpl length in IH.
    + change (Nat.div2 (S (S (length Xs) + length fs))) with (1 + Nat.div2 (length Xs + length fs))%nat.
      apply (bounded_mul 1); [exact Hc |]. eapply bounded_lower; [|exact IH]. apply div2_mono. lia.
    + eapply bounded_lower; [|exact (bounded_mul 0 _ _ _ (begins_at_bounded _ _ _ Hc) IH)].
      rewrite Nat.add_0_l. apply div2_mono. lia.
    + eapply bounded_lower; [|exact (bounded_mul 0 _ _ _ Hc IH)]. rewrite Nat.add_0_l. apply div2_mono. lia.
Qed.

Theorem mixed_moment_leading Xs fs m : Forall (Forall admissible) Xs -> Forall proper fs ->
  (length Xs + length fs = 2 * m)%nat ->
  begins_at m (gaussian_moment (bilinear form_covariance) (rev (map linear_part Xs) ++ map single fs))
    (fun n root => mixed_moment n root Xs fs).
Proof.
  revert fs. induction Xs as [|X Xs IH]; intros fs HX Hf Hm.
  - eapply begins_at_ext; [intros; apply mixed_moment_nil |]. simpl. rewrite gaussian_moment_single.
    apply joint_moment_leading; [exact Hf | exact Hm].
  - inversion HX as [|? ? Ha HXs]; subst. eapply begins_at_ext; [intros; apply mixed_moment_cons |].
    simpl map. simpl rev. rewrite <- app_assoc. simpl app. rewrite gaussian_moment_linear.
    simpl length in Hm. clear HX. induction X as [|a X IHX]; [apply begins_at_zero |].
    inversion Ha as [|? ? [Hp Hc] HaX]; subst. simpl sum_list.
    assert (Forall proper (factors a ++ fs)) as Hpf by (apply Forall_app; now split).
    pose proof (mixed_moment_bounded Xs (factors a ++ fs) HXs Hpf) as Hb.
    specialize (IH (factors a ++ fs) HXs Hpf).
    destruct (factors a) as [|f [|g [|]]]; try contradiction; simpl app in *; simpl length in *.
    + eapply begins_at_value; [apply begins_at_add; [|exact (IHX HaX)] |].
      * apply (bounded_begins_at (1 + m)); [lia |]. apply (bounded_mul 1); [exact Hc |].
        eapply bounded_lower; [|exact Hb]. replace (S (length Xs + length fs)) with (2 * m)%nat by lia.
        rewrite Nat.div2_double. lia.
      * ring.
    + simpl sum_list. apply begins_at_add; [|exact (IHX HaX)].
      apply (begins_at_mul 0 m); [exact Hc | apply IH; lia].
    + eapply begins_at_value; [apply begins_at_add; [|exact (IHX HaX)] |].
      * apply (bounded_begins_at (0 + S m)); [lia |]. apply (bounded_mul 0); [exact Hc |].
        eapply bounded_lower; [|exact Hb]. replace (S (length Xs + S (S (length fs)))) with (S (S (2 * m)))
          by lia.
        rewrite div2_step, Nat.div2_double. lia.
      * ring.
Qed.

(* ---- The lag kernel as a polynomial in centred Grams ---- *)
Definition gram_form (p : block) (l : nat * nat) (x y : nat) : block_form :=
  (p, Form (gram_word p (fst l) (snd l)) x y).

(* The mean of a Gram or of delta, and its limit. *)
Definition gram_mean (p : block) (o : lags) (x y : nat) : nat -> K -> K :=
  fun n root => expect (gram G n root p o x y).
Definition gram_mean_limit (p : block) (o : lags) (x y : nat) : K :=
  delta x y * weight p o * leading (words p o).

Definition term_polynomial (y x y' x' : nat) (t : lags * lags) : list monomial :=
  match snd t with
  | Some b => [{| coefficient := gram_mean in_C (fst t) y y'; limit := gram_mean_limit in_C (fst t) y y';
                  factors := [gram_form in_F b x x'] |}]
  | None => []
  end ++
  match fst t with
  | Some a => [{| coefficient := gram_mean in_F (snd t) x x'; limit := gram_mean_limit in_F (snd t) x x';
                  factors := [gram_form in_C a y y'] |}]
  | None => []
  end ++
  match fst t, snd t with
  | Some a, Some b =>
      let both := [gram_form in_C a y y'; gram_form in_F b x x'] in
      [{| coefficient := fun _ _ => 1; limit := 1; factors := both |};
       {| coefficient := fun n root => - joint_moment G n root both [];
          limit := 0; factors := [] |}]
  | _, _ => []
  end.
Definition theta_polynomial (i j y x y' x' : nat) : list monomial :=
  flat_map (term_polynomial y x y' x') (terms i j).

Lemma gram_is_block n root p l x y : gram G n root p (Some l) x y = block_value G n root (gram_form p l x y).
Proof. destruct l as [a b]. unfold block_value, gram_form. cbn. now rewrite length_gram_word. Qed.
Lemma constant_opp c : constant (- c) = - constant c :> G.
Proof.
  assert (constant (- c) + constant c = 0 :> G) as H.
  { rewrite <- constant_add, <- (constant_zero (G := G)). f_equal. ring. }
  transitivity (constant (- c) + constant c - constant c : G); [ring |]. rewrite H. ring.
Qed.
Lemma centred_mean (y : G) : expect (centred y) = 0.
Proof. unfold CentredTraces.centred. rewrite expect_sub, expect_constant. ring. Qed.
Lemma centred_product (A B : G) : centred (A * B) = constant (expect A) * centred B +
  (constant (expect B) * centred A + (centred A * centred B + constant (- expect (centred A * centred B)))).
Proof.
  assert (expect (A * B) = expect A * expect B + expect (centred A * centred B)) as H.
  { rewrite expect_centred, centred_mean. replace (A * centred B) with (centred B * A) by ring.
    rewrite expect_centred. replace (B * A) with (A * B) by ring. ring. }
  rewrite constant_opp. unfold CentredTraces.centred at 1. rewrite H, constant_add, constant_mul.
  set (e := constant (expect (centred A * centred B)) : G). unfold CentredTraces.centred. ring.
Qed.
Lemma centred_delta_mul a b (y : G) : centred (delta a b * y) = delta a b * centred y.
Proof. unfold CentredTraces.centred. rewrite expect_delta_mul, constant_mul, constant_delta. ring. Qed.

Lemma term_polynomial_value n root y x y' x' t :
  fst t <> None \/ snd t <> None -> polynomial_value n root (term_polynomial y x y' x' t) =
  centred (gram G n root in_C (fst t) y y' * gram G n root in_F (snd t) x x').
Proof.
  intros Ht. destruct t as [[a|] [b|]]; unfold polynomial_value, term_polynomial, gram_mean;
    cbn [fst snd app sum_list coefficient factors centred_forms].
  - rewrite centred_product, !gram_is_block. set (A := block_value G n root (gram_form in_C a y y')).
    set (B := block_value G n root (gram_form in_F b x x')).
    assert (joint_moment G n root [gram_form in_C a y y'; gram_form in_F b x x'] []
      = expect (centred A * centred B)) as ->
      by (unfold joint_moment; cbn [centred_forms centred_traces]; f_equal; unfold A, B; ring).
    rewrite constant_one. ring.
  - replace (gram G n root in_C (Some a) y y' * gram G n root in_F None x x')
      with (delta x x' * gram G n root in_C (Some a) y y') by (simpl; ring).
    rewrite centred_delta_mul, gram_is_block. cbn [gram].
    rewrite <- (constant_delta x x' (G := G)), expect_constant.
    ring.
  - cbn [gram]. fold (gram G n root in_F (Some b) x x'). rewrite centred_delta_mul.
    rewrite (gram_is_block n root in_F b x x').
    rewrite <- (constant_delta y y' (G := G)), expect_constant. ring.
  - cbn in Ht. destruct Ht; contradiction.
Qed.

Lemma centred_sum_list {A} (l : list A) (g : A -> G) :
  centred (sum_list l g) = sum_list l (fun a => centred (g a)).
Proof.
  induction l as [|a l IH]; simpl.
  - unfold CentredTraces.centred. rewrite expect_zero, constant_zero. ring.
  - rewrite <- IH. unfold CentredTraces.centred. rewrite expect_add, constant_add. ring.
Qed.
Lemma terms_some i j t : In t (terms i j) -> fst t <> None \/ snd t <> None.
Proof.
  intros [<- | [<- | H]]; [right | left |]; try discriminate. left. apply in_flat_map in H as [a [_ H]].
  apply in_map_iff in H as [b [<- _]]. discriminate.
Qed.

Lemma theta_polynomial_value n n_x n_y root i j y x y' x' :
  (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat ->
  polynomial_value n root (theta_polynomial i j y x y' x') = centred (Theta G n n_x n_y root i j y x y' x').
Proof.
  intros Hy Hx Hx'. rewrite Theta_terms, centred_sum_list by assumption.
  unfold theta_polynomial, polynomial_value. rewrite sum_list_flat_map. apply sum_list_ext. intros t Ht.
  apply term_polynomial_value. now apply (terms_some i j).
Qed.

(* Its monomials are admissible. *)
Lemma gram_mean_begins p o x y : same p in_W = false ->
  begins_at 0 (gram_mean_limit p o x y) (gram_mean p o x y).
Proof.
  intros H. unfold gram_mean, gram_mean_limit. destruct o as [l|].
  - eapply begins_at_ext; [intros; now rewrite gram_is_block |].
    eapply begins_at_value; [apply (block_mean_begins G (gram_form p l x y)); exact H |].
    destruct l as [a b]. unfold block_limit, gram_form. cbn. ring.
  - eapply begins_at_ext with (w := fun _ _ => delta x y).
    + intros n root _. cbn [gram]. rewrite <- (constant_delta x y (G := G)). apply expect_constant.
    + eapply begins_at_value; [apply begins_at_constant |]. cbn [weight words]. rewrite leading_nil. ring.
Qed.
Lemma theta_polynomial_admissible i j y x y' x' : Forall admissible (theta_polynomial i j y x y' x').
Proof.
  apply Forall_forall. intros a Ha. apply in_flat_map in Ha as [[o1 o2] [_ Ha]].
  unfold term_polynomial in Ha. cbn [fst snd] in Ha.
  apply in_app_or in Ha as [Ha|Ha]; [|apply in_app_or in Ha as [Ha|Ha]].
  - destruct o2 as [b|]; [|contradiction]. destruct Ha as [<-|[]]. split; cbn [factors coefficient limit].
    + repeat constructor.
    + now apply gram_mean_begins.
  - destruct o1 as [b|]; [|contradiction]. destruct Ha as [<-|[]]. split; cbn [factors coefficient limit].
    + repeat constructor.
    + now apply gram_mean_begins.
  - destruct o1 as [b|], o2 as [c|]; try contradiction.
    destruct Ha as [<-|[<-|[]]]; split; cbn [factors coefficient limit].
    + repeat constructor.
    + apply bounded_constant.
    + repeat constructor.
    + apply (bounded_ext _ _ (fun n root => - (1) * joint_moment G n root
        [gram_form in_C b y y'; gram_form in_F c x x'] [])); [intros; ring |].
      apply bounded_scale. eapply bounded_lower; [|apply joint_moment_bounded; repeat constructor]. simpl.
      lia.
Qed.
End KernelPolynomial.
