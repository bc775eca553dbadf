(* Infinite sums over the lags, and what the weights do in the end, over R.

   The finite sums are exact (Weights.v), so each limit is that of a remainder, and the remainders are
   powers below 1 times a polynomial in the lag (Limits.v). *)
Require Import Reals Ratan Lra Lia.
From NTK Require Import Scalars Weights RealWeights Limits.
Open Scope R_scope.

(* The value of an infinite sum. *)
Definition series (f : nat -> R) (l : R) : Prop := Un_cv (fun N => sum N f) l.

Section Series.
Variables nu_W nu_F nu_C : R.
Local Notation weight := (rho nu_W nu_F nu_C).

(* N nu_W^(N-1) z^N and the like. *)
Lemma null_derivative d z : Rabs (nu_W * z) < 1 -> null (fun N => INR N ^ d * pow nu_W (N - 1) * pow z N).
Proof.
  intros H. apply null_later.
  apply (Un_cv_ext (fun N => z * (INR (S N) ^ d * pow (nu_W * z) N))).
  - intros N. replace (S N - 1)%nat with N by lia. rewrite Rpow_mult_distr. simpl pow. ring.
  - now apply null_scale, null_polynomial_power.
Qed.

Theorem generating_function_series z : Rabs (nu_W * z) < 1 ->
  series (fun i => pow z i * weight i)
    (nu_C * nu_F * z / (1 - nu_W * z) ^ 2 + (nu_C + nu_F) / (1 - nu_W * z)).
Proof.
  intros H. assert (Hz : 1 - nu_W * z <> 0) by (apply Rabs_def2 in H; lra).
  set (inv := / (1 - nu_W * z)).
  apply (cv_up_to_null _ (fun N =>
    (nu_C + nu_F) * inv * (pow (nu_W * z) N)
    + (nu_C * nu_F * inv * (INR N ^ 1 * pow nu_W (N - 1) * pow z N)
       + nu_C * nu_F * z * inv ^ 2 * pow (nu_W * z) N))).
  - intros N.
    pose proof (generating_function_remainder (K := reals) nu_W nu_F nu_C z inv N (Rinv_r _ Hz)) as finite.
    cbv zeta in finite. etransitivity; [exact finite |]. rewrite whole_real. change (@power reals) with pow.
    simpl.
    rewrite Rpow_mult_distr. unfold inv. field. exact Hz.
  - repeat apply null_add; apply null_scale; (now apply null_power) || (now apply null_derivative).
Qed.

(* G(1).  For nu_W >= 0 the hypothesis is that of the catalogue, nu_W < 1. *)
Theorem total : Rabs nu_W < 1 ->
  series weight (nu_C * nu_F / (1 - nu_W) ^ 2 + (nu_C + nu_F) / (1 - nu_W)).
Proof.
  intros H. pose proof (generating_function_series 1) as at_one. rewrite !Rmult_1_r in at_one.
  apply (Un_cv_ext (fun N => sum N (fun i => pow 1 i * weight i))); [| exact (at_one H)].
  intros N. apply sum_ext. intros i _. rewrite pow1. apply Rmult_1_l.
Qed.

(* What the first m weights leave of the total. *)
Theorem tail_mass m : Rabs nu_W < 1 ->
  series (fun i => weight (m + i)%nat)
    (nu_C * nu_F * (INR m * pow nu_W (m - 1) / (1 - nu_W) + pow nu_W m / (1 - nu_W) ^ 2)
     + pow nu_W m * (nu_C + nu_F) / (1 - nu_W)).
