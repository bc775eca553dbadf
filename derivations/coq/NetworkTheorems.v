(* The package's statements about the network, over any commutative ring: each theorem proves the proposition
   of its name in Statements.v, which is generated from the formula. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars OneRing Matrices.
From NTK Require Network LagKernel ScaledConvolution WideKernel Statements.

Section In_a_ring.
Variable K : Ring.
Add Ring scalars : (laws K).

(* The output by lags, each with its impulse response, the sum over the inputs as a product of matrices. *)
Lemma impulse_response_ring : over K Statements.impulse_response.
Proof.
  intros t N x p q Hp Hq. rewrite Network.convolution, <- Nat.add_1_r. apply sum_ext. intros j _.
  unfold scaled, product at 1. rewrite <- sum_mul_l. apply sum_ext. intros k Hk.
  rewrite Network.impulse_response by exact Hk. ring.
Qed.

Lemma lag_kernel_ring : over K Statements.lag_kernel.
Proof.
  intros i j N y q y' q' Hy Hq Hq'. rewrite LagKernel.lag_kernel_convolution by assumption.
  rewrite (sum_swap j i).
  rewrite (sum_ext i (fun a => sum j (fun b => _ * LagKernel.right_gram N (i - 1 - a) _ q q'))
    (fun a => sum j (fun b =>
      LagKernel.left_gram N a b y y' * LagKernel.right_gram N (i - (a + 1)) (j - (b + 1)) q q'))).
  - ring.
  - intros a _. apply sum_ext. intros b _.
    replace (i - 1 - a)%nat with (i - (a + 1))%nat by lia.
    now replace (j - 1 - b)%nat with (j - (b + 1))%nat by lia.
Qed.

Lemma scaled_convolution_ring : over K Statements.scaled_convolution.
Proof.
  intros s t T m l rho root_rho theta x x' z z' Hroot HT Hz.
  rewrite (ScaledConvolution.scaled_convolution T m l rho root_rho) by assumption.
  f_equal. rewrite Nat.min_comm. apply sum_ext. intros j _.
  replace (inner l (x' (s - j)%nat) (x (t - j)%nat)) with (inner l (x (t - j)%nat) (x' (s - j)%nat))
    by (apply sum_ext; intros; ring).
  ring.
Qed.

Lemma kernel_recursion_ring : over K Statements.kernel_recursion.
Proof. intros nu_W nu_F nu_C s t l y x x'. apply WideKernel.kernel_recursion. Qed.

Lemma bias_ring : over K Statements.bias.
Proof.
  intros nu_W nu_F nu_C nu_b m s t l y x x' inv Hm Hinv. rewrite Nat.min_comm in Hm.
  rewrite (WideKernel.bias nu_W nu_F nu_b nu_C inv l x x' t s y m Hm Hinv). ring.
Qed.
End In_a_ring.

Theorem impulse_response : Statements.impulse_response.
Proof. exact impulse_response_ring. Qed.

Theorem lag_kernel : Statements.lag_kernel.
Proof. exact lag_kernel_ring. Qed.

Theorem scaled_convolution : Statements.scaled_convolution.
Proof. exact scaled_convolution_ring. Qed.

Theorem kernel_recursion : Statements.kernel_recursion.
Proof. exact kernel_recursion_ring. Qed.

Theorem bias : Statements.bias.
Proof. exact bias_ring. Qed.
