(* Joint cumulants of traces and their degrees in n (trace-cumulants).

   The joint cumulants of the traces of words are defined by the moments: the mean of a product is the sum
   over its divisions in two of the cumulant of the first part, which has the first trace, times the mean of
   the second ([moment_cumulant]; no other family does this, [cumulants_unique]).  They are polynomials in n,
   given by their coefficients in any commutative ring.

   [cumulant_stein]: Stein's recursion for cumulants.  Of a split there are the joint cumulant of both parts
   with the other traces, and the products of two cumulants, one with each part.
   [cumulant_degree]: the joint cumulant of r traces with L letters has degree at most L/2 + 2 - r. *)
Require Import List Arith Lia Bool Ring Ring_theory.
Import ListNotations.
From NTK Require Import Scalars ListSums Words Factorisation Divisions.
Open Scope scalar_scope.

Section Cumulants.
Context {K : Ring}.
Add Ring scalars : (laws K).

(* The coefficient of n^p in the mean of a product of traces *)
Definition moment (ts : list word) (p : nat) : K := whole (Ex ts p).

Lemma product_moment_nil f p : product f (moment []) p = f p.
Proof.
  unfold product. simpl sum. rewrite sum_vanishing.
  - rewrite Nat.sub_diag. unfold moment. simpl. ring.
  - intros q Hq. unfold moment. rewrite Ex_nil. destruct (Nat.eqb_spec (p - q) 0); [lia | simpl; ring].
Qed.

(* The joint cumulant of the traces of u and ts; there are length ts steps to the cumulant of u alone. *)
Fixpoint joint (steps : nat) (u : word) (ts : list word) (p : nat) : K :=
  moment (u :: ts) p - match steps with
  | O => 0
  | S steps => sum_list (tl (divisions ts)) (fun d => product (joint steps u (fst d)) (moment (snd d)) p)
  end.
Definition cumulant (ts : list word) : nat -> K :=
  match ts with [] => fun _ => 0 | u :: ts => joint (length ts) u ts end.

Lemma joint_steps k m u ts p :
  (length ts <= k)%nat -> (length ts <= m)%nat -> joint k u ts p = joint m u ts p.
Proof.
  revert m ts p. induction k as [|k IH]; intros [|m] ts p Hk Hm; try reflexivity;
    try (replace ts with (@nil word) by (destruct ts; simpl in *; [reflexivity | lia]); simpl; ring).
  simpl. f_equal. apply sum_list_ext. intros d Hd. apply in_other_divisions in Hd.
  apply product_ext; [|reflexivity]. intros q. apply IH; lia.
Qed.

(* A family of polynomials that divides the means of products with the trace of u *)
Definition divides u (kappa : list word -> nat -> K) := forall ts p,
  moment (u :: ts) p = sum_list (divisions ts) (fun d => product (kappa (fst d)) (moment (snd d)) p).

Theorem moment_cumulant u : divides u (fun ts => cumulant (u :: ts)).
Proof.
  intros ts p. rewrite divisions_first. cbn [sum_list fst snd]. rewrite product_moment_nil.
  assert (forall d, In d (tl (divisions ts)) ->
    forall q, cumulant (u :: fst d) q = joint (length ts - 1) u (fst d) q) as Hj.
  { intros d Hd q. apply in_other_divisions in Hd. apply joint_steps; lia. }
  rewrite (sum_list_ext _ (fun d => product (cumulant (u :: fst d)) (moment (snd d)) p)
    (fun d => product (joint (length ts - 1) u (fst d)) (moment (snd d)) p))
    by (intros d Hd; apply product_ext; [now apply Hj | reflexivity]).
  simpl cumulant. destruct ts as [|t ts]; [simpl; ring |]. cbn [length joint].
  replace (S (length ts) - 1)%nat with (length ts) by lia. ring.
Qed.
Theorem cumulants_unique u kappa kappa' :
  divides u kappa -> divides u kappa' -> forall ts p, kappa ts p = kappa' ts p.
