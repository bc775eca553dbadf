(* Polynomials in infinitely many variables x_0, x_1, ..., over any ring of scalars with decidable equality.

   They are a [Ring]: equal polynomials are one and the same object.  Every scalar is a constant among them,
   and each variable has its derivative.  Wick.v puts the Gaussian expectation on them.

   A polynomial is made from a sum of terms: a list of pairs (c, w), c times the monomial w.  Many sums make
   one polynomial, as x + y, y + x and 2 x - x + y.  [lin F s] is the sum of the c * F w; two sums are
   [alike], and make the same polynomial, when every F that does not depend on the order of a monomial's
   factors has the same value on both.  So an identity of polynomials is proved by computing [lin F] of both
   sides.  [norm] sorts factors and terms, collects coefficients and drops zeros: it picks one of all sums
   that are alike, and these are the polynomials. *)
Require Import Arith List Permutation Eqdep_dec Ring Ring_theory.
From NTK Require Import Scalars Monomials.
Import ListNotations.
Open Scope scalar_scope.

Section Polynomials.
Context {K : Ring} (decide : forall x y : K, {x = y} + {x <> y}).
Add Ring scalars : (laws K).

(* ---- Sums of terms and their linear functionals ---- *)
Definition terms := list (K * monomial).

Fixpoint lin (F : monomial -> K) (s : terms) : K :=
  match s with [] => 0 | (c, w) :: s => c * F w + lin F s end.

(* The linear extension of g, which sends monomials to sums. *)
Fixpoint extend (g : monomial -> terms) (s : terms) : terms :=
  match s with [] => [] | (c, w) :: s => map (fun t => (c * fst t, snd t)) (g w) ++ extend g s end.

Lemma lin_app F s t : lin F (s ++ t) = lin F s + lin F t.
Proof. induction s as [|[c w] s IH]; simpl; [ring |]. rewrite IH. ring. Qed.
Lemma lin_ext_in F G s : (forall c w, In (c, w) s -> F w = G w) -> lin F s = lin G s.
Proof.
  induction s as [|[c w] s IH]; simpl; intros H; [reflexivity |].
  rewrite (H c w), IH by eauto. reflexivity.
Qed.
Lemma lin_ext F G s : (forall w, F w = G w) -> lin F s = lin G s.
Proof. intros H. apply lin_ext_in. auto. Qed.
Lemma lin_add F G s : lin (fun w => F w + G w) s = lin F s + lin G s.
Proof. induction s as [|[c w] s IH]; simpl; [ring |]. rewrite IH. ring. Qed.
Lemma lin_mul a F s : lin (fun w => a * F w) s = a * lin F s.
Proof. induction s as [|[c w] s IH]; simpl; [ring |]. rewrite IH. ring. Qed.
Lemma lin_zero s : lin (fun _ => 0) s = 0.
Proof. induction s as [|[c w] s IH]; simpl; [ring |]. rewrite IH. ring. Qed.
Lemma lin_map F a f s : lin F (map (fun t => (a * fst t, f (snd t))) s) = a * lin (fun w => F (f w)) s.
Proof. induction s as [|[c w] s IH]; simpl; [ring |]. rewrite IH. ring. Qed.
Lemma lin_extend F g s : lin F (extend g s) = lin (fun w => lin F (g w)) s.
Proof.
  induction s as [|[c w] s IH]; simpl; [reflexivity |]. now rewrite lin_app, (lin_map F c (fun w => w)), IH.
Qed.
Lemma lin_swap G s t : lin (fun u => lin (G u) t) s = lin (fun v => lin (fun u => G u v) s) t.
Proof.
  induction s as [|[c w] s IH]; simpl; [now rewrite lin_zero |].
  now rewrite IH, <- lin_mul, <- lin_add.
Qed.

(* ---- Sums that are the same polynomial ---- *)
Definition symmetric (F : monomial -> K) := forall u v, Permutation u v -> F u = F v.
Definition alike (s t : terms) := forall F, symmetric F -> lin F s = lin F t.

(* A linear extension is well defined on polynomials when g, too, does not see the order of factors. *)
Definition consistent (g : monomial -> terms) := forall u v, Permutation u v -> alike (g u) (g v).

