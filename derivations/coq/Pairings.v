(* Isserlis' sum over pairings: the moments of a Gaussian family with a given covariance.

   The first of a list is paired with each of the others, and so on; what is left alone counts 0.  The sum
   is linear in each place, when the covariance is. *)
Require Import Arith Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums.
Import ListNotations.
Open Scope scalar_scope.

(* Every way to choose one of a list, with the others. *)
Fixpoint choices {A} (l : list A) : list (A * list A) :=
  match l with [] => [] | a :: l => (a, l) :: map (fun t => (fst t, a :: snd t)) (choices l) end.
Lemma choices_length {A} (l : list A) t : In t (choices l) -> length l = S (length (snd t)).
Proof.
  revert t. induction l as [|a l IH]; intros t; [contradiction |]. intros [<-|H]; [reflexivity |].
  apply in_map_iff in H as [[b r] [<- H]]. apply IH in H. simpl in *. lia.
Qed.
Lemma choices_app {A} (l m : list A) : choices (l ++ m) =
  map (fun t => (fst t, snd t ++ m)) (choices l) ++ map (fun t => (fst t, l ++ snd t)) (choices m).
Proof.
  induction l as [|a l IH]; simpl.
  - induction (choices m) as [|[]]; simpl; congruence.
  - rewrite IH, map_app, !map_map. reflexivity.
Qed.
Lemma choices_map {A B} (f : A -> B) l :
  choices (map f l) = map (fun t => (f (fst t), map f (snd t))) (choices l).
Proof. induction l as [|a l IH]; simpl; [reflexivity |]. now rewrite IH, !map_map. Qed.

Section Pairings.
Context {K : Ring}.
Add Ring scalars : (laws K).
Context {A : Type}.
Variable cov : A -> A -> K.

Fixpoint pairing_sum (fuel : nat) (l : list A) : K :=
  match fuel, l with
  | _, [] => 1
  | O, _ => 0
  | S fuel, e :: l => sum_list (choices l) (fun t => cov e (fst t) * pairing_sum fuel (snd t))
  end.
Definition gaussian_moment (l : list A) : K := pairing_sum (length l) l.

Lemma pairing_sum_fuel f g l : (length l <= f)%nat -> (length l <= g)%nat ->
  pairing_sum f l = pairing_sum g l.
Proof.
  revert g l. induction f as [|f IH]; intros g [|e l] Hf Hg; destruct g as [|g]; simpl in *;
    try reflexivity; try lia.
  apply sum_list_ext. intros t Ht. f_equal. apply choices_length in Ht. apply IH; lia.
Qed.
Lemma gaussian_moment_nil : gaussian_moment [] = 1.
Proof. reflexivity. Qed.
Lemma gaussian_moment_cons e l :
  gaussian_moment (e :: l) = sum_list (choices l) (fun t => cov e (fst t) * gaussian_moment (snd t)).
Proof.
  unfold gaussian_moment. simpl. apply sum_list_ext. intros t Ht. f_equal. apply choices_length in Ht.
  apply pairing_sum_fuel; lia.
Qed.
Lemma gaussian_moment_odd l : Nat.odd (length l) = true -> gaussian_moment l = 0.
Proof.
  remember (length l) as k eqn:Hk. revert l Hk. induction k as [k IH] using lt_wf_ind.
  intros [|e l] Hk Ho; [subst; discriminate |]. rewrite gaussian_moment_cons. apply sum_list_vanishing.
  intros t Ht. apply choices_length in Ht. rewrite (IH (length (snd t)));
    [ring | simpl in Hk; lia | reflexivity |].
  simpl in Hk. subst k. rewrite <- Ho, Ht. reflexivity.
Qed.
End Pairings.

Section Linear.
Context {K : Ring}.
Add Ring scalars : (laws K).
Context {A : Type}.
Variable cov : A -> A -> K.

(* Moments of linear combinations. *)
Notation combination := (list (K * A)).
Definition bilinear (a b : combination) : K :=
  sum_list a (fun s => sum_list b (fun t => fst s * fst t * cov (snd s) (snd t))).
Definition single (a : A) : combination := [(1, a)].

Lemma bilinear_linear_l a b : bilinear a b = sum_list a (fun s => fst s * bilinear (single (snd s)) b).
Proof.
  unfold bilinear, single. apply sum_list_ext. intros s _. simpl.
  transitivity (fst s * sum_list b (fun t => 1 * fst t * cov (snd s) (snd t))); [|ring].
  rewrite <- sum_list_mul_l. apply sum_list_ext. intros; ring.
