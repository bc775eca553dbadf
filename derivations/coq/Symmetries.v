(* Symmetries of expectations of traces: what leaves the traces as they are leaves [Ex] as it is.

   Stein's recursion starts from the first letter of the first trace, so its definition does not show that a
   trace may be turned round or transposed, nor that traces commute.  But at every width n the polynomial with
   the coefficients [Ex ts] is an expectation: [expect_traces], in the model of Gaussian polynomials over the
   integers.  And polynomials whose values agree for every n have the same coefficients. *)
Require Import List Arith Lia Bool ZArith.
Import ListNotations.
From NTK Require Import Scalars Gaussian GaussianPolynomials Instances Words Factorisation Orders Expectation.
Open Scope nat_scope.

(* The polynomial with coefficients f at x, among whole numbers *)
Definition value (f : nat -> nat) N x := below N (fun p => f p * x ^ p).

Lemma value_first f N x : value f (S N) x = f 0 + x * value (fun p => f (S p)) N x.
Proof.
  unfold value. rewrite below_first. simpl. rewrite Nat.mul_1_r. f_equal.
  induction N; simpl; [lia | rewrite IHN; lia].
Qed.
(* At x greater than both constants these are the remainders on division by x. *)
Lemma same_coefficients N : forall m f g, (forall x, m <= x -> value f N x = value g N x) ->
  forall p, p < N -> f p = g p.
Proof.
  induction N as [|N IH]; intros m f g H p Hp; [lia |].
  assert (f 0 = g 0) as H0.
  { set (x := m + f 0 + g 0 + 1). assert (m <= x) as Hx by (unfold x; lia). specialize (H x Hx).
    rewrite !value_first in H. apply (f_equal (fun y => y mod x)) in H.
    rewrite !(Nat.mul_comm x), !Nat.mod_add, !Nat.mod_small in H by (unfold x; lia). exact H. }
  destruct p as [|p]; [exact H0 |].
  apply (IH (m + 1) (fun q => f (S q)) (fun q => g (S q))); [|lia]. intros x Hx.
  specialize (H x ltac:(lia)). rewrite !value_first, H0 in H. apply Nat.add_cancel_l in H.
  apply Nat.mul_cancel_l in H; [exact H | lia].
Qed.

Lemma whole_pow {K : Ring} x k : whole (x ^ k) = power (whole x) k :> K.
Proof. induction k; cbn [power Nat.pow]; [apply (Radd_0_l (laws K)) | now rewrite whole_mul, IHk]. Qed.

(* The integers, and Gaussian matrices of unit variance over them *)
Lemma whole_integer k : whole k = Z.of_nat k :> Integers.
Proof. induction k; [reflexivity |]. simpl whole. rewrite IHk, Nat2Z.inj_succ. reflexivity. Qed.
Lemma polynomial_integer f N x : polynomial f N (whole x) = Z.of_nat (value f N x) :> Integers.
Proof.
  unfold polynomial, value. rewrite <- whole_integer. induction N; [reflexivity |]. cbn [sum below].
  now rewrite whole_add, IHN, whole_mul, whole_pow.
Qed.

Definition unit_matrices : Gaussian Integers 1%scalar 1%scalar 1%scalar :=
  gaussian_polynomials Z.eq_dec 1%scalar 1%scalar 1%scalar.

Theorem Ex_of_equal_traces ts us : letters ts = letters us ->
  (forall n, traces (G := unit_matrices) n ts = traces n us) -> forall p, Ex ts p = Ex us p.
Proof.
  intros Hl Ht p. destruct (Nat.Even_or_Odd (letters ts)) as [[h Hh]|Ho].
  2:{ apply Nat.odd_spec in Ho. rewrite (Ex_odd ts) by exact Ho. rewrite Hl in Ho. now rewrite (Ex_odd us). }
  set (N := h + length ts + length us + 1). destruct (le_lt_dec N p) as [Hp|Hp].
  { rewrite !Ex_above by (unfold height, N in *; lia). reflexivity. }
  apply (same_coefficients N 0); [|exact Hp]. intros n _. apply Nat2Z.inj. rewrite <- !polynomial_integer.
  pose proof (expect_traces (G := unit_matrices) n ts h N Hh ltac:(unfold N; lia)) as H1.
  pose proof (expect_traces (G := unit_matrices) n us h N ltac:(lia) ltac:(unfold N; lia)) as H2.
  rewrite Ht, H2 in H1. rewrite power_one in H1. cbn [mul Integers] in H1. now rewrite !Z.mul_1_l in H1.
Qed.

(* A trace may be turned round or transposed, and traces commute. *)
Theorem Ex_rotate u v ts p : Ex ((u ++ v) :: ts) p = Ex ((v ++ u) :: ts) p.
Proof.
  apply Ex_of_equal_traces.
  - rewrite !letters_cons, !app_length. lia.
  - intros n. cbn [traces]. now rewrite trace_rotate.
Qed.
Theorem Ex_transpose w ts p : Ex (transpose w :: ts) p = Ex (w :: ts) p.
Proof.
  apply Ex_of_equal_traces.
  - now rewrite !letters_cons, length_transpose.
  - intros n. cbn [traces]. now rewrite trace_transpose.
Qed.
Theorem Ex_commute S R p : Ex (S ++ R) p = Ex (R ++ S) p.
Proof.
  apply Ex_of_equal_traces.
  - rewrite !letters_app. lia.
  - intros n. rewrite !traces_app. apply (Rmul_comm (laws (variables unit_matrices))).
Qed.

Lemma order_equal i S R : height S = height R -> (forall p, Ex S p = Ex R p) -> order i S = order i R.
Proof. intros Hh H. unfold order. rewrite Hh. now apply at_order_ext. Qed.
Theorem mean_rotate i u v : mean i (u ++ v) = mean i (v ++ u).
Proof.
  apply order_equal; [|intros; apply Ex_rotate]. rewrite !height_cons, !app_length. lia.
Qed.
Theorem mean_transpose i w : mean i (transpose w) = mean i w.
Proof.
  apply order_equal; [|intros; apply Ex_transpose]. now rewrite !height_cons, length_transpose.
Qed.

Lemma conv_commute f g p : conv f g p = conv g f p.
Proof.
  unfold conv. rewrite below_reverse. apply below_ext. intros q Hq.
  replace (S p - 1 - q) with (p - q) by lia. replace (p - (p - q)) with q by lia. lia.
Qed.
Lemma Cov_commute S R p : Cov S R p = Cov R S p.
Proof. unfold Cov. now rewrite Ex_commute, conv_commute. Qed.
Theorem covariance_commute u v : covariance u v = covariance v u.
Proof.
  unfold covariance, covariance_order. rewrite !height_app, Nat.add_comm. apply at_order_ext, Cov_commute.
Qed.
Theorem covariance_transpose u v : covariance (transpose u) v = covariance u v.
Proof.
  unfold covariance, covariance_order. simpl app. rewrite !height_cons, length_transpose. apply at_order_ext.
  intros p. unfold Cov. simpl app. rewrite Ex_transpose. f_equal. apply conv_ext. intros; apply Ex_transpose.
Qed.