Lemma alike_extend g s t : consistent g -> alike s t -> alike (extend g s) (extend g t).
Proof. intros Hg H F HF. rewrite !lin_extend. apply H. intros u v Huv. now apply Hg. Qed.

(* ---- The normal form: sorted monomials in increasing order, no coefficient zero ---- *)
Definition cons_nonzero (c : K) (w : monomial) (s : terms) : terms := if decide c 0 then s else (c, w) :: s.
Fixpoint add_term (c : K) (w : monomial) (s : terms) : terms :=
  match s with
  | [] => cons_nonzero c w []
  | (d, v) :: rest =>
      match compare w v with
      | Lt => cons_nonzero c w s
      | Eq => cons_nonzero (c + d) w rest
      | Gt => (d, v) :: add_term c w rest
      end
  end.
Fixpoint norm (s : terms) : terms := match s with [] => [] | (c, w) :: s => add_term c (sort w) (norm s) end.

Lemma lin_cons_nonzero F c w s : lin F (cons_nonzero c w s) = c * F w + lin F s.
Proof. unfold cons_nonzero. destruct (decide c 0); subst; simpl; ring. Qed.
Lemma lin_add_term F c w s : lin F (add_term c w s) = c * F w + lin F s.
Proof.
  induction s as [|[d v] s IH]; simpl; [now rewrite lin_cons_nonzero |].
  destruct (compare w v) eqn:E; rewrite ?lin_cons_nonzero; simpl; rewrite ?IH; try ring.
  apply compare_eq in E. subst. ring.
Qed.
Lemma norm_alike s : alike (norm s) s.
Proof.
  intros F HF. induction s as [|[c w] s IH]; simpl; [reflexivity |].
  now rewrite lin_add_term, IH, (HF _ _ (sort_permutes w)).
Qed.

(* w comes before every monomial of s. *)
Fixpoint below (w : monomial) (s : terms) : Prop :=
  match s with [] => True | (_, v) :: s => compare w v = Lt /\ below w s end.
Fixpoint normal (s : terms) : Prop :=
  match s with [] => True | (c, w) :: s => c <> 0 /\ sort w = w /\ below w s /\ normal s end.

Lemma below_trans u v s : compare u v = Lt -> below v s -> below u s.
Proof.
  intros H. induction s as [|[c w] s IH]; simpl; [auto |]. intros []. split; [eapply compare_trans |]; eauto.
Qed.
Lemma below_cons_nonzero u c w s : compare u w = Lt -> below u s -> below u (cons_nonzero c w s).
Proof. unfold cons_nonzero. destruct (decide c 0); simpl; auto. Qed.
Lemma below_add_term u c w s : compare u w = Lt -> below u s -> below u (add_term c w s).
Proof.
  intros Hw. induction s as [|[d v] s IH]; simpl; intros H; [now apply below_cons_nonzero |].
  destruct (compare w v); simpl; try apply below_cons_nonzero; simpl; tauto.
Qed.
Lemma normal_cons_nonzero c w s : sort w = w -> below w s -> normal s -> normal (cons_nonzero c w s).
Proof. intros. unfold cons_nonzero. destruct (decide c 0); simpl; auto. Qed.
Lemma normal_add_term c w s : sort w = w -> normal s -> normal (add_term c w s).
Proof.
  intros Hw. induction s as [|[d v] s IH]; simpl; [intros _; now apply normal_cons_nonzero |].
  intros (Hd & Hv & Hs & Hn). destruct (compare w v) eqn:E.
  - apply compare_eq in E. subst v. now apply normal_cons_nonzero.
  - apply normal_cons_nonzero; simpl; auto. split; [assumption |]. eapply below_trans; eauto.
  - simpl. repeat split; auto. apply below_add_term; trivial. now rewrite compare_flip, E.
Qed.
Lemma normal_norm s : normal (norm s).
Proof. induction s as [|[c w] s IH]; simpl; [exact I |]. now apply normal_add_term; [apply sort_sort |]. Qed.

