(* Real vectors with an inner product: norms, adjoint maps, and real matrices as the instance.

   Only what inner products see is used of a space: u + t v enters by its inner products with every w,
   never by an equation between vectors, so functions on indices serve as vectors without extensionality. *)
Require Import Reals Lra.
From NTK Require Import Scalars Matrices RealWeights Descent InnerProducts Convergence.
Open Scope R_scope.

Record Space := {
  vector :> Type;
  move : vector -> R -> vector -> vector;   (* move u t v is u + t v *)
  dot : vector -> vector -> R;
  dot_symmetric : forall u v, dot u v = dot v u;
  dot_move : forall u t v w, dot (move u t v) w = dot u w + t * dot v w;
  dot_nonnegative : forall u, 0 <= dot u u
}.
Arguments move {_}.
Arguments dot {_}.

Section Norm.
Context {V : Space}.
Implicit Types u v w : V.

Definition norm u : R := sqrt (dot u u).
Definition separation u v : R := norm (move u (-1) v).

Lemma dot_move_right u v t w : dot u (move v t w) = dot u v + t * dot u w.
Proof. now rewrite dot_symmetric, dot_move, !(dot_symmetric _ u). Qed.

Lemma square_move u t v : dot (move u t v) (move u t v) = dot u u + 2 * t * dot u v + t ^ 2 * dot v v.
Proof. rewrite dot_move, !dot_move_right, (dot_symmetric _ v u). ring. Qed.

Lemma norm_nonnegative u : 0 <= norm u.
Proof. apply sqrt_pos. Qed.

Lemma norm_squared u : norm u ^ 2 = dot u u.
Proof. apply pow2_sqrt, dot_nonnegative. Qed.

Lemma norm_at_most u x : 0 <= x -> dot u u <= x ^ 2 -> norm u <= x.
Proof. intros Hx H. unfold norm. rewrite <- (sqrt_pow2 x Hx). now apply sqrt_le_1_alt. Qed.

(* Vectors that have the same inner products have the same norm. *)
Lemma norm_equal u v : (forall w, dot u w = dot v w) -> norm u = norm v.
Proof. intros H. unfold norm. now rewrite H, dot_symmetric, H. Qed.

(* The inequality of Cauchy and Schwarz: |v|^2 u - (u.v) v has a square that is not negative. *)
Lemma cauchy_schwarz u v : dot u v ^ 2 <= dot u u * dot v v.
Proof.
  pose proof (dot_nonnegative _ u) as Hu. pose proof (dot_nonnegative _ v) as Hv.
  destruct Hv as [Hv | Hv].
  - pose proof (dot_nonnegative _ (move u (- (dot u v / dot v v)) v)) as H. rewrite square_move in H.
    apply (Rmult_le_compat_r (dot v v)) in H; [| lra]. rewrite Rmult_0_l in H.
    replace ((dot u u + 2 * - (dot u v / dot v v) * dot u v
              + (- (dot u v / dot v v)) ^ 2 * dot v v) * dot v v)
      with (dot u u * dot v v - dot u v ^ 2) in H by (field; lra). lra.
  - (* |v| = 0: else u + t v had a negative square for some t. *)
    rewrite <- Hv, Rmult_0_r. destruct (Req_dec (dot u v) 0) as [-> | Huv]; [lra |].
    pose proof (dot_nonnegative _ (move u (- (dot u u + 1) / (2 * dot u v)) v)) as H.
    rewrite square_move, <- Hv in H.
    replace (dot u u + 2 * (- (dot u u + 1) / (2 * dot u v)) * dot u v
             + (- (dot u u + 1) / (2 * dot u v)) ^ 2 * 0) with (-1) in H by (field; assumption). lra.
Qed.

Lemma dot_at_most u v : Rabs (dot u v) <= norm u * norm v.
Proof.
  unfold norm. rewrite <- sqrt_mult_alt by apply dot_nonnegative. rewrite <- sqrt_Rsqr_abs.
  apply sqrt_le_1_alt. unfold Rsqr. pose proof (cauchy_schwarz u v). simpl in *. lra.
Qed.

(* The triangle inequality. *)
Lemma norm_move u t v : norm (move u t v) <= norm u + Rabs t * norm v.
Proof.
  pose proof (norm_nonnegative u). pose proof (norm_nonnegative v). pose proof (Rabs_pos t).
  apply norm_at_most; [apply Rplus_le_le_0_compat; [| apply Rmult_le_pos]; assumption |].
  assert (Hmixed : t * dot u v <= Rabs t * (norm u * norm v)).
  { apply Rle_trans with (Rabs (t * dot u v)); [apply Rle_abs |]. rewrite Rabs_mult.
    apply Rmult_le_compat_l; [assumption | apply dot_at_most]. }
  rewrite square_move. replace ((norm u + Rabs t * norm v) ^ 2)
    with (norm u ^ 2 + 2 * (Rabs t * (norm u * norm v)) + Rabs t ^ 2 * norm v ^ 2) by ring.
  rewrite pow2_abs, !norm_squared. lra.
