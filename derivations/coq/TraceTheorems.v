(* The package's statements about traces of words in a Gaussian matrix, over any commutative ring: each
   theorem proves the proposition of its name in Statements.v, which is generated from the formula.  Half of
   the work is arithmetic: parities, and inverses that are multiples of each other. *)
Require Import Arith Bool Lia List Ring.
From NTK Require Import Scalars OneRing.
From NTK Require Words Factorisation Cumulants Orders TraceFormulas Statements.

(* Half the number of letters, and the numbers of traces, are names in the formula. *)
Theorem trace_factorisation : Statements.trace_factorisation.
Proof.
  intros m power r s S R Hpower Hm Hs Hr. apply Factorisation.covariance_degree in Hpower.
  unfold Factorisation.height in Hpower. rewrite app_length in Hpower. lia.
Qed.

Lemma even_mod n : (n mod 2 =? 0) = Nat.even n.
Proof. rewrite <- Nat.bit0_mod, Nat.bit0_odd, <- Nat.negb_odd. now destruct (Nat.odd n). Qed.

Section In_a_ring.
Variable K : Ring.
Add Ring scalars : (laws K).

(* If x y inv = 1, the inverse of x is y inv. *)
Lemma inverse_by_multiple (x y : nat) (inv other : K) :
  whole (x * y) * inv = 1 -> whole x * other = 1 -> other = whole y * inv.
Proof.
  intros H Hx. rewrite whole_mul in H.
  transitivity (whole x * whole y * inv * other); [rewrite H; ring |].
  transitivity (whole y * inv * (whole x * other)); [ring | rewrite Hx; ring].
Qed.

Lemma power_traces_ring : over K Statements.power_traces.
Proof. intros nu_W a b. rewrite TraceFormulas.power_trace_formula. ring. Qed.

Lemma alternating_words_ring : over K Statements.alternating_words.
Proof.
  intros a1 a2 b1 b2. rewrite TraceFormulas.alternating_trace_formula.
  replace (Nat.min (Nat.min (Nat.min a1 a2) b1) b2) with (Nat.min (Nat.min a1 b1) (Nat.min a2 b2)) by lia.
  ring.
Qed.

Lemma crosscap_traces_ring : over K Statements.crosscap_traces.
Proof.
  intros a b. change (whole (Orders.mean 1 _)) with (TraceFormulas.crosscap_trace (K := K) a b).
  rewrite TraceFormulas.crosscap_trace_formula, even_mod.
  destruct (Nat.even (a + b) && negb (a =? b)); ring.
Qed.

Lemma trace_covariance_ring : over K Statements.trace_covariance.
Proof.
  intros D a b c d sixth H.
  split; [intros [Hac Had]; now apply TraceFormulas.power_covariance_zero |].
  rewrite (Nat.add_comm D b), (Nat.add_comm D d), (delta_sym 0 D).
  rewrite (TraceFormulas.power_covariance_formula b d D sixth) by exact H. ring.
Qed.

Lemma trace_second_order_ring : over K Statements.trace_second_order.
Proof.
  intros a inv16 inv24 inv3 inv6 H16 H24 H3 H6.
  change (whole (Orders.mean 2 _)) with (TraceFormulas.second_order_trace (K := K) a).
  set (inv48 := inv16 * inv3).
  assert (H : whole 48 * inv48 = 1).
  { change 48%nat with (16 * 3)%nat. rewrite whole_mul. unfold inv48.
    transitivity (whole 16 * inv16 * (whole 3 * inv3)); [ring | rewrite H16, H3; ring]. }
  rewrite (TraceFormulas.second_order_trace_formula a inv48) by exact H.
  rewrite (inverse_by_multiple 16 3 inv48 inv16), (inverse_by_multiple 24 2 inv48 inv24),
    (inverse_by_multiple 3 16 inv48 inv3), (inverse_by_multiple 6 8 inv48 inv6) by assumption.
  cbn [whole]. ring.
Qed.
End In_a_ring.

Theorem power_traces : Statements.power_traces.
Proof. exact power_traces_ring. Qed.

Theorem alternating_words : Statements.alternating_words.
Proof. exact alternating_words_ring. Qed.

Theorem crosscap_traces : Statements.crosscap_traces.
Proof. exact crosscap_traces_ring. Qed.

Theorem trace_covariance : Statements.trace_covariance.
Proof. exact trace_covariance_ring. Qed.

Theorem trace_second_order : Statements.trace_second_order.
Proof. exact trace_second_order_ring. Qed.

Theorem trace_degree : Statements.trace_degree.
Proof.
  intros m power s ts Hpower Hm Hs. apply Factorisation.degree in Hpower.
  unfold Factorisation.height in Hpower. lia.
Qed.

Theorem trace_cumulants : Statements.trace_cumulants.
Proof.
  intros K L power r ts Hr Hpower HL Hlength.
  destruct (le_lt_dec (2 * power + 2 * r) (L + 4)) as [H | H]; [exact H |].
  elim Hpower. apply Cumulants.cumulant_degree. lia.
Qed.
