(* Losses of an impulse response, and their gradients, over any commutative ring.

   A loss J is a function of L_0, ..., L_{T-1}.  [is_gradient J T m l L G] says that at L its gradient is made
   of the G_j = dJ/dL_j: however L moves, J moves by sum_j <G_j, dL_j>.  Two losses are shown to have one, the
   linear loss and the squared distance. *)
Require Import Ring.
From NTK Require Import Scalars Matrices DualNumbers.

(* A finite number of lags of an impulse response: [L j] is a matrix, n_y by n_x. *)
Definition lags (K : Ring) := nat -> matrix K.

Section Losses.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types L G : lags K.

(* <A_0, B_0> + ... + <A_{T-1}, B_{T-1}>, for matrices of m by l. *)
Definition inner_lags (T m l : nat) (A B : lags K) : K :=
  sum T (fun j => sum m (fun y => sum l (fun q => A j y q * B j y q))).

(* G is the gradient of J at L: where L moves with slope dL, J moves with slope sum_j <G_j, dL_j>. *)
Definition is_gradient (J : lags (Dual K) -> Dual K) (T m l : nat) L G : Prop :=
  forall M : lags (Dual K),
    (forall j y q, (j < T)%nat -> (y < m)%nat -> (q < l)%nat -> value (M j y q) = L j y q) ->
    slope (J M) = inner_lags T m l G (fun j y q => slope (M j y q)).

Lemma linear_loss T m l G L :
  is_gradient (fun M => sum T (fun j => sum m (fun y => sum l (fun q => constant (G j y q) * M j y q))))
    T m l L G.
Proof.
  intros M HM. unfold inner_lags. rewrite slope_sum. apply sum_ext. intros j _.
  rewrite slope_sum. apply sum_ext. intros y _. rewrite slope_sum. apply sum_ext. intros q _.
  rewrite slope_mul. simpl. ring.
Qed.

Lemma squared_loss T m l (half : K) (target L : lags K) : whole 2 * half = 1 ->
  is_gradient (fun M => constant half * sum T (fun j => sum m (fun y => sum l (fun q =>
                 (M j y q - constant (target j y q)) * (M j y q - constant (target j y q))))))
    T m l L (fun j y q => L j y q - target j y q).
Proof.
  intros Hhalf M HM. unfold inner_lags. rewrite slope_mul. cbn [constant slope value fst snd].
  transitivity (half * slope (sum T (fun j => sum m (fun y => sum l (fun q =>
    (M j y q - constant (target j y q)) * (M j y q - constant (target j y q))))))); [unfold slope; ring |].
  rewrite slope_sum, <- sum_mul_l. apply sum_ext. intros j Hj.
  rewrite slope_sum, <- sum_mul_l. apply sum_ext. intros y Hy.
  rewrite slope_sum, <- sum_mul_l. apply sum_ext. intros q Hq.
  rewrite slope_mul, value_sub, slope_sub, HM by assumption. cbn [constant slope value fst snd].
  transitivity (whole 2 * half * ((L j y q - target j y q) * slope (M j y q))); [unfold slope; simpl; ring |].
  rewrite Hhalf. ring.
Qed.
End Losses.
