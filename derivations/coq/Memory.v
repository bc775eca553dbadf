(* The memory length over R: the least lag from which on the weights add up to at most epsilon.

   The tail mass is a geometric factor times a linear one (Series.v), so where it equals epsilon is told
   by Lambert's W, the inverse of l exp l.  [lambert_branch y l] says that l = W_{-1}(y): it is the l <= -1
   with l exp l = y.  That there is exactly one for -1/e <= y < 0 is proved too. *)
Require Import Reals Ratan Lra Lia ZArith.
From NTK Require Import Scalars Weights RealWeights Limits Series.
Open Scope R_scope.

Definition lambert_branch (y l : R) : Prop := l <= -1 /\ l * exp l = y.

(* l exp l falls up to l = -1 ... *)
Lemma product_falls u v : u < v -> v <= -1 -> v * exp v < u * exp u.
Proof.
  intros Huv Hv. pose proof (exp_ineq1 (v - u)) as growth. pose proof (exp_pos u).
  replace (exp v) with (exp (v - u) * exp u) by (rewrite <- exp_plus; f_equal; ring).
  rewrite <- Rmult_assoc. apply Rmult_lt_compat_r; [assumption |].
  assert (v * exp (v - u) < v * (1 + (v - u))) by nra. nra.
Qed.

(* ... and rises from there to 0. *)
Lemma product_rises u v : -1 <= u -> u <= v -> v <= 0 -> u * exp u <= v * exp v.
Proof.
  intros Hu Huv Hv. pose proof (exp_ineq1_le (u - v)) as decay. pose proof (exp_pos v).
  replace (exp u) with (exp (u - v) * exp v) by (rewrite <- exp_plus; f_equal; ring).
  rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra |].
  assert (u * exp (u - v) <= u * (1 + (u - v))) by nra. nra.
Qed.

