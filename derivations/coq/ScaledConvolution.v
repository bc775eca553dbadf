(* The scaled convolution: its tangent kernel, and a step of gradient descent.

   The model is a convolution whose impulse response is L_j = sqrt(rho_j) theta_j, j < T; its parameters are
   the entries of the theta_j, n_y by n_x.  Over any commutative ring, for any weights [rho] with roots
   [root_rho]:

   - [scaled_convolution]: the kernel, defined as the sum over all parameters of the products of the outputs'
     derivatives, is the sum over the lags of rho_j <x_{t-j}, x'_{s-j}>, and 0 between two coordinates;
   - [convolution_update]: a step of gradient descent moves L_j by - eta rho_j dJ/dL_j, exactly. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices DualNumbers Network Losses.

Section ScaledConvolution.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types (L G theta : lags K) (x : sequence K).

(* y_t, the sum of L_j x_{t-j} over j <= t: l coordinates come in. *)
Definition convolved {R : Ring} (l : nat) (L : lags R) (x : sequence R) (t y : nat) : R :=
  sum (S t) (fun j => sum l (fun q => L j y q * x (t - j)%nat q)).

(* L_j = sqrt(rho_j) theta_j *)
Definition scaled_response {R : Ring} (root_rho : nat -> R) (theta : lags R) : lags R :=
  fun j y q => root_rho j * theta j y q.

(* theta with slope 1 in one entry. *)
Definition nudged_lags theta (j y q : nat) : lags (Dual K) :=
  fun i z r => (theta i z r, delta j i * (delta y z * delta q r)).

(* The impulse response of the nudged model. *)
Definition nudged_response (root_rho : nat -> K) theta (j y q : nat) : lags (Dual K) :=
  scaled_response (fun i => constant (root_rho i)) (nudged_lags theta j y q).

Lemma slope_nudged_response root_rho theta j y q i z r :
  slope (nudged_response root_rho theta j y q i z r) = delta j i * (delta y z * (delta q r * root_rho i)).
Proof. unfold nudged_response, scaled_response, nudged_lags. rewrite slope_mul. simpl. ring. Qed.

(* ---- The tangent kernel ---- *)

(* Terms that are 0 end a sum early. *)
Lemma sum_until T k (g : nat -> K) : (k < T)%nat ->
  sum T (fun j => if j <=? k then g j else 0) = sum (k + 1) g.
Proof.
  intros H. induction T as [|T IH]; [lia | cbn [sum]]. destruct (Nat.leb_spec T k) as [Hk | Hk].
  - replace T with k by lia. rewrite Nat.add_1_r. cbn [sum]. f_equal. apply sum_ext. intros j Hj.
    destruct (Nat.leb_spec j k); [reflexivity | lia].
  - rewrite IH by lia. ring.
Qed.

(* The derivative of y_t, coordinate z, in entry y q of theta_j. *)
Definition convolved_derivative (l : nat) (root_rho : nat -> K) theta x (j y q t z : nat) : K :=
  slope (convolved l (nudged_response root_rho theta j y q) (fun t r => constant (x t r)) t z).

(* K_ts(x, x'), between output z at time t and output z' at time s, of the model with T lags, m outputs and l
   inputs: the sum over all parameters. *)
Definition convolution_kernel (T m l : nat) (root_rho : nat -> K) theta x x' (t s z z' : nat) : K :=
  sum T (fun j => sum m (fun y => sum l (fun q =>
    convolved_derivative l root_rho theta x j y q t z
    * convolved_derivative l root_rho theta x' j y q s z'))).

(* y_t sees lag j if j <= t, and then has the input of j steps before as its derivative. *)
Lemma convolved_derivative_by_lag l root_rho theta x j y q t z : (q < l)%nat ->
  convolved_derivative l root_rho theta x j y q t z
  = if j <=? t then delta y z * (root_rho j * x (t - j)%nat q) else 0.
Proof.
  intros Hq. unfold convolved_derivative, convolved. rewrite slope_sum.
  rewrite (sum_ext (S t) _ (fun i => delta j i * (delta y z * (root_rho i * x (t - i)%nat q)))).
  - destruct (Nat.leb_spec j t) as [Hj | Hj].
    + apply (sum_delta (S t) j (fun i => delta y z * (root_rho i * x (t - i)%nat q))). lia.
    + apply sum_vanishing. intros i Hi. unfold delta at 1. destruct (Nat.eqb_spec j i); [lia | ring].
  - intros i _. rewrite slope_sum.
    rewrite (sum_ext l _ (fun r => delta q r * (delta j i * delta y z * (root_rho i * x (t - i)%nat r)))).
    + rewrite (sum_delta l q (fun r => delta j i * delta y z * (root_rho i * x (t - i)%nat r))) by exact Hq.
      ring.
    + intros r _. rewrite slope_mul, slope_nudged_response. simpl. ring.
Qed.

(* scaled-convolution *)
Theorem scaled_convolution T m l (rho root_rho : nat -> K) theta x x' t s z z' :
  (forall j, root_rho j * root_rho j = rho j) -> (Nat.min t s < T)%nat -> (z < m)%nat ->
  convolution_kernel T m l root_rho theta x x' t s z z'
  = delta z z' * sum (Nat.min t s + 1) (fun j => rho j * inner l (x (t - j)%nat) (x' (s - j)%nat)).
