(* The lag kernel hardly moves in training: in any fixed number of steps of gradient descent by O(n^{-1/2}).

   Everything here is deterministic.  The norms of C, W and F are at most c, w and f times sqrt n at the
   start, and those of the gradients dJ/dL_i at most g, at each of the steps.  Then ([constant_kernel]) every
   entry of Theta_ij moves in k steps by [kernel_moves] / sqrt n at most, a number that does not depend on n.
   One step moves P_ab by ((c + c1)^2 (w + w1)^{a+b} - c^2 w^{a+b}) / sqrt n at most ([gram_moves]).  (That
   Gaussian matrices have such norms with a probability near 1 is not said here.) *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers Network LagKernel Losses Training Perturbation Reversal.
From NTK Require Import RealWeights Descent InnerProducts Convergence Norms Operators.
From NTK Require Import ResponseBounds NetworkUpdate.
Open Scope R_scope.

(* Bounds of P_ab, and of how far a step moves it. *)
Definition gram_size (c w : R) (a b : nat) : R := c * c * pow w (a + b).
Definition gram_move (c w c1 w1 : R) (a b : nat) : R := gram_size (c + c1) (w + w1) a b - gram_size c w a b.

Section Gram.
Variables (N : Network reals) (d : parameter -> reals) (s c w c1 w1 : R).
Let n := width N.
Hypothesis root_is_s : root N = s.
Hypothesis s_positive : 0 < s.
Hypothesis s_at_most_one : s <= 1.
Hypothesis readout_bound : operator (outputs N) n (readout N) (c / s).
Hypothesis transition_bound : operator n n (transition N) (w / s).
Hypothesis readout_moves : operator (outputs N) n (readout_step d) c1.
Hypothesis transition_moves : operator n n (transition_step d) w1.

Let N' := stepped_network N d.

(* x <= x / s *)
Lemma at_most_over_s x : 0 <= x -> x <= x / s.
Proof.
  intros Hx. apply (Rmult_le_reg_l s); [exact s_positive |]. rewrite over_s by exact s_positive. nra.
Qed.

Lemma readout_after : operator (outputs N) n (readout N') ((c + c1) / s).
Proof.
  apply (operator_ext _ _ (matrix_add (readout N) (readout_step d))); [reflexivity |].
  apply (operator_monotone _ _ _ (c / s + c1)); [| now apply operator_add].
  pose proof (at_most_over_s c1 (proj1 readout_moves)). unfold Rdiv in *. lra.
Qed.
Lemma transition_after : operator n n (transition N') ((w + w1) / s).
Proof.
  apply (operator_ext _ _ (matrix_add (transition N) (transition_step d))); [reflexivity |].
  apply (operator_monotone _ _ _ (w / s + w1)); [| now apply operator_add].
  pose proof (at_most_over_s w1 (proj1 transition_moves)). unfold Rdiv in *. lra.
Qed.

(* How far V_a moves: O(1), beside its size of O(1/s). *)
Definition chain_move (a : nat) : R := (c + c1) * pow (w + w1) a - c * pow w a.

Lemma chain_moves a :
  operator (outputs N) n (matrix_sub (left_chain N' a) (left_chain N a)) (chain_move a).
Proof.
  apply (operator_ext _ _ (matrix_add (chain_first N d a) (chain_rest N d a))).
  { intros y u _ _. unfold matrix_add, chain_rest, matrix_sub. fold N'. real_ring. }
  apply (operator_monotone _ _ _ (first_size c w c1 w1 a + s * rest_size c w c1 w1 a)).
  - assert (0 <= rest_size c w c1 w1 a)
      by exact (rest_size_nonnegative N d s c w c1 w1 s_positive readout_bound transition_bound
                  readout_moves transition_moves a).
    pose proof (rest_size_closed c w c1 w1 a). unfold chain_move. nra.
  - apply operator_add.
    + exact (chain_first_bound N d s c w c1 w1 root_is_s s_positive readout_bound transition_bound
               readout_moves transition_moves a).
    + exact (chain_rest_bound N d s c w c1 w1 root_is_s s_positive s_at_most_one readout_bound
               transition_bound readout_moves transition_moves a).
Qed.

Lemma operator_scaled_s_squared (A : matrix reals) x : operator (outputs N) (outputs N) A x ->
  operator (outputs N) (outputs N) (scaled (root N * root N)%scalar A) (s * s * x).
Proof.
  intros H. rewrite root_is_s. rewrite <- (Rabs_pos_eq (s * s)) by nra. now apply operator_scaled.
Qed.

Lemma gram_bound a b : operator (outputs N) (outputs N) (left_gram N a b) (gram_size c w a b).
Proof.
  apply (operator_monotone _ _ _ (s * s * (c * pow w a / s * (c * pow w b / s)))).
  { right. unfold gram_size. rewrite pow_add. field. lra. }
  apply operator_scaled_s_squared, operator_product; [| apply operator_transpose];
  now apply chain_bound.
Qed.

Theorem gram_moves a b :
  operator (outputs N) (outputs N) (matrix_sub (left_gram N' a b) (left_gram N a b))
    (s * gram_move c w c1 w1 a b).
Proof.
  (* P' - P = (V'_a - V_a) V'_b' / n + V_a (V'_b - V_b)' / n *)
  apply (operator_ext _ _ (scaled (root N * root N)%scalar (matrix_add
    (product n (matrix_sub (left_chain N' a) (left_chain N a)) (transpose (left_chain N' b)))
    (product n (left_chain N a) (transpose (matrix_sub (left_chain N' b) (left_chain N b))))))).
  { intros y y' _ _. unfold scaled, matrix_add. rewrite product_sub_l.
    change (transpose (matrix_sub (left_chain N' b) (left_chain N b)))
      with (matrix_sub (transpose (left_chain N' b)) (transpose (left_chain N b))).
    rewrite product_sub_r. unfold matrix_sub, left_gram. change (root N') with (root N).
    change (width N') with n. fold n. real_ring. }
  apply (operator_monotone _ _ _ (s * s * (chain_move a * ((c + c1) * pow (w + w1) b / s)
                                           + c * pow w a / s * chain_move b))).
  { right. unfold gram_move, gram_size, chain_move. rewrite !pow_add. field. lra. }
  apply operator_scaled_s_squared, operator_add; apply operator_product.
  - apply chain_moves.
  - apply operator_transpose. apply (chain_bound N' s (c + c1) (w + w1) root_is_s s_positive);
    [apply readout_after | apply transition_after].
  - now apply chain_bound.
  - apply operator_transpose, chain_moves.
Qed.
End Gram.

(* How far a step moves Theta_ij, times sqrt n. *)
Definition theta_move (c w f c1 w1 f1 : R) (i j : nat) : R :=
  gram_move f w f1 w1 i j + gram_move c w c1 w1 i j
  + sum (K := reals) i (fun a => sum (K := reals) j (fun b =>
      gram_move c w c1 w1 a b * gram_size (f + f1) (w + w1) (i - 1 - a) (j - 1 - b)
      + gram_size c w a b * gram_move f w f1 w1 (i - 1 - a) (j - 1 - b))).

(* Sums move by the sum of what their terms move by. *)
Lemma sum_moves k (u v e : nat -> R) : (forall a, (a < k)%nat -> Rabs (u a - v a) <= e a) ->
  Rabs (sum (K := reals) k u - sum (K := reals) k v) <= sum (K := reals) k e.
Proof.
  induction k as [|k IH]; intros H; simpl; [rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra |].
  replace (sum (K := reals) k u + u k - (sum (K := reals) k v + v k))
    with (sum (K := reals) k u - sum (K := reals) k v + (u k - v k)) by ring.
  eapply Rle_trans; [apply Rabs_triang |]. apply Rplus_le_compat; auto.
Qed.

Lemma product_moves p p' q q' e_p e_q size_p size_q' :
  Rabs (p' - p) <= e_p -> Rabs (q' - q) <= e_q -> Rabs p <= size_p -> Rabs q' <= size_q' ->
  Rabs (p' * q' - p * q) <= e_p * size_q' + size_p * e_q.
Proof.
  intros. replace (p' * q' - p * q) with ((p' - p) * q' + p * (q' - q)) by ring.
  eapply Rle_trans; [apply Rabs_triang |]. rewrite !Rabs_mult.
  apply Rplus_le_compat; apply Rmult_le_compat; try apply Rabs_pos; assumption.
Qed.

Section Theta.
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

Let N' := stepped_network N d.

Lemma left_gram_entry_moves a b y y' : (y < outputs N)%nat -> (y' < outputs N)%nat ->
  Rabs (left_gram N' a b y y' - left_gram N a b y y') <= s * gram_move c w c1 w1 a b.
Proof.
  intros Hy Hy'. eapply (operator_entry _ _ (matrix_sub (left_gram N' a b) (left_gram N a b)));
  [now apply gram_moves | eassumption | eassumption].
Qed.
Lemma left_gram_entry a b y y' : (y < outputs N)%nat -> (y' < outputs N)%nat ->
  Rabs (left_gram N a b y y') <= gram_size c w a b.
Proof.
  intros Hy Hy'. eapply operator_entry; [now apply (gram_bound N s c w) | eassumption | eassumption].
Qed.

(* Q is the P of the reversed network. *)
Lemma right_gram_entry_moves a b q q' : (q < inputs N)%nat -> (q' < inputs N)%nat ->
  Rabs (right_gram N' a b q q' - right_gram N a b q q') <= s * gram_move f w f1 w1 a b.
Proof.
  intros Hq Hq'. rewrite !right_gram_reversed. unfold N'. rewrite reversed_stepped.
  refine (operator_entry _ _ _ _ q q' (gram_moves (reversed N) (reversed_step d) s f w f1 w1
    root_is_s s_positive s_at_most_one _ _ _ _ a b) Hq Hq').
  - exact (operator_transpose _ _ _ _ input_bound).
  - exact (operator_transpose _ _ _ _ transition_bound).
  - exact (operator_transpose _ _ _ _ input_moves).
  - exact (operator_transpose _ _ _ _ transition_moves).
Qed.
Lemma right_gram_entry_after a b q q' : (q < inputs N)%nat -> (q' < inputs N)%nat ->
  Rabs (right_gram N' a b q q') <= gram_size (f + f1) (w + w1) a b.
Proof.
  intros Hq Hq'. rewrite right_gram_reversed. unfold N'. rewrite reversed_stepped.
  refine (operator_entry _ _ _ _ q q' (gram_bound (stepped_network (reversed N) (reversed_step d)) s _ _
    root_is_s s_positive _ _ a b) Hq Hq').
  - apply (readout_after (reversed N) (reversed_step d) s f f1 s_positive s_at_most_one
             (operator_transpose _ _ _ _ input_bound) (operator_transpose _ _ _ _ input_moves)).
  - apply (transition_after (reversed N) (reversed_step d) s w w1 s_positive s_at_most_one
             (operator_transpose _ _ _ _ transition_bound) (operator_transpose _ _ _ _ transition_moves)).
Qed.

Lemma delta_at_most_one a b : Rabs (delta (K := reals) a b) <= 1.
Proof. unfold delta. destruct (Nat.eqb a b); simpl; rewrite ?Rabs_R1, ?Rabs_R0; lra. Qed.

Lemma delta_times a b z e : Rabs z <= e -> Rabs (delta (K := reals) a b * z) <= e.
Proof.
  intros Hz. rewrite Rabs_mult. pose proof (delta_at_most_one a b).
  apply Rle_trans with (1 * Rabs z); [apply Rmult_le_compat_r; [apply Rabs_pos | assumption] | lra].
Qed.

Theorem theta_moves i j y q y' q' :
  (y < outputs N)%nat -> (q < inputs N)%nat -> (y' < outputs N)%nat -> (q' < inputs N)%nat ->
  Rabs (lag_kernel N' i j y q y' q' - lag_kernel N i j y q y' q') <= s * theta_move c w f c1 w1 f1 i j.
Proof.
  intros Hy Hq Hy' Hq'. rewrite (lag_kernel_convolution N), (lag_kernel_convolution N') by assumption.
  simpl. match goal with |- Rabs (?x1 + ?x2 + ?x3 - (?z1 + ?z2 + ?z3)) <= _ =>
    replace (x1 + x2 + x3 - (z1 + z2 + z3)) with ((x1 - z1) + (x2 - z2) + (x3 - z3)) by ring end.
  unfold theta_move. rewrite !Rmult_plus_distr_l.
  eapply Rle_trans; [apply Rabs_triang | apply Rplus_le_compat; [eapply Rle_trans;
    [apply Rabs_triang | apply Rplus_le_compat] |]].
  - rewrite <- Rmult_minus_distr_l. now apply delta_times, right_gram_entry_moves.
  - rewrite <- Rmult_minus_distr_r, Rmult_comm. now apply delta_times, left_gram_entry_moves.
  - change Rmult with (@mul reals) at 3. rewrite <- (sum_mul_l (K := reals)).
    apply sum_moves. intros a Ha. rewrite <- (sum_mul_l (K := reals)). apply sum_moves. intros b Hb. simpl.
    eapply Rle_trans; [apply product_moves |].
    + now apply left_gram_entry_moves.
    + now apply right_gram_entry_moves.
    + now apply left_gram_entry.
    + now apply right_gram_entry_after.
    + right. ring.
Qed.
End Theta.

(* ---- A fixed number of steps ---- *)

(* The bounds (c, w, f) after one step, and after k. *)
Definition grown (g eta : R) (T : nat) (sizes : R * R * R) : R * R * R :=
  let '(c, w, f) := sizes in
  (c + readout_move w f g eta T, w + transition_move c w f g eta T, f + input_move c w g eta T).
Fixpoint sizes_after (g eta : R) (T : nat) (sizes : R * R * R) (k : nat) : R * R * R :=
  match k with O => sizes | S k => grown g eta T (sizes_after g eta T sizes k) end.

(* How far one step moves Theta_ij from these bounds, and how far k steps do; times sqrt n. *)
Definition kernel_move (g eta : R) (T i j : nat) (sizes : R * R * R) : R :=
  let '(c, w, f) := sizes in
  theta_move c w f (readout_move w f g eta T) (transition_move c w f g eta T) (input_move c w g eta T) i j.
Definition kernel_moves (g eta : R) (T i j : nat) (sizes : R * R * R) (k : nat) : R :=
  sum (K := reals) k (fun m => kernel_move g eta T i j (sizes_after g eta T sizes m)).

Definition within (N : Network reals) (sizes : R * R * R) : Prop :=
  let '(c, w, f) := sizes in norms_at_most N c w f.

Lemma one_step J N G T g eta sizes : within N sizes ->
  is_gradient J T (outputs N) (inputs N) (response N) G ->
  (forall i, (i < T)%nat -> operator (outputs N) (inputs N) (G i) g) ->
  let N' := stepped_network N (descent_step J eta N) in
  within N' (grown g eta T sizes)
  /\ forall i j y q y' q',
       (y < outputs N)%nat -> (q < inputs N)%nat -> (y' < outputs N)%nat -> (q' < inputs N)%nat ->
       Rabs (lag_kernel N' i j y q y' q' - lag_kernel N i j y q y' q')
       <= kernel_move g eta T i j sizes / sqrt (INR (width N)).
Proof.
  destruct sizes as [[c w] f]. intros [Hwidth [Hroot [HC [HW HF]]]] HG Hg. cbv zeta.
  set (d := descent_step J eta N). set (s := root N : R).
  destruct (root_facts N Hwidth Hroot) as [s_positive [s_at_most_one inverse]].
  fold s in s_positive, s_at_most_one, inverse.
  rewrite <- inverse in HC, HW, HF.
  pose proof (readout_step_bound N J G T s w f g eta eq_refl s_positive HW HF HG Hg) as HdC.
  pose proof (transition_step_bound N J G T s c w f g eta eq_refl s_positive HC HW HF HG Hg) as HdW.
  pose proof (input_step_bound N J G T s c w g eta eq_refl s_positive HC HW HG Hg) as HdF.
  fold d in HdC, HdW, HdF. split.
  - unfold within, grown, norms_at_most. cbn [stepped_network width root inputs outputs].
    split; [exact Hwidth |]. split; [exact Hroot |]. rewrite <- inverse. repeat split.
    1, 2: apply (readout_after N d s); assumption.
    1, 2: apply (transition_after N d s); assumption.
    1, 2: apply (operator_transpose _ _ _ _ (readout_after (reversed N) (reversed_step d) s f _ s_positive
            s_at_most_one (operator_transpose _ _ _ _ HF) (operator_transpose _ _ _ _ HdF))).
  - intros i j y q y' q' Hy Hq Hy' Hq'. unfold kernel_move, Rdiv. rewrite <- inverse, Rinv_inv, Rmult_comm.
    now apply (theta_moves N d s).
Qed.

Lemma trained_shape J eta start k :
  outputs (trained J eta start k) = outputs start /\ inputs (trained J eta start k) = inputs start
  /\ width (trained J eta start k) = width start.
Proof. induction k as [|k IH]; [auto | exact IH]. Qed.

(* constant-kernel, given bounds of the norms at the start and of the gradients at every step *)
Theorem constant_kernel J (start : Network reals) (G : nat -> lags reals) T c w f g eta steps k
  i j y q y' q' :
  norms_at_most start c w f ->
  (forall m, (m < steps)%nat ->
     is_gradient J T (outputs start) (inputs start) (response (trained J eta start m)) (G m)
     /\ forall i, (i < T)%nat -> operator (outputs start) (inputs start) (G m i) g) ->
  (k <= steps)%nat ->
  (y < outputs start)%nat -> (q < inputs start)%nat -> (y' < outputs start)%nat -> (q' < inputs start)%nat ->
  Rabs (lag_kernel (trained J eta start k) i j y q y' q' - lag_kernel start i j y q y' q')
  <= kernel_moves g eta T i j (c, w, f) k / sqrt (INR (width start)).
Proof.
  intros Hstart HG Hk Hy Hq Hy' Hq'.
  assert (within (trained J eta start k) (sizes_after g eta T (c, w, f) k)
          /\ Rabs (lag_kernel (trained J eta start k) i j y q y' q' - lag_kernel start i j y q y' q')
             <= kernel_moves g eta T i j (c, w, f) k / sqrt (INR (width start))) as [_ H]; [| exact H].
  induction k as [|k IH].
  - split; [exact Hstart |]. simpl. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity.
    unfold kernel_moves, Rdiv. simpl. lra.
  - destruct IH as [Hwithin Hmoved]; [lia |]. destruct (HG k) as [Hgradient Hbound]; [lia |].
    destruct (trained_shape J eta start k) as [Houtputs [Hinputs Hwidth]].
    rewrite <- Houtputs, <- Hinputs in *.
    destruct (one_step J (trained J eta start k) (G k) T g eta _ Hwithin Hgradient Hbound) as [Hnext Hmove].
    split; [exact Hnext |].
    specialize (Hmove i j y q y' q' Hy Hq Hy' Hq'). rewrite Hwidth in Hmove.
    change (trained J eta start (S k))
      with (stepped_network (trained J eta start k) (descent_step J eta (trained J eta start k))).
    match goal with |- Rabs (?after - ?before) <= _ =>
      replace (after - before) with ((after - lag_kernel (trained J eta start k) i j y q y' q')
        + (lag_kernel (trained J eta start k) i j y q y' q' - before)) by ring end.
    eapply Rle_trans; [apply Rabs_triang |]. unfold kernel_moves in *. cbn [sum].
    change (@add reals) with Rplus. unfold Rdiv in *. rewrite Rmult_plus_distr_r. lra.
Qed.
