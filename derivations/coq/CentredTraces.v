(* Centred traces: the mean of a product of r of them is O(n^-r).

   A trace is normalised, tr(w)/n of a word w in M = W/sqrt(n), and centred, less its mean.  Stein's lemma
   on the first letter of the first trace leaves one or two traces in its place, of fewer letters, or merges
   it with another at a cost of n^-2; splits are centred by t_a t_b - E t_a t_b = (t_a - E t_a) E t_b + ...
   . *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Gaussian Words Factorisation Orders Expectation InverseWidth
  VanishingOrder.
Import ListNotations.
Open Scope scalar_scope.

Section CentredTraces.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).

Definition centred (y : G) : G := y - constant (expect y).
Lemma expect_centred y z : expect (centred y * z) = expect (y * z) - expect y * expect z.
Proof.
  unfold centred. replace ((y - constant (expect y)) * z) with (y * z - constant (expect y) * z) by ring.
  now rewrite expect_sub, expect_constant_mul.
Qed.

Section Width.
Variables (n : nat) (root : K).
Notation spell := (@spell K nu_W nu_F nu_C G n).
Notation trace w := (trace n w : G).
Notation traces ts := (traces n ts : G).

Definition trace_value (w : word) : G := constant (root ^ (length w + 2)) * trace w.
Fixpoint centred_traces (ts : list word) : G :=
  match ts with [] => 1 | w :: ts => centred (trace_value w) * centred_traces ts end.

Lemma letter_derivative_constant x i k c : letter_derivative (G := G) x i k (constant c) = 0.
Proof. destruct x; apply (derivative_constant _ _ _ _ G). Qed.
Lemma letter_derivative_constant_mul x i k c (y : G) :
  letter_derivative x i k (constant c * y) = constant c * letter_derivative x i k y.
Proof. rewrite letter_derivative_mul, letter_derivative_constant. ring. Qed.
Lemma letter_derivative_centred x i k (y : G) :
  letter_derivative x i k (centred y) = letter_derivative x i k y.
Proof.
  unfold centred. replace (y - constant (expect y)) with (y + constant (- expect y)).
  - rewrite letter_derivative_add, letter_derivative_constant. ring.
  - replace (- expect y) with (0 - expect y) by ring.
    assert (constant (0 - expect y) + constant (expect y) = 0 :> G) as H.
    { rewrite <- constant_add, <- (constant_zero (G := G)). f_equal. ring. }
    transitivity (y + constant (0 - expect y) + (constant (expect y) - constant (expect y))); [ring |].
    transitivity (y + (constant (0 - expect y) + constant (expect y)) - constant (expect y)); [ring |].
    rewrite H. ring.
Qed.
Lemma centred_traces_derivative x i k ts : letter_derivative x i k (centred_traces ts) =
  sum_list (picks ts) (fun t => letter_derivative x i k (trace_value (fst t)) * centred_traces (snd t)).
Proof.
  induction ts as [|u ts IH]; simpl; [apply letter_derivative_one |].
  rewrite letter_derivative_mul, letter_derivative_centred, IH, sum_list_map. f_equal.
  rewrite <- sum_list_mul_l. apply sum_list_ext. intros; simpl; ring.
Qed.