Proof.
  intros Hrho HT Hz. unfold convolution_kernel.
  rewrite (sum_ext T _ (fun j => delta z z' *
    if j <=? Nat.min t s then rho j * inner l (x (t - j)%nat) (x' (s - j)%nat) else 0)).
  - rewrite sum_mul_l. f_equal. now apply sum_until.
  - intros j _.
    rewrite (sum_ext m _ (fun y => delta z y * (delta z' y *
      if j <=? Nat.min t s then rho j * inner l (x (t - j)%nat) (x' (s - j)%nat) else 0))).
    + rewrite (sum_delta m z (fun y => delta z' y * _)) by exact Hz. now rewrite (delta_sym z' z).
    + intros y _. rewrite (delta_sym z y), (delta_sym z' y).
      destruct (Nat.leb_spec j (Nat.min t s)) as [Hj | Hj].
      * unfold inner. rewrite <- !sum_mul_l. apply sum_ext. intros q Hq.
        rewrite !convolved_derivative_by_lag by exact Hq. rewrite <- (Hrho j).
        destruct (Nat.leb_spec j t), (Nat.leb_spec j s); [ring | lia..].
      * rewrite sum_vanishing; [ring |]. intros q Hq. rewrite !convolved_derivative_by_lag by exact Hq.
        destruct (Nat.leb_spec j t), (Nat.leb_spec j s); [lia | ring..].
Qed.

(* ---- Gradient descent ---- *)

(* dJ/dtheta, entry y q of lag j *)
Definition convolution_gradient (J : lags (Dual K) -> Dual K) root_rho theta : lags K :=
  fun j y q => slope (J (nudged_response root_rho theta j y q)).

Lemma convolution_gradient_by_lag J root_rho theta T m l G j y q :
  is_gradient J T m l (scaled_response root_rho theta) G -> (j < T)%nat -> (y < m)%nat -> (q < l)%nat ->
  convolution_gradient J root_rho theta j y q = root_rho j * G j y q.
Proof.
  intros H Hj Hy Hq. unfold convolution_gradient. rewrite H by reflexivity. unfold inner_lags.
  rewrite <- (sum_delta T j (fun i => root_rho i * G i y q) Hj). apply sum_ext. intros i _.
  rewrite <- (sum_delta m y (fun z => root_rho i * G i z q) Hy), <- sum_mul_l. apply sum_ext. intros z _.
  rewrite <- (sum_delta l q (fun r => root_rho i * G i z r) Hq), <- !sum_mul_l. apply sum_ext. intros r _.
  rewrite slope_nudged_response. ring.
Qed.

(* theta after k steps from [theta]. *)
Fixpoint convolution_descent J root_rho (eta : K) theta (k : nat) : lags K :=
  match k with
  | O => theta
  | S k => let now := convolution_descent J root_rho eta theta k in
           fun j y q => now j y q - eta * convolution_gradient J root_rho now j y q
  end.

(* L_j after k steps. *)
Definition trained_response J root_rho (eta : K) theta (k : nat) : lags K :=
  scaled_response root_rho (convolution_descent J root_rho eta theta k).

(* convolution-update *)
Theorem convolution_update J (rho root_rho : nat -> K) (eta : K) theta T m l G k j y q :
  (forall i, root_rho i * root_rho i = rho i) ->
  is_gradient J T m l (trained_response J root_rho eta theta k) G ->
  (j < T)%nat -> (y < m)%nat -> (q < l)%nat ->
  trained_response J root_rho eta theta (k + 1) j y q
  = trained_response J root_rho eta theta k j y q - eta * G j y q * rho j.
Proof.
  intros Hrho H Hj Hy Hq. rewrite Nat.add_1_r. unfold trained_response at 1, scaled_response.
  cbn [convolution_descent]. rewrite (convolution_gradient_by_lag _ _ _ _ _ _ _ _ _ _ H) by assumption.
  rewrite <- (Hrho j). unfold trained_response, scaled_response. ring.
Qed.
End ScaledConvolution.
