(* The network read backwards: F' for C, W' for W, C' for F.

   Its left chain is the right chain of the network, and so its Gram P the network's Q, over any commutative
   ring.  What is proved of P holds of Q. *)
Require Import Arith Ring.
From NTK Require Import Scalars Matrices Network LagKernel Training Perturbation.

Section Reversal.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types N : Network K.

Definition reversed N : Network K := {|
  width := width N; inputs := outputs N; outputs := inputs N; root := root N;
  transition := transpose (transition N); input := transpose (readout N); readout := transpose (input N)
|}.

(* The same for what the parameters move by. *)
Definition reversed_step (d : parameter -> K) (p : parameter) : K :=
  match p with
  | Transition u v => d (Transition v u)
  | Input u y => d (Readout y u)
  | Readout q u => d (Input u q)
  end.

Lemma reversed_stepped N d : reversed (stepped_network N d) = stepped_network (reversed N) (reversed_step d).
Proof. reflexivity. Qed.

Lemma right_chain_reversed N a u q : (u < width N)%nat -> right_chain N a u q = left_chain (reversed N) a q u.
Proof.
  revert u. induction a as [|a IH]; intros u Hu.
  - now rewrite right_chain_start, left_chain_start.
  - rewrite right_chain_step, left_chain_step by exact Hu. cbn [reversed root width transition]. f_equal.
    apply sum_ext. intros v Hv. rewrite IH by exact Hv. unfold transpose. ring.
Qed.

Lemma right_gram_reversed N a b q q' : right_gram N a b q q' = left_gram (reversed N) a b q q'.
Proof.
  unfold right_gram, left_gram. cbn [reversed root width]. f_equal.
  apply product_ext; intros u Hu; unfold transpose; now apply right_chain_reversed.
Qed.
End Reversal.