Qed.
Lemma bilinear_linear_r a b : bilinear b a = sum_list a (fun s => fst s * bilinear b (single (snd s))).
Proof.
  unfold bilinear, single. rewrite sum_list_swap. apply sum_list_ext. intros s _. rewrite <- sum_list_mul_l.
  apply sum_list_ext. intros t _. simpl. ring.
Qed.

Lemma gaussian_moment_linear l a m : gaussian_moment bilinear (l ++ a :: m) =
  sum_list a (fun s => fst s * gaussian_moment bilinear (l ++ single (snd s) :: m)).
Proof.
  remember (length l + length m)%nat as k eqn:Hk. revert l m Hk.
  induction k as [k IH] using lt_wf_ind. intros [|b l] m Hk.
  - simpl app. rewrite gaussian_moment_cons.
    rewrite (sum_list_ext a _ (fun s => sum_list (choices m) (fun t =>
      fst s * (bilinear (single (snd s)) (fst t) * gaussian_moment bilinear (snd t)))))
      by (intros; now rewrite gaussian_moment_cons, sum_list_mul_l).
    rewrite sum_list_swap. apply sum_list_ext. intros t _. rewrite bilinear_linear_l, <- sum_list_mul_r.
    apply sum_list_ext. intros; ring.
  - simpl app. rewrite gaussian_moment_cons, choices_app. simpl choices.
    rewrite sum_list_app. cbn [map sum_list]. rewrite !sum_list_map. cbn [fst snd].
    rewrite (sum_list_ext a _ (fun s =>
      sum_list (choices l) (fun t =>
        bilinear b (fst t) * (fst s * gaussian_moment bilinear (snd t ++ single (snd s) :: m)))
      + (fst s * bilinear b (single (snd s)) * gaussian_moment bilinear (l ++ m)
         + sum_list (choices m) (fun t =>
             bilinear b (fst t) * (fst s * gaussian_moment bilinear (l ++ single (snd s) :: snd t)))))).
    2:{ intros s _. rewrite gaussian_moment_cons, choices_app. simpl choices.
        rewrite sum_list_app. cbn [map sum_list]. rewrite !sum_list_map. cbn [fst snd].
        rewrite (sum_list_ext (choices l) (fun t => bilinear b (fst t) * (fst s * _))
          (fun t => fst s * (bilinear b (fst t) * gaussian_moment bilinear (snd t ++ single (snd s) :: m))))
          by (intros; ring).
        rewrite (sum_list_ext (choices m) (fun t => bilinear b (fst t) * (fst s * _))
          (fun t => fst s * (bilinear b (fst t) * gaussian_moment bilinear (l ++ single (snd s) :: snd t))))
          by (intros; ring).
        rewrite !sum_list_mul_l. ring. }
    rewrite !sum_list_add. f_equal; [|f_equal].
    + rewrite sum_list_swap. apply sum_list_ext. intros t Ht. apply choices_length in Ht.
      rewrite sum_list_mul_l.
      f_equal. apply (IH (length (snd t) + length m)%nat); [simpl in Hk; lia | reflexivity].
    + rewrite bilinear_linear_r. now rewrite sum_list_mul_r.
    + rewrite sum_list_swap. apply sum_list_ext. intros t Ht. apply choices_length in Ht.
      rewrite sum_list_mul_l.
      f_equal. apply (IH (length l + length (snd t))%nat); [simpl in Hk; lia | reflexivity].
Qed.
Lemma gaussian_moment_single l : gaussian_moment bilinear (map single l) = gaussian_moment cov l.
Proof.
  remember (length l) as k eqn:Hk. revert l Hk. induction k as [k IH] using lt_wf_ind.
  intros [|e l] Hk; [reflexivity |]. simpl map. rewrite !gaussian_moment_cons, choices_map, sum_list_map.
  apply sum_list_ext. intros t Ht. apply choices_length in Ht. simpl in Hk. cbn [fst snd].
  rewrite (IH (length (snd t))) by (lia || reflexivity). unfold bilinear, single. simpl. ring.
Qed.
End Linear.

(* The moment of a family whose covariance is that of another. *)
Lemma gaussian_moment_map {K : Ring} {A B} (cov : A -> A -> K) (cov' : B -> B -> K) (f : B -> A) l :
  (forall a b, cov (f a) (f b) = cov' a b) -> gaussian_moment cov (map f l) = gaussian_moment cov' l.
Proof.
  intros H. remember (length l) as k eqn:Hk. revert l Hk. induction k as [k IH] using lt_wf_ind.
  intros [|e l] Hk; [reflexivity |]. simpl map. rewrite !gaussian_moment_cons, choices_map, sum_list_map.
  apply sum_list_ext. intros t Ht. apply choices_length in Ht. simpl in Hk. cbn [fst snd].
  rewrite H, (IH (length (snd t))) by (lia || reflexivity). reflexivity.
Qed.
