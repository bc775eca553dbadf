(* A bound of what a change of all parameters does to the impulse response beyond its first order, in reals.

   With s = n^{-1/2}, let |C| <= c/s, |W| <= w/s, |F| <= f/s and |dC| <= c1, |dW| <= w1, |dF| <= f1, all
   spectral norms.  The first order S_a of the chain V_a = O(1/s) is O(1), the rest R_a is O(s)
   (Perturbation.v), and so ([response_remainder]) L_j moves by its first order and by r_j s at most, where
   r_j, [remainder_size], is (c + c1)(w + w1)^j (f + f1) without its terms of degree 0 and 1 in c1, w1, f1. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers Network LagKernel Losses Training Perturbation.
From NTK Require Import RealWeights Descent InnerProducts Convergence Norms Operators.
Open Scope R_scope.

(* What the letters' bounds make of the chains': S_a, and R_a / s for s <= 1. *)
Fixpoint first_size (c w c1 w1 : R) (a : nat) : R :=
  match a with O => c1 | S a => first_size c w c1 w1 a * w + c * pow w a * w1 end.
Fixpoint rest_size (c w c1 w1 : R) (a : nat) : R :=
  match a with O => 0 | S a => rest_size c w c1 w1 a * (w + w1) + first_size c w c1 w1 a * w1 end.

Lemma first_size_closed c w c1 w1 a :
  first_size c w c1 w1 a = c1 * pow w a + INR a * c * pow w (a - 1) * w1.
Proof.
  induction a as [|a IH]; [simpl; ring |]. cbn [first_size]. rewrite IH, S_INR.
  destruct a as [|a]; [simpl; ring |]. simpl. rewrite ?Nat.sub_0_r. ring.
Qed.

Lemma rest_size_closed c w c1 w1 a :
  rest_size c w c1 w1 a = (c + c1) * pow (w + w1) a - c * pow w a - first_size c w c1 w1 a.
Proof. induction a as [|a IH]; simpl; [ring |]. rewrite IH. ring. Qed.

Section Bounds.
Variables (N : Network reals) (d : parameter -> reals) (s c w f c1 w1 f1 : R).
Let n := width N.
Hypothesis root_is_s : root N = s.
Hypothesis s_positive : 0 < s.
Hypothesis s_at_most_one : s <= 1.
Hypothesis readout_bound : operator (outputs N) n (readout N) (c / s).
Hypothesis transition_bound : operator n n (transition N) (w / s).
Hypothesis input_bound : operator n (inputs N) (input N) (f / s).
Hypothesis readout_moves : operator (outputs N) n (readout_step d) c1.
Hypothesis transition_moves : operator n n (transition_step d) w1.
Hypothesis input_moves : operator n (inputs N) (input_step d) f1.

Lemma over_s x : s * (x / s) = x.
Proof. field. lra. Qed.
Lemma nonnegative_over_s x : 0 <= x / s -> 0 <= x.
Proof. intros H. rewrite <- (over_s x). apply Rmult_le_pos; lra. Qed.
Lemma c_nonnegative : 0 <= c.
Proof. exact (nonnegative_over_s c (proj1 readout_bound)). Qed.
Lemma w_nonnegative : 0 <= w.
Proof. exact (nonnegative_over_s w (proj1 transition_bound)). Qed.
Lemma f_nonnegative : 0 <= f.
Proof. exact (nonnegative_over_s f (proj1 input_bound)). Qed.

Lemma first_size_nonnegative a : 0 <= first_size c w c1 w1 a.
Proof.
  pose proof c_nonnegative. pose proof w_nonnegative. pose proof (proj1 readout_moves).
  pose proof (proj1 transition_moves). pose proof (pow_le w).
  induction a as [|a IH]; simpl; [assumption |].
  apply Rplus_le_le_0_compat; [now apply Rmult_le_pos |]. repeat apply Rmult_le_pos; auto.
Qed.
Lemma rest_size_nonnegative a : 0 <= rest_size c w c1 w1 a.
Proof.
  pose proof w_nonnegative. pose proof (proj1 transition_moves).
  induction a as [|a IH]; simpl; [lra |]. pose proof (first_size_nonnegative a).
  apply Rplus_le_le_0_compat; apply Rmult_le_pos; lra.
Qed.

Lemma operator_scaled_s rows cols (A : matrix reals) x : operator rows cols A x ->
  operator rows cols (scaled (root N) A) (s * x).
Proof. intros H. rewrite root_is_s. rewrite <- (Rabs_pos_eq s) at 2 by lra. now apply operator_scaled. Qed.

(* |V_a| <= c w^a / s *)
Lemma chain_bound a : operator (outputs N) n (left_chain N a) (c * pow w a / s).
Proof.
  induction a as [|a IH].
  - apply (operator_ext _ _ (readout N)); [intros; symmetry; now apply left_chain_start |].
    simpl. rewrite Rmult_1_r. exact readout_bound.
  - apply (operator_ext _ _ (scaled (root N) (product n (left_chain N a) (transition N))));
      [intros; symmetry; now apply left_chain_step |].
    apply (operator_monotone _ _ _ (s * (c * pow w a / s * (w / s)))); [right; simpl; field; lra |].
    apply operator_scaled_s. now apply operator_product.
Qed.

Lemma chain_first_bound a : operator (outputs N) n (chain_first N d a) (first_size c w c1 w1 a).
Proof.
  induction a as [|a IH].
  - apply (operator_ext _ _ (readout_step d)); [intros; symmetry; now apply chain_first_start |].
    exact readout_moves.
  - apply (operator_ext _ _ (matrix_add (scaled (root N) (product n (chain_first N d a) (transition N)))
                                        (scaled (root N) (product n (left_chain N a) (transition_step d)))));
      [intros; symmetry; now apply chain_first_step |].
    simpl. apply (operator_monotone _ _ _ (s * (first_size c w c1 w1 a * (w / s))
                                           + s * (c * pow w a / s * w1))); [right; field; lra |].
    apply operator_add; apply operator_scaled_s; apply operator_product; assumption || apply chain_bound.
Qed.

Lemma transition_stepped : operator n n (transition (stepped_network N d)) (w / s + w1).
Proof.
  apply (operator_ext _ _ (matrix_add (transition N) (transition_step d))); [reflexivity |].
  now apply operator_add.
Qed.

Lemma chain_rest_bound a : operator (outputs N) n (chain_rest N d a) (s * rest_size c w c1 w1 a).
Proof.
  induction a as [|a IH].
  - apply (operator_ext _ _ (fun _ _ => 0)); [intros; symmetry; now apply chain_rest_start |].
    simpl. rewrite Rmult_0_r. apply operator_zero.
  - apply (operator_ext _ _ (matrix_add
      (scaled (root N) (product n (chain_rest N d a) (transition (stepped_network N d))))
      (scaled (root N) (product n (chain_first N d a) (transition_step d)))));
      [intros; symmetry; now apply chain_rest_step |].
    simpl. apply (operator_monotone _ _ _ (s * (s * rest_size c w c1 w1 a * (w / s + w1))
                                           + s * (first_size c w c1 w1 a * w1))).
    + pose proof (rest_size_nonnegative a). pose proof (proj1 transition_moves).
      replace (s * rest_size c w c1 w1 a * (w / s + w1)) with (rest_size c w c1 w1 a * (w + s * w1))
        by (field; lra).
      assert (rest_size c w c1 w1 a * (w + s * w1) <= rest_size c w c1 w1 a * (w + w1)) by
        (apply Rmult_le_compat_l; [assumption | nra]). nra.
    + apply operator_add; apply operator_scaled_s; apply operator_product;
        assumption || apply transition_stepped || apply chain_first_bound.
Qed.

(* r_j *)
Definition remainder_size (c w f c1 w1 f1 : R) (j : nat) : R :=
  (c + c1) * pow (w + w1) j * (f + f1)
  - (c * pow w j * f + (c1 * pow w j * f + INR j * c * pow w (j - 1) * w1 * f + c * pow w j * f1)).

Lemma input_stepped : operator n (inputs N) (input (stepped_network N d)) (f / s + f1).
Proof.
  apply (operator_ext _ _ (matrix_add (input N) (input_step d))); [reflexivity |].
  now apply operator_add.
Qed.

Theorem response_remainder j :
  operator (outputs N) (inputs N) (response_rest N d j) (s * remainder_size c w f c1 w1 f1 j).
Proof.
  apply (operator_ext _ _ (matrix_add
    (scaled (root N) (product n (chain_rest N d j) (input (stepped_network N d))))
    (scaled (root N) (product n (chain_first N d j) (input_step d)))));
    [intros; symmetry; now apply response_rest_by_chains |].
  apply (operator_monotone _ _ _ (s * (s * rest_size c w c1 w1 j * (f / s + f1))
                                  + s * (first_size c w c1 w1 j * f1))).
  - pose proof (rest_size_nonnegative j). pose proof (proj1 input_moves).
    replace (remainder_size c w f c1 w1 f1 j)
      with (rest_size c w c1 w1 j * (f + f1) + first_size c w c1 w1 j * f1)
      by (rewrite rest_size_closed, first_size_closed; unfold remainder_size; ring).
    replace (s * rest_size c w c1 w1 j * (f / s + f1)) with (rest_size c w c1 w1 j * (f + s * f1))
      by (field; lra).
    assert (rest_size c w c1 w1 j * (f + s * f1) <= rest_size c w c1 w1 j * (f + f1)) by
      (apply Rmult_le_compat_l; [assumption | nra]). nra.
  - apply operator_add; apply operator_scaled_s; apply operator_product;
      assumption || apply input_stepped || apply chain_first_bound || apply chain_rest_bound.
Qed.
End Bounds.