Proof.
  intros H. assert (H1 : 1 - nu_W <> 0) by (apply Rabs_def2 in H; lra).
  pose proof (partial_sum (K := reals) nu_W nu_F nu_C (/ (1 - nu_W)) m (Rinv_r _ H1)) as first.
  cbv zeta in first. rewrite whole_real in first. change (@power reals) with pow in first.
  apply (Un_cv_ext (fun N => sum (N + m) weight - sum m weight)).
  { intros N. rewrite Nat.add_comm, sum_split. simpl. ring. }
  pose proof (CV_minus _ _ _ _ (CV_shift' _ m _ (total H)) (cv_const (sum m weight))) as limit.
  apply (cv_value _ _ _ limit). change (sum m weight) with (sum m (fun i => weight i)). rewrite first.
  simpl. field. exact H1.
Qed.

(* The mean of the lag under the weights: both sums converge, the one below is positive, and their quotient
   is this. *)
Theorem mean_lag : 0 <= nu_W < 1 -> 0 <= nu_F -> 0 <= nu_C -> 0 < nu_F + nu_C ->
  exists moment mass, series (fun i => INR i * weight i) moment /\ series weight mass /\ 0 < mass /\
    moment / mass = (nu_C * nu_F * (nu_W + 1) + nu_W * (1 - nu_W) * (nu_C + nu_F))
                    / ((1 - nu_W) * (nu_C * nu_F + (1 - nu_W) * (nu_C + nu_F))).
Proof.
  intros HW HF HC Hs. assert (H : Rabs nu_W < 1) by (rewrite Rabs_right; lra).
  assert (H1 : 1 - nu_W <> 0) by lra. set (inv := / (1 - nu_W)).
  exists ((nu_C + nu_F) * nu_W * inv ^ 2 + nu_C * nu_F * (1 + nu_W) * inv ^ 3).
  exists (nu_C * nu_F / (1 - nu_W) ^ 2 + (nu_C + nu_F) / (1 - nu_W)).
  assert (Hp : 0 <= nu_C * nu_F) by (apply Rmult_le_pos; assumption).
  assert (Hmass : 0 < nu_C * nu_F + (1 - nu_W) * (nu_C + nu_F)).
  { apply Rplus_le_lt_0_compat; [exact Hp | apply Rmult_lt_0_compat; lra]. }
  split; [| split; [exact (total H) | split]].
  - apply (cv_up_to_null _ (fun N =>
      (nu_C * nu_F * inv) * (INR N ^ 2 * pow nu_W (N - 1) * pow 1 N)
      + (((nu_C + nu_F) * nu_W * inv + 2 * (nu_C * nu_F * inv ^ 2) * nu_W)
           * (INR N ^ 1 * pow nu_W (N - 1) * pow 1 N)
         + ((nu_C + nu_F) * nu_W * inv ^ 2 + nu_C * nu_F * inv ^ 2 + 2 * (nu_C * nu_F) * nu_W * inv ^ 3)
           * pow nu_W N))).
    + intros N. pose proof (first_moment (K := reals) nu_W nu_F nu_C inv N (Rinv_r _ H1)) as finite.
      cbv zeta in finite. change (@power reals) with pow in finite.
      transitivity (@sum reals N (fun i => @mul reals (whole i) (weight i))).
      { apply sum_ext. intros i _. now rewrite whole_real. }
      rewrite finite, !whole_real, pow1.
      assert (step : INR N * pow nu_W N = INR N * (nu_W * pow nu_W (N - 1))).
      { destruct N; [simpl; ring |]. replace (S N - 1)%nat with N by lia. reflexivity. }
      simpl. ring [step].
    + repeat apply null_add; apply null_scale; (now apply null_power) || apply null_derivative;
        now rewrite Rmult_1_r.
  - apply (Rmult_lt_reg_r ((1 - nu_W) ^ 2)); [apply pow_lt; lra |].
    rewrite Rmult_0_l, Rmult_plus_distr_r.
    replace (nu_C * nu_F / (1 - nu_W) ^ 2 * (1 - nu_W) ^ 2) with (nu_C * nu_F) by (field; lra).
    replace ((nu_C + nu_F) / (1 - nu_W) * (1 - nu_W) ^ 2) with ((1 - nu_W) * (nu_C + nu_F)) by (field; lra).
    exact Hmass.
  - unfold inv. field. repeat split; lra.
Qed.
End Series.

Section Regimes.
Variables nu_W nu_F nu_C : R.
Hypotheses (HF : 0 < nu_F) (HC : 0 < nu_C) (HW : 0 < nu_W).
Local Notation weight := (rho nu_W nu_F nu_C).

(* The ratio exceeds nu_W by nu_C nu_F nu_W^i / rho_i, which is nu_W / i at most. *)
Theorem regimes : Un_cv (fun i => weight (i + 1)%nat / weight i) nu_W.
Proof.
  pose proof (fun i => rho_positive nu_W nu_F nu_C i HW HF HC) as positive.
  apply (cv_up_to_null _ (fun i => (-1) * (nu_C * nu_F * pow nu_W i / weight i))).
  { intros i. specialize (positive i). rewrite next_weight_real. field. lra. }
  apply null_scale, null_later, null_dominated with (fun n => nu_W * RinvN n);
    [| apply null_scale, RinvN_cv].
  intros n. change (pos (RinvN n)) with (/ (INR n + 1)). rewrite <- S_INR. set (i := S n).
  specialize (positive i).
  assert (Hi : 0 < INR i) by (apply lt_0_INR; unfold i; lia).
  assert (Hp : 0 < nu_C * nu_F) by (apply Rmult_lt_0_compat; assumption).
  assert (Hpower : 0 < pow nu_W i) by (apply pow_lt; exact HW).
  rewrite Rabs_right by (apply Rle_ge, Rlt_le, Rdiv_lt_0_compat; [apply Rmult_lt_0_compat |]; assumption).
  apply (Rmult_le_reg_r (weight i)); [exact positive |]. apply (Rmult_le_reg_r (INR i)); [exact Hi |].
  replace (nu_C * nu_F * pow nu_W i / weight i * weight i * INR i) with (nu_C * nu_F * pow nu_W i * INR i)
    by (field; lra).
  replace (nu_W * / INR i * weight i * INR i) with (nu_W * weight i) by (field; lra).
  rewrite rho_real. change (pow nu_W i) with (nu_W * pow nu_W n).
  replace (i - 1)%nat with n by (unfold i; lia).
  assert (0 <= nu_W * ((nu_C + nu_F) * (nu_W * pow nu_W n))).
  { simpl in Hpower. apply Rmult_le_pos; [lra | apply Rmult_le_pos; lra]. }
  lra.
Qed.

(* Below 1 the weights vanish, ... *)
Theorem weights_decay : nu_W < 1 -> Un_cv weight 0.
Proof.
  intros H. assert (Habs : Rabs nu_W < 1) by (rewrite Rabs_right; lra).
  apply (Un_cv_ext (fun i =>
    (nu_C + nu_F) * pow nu_W i + nu_C * nu_F * (INR i ^ 1 * pow nu_W (i - 1) * pow 1 i))).
  - intros i. rewrite rho_real, pow1. simpl. ring.
  - apply null_add; apply null_scale; [now apply null_power | apply null_derivative; now rewrite Rmult_1_r].
Qed.

(* ... at 1 they are linear in the lag, ... *)
Theorem weights_on_the_border i : rho (K := reals) 1%R nu_F nu_C i = (nu_C + nu_F) + nu_C * nu_F * INR i.
Proof. rewrite rho_real, !pow1. simpl. ring. Qed.

(* ... and above 1 they exceed every bound, at least as fast as nu_W^i. *)
Theorem weights_explode : 1 < nu_W -> cv_infty weight.
Proof.
  intros H bound. destruct (Pow_x_infinity nu_W) with (b := (bound + 1) / (nu_C + nu_F)) as [N HN].
  { rewrite Rabs_right; lra. }
  exists N. intros i Hi. specialize (HN i Hi). rewrite Rabs_right in HN by (apply Rle_ge, pow_le; lra).
  assert (bound + 1 <= (nu_C + nu_F) * pow nu_W i).
  { apply Rge_le in HN. apply (Rmult_le_compat_l (nu_C + nu_F)) in HN; [| lra].
    replace ((nu_C + nu_F) * ((bound + 1) / (nu_C + nu_F))) with (bound + 1) in HN by (field; lra).
    exact HN. }
  rewrite rho_real. pose proof (pow_le nu_W (i - 1)). pose proof (pos_INR i).
  assert (0 <= nu_C * nu_F * (INR i * pow nu_W (i - 1))).
  { apply Rmult_le_pos; [apply Rmult_le_pos | apply Rmult_le_pos]; lra. }
  lra.
Qed.
End Regimes.
