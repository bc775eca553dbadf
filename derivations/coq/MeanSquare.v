(* gram-limits and lag-weights: convergence in mean square, for every lag and every entry.

   The mean of the square of the distance to the limit begins with 0 in powers of 1/n: for Theta it is its
   variance, of order 1/n, and the square of what its mean is off by.  Gaussian matrices over the reals,
   where this is a limit as n goes to infinity, are in RealLimit.v. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars Weights LagKernel ListSums Gaussian Words Factorisation Orders Expectation
  QuadraticForms RandomNetwork ExactMean MeanLimit InverseWidth ThetaPairs Covariance CovarianceLaw.
Import ListNotations.
Open Scope scalar_scope.

Section MeanSquare.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Notation variance := (variance_of nu_W nu_F nu_C).

(* E (X - c)^2 *)
Definition mean_square_distance (X : G) (c : K) : K := expect ((X - constant c) * (X - constant c)).

Lemma mean_square_distance_expand X c :
  mean_square_distance X c = expect (X * X) - expect X * expect X + (expect X - c) * (expect X - c).
Proof.
  unfold mean_square_distance.
  replace ((X - constant c) * (X - constant c)) with (X * X - (constant (c + c) * X - constant (c * c)))
    by (rewrite constant_add, constant_mul; ring).
  rewrite !expect_sub, expect_constant_mul, expect_constant. ring.
Qed.

Lemma begins_mean_square (X : nat -> K -> G) c0 v m :
  begins (fun n root => expect (X n root * X n root) - expect (X n root) * expect (X n root)) 0 v ->
  begins (fun n root => expect (X n root)) c0 m ->
  begins (fun n root => mean_square_distance (X n root) c0) 0 v.
Proof.
  intros Hv Hm. apply (begins_ext _ _ _ _ (fun n root _ => mean_square_distance_expand (X n root) c0)).
  assert (begins (fun n root => expect (X n root) - c0) 0 m) as Hd.
  { apply (begins_values _ (c0 - c0) (m - 0)); [|ring | ring].
    apply begins_sub; [exact Hm | apply begins_constant]. }
  apply (begins_values _ (0 + 0 * 0) (v + (0 * m + m * 0))); [|ring | ring].
  apply begins_add; [exact Hv | exact (begins_mul _ _ _ _ _ _ Hd Hd)].
Qed.

(* ---- One Gram ---- *)
Lemma gram_value n root p o x y : same p in_W = false ->
  expect (gram G n root p o x y) = delta x y * weight (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) p o *
    normalised (G := G) n root (words p o).
Proof.
  intros H. pose proof (gram_expect G n root p o x y 1 H (free_one p)) as Hg.
  replace (gram G n root p o x y * 1) with (gram G n root p o x y) in Hg by ring.
  replace (traces n (words p o) * 1 : G) with (traces n (words p o) : G) in Hg by ring. exact Hg.
Qed.
Lemma gram_square n root p o x y : same p in_W = false ->
  expect (gram G n root p o x y * gram G n root p o x y) =
  sum_list (pairings (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) p o o x y x y) (fun q =>
    snd (fst q) * (root * root) ^ fst (fst q) * normalised (G := G) n root (snd q)).
Proof.
  intros H. pose proof (gram_pair G n root p o o x y x y 1 H (free_one p)) as Hg.
  replace (gram G n root p o x y * (gram G n root p o x y * 1))
    with (gram G n root p o x y * gram G n root p o x y) in Hg by ring.
  rewrite Hg. apply sum_list_ext. intros q _. unfold normalised.
  now replace (traces n (snd q) * 1 : G) with (traces n (snd q) : G) by ring.
Qed.

Lemma gram_mean_limit p a b x y : same p in_W = false -> exists m,
  begins (fun n root => expect (gram G n root p (Some (a, b)) x y))
    (gram_limit (variance p) nu_W a b * delta x y) m.
Proof.
  intros H. eexists. eapply begins_ext; [intros; now apply gram_value |].
  eapply begins_values; [apply begins_scale, begins_traces; discriminate | | reflexivity].
  change (order 0 (words p (Some (a, b)))) with (mean 0 (gram_word p a b)).
  rewrite mean_gram_word, letters_words. cbn [lag_sum weight]. unfold gram_limit, delta.
  destruct (Nat.eqb_spec a b) as [<-|Hn].
  - fold (half a a). rewrite half_diagonal. simpl. ring.
  - simpl. ring.
Qed.

(* gram-limits, for a Gram of C or of F: the variance of an entry is of order 1/n, *)
Lemma gram_variance p a b x y : same p in_W = false -> exists v, begins (fun n root =>
    expect (gram G n root p (Some (a, b)) x y * gram G n root p (Some (a, b)) x y)
    - expect (gram G n root p (Some (a, b)) x y) * expect (gram G n root p (Some (a, b)) x y)) 0 v.
Proof.
  intros H. eexists.
  set (o := Some (a, b)). set (w := gram_word p a b). set (d := delta x y * variance p).
  apply (begins_ext _ (fun n root =>
    d * d * (normalised (G := G) n root ([w] ++ [w])
             - normalised (G := G) n root [w] * normalised (G := G) n root [w])
    + root * root * sum_list (joined (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) p o o x y x y) (fun q =>
        fst q * normalised (G := G) n root [snd q]))).
  - intros n root _. rewrite gram_square, gram_value by exact H. unfold pairings.
    cbn [sum_list fst snd]. rewrite sum_list_map. cbn [fst snd].
    rewrite (sum_list_ext _ (fun q => fst q * (root * root) ^ 1 * _)
      (fun q => root * root * (fst q * normalised (G := G) n root [snd q]))) by (intros; simpl; ring).
    rewrite sum_list_mul_l. unfold d, o. cbn [words weight app]. fold w. simpl power. ring.
  - eapply begins_values; [apply begins_add | |].
    + apply begins_scale, begins_covariance; discriminate.
    + eapply begins_lower. apply begins_sum_list. intros q _. apply begins_scale, begins_traces. discriminate.
    + ring.
    + reflexivity.
Qed.
(* and it converges in mean square. *)
Theorem gram_converges p a b x y : same p in_W = false -> exists v,
  begins (fun n root =>
    mean_square_distance (gram G n root p (Some (a, b)) x y)
      (gram_limit (variance p) nu_W a b * delta x y)) 0 v.
Proof.
  intros H. destruct (gram_mean_limit p a b x y H) as [m Hm], (gram_variance p a b x y H) as [v Hv].
  exists v. exact (begins_mean_square _ _ _ _ Hv Hm).
Qed.

(* gram-limits, for the Grams of the network: P_ab -> nu_C nu_W^a delta_ab I and Q_ab -> nu_F nu_W^a
   delta_ab I. *)
Theorem left_gram_converges n_x n_y a b y y' : exists v, begins (fun n root =>
  mean_square_distance (left_gram (network G n n_x n_y root) a b y y')
    (gram_limit nu_C nu_W a b * delta y y')) 0 v.
Proof.
  destruct (gram_converges in_C a b y y' eq_refl) as [v Hv]. exists v.
  eapply begins_ext; [|exact Hv]. intros n root _. now rewrite left_gram_form.
Qed.
Theorem right_gram_converges n_x n_y a b x x' : exists v, begins (fun n root =>
  mean_square_distance (right_gram (network G n n_x n_y root) a b x x')
    (gram_limit nu_F nu_W a b * delta x x')) 0 v.
Proof.
  destruct (gram_converges in_F a b x x' eq_refl) as [v Hv]. exists v.
  eapply begins_ext; [|exact Hv]. intros n root _. now rewrite right_gram_form.
Qed.

(* Their means and variances by themselves. *)
Theorem left_gram_mean n_x n_y a b y y' : exists m, begins (fun n root =>
  expect (left_gram (network G n n_x n_y root) a b y y')) (gram_limit nu_C nu_W a b * delta y y') m.
Proof.
  destruct (gram_mean_limit in_C a b y y' eq_refl) as [m Hm]. exists m.
  eapply begins_ext; [|exact Hm]. intros n root _. now rewrite left_gram_form.
Qed.
Theorem right_gram_mean n_x n_y a b x x' : exists m, begins (fun n root =>
  expect (right_gram (network G n n_x n_y root) a b x x')) (gram_limit nu_F nu_W a b * delta x x') m.
Proof.
  destruct (gram_mean_limit in_F a b x x' eq_refl) as [m Hm]. exists m.
  eapply begins_ext; [|exact Hm]. intros n root _. now rewrite right_gram_form.
Qed.
Theorem left_gram_variance n_x n_y a b y y' : exists v, begins (fun n root =>
  let X := left_gram (network G n n_x n_y root) a b y y' in expect (X * X) - expect X * expect X) 0 v.
Proof.
  destruct (gram_variance in_C a b y y' eq_refl) as [v Hv]. exists v.
  eapply begins_ext; [|exact Hv]. intros n root _. cbv zeta. now rewrite left_gram_form.
Qed.
Theorem right_gram_variance n_x n_y a b x x' : exists v, begins (fun n root =>
  let X := right_gram (network G n n_x n_y root) a b x x' in expect (X * X) - expect X * expect X) 0 v.
Proof.
  destruct (gram_variance in_F a b x x' eq_refl) as [v Hv]. exists v.
  eapply begins_ext; [|exact Hv]. intros n root _. cbv zeta. now rewrite right_gram_form.
Qed.

(* ---- The lag kernel ---- *)
Lemma mean_begins n_x n_y i j y x y' x' : (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat ->
  begins (fun n root => expect (Theta G n n_x n_y root i j y x y' x'))
    (rho nu_W nu_F nu_C i * delta i j * (delta y y' * delta x x'))
    (mean_coefficient nu_W nu_F nu_C i j 1 * (delta y y' * delta x x')).
Proof.
  intros Hy Hx Hx'.
  exists (map (fun r => delta y y' * delta x x' * mean_coefficient nu_W nu_F nu_C i j (r + 2))
    (seq 0 (half i j))).
  intros n root E. rewrite (finite_width_mean nu_W nu_F nu_C n n_x n_y root E) by assumption.
  rewrite <- sum_horner.
  rewrite (sum_ext (half i j) (fun r => delta y y' * delta x x' * _ * _) (fun r => delta y y' * delta x x' *
    (mean_coefficient nu_W nu_F nu_C i j (r + 2) * (root * root) ^ r))) by (intros; ring).
  rewrite sum_mul_l. ring.
Qed.

(* lag-weights: Theta_ij -> rho_i delta_ij I in mean square; the distance's mean square is v/n + O(n^-2),
   with the limit v of n times the variance. *)
Theorem lag_kernel_converges n_x n_y i j y x y' x' : (y < n_y)%nat -> (x < n_x)%nat -> (x' < n_x)%nat ->
  begins (fun n root => mean_square_distance (Theta G n n_x n_y root i j y x y' x')
                          (rho nu_W nu_F nu_C i * delta i j * (delta y y' * delta x x')))
    0 (covariance_limit (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) i j y x y' x' i j y x y' x').
Proof.
  intros Hy Hx Hx'. eapply begins_mean_square; [now apply covariance_expansion | now apply mean_begins].
Qed.
End MeanSquare.
