(* The inputs of a lag are those of lag 0, delayed; so step-bound holds with |X_0| for |X_j|.

   Where every output counts and inputs before the start are 0, the rows of X_j are 0 or rows of X_0.  Hence
   |X_j| <= |X_0|.  As rho_0 |X_0|^2 is at most the greatest eigenvalue of H, step-bound becomes, for
   eta <= 1/lambda_max, [moved_by_first_lag]: |L_j^k - L_j^0| <= k (rho_j / rho_0) |r^0| / |X_0|. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence Minima.
From NTK Require Import Network LaggedInputs Norms Bounds.
Open Scope R_scope.

(* X has a row for every sequence b and time t; [x b t a] is input a. *)
Definition lags_of_sequences (data : Regression reals) (n_x lags sequences times : nat)
    (x : nat -> nat -> nat -> R) : Prop :=
  size data = (sequences * times)%nat /\
  forall b t j a, (b < sequences)%nat -> (t < times)%nat -> (j < lags)%nat -> (a < n_x)%nat ->
    lagged data (b * times + t)%nat (j * n_x + a)%nat = if j <=? t then x b (t - j)%nat a else 0.

(* The regression of sequences (LaggedInputs.v) has such inputs, and its weights are squares of its roots. *)
Lemma sequences_have_lags count T l m (x y : nat -> sequence reals) root_rho :
  lags_of_sequences (sequences_regression count T l m x y root_rho) l T count T x.
Proof.
  split; [reflexivity |]. intros b t j a Hb Ht Hj Ha. cbn [sequences_regression lagged]. unfold lagged_inputs.
  now rewrite !block_of, !place_in_block by assumption.
Qed.

Lemma sequences_scaled_by count T l m (x y : nat -> sequence reals) (weight : nat -> R) :
  scaled_by (sequences_regression count T l m x y (fun j => sqrt (weight j))) l T weight.
Proof.
  split; [reflexivity |]. intros j a Hj Ha. cbn [sequences_regression roots]. now rewrite block_of.
Qed.

Lemma sum_part h w (f : nat -> R) :
  (forall t, 0 <= f t) -> sum (K := reals) h f <= sum (K := reals) (h + w) f.
Proof.
  intros H. rewrite sum_split. simpl.
  assert (0 <= sum (K := reals) w (fun t => f (h + t)%nat)) by (apply sum_nonnegative; auto). lra.
Qed.

(* A delayed sequence loses its end. *)
Lemma sum_delayed times j (f : nat -> R) : (forall t, 0 <= f t) ->
  sum (K := reals) times (fun t => if j <=? t then f (t - j)%nat else 0) <= sum (K := reals) times f.
Proof.
  intros H. destruct (le_lt_dec j times) as [Hj | Hj].
  - replace times with (j + (times - j))%nat at 1 by lia. rewrite sum_split, sum_vanishing.
    + rewrite (sum_ext (K := reals) _ _ f).
      * simpl. rewrite Rplus_0_l. replace times with (times - j + j)%nat at 2 by lia. now apply sum_part.
      * intros t _. destruct (Nat.leb_spec j (j + t)); [f_equal; lia | lia].
    + intros t Ht. destruct (Nat.leb_spec j t); [lia | reflexivity].
  - rewrite sum_vanishing; [now apply sum_nonnegative |].
    intros t Ht. destruct (Nat.leb_spec j t); [lia | reflexivity].
Qed.

Section Inputs.
Variables (data : Regression reals) (n_x lags sequences times : nat) (x : nat -> nat -> nat -> R).
Hypothesis delayed : lags_of_sequences data n_x lags sequences times x.

(* |X_j| <= |X_0| *)
Theorem lag_at_most_first j bound : (j < lags)%nat ->
  spectral_norm_at_most data n_x 0 bound -> spectral_norm_at_most data n_x j bound.
Proof.
  intros Hj [Hbound first]. split; [exact Hbound |]. intros v. cbv zeta.
  apply Rle_trans with (2 := first v). cbv zeta.
  destruct delayed as [-> entries]. unfold inner at 1 4. rewrite !sum_blocks. apply sum_at_most. intros b Hb.
  set (f := fun t => let y := inner (K := reals) n_x (x b t) v in y * y : R).
  assert (rows : forall i t, (i < lags)%nat -> (t < times)%nat ->
    inner (K := reals) n_x (inputs_at_lag data n_x i (b * times + t)%nat) v
    * inner (K := reals) n_x (inputs_at_lag data n_x i (b * times + t)%nat) v
    = if i <=? t then f (t - i)%nat else 0).
  { intros i t Hi Ht. unfold f, inner, inputs_at_lag.
    destruct (Nat.leb_spec i t) as [Hit | Hit].
    - f_equal; apply (sum_ext (K := reals)); intros a Ha; rewrite entries by assumption;
        (destruct (Nat.leb_spec i t); [reflexivity | lia]).
    - rewrite (sum_vanishing (K := reals)); [simpl; ring |].
      intros a Ha. rewrite entries by assumption. destruct (Nat.leb_spec i t); [lia | simpl; ring]. }
  apply Rle_trans with (sum (K := reals) times (fun t => if j <=? t then f (t - j)%nat else 0)).
  - right. apply (sum_ext (K := reals)). intros t Ht. now apply rows.
  - apply Rle_trans with (sum (K := reals) times f).
    + apply sum_delayed. intros t. apply Rle_0_sqr.
    + right. apply (sum_ext (K := reals)). intros t Ht. symmetry. etransitivity; [apply rows; lia |].
      simpl. f_equal. lia.
Qed.
End Inputs.

(* The sum of all squares is at most n_x |X_j|^2: a column is the image of a unit vector. *)
Lemma squares_at_most data n_x j x : spectral_norm_at_most data n_x j x ->
  inner_matrices (size data) n_x (inputs_at_lag data n_x j) (inputs_at_lag data n_x j) <= INR n_x * x ^ 2.
Proof.
  intros [_ spectral]. set (X := inputs_at_lag data n_x j) in *. set (n := size data) in *.
  unfold inner_matrices. rewrite sum_swap.
  apply Rle_trans with (sum (K := reals) n_x (fun _ => x ^ 2)).
  - apply sum_at_most. intros a Ha. pose proof (spectral (delta (K := reals) a)) as column.
    cbv zeta in column.
    assert (Himage : forall q, inner (K := reals) n_x (X q) (delta a) = X q a).
    { intros q. etransitivity; [| exact (sum_delta (K := reals) n_x a (X q) Ha)].
      apply (sum_ext (K := reals)). intros. apply Rmult_comm. }
    assert (Hunit : inner (K := reals) n_x (delta a) (delta a) = 1).
    { etransitivity; [exact (sum_delta (K := reals) n_x a (delta a) Ha) |]. unfold delta.
      now rewrite Nat.eqb_refl. }
    rewrite Hunit, Rmult_1_r in column. apply Rle_trans with (2 := column). right. symmetry.
    apply (sum_ext (K := reals)). intros q _. rewrite Himage. reflexivity.
  - right. rewrite (sum_const (K := reals)), whole_real. reflexivity.
Qed.

(* The spectral norm of X_j: the least of its bounds. *)
Definition is_spectral_norm (data : Regression reals) (n_x j : nat) (x : R) : Prop :=
  spectral_norm_at_most data n_x j x /\ forall bound, spectral_norm_at_most data n_x j bound -> x <= bound.

Section LargestStep.
Variables (data : Regression reals) (n_x lags : nat) (weight : nat -> R) (lambda x_0 : R).
Hypothesis scaled_data : scaled_by data n_x lags weight.
Hypotheses (Hlags : (0 < lags)%nat) (Houtputs : (0 < targets data)%nat) (Hweight : 0 < weight 0%nat).
Hypotheses (bounded : bounds_hessian data lambda) (norm_of_first : is_spectral_norm data n_x 0 x_0).

Let m := parameters data.
Let l := targets data.
Let n := size data.

(* Parameters at lag 0 alone, the same for every output: rho_0 |X_0 v|^2 <= lambda |v|^2. *)
Lemma hessian_at_first_lag (v : nat -> R) :
  let image r := inner n_x (inputs_at_lag data n_x 0 r) v in
  weight 0%nat * inner n image image <= lambda * inner n_x v v.
Proof.
  intros image. set (V := (fun p _ => if p <? n_x then v p else 0) : matrix reals).
  assert (Hm : m = (n_x + (lags - 1) * n_x)%nat) by (unfold m; destruct scaled_data as [-> _]; nia).
  assert (Hl : 0 < whole (K := reals) l) by (rewrite whole_real; apply lt_0_INR; exact Houtputs).
  assert (Hsize : inner_matrices m l V V = whole (K := reals) l * inner (K := reals) n_x v v).
  { unfold inner_matrices. rewrite Hm, sum_split, (sum_vanishing (K := reals) ((lags - 1) * n_x)).
    - unfold inner. rewrite <- (sum_mul_l (K := reals)). simpl. rewrite Rplus_0_r.
      apply (sum_ext (K := reals)).
      intros p Hp. unfold V. apply Nat.ltb_lt in Hp as ->. apply (sum_const (K := reals)).
    - intros p _. apply (sum_vanishing (K := reals)). intros y _. unfold V.
      destruct (Nat.ltb_spec (n_x + p) n_x); [lia | simpl; ring]. }
  assert (Hrows : forall r y, product m (features data) V r y = sqrt (weight 0%nat) * image r).
  { intros r y. unfold product, image, inner. rewrite Hm, sum_split.
    rewrite (sum_vanishing (K := reals) ((lags - 1) * n_x)).
    - rewrite <- (sum_mul_l (K := reals)). simpl. rewrite Rplus_0_r. apply (sum_ext (K := reals)).
      intros p Hp. unfold V, features, inputs_at_lag. pose proof Hp as Hp'. apply Nat.ltb_lt in Hp' as ->.
      pose proof (proj2 scaled_data 0%nat p Hlags Hp) as root. simpl in *. rewrite root. ring.
    - intros p _. unfold V. destruct (Nat.ltb_spec (n_x + p) n_x); [lia | simpl; ring]. }
  assert (Himage : inner_matrices n l (product m (features data) V) (product m (features data) V)
                   = whole (K := reals) l * (weight 0%nat * inner (K := reals) n image image)).
  { unfold inner_matrices, inner. rewrite <- !(sum_mul_l (K := reals)). apply (sum_ext (K := reals)).
    intros r _.
    rewrite <- (sum_const (K := reals)). apply (sum_ext (K := reals)). intros y _. rewrite Hrows.
    pose proof (sqrt_sqrt (weight 0%nat) (Rlt_le _ _ Hweight)) as Hroot. simpl. ring [Hroot]. }
  pose proof (bounded V) as H. fold m l n in H. rewrite Hsize, Himage in H.
  apply (Rmult_le_reg_l (whole (K := reals) l)); [exact Hl |]. simpl in *. lra.
Qed.

(* rho_0 |X_0|^2 <= lambda_max *)
Lemma first_lag_at_most : 0 <= lambda -> weight 0%nat * x_0 ^ 2 <= lambda.
Proof.
  intros Hlambda. destruct norm_of_first as [[Hx _] least].
  assert (Hquotient : 0 <= lambda / weight 0%nat).
  { apply Rmult_le_pos; [exact Hlambda | now apply Rlt_le, Rinv_0_lt_compat]. }
  assert (H : x_0 <= sqrt (lambda / weight 0%nat)).
  { apply least. split; [apply sqrt_pos |]. intros v. cbv zeta. rewrite pow2_sqrt by exact Hquotient.
    apply (Rmult_le_reg_l (weight 0%nat)); [exact Hweight |].
    apply Rle_trans with (1 := hessian_at_first_lag v). right. field. lra. }
  assert (Hsquare : x_0 ^ 2 <= lambda / weight 0%nat).
  { rewrite <- (pow2_sqrt (lambda / weight 0%nat)) by exact Hquotient. apply pow_incr. now split. }
  apply (Rmult_le_compat_l (weight 0%nat)) in Hsquare; [| lra].
  apply Rle_trans with (1 := Hsquare). right. field. lra.
Qed.
End LargestStep.

(* step-bound by lag 0 alone. *)
Theorem moved_by_first_lag data n_x lags sequences times x weight eta lambda start x_0 j k :
  0 < lambda -> bounds_hessian data lambda -> 0 < eta <= 1 / lambda ->
  lags_of_sequences data n_x lags sequences times x -> scaled_by data n_x lags weight ->
  (j < lags)%nat -> (0 < targets data)%nat -> 0 < weight 0%nat -> 0 <= weight j ->
  is_spectral_norm data n_x 0 x_0 -> 0 < x_0 ->
  moved data n_x eta start j k
  <= INR k * weight j / weight 0%nat
     * norm (residual data start : matrices (size data) (targets data)) / x_0.
Proof.
  intros Hlambda bounded Heta delayed scaled_data Hj Houtputs Hfirst Hweight Hnorm Hx.
  set (r := norm (residual data start : matrices (size data) (targets data))).
  assert (Hspectral : spectral_norm_at_most data n_x j x_0).
  { exact (lag_at_most_first _ _ _ _ _ _ delayed j x_0 Hj (proj1 Hnorm)). }
  assert (Hstep : 0 < eta <= 2 / lambda).
  { split; [lra |]. apply Rle_trans with (1 / lambda); [lra |].
    apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Hlambda | lra]. }
  apply Rle_trans with (1 := step_bound data eta lambda start Hlambda bounded n_x lags j weight scaled_data Hj
                               Hweight x_0 k Hstep Hspectral).
  fold r.
  (* eta |X_0| <= 1 / (rho_0 |X_0|), as eta lambda <= 1 and rho_0 |X_0|^2 <= lambda *)
  assert (Hlargest : weight 0%nat * x_0 ^ 2 <= lambda).
  { apply (first_lag_at_most data n_x lags weight lambda x_0); auto; [lia | lra]. }
  assert (Heta_x : eta * x_0 <= / (weight 0%nat * x_0)).
  { assert (Hpositive : 0 < weight 0%nat * x_0) by (apply Rmult_lt_0_compat; assumption).
    apply (Rmult_le_reg_r (weight 0%nat * x_0)); [exact Hpositive |]. rewrite Rinv_l by lra.
    apply Rle_trans with (eta * lambda).
    - replace (eta * x_0 * (weight 0%nat * x_0)) with (eta * (weight 0%nat * x_0 ^ 2)) by ring.
      apply Rmult_le_compat_l; lra.
    - replace 1 with (1 / lambda * lambda) by (field; lra). apply Rmult_le_compat_r; lra. }
  assert (0 <= r) by apply norm_nonnegative. pose proof (pos_INR k).
  assert (Hrest : 0 <= INR k * r * weight j) by (repeat apply Rmult_le_pos; assumption).
  apply (Rmult_le_compat_r _ _ _ Hrest) in Heta_x.
  apply Rle_trans with (eta * x_0 * (INR k * r * weight j)); [right; ring |].
  apply Rle_trans with (1 := Heta_x). right. field. lra.
Qed.
