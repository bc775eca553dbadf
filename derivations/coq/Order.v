(* The shape of the lag weights over R: when they never increase, and at which lag they are greatest.

   All of it follows from one identity, [rise]: the step from a lag to the next has the sign of a linear
   function of the lag, or is 0. *)
Require Import Reals Lra Lia ZArith.
From NTK Require Import Scalars Weights RealWeights.
Open Scope R_scope.

(* The step at every lag, by the step at lag 0. *)
Lemma rise (nu_W nu_F nu_C : R) i :
  rho nu_W nu_F nu_C (i + 1) - rho nu_W nu_F nu_C i
  = pow nu_W i * (nu_C * nu_F - (nu_C + nu_F) * (1 - nu_W))
    - INR i * (nu_C * nu_F * (1 - nu_W) * pow nu_W (i - 1)).
Proof.
  rewrite !rho_real, Nat.add_sub, plus_INR, Nat.add_1_r. simpl INR.
  destruct i as [| i]; [simpl; ring |].
  replace (S i - 1)%nat with i by lia. rewrite !S_INR. simpl. ring.
Qed.

(* The criterion says that the first step does not rise. *)
Lemma criterion (nu_W nu_F nu_C : R) : 0 < nu_F -> 0 < nu_C ->
  nu_W <= 1 - nu_C * nu_F / (nu_C + nu_F) <-> nu_C * nu_F <= (nu_C + nu_F) * (1 - nu_W).
Proof.
  intros HF HC. set (share := nu_C * nu_F / (nu_C + nu_F)).
  assert (Hshare : nu_C * nu_F = (nu_C + nu_F) * share) by (unfold share; field; lra).
  rewrite Hshare. split; intros H.
  - apply Rmult_le_compat_l; lra.
  - apply Rmult_le_reg_l in H; lra.
Qed.

Theorem monotone (nu_W nu_F nu_C : R) : 0 < nu_F -> 0 < nu_C -> 0 <= nu_W ->
  (forall i, rho nu_W nu_F nu_C i >= rho nu_W nu_F nu_C (i + 1)) <-> nu_W <= 1 - nu_C * nu_F / (nu_C + nu_F).
Proof.
  intros HF HC HW. rewrite criterion by assumption. split; intros H.
  - pose proof (rise nu_W nu_F nu_C 0) as first. specialize (H 0%nat). simpl in *. lra.
  - intros i. apply Rle_ge. apply Rminus_le. rewrite rise.
    assert (Hp : 0 < nu_C * nu_F) by (apply Rmult_lt_0_compat; lra).
    assert (H1 : 0 < 1 - nu_W) by (apply (Rmult_lt_reg_l (nu_C + nu_F)); lra).
    pose proof (pow_le nu_W i HW). pose proof (pow_le nu_W (i - 1) HW). pose proof (pos_INR i).
    assert (0 <= pow nu_W i * ((nu_C + nu_F) * (1 - nu_W) - nu_C * nu_F)) by (apply Rmult_le_pos; lra).
    assert (0 <= INR i * (nu_C * nu_F * (1 - nu_W) * pow nu_W (i - 1))) by (repeat apply Rmult_le_pos; lra).
    lra.
Qed.

(* The last place at which a sequence is greatest. *)
Definition last_peak (f : nat -> R) (m : nat) : Prop :=
  (forall i, f i <= f m) /\ (forall i, (m < i)%nat -> f i < f m).

