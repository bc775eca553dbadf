(* The minima of the squared loss, over the reals: theta minimises J exactly if H theta = b, and there is one.

   [minimum_iff_solves] compares J(theta - V) with J(theta): they differ by - <H theta - b, V> + |A V|^2 / 2.
   [solution_exists] projects the outputs wanted onto the columns of A, one column after another. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence.

Open Scope R_scope.

Section Minima.
Variable data : Regression reals.
Let m := parameters data.
Let l := targets data.
Let n := size data.
Let A := features data.

(* J *)
Definition loss (theta : matrix reals) : R := squared_loss (/ 2 : reals) data theta.

Definition minimises (theta : matrix reals) : Prop := forall theta', loss theta <= loss theta'.

Lemma expansion theta V :
  loss (matrix_sub theta V)
  = loss theta - inner_matrices m l (slope_of_loss data theta) V
    + / 2 * inner_matrices n l (product m A V) (product m A V).
Proof. exact (loss_expansion (/ 2 : reals) data theta V is_half). Qed.

Lemma inner_zero_l (V W : matrix reals) : (forall p y, (p < m)%nat -> (y < l)%nat -> V p y = 0) ->
  inner_matrices m l V W = 0.
Proof.
  intros H. apply (sum_vanishing (K := reals)). intros p Hp. apply (sum_vanishing (K := reals)). intros y Hy.
  rewrite H by assumption. simpl. ring.
Qed.

Theorem minimum_iff_solves theta : minimises theta <-> solves data theta.
Proof.
  split; intros H.
  - set (g := slope_of_loss data theta).
    set (q := inner_matrices m l g g : R). set (a := inner_matrices n l (product m A g) (product m A g) : R).
    assert (0 <= q) by apply square_nonnegative. assert (0 <= a) by apply square_nonnegative.
    assert (flat : q <= 0).
    { (* else a small step against the gradient leads below the minimum *)
      apply Rnot_lt_le. intros positive. set (s := q / (a + 1)).
      assert (Hs : s * (a + 1) = q) by (unfold s; field; lra).
      assert (0 < s) by (apply Rdiv_lt_0_compat; lra).
      pose proof (H (matrix_sub theta (scaled (s : reals) g))) as below. rewrite expansion in below.
      assert (moved : inner_matrices n l (product m A (scaled (s : reals) g))
                        (product m A (scaled (s : reals) g)) = s * (s * a)).
      { unfold a. rewrite <- (inner_scaled_r (K := reals)), <- (inner_scaled_l (K := reals)).
        apply inner_ext; intros; apply product_scaled_r. }
      rewrite moved, inner_scaled_r in below. fold g q in below. simpl in below.
      assert (s * q <= / 2 * (s * (s * a))) by lra.
      assert (q <= / 2 * (s * a)) by (apply (Rmult_le_reg_l s); lra). nra. }
    intros p y Hp Hy. pose proof (entry_at_most_norm m l g p y Hp Hy) as entry. fold q in entry.
    assert (zero : Rsqr (g p y) = 0) by (apply Rle_antisym; [lra | apply Rle_0_sqr]).
    apply Rsqr_0_uniq in zero. apply Rminus_diag_uniq. exact zero.
  - intros theta'. set (V := matrix_sub theta theta').
    replace (loss theta') with (loss (matrix_sub theta V)).
    + rewrite expansion, inner_zero_l.
      * pose proof (square_nonnegative n l (product m A V)). lra.
      * intros p y Hp Hy. unfold slope_of_loss, matrix_sub. rewrite H by assumption. simpl. ring.
    + apply loss_ext. intros p y _ _. unfold V, matrix_sub. simpl. ring.
Qed.

(* ---- A solution exists ---- *)

(* w less the combination of the first k vectors a_0, a_1, ... *)
Let rest (k : nat) (a : nat -> nat -> R) (theta w : nat -> R) : nat -> R :=
  fun r => w r - sum (K := reals) k (fun q => a q r * theta q).
Let dot (u v : nat -> R) : R := inner (K := reals) n u v.

Lemma dot_rest_l k a theta w v :
  dot (rest k a theta w) v = dot w v - sum (K := reals) k (fun q => theta q * dot (a q) v).
Proof. exact (inner_combination (K := reals) n k a theta w v). Qed.

Lemma dot_sym u v : dot u v = dot v u.
Proof. apply (sum_ext (K := reals)). intros. simpl. ring. Qed.

(* The rest can be made orthogonal to all of them. *)
Lemma projection k (a : nat -> nat -> R) (w : nat -> R) :
  { theta : nat -> R | forall p, (p < k)%nat -> dot (a p) (rest k a theta w) = 0 }.
Proof.
  revert w. induction k as [|k IH]; intros w; [exists (fun _ => 0); intros; lia |].
  destruct (IH (a k)) as [c Hc], (IH w) as [d Hd].
  set (u := rest k a c (a k)) in *. set (v := rest k a d w) in *.
  (* what is orthogonal to the first k and to u is orthogonal to the next *)
  assert (next : forall z, (forall p, (p < k)%nat -> dot (a p) z = 0) -> dot u z = 0 -> dot (a k) z = 0).
  { intros z Hz Hu. unfold u in Hu. rewrite dot_rest_l in Hu.
    rewrite (sum_vanishing (K := reals)) in Hu; [simpl in Hu; lra |].
    intros q Hq. rewrite Hz by exact Hq. simpl. ring. }
  destruct (Req_EM_T (dot u u) 0) as [Hu | Hu].
  - (* the next vector is a combination of the others *)
    exists (fun q => if q =? k then 0 else d q).
    assert (same : forall r, rest (S k) a (fun q => if q =? k then 0 else d q) w r = v r).
    { intros r. unfold v, rest. simpl. rewrite Nat.eqb_refl, Rmult_0_r, Rplus_0_r. f_equal.
      apply (sum_ext (K := reals)). intros q Hq. destruct (Nat.eqb_spec q k); [lia | reflexivity]. }
    assert (dots : forall z, dot z (rest (S k) a (fun q => if q =? k then 0 else d q) w) = dot z v).
    { intros z. apply (sum_ext (K := reals)). intros r _. now rewrite same. }
    intros p Hp. rewrite dots. destruct (Nat.eq_dec p k) as [-> | Hpk]; [| apply Hd; lia].
    apply next; [exact Hd |]. apply (sum_vanishing (K := reals)). intros r Hr.
    assert (Rsqr (u r) <= 0).
    { rewrite <- Hu. apply (term_at_most_sum n (fun r => Rsqr (u r)) r Hr). intros. apply Rle_0_sqr. }
    assert (zero : Rsqr (u r) = 0) by (apply Rle_antisym; [lra | apply Rle_0_sqr]).
    apply Rsqr_0_uniq in zero. rewrite zero. simpl. ring.
  - set (t := dot u v / dot u u).
    exists (fun q => if q =? k then t else d q - t * c q).
    assert (dots : forall z, dot z (rest (S k) a (fun q => if q =? k then t else d q - t * c q) w)
                             = dot z v - t * dot z u).
    { intros z. unfold dot, inner. rewrite <- (sum_mul_l (K := reals)), <- (sum_sub (K := reals)).
      apply (sum_ext (K := reals)). intros r _. unfold u, v, rest. simpl. rewrite Nat.eqb_refl.
      rewrite (sum_ext (K := reals) k (fun q => a q r * (if q =? k then t else d q - t * c q))
                 (fun q => a q r * d q - t * (a q r * c q))).
      - rewrite (sum_sub (K := reals)), (sum_mul_l (K := reals)). simpl. ring.
      - intros q Hq. destruct (Nat.eqb_spec q k); [lia | simpl; ring]. }
    assert (first : forall p, (p < k)%nat ->
              dot (a p) (rest (S k) a (fun q => if q =? k then t else d q - t * c q) w) = 0).
    { intros p Hp. rewrite dots, Hd, Hc by exact Hp. ring. }
    intros p Hp. destruct (Nat.eq_dec p k) as [-> | Hpk]; [| apply first; lia].
    apply next; [exact first |]. rewrite dots. unfold t. field. exact Hu.
Qed.

Theorem solution_exists : { theta : matrix reals | solves data theta }.
Proof.
  exists (fun p y => proj1_sig (projection m (fun p r => A r p) (fun r => wanted data r y)) p).
  intros p y Hp Hy. apply Rminus_diag_uniq.
  set (theta := fun p y => proj1_sig (projection m (fun p r => A r p) (fun r => wanted data r y)) p).
  etransitivity; [symmetry; exact (features_residual data theta p y) |].
  pose proof (proj2_sig (projection m (fun p r => A r p) (fun r => wanted data r y)) p Hp) as orthogonal.
  fold (theta : matrix reals) in orthogonal.
  transitivity (- dot (fun r => A r p) (rest m (fun p r => A r p)
                  (proj1_sig (projection m (fun p r => A r p) (fun r => wanted data r y)))
                  (fun r => wanted data r y))); [| rewrite orthogonal; ring].
  unfold product, transpose.
  rewrite (sum_ext (K := reals) n _ (fun r => (-1) * (A r p * rest m (fun p r => A r p)
    (proj1_sig (projection m (fun p r => A r p) (fun r => wanted data r y))) (fun r => wanted data r y) r))).
  - rewrite (sum_mul_l (K := reals)). unfold dot, inner. simpl. ring.
  - intros r _. unfold residual, matrix_sub, rest, product, theta. fold A m. simpl.
    match goal with |- _ * (?u - ?w) = _ * (_ * (?w' - ?u')) => change u' with u; ring end.
Qed.
End Minima.