Lemma lambert_branch_unique y l l' : lambert_branch y l -> lambert_branch y l' -> l = l'.
Proof.
  intros [Hl Hy] [Hl' Hy']. destruct (Rtotal_order l l') as [H | [H | H]]; [| exact H |].
  - pose proof (product_falls l l' H Hl'). lra.
  - pose proof (product_falls l' l H Hl). lra.
Qed.

Lemma product_continuous y : continuity (fun l => y - l * exp l).
Proof. apply derivable_continuous. reg. Qed.

(* Between far left, where the product is above y, and -1, where it is least. *)
Lemma lambert_branch_exists y : - exp (-1) <= y < 0 -> {l | lambert_branch y l}.
Proof.
  intros Hy. destruct (Rle_lt_dec y (- exp (-1))) as [Hlow | Hlow].
  { exists (-1). split; lra. }
  set (far := 4 / y).
  assert (Hproduct : far * y = 4) by (unfold far; field; lra).
  assert (He : exp (-1) < 1) by (rewrite <- exp_0; apply exp_increasing; lra).
  assert (Hfar : far < -1) by nra.
  assert (Habove : y < far * exp far).
  { pose proof (exp_ineq1_le (- far / 2)) as growth. pose proof (exp_pos far).
    assert (Hinverse : exp (- far / 2) * exp (- far / 2) * exp far = 1).
    { rewrite <- !exp_plus. replace (- far / 2 + - far / 2 + far) with 0 by field. apply exp_0. }
    assert (far * far / 4 * exp far < 1).
    { rewrite <- Hinverse. apply Rmult_lt_compat_r; nra. }
    (* far^2 exp far < 4 = far y, and far < 0. *)
    nra. }
  destruct (IVT (fun l => y - l * exp l) far (-1) (product_continuous y)) as [l [Hl Hzero]]; try lra.
  exists l. split; lra.
Qed.

(* W_{-1}, with 0 for what has no value. *)
Definition lambert (y : R) : R :=
  match Rle_dec (- exp (-1)) y with
  | right _ => 0
  | left low =>
      match Rlt_dec y 0 with
      | right _ => 0
      | left high => proj1_sig (lambert_branch_exists y (conj low high))
      end
  end.

Lemma lambert_spec y : - exp (-1) <= y < 0 -> lambert y <= -1 /\ lambert y * exp (lambert y) = y.
Proof.
  intros [Hlow Hhigh]. unfold lambert. destruct (Rle_dec (- exp (-1)) y) as [low |]; [| contradiction].
  destruct (Rlt_dec y 0) as [high |]; [| contradiction]. exact (proj2_sig (lambert_branch_exists y _)).
Qed.

Definition ceiling (x : R) : Z := (- Int_part (- x))%Z.

Lemma ceiling_spec x : x <= IZR (ceiling x) < x + 1.
Proof. unfold ceiling. rewrite opp_IZR. pose proof (base_Int_part (- x)). lra. Qed.

(* m is the least lag whose tail mass is at most epsilon: the tails before it exceed epsilon. *)
Definition memory_length (nu_W nu_F nu_C epsilon : R) (m : nat) : Prop :=
  let tail k mass := series (fun i => rho nu_W nu_F nu_C (k + i)) mass in
  (exists mass, tail m mass /\ mass <= epsilon) /\
  (forall k, (k < m)%nat -> exists mass, tail k mass /\ epsilon < mass).

Section Memory.
Variables nu_W nu_F nu_C epsilon : R.
Hypotheses (HW : 0 < nu_W < 1) (HF : 0 < nu_F) (HC : 0 < nu_C).
Hypothesis Hepsilon : 0 < epsilon < nu_C * nu_F / (1 - nu_W) ^ 2 + (nu_C + nu_F) / (1 - nu_W).

Let offset := nu_W * (1 / (1 - nu_W) + (nu_C + nu_F) / (nu_C * nu_F)).
Let argument := epsilon * nu_W * Rpower nu_W offset * (1 - nu_W) * ln nu_W / (nu_C * nu_F).
Let exponent (m : nat) := (INR m + offset) * ln nu_W.
Let scale := nu_W * (1 - nu_W) * Rpower nu_W offset / (nu_C * nu_F).
Let tail (m : nat) :=
  nu_C * nu_F * (INR m * pow nu_W (m - 1) / (1 - nu_W) + pow nu_W m / (1 - nu_W) ^ 2)
  + pow nu_W m * (nu_C + nu_F) / (1 - nu_W).

Lemma log_negative : ln nu_W < 0.
Proof. rewrite <- ln_1. apply ln_increasing; lra. Qed.

Lemma scale_positive : 0 < scale.
Proof.
  unfold scale. apply Rdiv_lt_0_compat; [| apply Rmult_lt_0_compat; lra].
  apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat; lra | apply exp_pos].
Qed.

(* The tail mass is a geometric factor times a linear one. *)
Lemma tail_product m : exponent m * exp (exponent m) = tail m * (scale * ln nu_W).
Proof.
  assert (Hexp : exp (exponent m) = pow nu_W m * Rpower nu_W offset).
  { unfold exponent. rewrite Rmult_plus_distr_r, exp_plus. rewrite <- Rpower_pow by lra. reflexivity. }
  assert (Hpower : INR m * pow nu_W (m - 1) = INR m * pow nu_W m / nu_W).
  { destruct m; [simpl; field; lra |]. replace (S m - 1)%nat with m by lia. simpl pow. field. lra. }
  rewrite Hexp. unfold tail. unfold Rdiv at 1. rewrite Hpower. unfold exponent, scale.
  set (power := pow nu_W m). set (root := Rpower nu_W offset). unfold offset. field. lra.
Qed.
Lemma argument_product : argument = epsilon * (scale * ln nu_W).
Proof. unfold argument, scale. field. lra. Qed.

(* So, the factor being negative, tails below epsilon are products above the argument of W. *)
Lemma tail_at_most m : tail m <= epsilon <-> argument <= exponent m * exp (exponent m).
Proof.
  rewrite tail_product, argument_product.
  assert (Hfactor : 0 < scale * - ln nu_W).
  { apply Rmult_lt_0_compat; [apply scale_positive | pose proof log_negative; lra]. }
  split; intros H.
  - apply (Rmult_le_compat_r (scale * - ln nu_W)) in H; lra.
  - apply (Rmult_le_reg_r (scale * - ln nu_W)); lra.
Qed.

Lemma exponent_falls m k : (m <= k)%nat -> exponent k <= exponent m.
Proof. intros H. apply le_INR in H. unfold exponent. pose proof log_negative. nra. Qed.

Lemma exponent_negative m : exponent m < 0.
Proof.
  assert (Hoffset : 0 < offset).
  { unfold offset. apply Rmult_lt_0_compat; [lra |].
    assert (0 < (nu_C + nu_F) / (nu_C * nu_F)) by (apply Rdiv_lt_0_compat; [| apply Rmult_lt_0_compat]; lra).
    assert (0 < 1 / (1 - nu_W)) by (apply Rdiv_lt_0_compat; lra). lra. }
  unfold exponent. pose proof (pos_INR m). pose proof log_negative. nra.
Qed.

(* The total exceeds epsilon. *)
Lemma start_below : exponent 0 * exp (exponent 0) < argument.
Proof.
  apply Rnot_le_lt. rewrite <- tail_at_most. apply Rlt_not_le. unfold tail. simpl.
  apply Rlt_le_trans with (1 := proj2 Hepsilon). right. field. lra.
Qed.

(* W_{-1} is defined there. *)
Lemma argument_in_range : - exp (-1) <= argument < 0.
Proof.
  split.
  - pose proof start_below. set (u := exponent 0) in *.
    destruct (Rlt_le_dec u (-1)) as [Hu | Hu].
    + pose proof (product_falls u (-1) Hu (Rle_refl _)). lra.
    + pose proof (product_rises (-1) u (Rle_refl _) Hu (Rlt_le _ _ (exponent_negative 0))). lra.
  - rewrite argument_product. pose proof scale_positive. pose proof log_negative.
    assert (0 < epsilon * (scale * - ln nu_W)) by 
      (apply Rmult_lt_0_compat; [apply Hepsilon | apply Rmult_lt_0_compat; lra]). lra.
Qed.

(* The tail is at most epsilon exactly from the exponent W on: before -1 products fall, and after it they
   stay below that of the start. *)
Lemma tail_at_most_lambert m : tail m <= epsilon <-> exponent m <= lambert argument.
Proof.
  destruct (lambert_spec _ argument_in_range) as [Hbranch Hproduct].
  rewrite tail_at_most. set (l := lambert argument) in *. set (u := exponent m). split; intros H.
  - apply Rnot_lt_le. intros Hl. destruct (Rlt_le_dec u (-1)) as [Hu | Hu].
    + pose proof (product_falls l u Hl). lra.
    + pose proof (product_rises u (exponent 0) Hu (exponent_falls 0 m (Nat.le_0_l m))
                    (Rlt_le _ _ (exponent_negative 0))).
      pose proof start_below. lra.
  - destruct H as [H | ->]; [| lra]. pose proof (product_falls u l H Hbranch). lra.
Qed.

Lemma exponent_lambert m : exponent m <= lambert argument <-> lambert argument / ln nu_W - offset <= INR m.
Proof.
  pose proof log_negative. set (l := lambert argument). unfold exponent.
  assert (Hl : l = l / ln nu_W * ln nu_W) by (field; lra). split; intros Hm.
  - apply Rnot_lt_le. intros Hless. assert ((INR m + offset) * ln nu_W > l / ln nu_W * ln nu_W) by nra. lra.
  - rewrite Hl. nra.
Qed.

(* memory-length: there is exactly one, and this is it. *)
Theorem memory_length_lambert (m : nat) :
  memory_length nu_W nu_F nu_C epsilon m
  <-> Z.of_nat m = Z.max 0 (ceiling (lambert argument / ln nu_W - offset)).
Proof.
  set (root := lambert argument / ln nu_W - offset).
  assert (Habs : Rabs nu_W < 1) by (rewrite Rabs_right; lra).
  assert (Htail : forall k mass, series (fun i => rho nu_W nu_F nu_C (k + i)) mass -> mass = tail k).
  { intros k mass H. exact (UL_sequence _ _ _ H (tail_mass nu_W nu_F nu_C k Habs)). }
  assert (Hreached : forall k, tail k <= epsilon <-> (Z.max 0 (ceiling root) <= Z.of_nat k)%Z).
  { intros k. rewrite tail_at_most_lambert, exponent_lambert. fold root. rewrite INR_IZR_INZ.
    pose proof (ceiling_spec root) as [Hup Hdown]. split; intros H.
    - apply Z.max_lub; [lia |]. apply Z.lt_succ_r. apply lt_IZR. rewrite succ_IZR. lra.
    - apply Rle_trans with (IZR (ceiling root)); [exact Hup | apply IZR_le; lia]. }
  split.
  - intros [[mass [Hm Hmass]] Hbefore]. rewrite (Htail _ _ Hm) in Hmass. apply Hreached in Hmass.
    apply Z.le_antisymm; [| exact Hmass]. apply Z.nlt_ge. intros Hless.
    destruct (Hbefore (Z.to_nat (Z.max 0 (ceiling root)))) as [mass' [Hk Hmass']]; [lia |].
    rewrite (Htail _ _ Hk) in Hmass'. apply Rlt_not_le in Hmass'. apply Hmass'. apply Hreached. lia.
  - intros H. split.
    + exists (tail m). split; [exact (tail_mass nu_W nu_F nu_C m Habs) | apply Hreached; lia].
    + intros k Hk. exists (tail k). split; [exact (tail_mass nu_W nu_F nu_C k Habs) |].
      apply Rnot_le_lt. rewrite Hreached. lia.
Qed.
End Memory.
