(* Covariances of products of traces of Gaussian matrices, as polynomials in 1/n.

   In Expectation.v the [order]s are the coefficients of the mean of a product of traces of words in
   M = W/sqrt(n).  Here [covariance_order], with it [covariance], becomes the coefficient of a covariance: at
   every width n the covariance of tr u and tr v is nu_W^h (covariance u v + c_1/n + c_2/n^2 + ...), a finite
   sum, where the words u and v in M have 2 h letters together.  [mean_expansion] writes out the mean of one
   trace to the order n^-2. *)
Require Import List Arith Lia Bool Ring Ring_theory.
Import ListNotations.
From NTK Require Import Scalars ListSums Gaussian Words Factorisation Orders Expectation.
Open Scope scalar_scope.

Section Polynomials.
Context {K : Ring}.
Add Ring scalars : (laws K).

Lemma polynomial_ext (f g : nat -> nat) N (x : K) :
  (forall p, (p < N)%nat -> f p = g p) -> polynomial f N x = polynomial g N x.
Proof. intros H. apply sum_ext. intros p Hp. now rewrite H. Qed.
Lemma polynomial_first f N (x : K) :
  polynomial f (S N) x = whole (f 0%nat) + x * polynomial (fun p => f (S p)) N x.
Proof.
  unfold polynomial. rewrite sum_first, <- sum_mul_l. simpl. f_equal; [ring |].
  apply sum_ext. intros; ring.
Qed.
Lemma polynomial_add f g N (x : K) :
  polynomial (fun p => (f p + g p)%nat) N x = polynomial f N x + polynomial g N x.
Proof.
  unfold polynomial. rewrite <- sum_add. apply sum_ext. intros. rewrite whole_add. ring.
Qed.
Lemma polynomial_scale c g N (x : K) :
  polynomial (fun p => (c * g p)%nat) N x = whole c * polynomial g N x.
Proof.
  unfold polynomial. rewrite <- sum_mul_l. apply sum_ext. intros. rewrite whole_mul. ring.
Qed.
Lemma polynomial_zero N (x : K) : polynomial (fun _ => 0%nat) N x = 0.
Proof. apply sum_vanishing. intros. simpl. ring. Qed.
(* Coefficients that are 0 may be left out. *)
Lemma polynomial_extend f N M (x : K) : (N <= M)%nat -> (forall p, (N <= p < M)%nat -> f p = 0%nat) ->
  polynomial f M x = polynomial f N x.
Proof.
  intros HN Hf. symmetry. apply sum_extend; [exact HN |]. intros p Hp. rewrite Hf by lia. simpl. ring.
Qed.

(* The product of two polynomials *)
Lemma polynomial_conv f g N M (x : K) : (forall p, (N <= p)%nat -> f p = 0%nat) ->
  (forall p, (M <= p)%nat -> g p = 0%nat) ->
  polynomial (conv f g) (N + M) x = polynomial f N x * polynomial g M x.
Proof.
  intros Hf Hg. revert f Hf. induction N as [|N IH]; intros f Hf.
  - simpl. rewrite (polynomial_ext _ (fun _ => 0%nat)).
    + rewrite polynomial_zero. unfold polynomial. simpl. ring.
    + intros p _. apply below_zero. intros q _. rewrite Hf; lia.
  - rewrite polynomial_first. rewrite (polynomial_ext _ (fun p =>
      f 0 * g p + shift (conv (fun q => f (S q)) g) p)%nat).
    + rewrite polynomial_add, polynomial_scale, (polynomial_extend g M) by (lia || (intros; apply Hg; lia)).
      simpl Nat.add. rewrite (polynomial_first (shift _)). simpl shift.
      change (fun p => conv (fun q => f (S q)) g p) with (conv (fun q => f (S q)) g).
      rewrite (IH (fun q => f (S q))) by (intros; apply Hf; lia). simpl. ring.
    + intros p _. unfold conv. rewrite below_first, Nat.sub_0_r. f_equal. destruct p; reflexivity.
Qed.
End Polynomials.

Section Covariances.
Context {K : Ring} {nu_W nu_F nu_C : K} {G : Gaussian K nu_W nu_F nu_C}.
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Variables (n : nat) (root : K).
Hypothesis root_of_inverse : whole n * (root * root) = 1.
Notation normal ts := (normalised (G := G) n root ts).

