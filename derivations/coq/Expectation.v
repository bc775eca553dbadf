(* What the recursion of Words.v has to do with Gaussian matrices.

   The mean of a product of traces of words in W and W' is the polynomial in n with the coefficients [Ex],
   times nu_W to half the number of letters; for an odd number of letters it is 0.  Words.v counts with
   lists and whole numbers alone.  Here its steps are seen to be those of probability: Stein's lemma on the
   first letter of a trace, with the product rule, gives exactly the terms of [stein].  The hypotheses are
   Gaussian.v's. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Gaussian Words Factorisation Orders.
Import ListNotations.
Open Scope scalar_scope.

(* The polynomial with the coefficients f 0, f 1, ..., up to degree < N. *)
Definition polynomial {K : Ring} (f : nat -> nat) (N : nat) (x : K) : K :=
  sum N (fun p => whole (f p) * x ^ p).

Section Expectation.
Context {K : Ring} {nu_W nu_F nu_C : K} {G : Gaussian K nu_W nu_F nu_C}.
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Variable n : nat.

(* An entry of W (true) or W' (false), of the product that a word spells, and the traces. *)
Definition letter (y : bool) (i j : nat) : G := if y then entry in_W i j else entry in_W j i.
Fixpoint spell (w : word) (i j : nat) : G :=
  match w with [] => delta i j | y :: w => sum n (fun k => letter y i k * spell w k j) end.
Definition trace (w : word) : G := sum n (fun i => spell w i i).
Fixpoint traces (ts : list word) : G := match ts with [] => 1 | w :: ts => trace w * traces ts end.

Lemma spell_app u v i j : (i < n)%nat -> spell (u ++ v) i j = sum n (fun k => spell u i k * spell v k j).
Proof.
  revert i. induction u as [|y u IH]; intros i Hi; simpl.
  - now rewrite (sum_delta n i (fun k => spell v k j)).
  - rewrite (sum_ext _ _ (fun k => sum n (fun l => letter y i k * spell u k l * spell v l j))).
    + rewrite sum_swap. apply sum_ext. intros l _. now rewrite sum_mul_r.
    + intros k Hk. rewrite IH by exact Hk. rewrite <- sum_mul_l. apply sum_ext. intros; ring.
Qed.
Lemma spell_transpose w i j : (i < n)%nat -> (j < n)%nat -> spell (transpose w) i j = spell w j i.
Proof.
  revert i j. induction w as [|y w IH]; intros i j Hi Hj; [apply delta_sym |].
  change (transpose (y :: w)) with (transpose w ++ [negb y]). rewrite spell_app by exact Hi. simpl spell at 3.
  apply sum_ext. intros k Hk. rewrite IH by assumption. simpl.
  rewrite (sum_ext _ _ (fun l => delta j l * letter (negb y) k l)).
  - rewrite (sum_delta n j (fun l => letter (negb y) k l)) by exact Hj. destruct y; simpl; ring.
  - intros l _. rewrite (delta_sym l j). ring.
Qed.
Lemma trace_app u v : trace (u ++ v) = sum n (fun i => sum n (fun k => spell u i k * spell v k i)).
Proof. unfold trace. apply sum_ext. intros i Hi. now apply spell_app. Qed.
(* A trace is the same when its word is turned round or transposed. *)
Lemma trace_rotate u v : trace (u ++ v) = trace (v ++ u).
Proof. rewrite !trace_app, sum_swap. apply sum_ext; intros. apply sum_ext; intros. ring. Qed.
Lemma trace_transpose w : trace (transpose w) = trace w.
Proof. unfold trace. apply sum_ext. intros. now apply spell_transpose. Qed.
Lemma traces_app s t : traces (s ++ t) = traces s * traces t.
Proof. induction s; simpl; [ring | rewrite IHs; ring]. Qed.

(* The derivative in an entry of W (true) or of W' (false), and the product rule on words and traces. *)
Definition letter_derivative (x : bool) (i k : nat) (y : G) : G :=
  if x then derivative in_W i k y else derivative in_W k i y.
Lemma letter_derivative_add x i k y z :
  letter_derivative x i k (y + z) = letter_derivative x i k y + letter_derivative x i k z.
Proof. destruct x; apply derivative_add. Qed.
Lemma letter_derivative_mul x i k y z :
  letter_derivative x i k (y * z) = letter_derivative x i k y * z + y * letter_derivative x i k z.
Proof. destruct x; apply derivative_mul. Qed.
Lemma letter_derivative_one x i k : letter_derivative x i k 1 = 0.
Proof. destruct x; apply derivative_one. Qed.
Lemma letter_derivative_delta x i k a b : letter_derivative x i k (delta a b) = 0.
Proof. destruct x; apply derivative_delta. Qed.
Lemma letter_derivative_sum x i k m g :
  letter_derivative x i k (sum m g) = sum m (fun a => letter_derivative x i k (g a)).
Proof. destruct x; apply derivative_sum. Qed.
Lemma letter_derivative_letter x y i k p l : letter_derivative x i k (letter y p l) =
  if eqb y x then delta p i * delta k l else delta p k * delta i l.
Proof. destruct x, y; simpl; rewrite derivative_entry; simpl; rewrite ?(delta_sym p); ring. Qed.

(* One term for each place of a word, where the word is cut in two. *)
Lemma spell_derivative x w i k p q : (i < n)%nat -> (k < n)%nat -> (p < n)%nat ->
  letter_derivative x i k (spell w p q) =
  sum_list (cuts w) (fun t => let '(b, y, a) := t in
    if eqb y x then spell b p i * spell a k q else spell b p k * spell a i q).
Proof.
  intros Hi Hk. revert p. induction w as [|z w IH]; intros p Hp; simpl; [apply letter_derivative_delta |].
  rewrite letter_derivative_sum, sum_list_map.
  rewrite (sum_ext _ _ (fun l => letter_derivative x i k (letter z p l) * spell w l q
                                 + letter z p l * letter_derivative x i k (spell w l q)))
    by (intros; apply letter_derivative_mul).
  rewrite sum_add. f_equal.
  - rewrite (sum_ext _ _ (fun l => if eqb z x then delta p i * (delta k l * spell w l q)
                                   else delta p k * (delta i l * spell w l q))).
    + destruct (eqb z x); rewrite sum_mul_l; f_equal.
      * apply (sum_delta n k (fun l => spell w l q)), Hk.
      * apply (sum_delta n i (fun l => spell w l q)), Hi.
    + intros l _. rewrite letter_derivative_letter. destruct (eqb z x); ring.
  - rewrite (sum_ext _ _ (fun l => sum_list (cuts w) (fun t => letter z p l *
      (let '(b, y, a) := t in if eqb y x then spell b l i * spell a k q else spell b l k * spell a i q)))).
    + rewrite sum_sum_list. apply sum_list_ext. intros [[b y] a] _. simpl.
      destruct (eqb y x); rewrite <- sum_mul_r; apply sum_ext; intros; ring.
    + intros l Hl. rewrite IH by exact Hl. now rewrite sum_list_mul_l.
Qed.
Lemma trace_derivative x u i k : (i < n)%nat -> (k < n)%nat ->
  letter_derivative x i k (trace u) =
  sum_list (cuts u) (fun t => let '(b, y, a) := t in
    if eqb y x then spell (a ++ b) k i else spell (a ++ b) i k).
Proof.
  intros Hi Hk. unfold trace. rewrite letter_derivative_sum.
  rewrite (sum_ext _ _ (fun p => sum_list (cuts u) (fun t => let '(b, y, a) := t in
    if eqb y x then spell b p i * spell a k p else spell b p k * spell a i p)))
    by (intros p Hp; now apply spell_derivative).
  rewrite sum_sum_list. apply sum_list_ext. intros [[b y] a] _.
  destruct (eqb y x); rewrite spell_app by assumption; apply sum_ext; intros; ring.
Qed.
Lemma traces_derivative x ts i k : letter_derivative x i k (traces ts) =
  sum_list (picks ts) (fun t => letter_derivative x i k (trace (fst t)) * traces (snd t)).
Proof.
  induction ts as [|u ts IH]; simpl; [apply letter_derivative_one |].
  rewrite letter_derivative_mul, IH, sum_list_map. f_equal.
  rewrite <- sum_list_mul_l. apply sum_list_ext. intros; simpl; ring.
Qed.

(* Contracting the first letter with a place of its own word: split or reversal, the terms [inside]. *)
Lemma contract_inside x w :
  sum n (fun i => sum n (fun k => letter_derivative x i k (spell w k i))) = sum_list (inside x w) traces.
Proof.
  unfold inside. rewrite sum_list_map.
  rewrite (sum_ext _ _ (fun i => sum_list (cuts w) (fun t => sum n (fun k => let '(b, y, a) := t in
    if eqb y x then spell b k i * spell a k i else spell b k k * spell a i i)))).
  2:{ intros i Hi. rewrite <- sum_sum_list. apply sum_ext. intros k Hk. now apply spell_derivative. }
  rewrite sum_sum_list. apply sum_list_ext. intros [[b y] a] _. destruct (eqb y x); simpl.
  - rewrite trace_app, sum_swap. symmetry.
    transitivity (sum n (fun k => sum n (fun i => spell b k i * spell (transpose a) i k))); [ring |].
    apply sum_ext. intros k Hk. apply sum_ext. intros i Hi. now rewrite spell_transpose.
  - rewrite (sum_ext _ _ (fun i => trace b * spell a i i)) by (intros; apply sum_mul_r).
    rewrite sum_mul_l. unfold trace. ring.
Qed.
(* Contracting it with a place of another word: the two traces become one, the terms [across]. *)
Lemma contract_across x w ts :
  sum n (fun i => sum n (fun k => spell w k i * letter_derivative x i k (traces ts))) =
  sum_list (across x w (picks ts)) traces.
Proof.
  unfold across. rewrite sum_list_flat_map.
  rewrite (sum_ext _ _ (fun i => sum_list (picks ts) (fun t =>
    sum n (fun k => spell w k i * letter_derivative x i k (trace (fst t))) * traces (snd t)))).
  2:{ intros i _. rewrite (sum_list_ext _ _ (fun t =>
        sum n (fun k => spell w k i * letter_derivative x i k (trace (fst t)) * traces (snd t))))
        by (intros; now rewrite sum_mul_r).
      rewrite <- sum_sum_list. apply sum_ext. intros k _. rewrite traces_derivative, <- sum_list_mul_l.
      apply sum_list_ext. intros; ring. }
  rewrite sum_sum_list. apply sum_list_ext. intros [u r] _. rewrite sum_list_map. simpl.
  rewrite sum_mul_r, sum_list_mul_r. f_equal.
  rewrite (sum_ext _ _ (fun i => sum_list (cuts u) (fun t => sum n (fun k => spell w k i *
    (let '(b, y, a) := t in if eqb y x then spell (a ++ b) k i else spell (a ++ b) i k))))).
  2:{ intros i Hi. rewrite <- sum_sum_list. apply sum_ext. intros k Hk.
      rewrite trace_derivative by assumption. now rewrite sum_list_mul_l. }
  rewrite sum_sum_list. apply sum_list_ext. intros [[b y] a] _. unfold merged.
  destruct (eqb y x); rewrite trace_app, sum_swap;
    apply sum_ext; intros k Hk; apply sum_ext; intros i Hi; [now rewrite spell_transpose | reflexivity].
Qed.

(* Stein's lemma on the first letter of a trace: exactly the terms of [stein]. *)
Theorem loop_equation x w ts :
  expect (traces ((x :: w) :: ts)) = nu_W * sum_list (stein x w ts) (fun t => expect (traces t)).
Proof.
  transitivity (nu_W * expect (sum n (fun i => sum n (fun k =>
    letter_derivative x i k (spell w k i) * traces ts + spell w k i * letter_derivative x i k (traces ts))))).
  - simpl. unfold trace. simpl. rewrite <- sum_mul_r, !expect_sum, <- sum_mul_l. apply sum_ext. intros i _.
    rewrite <- sum_mul_r, !expect_sum, <- sum_mul_l. apply sum_ext. intros k _.
    rewrite <- letter_derivative_mul.
    replace (letter x i k * spell w k i * traces ts) with (letter x i k * (spell w k i * traces ts)) by ring.
    destruct x; apply stein_lemma.
  - f_equal. rewrite (sum_ext _ _ (fun i => sum n (fun k => letter_derivative x i k (spell w k i)) * traces ts
        + sum n (fun k => spell w k i * letter_derivative x i k (traces ts))))
      by (intros; now rewrite sum_add, sum_mul_r).
    rewrite sum_add, sum_mul_r, contract_inside, contract_across. unfold stein.
    rewrite sum_list_app, sum_list_map, expect_add. f_equal.
    + rewrite <- sum_list_mul_r, expect_sum_list. apply sum_list_ext. intros t _. now rewrite traces_app.
    + apply expect_sum_list.
Qed.

(* The trace of the empty word is n. *)
Lemma expect_empty_word ts : expect (traces ([] :: ts)) = whole n * expect (traces ts).
Proof.
  simpl. unfold trace. rewrite <- sum_mul_r, expect_sum, <- sum_const. apply sum_ext. intros i _. simpl.
  rewrite expect_delta_mul. unfold delta. rewrite Nat.eqb_refl. ring.
Qed.

(* An odd number of letters has expect 0. *)
Theorem expect_traces_odd ts : Nat.odd (letters ts) = true -> expect (traces ts) = 0.
Proof.
  remember (size ts) as f eqn:Hf. assert (size ts <= f)%nat as H by lia. clear Hf. revert ts H.
  induction f as [|f IH]; intros [|[|x w] ts] H Ho; try discriminate; try (unfold size in H; simpl in H; lia).
  - rewrite expect_empty_word, IH;
      [ring | unfold size in *; rewrite letters_cons in H; simpl in H; lia | exact Ho].
  - rewrite loop_equation, (sum_list_ext _ _ (fun _ => 0 * 0)).
    + rewrite sum_list_mul_l. ring.
    + intros t Ht. apply in_stein in Ht as [Ht Hl].
      rewrite IH; [ring | unfold size in *; simpl length in *; lia |].
      rewrite <- Ho, <- Ht, Nat.add_comm. reflexivity.
Qed.

Lemma expect_traces_fuel ts h N : letters ts = (2 * h)%nat -> (size ts < N)%nat ->
  expect (traces ts) = nu_W ^ h * polynomial (Ex ts) N (whole n).
Proof.
  remember (size ts) as f eqn:Hf. assert (size ts <= f)%nat as H by lia. clear Hf. revert ts h N H.
  induction f as [|f IH]; intros ts h N H Hh HN; unfold polynomial.
  - destruct ts; [|unfold size in H; simpl in H; lia]. destruct N; [lia |].
    replace h with O by (cbv [letters map list_sum fold_right] in Hh; lia).
    simpl traces. rewrite expect_one, sum_first, sum_vanishing by (intros; rewrite Ex_nil; simpl; ring).
    rewrite Ex_nil. simpl. ring.
  - destruct N as [|N]; [lia |]. destruct ts as [|[|x w] ts].
    + replace h with O by (cbv [letters map list_sum fold_right] in Hh; lia).
      simpl traces. rewrite expect_one, sum_first, sum_vanishing by (intros; rewrite Ex_nil; simpl; ring).
      rewrite Ex_nil. simpl. ring.
    + assert (size ([] :: ts) = S (size ts)) as Hm by (unfold size; rewrite letters_cons; simpl; lia).
      rewrite expect_empty_word, (IH ts h N), sum_first, Ex_empty_zero by (lia || exact Hh).
      unfold polynomial.
      rewrite (sum_ext N (fun p => whole (Ex ([] :: ts) (S p)) * _)
                 (fun p => whole n * (whole (Ex ts p) * whole n ^ p)))
        by (intros; rewrite Ex_empty; simpl; ring).
      rewrite sum_mul_l. simpl. ring.
    + rewrite loop_equation. rewrite letters_cons in Hh. simpl length in Hh. destruct h as [|h]; [lia |].
      rewrite (sum_list_ext _ _ (fun t => nu_W ^ h * polynomial (Ex t) (S N) (whole n))).
      * rewrite sum_list_mul_l. simpl power. unfold polynomial. rewrite <- sum_sum_list.
        rewrite (sum_ext (S N) (fun p => whole (Ex ((x :: w) :: ts) p) * _)
                   (fun p => sum_list (stein x w ts) (fun t => whole (Ex t p) * whole n ^ p))); [ring |].
        intros p _. now rewrite Ex_stein, whole_list_sum, sum_list_mul_r.
      * intros t Ht. apply in_stein in Ht as [Ht Hl]. rewrite letters_cons in Ht. unfold size in *.
        rewrite letters_cons in *. simpl length in *. apply IH; lia.
Qed.
(* The mean of a product of traces with 2 h letters: the degree is at most h and the number of traces. *)
Theorem expect_traces ts h N : letters ts = (2 * h)%nat -> (h + length ts < N)%nat ->
  expect (traces ts) = nu_W ^ h * polynomial (Ex ts) N (whole n).
Proof.
  intros Hh HN. set (M := (N + size ts)%nat).
  rewrite (expect_traces_fuel ts h M) by (unfold M; lia || exact Hh).
  f_equal. unfold polynomial. symmetry. apply sum_extend; [unfold M; lia |].
  intros p Hp. rewrite Ex_above by (unfold height; lia). simpl. ring.
Qed.

(* The same in powers of x = 1/n, x^h times the polynomial read backwards: with M = W/sqrt(n) the product of
   the traces tr/n of M's words has the mean nu_W^h (order 0 + (order 1) x + (order 2) x^2 + ...). *)
Variable root : K.
Hypothesis root_of_inverse : whole n * (root * root) = 1.

Definition normalised (ts : list word) : K := root ^ height ts * expect (traces ts).

Theorem normalised_traces ts h : letters ts = (2 * h)%nat ->
  normalised ts = nu_W ^ h * polynomial (fun r => order r ts) (S (h + length ts)) (root * root).
Proof.
  intros H. unfold normalised. rewrite (expect_traces ts h (S (h + length ts))) by (lia || exact H).
  set (D := (h + length ts)%nat). unfold polynomial.
  rewrite (sum_reverse (S D) (fun p => whole (Ex ts p) * whole n ^ p)).
  replace (height ts) with (D + D)%nat by (unfold height, D; lia). rewrite power_add, <- power_mul.
  match goal with |- _ * (_ * ?s) = _ => transitivity (nu_W ^ h * ((root * root) ^ D * s)); [ring |] end.
  f_equal.
  rewrite <- sum_mul_l. apply sum_ext. intros r Hr. replace (S D - 1 - r)%nat with (D - r)%nat by lia.
  unfold order. rewrite (at_order_power _ _ r (D - r)) by (unfold height; lia).
  replace ((root * root) ^ D) with ((root * root) ^ (D - r) * (root * root) ^ r)
    by (rewrite <- power_add; f_equal; lia).
  transitivity (whole (Ex ts (D - r)) * (root * root) ^ r * (whole n * (root * root)) ^ (D - r)).
  - rewrite (power_mul (whole n)). ring.
  - rewrite root_of_inverse, power_one. ring.
Qed.
Theorem normalised_traces_odd ts : Nat.odd (letters ts) = true -> normalised ts = 0.
Proof. intros H. unfold normalised. rewrite expect_traces_odd by exact H. ring. Qed.
End Expectation.
