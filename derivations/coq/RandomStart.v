(* The start at random, and the powers that its first two moments give: of L_j and of the first residual.

   The entries of all L_j have mean 0, are uncorrelated, and those of L_j have the variance nu_C nu_F nu_W^j
   (impulse-response-prior).  Nothing else of their law is used. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence.
From NTK Require Import Norms Bounds FirstLag RandomMatrices.
Open Scope R_scope.

Section Start.
Context {E : Expectation}.
Variables (data : Regression reals) (n_x lags : nat) (nu_W nu_F nu_C : R) (start : outcome E -> matrix reals).

Let m := parameters data.
Let l := targets data.
Let n := size data.

Definition random_start : Prop :=
  forall p y, (p < m)%nat -> (y < l)%nat -> observable (fun o => start o p y).

(* An entry of L_j at the start. *)
Let L (p y : nat) (o : outcome E) : R := roots data p * start o p y.

(* The first two moments of the start. *)
Definition prior_moments : Prop :=
  (forall p y, (p < m)%nat -> (y < l)%nat -> mean (L p y) = 0) /\
  (forall i a i' a' y y',
     (i < lags)%nat -> (i' < lags)%nat -> (a < n_x)%nat -> (a' < n_x)%nat -> (y < l)%nat -> (y' < l)%nat ->
     mean (fun o => L (i * n_x + a) y o * L (i' * n_x + a') y' o)
     = nu_C * nu_F * pow nu_W i
       * (delta (K := reals) i i' * (delta (K := reals) a a' * delta (K := reals) y y'))).

Hypotheses (observed : random_start) (moments : prior_moments).
Hypothesis rows : m = (lags * n_x)%nat.

Lemma row_at_lag i a : (i < lags)%nat -> (a < n_x)%nat -> (i * n_x + a < m)%nat.
Proof. intros Hi Ha. rewrite rows. nia. Qed.

Lemma entry_observable p y : (p < m)%nat -> (y < l)%nat -> observable (L p y).
Proof. intros Hp Hy. apply observable_scale. now apply observed. Qed.

(* ---- The power of the first residual ---- *)

(* What the response predicts at a row of X, for one output. *)
Let signal (q y : nat) (o : outcome E) : R :=
  sum (K := reals) lags (fun i => sum (K := reals) n_x (fun a =>
    lagged data q (i * n_x + a)%nat * L (i * n_x + a) y o)).

Lemma signal_observable q y : (y < l)%nat -> observable (signal q y).
Proof.
  intros Hy. apply (observable_sum lags (fun i o => sum (K := reals) n_x (fun a => _ * L (i * n_x + a) y o))).
  intros i Hi. apply (observable_sum n_x (fun a o => _ * L (i * n_x + a) y o)). intros a Ha.
  apply observable_scale, entry_observable; [now apply row_at_lag | exact Hy].
Qed.

(* The mean of the signal times anything is taken term by term. *)
Lemma mean_signal q y f : (y < l)%nat -> observable f ->
  mean (fun o => signal q y o * f o)
  = sum (K := reals) lags (fun i => sum (K := reals) n_x (fun a =>
      lagged data q (i * n_x + a)%nat * mean (fun o => L (i * n_x + a) y o * f o))).
Proof.
  intros Hy Hf.
  set (term := fun i a (o : outcome E) => lagged data q (i * n_x + a)%nat * (L (i * n_x + a) y o * f o)).
  assert (Hterm : forall i a, (i < lags)%nat -> (a < n_x)%nat ->
            observable (fun o => L (i * n_x + a) y o * f o)).
  { intros i a Hi Ha.
    apply observable_mul; [apply entry_observable; [now apply row_at_lag | exact Hy] | exact Hf]. }
  transitivity (mean (fun o => sum (K := reals) lags (fun i => sum (K := reals) n_x (fun a => term i a o)))).
  - apply mean_ext; [apply observable_mul; [now apply signal_observable | exact Hf] |]. intros o.
    unfold signal. change (@mul reals) with Rmult.
    transitivity (@sum reals lags (fun i => @sum reals n_x (fun a =>
      lagged data q (i * n_x + a)%nat * L (i * n_x + a) y o) * f o)).
    + symmetry. apply (sum_mul_r (K := reals)).
    + apply (sum_ext (K := reals)). intros i _. etransitivity; [symmetry; apply (sum_mul_r (K := reals)) |].
      apply (sum_ext (K := reals)). intros a _. unfold term. simpl. ring.
  - rewrite (mean_sum lags (fun i o => sum (K := reals) n_x (fun a => term i a o))).
    + apply (sum_ext (K := reals)). intros i Hi. rewrite (mean_sum n_x (term i)).
      * apply (sum_ext (K := reals)). intros a Ha. now apply mean_scale, Hterm.
      * intros a Ha. now apply observable_scale, Hterm.
    + intros i Hi. apply observable_sum. intros a Ha. now apply observable_scale, Hterm.
Qed.

Lemma mean_signal_zero q y : (y < l)%nat -> mean (signal q y) = 0.
Proof.
  intros Hy.
  transitivity (mean (fun o => signal q y o * 1)).
  - apply mean_ext; [now apply signal_observable | intros; ring].
  - rewrite (mean_signal q y (fun _ => 1)) by (assumption || apply observable_constant).
    apply (sum_vanishing (K := reals)). intros i Hi. apply (sum_vanishing (K := reals)). intros a Ha.
    assert (Hmean : mean (fun o => L (i * n_x + a) y o * 1) = 0).
    { rewrite <- (proj1 moments (i * n_x + a)%nat y (row_at_lag i a Hi Ha) Hy). apply mean_ext.
      - apply observable_mul; [apply entry_observable; [now apply row_at_lag | exact Hy] |].
        apply observable_constant.
      - intros. ring. }
    rewrite Hmean. apply Rmult_0_r.
Qed.

(* Different entries do not correlate: what is left is a sum of squares. *)
Lemma mean_signal_squared q y : (y < l)%nat ->
  mean (fun o => signal q y o * signal q y o)
  = sum (K := reals) lags (fun i => nu_C * nu_F * pow nu_W i
      * sum (K := reals) n_x (fun a => lagged data q (i * n_x + a)%nat * lagged data q (i * n_x + a)%nat)).
Proof.
  intros Hy. rewrite mean_signal by (assumption || now apply signal_observable).
  apply (sum_ext (K := reals)). intros i Hi. rewrite <- (sum_mul_l (K := reals)).
  apply (sum_ext (K := reals)). intros a Ha.
  assert (Hcross : mean (fun o => L (i * n_x + a) y o * signal q y o)
                   = nu_C * nu_F * pow nu_W i * lagged data q (i * n_x + a)%nat).
  { transitivity (mean (fun o => signal q y o * L (i * n_x + a) y o)).
    { apply mean_ext; [apply observable_mul |]; [| | intros; ring].
      - apply entry_observable; [now apply row_at_lag | exact Hy].
      - now apply signal_observable. }
    rewrite mean_signal by (assumption || (apply entry_observable; [now apply row_at_lag | exact Hy])).
    transitivity (@sum reals lags (fun i' => @mul reals (delta i i') (@sum reals n_x (fun a' =>
      @mul reals (delta a a') (lagged data q (i' * n_x + a')%nat * (nu_C * nu_F * pow nu_W i')))))).
    - apply (sum_ext (K := reals)). intros i' Hi'. rewrite <- (sum_mul_l (K := reals)).
      apply (sum_ext (K := reals)). intros a' Ha'. rewrite (proj2 moments) by assumption.
      rewrite (delta_sym i' i), (delta_sym a' a). unfold delta at 3. rewrite Nat.eqb_refl. simpl. ring.
    - etransitivity; [exact (sum_delta (K := reals) lags i (fun i' => sum n_x (fun a' =>
        @mul reals (delta a a') (lagged data q (i' * n_x + a')%nat * (nu_C * nu_F * pow nu_W i')))) Hi) |].
      etransitivity; [exact (sum_delta (K := reals) n_x a
        (fun a' => lagged data q (i * n_x + a')%nat * (nu_C * nu_F * pow nu_W i)) Ha) |].
      ring. }
  rewrite Hcross. simpl. ring.
