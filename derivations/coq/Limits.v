(* What the series of the lag weights need from analysis: powers below 1 beat every power of the lag. *)
Require Import Reals Ratan Lra Lia.
Open Scope R_scope.

Definition null (u : nat -> R) : Prop := Un_cv u 0.

Lemma cv_const (l : R) : Un_cv (fun _ => l) l.
Proof.
  intros e He. exists O. intros n _. unfold R_dist. rewrite Rminus_diag_eq, Rabs_R0 by reflexivity. exact He.
Qed.

Lemma cv_value (u : nat -> R) l l' : Un_cv u l -> l = l' -> Un_cv u l'.
Proof. now intros H <-. Qed.

(* What falls short of l by a null sequence tends to l. *)
Lemma cv_up_to_null (u rest : nat -> R) l : (forall n, u n = l - rest n) -> null rest -> Un_cv u l.
Proof.
  intros H Hrest. apply (Un_cv_ext (fun n => l - rest n)); [auto |].
  pose proof (CV_minus _ _ _ _ (cv_const l) Hrest) as limit. now rewrite Rminus_0_r in limit.
Qed.

Lemma null_add u v : null u -> null v -> null (fun n => u n + v n).
Proof. intros Hu Hv. pose proof (CV_plus _ _ _ _ Hu Hv) as limit. now rewrite Rplus_0_r in limit. Qed.

Lemma null_scale a u : null u -> null (fun n => a * u n).
Proof. intros Hu. pose proof (CV_mult _ _ _ _ (cv_const a) Hu) as limit. now rewrite Rmult_0_r in limit. Qed.

Lemma null_dominated u v : (forall n, Rabs (u n) <= v n) -> null v -> null u.
Proof.
  intros H Hv e He. destruct (Hv e He) as [N HN]. exists N. intros n Hn.
  specialize (HN n Hn). specialize (H n).
  unfold R_dist in *. rewrite Rminus_0_r in *. pose proof (Rle_abs (v n)). lra.
Qed.

(* From one place on is enough. *)
Lemma null_later u : null (fun n => u (S n)) -> null u.
Proof.
  intros H. apply (CV_shift u 1). apply (Un_cv_ext (fun n => u (S n))); [| exact H]. intros n. f_equal. lia.
Qed.

Lemma null_power x : Rabs x < 1 -> null (fun n => x ^ n).
Proof.
  intros Hx e He. destruct (pow_lt_1_zero x Hx e He) as [N HN]. exists N. intros n Hn.
  unfold R_dist. rewrite Rminus_0_r. now apply HN.
Qed.

(* By Bernoulli's inequality (n + 1) y^n is bounded: 1/y = 1 + h, and n h <= (1 + h)^n. *)
Lemma linear_bound y : 0 < y < 1 -> exists bound, forall n, INR (S n) * y ^ n <= bound.
Proof.
  intros Hy. set (h := / y - 1). assert (Hh : 0 < h) by (unfold h; pose proof (Rinv_lt_contravar y 1); lra).
  exists (/ h + 1). intros n.
  assert (Hinverse : (1 + h) ^ n * y ^ n = 1).
  { rewrite <- Rpow_mult_distr. replace ((1 + h) * y) with 1 by (unfold h; field; lra). apply pow1. }
  pose proof (poly n h Hh) as bernoulli. pose proof (pow_lt y n (proj1 Hy)).
  assert (INR n * y ^ n <= / h).
  { apply (Rmult_le_reg_r h); [exact Hh |]. rewrite Rinv_l by lra.
    assert ((INR n * h) * y ^ n <= (1 + h) ^ n * y ^ n) by (apply Rmult_le_compat_r; lra). lra. }
  assert (y ^ n <= 1) by (rewrite <- (pow1 n); apply pow_incr; lra).
  rewrite S_INR. lra.
Qed.

(* x = y (x/y) with |x| < y < 1: one factor bounds n + 1, the other still decays. *)
Lemma null_polynomial_power d : forall x, Rabs x < 1 -> null (fun n => INR (S n) ^ d * x ^ n).
Proof.
  induction d as [| d IH]; intros x Hx.
  - apply (Un_cv_ext (fun n => x ^ n)); [intros; simpl; ring | now apply null_power].
  - set (y := (1 + Rabs x) / 2). pose proof (Rabs_pos x).
    assert (Hy : 0 < y < 1) by (unfold y; lra). destruct (linear_bound y Hy) as [bound Hbound].
    assert (Hratio : Rabs (x / y) < 1).
    { unfold Rdiv. rewrite Rabs_mult, Rabs_inv, (Rabs_right y) by lra. apply (Rmult_lt_reg_r y); [lra |].
      rewrite Rmult_assoc, Rinv_l by lra. unfold y. lra. }
    apply null_dominated with (fun n => bound * Rabs (INR (S n) ^ d * (x / y) ^ n)).
    + intros n. replace (INR (S n) ^ S d * x ^ n) with ((INR (S n) * y ^ n) * (INR (S n) ^ d * (x / y) ^ n)).
      * rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos |].
        rewrite Rabs_right; [apply Hbound |]. apply Rle_ge, Rmult_le_pos; [apply pos_INR | apply pow_le; lra].
      * replace (x ^ n) with (y ^ n * (x / y) ^ n); [cbn [pow]; ring |].
        rewrite <- Rpow_mult_distr. f_equal. field. lra.
    + apply null_scale. specialize (IH _ Hratio). intros e He. destruct (IH e He) as [N HN]. exists N.
      intros n Hn. specialize (HN n Hn). unfold R_dist in *. rewrite Rminus_0_r in *.
      now rewrite Rabs_Rabsolu.
Qed.
