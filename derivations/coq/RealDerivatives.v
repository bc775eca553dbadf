(* Over the reals the slopes of dual numbers are derivatives.

   [response_is_differentiable]: the derivative of L_j in a parameter of the network, as a limit of difference
   quotients, is the slope that LagKernel.v defines it as.  [loss_is_differentiable]: for every loss with a
   gradient in the sense of calculus, its derivatives are those of [low_rank_gradients]. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers Network LagKernel Losses Training RealWeights Descent.
From NTK Require Import InnerProducts Convergence Exponential GradientFlow.
Open Scope R_scope.

Lemma derivative_of_product (f g : R -> R) t (u v : Dual reals) :
  f t = value u -> g t = value v -> derivable_pt_lim f t (slope u) -> derivable_pt_lim g t (slope v) ->
  derivable_pt_lim (fun t => f t * g t) t (slope (u * v)%scalar).
Proof.
  intros Hf Hg Df Dg. rewrite slope_mul, <- Hf, <- Hg. exact (derivable_pt_lim_mult f g t _ _ Df Dg).
Qed.

(* A network that moves with t, and the network of its values and slopes at one time. *)
Section Curve.
Variables (N : R -> Network reals) (M : Network (Dual reals)) (t : R).

Definition follows (f : R -> R) (x : Dual reals) : Prop := f t = value x /\ derivable_pt_lim f t (slope x).

Lemma follows_product f g x y : follows f x -> follows g y -> follows (fun t => f t * g t) (x * y)%scalar.
Proof.
  intros [Hf Df] [Hg Dg]. split; [| now apply derivative_of_product].
  rewrite value_mul, <- Hf, <- Hg. reflexivity.
Qed.

Lemma follows_add f g x y : follows f x -> follows g y -> follows (fun t => f t + g t) (x + y)%scalar.
Proof.
  intros [Hf Df] [Hg Dg]. split; [rewrite value_add, <- Hf, <- Hg; reflexivity |].
  exact (derivable_pt_lim_plus f g t _ _ Df Dg).
Qed.

Lemma follows_still c x : value x = c -> slope x = 0 -> follows (fun _ => c) x.
Proof. intros Hv Hs. split; [now symmetry |]. rewrite Hs. apply derivable_pt_lim_const. Qed.

Lemma follows_constant c : follows (fun _ => c) (constant (c : reals)).
Proof. now apply follows_still. Qed.

Lemma follows_sum k (f : nat -> R -> R) (x : nat -> Dual reals) :
  (forall a, (a < k)%nat -> follows (f a) (x a)) ->
  follows (fun t => sum (K := reals) k (fun a => f a t)) (sum k x).
Proof.
  induction k as [|k IH]; intros H; [apply follows_constant |].
  apply (follows_add (fun t => sum (K := reals) k (fun a => f a t)) (f k)); auto.
Qed.

Hypothesis same_width : forall t, width (N t) = width M.
Hypothesis same_inputs : forall t, inputs (N t) = inputs M.
Hypothesis root_follows : follows (fun t => root (N t)) (root M).
Hypothesis transition_follows : forall u v, follows (fun t => transition (N t) u v) (transition M u v).
Hypothesis input_follows : forall u q, follows (fun t => input (N t) u q) (input M u q).
Hypothesis readout_follows : forall y u, follows (fun t => readout (N t) y u) (readout M y u).

Lemma follows_ext f g x : (forall t, f t = g t) -> follows f x -> follows g x.
Proof. intros H [Hf Df]. split; [now rewrite <- H | now apply (derivable_pt_lim_ext f)]. Qed.

Lemma state_follows q j u : follows (fun t => state (N t) (impulse q) j u) (state M (impulse q) j u).
Proof.
  revert u. induction j as [|j IH]; intros u; [apply follows_constant |].
  apply (follows_ext (fun t => root (N t) * sum (K := reals) (width M) (fun v =>
           transition (N t) u v * state (N t) (impulse q) j v)
         + sum (K := reals) (inputs M) (fun q' => input (N t) u q' * impulse q j q'))).
  { intros t'. cbn [state]. now rewrite same_width, same_inputs. }
  apply follows_add.
  - apply follows_product; [exact root_follows |].
    apply (follows_sum _ (fun v t => transition (N t) u v * state (N t) (impulse q) j v)). intros v _.
    now apply follows_product.
  - apply (follows_sum _ (fun q' t => input (N t) u q' * impulse q j q')). intros q' _.
    apply follows_product; [apply input_follows |]. apply follows_still; unfold impulse.
    + now rewrite value_mul, !value_delta.
    + rewrite slope_mul, !slope_delta. real_ring.
Qed.

Theorem response_follows j y q : follows (fun t => response (N t) j y q) (response M j y q).
Proof.
  apply (follows_ext (fun t => root (N t) * sum (K := reals) (width M) (fun u =>
           readout (N t) y u * state (N t) (impulse q) (S j) u))).
  { intros t'. unfold response, output. now rewrite same_width. }
  apply follows_product; [exact root_follows |].
  apply (follows_sum _ (fun u t => readout (N t) y u * state (N t) (impulse q) (S j) u)). intros u _.
  apply follows_product; [apply readout_follows | apply state_follows].
Qed.
End Curve.

(* The network with t added to one parameter. *)
Definition shifted (N : Network reals) (p : parameter) (t : R) : Network reals := {|
  width := width N; inputs := inputs N; outputs := outputs N; root := root N;
  transition a b := transition N a b + t * match p with Transition u v => delta u a * delta v b | _ => 0 end;
  input a b := input N a b + t * match p with Input u q => delta u a * delta q b | _ => 0 end;
  readout a b := readout N a b + t * match p with Readout y u => delta y a * delta u b | _ => 0 end
|}.

Lemma line_follows (x z : R) : follows 0 (fun t => x + t * z) ((x, z) : Dual reals).
Proof.
  split; [simpl; ring |]. replace (slope ((x, z) : Dual reals)) with (0 + 1 * z) by (simpl; ring).
  apply (derivable_pt_lim_ext (fun t => x + mult_real_fct z id t));
    [intros; unfold mult_real_fct, id; ring |].
  replace (0 + 1 * z) with (0 + z * 1) by ring.
  apply (derivable_pt_lim_plus (fun _ => x) (mult_real_fct z id));
    [apply derivable_pt_lim_const | apply derivable_pt_lim_scal, derivable_pt_lim_id].
Qed.

Lemma response_follows_nudge N p j y q :
  follows 0 (fun t => response (shifted N p t) j y q) (response (nudged N p) j y q).
Proof.
  apply (response_follows (shifted N p) (nudged N p) 0); intros; try reflexivity.
  - exact (follows_constant 0 (root N)).
  - destruct p; apply line_follows.
  - destruct p; apply line_follows.
  - destruct p; apply line_follows.
Qed.

Theorem response_is_differentiable N p j y q :
  derivable_pt_lim (fun t => response (shifted N p t) j y q) 0 (response_derivative N p j y q).
Proof. apply response_follows_nudge. Qed.

(* G is the gradient of J at L in the sense of calculus: J moves by sum_j <G_j, dL_j> along every curve
   through L that has a derivative dL there. *)
Definition is_real_gradient (J : lags reals -> R) (T m l : nat) (L G : lags reals) : Prop :=
  forall (curve : R -> lags reals) (dL : lags reals),
    (forall j y q, (j < T)%nat -> (y < m)%nat -> (q < l)%nat ->
       curve 0 j y q = L j y q /\ derivable_pt_lim (fun t => curve t j y q) 0 (dL j y q)) ->
    derivable_pt_lim (fun t => J (curve t)) 0 (inner_lags T m l G dL).

(* In [low_rank_gradients] any loss over the dual numbers with that gradient may stand for J; for instance: *)
Definition linearised (T m l : nat) (G : lags reals) : lags (Dual reals) -> Dual reals :=
  fun M => sum T (fun j => sum m (fun y => sum l (fun q => constant (G j y q) * M j y q)))%scalar.

Theorem loss_is_differentiable J N T G p :
  is_real_gradient J T (outputs N) (inputs N) (response N) G ->
  derivable_pt_lim (fun t => J (response (shifted N p t))) 0
    (loss_derivative (linearised T (outputs N) (inputs N) G) N p).
Proof.
  intros HJ.
  rewrite (loss_derivative_by_lags (linearised T (outputs N) (inputs N) G) N T G p)
    by exact (linear_loss T (outputs N) (inputs N) G (response N)).
  apply HJ. intros j y q _ _ Hq. split; [| apply response_is_differentiable].
  rewrite <- (value_response N p j y q Hq). apply (response_follows_nudge N p j y q).
Qed.
