(* The package's statements about training, over any commutative ring: each theorem proves the proposition of
   its name in Statements.v, which is generated from the formula. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars OneRing Matrices.
From NTK Require Training ScaledConvolution Descent InnerProducts Statements.

Section In_a_ring.
Variable K : Ring.
Add Ring scalars : (laws K).

Lemma low_rank_gradients_ring : over K Statements.low_rank_gradients.
Proof.
  intros T N J G HT Hgradient. repeat split; intros p q Hp Hq; unfold scaled; cbv beta.
  - rewrite (Training.gradient_in_readout J N T G) by assumption. reflexivity.
  - rewrite (Training.gradient_in_input J N T G) by assumption. reflexivity.
  - rewrite (Training.gradient_in_transition J N T G) by assumption. simpl. ring.
Qed.

Lemma convolution_update_ring : over K Statements.convolution_update.
Proof.
  intros eta j k J rho root_rho theta G T m l y q Hroot Hgradient Hj Hy Hq.
  rewrite (ScaledConvolution.convolution_update J rho root_rho eta theta T m l (G k)) by auto. ring.
Qed.

Lemma matrix_power_ext n (A B : matrix K) k p q :
  (forall p q, A p q = B p q) -> matrix_power n A k p q = matrix_power n B k p q.
Proof.
  intros H. revert p. induction k as [| k IH]; intros p; [reflexivity |].
  cbn [matrix_power]. apply product_ext; intros; [apply H | apply IH].
Qed.

Lemma gradient_descent_ring : over K Statements.gradient_descent.
Proof.
  intros eta half k data start opt Hopt Hhalf p q Hp Hq.
  rewrite (Descent.gradient_descent half eta data start opt) by
    (assumption || (intros; symmetry; now apply Hopt)).
  unfold matrix_add at 1. cbn [Descent.descent]. rewrite <- product_ext with
    (A := matrix_add identity (scaled (opp 1) (matrix_power (Descent.parameters data)
       (matrix_add identity (scaled (- eta) (Descent.hessian data))) k)))
    (B := matrix_add (scaled (opp 1) start) opt); [ring | |].
  - intros r _. unfold matrix_add at 1, matrix_sub at 1, scaled at 1.
    rewrite (matrix_power_ext _ _ (matrix_sub identity (scaled eta (Descent.hessian data)))); [ring |].
    intros. unfold matrix_add, matrix_sub, scaled. ring.
  - intros r _. unfold matrix_add, matrix_sub, scaled. ring.
Qed.
End In_a_ring.

Theorem low_rank_gradients : Statements.low_rank_gradients.
Proof. exact low_rank_gradients_ring. Qed.

Theorem convolution_update : Statements.convolution_update.
Proof. exact convolution_update_ring. Qed.

Theorem gradient_descent : Statements.gradient_descent.
Proof. exact gradient_descent_ring. Qed.

Theorem descent_along_eigenvectors : Statements.descent_along_eigenvectors.
Proof.
  intros K eta half lambda k data start opt V Hopt Hhalf HV.
  apply InnerProducts.descent_along_eigenvector; [exact Hhalf | | exact HV].
  intros p y Hp Hy. symmetry. now apply Hopt.
Qed.