Qed.
(* r^0 = signal - Y *)
Lemma residual_at_start o q y : residual data (start o) q y = signal q y o - wanted data q y.
Proof.
  unfold residual, matrix_sub, product. fold m. rewrite rows, sum_blocks.
  unfold signal. simpl. f_equal. apply (sum_ext (K := reals)). intros i _. apply (sum_ext (K := reals)).
  intros a _. unfold features, L. simpl. ring.
Qed.

Lemma residual_observable q y : (y < l)%nat -> observable (fun o => residual data (start o) q y).
Proof.
  intros Hy. apply (observable_ext _ (fun o => signal q y o + - wanted data q y)).
  - intros o. rewrite residual_at_start. simpl. ring.
  - apply observable_add; [now apply signal_observable | apply observable_constant].
Qed.

Definition first_residual : random_matrices E n l.
Proof.
  refine {| draw := fun o => residual data (start o) |}. intros q y _ Hy. now apply residual_observable.
Defined.

(* The sum of all squares of X_i *)
Let size_of_lag (i : nat) : R :=
  inner_matrices (K := reals) n n_x (inputs_at_lag data n_x i) (inputs_at_lag data n_x i).

Lemma mean_entry_squared q y : (y < l)%nat ->
  mean (fun o => residual data (start o) q y * residual data (start o) q y)
  = wanted data q y * wanted data q y
    + sum (K := reals) lags (fun i => nu_C * nu_F * pow nu_W i
        * sum (K := reals) n_x (fun a => lagged data q (i * n_x + a)%nat * lagged data q (i * n_x + a)%nat)).
