(* The lag weights over any commutative ring: what they are, their sums, and how they move with nu_W.

   [rho] is defined from the model: it is the diagonal of the lag kernel, the double sum over two Gram
   matrices, with the Grams' limits P_ab = nu_C nu_W^a delta_ab and Q_ab = nu_F nu_W^a delta_ab put in.  Its
   closed form is the first theorem, and all others follow from that.  There are no axioms.  A quotient x / y
   is x * inv for any inverse [inv] of y, and i nu_W^(i-1) is 0 at i = 0, as [whole 0] is 0. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars.

Section Definitions.
Context {K : Ring}.

(* The lag kernel of two Grams: the shares of the input matrix, of the readout and of the transition, where a
   derivative opens one of the i places of L_i and one of the j places of L_j. *)
Definition lag_kernel (P Q : nat -> nat -> K) (i j : nat) : K :=
  Q i j + P i j + sum i (fun a => sum j (fun b => P a b * Q (i - 1 - a)%nat (j - 1 - b)%nat)).

(* A Gram's limit: only the diagonal is left, and every power of the transition multiplies it by nu_W. *)
Definition gram_limit (nu nu_W : K) (a b : nat) : K := nu * nu_W ^ a * delta a b.

(* What the lag kernel becomes when both Grams become their limits. *)
Definition kernel_limit (nu_W nu_F nu_C : K) : nat -> nat -> K :=
  lag_kernel (gram_limit nu_C nu_W) (gram_limit nu_F nu_W).

(* The lag weights. *)
Definition rho (nu_W nu_F nu_C : K) (i : nat) : K := kernel_limit nu_W nu_F nu_C i i.
End Definitions.
Arguments rho : simpl never.

Section Weights.
Context {K : Ring}.
Add Ring scalars : (laws K).

Lemma gram_limit_diagonal (nu w : K) a : gram_limit nu w a a = nu * w ^ a.
Proof. unfold gram_limit, delta. rewrite Nat.eqb_refl. ring. Qed.

Lemma gram_limit_off_diagonal (nu w : K) a b : a <> b -> gram_limit nu w a b = 0.
Proof. intros H. unfold gram_limit, delta. apply Nat.eqb_neq in H as ->. ring. Qed.

(* A sum of which one term is left. *)
Lemma sum_single k a (g : nat -> K) : (a < k)%nat -> (forall b, b <> a -> g b = 0) -> sum k g = g a.
Proof.
  intros Ha H. rewrite <- (sum_delta k a g Ha). apply sum_ext. intros b _.
  unfold delta. destruct (Nat.eqb_spec a b) as [<- | Hb]; [ring | rewrite (H b) by auto; ring].
Qed.

(* lag-weights, on the diagonal: the transition's share is the same at each of its i places. *)
Theorem lag_weights (nu_W nu_F nu_C : K) i :
  rho nu_W nu_F nu_C i = whole i * nu_C * nu_F * nu_W ^ (i - 1) + nu_W ^ i * (nu_C + nu_F).
Proof.
  unfold rho, kernel_limit, lag_kernel. rewrite !gram_limit_diagonal.
  rewrite (sum_ext i _ (fun _ => nu_C * nu_F * nu_W ^ (i - 1))).
  - rewrite sum_const. ring.
  - intros a Ha. rewrite (sum_single i a) by
      (exact Ha || (intros b Hb; rewrite (gram_limit_off_diagonal nu_C) by auto; ring)).
    rewrite !gram_limit_diagonal. replace (i - 1)%nat with (a + (i - 1 - a))%nat at 2 by lia.
    rewrite power_add. ring.
Qed.

(* lag-weights, off the diagonal: a and b can be equal only where i - 1 - a and j - 1 - b are not. *)
Theorem kernel_limit_off_diagonal (nu_W nu_F nu_C : K) i j : i <> j -> kernel_limit nu_W nu_F nu_C i j = 0.
Proof.
  intros Hij. unfold kernel_limit, lag_kernel. rewrite !gram_limit_off_diagonal by exact Hij.
  rewrite sum_vanishing; [ring |]. intros a Ha. apply sum_vanishing. intros b Hb.
  destruct (Nat.eq_dec a b) as [-> | Hab].
  - rewrite (gram_limit_off_diagonal nu_F) by lia. ring.
  - rewrite gram_limit_off_diagonal by exact Hab. ring.
Qed.

(* Both together. *)
Theorem kernel_limit_is_diagonal (nu_W nu_F nu_C : K) i j :
  kernel_limit nu_W nu_F nu_C i j = rho nu_W nu_F nu_C i * delta i j.
Proof.
  unfold delta. destruct (Nat.eqb_spec i j) as [<- | H]; [unfold rho; ring |].
  rewrite kernel_limit_off_diagonal by exact H. ring.
Qed.

(* A lag further multiplies by nu_W and opens one more place for the transition matrix. *)
Lemma next_weight (nu_W nu_F nu_C : K) i :
  rho nu_W nu_F nu_C (i + 1) = nu_W * rho nu_W nu_F nu_C i + nu_C * nu_F * nu_W ^ i.
Proof. rewrite !lag_weights, Nat.add_sub, Nat.add_1_r. destruct i; simpl; rewrite ?Nat.sub_0_r; ring. Qed.

Theorem recurrence (nu_W nu_F nu_C : K) i :
  rho nu_W nu_F nu_C (i + 2)
  = whole 2 * nu_W * rho nu_W nu_F nu_C (i + 1) - nu_W ^ 2 * rho nu_W nu_F nu_C i.
Proof.
  replace (i + 2)%nat with (i + 1 + 1)%nat by lia.
  rewrite (next_weight _ _ _ (i + 1)), (next_weight _ _ _ i), Nat.add_1_r. simpl. ring.
Qed.

(* The border between decay and explosion: the weights grow by the same amount at every lag. *)
Theorem linear_growth (nu_F nu_C : K) i : rho 1 nu_F nu_C (i + 1) - rho 1 nu_F nu_C i = nu_C * nu_F.
Proof. rewrite next_weight, power_one. ring. Qed.

(* The generating function G(z) = sum of rho_i z^i up to order N, with its remainder, z^N times a polynomial
   in z and the inverse of 1 - nu_W z.  Over the reals it tends to 0 for |nu_W z| < 1 (Series.v). *)
Theorem generating_function_remainder (nu_W nu_F nu_C z inv : K) N :
  (1 - nu_W * z) * inv = 1 ->
  let closed := nu_C * nu_F * z * inv ^ 2 + (nu_C + nu_F) * inv in
  let rest := (nu_C + nu_F) * nu_W ^ N * inv
    + nu_C * nu_F * (whole N * nu_W ^ (N - 1) * inv + nu_W ^ N * z * inv ^ 2) in
  sum N (fun i => z ^ i * rho nu_W nu_F nu_C i) = closed - z ^ N * rest.
Proof.
  intros Hinv. cbv zeta. induction N as [| N IH]; [simpl; ring |].
  change (sum (S N) (fun i => z ^ i * rho nu_W nu_F nu_C i))
    with (sum N (fun i => z ^ i * rho nu_W nu_F nu_C i) + z ^ N * rho nu_W nu_F nu_C N).
  rewrite IH, lag_weights. clear IH.
  assert (Hz : nu_W * z * inv = inv - 1) by (rewrite <- Hinv; ring).
  destruct N as [| N]; cbn [power whole Nat.sub]; rewrite ?Nat.sub_0_r; cbn [power]; ring [Hz].
Qed.

(* To every order the two sides agree.  (Where z has an inverse this alone says nothing; the theorem above
   names the remainder.) *)
Corollary generating_function (nu_W nu_F nu_C z inv : K) N :
  (1 - nu_W * z) * inv = 1 ->
  exists q, sum N (fun i => z ^ i * rho nu_W nu_F nu_C i)
            = nu_C * nu_F * z * inv ^ 2 + (nu_C + nu_F) * inv + z ^ N * q.
Proof.
  intros Hinv. eexists. rewrite (generating_function_remainder _ _ _ _ _ N Hinv).
  assert (away : forall x y r : K, x - y * r = x + y * - r) by (intros; ring). apply away.
Qed.

(* The same without a number z: (1 - nu_W z)^2 G(z) = (nu_C + nu_F) (1 - nu_W z) + nu_C nu_F z, coefficient by
   coefficient.  As 1 - nu_W z has an inverse among power series, this determines G. *)
Definition series_product (u v : nat -> K) (n : nat) : K := sum (S n) (fun k => u k * v (n - k)%nat).
Definition linear_series (a b : K) (n : nat) : K := match n with 0%nat => a | 1%nat => b | _ => 0 end.

Lemma linear_product (a b : K) v n :
  series_product (linear_series a b) v n = a * v n + match n with 0%nat => 0 | S n => b * v n end.
Proof.
  unfold series_product. rewrite sum_first, Nat.sub_0_r. cbn [linear_series]. f_equal.
  destruct n as [| n]; [reflexivity |].
  rewrite sum_first, sum_vanishing by (intros; simpl; ring).
  replace (S n - 1)%nat with n by lia. cbn [linear_series]. ring.
Qed.

Theorem generating_function_coefficients (nu_W nu_F nu_C : K) n :
  series_product (linear_series 1 (- nu_W)) (series_product (linear_series 1 (- nu_W)) (rho nu_W nu_F nu_C)) n
  = linear_series (nu_C + nu_F) (nu_C * nu_F - nu_W * (nu_C + nu_F)) n.
Proof.
  assert (step : forall k, rho nu_W nu_F nu_C (S k) = nu_W * rho nu_W nu_F nu_C k + nu_C * nu_F * nu_W ^ k).
  { intros k. now rewrite <- Nat.add_1_r, next_weight. }
  rewrite !linear_product. destruct n as [| [| n]]; rewrite ?linear_product, ?step, ?lag_weights; simpl; ring.
Qed.

(* The partial sum is what the tail leaves of the total; both are written as in the catalogue. *)
Theorem partial_sum (nu_W nu_F nu_C inv : K) m :
  (1 - nu_W) * inv = 1 ->
  let total := nu_C * nu_F * inv ^ 2 + (nu_C + nu_F) * inv in
  let tail_mass := nu_C * nu_F * (whole m * nu_W ^ (m - 1) * inv + nu_W ^ m * inv ^ 2)
    + nu_W ^ m * (nu_C + nu_F) * inv in
  sum m (fun i => rho nu_W nu_F nu_C i) = total - tail_mass.
Proof.
  intros Hinv. cbv zeta.
  rewrite (sum_ext m _ (fun i => 1 ^ i * rho nu_W nu_F nu_C i)) by (intros; rewrite power_one; ring).
  rewrite (generating_function_remainder _ _ _ 1 inv) by (etransitivity; [| exact Hinv]; ring).
  cbv zeta. rewrite power_one. ring.
Qed.

(* Where the weights grow linearly.  (whole m - 1 is not natural subtraction: the sum of no weights is 0.) *)
Theorem partial_sum_at_one (nu_F nu_C half : K) m :
  whole 2 * half = 1 ->
  sum m (fun i => rho 1 nu_F nu_C i)
  = (nu_C + nu_F) * whole m + nu_C * nu_F * whole m * (whole m - 1) * half.
Proof.
  intros Hhalf. assert (Htwo : half + half = 1) by (rewrite <- Hhalf; simpl; ring).
  induction m as [| m IH]; simpl; [ring |].
  rewrite IH, lag_weights, !power_one.
  replace (whole m * nu_C * nu_F * 1) with (whole m * nu_C * nu_F * (half + half)) by (rewrite Htwo; ring).
  ring.
Qed.

(* The same for sum i rho_i, from which the mean lag follows. *)
Theorem first_moment (nu_W nu_F nu_C inv : K) m :
  (1 - nu_W) * inv = 1 ->
  let all := (nu_C + nu_F) * nu_W * inv ^ 2 + nu_C * nu_F * (1 + nu_W) * inv ^ 3 in
  let rest := (nu_C + nu_F) * nu_W ^ m * (whole m * inv + nu_W * inv ^ 2)
    + nu_C * nu_F * (whole m * whole m * nu_W ^ (m - 1) * inv
                     + (whole 2 * whole m + 1) * nu_W ^ m * inv ^ 2 + whole 2 * nu_W ^ m * nu_W * inv ^ 3) in
  sum m (fun i => whole i * rho nu_W nu_F nu_C i) = all - rest.
Proof.
  intros Hinv. cbv zeta.
  assert (Hz : nu_W * inv = inv - 1) by (rewrite <- Hinv; ring).
  induction m as [| m IH]; [simpl; ring [Hz] |].
  change (sum (S m) ?g) with (sum m g + g m). cbv beta. rewrite IH, lag_weights. clear IH.
  destruct m as [| m]; cbn [power whole Nat.sub]; rewrite ?Nat.sub_0_r; cbn [power]; ring [Hz].
Qed.

End Weights.