(* [lin (indicator m)] is the coefficient of the monomial m; coefficients tell normal sums apart. *)
Definition indicator (m w : monomial) : K := match compare m (sort w) with Eq => 1 | _ => 0 end.
Lemma indicator_symmetric m : symmetric (indicator m).
Proof. intros u v H. unfold indicator. now rewrite (sort_of_permutation u v H). Qed.

Lemma no_coefficient m s : normal s -> below m s -> lin (indicator m) s = 0.
Proof.
  induction s as [|[c w] s IH]; simpl; [reflexivity |]. intros (_ & Hw & _ & Hn) [H Hs].
  rewrite IH by assumption. unfold indicator. rewrite Hw, H. ring.
Qed.
Lemma first_coefficient c w s : normal ((c, w) :: s) -> lin (indicator w) ((c, w) :: s) = c.
Proof.
  simpl. intros (_ & Hw & Hs & Hn). rewrite no_coefficient by assumption.
  unfold indicator. rewrite Hw, compare_refl. ring.
Qed.
(* The least monomial of a normal sum tells it from any normal sum that begins later. *)
Lemma distinct c w s t : normal ((c, w) :: s) -> normal t -> below w t -> ~ alike ((c, w) :: s) t.
Proof.
  intros Hs Ht Hlt H. specialize (H (indicator w) (indicator_symmetric w)).
  rewrite first_coefficient, no_coefficient in H by assumption. now destruct Hs.
Qed.
Lemma normal_unique s t : normal s -> normal t -> alike s t -> s = t.
Proof.
  revert t. induction s as [|[c w] s IH]; intros [|[d v] t] Hs Ht H; [reflexivity | | |].
  - exfalso. apply (distinct d v t [] Ht Hs I). intros F HF. symmetry. auto.
  - exfalso. exact (distinct c w s [] Hs Ht I H).
  - destruct (compare w v) eqn:E.
    + apply compare_eq in E. subst v. assert (c = d) as <-.
      { specialize (H (indicator w) (indicator_symmetric w)). now rewrite !first_coefficient in H. }
      f_equal. apply IH; [apply Hs | apply Ht |]. intros F HF. specialize (H F HF). simpl in H.
      replace (lin F s) with ((c * F w + lin F s) - c * F w) by ring. rewrite H. ring.
    + exfalso. apply (distinct c w s ((d, v) :: t)); trivial. split; [assumption |].
      apply (below_trans w v); [assumption | apply Ht].
    + exfalso. assert (compare v w = Lt) as E' by now rewrite compare_flip, E.
      apply (distinct d v t ((c, w) :: s)); trivial; [| intros F HF; symmetry; auto].
      split; [assumption |]. apply (below_trans v w); [assumption | apply Hs].
Qed.
Lemma norm_unique s t : alike s t -> norm s = norm t.
Proof.
  intros H. apply normal_unique; try apply normal_norm. intros F HF. rewrite !(norm_alike _ F HF). auto.
Qed.
Lemma norm_norm s : norm (norm s) = norm s.
Proof. apply norm_unique, norm_alike. Qed.

(* ---- Polynomials ---- *)
Definition polynomial := {s : terms | norm s = s}.
Definition expand (p : polynomial) : terms := proj1_sig p.
Definition make (s : terms) : polynomial := exist _ (norm s) (norm_norm s).

Definition terms_dec (s t : terms) : {s = t} + {s <> t}.
Proof. repeat (decide equality; try apply decide). Defined.
Lemma expand_injective p q : expand p = expand q -> p = q.
Proof.
  destruct p as [s Hs], q as [t Ht]. simpl. intros H. subst t. f_equal. apply (UIP_dec terms_dec).
Qed.
Lemma make_expand p : make (expand p) = p.
Proof. apply expand_injective. exact (proj2_sig p). Qed.
Lemma make_alike s t : alike s t -> make s = make t.
Proof. intros H. apply expand_injective. now apply norm_unique. Qed.
Lemma expand_make s : alike (expand (make s)) s.
Proof. apply norm_alike. Qed.
Definition polynomial_dec (p q : polynomial) : {p = q} + {p <> q}.
Proof.
  destruct (terms_dec (expand p) (expand q)) as [H|H]; [left; now apply expand_injective | right; congruence].
Defined.