Proof.
  intros Hy. pose proof (signal_observable q y Hy) as Hsignal.
  assert (Hsquare : observable (fun o => signal q y o * signal q y o)) by now apply observable_mul.
  transitivity (mean (fun o => signal q y o * signal q y o
                  + (-2 * wanted data q y * signal q y o + wanted data q y * wanted data q y))).
  - apply mean_ext; [apply observable_mul; now apply residual_observable |].
    intros o. rewrite residual_at_start. simpl. ring.
  - rewrite mean_add by
      (assumption || (apply observable_add; [now apply observable_scale | apply observable_constant])).
    rewrite mean_add by ((now apply observable_scale) || apply observable_constant).
    rewrite mean_scale, mean_signal_zero, mean_constant, mean_signal_squared by assumption. ring.
Qed.

(* |Y|^2, and n_y times the sum of |X_i|^2 Var(L_i). *)
Lemma mean_residual_squared :
  dot first_residual first_residual
  = inner_matrices n l (wanted data) (wanted data)
    + INR l * sum (K := reals) lags (fun i => nu_C * nu_F * pow nu_W i * size_of_lag i).
Proof.
  etransitivity; [apply random_dot_by_entries |].
  set (S := fun q => sum (K := reals) lags (fun i => nu_C * nu_F * pow nu_W i
        * sum (K := reals) n_x (fun a => lagged data q (i * n_x + a)%nat * lagged data q (i * n_x + a)%nat))).
  transitivity (sum (K := reals) n (fun q => sum (K := reals) l (fun y =>
    @add reals (wanted data q y * wanted data q y) (S q)))).
  { apply (sum_ext (K := reals)). intros q _. apply (sum_ext (K := reals)). intros y Hy.
    now apply mean_entry_squared. }
  transitivity (@add reals (inner_matrices n l (wanted data) (wanted data)) (whole l * sum (K := reals) n S)).
  { unfold inner_matrices. rewrite <- (sum_mul_l (K := reals)), <- (sum_add (K := reals)).
    apply (sum_ext (K := reals)). intros q _. rewrite (sum_add (K := reals)), (sum_const (K := reals)).
    reflexivity. }
  rewrite whole_real. simpl. do 2 f_equal. unfold S. rewrite (sum_swap (K := reals)).
  apply (sum_ext (K := reals)). intros i _. etransitivity; [apply (sum_mul_l (K := reals)) |]. reflexivity.
