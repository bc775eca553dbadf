(* Expectations, and random matrices as vectors: their norm is the root of the mean square.

   An expectation is what is used of one: linear and monotone, on some numbers that are closed under sums and
   products (as those of finite moments are), and 1 at 1.  No measure is built. *)
Require Import Reals Lra Lia.
From NTK Require Import Scalars Matrices RealWeights Descent InnerProducts Convergence Norms.
Open Scope R_scope.

Record Expectation := {
  outcome : Type;
  observable : (outcome -> R) -> Prop;
  mean : (outcome -> R) -> R;
  observable_ext : forall f g, (forall o, f o = g o) -> observable f -> observable g;
  observable_constant : forall c, observable (fun _ => c);
  observable_add : forall f g, observable f -> observable g -> observable (fun o => f o + g o);
  observable_mul : forall f g, observable f -> observable g -> observable (fun o => f o * g o);
  mean_one : mean (fun _ => 1) = 1;
  mean_add : forall f g, observable f -> observable g -> mean (fun o => f o + g o) = mean f + mean g;
  mean_scale : forall c f, observable f -> mean (fun o => c * f o) = c * mean f;
  mean_monotone : forall f g, observable f -> observable g -> (forall o, f o <= g o) -> mean f <= mean g
}.
Arguments observable {_}.
Arguments mean {_}.

Section Means.
Context {E : Expectation}.
Implicit Types f g : outcome E -> R.

Lemma mean_ext f g : observable f -> (forall o, f o = g o) -> mean f = mean g.
Proof.
  intros Hf H. pose proof (observable_ext _ f g H Hf) as Hg.
  apply Rle_antisym; apply mean_monotone; auto; intros o; rewrite H; apply Rle_refl.
Qed.

Lemma mean_constant c : mean (fun _ : outcome E => c) = c.
Proof.
  transitivity (c * mean (fun _ : outcome E => 1)); [| rewrite mean_one; ring].
  rewrite <- mean_scale by apply observable_constant.
  apply mean_ext; [apply observable_constant | intros; ring].
Qed.

Lemma observable_scale c f : observable f -> observable (fun o => c * f o).
Proof. intros H. apply observable_mul; [apply observable_constant | exact H]. Qed.

Lemma observable_sum k (f : nat -> outcome E -> R) :
  (forall i, (i < k)%nat -> observable (f i)) -> observable (fun o => sum (K := reals) k (fun i => f i o)).
Proof.
  induction k as [| k IH]; intros H; [exact (observable_constant E 0) |].
  apply (observable_add E (fun o => sum (K := reals) k (fun i => f i o)) (f k)); auto.
Qed.

Lemma mean_sum k (f : nat -> outcome E -> R) : (forall i, (i < k)%nat -> observable (f i)) ->
  mean (fun o => sum (K := reals) k (fun i => f i o)) = sum (K := reals) k (fun i => mean (f i)).
Proof.
  induction k as [| k IH]; intros H; [exact (mean_constant 0) |].
  change (mean (fun o => sum (K := reals) k (fun i => f i o) + f k o)
          = sum (K := reals) k (fun i => mean (f i)) + mean (f k)).
  rewrite mean_add; [rewrite IH by auto; reflexivity | apply observable_sum; auto | auto].
Qed.
End Means.

Section RandomMatrices.
Variables (E : Expectation) (m l : nat).

Record random_matrix := {
  draw :> outcome E -> matrix reals;
  draw_observable : forall p y, (p < m)%nat -> (y < l)%nat -> observable (fun o => draw o p y)
}.
Implicit Types U V W : random_matrix.

Lemma inner_observable U V : observable (fun o => inner_matrices m l (U o) (V o)).
Proof.
  apply (observable_sum m (fun p o => sum (K := reals) l (fun y => U o p y * V o p y))). intros p Hp.
  apply (observable_sum l (fun y o => U o p y * V o p y)). intros y Hy.
  apply observable_mul; now apply draw_observable.
Qed.

Definition random_dot U V : R := mean (fun o => inner_matrices m l (U o) (V o)).

Definition random_move U (t : R) V : random_matrix.
Proof.
  refine {| draw := fun o => move (U o : matrices m l) t (V o : matrices m l) |}.
  intros p y Hp Hy. apply observable_add; [| apply observable_scale]; now apply draw_observable.
Defined.

(* The mean of a sum of squares, entry by entry. *)
Lemma random_dot_by_entries U V :
  random_dot U V
  = sum (K := reals) m (fun p => sum (K := reals) l (fun y => mean (fun o => U o p y * V o p y))).
Proof.
  assert (Hentry : forall p y, (p < m)%nat -> (y < l)%nat -> observable (fun o => U o p y * V o p y)).
  { intros p y Hp Hy. apply observable_mul; now apply draw_observable. }
  etransitivity; [apply (mean_sum m (fun p o => sum (K := reals) l (fun y => U o p y * V o p y))) |].
  - intros p Hp. apply (observable_sum l (fun y o => U o p y * V o p y)). auto.
  - apply (sum_ext (K := reals)). intros p Hp. apply (mean_sum l (fun y o => U o p y * V o p y)). auto.
Qed.

Lemma random_dot_symmetric U V : random_dot U V = random_dot V U.
Proof. apply mean_ext; [apply inner_observable |]. intros o. apply (inner_sym (K := reals)). Qed.

Lemma random_dot_move U (t : R) V W : random_dot (random_move U t V) W = random_dot U W + t * random_dot V W.
Proof.
  unfold random_dot.
  rewrite <- mean_scale, <- mean_add by (try apply observable_scale; apply inner_observable).
  apply mean_ext; [apply inner_observable |]. intros o. apply (dot_move (matrices m l)).
Qed.

Lemma random_dot_nonnegative U : 0 <= random_dot U U.
Proof.
  rewrite <- (mean_constant (E := E) 0).
  apply mean_monotone; [apply observable_constant | apply inner_observable |].
  intros o. apply square_nonnegative.
Qed.

Definition random_matrices : Space := {|
  vector := random_matrix;
  move := random_move;
  dot := random_dot;
  dot_symmetric := random_dot_symmetric;
  dot_move := random_dot_move;
  dot_nonnegative := random_dot_nonnegative
|}.
End RandomMatrices.
Arguments draw {_ _ _}.
