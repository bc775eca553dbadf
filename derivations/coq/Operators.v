(* Bounds of matrices as operators, over the reals.

   [operator rows cols A a] says that the spectral norm of A is at most a: |A V| <= a |V| for every V,
   with the norm of Frobenius.  Such bounds multiply and add, and pass to the transpose. *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices RealWeights Descent InnerProducts Convergence Norms.
Open Scope R_scope.

Implicit Types A B V : matrix reals.

(* |V| for V with m rows and l columns. *)
Definition magnitude m l V : R := @norm (matrices m l) V.

Lemma magnitude_ext m l V V' : (forall p y, (p < m)%nat -> (y < l)%nat -> V p y = V' p y) ->
  magnitude m l V = magnitude m l V'.
Proof. intros H. unfold magnitude, norm. f_equal. now apply inner_ext. Qed.

Lemma magnitude_nonnegative m l V : 0 <= magnitude m l V.
Proof. apply norm_nonnegative. Qed.

Lemma magnitude_add m l V V' : magnitude m l (matrix_add V V') <= magnitude m l V + magnitude m l V'.
Proof.
  pose proof (@norm_move (matrices m l) V 1 V') as H. rewrite Rabs_R1, Rmult_1_l in H.
  replace (magnitude m l (matrix_add V V')) with (magnitude m l (@move (matrices m l) V 1 V')); [exact H |].
  apply magnitude_ext. intros. unfold matrix_add. real_ring.
Qed.

Lemma magnitude_scaled m l (x : R) V : magnitude m l (scaled (x : reals) V) = Rabs x * magnitude m l V.
Proof.
  unfold magnitude, norm. simpl. rewrite inner_scaled_l, inner_scaled_r. simpl.
  rewrite <- Rmult_assoc, sqrt_mult by (apply Rle_0_sqr || apply square_nonnegative).
  f_equal. apply sqrt_Rsqr_abs.
Qed.

(* No entry is greater than the norm. *)
Lemma entry_at_most_magnitude m l V p y : (p < m)%nat -> (y < l)%nat -> Rabs (V p y) <= magnitude m l V.
Proof.
  intros Hp Hy. rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt. now apply entry_at_most_norm.
Qed.

Definition operator (rows cols : nat) A (a : R) : Prop :=
  0 <= a /\ forall l V, magnitude rows l (product cols A V) <= a * magnitude cols l V.

Lemma operator_ext rows cols A B a : (forall p q, (p < rows)%nat -> (q < cols)%nat -> A p q = B p q) ->
  operator rows cols A a -> operator rows cols B a.
Proof.
  intros H [Ha HA]. split; [exact Ha |]. intros l V. specialize (HA l V).
  rewrite (magnitude_ext rows l (product cols B V) (product cols A V)); [exact HA |].
  intros p y Hp _. apply product_ext; [intros; symmetry; now apply H | reflexivity].
Qed.

Lemma operator_monotone rows cols A a b : a <= b -> operator rows cols A a -> operator rows cols A b.
Proof.
  intros Hab [Ha HA]. split; [lra |]. intros l V. eapply Rle_trans; [apply HA |].
  apply Rmult_le_compat_r; [apply magnitude_nonnegative | exact Hab].
Qed.

Lemma operator_product rows k cols A B a b :
  operator rows k A a -> operator k cols B b -> operator rows cols (product k A B) (a * b).
Proof.
  intros [Ha HA] [Hb HB]. split; [now apply Rmult_le_pos |]. intros l V.
  rewrite (magnitude_ext rows l _ (product k A (product cols B V))) by (intros; apply product_assoc).
  eapply Rle_trans; [apply HA |]. rewrite Rmult_assoc. now apply Rmult_le_compat_l.
Qed.

Lemma operator_add rows cols A B a b :
  operator rows cols A a -> operator rows cols B b -> operator rows cols (matrix_add A B) (a + b).
Proof.
  intros [Ha HA] [Hb HB]. split; [lra |]. intros l V.
  rewrite (magnitude_ext rows l _ (matrix_add (product cols A V) (product cols B V))).
  - eapply Rle_trans; [apply magnitude_add |]. rewrite Rmult_plus_distr_r. now apply Rplus_le_compat.
  - intros p y _ _. unfold product, matrix_add. rewrite <- sum_add. apply sum_ext. intros. real_ring.
Qed.

Lemma operator_scaled rows cols (x : R) A a :
  operator rows cols A a -> operator rows cols (scaled (x : reals) A) (Rabs x * a).
Proof.
  intros [Ha HA]. split; [apply Rmult_le_pos; [apply Rabs_pos | exact Ha] |]. intros l V.
  rewrite (magnitude_ext rows l _ (scaled (x : reals) (product cols A V))) by (intros; apply product_scaled_l).
  rewrite magnitude_scaled, Rmult_assoc. apply Rmult_le_compat_l; [apply Rabs_pos | apply HA].
Qed.

Lemma operator_zero rows cols : operator rows cols (fun _ _ => 0) 0.
Proof.
  split; [lra |]. intros l V.
  rewrite (magnitude_ext rows l _ (scaled (K := reals) 0%R (fun _ _ => 0))).
  - rewrite magnitude_scaled, Rabs_R0. lra.
  - intros p y _ _. unfold product. rewrite (sum_vanishing (K := reals)); [unfold scaled; real_ring |].
    intros. real_ring.
Qed.

Lemma operator_sum rows cols k (A : nat -> matrix reals) (a : nat -> R) :
  (forall i, (i < k)%nat -> operator rows cols (A i) (a i)) ->
  operator rows cols (fun p q => sum (K := reals) k (fun i => A i p q)) (sum (K := reals) k a).
Proof.
  induction k as [|k IH]; intros H; [apply operator_zero |].
  apply (operator_add rows cols (fun p q => sum (K := reals) k (fun i => A i p q)) (A k)); auto.
Qed.

(* |A'V|^4 = <A A'V, V>^2 <= |A A'V|^2 |V|^2 *)
Lemma operator_transpose rows cols A a : operator rows cols A a -> operator cols rows (transpose A) a.
Proof.
  intros [Ha HA]. split; [exact Ha |]. intros l V.
  assert (adjoints : adjoint (V := matrices cols l) (W := matrices rows l)
                       (product cols A) (product rows (transpose A))).
  { intros U W. apply (inner_adjoint rows cols l A). }
  assert (squares : square_at_most (V := matrices cols l) (W := matrices rows l) (product cols A) (a * a)).
  { intros U. specialize (HA l U). rewrite <- !norm_squared.
    assert (0 <= magnitude rows l (product cols A U)) by apply magnitude_nonnegative. unfold magnitude in *.
    replace (a * a * norm (V := matrices cols l) U ^ 2)
      with ((a * norm (V := matrices cols l) U) ^ 2) by ring.
    apply pow_incr. split; assumption. }
  pose proof (adjoint_square (a * a) adjoints (Rle_0_sqr a) squares V) as H.
  apply norm_at_most; [apply Rmult_le_pos; [exact Ha | apply norm_nonnegative] |].
  unfold magnitude. rewrite Rpow_mult_distr, norm_squared. replace (a ^ 2) with (a * a) by ring. exact H.
Qed.

Lemma operator_entry rows cols A a p q : operator rows cols A a -> (p < rows)%nat -> (q < cols)%nat ->
  Rabs (A p q) <= a.
Proof.
  intros [Ha HA] Hp Hq. specialize (HA 1%nat (fun k _ => delta (K := reals) q k)).
  assert (unit : magnitude cols 1 (fun k _ => delta (K := reals) q k) = 1).
  { unfold magnitude, norm. rewrite <- sqrt_1. f_equal. simpl. unfold inner_matrices. simpl.
    transitivity (sum (K := reals) cols (fun k => delta (K := reals) q k * delta (K := reals) q k)).
    - apply (sum_ext (K := reals)). intros. real_ring.
    - etransitivity; [apply (sum_delta (K := reals) cols q (fun k => delta (K := reals) q k) Hq) |].
      unfold delta. now rewrite Nat.eqb_refl. }
  rewrite unit, Rmult_1_r in HA. eapply Rle_trans; [| exact HA].
  replace (A p q) with (product cols A (fun k _ => delta (K := reals) q k) p 0%nat).
  - apply entry_at_most_magnitude; [exact Hp | lia].
  - rewrite <- (sum_delta (K := reals) cols q (A p) Hq). apply (sum_ext (K := reals)). intros. real_ring.
Qed.
