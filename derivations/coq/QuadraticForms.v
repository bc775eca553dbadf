(* Quadratic forms of Gaussian vectors: the columns of F and the rows of C.

   Stein's lemma on the first vector of v_x' A v_y turns the mean of a form into the mean of a trace, if A
   does not depend on the vectors.  Whatever else does not depend on them may stand beside the form, such as
   a form of the other matrix: so the means over F and C are taken first, and only traces of words in W are
   left. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Gaussian Words Expectation.
Import ListNotations.
Open Scope scalar_scope.

Section QuadraticForms.
Context {K : Ring} {nu_W nu_F nu_C : K} {G : Gaussian K nu_W nu_F nu_C}.
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Variable n : nat.
Notation variance := (variance_of nu_W nu_F nu_C).
Notation spell := (@spell K nu_W nu_F nu_C G n).
Notation trace := (@trace K nu_W nu_F nu_C G n).

(* Coordinate k of the vector number x: column x of F, row x of C. *)
Definition coordinate (p : block) (x k : nat) : G :=
  match p with in_C => entry in_C x k | _ => entry p k x end.
Definition coordinate_derivative (p : block) (x k : nat) : G -> G :=
  match p with in_C => derivative in_C x k | _ => derivative p k x end.
(* The quadratic form v_x' A v_y. *)
Definition form (p : block) (A : nat -> nat -> G) (x y : nat) : G :=
  sum n (fun k => sum n (fun l => coordinate p x k * A k l * coordinate p y l)).

Lemma coordinate_stein p x k y :
  expect (coordinate p x k * y) = variance p * expect (coordinate_derivative p x k y).
Proof. destruct p; apply (stein_lemma _ _ _ _ G). Qed.
Lemma coordinate_derivative_mul p x k y z :
  coordinate_derivative p x k (y * z) = coordinate_derivative p x k y * z + y * coordinate_derivative p x k z.
Proof. destruct p; apply derivative_mul. Qed.
Lemma coordinate_derivative_coordinate p x k q y l :
  coordinate_derivative p x k (coordinate q y l) = if same p q then delta x y * delta k l else 0.
Proof. destruct p, q; unfold coordinate_derivative, coordinate; rewrite derivative_entry; simpl; ring. Qed.

(* What does not depend on the entries of a matrix. *)
Definition free (p : block) (y : G) : Prop := forall x k, coordinate_derivative p x k y = 0.
Lemma free_one p : free p 1.
Proof. intros x k. destruct p; apply derivative_one. Qed.
Lemma free_delta p a b : free p (delta a b).
Proof. intros x k. destruct p; apply derivative_delta. Qed.
Lemma free_mul p y z : free p y -> free p z -> free p (y * z).
Proof. intros Hy Hz x k. rewrite coordinate_derivative_mul, Hy, Hz. ring. Qed.
Lemma free_sum p m g : (forall a, free p (g a)) -> free p (sum m g).
Proof.
  intros H x k. transitivity (sum m (fun a => coordinate_derivative p x k (g a))).
  - destruct p; apply derivative_sum.
  - apply sum_vanishing. intros. apply H.
Qed.
Lemma free_coordinate p q x k : same p q = false -> free p (coordinate q x k).
Proof. intros H y l. now rewrite coordinate_derivative_coordinate, H. Qed.
Lemma free_spell p w i j : same p in_W = false -> free p (spell w i j).
Proof.
  intros H. revert i. induction w as [|y w IH]; intros i; simpl; [apply free_delta |].
  apply free_sum. intros k. apply free_mul; [|apply IH]. intros x l.
  destruct p; try discriminate; destruct y; simpl; rewrite derivative_entry; reflexivity.
Qed.
Lemma free_form p q A x y : same p q = false -> (forall k l, free p (A k l)) -> free p (form q A x y).
Proof.
  intros H HA. apply free_sum. intros k. apply free_sum. intros l.
  repeat apply free_mul; auto using free_coordinate.
Qed.

(* Stein's lemma on v_x: E v_x' A v_y z = nu delta_xy E tr(A) z, for A and z that do not depend on v. *)
Theorem form_expect p A x y z : (forall k l, free p (A k l)) -> free p z ->
  expect (form p A x y * z) = variance p * delta x y * expect (sum n (fun k => A k k) * z).
Proof.
  intros HA Hz. unfold form. rewrite <- !sum_mul_r, !expect_sum, <- sum_mul_l. apply sum_ext. intros k Hk.
  rewrite <- sum_mul_r, expect_sum.
  rewrite (sum_ext n _ (fun l => delta k l * (variance p * delta x y * expect (A k l * z)))).
  - now rewrite (sum_delta n k (fun l => variance p * delta x y * expect (A k l * z))).
  - intros l _. replace (coordinate p x k * A k l * coordinate p y l * z)
      with (coordinate p x k * (A k l * z * coordinate p y l)) by ring.
    rewrite coordinate_stein, coordinate_derivative_mul, (free_mul p _ _ (HA k l) Hz).
    rewrite coordinate_derivative_coordinate. replace (same p p) with true by (now destruct p).
    replace (0 * coordinate p y l + A k l * z * (delta x y * delta k l))
      with (delta x y * (delta k l * (A k l * z))) by ring.
    rewrite !expect_delta_mul. ring.
Qed.


(* ---- A product of two forms ---- *)

(* Stein's lemma on v_x in v_x' A v_y z, where z may depend on v. *)
Lemma form_stein p A x y z : (forall k l, free p (A k l)) ->
  expect (form p A x y * z) = variance p * (delta x y * expect (sum n (fun k => A k k) * z) +
    expect (sum n (fun k => sum n (fun l => A k l * coordinate p y l * coordinate_derivative p x k z)))).
Proof.
  intros HA. unfold form. rewrite <- !sum_mul_r, !expect_sum.
  rewrite <- sum_mul_l, <- sum_add, <- sum_mul_l. apply sum_ext. intros k Hk.
  rewrite <- sum_mul_r, !expect_sum.
  rewrite (sum_ext n _ (fun l => variance p * (delta k l * (delta x y * expect (A k l * z)) +
    expect (A k l * coordinate p y l * coordinate_derivative p x k z)))).
  - rewrite sum_mul_l, sum_add. now rewrite (sum_delta n k (fun l => delta x y * expect (A k l * z))).
  - intros l _. replace (coordinate p x k * A k l * coordinate p y l * z)
      with (coordinate p x k * (A k l * (coordinate p y l * z))) by ring.
    rewrite coordinate_stein, !coordinate_derivative_mul, (HA k l), coordinate_derivative_coordinate.
    replace (same p p) with true by (now destruct p).
    replace (0 * (coordinate p y l * z)
        + A k l * (delta x y * delta k l * z + coordinate p y l * coordinate_derivative p x k z))
      with (delta k l * (delta x y * (A k l * z)) +
            A k l * coordinate p y l * coordinate_derivative p x k z) by ring.
    now rewrite expect_add, !expect_delta_mul.
Qed.

(* The derivative of a form in a coordinate of one of its vectors. *)
Lemma form_derivative p B u v x k : (forall s t, free p (B s t)) -> (k < n)%nat ->
  coordinate_derivative p x k (form p B u v) =
  delta x u * sum n (fun t => B k t * coordinate p v t) +
  delta x v * sum n (fun s => coordinate p u s * B s k).
Proof.
  intros HB Hk. unfold form.
  assert (forall m g,
    coordinate_derivative p x k (sum m g) = sum m (fun a => coordinate_derivative p x k (g a)))
    as Hsum by (intros; destruct p; apply derivative_sum).
  rewrite Hsum.
  rewrite (sum_ext n _ (fun s =>
    delta x u * (delta k s * sum n (fun t => B s t * coordinate p v t)) +
    delta x v * (coordinate p u s * B s k))).
  - rewrite sum_add, !sum_mul_l.
    now rewrite (sum_delta n k (fun s => sum n (fun t => B s t * coordinate p v t))).
  - intros s _. rewrite Hsum.
    rewrite (sum_ext n _ (fun t => delta x u * delta k s * (B s t * coordinate p v t) +
      delta k t * (delta x v * (coordinate p u s * B s t)))).
    + rewrite sum_add, sum_mul_l.
      rewrite (sum_delta n k (fun t => delta x v * (coordinate p u s * B s t))) by exact Hk. ring.
    + intros t _. rewrite !coordinate_derivative_mul, (HB s t), !coordinate_derivative_coordinate.
      replace (same p p) with true by (now destruct p). ring.
Qed.

(* Two coordinates meet only if they are the same. *)
Lemma coordinate_pair p y l v t z : free p z ->
  expect (coordinate p y l * (coordinate p v t * z)) = variance p * (delta y v * delta l t) * expect z.
Proof.
  intros Hz. rewrite coordinate_stein, coordinate_derivative_mul, coordinate_derivative_coordinate, Hz.
  replace (same p p) with true by (now destruct p).
  replace (delta y v * delta l t * z + coordinate p v t * 0) with (delta y v * (delta l t * z)) by ring.
  rewrite !expect_delta_mul. ring.
Qed.

(* Isserlis: v_x' A v_y v_u' B v_v pairs x with y and u with v, x with u and y with v, or x with v and y
   with u. *)
Theorem form_pair_expect p A B x y u v z :
  (forall k l, free p (A k l)) -> (forall k l, free p (B k l)) -> free p z ->
  expect (form p A x y * (form p B u v * z)) = variance p * variance p *
    (delta x y * delta u v * expect (sum n (fun k => A k k) * (sum n (fun k => B k k) * z)) +
     delta x u * delta y v * expect (sum n (fun k => sum n (fun l => A k l * B k l)) * z) +
     delta x v * delta y u * expect (sum n (fun k => sum n (fun l => A k l * B l k)) * z)).
Proof.
  intros HA HB Hz. rewrite form_stein by exact HA.
  replace (sum n (fun k => A k k) * (form p B u v * z))
    with (form p B u v * (sum n (fun k => A k k) * z)) by ring.
  rewrite (form_expect p B u v) by (assumption || (apply free_mul; [now apply free_sum | assumption])).
  replace (sum n (fun k => B k k) * (sum n (fun k => A k k) * z))
    with (sum n (fun k => A k k) * (sum n (fun k => B k k) * z)) by ring.
  match goal with |- variance p * (_ + ?e) = _ => replace e with (variance p * (
    delta x u * delta y v * expect (sum n (fun k => sum n (fun l => A k l * B k l)) * z) +
    delta x v * delta y u * expect (sum n (fun k => sum n (fun l => A k l * B l k)) * z))) end; [ring |].
  rewrite <- !sum_mul_r, !expect_sum, <- !sum_mul_l, <- sum_add, <- sum_mul_l. apply sum_ext. intros k Hk.
  rewrite <- !sum_mul_r, !expect_sum, <- !sum_mul_l, <- sum_add, <- sum_mul_l. apply sum_ext. intros l Hl.
  rewrite coordinate_derivative_mul, form_derivative, Hz by assumption.
  rewrite <- !sum_mul_l.
  replace (A k l * coordinate p y l *
      ((sum n (fun t => delta x u * (B k t * coordinate p v t)) +
        sum n (fun s => delta x v * (coordinate p u s * B s k))) * z + form p B u v * 0))
    with (A k l * coordinate p y l * (sum n (fun t => delta x u * (B k t * coordinate p v t) +
        delta x v * (coordinate p u t * B t k)) * z)) by (rewrite sum_add; ring).
  rewrite <- sum_mul_r, <- sum_mul_l, expect_sum.
  rewrite (sum_ext n _ (fun t => delta l t * (variance p *
    (delta x u * delta y v * expect (A k l * B k t * z) +
    delta x v * delta y u * expect (A k l * B t k * z))))).
  - rewrite (sum_delta n l (fun t => variance p * (delta x u * delta y v * expect (A k l * B k t * z) +
      delta x v * delta y u * expect (A k l * B t k * z)))) by exact Hl. ring.
  - intros t _.
    replace (A k l * coordinate p y l * ((delta x u * (B k t * coordinate p v t) +
        delta x v * (coordinate p u t * B t k)) * z))
      with (delta x u * (coordinate p y l * (coordinate p v t * (A k l * B k t * z))) +
        delta x v * (coordinate p y l * (coordinate p u t * (A k l * B t k * z)))) by ring.
    rewrite expect_add, !expect_delta_mul, !coordinate_pair by (repeat apply free_mul; auto). ring.
Qed.
End QuadraticForms.
