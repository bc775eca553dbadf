(* Matrices over any commutative ring.

   A matrix is its entries, [nat -> nat -> K], and does not know its size: a product is told how many terms
   its sums have.  So [product n A B] is the product of a matrix with n columns by one with n rows.  What
   needs no bound on an index is stated without one; the identity acts as one only on rows (or columns)
   within the size. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars.

Definition matrix (K : Ring) := nat -> nat -> K.

Section Matrices.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types A B W : matrix K.

(* A B, where A has n columns and B has n rows. *)
Definition product (n : nat) A B : matrix K := fun p q => sum n (fun k => A p k * B k q).

(* A' *)
Definition transpose A : matrix K := fun p q => A q p.

(* The identity, of every size. *)
Definition identity : matrix K := delta.

(* x A, A + B and A - B *)
Definition scaled (x : K) A : matrix K := fun p q => x * A p q.
Definition matrix_add A B : matrix K := fun p q => A p q + B p q.
Definition matrix_sub A B : matrix K := fun p q => A p q - B p q.

(* W^k for W of size n by n. *)
Fixpoint matrix_power (n : nat) W (k : nat) : matrix K :=
  match k with O => identity | S k => product n W (matrix_power n W k) end.

(* The inner product of two vectors with n entries. *)
Definition inner (n : nat) (x y : nat -> K) : K := sum n (fun k => x k * y k).

Lemma sum_mul_assoc n x (g h : nat -> K) : sum n (fun k => x * g k * h k) = x * sum n (fun k => g k * h k).
Proof. rewrite <- sum_mul_l. apply sum_ext. intros. ring. Qed.

Lemma sum_sub n (g h : nat -> K) : sum n (fun k => g k - h k) = sum n g - sum n h.
Proof. induction n; simpl; [ring | rewrite IHn; ring]. Qed.

Lemma product_ext n A A' B B' p q :
  (forall k, (k < n)%nat -> A p k = A' p k) -> (forall k, (k < n)%nat -> B k q = B' k q) ->
  product n A B p q = product n A' B' p q.
Proof. intros HA HB. apply sum_ext. intros k Hk. now rewrite HA, HB. Qed.

Lemma product_assoc m n A B C p q : product n (product m A B) C p q = product m A (product n B C) p q.
Proof.
  unfold product. rewrite (sum_ext n _ (fun k => sum m (fun l => A p l * (B l k * C k q)))).
  - rewrite sum_swap. apply sum_ext. intros. apply sum_mul_l.
  - intros k _. rewrite <- sum_mul_r. apply sum_ext. intros. ring.
Qed.

Lemma product_transpose n A B p q :
  product n A B p q = product n (transpose B) (transpose A) q p.
Proof. apply sum_ext. intros. unfold transpose. ring. Qed.

Lemma product_identity_l n A p q : (p < n)%nat -> product n identity A p q = A p q.
Proof. intros H. exact (sum_delta n p (fun k => A k q) H). Qed.

Lemma product_identity_r n A p q : (q < n)%nat -> product n A identity p q = A p q.
Proof.
  intros H. rewrite <- (sum_delta n q (fun k => A p k) H). apply sum_ext. intros k _.
  unfold identity. rewrite (delta_sym q k). ring.
Qed.

Lemma product_scaled_l n x A B p q : product n (scaled x A) B p q = x * product n A B p q.
Proof. unfold product, scaled. rewrite <- sum_mul_l. apply sum_ext. intros. ring. Qed.

Lemma product_scaled_r n x A B p q : product n A (scaled x B) p q = x * product n A B p q.
Proof. unfold product, scaled. rewrite <- sum_mul_l. apply sum_ext. intros. ring. Qed.

Lemma product_sub_l n A A' B p q : product n (matrix_sub A A') B p q = product n A B p q - product n A' B p q.
Proof. unfold product, matrix_sub. rewrite <- sum_sub. apply sum_ext. intros. ring. Qed.

Lemma product_sub_r n A B B' p q : product n A (matrix_sub B B') p q = product n A B p q - product n A B' p q.
Proof. unfold product, matrix_sub. rewrite <- sum_sub. apply sum_ext. intros. ring. Qed.

(* The last factor of a power may be split off as well as the first. *)
Lemma matrix_power_last n W k p q : (p < n)%nat -> (q < n)%nat ->
  matrix_power n W (S k) p q = product n (matrix_power n W k) W p q.
Proof.
  intros Hp Hq. revert p Hp. induction k as [|k IH]; intros p Hp.
  - simpl. now rewrite product_identity_r, product_identity_l.
  - cbn [matrix_power] in *. rewrite product_assoc. apply product_ext; intros; [reflexivity | now apply IH].
Qed.

Lemma matrix_power_add n W j k p q : (p < n)%nat ->
  matrix_power n W (j + k) p q = product n (matrix_power n W j) (matrix_power n W k) p q.
Proof.
  revert p. induction j as [|j IH]; intros p Hp; simpl.
  - now rewrite product_identity_l.
  - rewrite product_assoc. apply product_ext; intros; [reflexivity | now apply IH].
Qed.

(* Two sums, each over the places of a factor, meet entry by entry:
   sum_{u,v} (sum_a A_a,u B_a,v) (sum_b A~_b,u B~_b,v) = sum_{a,b} <A_a, A~_b> <B_a, B~_b>. *)
Lemma contraction n m i j A B A' B' :
  sum n (fun u => sum m (fun v => sum i (fun a => A a u * B a v) * sum j (fun b => A' b u * B' b v)))
  = sum i (fun a => sum j (fun b => inner n (A a) (A' b) * inner m (B a) (B' b))).
Proof.
  rewrite (sum_ext n _ (fun u => sum i (fun a => sum j (fun b => A a u * A' b u * inner m (B a) (B' b))))).
  - rewrite sum_swap. apply sum_ext. intros a _. rewrite sum_swap. apply sum_ext. intros b _.
    rewrite sum_mul_r. reflexivity.
  - intros u _.
    rewrite (sum_ext m _ (fun v => sum i (fun a => sum j (fun b => A a u * A' b u * (B a v * B' b v))))).
    + rewrite sum_swap. apply sum_ext. intros a _. rewrite sum_swap. apply sum_ext. intros b _.
      apply sum_mul_l.
    + intros v _. rewrite <- sum_mul_r. apply sum_ext. intros a _. rewrite <- sum_mul_l. apply sum_ext.
      intros. ring.
Qed.

(* A sum over rows of blocks of l: row j l + q is place q of block j. *)
Lemma sum_blocks T l (g : nat -> K) : sum (T * l) g = sum T (fun j => sum l (fun q => g (j * l + q)%nat)).
Proof.
  induction T as [|T IH]; [reflexivity |]. cbn [sum]. rewrite <- IH.
  replace (S T * l)%nat with (T * l + l)%nat by lia. apply sum_split.
Qed.

Lemma block_of l j q : (q < l)%nat -> ((j * l + q) / l = j)%nat.
Proof. intros H. symmetry. apply (Nat.div_unique _ l j q); lia. Qed.
Lemma place_in_block l j q : (q < l)%nat -> ((j * l + q) mod l = q)%nat.
Proof. intros H. symmetry. apply (Nat.mod_unique _ l j q); lia. Qed.
End Matrices.