(* Sum, product and negative, before normalisation. *)
Definition times (s t : terms) : terms := extend (fun u => extend (fun v => [(1, u ++ v)]) t) s.
Definition negate (s : terms) : terms := extend (fun w => [(- (1), w)]) s.

Lemma lin_times F s t : lin F (times s t) = lin (fun u => lin (fun v => F (u ++ v)) t) s.
Proof.
  unfold times. rewrite lin_extend. apply lin_ext. intros u. rewrite lin_extend. apply lin_ext.
  intros v. simpl. ring.
Qed.
Lemma lin_times_term F c u t : lin F (times [(c, u)] t) = c * lin (fun v => F (u ++ v)) t.
Proof. rewrite lin_times. simpl. ring. Qed.
Lemma lin_negate F s : lin F (negate s) = - lin F s.
Proof.
  unfold negate. rewrite lin_extend. simpl. rewrite (lin_ext _ (fun w => - (1) * F w)) by (intros; ring).
  rewrite lin_mul. ring.
Qed.

(* For a symmetric F, both arguments of a product may be replaced. *)
Lemma symmetric_left F t : symmetric F -> symmetric (fun u => lin (fun v => F (u ++ v)) t).
Proof. intros HF u u' H. apply lin_ext. intros v. apply HF. now apply Permutation_app_tail. Qed.
Lemma symmetric_right F u : symmetric F -> symmetric (fun v => F (u ++ v)).
Proof. intros HF v v' H. apply HF. now apply Permutation_app_head. Qed.
Lemma alike_times s s' t t' : alike s s' -> alike t t' -> alike (times s t) (times s' t').
Proof.
  intros Hs Ht F HF. rewrite !lin_times. rewrite Hs by now apply symmetric_left.
  apply lin_ext. intros u. now apply Ht, symmetric_right.
Qed.
Lemma alike_app s s' t t' : alike s s' -> alike t t' -> alike (s ++ t) (s' ++ t').
Proof. intros Hs Ht F HF. now rewrite !lin_app, Hs, Ht. Qed.

(* The ring. *)
Definition plus (p q : polynomial) := make (expand p ++ expand q).
Definition multiply (p q : polynomial) := make (times (expand p) (expand q)).
Definition minus (p q : polynomial) := make (expand p ++ negate (expand q)).
Definition negative (p : polynomial) := make (negate (expand p)).
Definition constant (c : K) := make [(c, [])].
Definition variable (k : nat) := make [(1, [k])].

Lemma plus_make s t : plus (make s) (make t) = make (s ++ t).
Proof. apply make_alike, alike_app; apply expand_make. Qed.
Lemma multiply_make s t : multiply (make s) (make t) = make (times s t).
Proof. apply make_alike, alike_times; apply expand_make. Qed.
Lemma negative_make s : negative (make s) = make (negate s).
Proof. apply make_alike. intros F HF. now rewrite !lin_negate, expand_make. Qed.
Lemma minus_make s t : minus (make s) (make t) = make (s ++ negate t).
Proof. apply make_alike. intros F HF. now rewrite !lin_app, !lin_negate, !expand_make. Qed.

Lemma polynomial_laws :
  ring_theory (constant 0) (constant 1) plus multiply minus negative (@eq polynomial).
Proof.
  split; intros; repeat match goal with p : polynomial |- _ =>
      rewrite <- (make_expand p); generalize (expand p); clear p; intros p end;
    unfold constant; rewrite ?negative_make, ?minus_make, ?multiply_make, ?plus_make, ?multiply_make;
    apply make_alike; intros F HF;
    rewrite ?lin_app, ?lin_negate, ?lin_times, ?lin_app, ?lin_negate; simpl; try ring.
  - transitivity (1 * lin F x + 0); [reflexivity | ring].
  - rewrite lin_swap. apply lin_ext. intros v. apply lin_ext. intros u. apply HF, Permutation_app_comm.
  - apply lin_ext. intros u. rewrite lin_times. apply lin_ext. intros v. apply lin_ext. intros w.
    now rewrite app_assoc.
Qed.

Canonical Polynomial : Ring :=
  Build_Ring polynomial (constant 0) (constant 1) plus multiply minus negative polynomial_laws.

