(* The package's statements about the lag weights, over any commutative ring: each theorem proves the
   proposition of its name in Statements.v, which is generated from the formula.  The work is done in the
   files named; here the result is brought into the formula's form.

   Every theorem is proved in one ring K first, and as nothing is known of K, it holds in all (OneRing.v). *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars OneRing.
From NTK Require Weights Sensitivity Statements.

Section In_a_ring.
Variable K : Ring.
Add Ring scalars : (laws K).

Lemma lag_weights_ring : over K Statements.lag_weights.
Proof. intros nu_W nu_F nu_C i. rewrite Weights.lag_weights. ring. Qed.

Lemma recurrence_ring : over K Statements.recurrence.
Proof. intros nu_W nu_F nu_C i. rewrite Weights.recurrence. ring. Qed.

Lemma formal_generating_function_ring : over K Statements.formal_generating_function.
Proof.
  intros nu_W nu_F nu_C z m inv H.
  rewrite (sum_ext m _ (fun i => z ^ i * Weights.rho nu_W nu_F nu_C i)) by (intros; ring).
  rewrite (Weights.generating_function_remainder _ _ _ _ inv) by exact H. cbv zeta. ring.
Qed.

Lemma partial_sum_ring : over K Statements.partial_sum.
Proof. intros nu_W nu_F nu_C m inv H. rewrite (Weights.partial_sum _ _ _ inv) by exact H. cbv zeta. ring. Qed.

Lemma partial_sum_at_one_ring : over K Statements.partial_sum_at_one.
Proof.
  intros nu_W nu_F nu_C m half -> H. rewrite (Weights.partial_sum_at_one _ _ half) by exact H. ring.
Qed.

Lemma sensitivity_ring : over K Statements.sensitivity.
Proof. intros nu_W nu_F nu_C i e H. cbv beta. rewrite Sensitivity.sensitivity by exact H. ring. Qed.
End In_a_ring.

Theorem lag_weights : Statements.lag_weights.
Proof. exact lag_weights_ring. Qed.

Theorem recurrence : Statements.recurrence.
Proof. exact recurrence_ring. Qed.

Theorem formal_generating_function : Statements.formal_generating_function.
Proof. exact formal_generating_function_ring. Qed.

Theorem partial_sum : Statements.partial_sum.
Proof. exact partial_sum_ring. Qed.

Theorem partial_sum_at_one : Statements.partial_sum_at_one.
Proof. exact partial_sum_at_one_ring. Qed.

Theorem sensitivity : Statements.sensitivity.
Proof. exact sensitivity_ring. Qed.
