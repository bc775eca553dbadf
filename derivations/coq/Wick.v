(* The Gaussian expectation of a polynomial, by Wick's formula, and Stein's lemma for it.

   The variables x_0, x_1, ... are independent, centred and Gaussian, x_k with variance nu k.  The expectation
   of a monomial is the sum over all pairings of its factors of the product over the pairs: nu k for a pair of
   x_k with x_k, 0 for a pair of different variables.  [wick] goes through the pairings by the partner of the
   first factor.  Proved, over any ring with decidable equality:

   - [stein]: E (x_k p) = nu k E (dp/dx_k);
   - [even_moment], [odd_moment]: E x_k^(2m) = 1 3 5 ... (2m - 1) nu_k^m, and 0 for an odd power;
   - [independence]: E (p q) = E p E q when p and q have no variable in common. *)
Require Import Arith Lia List Permutation Ring.
From NTK Require Import Scalars Monomials Polynomials.
Import ListNotations.
Open Scope scalar_scope.

Section Wick.
Context {K : Ring} (decide : forall x y : K, {x = y} + {x <> y}) (nu : nat -> K).
Add Ring scalars : (laws K).
Notation polynomial := (Polynomial decide).
Notation constant := (constant decide).
Notation variable := (variable decide).
Notation derivative := (derivative decide).
Add Ring polynomials : (laws polynomial).

(* The sum over all pairings: [strike k v] is what remains of v when the first factor, x_k, has taken its
   partner there, a term for each choice. *)
Fixpoint pairings (fuel : nat) (w : monomial) : K :=
  match w, fuel with
  | [], _ => 1
  | _, O => 0
  | k :: v, S fuel => nu k * lin (pairings fuel) (strike k v)
  end.
Definition wick (w : monomial) : K := pairings (length w) w.

Definition expect (p : polynomial) : K := lin wick (expand decide p).

(* What is left after striking is one factor shorter, so the fuel does not run out. *)
Lemma strike_length (k : nat) w (c : K) v : In (c, v) (strike k w) -> S (length v) = length w.
Proof.
  revert c v. induction w as [|x w IH]; simpl; [easy |]. intros c v [[= _ ->]|H]; [reflexivity |].
  apply in_map_iff in H. destruct H as [[d u] [[= _ <-] H]]. simpl. f_equal. eauto.
Qed.
Lemma pairings_fuel f g w : (length w <= f)%nat -> (length w <= g)%nat -> pairings f w = pairings g w.
Proof.
  revert g w. induction f as [|f IH]; intros [|g] [|k v]; simpl; try lia; try reflexivity. intros Hf Hg.
  f_equal. apply lin_ext_in. intros c u H. apply strike_length in H. apply IH; lia.
Qed.
Lemma wick_cons k v : wick (k :: v) = nu k * lin wick (strike k v).
Proof.
  unfold wick at 1. simpl. f_equal. apply lin_ext_in. intros c u H. apply strike_length in H.
  apply pairings_fuel; lia.
Qed.

(* Which of two factors finds its partner first does not matter: [wick] does not see the order of factors. *)
Lemma strike_strike F (j k : nat) w :
  lin (fun v => lin F (strike j v)) (strike k w) = lin (fun v => lin F (strike k v)) (strike j w) :> K.
Proof.
  revert F. induction w as [|x w IH]; intros F; [reflexivity |]. rewrite !lin_strike_cons.
  rewrite !(lin_ext (fun v => lin F (strike _ (x :: v))) _ _ (fun v => lin_strike_cons F _ x v)).
  rewrite !lin_add, !lin_mul, IH. ring.
Qed.
Lemma pairings_symmetric f : symmetric (pairings f).
Proof.
  induction f as [|f IH]; intros u v H.
  - apply Permutation_length in H. now destruct u, v.
  - induction H as [|x u v H _|x y w|u v w _ IH1 _ IH2]; [reflexivity | | |congruence].
    + cbn [pairings]. f_equal. now apply strike_consistent.
    + cbn [pairings]. rewrite !lin_strike_cons.
      replace (nu y * (delta y x * pairings f w + lin (fun v => pairings f (x :: v)) (strike y w)))
        with (nu y * delta y x * pairings f w + nu y * lin (fun v => pairings f (x :: v)) (strike y w)) 
        by ring.
      assert (nu y * delta y x = nu x * delta x y) as ->.
      { unfold delta. rewrite (Nat.eqb_sym y x). destruct (Nat.eqb_spec x y) as [->|_]; ring. }
      destruct f as [|f]; cbn [pairings]; [rewrite !lin_zero | rewrite !lin_mul, strike_strike]; ring.
Qed.
Lemma wick_symmetric : symmetric wick.
Proof. intros u v H. unfold wick. rewrite (Permutation_length H). now apply pairings_symmetric. Qed.

