(* finite-width-covariance: the limit of n times the covariance of two entries of the lag kernel, in closed
   form.

   In the sum of Covariance.v the Grams that are apart are on their diagonals, by power-traces: the terms
   that count are a step e >= 0 along the diagonals, with Grams of the lags i - e, j - e left.  By
   alternating-words the joint of those with that of k - g, l - g has the limit 1 + min(i - e, j - e, k - g,
   l - g) if the offsets fit. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Gaussian Words Factorisation Orders PowerTraces Alternating
  TraceCovariance Expectation RandomNetwork ExactMean ThetaPairs MeanLimit Covariance.
Import ListNotations.
Open Scope scalar_scope.

(* ---- Traces of the words that occur ---- *)
Section Counting.
Open Scope nat_scope.

Lemma mean_gram_word p a b : mean 0 (gram_word p a b) = if a =? b then 1 else 0.
Proof. destruct p; apply (mean_two_powers true) || apply (mean_two_powers false). Qed.
Lemma mean_two_grams p a b c d : mean 0 (gram_word p a b ++ gram_word p c d) =
  if a + c =? b + d then 1 + Nat.min (Nat.min a b) (Nat.min c d) else 0.
Proof.
  destruct p; simpl; unfold power_word, power_word'; rewrite <- app_assoc;
    apply (mean_four_powers true) || apply (mean_four_powers false).
Qed.
Lemma transpose_gram_word p c d : transpose (gram_word p c d) = gram_word p d c.
Proof.
  destruct p; simpl; unfold transpose, power_word, power_word'; rewrite map_app, rev_app_distr;
    fold (transpose (repeat true c)) (transpose (repeat false c)) (transpose (repeat true d))
      (transpose (repeat false d)); now rewrite !transpose_repeat.
Qed.
Lemma order_0_app S R : order 0 (S ++ R) = order 0 S * order 0 R.
Proof. rewrite order_product, covariance_order_low by lia. unfold conv. simpl. lia. Qed.

(* The limit of the trace of a Gram that is apart. *)
Definition diagonal (o : lags) : nat := match o with None => 1 | Some (a, b) => if a =? b then 1 else 0 end.
Lemma order_words p o : order 0 (words p o) = diagonal o.
Proof. destruct o as [[a b]|]; [apply mean_gram_word | reflexivity]. Qed.
Definition lag_sum (o : lags) : nat := match o with None => 0 | Some (a, b) => a + b end.
Lemma letters_words p o : letters (words p o) = lag_sum o.
Proof. destruct o as [[a b]|]; [|reflexivity]. unfold letters. simpl. rewrite length_gram_word. lia. Qed.

(* One step, on either side, and two. *)
Lemma one_step m M : m <= M ->
  below m (fun a => 1 + Nat.min a M) + below M (fun c => 1 + Nat.min m c) = (m + 1) * M.
Proof.
  intros H. rewrite (below_ext m _ (fun a => 1 + a)) by (intros; lia).
  assert (forall k, 2 * below k (fun a => 1 + a) = k * (k + 1)) as Hm.
  { induction k as [|k IH]; [reflexivity | cbn [below]; nia]. }
  assert (forall e, 2 * below (m + e) (fun c => 1 + Nat.min m c) = m * (m + 1) + 2 * e * (m + 1)) as Hk.
  { induction e as [|e IH].
    - rewrite Nat.add_0_r, (below_ext m _ (fun c => 1 + c)) by (intros; lia). rewrite Hm. lia.
    - rewrite Nat.add_succ_r. cbn [below]. rewrite (Nat.min_l m) by lia. nia. }
  specialize (Hm m). specialize (Hk (M - m)). replace (m + (M - m)) with M in Hk by lia. nia.
Qed.
Lemma one_step_min a b : below a (fun x => 1 + Nat.min x b) + below b (fun y => 1 + Nat.min a y) =
  (Nat.min a b + 1) * Nat.max a b.
Proof.
  destruct (Nat.le_ge_cases a b) as [H|H].
  - rewrite Nat.min_l, Nat.max_r by exact H. now apply one_step.
  - rewrite Nat.min_r, Nat.max_l by exact H. rewrite <- (one_step b a) by exact H.
    rewrite Nat.add_comm. f_equal; apply below_ext; intros; lia.
Qed.
End Counting.

Section CovarianceLaw.
Context {K : Ring}.
Add Ring scalars : (laws K).
Variables nu_W nu_F nu_C : K.
Notation variance := (variance_of nu_W nu_F nu_C).
Notation weight := (@weight K nu_W nu_F nu_C).
Notation joined := (@joined K nu_W nu_F nu_C).
Notation leading := (@leading K nu_W).

(* The terms of Theta, summed over what is on the diagonal. *)
Lemma sum_terms i j (f : lags * lags -> K) :
  sum_list (terms i j) f = f (None, Some (i, j)) + f (Some (i, j), None) +
  sum i (fun a => sum j (fun b => f (Some (a, b), Some ((i - 1 - a)%nat, (j - 1 - b)%nat)))).
Proof.
  simpl. rewrite sum_list_flat_map, sum_list_seq.
  rewrite (sum_ext i (fun a => sum_list _ _) (fun a => sum j (fun b =>
    f (Some (a, b), Some ((i - 1 - a)%nat, (j - 1 - b)%nat))))); [ring |].
  intros a _. now rewrite sum_list_map, sum_list_seq.
Qed.
Lemma sum_terms_swap i j (f : lags * lags -> K) :
  sum_list (terms i j) f = sum_list (terms i j) (fun t => f (snd t, fst t)).
Proof.
  rewrite !sum_terms. cbn [fst snd].
  rewrite (sum_reverse i). rewrite (sum_ext i _ (fun a => sum j (fun b =>
    f (Some ((i - 1 - a)%nat, (j - 1 - b)%nat), Some (a, b))))); [ring |].
  intros a Ha. rewrite (sum_reverse j). apply sum_ext. intros b Hb.
  replace (i - 1 - (i - 1 - a))%nat with a by lia. now replace (j - 1 - (j - 1 - b))%nat with b by lia.
Qed.
Lemma sum_diagonal i j (g : nat -> nat -> K) : (forall a b, a <> b -> g a b = 0) ->
  sum i (fun a => sum j (g a)) = sum (Nat.min i j) (fun a => g a a).
Proof.
  intros H. assert (forall a, sum j (g a) = if Nat.ltb a j then g a a else 0) as Hs.
  { intros a. induction j as [|j IH]; [reflexivity |]. simpl sum. rewrite IH.
    destruct (Nat.ltb_spec a j), (Nat.ltb_spec a (S j)); try lia.
    - rewrite (H a j) by lia. ring.
    - replace j with a by lia. ring.
    - rewrite (H a j) by lia. ring. }
  rewrite (sum_ext i _ (fun a => if Nat.ltb a j then g a a else 0)) by (intros; apply Hs).
  rewrite <- (sum_extend (Nat.min i j) i)
    by (lia || (intros a Ha; destruct (Nat.ltb_spec a j); [lia | reflexivity])).
  apply sum_ext. intros a Ha. destruct (Nat.ltb_spec a j); [reflexivity | lia].
Qed.

(* What one Gram contributes: own is the variance of its vectors, other that of the other Gram's; m <= M. *)
Definition gram_fluctuation (m M h : nat) (own other : K) : K :=
  own * own * (nu_W ^ h * (whole m + 1) + other * nu_W ^ (h - 1) * ((whole m + 1) * whole M) +
               other * other * nu_W ^ (h - 2) * whole (walk_overlap m M)).

Lemma sum_whole_reverse k (f : nat -> nat) :
  sum k (fun a => whole (f (k - 1 - a)%nat)) = whole (below k f) :> K.
Proof. rewrite whole_below. symmetry. apply sum_reverse. Qed.

(* The Grams of p joined and those of q apart. *)
Section OneJoined.
Variables p q : block.
Variables (x x' u u' y y' v v' : nat).
Definition one_joined (own1 other1 own2 other2 : lags) : K :=
  sum_list (joined p own1 own2 x x' u u') (fun r =>
    delta y y' * delta v v' * (weight q other1 * weight q other2) * fst r *
    leading (snd r :: words q other1 ++ words q other2)).

(* How the vectors and the offsets of two Grams can fit. *)
Definition fitting (a b c d : nat) : K :=
  delta x u * delta x' u' * delta (a + d) (b + c) + delta x u' * delta x' u * delta (a + c) (b + d).

Lemma whole_if (b : bool) k : whole (if b then k else 0%nat) = (if b then 1 else 0) * whole k :> K.
Proof. destruct b; simpl; ring. Qed.

Lemma one_joined_value a b c d other1 other2 :
  one_joined (Some (a, b)) other1 (Some (c, d)) other2 =
  delta y y' * delta v v' * (variance p * variance p) * fitting a b c d *
  (weight q other1 * weight q other2 * whole (diagonal other1 * diagonal other2)) *
  (nu_W ^ ((a + b + c + d + lag_sum other1 + lag_sum other2) / 2) *
   whole (1 + Nat.min (Nat.min a b) (Nat.min c d))).
Proof.
  unfold one_joined, ThetaPairs.joined. cbn [sum_list fst snd].
  assert (forall w, length w = (a + b + c + d)%nat -> leading (w :: words q other1 ++ words q other2) =
    nu_W ^ ((a + b + c + d + lag_sum other1 + lag_sum other2) / 2) *
    (whole (mean 0 w) * whole (diagonal other1 * diagonal other2))) as Hlead.
  { intros w Hw. unfold Covariance.leading. rewrite letters_cons, letters_app, !letters_words, Hw.
    change (w :: words q other1 ++ words q other2) with ([w] ++ (words q other1 ++ words q other2)).
    rewrite order_0_app, order_0_app, !order_words. fold (mean 0 w). rewrite (whole_mul (mean 0 w)).
    rewrite Nat.add_assoc. reflexivity. }
  rewrite transpose_gram_word.
  rewrite !Hlead by (rewrite app_length, !length_gram_word; lia).
  rewrite !mean_two_grams, !whole_if. unfold fitting.
  change (if (a + d =? b + c)%nat then 1 else 0) with (@delta K (a + d) (b + c)).
  change (if (a + c =? b + d)%nat then 1 else 0) with (@delta K (a + c) (b + d)).
  rewrite (Nat.min_comm d c). ring.
Qed.
Lemma one_joined_none_1 other1 own2 other2 : one_joined None other1 own2 other2 = 0.
Proof. reflexivity. Qed.
Lemma one_joined_none_2 own1 other1 other2 : one_joined own1 other1 None other2 = 0.
Proof. unfold one_joined. now destruct own1 as [[]|]. Qed.
Lemma one_joined_off_1 own1 a b own2 other2 : a <> b -> one_joined own1 (Some (a, b)) own2 other2 = 0.
Proof.
  intros H. destruct own1 as [[]|]; [|reflexivity]. destruct own2 as [[]|]; [|reflexivity].
  rewrite one_joined_value. simpl diagonal. apply Nat.eqb_neq in H as ->. simpl. ring.
Qed.
Lemma one_joined_off_2 own1 other1 own2 a b : a <> b -> one_joined own1 other1 own2 (Some (a, b)) = 0.
Proof.
  intros H. destruct own1 as [[]|]; [|reflexivity]. destruct own2 as [[]|]; [|reflexivity].
  rewrite one_joined_value. simpl diagonal. apply Nat.eqb_neq in H as ->. rewrite Nat.mul_0_r. simpl. ring.
Qed.

Variables i j k l : nat.
Let m := Nat.min i j.
Let M := Nat.min k l.
Let h := ((i + j + k + l) / 2)%nat.

(* The four kinds: no step or one on either side. *)
Lemma fitting_steps e g : (e <= m)%nat -> (g <= M)%nat ->
  fitting (i - e) (j - e) (k - g) (l - g) = fitting i j k l.
Proof.
  intros He Hg. apply Nat.min_glb_iff in He as [He1 He2]. apply Nat.min_glb_iff in Hg as [Hg1 Hg2].
  clear m M h. unfold fitting.
  replace (@delta K (i - e + (l - g)) (j - e + (k - g))) with (@delta K (i + l) (j + k)).
  2:{ unfold delta. destruct (Nat.eqb_spec (i + l) (j + k)),
        (Nat.eqb_spec (i - e + (l - g)) (j - e + (k - g)));
      reflexivity || lia. }
  replace (@delta K (i - e + (k - g)) (j - e + (l - g))) with (@delta K (i + k) (j + l)).
  2:{ unfold delta. destruct (Nat.eqb_spec (i + k) (j + l)),
        (Nat.eqb_spec (i - e + (k - g)) (j - e + (l - g)));
      reflexivity || lia. }
  reflexivity.
Qed.
Lemma half_less N e : ((N - 2 * e) / 2 = N / 2 - e)%nat.
Proof.
  destruct (le_lt_dec (2 * e) N) as [H|H].
  - replace N with ((N - 2 * e) + e * 2)%nat at 2 by lia. rewrite Nat.div_add by lia. lia.
  - replace (N - 2 * e)%nat with O by lia. assert (N / 2 <= e)%nat by (apply Nat.div_le_upper_bound; lia).
    change (0 / 2)%nat with O. lia.
Qed.

Lemma min_less b c a : Nat.min (b - 1 - a) (c - 1 - a) = (Nat.min b c - 1 - a)%nat.
Proof. lia. Qed.

Notation common := (delta y y' * delta v v' * (variance p * variance p) * fitting i j k l).
Lemma no_step :
  one_joined (Some (i, j)) None (Some (k, l)) None = common * (nu_W ^ h * whole (1 + Nat.min m M)).
Proof.
  rewrite one_joined_value. simpl weight. simpl diagonal. simpl lag_sum. rewrite !Nat.add_0_r. fold h m M.
  simpl Nat.mul. simpl (whole 1). ring.
Qed.
Lemma step_1 a : (a < m)%nat ->
  one_joined (Some ((i - 1 - a)%nat, (j - 1 - a)%nat)) (Some (a, a)) (Some (k, l)) None =
  common * (variance q * nu_W ^ (h - 1) * whole (1 + Nat.min (m - 1 - a) M)).
Proof.
  intros Ha. rewrite one_joined_value. simpl weight. simpl diagonal. rewrite Nat.eqb_refl. simpl lag_sum.
  replace (fitting (i - 1 - a) (j - 1 - a) k l) with (fitting i j k l).
  2:{ rewrite <- (fitting_steps (a + 1) 0) by lia. rewrite !Nat.sub_0_r. f_equal; lia. }
  match goal with |- context [nu_W ^ ?e] => replace e with (h - 1)%nat end.
  2:{ unfold h. rewrite <- (half_less _ 1). f_equal. apply Nat.min_glb_lt_iff in Ha. clear m M h. lia. }
  rewrite min_less. fold m M.
  simpl Nat.mul. simpl (whole 1). ring.
Qed.
Lemma step_2 c : (c < M)%nat ->
  one_joined (Some (i, j)) None (Some ((k - 1 - c)%nat, (l - 1 - c)%nat)) (Some (c, c)) =
  common * (variance q * nu_W ^ (h - 1) * whole (1 + Nat.min m (M - 1 - c))).
Proof.
  intros Hc. rewrite one_joined_value. simpl weight. simpl diagonal. rewrite Nat.eqb_refl. simpl lag_sum.
  replace (fitting i j (k - 1 - c) (l - 1 - c)) with (fitting i j k l).
  2:{ rewrite <- (fitting_steps 0 (c + 1)) by lia. rewrite !Nat.sub_0_r. f_equal; lia. }
  match goal with |- context [nu_W ^ ?e] => replace e with (h - 1)%nat end.
  2:{ unfold h. rewrite <- (half_less _ 1). f_equal. apply Nat.min_glb_lt_iff in Hc. clear m M h. lia. }
  rewrite min_less. fold m M.
  simpl Nat.mul. simpl (whole 1). ring.
Qed.
Lemma two_steps a c : (a < m)%nat -> (c < M)%nat ->
  one_joined (Some ((i - 1 - a)%nat, (j - 1 - a)%nat)) (Some (a, a))
             (Some ((k - 1 - c)%nat, (l - 1 - c)%nat)) (Some (c, c)) =
  common * (variance q * variance q * nu_W ^ (h - 2) * whole (1 + Nat.min (m - 1 - a) (M - 1 - c))).
Proof.
  intros Ha Hc. rewrite one_joined_value. simpl weight. simpl diagonal. rewrite !Nat.eqb_refl. simpl lag_sum.
  replace (fitting (i - 1 - a) (j - 1 - a) (k - 1 - c) (l - 1 - c)) with (fitting i j k l).
  2:{ rewrite <- (fitting_steps (a + 1) (c + 1)) by lia. f_equal; lia. }
  match goal with |- context [nu_W ^ ?e] => replace e with (h - 2)%nat end.
  2:{ unfold h. rewrite <- (half_less _ 2). f_equal. apply Nat.min_glb_lt_iff in Ha.
      apply Nat.min_glb_lt_iff in Hc.
      clear m M h. lia. }
  rewrite !min_less. fold m M.
  simpl Nat.mul. simpl (whole 1). ring.
Qed.

(* All terms together. *)
Theorem sum_one_joined :
  sum_list (terms i j) (fun s => sum_list (terms k l) (fun t => one_joined (snd s) (fst s) (snd t) (fst t))) =
  delta y y' * delta v v' * fitting i j k l *
  gram_fluctuation (Nat.min m M) (Nat.max m M) h (variance p) (variance q).
Proof.
  assert (forall own other, sum_list (terms k l) (fun t => one_joined own other (snd t) (fst t)) =
    one_joined own other (Some (k, l)) None + sum M (fun c =>
      one_joined own other (Some ((k - 1 - c)%nat, (l - 1 - c)%nat)) (Some (c, c)))) as Ht.
  { intros own other. rewrite sum_terms. cbn [fst snd]. rewrite one_joined_none_2.
    rewrite (sum_diagonal k l (fun a b =>
      one_joined own other (Some ((k - 1 - a)%nat, (l - 1 - b)%nat)) (Some (a, b))))
      by (intros; now apply one_joined_off_2). fold M. ring. }
  rewrite (sum_list_ext (terms i j) _ _ (fun s _ => Ht (snd s) (fst s))). rewrite sum_terms. cbn [fst snd].
  rewrite (sum_diagonal i j (fun a b =>
    one_joined (Some ((i - 1 - a)%nat, (j - 1 - b)%nat)) (Some (a, b)) (Some (k, l)) None + sum M (fun c =>
    one_joined (Some ((i - 1 - a)%nat, (j - 1 - b)%nat)) (Some (a, b))
      (Some ((k - 1 - c)%nat, (l - 1 - c)%nat)) (Some (c, c))))).
  2:{ intros a b H. rewrite one_joined_off_1 by exact H.
      rewrite sum_vanishing by (intros; now apply one_joined_off_1). ring. }
  fold m. rewrite no_step, one_joined_none_1.
  rewrite (sum_vanishing M (fun c => one_joined None _ _ _)) by (intros; apply one_joined_none_1).
  rewrite (sum_ext M _ _ (fun c H => step_2 c H)), sum_add, (sum_ext m _ _ (fun a H => step_1 a H)).
  rewrite (sum_ext m (fun a => sum M _) (fun a => common * (variance q * variance q * nu_W ^ (h - 2) *
    whole (below M (fun c => 1 + Nat.min (m - 1 - a) c)%nat)))).
  2:{ intros a Ha. rewrite (sum_ext M _ _ (fun c H => two_steps a c Ha H)), !sum_mul_l. do 2 f_equal.
      apply (sum_whole_reverse M (fun c => 1 + Nat.min (m - 1 - a) c)%nat). }
  rewrite !sum_mul_l.
  rewrite (sum_whole_reverse M (fun c => 1 + Nat.min m c)%nat).
  rewrite (sum_whole_reverse m (fun a => 1 + Nat.min a M)%nat).
  rewrite (sum_whole_reverse m (fun a => below M (fun c => 1 + Nat.min a c)%nat)).
  fold (walk_overlap m M).
  assert (whole (below m (fun a => 1 + Nat.min a M)%nat) + whole (below M (fun c => 1 + Nat.min m c)%nat)
    = (whole (Nat.min m M) + 1) * whole (Nat.max m M) :> K) as Hone
    by (rewrite <- whole_add, one_step_min, whole_mul, whole_add; simpl; ring).
  unfold gram_fluctuation. rewrite <- Hone, whole_add.
  replace (walk_overlap (Nat.min m M) (Nat.max m M)) with (walk_overlap m M).
  - simpl (whole 1). ring.
  - destruct (Nat.le_ge_cases m M) as [H|H].
    + now rewrite Nat.min_l, Nat.max_r.
    + rewrite Nat.min_r, Nat.max_l by exact H. apply walk_overlap_sym.
Qed.
End OneJoined.

(* The limit of n Cov(Theta_ij (y, x; y', x'), Theta_kl (v, u; v', u')), for any n_x and n_y: with m and M
   the smaller and the larger of min(i, j) and min(k, l), each way that the Grams' vectors and offsets fit
   contributes once. *)
Theorem covariance_law i j y x y' x' k l v u v' u' :
  covariance_limit (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) i j y x y' x' k l v u v' u' =
  let m := Nat.min (Nat.min i j) (Nat.min k l) in
  let M := Nat.max (Nat.min i j) (Nat.min k l) in
  let h := ((i + j + k + l) / 2)%nat in
  delta y y' * delta v v' * fitting x x' u u' i j k l * gram_fluctuation m M h nu_F nu_C +
  delta x x' * delta u u' * fitting y y' v v' i j k l * gram_fluctuation m M h nu_C nu_F.
Proof.
  cbv zeta. unfold covariance_limit.
  pose proof (sum_one_joined in_F in_C x x' u u' y y' v v' i j k l) as HF.
  pose proof (sum_one_joined in_C in_F y y' v v' x x' u u' i j k l) as HC.
  cbn [variance_of] in HF, HC. rewrite <- HF, <- HC. clear HF HC.
  rewrite (sum_terms_swap i j (fun s => sum_list (terms k l) (fun t =>
    one_joined in_C in_F y y' v v' x x' u u' (snd s) (fst s) (snd t) (fst t)))).
  rewrite <- sum_list_add. apply sum_list_ext. intros s _. cbn [fst snd].
  rewrite (sum_terms_swap k l (fun t =>
    one_joined in_C in_F y y' v v' x x' u u' (fst s) (snd s) (snd t) (fst t))).
  rewrite <- sum_list_add. apply sum_list_ext. intros t _. reflexivity.
Qed.

Lemma whole_walk_overlap m M sixth : whole 6 * sixth = 1 -> (m <= M)%nat ->
  whole (walk_overlap m M) = whole m * (whole m + 1) * (whole 3 * whole M - whole m + 1) * sixth :> K.
Proof.
  intros Hs H. transitivity (whole 6 * whole (walk_overlap m M) * sixth).
  - transitivity (whole 6 * sixth * whole (walk_overlap m M)); [rewrite Hs |]; ring.
  - f_equal. rewrite <- whole_mul, walk_overlap_closed, Nat.min_l, Nat.max_r, !whole_mul by exact H.
    assert (whole (3 * M + 1 - m) + whole m = whole 3 * whole M + 1 :> K) as Hd.
    { rewrite <- whole_add, Nat.sub_add, whole_add, whole_mul by lia. simpl (whole 1). ring. }
    replace (whole 3 * whole M - whole m + 1) with (whole (3 * M + 1 - m) + whole m - whole m : K)
      by (rewrite Hd; ring).
    rewrite whole_add. simpl (whole 1). ring.
Qed.

(* finite-width-covariance, as the catalogue has it: n_x = n_y = 1.  The offsets i - j = k - l and i - j = l
   - k are written without differences, and [sixth] is 1/6. *)
Theorem finite_width_covariance i j k l sixth : whole 6 * sixth = 1 ->
  covariance_limit (nu_W := nu_W) (nu_F := nu_F) (nu_C := nu_C) i j 0 0 0 0 k l 0 0 0 0 =
  let m := Nat.min (Nat.min i j) (Nat.min k l) in
  let M := Nat.max (Nat.min i j) (Nat.min k l) in
  let h := ((i + j + k + l) / 2)%nat in
  (delta (i + k) (j + l) + delta (i + l) (j + k)) *
  (nu_C ^ 2 * (whole M * nu_F * nu_W ^ (h - 1) * (whole m + 1) +
     whole m * nu_F ^ 2 * nu_W ^ (h - 2) * (whole m + 1) * (whole 3 * whole M - whole m + 1) * sixth +
     nu_W ^ h * (whole m + 1)) +
   nu_F ^ 2 * (whole M * nu_C * nu_W ^ (h - 1) * (whole m + 1) +
     whole m * nu_C ^ 2 * nu_W ^ (h - 2) * (whole m + 1) * (whole 3 * whole M - whole m + 1) * sixth +
     nu_W ^ h * (whole m + 1))).
Proof.
  intros Hs. rewrite covariance_law. cbv zeta.
  set (m := Nat.min (Nat.min i j) (Nat.min k l)). set (M := Nat.max (Nat.min i j) (Nat.min k l)).
  set (h := ((i + j + k + l) / 2)%nat).
  unfold gram_fluctuation. rewrite (whole_walk_overlap m M sixth) by (exact Hs || unfold m, M; lia).
  unfold fitting. rewrite !delta_same. simpl power. cbn [variance_of]. ring.
Qed.
End CovarianceLaw.