Lemma last_peak_unique f m k : last_peak f m -> last_peak f k -> m = k.
Proof.
  intros [Hm Hm'] [Hk Hk']. destruct (Nat.lt_trichotomy m k) as [H | [H | H]]; [| exact H |].
  - specialize (Hm' k H). specialize (Hk m). lra.
  - specialize (Hk' m H). specialize (Hm k). lra.
Qed.

(* Up to it the sequence does not fall, there it falls, from there on it does not rise. *)
Lemma last_peak_by_steps (f : nat -> R) m :
  (forall i, (i < m)%nat -> f i <= f (i + 1)%nat) -> f (m + 1)%nat < f m ->
  (forall i, (m < i)%nat -> f (i + 1)%nat <= f i) -> last_peak f m.
Proof.
  intros Hup Hfall Hdown.
  assert (before : forall k, (k <= m)%nat -> f (m - k)%nat <= f m).
  { induction k as [| k IH]; intros Hk; [rewrite Nat.sub_0_r; lra |].
    specialize (Hup (m - S k)%nat). replace (m - S k + 1)%nat with (m - k)%nat in Hup by lia.
    apply Rle_trans with (f (m - k)%nat); [apply Hup; lia | apply IH; lia]. }
  assert (after : forall k, f (m + 1 + k)%nat < f m).
  { induction k as [| k IH]; [now rewrite Nat.add_0_r |].
    specialize (Hdown (m + 1 + k)%nat). replace (m + 1 + k + 1)%nat with (m + 1 + S k)%nat in Hdown by lia.
    apply Rle_lt_trans with (f (m + 1 + k)%nat); [apply Hdown; lia | exact IH]. }
  assert (later : forall i, (m < i)%nat -> f i < f m).
  { intros i Hi. replace i with (m + 1 + (i - m - 1))%nat by lia. apply after. }
  split; [| exact later]. intros i. destruct (le_lt_dec i m) as [Hi | Hi].
  - replace i with (m - (m - i))%nat by lia. apply before. lia.
  - apply Rlt_le, later, Hi.
Qed.

Section Peak.
Variables nu_W nu_F nu_C : R.
Hypotheses (HF : 0 < nu_F) (HC : 0 < nu_C) (HW : 0 <= nu_W) (HW1 : nu_W < 1).

Let bracket := 1 / (1 - nu_W) - 1 / nu_C - 1 / nu_F.
Let factor := nu_C * nu_F * (1 - nu_W).

Lemma factor_positive : 0 < factor.
Proof. unfold factor. repeat apply Rmult_lt_0_compat; lra. Qed.

(* The step by the bracket; beyond lag 0 it is a factor, not negative, times x - i, where x = nu_W bracket. *)
Lemma rise_by_bracket i :
  rho nu_W nu_F nu_C (i + 1) - rho nu_W nu_F nu_C i
  = factor * (pow nu_W i * bracket - INR i * pow nu_W (i - 1)).
Proof.
  rewrite rise. replace (nu_C * nu_F - (nu_C + nu_F) * (1 - nu_W)) with (factor * bracket).
  - unfold factor. ring.
  - unfold factor, bracket. field. lra.
Qed.

Lemma rise_beyond i :
  rho nu_W nu_F nu_C (S i + 1) - rho nu_W nu_F nu_C (S i)
  = factor * (pow nu_W i * (nu_W * bracket - INR (S i))).
Proof. rewrite rise_by_bracket. replace (S i - 1)%nat with i by lia. simpl pow. ring. Qed.

Lemma rises_before_x i :
  INR (S i) <= nu_W * bracket -> rho nu_W nu_F nu_C (S i) <= rho nu_W nu_F nu_C (S i + 1).
Proof.
  intros Hi. apply Rminus_le. apply Ropp_le_cancel. rewrite Ropp_0, Ropp_minus_distr, rise_beyond.
  apply Rmult_le_pos; [apply Rlt_le, factor_positive |].
  apply Rmult_le_pos; [apply pow_le, HW | lra].
Qed.

Lemma falls_after_x i :
  nu_W * bracket <= INR (S i) -> rho nu_W nu_F nu_C (S i + 1) <= rho nu_W nu_F nu_C (S i).
Proof.
  intros Hi. apply Rminus_le. rewrite rise_beyond.
  assert (0 <= factor * (pow nu_W i * (INR (S i) - nu_W * bracket))); [| lra].
  apply Rmult_le_pos; [apply Rlt_le, factor_positive |].
  apply Rmult_le_pos; [apply pow_le, HW | lra].
Qed.

(* If the bracket is negative no step rises, and the first falls. *)
Lemma peak_at_start : bracket < 0 -> last_peak (rho nu_W nu_F nu_C) 0.
Proof.
  intros Hb. assert (first : rho nu_W nu_F nu_C (0 + 1) < rho nu_W nu_F nu_C 0).
  { apply Rminus_lt. rewrite rise_by_bracket. simpl. pose proof factor_positive.
    assert (0 < factor * - bracket) by (apply Rmult_lt_0_compat; lra). lra. }
  apply last_peak_by_steps; [lia | exact first |].
  intros [| i] Hi; [lia |]. apply falls_after_x. pose proof (pos_INR (S i)).
  assert (0 <= nu_W * - bracket) by (apply Rmult_le_pos; lra). lra.
Qed.

(* Else the steps rise, or stay level, up to the whole part of x, and the one after it falls.  (At nu_W = 0
   that is the step from lag 1 to lag 2, the last weights' being 0.) *)
Lemma peak_further k : 0 <= bracket -> INR k <= nu_W * bracket < INR (S k) ->
  last_peak (rho nu_W nu_F nu_C) (S k).
Proof.
  intros Hb [Hk Hk']. pose proof factor_positive as Hfactor. apply last_peak_by_steps.
  - intros [| i] Hi.
    + apply Rminus_le. apply Ropp_le_cancel. rewrite Ropp_0, Ropp_minus_distr, rise_by_bracket. simpl.
      assert (0 <= factor * bracket) by (apply Rmult_le_pos; lra). lra.
    + apply rises_before_x. apply Rle_trans with (INR k); [apply le_INR; lia | exact Hk].
  - apply Rminus_lt. rewrite rise_beyond.
    assert (0 < pow nu_W k).
    { destruct k; [simpl; lra |]. apply pow_lt. destruct HW as [| <-]; [assumption |].
      pose proof (pos_INR k). rewrite S_INR in Hk. lra. }
    assert (0 < factor * (pow nu_W k * (INR (S k) - nu_W * bracket))); [| lra].
    apply Rmult_lt_0_compat; [exact Hfactor | apply Rmult_lt_0_compat; lra].
  - intros [| i] Hi; [lia |]. apply falls_after_x.
    apply Rle_trans with (INR (S k)); [lra | apply le_INR; lia].
Qed.

(* peak-lag: there is exactly one last lag of greatest weight, and this is it.  Int_part is the floor. *)
Theorem peak_lag (peak : nat) :
  last_peak (rho nu_W nu_F nu_C) peak
  <-> Z.of_nat peak = if Rle_dec 0 bracket then (Int_part (nu_W * bracket) + 1)%Z else 0%Z.
Proof.
  set (position := if Rle_dec 0 bracket then (Int_part (nu_W * bracket) + 1)%Z else 0%Z).
  assert (Hpeak : last_peak (rho nu_W nu_F nu_C) (Z.to_nat position) /\ (0 <= position)%Z).
  { unfold position. destruct (Rle_dec 0 bracket) as [Hb | Hb].
    - destruct (base_Int_part (nu_W * bracket)) as [Hfloor Hnext].
      assert (Hx : 0 <= nu_W * bracket) by (apply Rmult_le_pos; assumption).
      assert (Hsign : (0 <= Int_part (nu_W * bracket))%Z).
      { assert (-1 < Int_part (nu_W * bracket))%Z by (apply lt_IZR; lra). lia. }
      split; [| lia]. rewrite Z2Nat.inj_add by lia. rewrite Nat.add_1_r. apply peak_further; [exact Hb |].
      rewrite S_INR, INR_IZR_INZ, Z2Nat.id by exact Hsign. lra.
    - split; [| lia]. apply peak_at_start. lra. }
  destruct Hpeak as [Hpeak Hposition]. split; intros H.
  - rewrite (last_peak_unique _ _ _ H Hpeak). now rewrite Z2Nat.id.
  - now rewrite <- H, Nat2Z.id in Hpeak.
Qed.
End Peak.
