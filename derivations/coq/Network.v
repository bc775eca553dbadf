(* The network and its impulse response.

   The model, from which every later definition is made:

       h_t = root W h_{t-1} + F x_t,   y_t = root C h_t,   h_{-1} = 0,   root = n^{-1/2}.

   [response N j] is L_j, defined as what the network answers at time j to a unit impulse at time 0.  Proved,
   for every lag, time and size, over any commutative ring:

   - [impulse_response]: L_j = root^{j+1} C W^j F;
   - [convolution], [unrolled]: y_t is the sum of L_j x_{t-j} over j <= t, for every sequence of inputs.

   They hold for any number [root]; the network of the theory has whole n * (root * root) = 1. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices.

Record Network (K : Ring) := {
  width : nat;                (* n *)
  inputs : nat;               (* n_x *)
  outputs : nat;              (* n_y *)
  root : K;                   (* n^{-1/2} *)
  transition : matrix K;      (* W, n by n *)
  input : matrix K;           (* F, n by n_x *)
  readout : matrix K          (* C, n_y by n *)
}.
Arguments width {_}.
Arguments inputs {_}.
Arguments outputs {_}.
Arguments root {_}.
Arguments transition {_}.
Arguments input {_}.
Arguments readout {_}.

(* A sequence: [x t q] is coordinate q at time t. *)
Definition sequence (K : Ring) := nat -> nat -> K.

Section Network.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types (N : Network K) (x : sequence K).

(* The hidden state before the input at time t has come: [state N x t] is h_{t-1}. *)
Fixpoint state N x (t : nat) (u : nat) : K :=
  match t with
  | O => 0
  | S t => root N * sum (width N) (fun v => transition N u v * state N x t v)
           + sum (inputs N) (fun q => input N u q * x t q)
  end.

(* y_t *)
Definition output N x (t y : nat) : K := root N * sum (width N) (fun u => readout N y u * state N x (S t) u).

(* 1 at time 0 in coordinate q, 0 at other times and in other coordinates. *)
Definition impulse (q : nat) : sequence K := fun t q' => delta t 0 * delta q' q.

(* L_j: what comes out at y, j steps after an impulse at q. *)
Definition response N (j y q : nat) : K := output N (impulse q) j y.

(* The two chains: V_a = root^a C W^a, and U_a = root^a W^a F. *)
Definition left_chain N (a : nat) : matrix K :=
  scaled (root N ^ a) (product (width N) (readout N) (matrix_power (width N) (transition N) a)).
Definition right_chain N (a : nat) : matrix K :=
  scaled (root N ^ a) (product (width N) (matrix_power (width N) (transition N) a) (input N)).

Lemma left_chain_start N y u : (u < width N)%nat -> left_chain N 0 y u = readout N y u.
Proof. intros H. unfold left_chain, scaled. simpl. rewrite product_identity_r by exact H. ring. Qed.

Lemma left_chain_step N a y v : (v < width N)%nat ->
  left_chain N (S a) y v = root N * sum (width N) (fun u => left_chain N a y u * transition N u v).
Proof.
  intros H. change (sum _ _) with (product (width N) (left_chain N a) (transition N) y v).
  unfold left_chain. rewrite product_scaled_l. unfold scaled. rewrite product_assoc.
  rewrite (product_ext _ _ (readout N) _
             (product (width N) (matrix_power (width N) (transition N) a) (transition N)));
    [simpl; ring | reflexivity |].
  intros k Hk. now apply matrix_power_last.
Qed.

Lemma right_chain_start N u q : (u < width N)%nat -> right_chain N 0 u q = input N u q.
Proof. intros H. unfold right_chain, scaled. simpl. rewrite product_identity_l by exact H. ring. Qed.

Lemma right_chain_step N a u q :
  right_chain N (S a) u q = root N * sum (width N) (fun v => transition N u v * right_chain N a v q).
Proof.
  change (sum _ _) with (product (width N) (transition N) (right_chain N a) u q).
  unfold right_chain. rewrite product_scaled_r. unfold scaled. simpl. rewrite product_assoc. ring.
Qed.

(* The hidden states unrolled: h_t is the sum over j <= t of U_j x_{t-j}. *)
Lemma hidden_states N x t u : (u < width N)%nat ->
  state N x (S t) u = sum (S t) (fun j => sum (inputs N) (fun q => right_chain N j u q * x (t - j)%nat q)).
Proof.
  revert u. induction t as [|t IH]; intros u Hu.
  - simpl. rewrite (sum_ext (width N) _ (fun _ => 0)) by (intros; ring). rewrite sum_zero.
    rewrite (sum_ext (inputs N) (fun q => right_chain N 0 u q * x 0%nat q) (fun q => input N u q * x 0%nat q))
      by (intros; now rewrite right_chain_start).
    ring.
  - rewrite sum_first. cbn [state]. fold (state N x (S t)).
    replace (S t - 0)%nat with (S t) by lia.
    rewrite (sum_ext (inputs N) (fun q => right_chain N 0 u q * x (S t) q) (fun q => input N u q * x (S t) q))
      by (intros; now rewrite right_chain_start).
    rewrite (sum_ext (S t) _ (fun j => root N * sum (inputs N) (fun q => sum (width N) (fun v =>
               transition N u v * (right_chain N j v q * x (t - j)%nat q))))).
    + rewrite sum_mul_l.
      rewrite (sum_ext (width N) _ (fun v => sum (S t) (fun j => sum (inputs N) (fun q =>
                 transition N u v * (right_chain N j v q * x (t - j)%nat q))))).
      * rewrite sum_swap. rewrite (sum_ext (S t) _ _ (fun j _ => sum_swap _ _ _)). ring.
      * intros v Hv. change (root N * _ + _) with (state N x (S t) v). rewrite IH by exact Hv.
        rewrite <- sum_mul_l. apply sum_ext. intros j _. symmetry. apply sum_mul_l.
    + intros j _. rewrite <- sum_mul_l. apply sum_ext. intros q _. rewrite right_chain_step.
      replace (S t - S j)%nat with (t - j)%nat by lia.
      rewrite <- !sum_mul_l, <- sum_mul_r. apply sum_ext. intros. ring.
Qed.

(* L_j = root V_0 U_j, before the powers are written out. *)
Lemma response_by_chain N j y q : (q < inputs N)%nat ->
  response N j y q = root N * sum (width N) (fun u => readout N y u * right_chain N j u q).
Proof.
  intros Hq. unfold response, output. f_equal. apply sum_ext. intros u Hu. f_equal.
  rewrite hidden_states by exact Hu. cbn [sum]. rewrite sum_vanishing.
  - unfold impulse. rewrite Nat.sub_diag. rewrite <- (sum_delta (inputs N) q (right_chain N j u) Hq).
    rewrite (sum_ext _ _ (fun q' => delta q q' * right_chain N j u q')).
    + ring.
    + intros q' _. rewrite (delta_sym q q'). unfold delta at 1. simpl. ring.
  - intros a Ha. apply sum_vanishing. intros q' _. unfold impulse, delta.
    destruct (Nat.eqb_spec (j - a) 0); [lia | ring].
Qed.

(* impulse-response: L_j = n^{-(j+1)/2} C W^j F. *)
Theorem impulse_response N j y q : (q < inputs N)%nat ->
  response N j y q
  = root N ^ (j + 1)
    * product (width N) (product (width N) (readout N) (matrix_power (width N) (transition N) j))
        (input N) y q.
Proof.
  intros Hq. rewrite response_by_chain by exact Hq. rewrite product_assoc.
  change (sum _ _) with (product (width N) (readout N) (right_chain N j) y q).
  unfold right_chain. rewrite product_scaled_r. rewrite Nat.add_1_r. simpl. ring.
Qed.

(* The network is a convolution: y_t is the sum of L_j x_{t-j}. *)
Theorem convolution N x t y :
  output N x t y = sum (S t) (fun j => sum (inputs N) (fun q => response N j y q * x (t - j)%nat q)).
Proof.
  unfold output.
  rewrite (sum_ext (width N) _ (fun u => sum (S t) (fun j => sum (inputs N) (fun q =>
             readout N y u * (right_chain N j u q * x (t - j)%nat q))))).
  - rewrite sum_swap, <- sum_mul_l. apply sum_ext. intros j _. rewrite sum_swap, <- sum_mul_l. apply sum_ext.
    intros q Hq. rewrite response_by_chain by exact Hq.
    rewrite <- !sum_mul_l, <- sum_mul_r. apply sum_ext. intros. ring.
  - intros u Hu. rewrite hidden_states by exact Hu. rewrite <- sum_mul_l. apply sum_ext. intros j _.
    symmetry. apply sum_mul_l.
Qed.

(* A vector as a matrix of one column. *)
Definition column (v : nat -> K) : matrix K := fun q _ => v q.

(* Both together, as the recursion unrolls: y_t is the sum of n^{-(j+1)/2} C W^j F x_{t-j}. *)
Corollary unrolled N x t y :
  output N x t y
  = sum (t + 1) (fun j => root N ^ (j + 1)
      * product (inputs N)
          (product (width N) (product (width N) (readout N) (matrix_power (width N) (transition N) j))
             (input N))
          (column (x (t - j)%nat)) y 0%nat).
Proof.
  rewrite convolution, Nat.add_1_r. apply sum_ext. intros j _. unfold product at 1. rewrite <- sum_mul_l.
  apply sum_ext. intros q Hq. rewrite impulse_response by exact Hq. unfold column. ring.
Qed.
End Network.
