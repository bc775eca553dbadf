(* gradient-norms: the mean square of the derivative of a hidden state in the one j steps before, at every
   width.

   [later N x h t j] is the hidden state j steps after the state h at time t.  It moves by M^j d, M = root
   W, when h moves by d ([state_derivative]); so the derivative dh_{t+j} / dh_t is M^j.  For Gaussian W its
   squared Frobenius norm has the mean n nu_W^j (1 + tau(j)/n^2 + O(n^-3)): no term of order 1/n, and tau(j)
   from trace-second-order. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars Matrices Network ListSums Gaussian Words Factorisation Orders PowerTraces
  Crosscap
  SecondOrder TraceFormulas Expectation RandomNetwork ExactMean MeanLimit.
Import ListNotations.
Open Scope scalar_scope.

Section Recurrence.
Context {K : Ring}.
Add Ring scalars : (laws K).
Variable N : Network K.
Variable x : sequence K.

(* h_{t+j} from h_t = h, by h_{s+1} = root W h_s + F x_{s+1}. *)
Fixpoint later (h : nat -> K) (t j : nat) : nat -> K :=
  match j with
  | O => h
  | S j => fun u => root N * sum (width N) (fun v => transition N u v * later h t j v)
                    + sum (inputs N) (fun q => input N u q * x (t + S j)%nat q)
  end.

(* The network's own states are of this kind; [state N x (S t)] is h_t. *)
Lemma later_state t j u : later (state N x (S t)) t j u = state N x (S (t + j)) u.
Proof.
  revert u. induction j as [|j IH]; intros u; [simpl later; now rewrite Nat.add_0_r |].
  rewrite Nat.add_succ_r. cbn [later]. change (state N x (S (S (t + j))) u) with
    (root N * sum (width N) (fun v => transition N u v * state N x (S (t + j)) v)
     + sum (inputs N) (fun q => input N u q * x (S (t + j)) q)).
  rewrite (sum_ext (width N) _ (fun v => transition N u v * state N x (S (t + j)) v))
    by (intros; now rewrite IH).
  now rewrite Nat.add_succ_r.
Qed.

(* dh_{t+j}/dh_t = root^j W^j, exactly: the recurrence is linear in h. *)
Definition jacobian (j u v : nat) : K := root N ^ j * matrix_power (width N) (transition N) j u v.
Theorem state_derivative h d t j u : (u < width N)%nat ->
  later (fun v => h v + d v) t j u = later h t j u + sum (width N) (fun v => jacobian j u v * d v).
Proof.
  revert u. induction j as [|j IH]; intros u Hu.
  - cbn [later]. unfold jacobian. simpl matrix_power. unfold identity. simpl power.
    rewrite (sum_ext (width N) _ (fun v => delta u v * d v)) by (intros; ring).
    now rewrite (sum_delta (width N) u d).
  - cbn [later]. rewrite (sum_ext (width N) _ (fun v => transition N u v * later h t j v +
      sum (width N) (fun w => transition N u v * jacobian j v w * d w))).
    2:{ intros v Hv. rewrite IH by exact Hv.
        rewrite (sum_ext (width N) (fun w => transition N u v * jacobian j v w * d w)
          (fun w => transition N u v * (jacobian j v w * d w))) by (intros; ring).
        rewrite sum_mul_l. ring. }
    rewrite sum_add, sum_swap.
    replace (sum (width N) (fun v => jacobian (S j) u v * d v)) with
      (root N * sum (width N) (fun w => sum (width N) (fun v => transition N u v * jacobian j v w * d w)));
        [ring |].
    rewrite <- sum_mul_l. apply sum_ext. intros w _. unfold jacobian. cbn [matrix_power]. unfold product.
    rewrite sum_mul_r, (sum_ext (width N) _ (fun v => root N ^ j *
      (transition N u v * matrix_power (width N) (transition N) j v w))) by (intros; ring).
    rewrite sum_mul_l. simpl power. ring.
Qed.

(* The square of its Frobenius norm. *)
Definition squared_norm (j : nat) : K :=
  sum (width N) (fun u => sum (width N) (fun v => jacobian j u v * jacobian j u v)).
End Recurrence.

Section GradientNorms.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Variables (n n_x n_y : nat) (root : K).
Hypothesis root_of_inverse : whole n * (root * root) = 1.

Lemma squared_norm_trace j : squared_norm (network G n n_x n_y root) j =
  constant (root ^ (2 * j)) * trace n (power_word j j).
Proof.
  unfold squared_norm, jacobian. cbn [width transition Network.root network]. unfold power_word.
  rewrite trace_app.
  rewrite <- sum_mul_l. apply sum_ext. intros u Hu. rewrite <- sum_mul_l. apply sum_ext. intros v Hv.
  rewrite spell_power, spell_transposed_power by assumption.
  replace (2 * j)%nat with (j + j)%nat by lia. rewrite power_add, constant_mul, !constant_power. ring.
Qed.

(* The mean of the squared norm, per neuron: a polynomial in 1/n, from its coefficients in Orders.v. *)
Theorem squared_norm_mean j : root * root * expect (squared_norm (network G n n_x n_y root) j) =
  nu_W ^ j * polynomial (single_coefficient j j) (j + 2) (root * root).
Proof.
  rewrite squared_norm_trace, expect_constant_mul.
  transitivity (normalised (G := G) n root [power_word j j]).
  - unfold normalised. rewrite height_power_word. replace (j + j + 2)%nat with (2 + 2 * j)%nat by lia.
    rewrite (power_add root 2). simpl traces. replace (trace n (power_word j j) * 1 : G)
      with (trace n (power_word j j) : G)
      by ring. simpl (root ^ 2). ring.
  - rewrite (normalised_traces n root root_of_inverse _ j) by (rewrite letters_power_word; cbn; lia).
    simpl length. replace (S (j + 1)) with (j + 2)%nat by lia. reflexivity.
Qed.

(* gradient-norms: nu_W^j (1 + tau(j)/n^2) and terms of order n^-3. *)
Theorem gradient_norms j inv48 : whole 48 * inv48 = 1 ->
  root * root * expect (squared_norm (network G n n_x n_y root) j) =
  nu_W ^ j * (1 + (whole 2 * whole j ^ 4 + whole 16 * whole j ^ 3 - whole 8 * whole j ^ 2 - whole 16 * whole j
                   + whole 3 - whole 3 * (- (1)) ^ j) * inv48 * ((root * root) * (root * root))
              + (root * root) ^ 3 * sum (j - 1) (fun r => whole (single_coefficient j j (r + 3)) *
                  (root * root) ^ r)).
Proof.
  intros H48. rewrite squared_norm_mean, <- (second_order_trace_formula j inv48 H48).
  change (second_order_trace j) with (whole (single_coefficient j j 2) : K). f_equal. unfold polynomial.
  destruct j as [|j].
  - change (0 + 2)%nat with 2%nat. change (0 - 1)%nat with 0%nat. cbn [sum].
    rewrite single_coefficient_0, single_coefficient_1.
    assert (single_coefficient 0 0 2 = 0%nat) as -> by (apply (mean_empty 2)). simpl. ring.
  - replace (S j + 2)%nat with (S (S (S j))) by lia. rewrite !sum_first.
    rewrite single_coefficient_0, single_coefficient_1, Nat.eqb_refl, orb_true_r.
    replace (S j - 1)%nat with j by lia.
    rewrite <- sum_mul_l. rewrite (sum_ext j (fun a => (root * root) ^ 3 * _)
      (fun a => whole (single_coefficient (S j) (S j) (S (S (S a)))) * (root * root) ^ S (S (S a)))).
    + simpl. ring.
    + intros a _. replace (a + 3)%nat with (S (S (S a))) by lia. simpl power. ring.
Qed.
End GradientNorms.
