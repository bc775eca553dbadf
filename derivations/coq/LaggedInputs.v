(* The squared loss of sequences is the regression of Descent.v, with the lagged inputs for X.

   There are [count] sequences x_s of inputs and y_s of outputs wanted, with times 0, ..., T - 1, l
   coordinates of the input and m of the output.  A row of X is a sequence and a time, s T + t; a column is a
   lag and a coordinate, j l + q; the entry is the input x_s at time t - j, and 0 before the start.  Over any
   commutative ring:

   - [predictions]: X L, row by row, is the convolution of the inputs with L;
   - [loss_of_sequences]: |X D^{1/2} theta - Y|^2 sums the squared residuals of the scaled convolution. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices Network Losses ScaledConvolution Descent.

Section LaggedInputs.
Context {K : Ring}.
Add Ring scalars : (laws K).
Variables (count T l m : nat) (x y : nat -> sequence K).

(* X *)
Definition lagged_inputs : matrix K := fun r p =>
  if p / l <=? r mod T then x (r / T)%nat (r mod T - p / l)%nat (p mod l)%nat else 0.

(* Y *)
Definition wanted_outputs : matrix K := fun r z => y (r / T)%nat (r mod T)%nat z.

(* L or theta by rows: row j l + q holds the column q of lag j. *)
Definition by_rows (L : lags K) : matrix K := fun p z => L (p / l)%nat z (p mod l)%nat.

Theorem predictions L (s t z : nat) : (t < T)%nat ->
  product (T * l) lagged_inputs (by_rows L) (s * T + t)%nat z = convolved l L (x s) t z.
Proof.
  intros Ht. unfold product. rewrite sum_blocks. unfold convolved.
  rewrite <- Nat.add_1_r, <- (sum_until T) by exact Ht.
  apply sum_ext. intros j _. destruct (Nat.leb_spec j t) as [H | H].
  - apply sum_ext. intros q Hq. unfold lagged_inputs, by_rows.
    rewrite !block_of, !place_in_block by assumption. destruct (Nat.leb_spec j t); [ring | lia].
  - apply sum_vanishing. intros q Hq. unfold lagged_inputs.
    rewrite !block_of, !place_in_block by assumption. destruct (Nat.leb_spec j t); [lia | ring].
Qed.

(* The scaled convolution with weights root_rho^2, as a regression. *)
Definition sequences_regression (root_rho : nat -> K) : Regression K := {|
  size := count * T; parameters := T * l; targets := m;
  lagged := lagged_inputs; wanted := wanted_outputs; roots p := root_rho (p / l)%nat
|}.

Theorem loss_of_sequences (half : K) root_rho theta :
  squared_loss half (sequences_regression root_rho) (by_rows theta)
  = half * sum count (fun s => sum T (fun t => sum m (fun z =>
      let r := convolved l (scaled_response root_rho theta) (x s) t z - y s t z in r * r))).
Proof.
  unfold squared_loss, inner_matrices. cbn [sequences_regression size targets]. f_equal. rewrite sum_blocks.
  apply sum_ext. intros s _. apply sum_ext. intros t Ht. apply sum_ext. intros z _. cbv zeta.
  assert (residual_row : residual (sequences_regression root_rho) (by_rows theta) (s * T + t)%nat z
                         = convolved l (scaled_response root_rho theta) (x s) t z - y s t z).
  { unfold residual, matrix_sub. cbn [sequences_regression parameters wanted]. f_equal.
    - rewrite <- predictions by exact Ht. apply sum_ext. intros p _.
      unfold features, by_rows, scaled_response.
      cbn [sequences_regression lagged roots]. ring.
    - unfold wanted_outputs. now rewrite block_of, place_in_block. }
  now rewrite residual_row.
Qed.
End LaggedInputs.