Lemma constant_add c d : constant (c + d) = constant c + constant d.
Proof. simpl. unfold constant. rewrite plus_make. apply make_alike. intros F HF. simpl. ring. Qed.
Lemma constant_mul c d : constant (c * d) = constant c * constant d.
Proof.
  simpl. unfold constant. rewrite multiply_make. apply make_alike. intros F HF. rewrite lin_times. simpl.
  ring.
Qed.
Lemma constant_whole k : constant (whole k) = whole k.
Proof. induction k; [reflexivity |]. cbn [whole]. now rewrite constant_add, IHk. Qed.
Lemma constant_delta a b : constant (delta a b) = delta a b.
Proof. unfold delta. now destruct (Nat.eqb a b). Qed.

(* ---- Derivatives ---- *)

(* The derivative in x_k of a monomial, by the product rule: one term for each factor. *)
Fixpoint strike (k : nat) (w : monomial) : terms :=
  match w with [] => [] | x :: v => (delta k x, v) :: map (fun t => (1 * fst t, x :: snd t)) (strike k v) end.

Lemma lin_strike_cons F k x v :
  lin F (strike k (x :: v)) = delta k x * F v + lin (fun w => F (x :: w)) (strike k v).
Proof. simpl. rewrite (lin_map F 1 (cons x)). ring. Qed.
Lemma lin_strike_app F k u v :
  lin F (strike k (u ++ v))
  = lin (fun w => F (w ++ v)) (strike k u) + lin (fun w => F (u ++ w)) (strike k v).
Proof.
  revert F. induction u as [|x u IH]; intros F.
  { transitivity (0 + lin F (strike k v)); [simpl; ring | reflexivity]. }
  change ((x :: u) ++ v) with (x :: (u ++ v)). rewrite !lin_strike_cons, IH. simpl. ring.
Qed.
Lemma strike_consistent k : consistent (strike k).
Proof.
  intros u v H. unfold alike. induction H as [|x u v H IH|x y w|u v w H IH H' IH']; intros F HF.
  - reflexivity.
  - rewrite !lin_strike_cons, (HF _ _ H). f_equal. apply IH. intros a b E. apply HF. now apply perm_skip.
  - rewrite !lin_strike_cons.
    rewrite (lin_ext (fun v => F (x :: y :: v)) (fun v => F (y :: x :: v))) by (intros; apply HF, perm_swap).
    ring.
  - now rewrite IH, IH'.
Qed.

Definition derivative (k : nat) (p : polynomial) : polynomial := make (extend (strike k) (expand p)).

Lemma derivative_make k s : derivative k (make s) = make (extend (strike k) s).
Proof. apply make_alike, alike_extend; [apply strike_consistent | apply expand_make]. Qed.
Lemma derivative_add k (p q : Polynomial) : derivative k (p + q) = derivative k p + derivative k q.
Proof.
  simpl. rewrite <- (make_expand p), <- (make_expand q), plus_make, !derivative_make, plus_make.
  apply make_alike. intros F HF. now rewrite !lin_extend, !lin_app, !lin_extend.
Qed.
Lemma derivative_mul k (p q : Polynomial) : derivative k (p * q) = derivative k p * q + p * derivative k q.
Proof.
  simpl. rewrite <- (make_expand p), <- (make_expand q).
  rewrite multiply_make, !derivative_make, !multiply_make, plus_make. apply make_alike. intros F HF.
  rewrite lin_app, lin_extend, !lin_times, lin_extend, <- lin_add. apply lin_ext. intros u.
  rewrite lin_swap, lin_extend, <- lin_add. apply lin_ext. intros v. apply lin_strike_app.
Qed.
Lemma derivative_constant k c : derivative k (constant c) = 0.
Proof. simpl. unfold constant. rewrite derivative_make. apply make_alike. intros F HF. simpl. ring. Qed.
Lemma derivative_one k : derivative k 1 = 0.
Proof. apply derivative_constant. Qed.
Lemma derivative_variable k l : derivative k (variable l) = delta k l.
Proof.
  rewrite <- constant_delta. unfold variable. rewrite derivative_make. apply make_alike. intros F HF. simpl.
  ring.
Qed.
End Polynomials.