(* Beyond a product's height/2 there are no orders. *)
Lemma order_beyond ts r : (height ts < 2 * r)%nat -> order r ts = 0%nat.
Proof. intros H. apply at_order_none. intros; lia. Qed.

Theorem covariance_expansion S R h : letters (S ++ R) = (2 * h)%nat ->
  normal (S ++ R) - normal S * normal R =
  nu_W ^ h * polynomial (fun r => covariance_order r S R) (h + length (S ++ R) + 1) (root * root).
Proof.
  intros H. set (x := root * root). set (N := (h + length (S ++ R) + 1)%nat).
  assert (normal (S ++ R) = nu_W ^ h * polynomial (fun r => order r (S ++ R)) N x) as ->.
  { unfold N. rewrite Nat.add_1_r. now apply normalised_traces. }
  rewrite (polynomial_ext (fun r => order r (S ++ R)) (fun r =>
    (conv (fun j => order j S) (fun j => order j R) r + covariance_order r S R)%nat))
    by (intros; apply order_product).
  rewrite (polynomial_add (conv _ _)). set (C := polynomial (fun r => covariance_order r S R) N x).
  enough (nu_W ^ h * polynomial (conv (fun j => order j S) (fun j => order j R)) N x =
          normal S * normal R) as Hprod by (rewrite <- Hprod; ring).
  rewrite letters_app in H. unfold N. rewrite app_length.
  destruct (Nat.Even_or_Odd (letters S)) as [[hS HS]|HS].
  - (* both are even *)
    assert (letters R = 2 * (h - hS))%nat as HR by lia. set (hR := (h - hS)%nat) in *.
    rewrite (normalised_traces n root root_of_inverse S hS HS).
    rewrite (normalised_traces n root root_of_inverse R hR HR). fold x.
    replace h with (hS + hR)%nat by lia. rewrite power_add.
    transitivity (nu_W ^ hS * nu_W ^ hR *
      (polynomial (fun r => order r S) (Datatypes.S (hS + length S)) x *
       polynomial (fun r => order r R) (Datatypes.S (hR + length R)) x)); [|ring].
    f_equal. rewrite <- polynomial_conv.
    + symmetry. apply polynomial_extend; [lia |]. intros p Hp. apply below_zero. intros q Hq.
      destruct (le_lt_dec q (hS + length S)).
      * rewrite (order_beyond R) by (unfold height; lia). lia.
      * rewrite (order_beyond S) by (unfold height; lia). lia.
    + intros p Hp. apply order_beyond. unfold height. lia.
    + intros p Hp. apply order_beyond. unfold height. lia.
  - (* both are odd, and have mean 0 *)
    apply Nat.odd_spec in HS. rewrite (normalised_traces_odd n root S HS).
    rewrite (polynomial_ext _ (fun _ => 0%nat)); [rewrite polynomial_zero; ring |].
    intros p _. apply below_zero. intros q _. now rewrite order_odd.
Qed.

(* One trace: its mean over n, up to the order n^-2 and with the rest. *)
Theorem mean_expansion w h : length w = (2 * h)%nat ->
  normal [w] = nu_W ^ h * (whole (mean 0 w) + root * root * (whole (mean 1 w) + root * root *
    (whole (mean 2 w) + root * root * polynomial (fun r => mean (r + 3) w) h (root * root)))).
Proof.
  intros H. rewrite (normalised_traces n root root_of_inverse [w] h) by (rewrite letters_cons, H; cbn; lia).
  f_equal. rewrite <- (polynomial_extend _ (S (h + length [w])) (S (S (S h)))).
  - rewrite !polynomial_first.
    rewrite (polynomial_ext (fun r => mean (r + 3) w) (fun r => mean (S (S (S r))) w))
      by (intros; f_equal; lia).
    reflexivity.
  - simpl. lia.
  - intros p Hp. simpl in Hp. apply order_beyond. rewrite height_cons, H. unfold height. simpl. lia.
Qed.

(* Two traces of words in M: the first two orders are 0, and the third is [covariance]. *)
Definition trace_of (w : word) : G := trace n w.

Theorem trace_covariance_expansion u v h : (length u + length v = 2 * h)%nat ->
  root ^ (2 * h) * (expect (trace_of u * trace_of v) - expect (trace_of u) * expect (trace_of v)) =
  nu_W ^ h * (whole (covariance u v) +
    root * root * polynomial (fun r => covariance_order (r + 3) [u] [v]) h (root * root)).
Proof.
  intros H. pose proof (covariance_expansion [u] [v] h) as Hc. cbn [app length] in Hc.
  rewrite !letters_cons in Hc. specialize (Hc ltac:(cbn; lia)).
  replace (h + 2 + 1)%nat with (S (S (S h))) in Hc by lia. rewrite !polynomial_first in Hc.
  rewrite !covariance_order_low in Hc by lia.
  set (rest := polynomial _ h _) in Hc.
  replace (polynomial (fun r => covariance_order (r + 3) [u] [v]) h (root * root)) with rest.
  2:{ apply polynomial_ext. intros p _. f_equal. lia. }
  change (covariance_order 2 [u] [v]) with (covariance u v) in Hc.
  unfold normalised in Hc. cbn [traces] in Hc. rewrite !height_cons in Hc.
  replace (length u + 2 + (length v + 2 + height []))%nat with (2 * h + 4)%nat in Hc by (cbn; lia).
  fold (trace_of u) (trace_of v) in Hc.
  replace (trace_of u * (trace_of v * 1)) with (trace_of u * trace_of v) in Hc by ring.
  replace (trace_of u * 1) with (trace_of u) in Hc by ring.
  replace (trace_of v * 1) with (trace_of v) in Hc by ring.
  set (both := expect (trace_of u * trace_of v)) in *. set (mean_u := expect (trace_of u)) in *.
  set (mean_v := expect (trace_of v)) in *.
  match goal with |- ?left = ?right => set (y := left); set (z := right) end.
  (* n^2 times what Hc says *)
  assert (root * root * (root * root) * y = root * root * (root * root) * z) as Hyz.
  { transitivity (root ^ (2 * h + 4) * both -
      root ^ (length u + 2 + height []) * mean_u * (root ^ (length v + 2 + height []) * mean_v)).
    - replace (2 * h + 4)%nat with (length u + 2 + height [] + (length v + 2 + height []))%nat by (cbn; lia).
      unfold y. replace (2 * h)%nat with (length u + length v)%nat by lia. rewrite !power_add. simpl. ring.
    - rewrite Hc. unfold z. simpl. ring. }
  transitivity (whole n * (root * root) * (whole n * (root * root)) * y); [rewrite root_of_inverse; ring |].
  transitivity (whole n * (root * root) * (whole n * (root * root)) * z); [|rewrite root_of_inverse; ring].
  transitivity (whole n * whole n * (root * root * (root * root) * y)); [ring |]. rewrite Hyz. ring.
Qed.
End Covariances.
