(* finite-width-fluctuations: sqrt(n) (Theta - E Theta) tends to a Gaussian, for any finite set of entries
   and lags.

   Said by moments: for any list of r entries of the lag kernel the mean of the product of Theta - E Theta
   is, for even r, n^{-r/2} times Isserlis' sum over pairings with [covariance_limit], up to a relative 1/n;
   for odd r it is of the order n^{-(r+1)/2} or less.  That moments determine a Gaussian law is not part of
   this. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Pairings Gaussian Words Factorisation Orders PowerTraces Expectation
  QuadraticForms RandomNetwork ExactMean InverseWidth ThetaPairs Covariance CovarianceLaw FormMoments
  VanishingOrder CentredTraces CentredForms KernelPolynomial.
Import ListNotations.
Open Scope scalar_scope.

Section Fluctuations.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Notation leading := (@leading K nu_W).
Notation monomial := (@monomial K).
Notation centred := (centred G).
Notation form_covariance := (@form_covariance K nu_W nu_F nu_C).
Notation gram_mean_limit := (@gram_mean_limit K nu_W nu_F nu_C).
Notation theta_polynomial := (theta_polynomial G).
Notation term_polynomial := (term_polynomial G).
Notation polynomial_value := (polynomial_value G).
Notation polynomials_value := (polynomials_value G).
Notation mixed_moment := (mixed_moment G).

(* ---- The covariance of the linear parts is that of the lag kernel ---- *)
Lemma leading_two_grams p a b c d : leading [gram_word p a b ++ gram_word p c d] =
  nu_W ^ ((a + b + (c + d)) / 2) *
  whole (if (a + c =? b + d)%nat then 1 + Nat.min (Nat.min a b) (Nat.min c d) else 0)%nat.
Proof.
  unfold Covariance.leading. rewrite letters_cons, app_length, !length_gram_word.
  change (order 0 [gram_word p a b ++ gram_word p c d]) with (mean 0 (gram_word p a b ++ gram_word p c d)).
  rewrite mean_two_grams. unfold letters. simpl. now rewrite Nat.add_0_r.
Qed.
Lemma form_covariance_joined p l l' x x' u u' : form_covariance (gram_form p l x x') (gram_form p l' u u') =
  sum_list (joined (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) p (Some l) (Some l') x x' u u')
    (fun q => fst q * leading [snd q]).
Proof.
  destruct l as [a b], l' as [c d]. unfold CentredForms.form_covariance, gram_form, met, block_limit,
    at_first, at_second.
  cbn [fst snd form_word from to ThetaPairs.joined sum_list].
  replace (same p p) with true by (now destruct p).
  rewrite !transpose_gram_word, !leading_two_grams.
  replace (b + a + (c + d))%nat with (a + b + (d + c))%nat by lia.
  replace (c + d + (a + b))%nat with (a + b + (c + d))%nat by lia.
  replace (b + c =? a + d)%nat with (a + d =? b + c)%nat by apply Nat.eqb_sym.
  replace (c + a =? d + b)%nat with (a + c =? b + d)%nat by (f_equal; lia).
  rewrite (Nat.min_comm b a), (Nat.min_comm d c), (Nat.min_comm (Nat.min c d)).
  rewrite (delta_sym u x'). ring.
Qed.
Lemma form_covariance_apart p q l l' x x' u u' : same p q = false ->
  form_covariance (gram_form p l x x') (gram_form q l' u u') = 0.
Proof. intros H. unfold CentredForms.form_covariance, gram_form, met. cbn [fst snd]. rewrite H. ring. Qed.

Lemma linear_part_app (X Y : list monomial) : linear_part (X ++ Y) = linear_part X ++ linear_part Y.
Proof.
  induction X as [|a X IH]; simpl; [reflexivity |]. destruct (factors a) as [|f [|]]; simpl; now rewrite IH.
Qed.
Lemma linear_part_flat_map {A} (f : A -> list monomial) l :
  linear_part (flat_map f l) = flat_map (fun a => linear_part (f a)) l.
Proof. induction l as [|a l IH]; simpl; [reflexivity |]. now rewrite linear_part_app, IH. Qed.

Lemma input_joined_value y x y' x' v u v' u' s t :
  input_joined (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) y x y' x' v u v' u' s t =
  gram_mean_limit in_C (fst s) y y' * gram_mean_limit in_C (fst t) v v' *
  sum_list (joined (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) in_F (snd s) (snd t) x x' u u')
    (fun q => fst q * leading [snd q]).
Proof.
  unfold input_joined, gram_mean_limit. rewrite <- sum_list_mul_l. apply sum_list_ext. intros q _.
  change (snd q :: words in_C (fst s) ++ words in_C (fst t))
    with ([snd q] ++ (words in_C (fst s) ++ words in_C (fst t))).
  rewrite !leading_app. ring.
Qed.
Lemma readout_joined_value y x y' x' v u v' u' s t :
  readout_joined (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) y x y' x' v u v' u' s t =
  gram_mean_limit in_F (snd s) x x' * gram_mean_limit in_F (snd t) u u' *
  sum_list (joined (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) in_C (fst s) (fst t) y y' v v')
    (fun q => fst q * leading [snd q]).
Proof.
  unfold readout_joined, gram_mean_limit. rewrite <- sum_list_mul_l. apply sum_list_ext. intros q _.
  change (snd q :: words in_F (snd s) ++ words in_F (snd t))
    with ([snd q] ++ (words in_F (snd s) ++ words in_F (snd t))).
  rewrite !leading_app. ring.
Qed.
Lemma term_covariance_bilinear y x y' x' v u v' u' s t :
  bilinear form_covariance (linear_part (term_polynomial y x y' x' s))
    (linear_part (term_polynomial v u v' u' t)) =
  input_joined (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) y x y' x' v u v' u' s t +
  readout_joined (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) y x y' x' v u v' u' s t.
Proof.
  rewrite input_joined_value, readout_joined_value. destruct s as [s1 s2], t as [t1 t2]. unfold bilinear.
  destruct s1 as [a|], s2 as [b|], t1 as [c|], t2 as [d|];
    unfold term_polynomial; cbn [fst snd app linear_part factors limit sum_list];
    rewrite ?form_covariance_joined, ?form_covariance_apart by reflexivity;
    try (destruct a as [a1 a2]); try (destruct b as [b1 b2]); try (destruct c as [c1 c2]);
      try (destruct d as [d1 d2]);
    cbn [ThetaPairs.joined sum_list]; ring.
Qed.
Lemma theta_covariance i j y x y' x' k l v u v' u' :
  bilinear form_covariance (linear_part (theta_polynomial i j y x y' x'))
    (linear_part (theta_polynomial k l v u v' u'))
  = covariance_limit (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) i j y x y' x' k l v u v' u'.
Proof.
  unfold theta_polynomial. rewrite !linear_part_flat_map. unfold bilinear at 1, covariance_limit.
  rewrite sum_list_flat_map. apply sum_list_ext. intros s _.
  rewrite (sum_list_ext (linear_part (term_polynomial y x y' x' s)) _ (fun a => sum_list (terms k l) (fun t =>
    sum_list (linear_part (term_polynomial v u v' u' t)) (fun b =>
      fst a * fst b * form_covariance (snd a) (snd b)))))
    by (intros; apply sum_list_flat_map).
  rewrite sum_list_swap. apply sum_list_ext. intros t _. rewrite <- term_covariance_bilinear. reflexivity.
Qed.

(* ---- Moments of the lag kernel ---- *)
(* Theta_ij in row (y, x) and column (y', x'). *)
Record entry_of_kernel := Entry {
  lag_i : nat; lag_j : nat; at_y : nat; at_x : nat; at_y' : nat; at_x' : nat
}.
Definition in_range (n_x n_y : nat) (e : entry_of_kernel) : Prop :=
  (at_y e < n_y)%nat /\ (at_x e < n_x)%nat /\ (at_x' e < n_x)%nat.

Definition kernel_entry (n n_x n_y : nat) (root : K) (e : entry_of_kernel) : G :=
  Theta G n n_x n_y root (lag_i e) (lag_j e) (at_y e) (at_x e) (at_y' e) (at_x' e).
Definition kernel_polynomial (e : entry_of_kernel) : list monomial :=
  theta_polynomial (lag_i e) (lag_j e) (at_y e) (at_x e) (at_y' e) (at_x' e).
(* The limit of n Cov, of CovarianceLaw.v. *)
Definition kernel_covariance (e f : entry_of_kernel) : K :=
  covariance_limit (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C)
    (lag_i e) (lag_j e) (at_y e) (at_x e) (at_y' e) (at_x' e)
    (lag_i f) (lag_j f) (at_y f) (at_x f) (at_y' f) (at_x' f).

(* E of the product of Theta - E Theta over the entries. *)
Definition central_moment (n n_x n_y : nat) (root : K) (l : list entry_of_kernel) : K :=
  expect (fold_right (fun e y =>
    (kernel_entry n n_x n_y root e - constant (expect (kernel_entry n n_x n_y root e))) * y) 1 l).

Lemma polynomials_value_app n root Xs Ys :
  polynomials_value n root (Xs ++ Ys) = polynomials_value n root Xs * polynomials_value n root Ys.
Proof. induction Xs as [|X Xs IH]; simpl; [ring | rewrite IH; ring]. Qed.
Lemma central_moment_value n n_x n_y root l : Forall (in_range n_x n_y) l ->
  central_moment n n_x n_y root l = mixed_moment n root (rev (map kernel_polynomial l)) [].
Proof.
  intros Hl. unfold central_moment, mixed_moment. f_equal. simpl centred_forms.
  induction l as [|e l IH]; [simpl; ring |]. inversion Hl as [|? ? [Hy [Hx Hx']] Hrest]; subst.
  simpl fold_right. simpl map. simpl rev. rewrite IH, polynomials_value_app by exact Hrest.
  cbn [polynomials_value].
  assert (polynomial_value n root (kernel_polynomial e) = centred (kernel_entry n n_x n_y root e)) as ->
    by (unfold kernel_polynomial, kernel_entry; now apply (theta_polynomial_value G n n_x n_y root)).
  unfold CentredTraces.centred. ring.
Qed.
Lemma kernel_polynomials_admissible l : Forall (Forall admissible) (rev (map kernel_polynomial l)).
Proof.
  apply Forall_forall. intros X HX. apply in_rev, in_map_iff in HX as [e [<- _]].
  unfold kernel_polynomial. apply (theta_polynomial_admissible G).
Qed.

Theorem fluctuations_even n_x n_y l m : Forall (in_range n_x n_y) l -> length l = (2 * m)%nat ->
  begins_at m (gaussian_moment kernel_covariance l) (fun n root => central_moment n n_x n_y root l).
Proof.
  intros Hl Hm. eapply begins_at_ext; [intros; now apply central_moment_value |].
  eapply begins_at_value.
  - apply mixed_moment_leading; [apply kernel_polynomials_admissible | constructor |].
    rewrite rev_length, map_length. simpl. lia.
  - rewrite app_nil_r, map_rev, rev_involutive, map_map. apply gaussian_moment_map.
    intros e f. unfold kernel_polynomial, kernel_covariance. apply theta_covariance.
Qed.
Theorem fluctuations_odd n_x n_y l m : Forall (in_range n_x n_y) l -> length l = (2 * m + 1)%nat ->
  bounded (m + 1) (fun n root => central_moment n n_x n_y root l).
Proof.
  intros Hl Hm. eapply bounded_ext; [intros; now apply central_moment_value |].
  eapply bounded_lower; [|apply mixed_moment_bounded; [apply kernel_polynomials_admissible | constructor]].
  rewrite rev_length, map_length, Hm. simpl length. replace (S (2 * m + 1 + 0)) with (2 * (m + 1))%nat by lia.
  rewrite Nat.div2_double. lia.
Qed.
End Fluctuations.