(* ---- The expectation is linear, 1 for 1, and obeys Stein's lemma ---- *)
Lemma expect_make s : expect (make decide s) = lin wick s.
Proof. apply expand_make, wick_symmetric. Qed.
Lemma expect_add (p q : polynomial) : expect (p + q) = expect p + expect q.
Proof. simpl. unfold plus. now rewrite expect_make, lin_app. Qed.
Lemma expect_constant_mul c (p : polynomial) : expect (constant c * p) = c * expect p.
Proof.
  rewrite <- (make_expand decide p). simpl. unfold Polynomials.constant.
  rewrite multiply_make, !expect_make. exact (lin_times_term wick c [] _).
Qed.
Lemma expect_one : expect (1 : polynomial) = 1.
Proof. simpl. unfold Polynomials.constant. rewrite expect_make. simpl. unfold wick. simpl. ring. Qed.

Lemma expect_zero : expect (0 : polynomial) = 0.
Proof. simpl. unfold Polynomials.constant. rewrite expect_make. simpl. ring. Qed.

Theorem stein k (p : polynomial) : expect (variable k * p) = nu k * expect (derivative k p).
Proof.
  rewrite <- (make_expand decide p). simpl. unfold Polynomials.variable.
  rewrite multiply_make, derivative_make, !expect_make, lin_times_term, lin_extend. simpl.
  rewrite (lin_ext (fun v => wick (k :: v)) _ _ (wick_cons k)), lin_mul. ring.
Qed.

(* ---- What the expectation is: moments and independence ---- *)

(* 1 3 5 ... (2m - 1) *)
Fixpoint odd_factorial (m : nat) : nat := match m with O => 1 | S m => (2 * m + 1) * odd_factorial m end.

Lemma derivative_power k j : derivative k (variable k ^ S j) = whole (S j) * variable k ^ j :> polynomial.
Proof.
  induction j as [|j IH].
  - cbn [power whole]. rewrite derivative_mul, derivative_variable, derivative_one, delta_same. ring.
  - change (variable k ^ S (S j)) with (variable k * variable k ^ S j).
    rewrite derivative_mul, derivative_variable, IH, delta_same. cbn [whole power]. ring.
Qed.
Lemma moment_step k j : expect (variable k ^ S (S j)) = nu k * (whole (S j) * expect (variable k ^ j)).
Proof.
  change (variable k ^ S (S j)) with (variable k * variable k ^ S j).
  now rewrite stein, derivative_power, <- constant_whole, expect_constant_mul.
Qed.
Theorem even_moment k m : expect (variable k ^ (2 * m)) = whole (odd_factorial m) * nu k ^ m.
Proof.
  induction m as [|m IH].
  { transitivity (expect 1); [reflexivity |]. rewrite expect_one. simpl. ring. }
  replace (2 * S m)%nat with (S (S (2 * m))) by lia. rewrite moment_step, IH.
  replace (odd_factorial (S m)) with (S (2 * m) * odd_factorial m)%nat by (simpl; lia).
  rewrite whole_mul. cbn [power]. ring.
Qed.
Theorem odd_moment k m : expect (variable k ^ (2 * m + 1)) = 0.
Proof.
  induction m as [|m IH].
  - change (expect (variable k * 1) = 0). rewrite stein, derivative_one, expect_zero. ring.
  - replace (2 * S m + 1)%nat with (S (S (2 * m + 1))) by lia. rewrite moment_step, IH. ring.
Qed.

(* p has a term in which the variable x_k occurs. *)
Definition occurs (k : nat) (p : polynomial) := exists c w, In (c, w) (expand decide p) /\ In k w.

Lemma strike_factors (k x : nat) w (c : K) v : In (c, v) (strike k w) -> In x v -> In x w.
Proof.
  revert c v. induction w as [|y w IH]; simpl; [easy |]. intros c v [[= _ ->]|H]; [auto |].
  apply in_map_iff in H. destruct H as [[d u] [[= _ <-] H]]. simpl. intros [|Hx]; eauto.
Qed.
Lemma strike_absent F (k : nat) w : ~ In k w -> lin F (strike k w) = 0 :> K.
Proof.
  revert F. induction w as [|x w IH]; intros F H; [reflexivity |].
  rewrite lin_strike_cons, IH by (simpl in H; tauto).
  unfold delta. destruct (Nat.eqb_spec k x); [simpl in H; exfalso; auto | ring].
Qed.
Lemma wick_app u v : (forall k, In k u -> ~ In k v) -> wick (u ++ v) = wick u * wick v.
Proof.
  enough (forall l u, (length u <= l)%nat -> (forall k, In k u -> ~ In k v) ->
    wick (u ++ v) = wick u * wick v) as by_length by eauto.
  clear u. intros l. induction l as [|l IH]; intros [|k u] Hl H; [| easy | |];
    try (change (wick v = 1 * wick v); ring).
  change ((k :: u) ++ v) with (k :: (u ++ v)).
  rewrite !wick_cons, lin_strike_app, (strike_absent _ k v) by (apply H; now left).
  rewrite (lin_ext_in _ (fun w => wick v * wick w)).
  - rewrite lin_mul. ring.
  - intros c w Hw. rewrite IH; [ring | |].
    + apply strike_length in Hw. simpl in Hl. lia.
    + intros x Hx. apply H. right. eapply strike_factors; eauto.
Qed.
Theorem independence (p q : polynomial) :
  (forall k, occurs k p -> ~ occurs k q) -> expect (p * q) = expect p * expect q.
Proof.
  intros H. simpl. unfold multiply. rewrite expect_make, lin_times. unfold expect.
  rewrite (lin_ext_in _ (fun u => lin wick (expand decide q) * wick u)); [rewrite lin_mul; ring |].
  intros c u Hu. rewrite (lin_ext_in _ (fun v => wick u * wick v)); [rewrite lin_mul; ring |].
  intros d v Hv. apply wick_app. intros k Hk Hk'. apply (H k); repeat eexists; eauto.
Qed.
End Wick.