Qed.
(* ---- The power of L_j at the start ---- *)

Definition response_at_start (i : nat) (Hi : (i < lags)%nat) : random_matrices E n_x l.
Proof.
  refine {| draw := fun o => of_lag data n_x i (fun p y => L p y o) |}.
  intros a y Ha Hy. apply entry_observable; [now apply row_at_lag | exact Hy].
Defined.

(* n_x n_y times the variance of an entry. *)
Lemma mean_response_squared i Hi :
  dot (response_at_start i Hi) (response_at_start i Hi) = INR n_x * INR l * (nu_C * nu_F * pow nu_W i).
Proof.
  etransitivity; [apply random_dot_by_entries |].
  transitivity (sum (K := reals) n_x (fun _ => sum (K := reals) l (fun _ => nu_C * nu_F * pow nu_W i))).
  - apply (sum_ext (K := reals)). intros a Ha. apply (sum_ext (K := reals)). intros y Hy.
    etransitivity; [apply (proj2 moments i a i a y y); assumption |].
    unfold delta. rewrite !Nat.eqb_refl. simpl. ring.
  - rewrite !(sum_const (K := reals)), !whole_real. simpl. ring.
Qed.

(* ---- Bounds by the spectral norm of X_0 ---- *)

Lemma geometric_sum_at_most k : 0 <= nu_W < 1 -> sum (K := reals) k (pow nu_W) <= 1 / (1 - nu_W).
Proof.
  intros HW. apply (Rmult_le_reg_r (1 - nu_W)); [lra |].
  replace (1 / (1 - nu_W) * (1 - nu_W)) with 1 by (field; lra).
  assert (Hsum : sum (K := reals) k (pow nu_W) * (1 - nu_W) = 1 - pow nu_W k).
  { induction k as [| k IH]; simpl in *; [ring | lra]. }
  rewrite Hsum. pose proof (pow_le nu_W k (proj1 HW)). lra.
Qed.

(* E |r^0|^2 *)
Lemma residual_power_at_most x : 0 <= nu_W < 1 -> 0 <= nu_C * nu_F ->
  (forall i, (i < lags)%nat -> spectral_norm_at_most data n_x i x) ->
  dot first_residual first_residual
  <= inner_matrices n l (wanted data) (wanted data) + INR n_x * INR l * (nu_C * nu_F / (1 - nu_W)) * x ^ 2.
Proof.
  intros HW Hp spectral. rewrite mean_residual_squared. apply Rplus_le_compat_l.
  pose proof (pos_INR l). pose proof (pos_INR n_x). pose proof (pow2_ge_0 x).
  apply Rle_trans with (INR l * (nu_C * nu_F * (INR n_x * x ^ 2) * (1 / (1 - nu_W)))); [| right; field; lra].
  apply Rmult_le_compat_l; [assumption |].
  assert (Hscale : 0 <= nu_C * nu_F * (INR n_x * x ^ 2)).
  { apply Rmult_le_pos; [assumption | apply Rmult_le_pos; assumption]. }
  apply Rle_trans with (2 := Rmult_le_compat_l _ _ _ Hscale (geometric_sum_at_most lags HW)).
  rewrite <- (sum_mul_l (K := reals)). apply sum_at_most. intros i Hi.
  pose proof (squares_at_most data n_x i x (spectral i Hi)) as Hsize. fold n in Hsize.
  change (size_of_lag i <= INR n_x * x ^ 2) in Hsize.
  assert (Hfactor : 0 <= nu_C * nu_F * pow nu_W i) by (apply Rmult_le_pos; [assumption | apply pow_le; lra]).
  apply (Rmult_le_compat_l _ _ _ Hfactor) in Hsize. simpl in *. lra.
Qed.
End Start.
