(* The package's statements about the lag kernel at finite width, over any commutative ring: each theorem
   proves the proposition of its name in Statements.v, which is generated from the formula. *)
Require Import Arith Bool Lia List Ring.
From NTK Require Import Scalars OneRing TraceTheorems.
From NTK Require Words Orders Expectation ExactMean MeanLimit SecondOrderMean CovarianceLaw Statements.

Lemma half_less_one n : ((n - 2) / 2 = n / 2 - 1)%nat.
Proof.
  destruct n as [| [| n]]; [reflexivity .. |]. replace (S (S n) - 2)%nat with n by lia.
  replace (S (S n)) with (n + 1 * 2)%nat by lia. rewrite Nat.div_add by lia. lia.
Qed.

Section In_a_ring.
Variable K : Ring.
Add Ring scalars : (laws K).

Lemma finite_width_mean_ring : over K Statements.finite_width_mean.
Proof.
  intros nu_W nu_F nu_C i j. rewrite even_mod.
  destruct (Nat.eqb_spec i j) as [<- | Hij]; [rewrite andb_false_r; apply MeanLimit.first_order_diagonal |].
  rewrite andb_true_r. destruct (Nat.even (i + j)) eqn:He.
  - rewrite MeanLimit.first_order_even, half_less_one by assumption. ring.
  - apply MeanLimit.first_order_odd. now rewrite <- Nat.negb_even, He.
Qed.

Lemma finite_width_second_order_ring : over K Statements.finite_width_second_order.
Proof.
  intros nu_W nu_F nu_C i inv16 inv24 inv3 inv32 inv48 inv6 inv8 H16 H24 H3 H32 H48 H6 H8.
  set (inv96 := inv32 * inv3). assert (H : whole 96 * inv96 = 1).
  { change 96%nat with (32 * 3)%nat. rewrite whole_mul. unfold inv96.
    transitivity (whole 32 * inv32 * (whole 3 * inv3)); [ring | rewrite H32, H3; ring]. }
  rewrite (SecondOrderMean.finite_width_second_order nu_W nu_F nu_C i inv48 inv96) by assumption.
  rewrite (inverse_by_multiple K 16 6 inv96 inv16), (inverse_by_multiple K 24 4 inv96 inv24),
    (inverse_by_multiple K 3 32 inv96 inv3), (inverse_by_multiple K 32 3 inv96 inv32),
    (inverse_by_multiple K 48 2 inv96 inv48), (inverse_by_multiple K 6 16 inv96 inv6),
    (inverse_by_multiple K 8 12 inv96 inv8) by assumption.
  cbn [whole]. ring.
Qed.

Lemma square_power (root : K) r : (root * root) ^ r = root ^ (2 * r).
Proof. rewrite power_mul. replace (2 * r)%nat with (r + r)%nat by lia. symmetry. apply power_add. Qed.

(* The sums over the places and over the powers of 1/n change places. *)
Lemma exact_mean_ring : over K Statements.exact_mean.
Proof.
  intros nu_W nu_F nu_C root h i j G n n_x n_y y x y' x' Hroot Hy Hx Hx'. split; intros H.
  - rewrite (ExactMean.exact_mean_odd n n_x n_y root) by
      (assumption || (rewrite H, Nat.add_1_r, Nat.odd_succ, Nat.even_mul; reflexivity)). ring.
  - rewrite (ExactMean.exact_mean n n_x n_y root) by
      (assumption || (rewrite H, Nat.even_mul; reflexivity)).
    unfold ExactMean.mean_trace, ExactMean.mean_trace_pairs, Expectation.polynomial, ExactMean.half.
    replace ((i + j) / 2)%nat with h by (rewrite H, Nat.mul_comm, Nat.div_mul; lia).
    rewrite (sum_swap j i).
    rewrite (sum_ext (h + 2) (fun r => whole (ExactMean.pair_coefficient i j r) * _) (fun r =>
      sum i (fun a => sum j (fun b => root ^ (2 * r) * whole (Orders.order r
        (Words.power_word a b :: Words.power_word (j - (b + 1)) (i - (a + 1)) :: nil)))))).
    + rewrite (sum_ext (h + 2) (fun r => whole (ExactMean.single_coefficient i j r) * _)
        (fun r => root ^ (2 * r) * whole (Orders.mean r (Words.power_word i j)))).
      * rewrite (sum_swap (h + 2) i).
        rewrite (sum_ext i (fun a => sum (h + 2) _) (fun a => sum j (fun b => sum (h + 2) (fun r =>
          root ^ (2 * r) * whole (Orders.order r
            (Words.power_word a b :: Words.power_word (j - (b + 1)) (i - (a + 1)) :: nil)))))) by
          (intros; apply sum_swap). ring.
      * intros r _. rewrite square_power. unfold ExactMean.single_coefficient, Orders.mean. ring.
    + intros r _. rewrite square_power. unfold ExactMean.pair_coefficient.
      rewrite ExactMean.whole_below, <- sum_mul_r.
      apply sum_ext. intros a _. rewrite ExactMean.whole_below, <- sum_mul_r. apply sum_ext. intros b _.
      unfold ExactMean.pair_words. replace (j - 1 - b)%nat with (j - (b + 1))%nat by lia.
      replace (i - 1 - a)%nat with (i - (a + 1))%nat by lia. ring.
Qed.

Lemma finite_width_covariance_ring : over K Statements.finite_width_covariance.
Proof.
  intros nu_W nu_F nu_C i j k l sixth H.
  rewrite (CovarianceLaw.finite_width_covariance nu_W nu_F nu_C i j k l sixth) by exact H. cbv zeta.
  replace (Nat.min (Nat.min (Nat.min i j) k) l) with (Nat.min (Nat.min i j) (Nat.min k l)) by lia.
  rewrite half_less_one. replace (i + j + k + l - 4)%nat with (i + j + k + l - 2 - 2)%nat by lia.
  rewrite !half_less_one.
  replace ((i + j + k + l) / 2 - 1 - 1)%nat with ((i + j + k + l) / 2 - 2)%nat by lia. ring.
Qed.
End In_a_ring.

Theorem exact_mean : Statements.exact_mean.
Proof. exact exact_mean_ring. Qed.

Theorem finite_width_covariance : Statements.finite_width_covariance.
Proof. exact finite_width_covariance_ring. Qed.

Theorem finite_width_mean : Statements.finite_width_mean.
Proof. exact finite_width_mean_ring. Qed.

Theorem finite_width_second_order : Statements.finite_width_second_order.
Proof. exact finite_width_second_order_ring. Qed.
