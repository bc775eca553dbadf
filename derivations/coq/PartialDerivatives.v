(* The two notions of derivative agree.

   LagKernel.v differentiates an impulse response in a parameter by nudging that entry, over the dual numbers;
   Gaussian.v has derivations among its random variables.  For the network whose entries are the random ones,
   [derivatives_agree] says that these are the same: the slope of L_j in an entry of W, F or C is the partial
   derivative of L_j, as a random variable, in that entry.

   [respects]: whatever keeps sums and products keeps responses.  Apply it to x |-> x + (dx/dX) e. *)
Require Import Arith Ring.
From NTK Require Import Scalars DualNumbers Network LagKernel Gaussian RandomNetwork.
Open Scope scalar_scope.

Section Homomorphism.
Context {R S : Ring} (h : R -> S).
Hypothesis h_zero : h 0 = 0.
Hypothesis h_one : h 1 = 1.
Hypothesis h_add : forall x y, h (x + y) = h x + h y.
Hypothesis h_mul : forall x y, h (x * y) = h x * h y.

Lemma h_sum k g : h (sum k g) = sum k (fun a => h (g a)).
Proof. induction k; simpl; [apply h_zero | now rewrite h_add, IHk]. Qed.
Lemma h_delta a b : h (delta a b) = delta a b.
Proof. unfold delta. destruct (Nat.eqb a b); assumption. Qed.

Variables (N : Network R) (M : Network S).
Hypothesis same_width : width M = width N.
Hypothesis same_inputs : inputs M = inputs N.
Hypothesis same_root : h (Network.root N) = Network.root M.
Hypothesis same_transition : forall u v, h (transition N u v) = transition M u v.
Hypothesis same_input : forall u q, h (input N u q) = input M u q.
Hypothesis same_readout : forall y u, h (readout N y u) = readout M y u.

Lemma state_respects q t u : h (state N (impulse q) t u) = state M (impulse q) t u.
Proof.
  revert u. induction t as [|t IH]; intros u; simpl; [apply h_zero |].
  rewrite h_add, h_mul, !h_sum, same_root, same_width, same_inputs. unfold impulse. f_equal; [f_equal |];
    apply sum_ext; intros v _; rewrite h_mul.
  - now rewrite same_transition, <- IH.
  - now rewrite same_input, h_mul, !h_delta.
Qed.
Theorem respects j y q : h (response N j y q) = response M j y q.
Proof.
  unfold response, output. rewrite h_mul, h_sum, same_root, same_width. f_equal. apply sum_ext. intros u _.
  now rewrite h_mul, same_readout, state_respects.
Qed.
End Homomorphism.

Section PartialDerivatives.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring variables : (laws (variables G)).

(* The partial derivative in a parameter of the network. *)
Definition partial (p : parameter) : G -> G :=
  match p with
  | Transition u v => derivative in_W u v
  | Input u q => derivative in_F u q
  | Readout y u => derivative in_C y u
  end.

Variables (n n_x n_y : nat) (root : K).
Notation N := (network G n n_x n_y root).

Theorem derivatives_agree p j y q : response_derivative N p j y q = partial p (response N j y q).
Proof.
  set (h := fun x : G => (x, partial p x) : Dual G).
  assert (h 0 = 0) as h_zero by (unfold h, partial; destruct p; now rewrite derivative_zero).
  assert (h 1 = 1) as h_one by (unfold h, partial; destruct p; now rewrite derivative_one).
  assert (forall a b, h (a + b) = h a + h b) as h_add
    by (intros; unfold h, partial; destruct p; now rewrite derivative_add).
  assert (forall a b, h (a * b) = h a * h b) as h_mul
    by (intros; unfold h, partial; destruct p; now rewrite derivative_mul).
  unfold response_derivative. rewrite <- (respects h h_zero h_one h_add h_mul N); trivial;
    intros; unfold h, partial, nudged; simpl; destruct p; now rewrite ?derivative_constant, ?derivative_entry.
Qed.
End PartialDerivatives.
