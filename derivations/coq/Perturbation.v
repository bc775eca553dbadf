(* How the impulse response moves when all parameters move: the first order, and the rest, over any ring.

   C, W and F move by dC, dW and dF.  The chain V_a = n^{-a/2} C W^a then moves by S_a, the terms in which one
   of its letters is changed, and by R_a, those with two or more.  Factor by factor, with s = n^{-1/2},

       S_{a+1} = s (S_a W + V_a dW),   R_{a+1} = s (R_a (W + dW) + S_a dW),

   and L_j = s V_j F moves by its first order and by s (R_j (F + dF) + S_j dF). *)
Require Import Arith Lia Ring Ring_theory.
From NTK Require Import Scalars Matrices DualNumbers Network LagKernel Losses Training.

Section Chains.
Context {K : Ring}.
Add Ring scalars : (laws K).
Variables (N : Network K) (d : parameter -> K).

(* The network after every parameter has moved by d. *)
Definition stepped_network : Network K := {|
  width := width N; inputs := inputs N; outputs := outputs N; root := root N;
  transition u v := (transition N u v + d (Transition u v));
  input u q := (input N u q + d (Input u q));
  readout y u := (readout N y u + d (Readout y u))
|}.

(* dC, dW and dF *)
Definition readout_step : matrix K := fun y u => d (Readout y u).
Definition transition_step : matrix K := fun u v => d (Transition u v).
Definition input_step : matrix K := fun u q => d (Input u q).

(* S_a, the chain's first order. *)
Definition chain_first (a : nat) : matrix K := fun y u => slope (left_chain (moving N d) a y u).

(* R_a, what is left. *)
Definition chain_rest (a : nat) : matrix K :=
  matrix_sub (matrix_sub (left_chain stepped_network a) (left_chain N a)) (chain_first a).

(* The rest of L_j. *)
Definition response_rest (j : nat) : matrix K := fun y q =>
  (response stepped_network j y q - response N j y q - slope (response (moving N d) j y q)).

Let n := width N.

Lemma chain_first_start y u : (u < n)%nat -> chain_first 0 y u = readout_step y u.
Proof. intros Hu. unfold chain_first. now rewrite left_chain_start. Qed.

Lemma chain_first_step a y v : (v < n)%nat ->
  chain_first (S a) y v
  = matrix_add (scaled (root N) (product n (chain_first a) (transition N)))
               (scaled (root N) (product n (left_chain N a) transition_step)) y v.
Proof.
  intros Hv. unfold chain_first at 1. rewrite left_chain_step by exact Hv. rewrite slope_mul.
  change (sum (width (moving N d)) _)
    with (product n (left_chain (moving N d) a) (transition (moving N d)) y v).
  rewrite slope_product.
  assert (values_chain : product n (values (left_chain (moving N d) a)) (slopes (transition (moving N d))) y v
                         = product n (left_chain N a) transition_step y v).
  { apply product_ext; [| reflexivity]. intros k _. unfold values. now rewrite value_left_chain. }
  rewrite values_chain. unfold matrix_add, scaled.
  change (product n (slopes (left_chain (moving N d) a)) (values (transition (moving N d))) y v)
    with (product n (chain_first a) (transition N) y v).
  change (slope (root (moving N d))) with (zero (r := K)).
  change (value (root (moving N d))) with (root N). ring.
Qed.

Lemma chain_rest_start y u : (u < n)%nat -> chain_rest 0 y u = 0.
Proof.
  intros Hu. unfold chain_rest, matrix_sub. rewrite chain_first_start, !left_chain_start by exact Hu.
  unfold readout_step. simpl. ring.
Qed.

Lemma chain_rest_step a y v : (v < n)%nat ->
  chain_rest (S a) y v
  = matrix_add (scaled (root N) (product n (chain_rest a) (transition stepped_network)))
               (scaled (root N) (product n (chain_first a) transition_step)) y v.
Proof.
  intros Hv. unfold chain_rest at 1, matrix_sub. rewrite chain_first_step, !left_chain_step by exact Hv.
  unfold matrix_add, scaled, product.
  change (width stepped_network) with n. change (root stepped_network) with (root N). fold n.
  rewrite <- !sum_mul_l, <- !sum_add, <- !sum_sub. apply sum_ext. intros k _.
  unfold chain_rest, matrix_sub, transition_step. cbn [stepped_network transition]. ring.
Qed.

(* L_j = s V_j F *)
Lemma response_by_left_chain (M : Network K) j y q : (q < inputs M)%nat ->
  response M j y q = root M * product (width M) (left_chain M j) (input M) y q.
Proof.
  intros Hq. rewrite impulse_response by exact Hq. unfold left_chain. rewrite product_scaled_l, Nat.add_1_r.
  simpl. ring.
Qed.

Lemma response_rest_by_chains j y q : (q < inputs N)%nat ->
  response_rest j y q
  = matrix_add (scaled (root N) (product n (chain_rest j) (input stepped_network)))
               (scaled (root N) (product n (chain_first j) input_step)) y q.
Proof.
  intros Hq. unfold response_rest.
  rewrite (response_by_left_chain N), (response_by_left_chain stepped_network) by exact Hq.
  assert (first : slope (response (moving N d) j y q)
    = root N * product n (chain_first j) (input N) y q + root N * product n (left_chain N j) input_step y q).
  { assert (closed : response (moving N d) j y q
              = root (moving N d) * product n (left_chain (moving N d) j) (input (moving N d)) y q).
    { rewrite impulse_response by exact Hq. unfold left_chain. rewrite product_scaled_l, Nat.add_1_r.
      cbn [power]. symmetry. apply (Rmul_assoc (laws (Dual K))). }
    rewrite closed, slope_mul, slope_product.
    assert (values_chain : product n (values (left_chain (moving N d) j)) (slopes (input (moving N d))) y q
                           = product n (left_chain N j) input_step y q).
    { apply product_ext; [| reflexivity]. intros k _. unfold values. now rewrite value_left_chain. }
    rewrite values_chain.
    change (product n (slopes (left_chain (moving N d) j)) (values (input (moving N d))) y q)
      with (product n (chain_first j) (input N) y q).
    change (slope (root (moving N d))) with (zero (r := K)). change (value (root (moving N d))) with (root N).
    ring. }
  rewrite first. unfold matrix_add, scaled, product.
  change (width stepped_network) with n. change (root stepped_network) with (root N). fold n.
  rewrite <- !sum_mul_l, <- !sum_add, <- !sum_sub. apply sum_ext. intros k _.
  unfold chain_rest, matrix_sub, input_step. cbn [stepped_network input]. ring.
Qed.
End Chains.