Qed.
End Norm.

(* Linear maps enter through their adjoints; being linear would follow. *)
Definition adjoint {V W : Space} (A : V -> W) (A' : W -> V) : Prop :=
  forall v r, dot (A v) r = dot v (A' r).

(* |A v|^2 <= lambda |v|^2 *)
Definition square_at_most {V W : Space} (A : V -> W) (lambda : R) : Prop :=
  forall v, dot (A v) (A v) <= lambda * dot v v.

(* A' has no greater norm than A: |A'r|^4 = (A A'r . r)^2 <= |A A'r|^2 |r|^2. *)
Lemma adjoint_square {V W : Space} {A : V -> W} {A' : W -> V} lambda :
  adjoint A A' -> 0 <= lambda -> square_at_most A lambda -> square_at_most A' lambda.
Proof.
  intros HA Hlambda Hsquare r. set (power := dot (A' r) (A' r)).
  pose proof (dot_nonnegative _ r) as Hr.
  assert (Hpower : 0 <= power) by apply dot_nonnegative.
  destruct Hpower as [Hpower | <-]; [| now apply Rmult_le_pos].
  assert (power ^ 2 <= lambda * power * dot r r).
  { apply Rle_trans with (dot (A (A' r)) (A (A' r)) * dot r r).
    - replace power with (dot (A (A' r)) r) by (apply HA). apply cauchy_schwarz.
    - apply Rmult_le_compat_r; [exact Hr | apply Hsquare]. }
  apply (Rmult_le_reg_l power); [exact Hpower | lra].
Qed.

(* Real matrices of m by l, with the norm of Frobenius. *)
Section Matrices.
Variables m l : nat.

Lemma matrices_move (U : matrix reals) t V W :
  inner_matrices m l (fun p y => U p y + t * V p y) W = inner_matrices m l U W + t * inner_matrices m l V W.
Proof.
  transitivity (inner_matrices m l (matrix_sub U (scaled (- t : reals) V)) W).
  - apply inner_ext; [| reflexivity]. intros. unfold matrix_sub, scaled. simpl. ring.
  - rewrite inner_sub_l, inner_scaled_l. simpl. ring.
Qed.

Definition matrices : Space := {|
  vector := matrix reals;
  move := fun U t V p y => U p y + t * V p y;
  dot := inner_matrices m l;
  dot_symmetric := inner_sym m l;
  dot_move := matrices_move;
  dot_nonnegative := square_nonnegative m l
|}.
End Matrices.

Lemma sum_at_most k (f g : nat -> R) :
  (forall i, (i < k)%nat -> f i <= g i) -> sum (K := reals) k f <= sum (K := reals) k g.
Proof.
  intros H. induction k as [| k IH]; simpl; [lra |].
  assert (sum (K := reals) k f <= sum (K := reals) k g) by (apply IH; auto).
  specialize (H k (Nat.lt_succ_diag_r k)). lra.
Qed.

(* Cauchy and Schwarz for vectors: matrices of one row. *)
Lemma cauchy_schwarz_vectors k (u v : nat -> R) :
  inner (K := reals) k u v ^ 2 <= inner (K := reals) k u u * inner (K := reals) k v v.
Proof.
  pose proof (@cauchy_schwarz (matrices 1 k) (fun _ => u) (fun _ => v)) as H. unfold inner.
  simpl in H. unfold inner_matrices in H. simpl in H. rewrite !Rplus_0_l in H. exact H.
Qed.

(* The sum of all squares of A bounds |A V|^2 / |V|^2: Cauchy and Schwarz for every row and column. *)
Lemma frobenius n m l (A V : matrix reals) :
  inner_matrices n l (product m A V) (product m A V) <= inner_matrices n m A A * inner_matrices m l V V.
Proof.
  unfold inner_matrices at 1 2. rewrite <- (sum_mul_r (K := reals)). apply sum_at_most. intros r _.
  unfold inner_matrices. rewrite (sum_swap m l), <- (sum_mul_l (K := reals)). apply sum_at_most. intros y _.
  pose proof (cauchy_schwarz_vectors m (A r) (fun p => V p y)) as H. simpl in H. rewrite Rmult_1_r in H.
  exact H.
Qed.
