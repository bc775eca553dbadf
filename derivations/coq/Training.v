(* The network's gradients by two chains of products, and what they do to the impulse response.

   For a loss J of L_0, ..., L_{T-1} with gradients G_j, every number of lags, every size, over any
   commutative ring:

   - [gradient_in_readout], [gradient_in_input], [gradient_in_transition]: the derivative of J in every entry
     of C, F and W, by the chains V_a and B_a ([low_rank_gradients] has them together);
   - [gradient_of_low_rank]: so dJ/dW has rank (T - 1) n_y at most;
   - [first_order_update]: if all parameters move by - eta times these, then in first order L_j moves by
     - eta sum_i Theta_ji G_i (the leading part of network-update). *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices DualNumbers Network LagKernel Losses.

Section Training.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types (N : Network K) (G : lags K).

(* dJ/dp for the network: the slope of J at the impulse response of the network, p nudged. *)
Definition loss_derivative (J : lags (Dual K) -> Dual K) N (p : parameter) : K :=
  slope (J (response (nudged N p))).

(* The adjoint chain: B_a = F G_a' + root W B_{a+1}, B_T = 0; [adjoint_from N G T k] is B_{T-k}. *)
Fixpoint adjoint_from N G (T k : nat) : matrix K :=
  match k with
  | O => fun _ _ => 0
  | S k => fun u y =>
      product (inputs N) (input N) (transpose (G (T - S k)%nat)) u y
      + root N * product (width N) (transition N) (adjoint_from N G T k) u y
  end.
Definition adjoint N G (T a : nat) : matrix K := adjoint_from N G T (T - a).

Lemma adjoint_end N G T u y : adjoint N G T T u y = 0.
Proof. unfold adjoint. now rewrite Nat.sub_diag. Qed.

(* The recursion of the catalogue. *)
Lemma adjoint_step N G T a u y : (a < T)%nat ->
  adjoint N G T a u y
  = product (inputs N) (input N) (transpose (G a)) u y
    + root N * product (width N) (transition N) (adjoint N G T (S a)) u y.
Proof.
  intros H. unfold adjoint. replace (T - a)%nat with (S (T - S a)) by lia. cbn [adjoint_from].
  now replace (T - S (T - S a))%nat with a by lia.
Qed.

(* Unrolled: B_a is the sum of U_{j-a} G_j' over the lags j = a, ..., T - 1. *)
Lemma adjoint_unrolled N G T a u y : (a <= T)%nat -> (u < width N)%nat ->
  adjoint N G T a u y
  = sum (T - a) (fun k => sum (inputs N) (fun q => right_chain N k u q * G (a + k)%nat y q)).
Proof.
  intros Ha. remember (T - a)%nat as m eqn:Hm. revert a u Ha Hm. induction m as [|m IH]; intros a u Ha Hm Hu.
  - replace a with T by lia. apply adjoint_end.
  - rewrite adjoint_step, sum_first by lia. f_equal.
    + unfold product, transpose. apply sum_ext. intros q _. rewrite right_chain_start by exact Hu.
      now rewrite Nat.add_0_r.
    + rewrite (product_ext _ _ (transition N) _ (fun v y => sum m (fun k => sum (inputs N) (fun q =>
                 right_chain N k v q * G (S a + k)%nat y q)))); [| reflexivity | intros; apply IH; lia].
      unfold product.
      rewrite (sum_ext (width N) _ (fun v => sum m (fun k => sum (inputs N) (fun q =>
                 transition N u v * (right_chain N k v q * G (S a + k)%nat y q)))))
        by (intros; rewrite <- sum_mul_l; apply sum_ext; intros; symmetry; apply sum_mul_l).
      rewrite sum_swap, <- sum_mul_l. apply sum_ext. intros k _. rewrite sum_swap, <- sum_mul_l.
      apply sum_ext. intros q _. rewrite right_chain_step. replace (a + S k)%nat with (S a + k)%nat by lia.
      rewrite <- !sum_mul_l, <- sum_mul_r. apply sum_ext. intros. ring.
Qed.

Lemma value_response N p j y q : (q < inputs N)%nat -> value (response (nudged N p) j y q) = response N j y q.
Proof.
  intros Hq. rewrite !response_by_chain by exact Hq. rewrite value_mul, value_sum.
  cbn [nudged root constant value fst width]. f_equal. apply sum_ext. intros u _.
  rewrite value_mul, value_right_chain. reflexivity.
Qed.

(* The chain rule through the impulse response. *)
Lemma loss_derivative_by_lags J N T G p : is_gradient J T (outputs N) (inputs N) (response N) G ->
  loss_derivative J N p = inner_lags T (outputs N) (inputs N) G (response_derivative N p).
Proof. intros H. apply H. intros. now apply value_response. Qed.

(* dJ/dC = root B_0' *)
Theorem gradient_in_readout J N T G y u : is_gradient J T (outputs N) (inputs N) (response N) G ->
  (y < outputs N)%nat -> (u < width N)%nat ->
  loss_derivative J N (Readout y u) = root N * transpose (adjoint N G T 0) y u.
Proof.
  intros H Hy Hu. rewrite (loss_derivative_by_lags _ _ _ _ _ H). unfold transpose, inner_lags.
  rewrite adjoint_unrolled, Nat.sub_0_r, <- sum_mul_l by lia || exact Hu. apply sum_ext. intros j _.
  rewrite (sum_ext (outputs N) _ (fun k => delta y k * (root N * sum (inputs N) (fun q =>
             right_chain N j u q * G j k q)))).
  - now rewrite (sum_delta (outputs N) y (fun k => root N * _)) by exact Hy.
  - intros k _. rewrite <- !sum_mul_l. apply sum_ext. intros q Hq.
    rewrite derivative_in_readout by assumption. ring.
Qed.

(* dJ/dF = root sum_j V_j' G_j *)
Theorem gradient_in_input J N T G u q : is_gradient J T (outputs N) (inputs N) (response N) G ->
  (u < width N)%nat -> (q < inputs N)%nat ->
  loss_derivative J N (Input u q)
  = root N * sum T (fun j => product (outputs N) (transpose (left_chain N j)) (G j) u q).
Proof.
  intros H Hu Hq. rewrite (loss_derivative_by_lags _ _ _ _ _ H). unfold inner_lags.
  rewrite <- sum_mul_l. apply sum_ext. intros j _. unfold product, transpose. rewrite <- sum_mul_l.
  apply sum_ext. intros y _.
  rewrite (sum_ext (inputs N) _ (fun k => delta q k * (root N * (left_chain N j y u * G j y k)))).
  - now rewrite (sum_delta (inputs N) q (fun k => root N * (left_chain N j y u * G j y k))) by exact Hq.
  - intros k Hk. rewrite derivative_in_input by assumption. ring.
Qed.

(* The sum over the places of a letter in every lag, by its place and what follows it. *)
Lemma sum_places T (f : nat -> nat -> K) :
  sum T (fun j => sum j (fun a => f a (j - 1 - a)%nat))
  = sum (T - 1) (fun a => sum (T - (a + 1)) (fun k => f a k)).
Proof.
  induction T as [|T IH]; [reflexivity |]. cbn [sum]. rewrite IH. clear IH.
  destruct T as [|T]; [simpl; ring |]. replace (S T - 1)%nat with T by lia.
  replace (S (S T) - 1)%nat with (S T) by lia.
  cbn [sum]. replace (S (S T) - (T + 1))%nat with 1%nat by lia.
  rewrite (sum_ext T (fun a => sum (S (S T) - (a + 1)) (fun k => f a k))
             (fun a => sum (S T - (a + 1)) (fun k => f a k) + f a (T - a)%nat)).
  - rewrite sum_add. replace (T - T)%nat with O by lia. cbn [sum]. ring.
  - intros a Ha. replace (S (S T) - (a + 1))%nat with (S (S T - (a + 1))) by lia. cbn [sum].
    now replace (S T - (a + 1))%nat with (T - a)%nat by lia.
Qed.

(* dJ/dW = root^2 sum_{a <= T-2} V_a' B_{a+1}' *)
Theorem gradient_in_transition J N T G u v : is_gradient J T (outputs N) (inputs N) (response N) G ->
  (u < width N)%nat -> (v < width N)%nat ->
  loss_derivative J N (Transition u v)
  = root N * root N * sum (T - 1) (fun a =>
      product (outputs N) (transpose (left_chain N a)) (transpose (adjoint N G T (a + 1))) u v).
Proof.
  intros H Hu Hv. rewrite (loss_derivative_by_lags _ _ _ _ _ H). unfold inner_lags.
  rewrite (sum_ext T _ (fun j => root N * root N * sum j (fun a => sum (outputs N) (fun y =>
    left_chain N a y u
    * sum (inputs N) (fun q => right_chain N (j - 1 - a) v q * G (a + 1 + (j - 1 - a))%nat y q))))).
  - rewrite sum_mul_l. f_equal.
    rewrite (sum_places T (fun a k => sum (outputs N) (fun y => left_chain N a y u
      * sum (inputs N) (fun q => right_chain N k v q * G (a + 1 + k)%nat y q)))).
    apply sum_ext. intros a Ha. rewrite sum_swap. unfold product, transpose. apply sum_ext. intros y _.
    rewrite adjoint_unrolled by lia || exact Hv. now rewrite sum_mul_l.
  - intros j _. rewrite (sum_swap j (outputs N)), <- sum_mul_l. apply sum_ext. intros y _.
    rewrite (sum_ext (inputs N) _ (fun q => root N * root N * sum j (fun a =>
      left_chain N a y u * (right_chain N (j - 1 - a) v q * G j y q)))).
    + rewrite sum_mul_l. f_equal. rewrite sum_swap. apply sum_ext. intros a Ha. rewrite sum_mul_l. f_equal.
      apply sum_ext. intros q _. now replace (a + 1 + (j - 1 - a))%nat with j by lia.
    + intros q Hq. rewrite derivative_in_transition by assumption.
      rewrite (sum_ext j (fun a => left_chain N a y u * (right_chain N (j - 1 - a) v q * G j y q))
        (fun a => left_chain N a y u * right_chain N (j - 1 - a) v q * G j y q)) by (intros; ring).
      rewrite sum_mul_r. ring.
Qed.

(* low-rank-gradients, the three together. *)
Corollary low_rank_gradients J N T G : is_gradient J T (outputs N) (inputs N) (response N) G ->
  (forall y u, (y < outputs N)%nat -> (u < width N)%nat ->
     loss_derivative J N (Readout y u) = root N * transpose (adjoint N G T 0) y u)
  /\ (forall u q, (u < width N)%nat -> (q < inputs N)%nat ->
     loss_derivative J N (Input u q)
     = root N * sum T (fun j => product (outputs N) (transpose (left_chain N j)) (G j) u q))
  /\ (forall u v, (u < width N)%nat -> (v < width N)%nat ->
     loss_derivative J N (Transition u v)
     = root N * root N * sum (T - 1) (fun a =>
         product (outputs N) (transpose (left_chain N a)) (transpose (adjoint N G T (a + 1))) u v)).
Proof.
  intros H. repeat split; intros;
  [eapply gradient_in_readout | eapply gradient_in_input | eapply gradient_in_transition]; eassumption.
Qed.

(* So dJ/dW is a product of two matrices with (T - 1) n_y columns and rows, and its rank is that at most. *)
Corollary gradient_of_low_rank J N T G : is_gradient J T (outputs N) (inputs N) (response N) G ->
  exists A B : matrix K, forall u v, (u < width N)%nat -> (v < width N)%nat ->
    loss_derivative J N (Transition u v) = product ((T - 1) * outputs N) A B u v.
Proof.
  intros H. exists (fun u p => root N * root N * left_chain N (p / outputs N) (p mod outputs N) u).
  exists (fun p v => adjoint N G T (p / outputs N + 1) v (p mod outputs N)).
  intros u v Hu Hv. rewrite (gradient_in_transition _ _ _ _ _ _ H) by assumption.
  unfold product at 2. rewrite sum_blocks, <- sum_mul_l. apply sum_ext. intros a _.
  unfold product, transpose. rewrite <- sum_mul_l. apply sum_ext. intros y Hy.
  rewrite block_of, place_in_block by exact Hy. ring.
Qed.

(* ---- What a step does to the network's response, in first order ---- *)

(* The network with slope [d p] at every parameter p. *)
Definition moving N (d : parameter -> K) : Network (Dual K) := {|
  width := width N; inputs := inputs N; outputs := outputs N; root := constant (root N);
  transition u v := (transition N u v, d (Transition u v));
  input u q := (input N u q, d (Input u q));
  readout y u := (readout N y u, d (Readout y u))
|}.

(* The chain rule: the response moves by the sum over the parameters of its derivatives times their slopes. *)
Lemma total_derivative N d j y q : (y < outputs N)%nat -> (q < inputs N)%nat ->
  slope (response (moving N d) j y q) = over_parameters N (fun p => response_derivative N p j y q * d p).
Proof.
  intros Hy Hq. rewrite product_rule by (exact Hq || reflexivity). unfold over_parameters, transition_share.
  change (left_chain (values_of (moving N d))) with (left_chain N).
  change (right_chain (values_of (moving N d))) with (right_chain N).
  cbn [moving width root readout input transition constant slope value fst snd].
  (* the readout's share *)
  rewrite (sum_ext (outputs N) _ (fun k => delta y k * (root N * sum (width N) (fun u =>
             d (Readout k u) * right_chain N j u q)))).
  2:{ intros k _. rewrite <- !sum_mul_l. apply sum_ext. intros u Hu.
      rewrite derivative_in_readout, (delta_sym y k) by assumption. ring. }
  rewrite (sum_delta (outputs N) y (fun k => root N * _)) by exact Hy.
  (* the input's share *)
  rewrite (sum_ext (width N) (fun u => sum (inputs N) (fun k => _ * d (Input u k)))
             (fun u => root N * (left_chain N j y u * d (Input u q)))).
  2:{ intros u Hu.
      rewrite <- (sum_delta (inputs N) q (fun k => root N * (left_chain N j y u * d (Input u k))) Hq).
      apply sum_ext. intros k _. rewrite derivative_in_input, (delta_sym q k) by assumption. ring. }
  (* the transition's share *)
  rewrite (sum_ext (width N) (fun u => sum (width N) (fun v => _ * d (Transition u v)))
             (fun u => root N * root N * sum j (fun a => sum (width N) (fun v =>
                left_chain N a y u * d (Transition u v) * right_chain N (j - 1 - a) v q)))).
  2:{ intros u Hu. rewrite sum_swap, <- sum_mul_l. apply sum_ext. intros v Hv.
      rewrite derivative_in_transition, <- sum_mul_l, <- sum_mul_r, <- sum_mul_l by assumption.
      apply sum_ext. intros. ring. }
  rewrite !sum_mul_l. rewrite (sum_swap j (width N)). simpl Nat.add. ring.
Qed.

(* All parameters moving by - eta dJ/dp: L_j moves by - eta sum_i Theta_ji G_i.  (Over the dual numbers, that
   is in first order; how large the rest is, is not said here.) *)
Theorem first_order_update J N T G eta j y q : is_gradient J T (outputs N) (inputs N) (response N) G ->
  (y < outputs N)%nat -> (q < inputs N)%nat ->
  slope (response (moving N (fun p => - (eta * loss_derivative J N p))) j y q)
  = - (eta * sum T (fun i => sum (outputs N) (fun y' => sum (inputs N) (fun q' =>
        lag_kernel N j i y q y' q' * G i y' q')))).
Proof.
  intros H Hy Hq. rewrite total_derivative by assumption.
  rewrite (over_parameters_ext N _ (fun p => - eta * sum T (fun i => sum (outputs N) (fun y' =>
    sum (inputs N) (fun q' =>
      G i y' q' * (response_derivative N p j y q * response_derivative N p i y' q')))))).
  - rewrite over_parameters_mul, over_parameters_sum.
    rewrite (sum_ext T _ (fun i => sum (outputs N) (fun y' => sum (inputs N) (fun q' =>
               lag_kernel N j i y q y' q' * G i y' q')))); [ring |].
    intros i _. rewrite over_parameters_sum. apply sum_ext. intros y' _. rewrite over_parameters_sum.
    apply sum_ext. intros q' _. rewrite over_parameters_mul. unfold lag_kernel. ring.
  - intros p. rewrite (loss_derivative_by_lags _ _ _ _ _ H). unfold inner_lags.
    transitivity (- eta * (response_derivative N p j y q * sum T (fun i => sum (outputs N) (fun y' =>
      sum (inputs N) (fun q' => G i y' q' * response_derivative N p i y' q'))))); [ring |].
    f_equal. rewrite <- sum_mul_l. apply sum_ext. intros i _.
    rewrite <- sum_mul_l. apply sum_ext. intros y' _.
    rewrite <- sum_mul_l. apply sum_ext. intros. ring.
Qed.

End Training.
