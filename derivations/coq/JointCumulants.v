(* Joint cumulants by the moments, and those of a Gaussian family: the covariance, and 0 from the third on.

   The moment of a product is the sum over its divisions in two of the cumulant of the part with the first
   factor times the moment of the other part; solved for the cumulant of all, this is the definition. *)
Require Import Arith Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Pairings.
Import ListNotations.
Open Scope scalar_scope.

(* Every way to divide a list in two.  The first has nothing in its second part. *)
Fixpoint parts {A} (l : list A) : list (list A * list A) :=
  match l with
  | [] => [([], [])]
  | a :: l => map (fun d => (a :: fst d, snd d)) (parts l) ++ map (fun d => (fst d, a :: snd d)) (parts l)
  end.
Lemma parts_first {A} (l : list A) : parts l = (l, []) :: tl (parts l).
Proof. induction l as [|a l IH]; [reflexivity |]. simpl. now rewrite IH. Qed.
Lemma in_parts {A} (P : A -> Prop) (l : list A) d : In d (parts l) -> Forall P l ->
  Forall P (fst d) /\ Forall P (snd d) /\ (length (fst d) + length (snd d) = length l)%nat.
Proof.
  revert d. induction l as [|a l IH]; intros d H Hl; simpl in H.
  - destruct H as [<-|[]]. now repeat split.
  - inversion Hl as [|? ? Ha Hr]; subst. apply in_app_or in H as [H|H];
      apply in_map_iff in H as [e [<- He]]; apply IH in He as [E1 [E2 E3]]; try assumption;
      simpl; repeat split; auto; lia.
Qed.
Lemma in_other_parts {A} (l : list A) d : In d (tl (parts l)) -> (length (fst d) < length l)%nat.
Proof.
  revert d. induction l as [|a l IH]; intros d H; [destruct H |]. simpl in H. rewrite parts_first in H.
  simpl in H. apply in_app_or in H as [H|[H|H]].
  - apply in_map_iff in H as [e [<- He]]. apply IH in He. simpl. lia.
  - subst d. simpl. lia.
  - apply in_map_iff in H as [e [<- He]]. apply IH in He. simpl. lia.
Qed.

Section JointCumulants.
Context {K : Ring}.
Add Ring scalars : (laws K).
Context {A : Type}.

Section Definition_by_moments.
Variable moment : list A -> K.
Fixpoint cumulant_steps (steps : nat) (a : A) (l : list A) : K :=
  moment (a :: l) - match steps with
  | O => 0
  | S steps => sum_list (tl (parts l)) (fun d => cumulant_steps steps a (fst d) * moment (snd d))
  end.
(* The joint cumulant of a and l. *)
Definition joint_cumulant (a : A) (l : list A) : K := cumulant_steps (length l) a l.

Lemma cumulant_steps_enough k m a l : (length l <= k)%nat -> (length l <= m)%nat ->
  cumulant_steps k a l = cumulant_steps m a l.
Proof.
  revert m l. induction k as [|k IH]; intros [|m] l Hk Hm; try reflexivity;
    try (destruct l; [reflexivity | simpl in *; lia]).
  simpl. f_equal. apply sum_list_ext. intros d Hd. apply in_other_parts in Hd. f_equal. apply IH; lia.
Qed.
Lemma joint_cumulant_unfold a l : joint_cumulant a l =
  moment (a :: l) - sum_list (tl (parts l)) (fun d => joint_cumulant a (fst d) * moment (snd d)).
Proof.
  unfold joint_cumulant at 1. destruct l as [|b l]; [simpl; ring |]. cbn [length cumulant_steps]. f_equal.
  apply sum_list_ext. intros d Hd. apply in_other_parts in Hd. f_equal. unfold joint_cumulant.
  apply cumulant_steps_enough; simpl in *; lia.
Qed.
(* What defines cumulants. *)
Theorem moment_by_cumulants a l : moment [] = 1 ->
  moment (a :: l) = sum_list (parts l) (fun d => joint_cumulant a (fst d) * moment (snd d)).
Proof.
  intros H. rewrite parts_first. cbn [sum_list fst snd]. rewrite H, (joint_cumulant_unfold a l). ring.
Qed.
End Definition_by_moments.

(* Divisions with one factor in the first part are the choices. *)
Lemma sum_parts_none (l : list A) (g : list A -> K) :
  sum_list (parts l) (fun d => match fst d with [] => g (snd d) | _ => 0 end) = g l.
Proof.
  revert g. induction l as [|a l IH]; intros g; [simpl; ring |]. simpl parts.
  rewrite sum_list_app, !sum_list_map. cbn [fst snd]. rewrite (IH (fun m => g (a :: m))).
  rewrite sum_list_vanishing by reflexivity. ring.
Qed.
Lemma sum_parts_one (l : list A) (f : A -> list A -> K) :
  sum_list (parts l) (fun d => match fst d with [b] => f b (snd d) | _ => 0 end) =
  sum_list (choices l) (fun t => f (fst t) (snd t)).
Proof.
  revert f. induction l as [|a l IH]; intros f; [simpl; ring |]. simpl parts.
  rewrite sum_list_app, !sum_list_map. cbn [fst snd]. rewrite (IH (fun b m => f b (a :: m))).
  rewrite sum_parts_none. simpl. now rewrite sum_list_map.
Qed.

(* The cumulants of a Gaussian family. *)
Theorem gaussian_cumulant (cov : A -> A -> K) a l :
  joint_cumulant (gaussian_moment cov) a l = match l with [b] => cov a b | _ => 0 end.
Proof.
  remember (length l) as k eqn:Hk. revert l Hk. induction k as [k IH] using lt_wf_ind. intros l Hk.
  rewrite joint_cumulant_unfold.
  rewrite (sum_list_ext (tl (parts l)) _ (fun d => match fst d with [b] => cov a b * gaussian_moment cov
    (snd d) | _ => 0 end)).
  2:{ intros d Hd. apply in_other_parts in Hd. rewrite (IH (length (fst d))) by (lia || reflexivity).
      destruct (fst d) as [|b [|]]; ring. }
  rewrite gaussian_moment_cons, <- (sum_parts_one l (fun b m => cov a b * gaussian_moment cov m)).
  rewrite (parts_first l) at 1. cbn [sum_list fst snd]. rewrite gaussian_moment_nil.
  destruct l as [|b [|]]; ring.
Qed.
End JointCumulants.