Proof.
  intros H H' ts.
  induction ts as [ts IH] using (well_founded_induction (Wf_nat.well_founded_ltof _ (@length word))).
  intros p.
  pose proof (H ts p) as E. pose proof (H' ts p) as E'. rewrite divisions_first in E, E'.
  cbn [sum_list fst snd] in E, E'. rewrite product_moment_nil in E, E'.
  set (others := sum_list (tl (divisions ts)) (fun d => product (kappa (fst d)) (moment (snd d)) p)) in E.
  assert (sum_list (tl (divisions ts)) (fun d => product (kappa' (fst d)) (moment (snd d)) p) = others) as Ho.
  { apply sum_list_ext. intros d Hd. apply product_ext; [|reflexivity]. intros q. symmetry. apply IH.
    now apply in_other_divisions. }
  rewrite Ho in E'. transitivity (kappa ts p + others - others); [ring |]. rewrite <- E, E'. ring.
Qed.

(* ---- Stein's recursion ---- *)

(* A constant, n, is in no joint cumulant but its own. *)
Definition constant_cumulant (ts : list word) (p : nat) : K :=
  match ts with [] => if p =? 1 then 1 else 0 | _ => 0 end.
Lemma cumulant_empty ts p : cumulant ([] :: ts) p = constant_cumulant ts p.
Proof.
  revert ts p. apply (cumulants_unique []); [apply moment_cumulant |]. intros ts p.
  (* of all divisions only the one with all traces in the second part counts *)
  assert (forall ts f, (forall I J, I <> [] -> f (I, J) = 0) ->
    sum_list (divisions ts) f = f ([], ts) :> K) as Hlast.
  { clear. induction ts as [|t ts IH]; intros f Hf; [simpl; ring |]. rewrite sum_divisions_cons, sum_list_add.
    rewrite sum_list_zero by (intros; apply Hf; discriminate).
    rewrite (IH (fun d => f (fst d, t :: snd d))) by (intros; apply Hf; assumption). cbn [fst snd]. ring. }
  rewrite Hlast.
  - cbn [fst snd]. unfold moment. rewrite Ex_cons_empty. destruct p as [|p].
    + unfold product. simpl. ring.
    + rewrite product_first. simpl shift. simpl (constant_cumulant [] 0).
      destruct p as [|p]; [unfold product; simpl; ring |].
      rewrite product_first. simpl (constant_cumulant [] 1).
      rewrite (product_zero (fun q => constant_cumulant [] (S (S q)))) by (intros; left; reflexivity). ring.
  - intros I J HI. cbn [fst snd]. apply product_zero. intros. left. destruct I; [now elim HI | reflexivity].
Qed.

(* The terms of Stein's lemma for the letter x of tr(x w) *)
Definition split_terms b a ts p : K := cumulant (b :: a :: ts) p +
  sum_list (divisions ts) (fun d => product (cumulant (b :: fst d)) (cumulant (a :: snd d)) p).
Definition stein_terms x w ts p : K :=
  sum_list (cuts w) (fun t => let '(b, y, a) := t in
    if eqb y x then cumulant ((b ++ transpose a) :: ts) p else split_terms b a ts p) +
  sum_list (across x w (picks ts)) (fun t => cumulant t p).

Lemma split_moment b a ts p : moment (b :: a :: ts) p =
  sum_list (divisions ts) (fun d => product (split_terms b a (fst d)) (moment (snd d)) p).
Proof.
  rewrite (moment_cumulant b (a :: ts)), sum_divisions_cons. cbn [fst snd]. rewrite sum_list_add.
  unfold split_terms. rewrite (sum_list_ext _ (fun d => product (fun q => _ + _) _ p) (fun d =>
    product (cumulant (b :: a :: fst d)) (moment (snd d)) p +
    sum_list (divisions (fst d)) (fun e =>
      product (product (cumulant (b :: fst e)) (cumulant (a :: snd e))) (moment (snd d)) p)))
    by (intros; now rewrite product_add_l, product_sum_l).
  rewrite sum_list_add. f_equal.
  rewrite <- (sum_divisions_twice ts (fun I J L =>
    product (product (cumulant (b :: I)) (cumulant (a :: J))) (moment L) p)).
  apply sum_list_ext. intros d _.
  rewrite (product_ext _ (cumulant (b :: fst d)) _ (fun q => sum_list (divisions (snd d)) (fun e =>
    product (cumulant (a :: fst e)) (moment (snd e)) q))) by (reflexivity || (intros; apply moment_cumulant)).
  rewrite product_sum_r. apply sum_list_ext. intros e _. symmetry. apply product_assoc.
Qed.
Lemma mergers_moment x w ts p : sum_list (across x w (picks ts)) (fun t => moment t p) =
  sum_list (divisions ts) (fun d =>
    product (fun q => sum_list (across x w (picks (fst d))) (fun t => cumulant t q)) (moment (snd d)) p).
Proof.
  unfold across. rewrite sum_list_flat_map.
  rewrite (sum_list_ext (picks ts) _ (fun v => sum_list (divisions (snd v)) (fun d =>
    sum_list (cuts (fst v)) (fun t => product (cumulant (merged x w t :: fst d)) (moment (snd d)) p)))).
  2:{ intros v _. rewrite sum_list_map. rewrite sum_list_swap. apply sum_list_ext. intros t _.
      apply moment_cumulant. }
  rewrite (sum_picks_divisions ts (fun v I J =>
    sum_list (cuts v) (fun t => product (cumulant (merged x w t :: I)) (moment J) p))).
  apply sum_list_ext. intros d _. rewrite product_sum_l, sum_list_flat_map. apply sum_list_ext. intros v _.
  now rewrite sum_list_map.
Qed.

Theorem cumulant_stein x w ts p : cumulant ((x :: w) :: ts) p = stein_terms x w ts p.
Proof.
  revert ts p. apply (cumulants_unique (x :: w)); [apply moment_cumulant |]. intros ts p.
  unfold moment at 1. rewrite Ex_stein, whole_list_sum. unfold stein. rewrite sum_list_app, sum_list_map.
  unfold stein_terms. rewrite (sum_list_ext (divisions ts) _ (fun d =>
    product (fun q => sum_list (cuts w) (fun t => let '(b, y, a) := t in
      if eqb y x then cumulant ((b ++ transpose a) :: fst d) q else split_terms b a (fst d) q))
      (moment (snd d)) p +
    product (fun q => sum_list (across x w (picks (fst d))) (fun t => cumulant t q)) (moment (snd d)) p))
    by (intros; apply product_add_l).
  rewrite sum_list_add. f_equal; [|apply mergers_moment].
  rewrite (sum_list_ext (divisions ts) _ (fun d => sum_list (cuts w) (fun t =>
    product (fun q => let '(b, y, a) := t in
      if eqb y x then cumulant ((b ++ transpose a) :: fst d) q else split_terms b a (fst d) q)
      (moment (snd d)) p)))
    by (intros; apply product_sum_l).
  rewrite sum_list_swap. unfold inside. rewrite sum_list_map. apply sum_list_ext. intros [[b y] a] _.
  destruct (eqb y x); simpl app; [apply moment_cumulant | apply split_moment].
Qed.

(* ---- The degree ---- *)
Theorem cumulant_degree ts p : (letters ts + 4 < 2 * p + 2 * length ts)%nat -> cumulant ts p = 0.
Proof.
  revert p. induction ts as [|ts _|x w ts IH] using stein_induction; intros p H.
  - reflexivity.
  - rewrite cumulant_empty. destruct ts; [|reflexivity]. simpl. destruct (Nat.eqb_spec p 1); [|reflexivity].
    cbn in H. lia.
  - rewrite cumulant_stein. unfold stein_terms.
    rewrite !sum_list_zero; [ring | |].
    + intros t Ht. apply in_across in Ht. rewrite letters_cons in H. simpl length in H.
      apply IH; [unfold size; rewrite letters_cons; simpl; lia | lia].
    + intros [[b y] a] Ht. apply in_cuts in Ht. subst w. rewrite letters_cons in *. simpl in H.
      rewrite app_length in H. simpl in H.
      assert (forall S, (letters S + length S <= length b + length a + letters ts + length ts + 2)%nat ->
        size S < size ((x :: b ++ y :: a) :: ts))%nat as Hsize.
      { intros S HS. unfold size. rewrite letters_cons. simpl. rewrite app_length. simpl. lia. }
      destruct (eqb y x).
      * apply IH; [apply Hsize |]; rewrite !letters_cons, app_length, length_transpose; simpl; lia.
      * unfold split_terms. rewrite IH, sum_list_zero; [ring | |apply Hsize|];
          try (rewrite !letters_cons; simpl; lia).
        intros d Hd. apply in_divisions in Hd as [Hletters Hlength]. apply product_zero. intros q Hq.
        (* one of the factors is above its bound *)
        destruct (le_lt_dec (2 * q + 2 * length (b :: fst d)) (letters (b :: fst d) + 4)) as [Hb|Hb].
        -- right. apply IH; [apply Hsize |]; rewrite !letters_cons in *; simpl in *; lia.
        -- left. apply IH; [apply Hsize |]; rewrite !letters_cons in *; simpl in *; lia.
Qed.
End Cumulants.