(* Stein's lemma on the first letter of a trace, beside anything. *)
Lemma trace_stein x w (z : G) : expect (trace (x :: w) * z) = nu_W * (
  sum_list (inside x w) (fun t => expect (traces t * z)) +
  expect (sum n (fun i => sum n (fun k => spell w k i * letter_derivative x i k z)))).
Proof.
  transitivity (nu_W * expect (sum n (fun i => sum n (fun k =>
    letter_derivative x i k (spell w k i) * z + spell w k i * letter_derivative x i k z)))).
  - unfold Expectation.trace. simpl. rewrite <- sum_mul_r, !expect_sum, <- sum_mul_l. apply sum_ext.
    intros i _. rewrite <- sum_mul_r, !expect_sum, <- sum_mul_l. apply sum_ext. intros k _.
    rewrite <- letter_derivative_mul.
    replace (letter x i k * spell w k i * z) with (letter x i k * (spell w k i * z)) by ring.
    destruct x; apply stein_lemma.
  - f_equal. rewrite (sum_ext n _ (fun i => sum n (fun k => letter_derivative x i k (spell w k i)) * z
        + sum n (fun k => spell w k i * letter_derivative x i k z)))
      by (intros; now rewrite sum_add, sum_mul_r).
    rewrite sum_add, sum_mul_r, contract_inside, expect_add, <- sum_list_mul_r, expect_sum_list. reflexivity.
Qed.
(* A trace merged with another. *)
Lemma merge x w u : sum n (fun i => sum n (fun k => spell w k i * letter_derivative x i k (trace u))) =
  sum_list (cuts u) (fun c => trace (merged x w c)).
Proof.
  pose proof (contract_across (G := G) n x w [u]) as H. simpl Expectation.traces in H at 1.
  rewrite (sum_ext n _ (fun i => sum n (fun k => spell w k i * letter_derivative x i k (trace u)))) in H.
  - rewrite H. unfold across. simpl. rewrite app_nil_r, sum_list_map. apply sum_list_ext. intros. simpl. ring.
  - intros i _. apply sum_ext. intros k _. do 2 f_equal. ring.
Qed.

Lemma expect_value_mul w z : expect (trace_value w * z) = root ^ (length w + 2) * expect (trace w * z).
Proof.
  unfold trace_value.
  replace (constant _ * trace w * z) with (constant (root ^ (length w + 2)) * (trace w * z)) by ring.
  apply expect_constant_mul.
Qed.

(* The mean of centred traces, and Stein's lemma for it. *)
Definition centred_moment (ts : list word) : K := expect (centred_traces ts).
Definition trace_mean (w : word) : K := expect (trace_value w).

(* What is left of a split or reversal. *)
Definition centred_part (t : list word) (ts : list word) : K :=
  match t with
  | [v] => root * root * centred_moment (v :: ts)
  | [b; a] => centred_moment (b :: a :: ts) + trace_mean a * centred_moment (b :: ts)
              + trace_mean b * centred_moment (a :: ts) - centred_moment [b; a] * centred_moment ts
  | _ => 0
  end.

Lemma centred_part_value x w t ts : In t (inside x w) ->
  root ^ (length (x :: w) + 2) *
    (expect (traces t * centred_traces ts) - expect (traces t) * expect (centred_traces ts))
  = centred_part t ts.
Proof.
  intros Ht. pose proof (in_inside x w t Ht) as [Hl Hlen].
  destruct t as [|v [|a [|]]]; simpl length in Hlen; try lia; rewrite !letters_cons in Hl;
    cbn [letters map list_sum fold_right] in Hl.
  - cbn [centred_part]. unfold centred_moment. cbn [centred_traces]. rewrite expect_centred, expect_value_mul.
    unfold trace_value. rewrite expect_constant_mul.
    replace (length (x :: w) + 2)%nat with (2 + (length v + 2))%nat by (simpl; lia).
    rewrite (power_add root 2).
    simpl Expectation.traces. replace (trace v * 1) with (trace v) by ring. simpl (root ^ 2). ring.
  - cbn [centred_part]. unfold centred_moment, trace_mean. cbn [centred_traces].
    replace (length (x :: w) + 2)%nat with ((length v + 2) + (length a + 2))%nat by (simpl; lia).
    rewrite (power_add root (length v + 2)). simpl Expectation.traces.
    set (z := centred_traces ts). set (cv := root ^ (length v + 2)). set (ca := root ^ (length a + 2)).
    replace (trace v * (trace a * 1)) with (trace v * trace a) by ring.
    rewrite !expect_centred.
    replace (trace_value v * (centred (trace_value a) * z))
      with (centred (trace_value a) * (trace_value v * z)) by ring.
    replace (trace_value v * (centred (trace_value a) * 1))
      with (centred (trace_value a) * trace_value v) by ring.
    replace (centred (trace_value a) * 1) with (centred (trace_value a) * (1 : G)) by ring.
    rewrite !expect_centred. replace (trace_value a * 1) with (trace_value a) by ring.
    rewrite expect_one.
    replace (trace_value a * (trace_value v * z)) with (constant (cv * ca) * (trace v * trace a * z))
      by (unfold trace_value; rewrite constant_mul; fold cv ca; ring).
    replace (trace_value a * trace_value v) with (constant (cv * ca) * (trace v * trace a))
      by (unfold trace_value; rewrite constant_mul; fold cv ca; ring).
    rewrite !expect_constant_mul. ring.
Qed.

Theorem centred_moment_stein x w ts : centred_moment ((x :: w) :: ts) = nu_W * (
  sum_list (inside x w) (fun t => centred_part t ts) +
  root * root * (root * root) * sum_list (picks ts) (fun t => sum_list (cuts (fst t)) (fun c =>
    centred_moment (merged x w c :: snd t) + trace_mean (merged x w c) * centred_moment (snd t)))).
Proof.
  unfold centred_moment at 1. cbn [centred_traces]. rewrite expect_centred.
  assert (expect (trace_value (x :: w)) = root ^ (length (x :: w) + 2) *
    (nu_W * sum_list (inside x w) (fun t => expect (traces t)))) as ->.
  { replace (trace_value (x :: w)) with (trace_value (x :: w) * 1) by ring.
    rewrite expect_value_mul, trace_stein. f_equal. f_equal.
    rewrite (sum_vanishing n) by (intros; apply sum_vanishing; intros; rewrite letter_derivative_one; ring).
    rewrite expect_zero.
    rewrite (sum_list_ext _ (fun t => expect (traces t * 1)) (fun t => expect (traces t))); [ring |].
    intros t _. f_equal. ring. }
  rewrite expect_value_mul, trace_stein.
  rewrite (sum_list_ext (inside x w) (fun t => centred_part t ts) (fun t =>
    root ^ (length (x :: w) + 2) * (expect (traces t * centred_traces ts)
      - expect (traces t) * expect (centred_traces ts)))) by (intros; symmetry; now apply centred_part_value).
  rewrite sum_list_mul_l, sum_list_sub, sum_list_mul_r.
  assert (expect (sum n (fun i => sum n (fun k =>
      spell w k i * letter_derivative x i k (centred_traces ts)))) =
    sum_list (picks ts) (fun t => sum_list (cuts (fst t)) (fun c =>
      root ^ (length (fst t) + 2) * expect (trace (merged x w c) * centred_traces (snd t))))) as ->.
  { transitivity (expect (sum_list (picks ts) (fun t => constant (root ^ (length (fst t) + 2)) *
      (sum n (fun i => sum n (fun k => spell w k i * letter_derivative x i k (trace (fst t)))) *
        centred_traces (snd t))))).
    - f_equal. rewrite (sum_list_ext (picks ts) _ (fun t => sum n (fun i => sum n (fun k =>
        spell w k i * (letter_derivative x i k (trace_value (fst t)) * centred_traces (snd t)))))).
      + rewrite <- sum_sum_list. apply sum_ext. intros i _. rewrite <- sum_sum_list. apply sum_ext.
        intros k _. now rewrite centred_traces_derivative, sum_list_mul_l.
      + intros t _. rewrite <- sum_mul_r, <- sum_mul_l. apply sum_ext. intros i _.
        rewrite <- sum_mul_r, <- sum_mul_l. apply sum_ext. intros k _.
        unfold trace_value. rewrite letter_derivative_constant_mul. ring.
    - rewrite expect_sum_list. apply sum_list_ext. intros t _. rewrite expect_constant_mul, merge.
      rewrite <- sum_list_mul_r, expect_sum_list, sum_list_mul_l. reflexivity. }
  match goal with |- ?e * (nu_W * (?a + ?b)) - ?e * (nu_W * ?c) * ?d = nu_W * (?e * (?a - ?c * ?d) + ?s) =>
    replace s with (e * b); [ring |] end.
  rewrite <- !sum_list_mul_l. apply sum_list_ext. intros t _.
  rewrite <- !sum_list_mul_l. apply sum_list_ext. intros c Hc.
  unfold centred_moment, trace_mean. cbn [centred_traces]. rewrite expect_centred, expect_value_mul.
  assert (length (merged x w c) + 1 = length w + length (fst t))%nat as Hm.
  { destruct c as [[b y] a]. apply in_cuts in Hc. rewrite Hc. unfold merged.
    destruct (eqb y x); rewrite !app_length, ?length_transpose, ?app_length; simpl; lia. }
  transitivity (root ^ (length (x :: w) + 2 + (length (fst t) + 2)) *
    expect (trace (merged x w c) * centred_traces (snd t)));
      [rewrite (power_add root (length (x :: w) + 2) (length (fst t) + 2)); ring |].
  replace (length (x :: w) + 2 + (length (fst t) + 2))%nat with (4 + (length (merged x w c) + 2))%nat
    by (simpl; lia).
  rewrite (power_add root 4). simpl (root ^ 4). ring.
Qed.
End Width.

(* The mean of one trace is a polynomial in 1/n. *)
Lemma trace_mean_bounded w : bounded 0 (fun n root => trace_mean n root w).
Proof.
  apply (bounded_ext 0 _ (fun n root => normalised (G := G) n root [w])).
  - intros n root _. unfold trace_mean, trace_value, normalised. rewrite expect_constant_mul.
    unfold height. cbn. rewrite Nat.add_0_r. f_equal. f_equal. ring.
  - eapply begins_at_bounded, begins_begins_at, begins_traces. discriminate.
Qed.

(* Of r centred traces the mean is O(n^-r). *)
Theorem centred_moment_bounded ts : bounded (length ts) (fun n root => centred_moment n root ts).
Proof.
  remember (letters ts) as L eqn:HL. assert (letters ts <= L)%nat as Hle by lia. clear HL. revert ts Hle.
  induction L as [L IH] using lt_wf_ind. intros [|[|x w] ts] Hle.
  - apply (bounded_ext 0 _ (fun _ _ => 1)); [|apply bounded_constant].
    intros. unfold centred_moment. apply expect_one.
  - apply (bounded_ext _ _ (fun _ _ => 0)); [|apply bounded_zero]. intros n root E.
    unfold centred_moment. cbn [centred_traces].
    assert (trace_value n root [] = constant (1 : K) :> G) as ->.
    { unfold trace_value, trace. simpl. rewrite (sum_ext n _ (fun _ => 1)) by (intros; apply delta_same).
      rewrite sum_const, <- constant_whole.
      replace (constant (whole n) * (1 : G)) with (constant (whole n) : G) by ring.
      rewrite <- constant_mul. f_equal. transitivity (whole n * (root * root)); [ring | exact E]. }
    unfold centred. rewrite expect_constant. replace (constant 1 - constant 1 : G) with (0 : G) by ring.
    replace (0 * centred_traces n root ts) with (0 : G) by ring. apply expect_zero.
  - rewrite letters_cons in Hle. simpl length in *.
    assert (forall us, (letters us + 2 <= length (x :: w) + letters ts)%nat \/ (letters us < L)%nat ->
      bounded (length us) (fun n root => centred_moment n root us)) as IH'.
    { intros us H. apply (IH (letters us)); simpl in *; lia. }
    eapply bounded_ext; [intros; apply centred_moment_stein |]. apply bounded_scale. apply bounded_add.
    + apply bounded_sum_list. intros t Ht. pose proof (in_inside x w t Ht) as [Hl Hlen].
      destruct t as [|v [|a [|]]]; simpl length in Hlen; try lia; rewrite !letters_cons in Hl;
        cbn [letters map list_sum fold_right] in Hl; unfold centred_part.
      * apply bounded_lower with (m := S (S (length ts))); [lia |]. apply bounded_inverse.
        apply (IH' (v :: ts)). left. rewrite letters_cons. simpl. lia.
      * repeat (apply bounded_add || apply bounded_sub).
        -- apply bounded_lower with (m := S (S (length ts))); [lia |]. apply (IH' (v :: a :: ts)).
           left. rewrite !letters_cons. simpl. lia.
        -- apply (bounded_mul 0 (S (length ts)) _ _ (trace_mean_bounded a)). apply (IH' (v :: ts)).
           left. rewrite letters_cons. simpl. lia.
        -- apply (bounded_mul 0 (S (length ts)) _ _ (trace_mean_bounded v)). apply (IH' (a :: ts)).
           left. rewrite letters_cons. simpl. lia.
        -- apply bounded_lower with (m := (2 + length ts)%nat); [lia |].
           apply (bounded_mul 2 (length ts)); [apply (IH' [v; a]) | apply (IH' ts)]; right;
             rewrite ?letters_cons;
             cbn [letters map list_sum fold_right]; lia.
    + apply (bounded_ext _ _ (fun n root => root * root * (root * root * sum_list (picks ts) (fun t =>
        sum_list (cuts (fst t)) (fun c => centred_moment n root (merged x w c :: snd t) +
          trace_mean n root (merged x w c) * centred_moment n root (snd t)))))); [intros; ring |].
      destruct ts as [|u ts]; [eapply bounded_ext; [|apply bounded_zero]; intros; simpl; ring |].
      simpl length. apply bounded_inverse, bounded_inverse. apply bounded_sum_list. intros [u' r] Hp.
      pose proof (in_picks _ _ _ Hp) as [Hl Hlen]. simpl length in Hlen.
      apply bounded_sum_list. intros [[b y] a] Hc. apply in_cuts in Hc. cbn [fst snd] in *.
      assert (length (merged x w (b, y, a)) + 1 = length w + length u')%nat as Hm.
      { rewrite Hc. unfold merged. destruct (eqb y x); rewrite !app_length, ?length_transpose, ?app_length;
          simpl; lia. }
      replace (length ts) with (length r) by lia. apply bounded_add.
      * apply bounded_lower with (m := S (length r)); [lia |]. apply (IH' (merged x w (b, y, a) :: r)). left.
        rewrite letters_cons. change (length (x :: w)) with (S (length w)). lia.
      * apply (bounded_mul 0 (length r) _ _ (trace_mean_bounded _)). apply IH'. right.
        change (length (x :: w)) with (S (length w)) in Hle. lia.
Qed.
End CentredTraces.
