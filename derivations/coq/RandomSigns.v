(* A start with the moments that geometric-decay asks for, so that it is a theorem about something.

   One of the M entries of the impulse response is drawn, and a sign: this entry is plus or minus the root of
   M times its variance, all others are 0.  Entries have mean 0, are uncorrelated and have the variances
   nu_C nu_F nu_W^j; all weights must be positive.  (The network's own start is Gaussian.) *)
Require Import Reals Lra Lia Arith.
From NTK Require Import Scalars Matrices DualNumbers RealWeights Descent InnerProducts Convergence.
From NTK Require Import Norms Bounds RandomMatrices RandomStart.
Open Scope R_scope.

(* The mean over the outcomes 0, ..., N. *)
Section Uniform.
Variable N : nat.

Definition average (f : nat -> R) : R := / INR (S N) * sum (K := reals) (S N) f.

Lemma size_positive : 0 < INR (S N).
Proof. apply lt_0_INR. lia. Qed.

Lemma average_one : average (fun _ => 1) = 1.
Proof.
  unfold average. rewrite (sum_const (K := reals)), whole_real. pose proof size_positive.
  change (/ INR (S N) * (INR (S N) * 1) = 1). field. lra.
Qed.

Lemma average_add f g : average (fun o => f o + g o) = average f + average g.
Proof. unfold average. rewrite <- Rmult_plus_distr_l. f_equal. apply (sum_add (K := reals)). Qed.

Lemma average_scale c f : average (fun o => c * f o) = c * average f.
Proof.
  unfold average. transitivity (/ INR (S N) * (c * sum (K := reals) (S N) f)); [| ring].
  f_equal. apply (sum_mul_l (K := reals)).
Qed.

Lemma average_monotone f g : (forall o, f o <= g o) -> average f <= average g.
Proof.
  intros H. apply Rmult_le_compat_l; [apply Rlt_le, Rinv_0_lt_compat, size_positive |]. now apply sum_at_most.
Qed.

Definition uniform : Expectation.
Proof.
  refine {| outcome := nat; observable := fun _ => True; mean := average |}; auto using average_one,
    average_add, average_scale, average_monotone.
Defined.
End Uniform.

(* Places of blocks of k are equal if block and place are. *)
Lemma place_injective k p y p' y' : (y < k)%nat -> (y' < k)%nat ->
  (p * k + y =? p' * k + y') = ((p =? p') && (y =? y'))%bool.
Proof.
  intros Hy Hy'. destruct (Nat.eqb_spec p p') as [-> | H]; simpl.
  - destruct (Nat.eqb_spec y y') as [-> | H]; [apply Nat.eqb_refl | apply Nat.eqb_neq; lia].
  - apply Nat.eqb_neq. intros H'. apply H. rewrite <- (block_of k p y Hy), H'. now apply block_of.
Qed.

Section Signs.
Variables (data : Regression reals) (n_x lags : nat) (nu_W nu_F nu_C : R).
Let m := parameters data.
Let l := targets data.

Hypothesis rows : m = (lags * n_x)%nat.
Hypothesis roots_positive : forall p, (p < m)%nat -> 0 < roots data p.
Hypotheses (HW : 0 <= nu_W) (Hp : 0 <= nu_C * nu_F).
Hypothesis entries : (0 < m * l)%nat.

Let M := (m * l)%nat.
Let variance (p : nat) : R := nu_C * nu_F * pow nu_W (p / n_x)%nat.
Let E := uniform (pred (M * 2)).

(* Outcome 2 e + s draws entry e = p l + y and the sign s. *)
Definition signs (o : outcome E) : matrix reals := fun p y =>
  if o / 2 =? p * l + y
  then (if o mod 2 =? 0 then 1 else -1) * sqrt (INR M * variance p) / roots data p
  else 0.

(* A mean over outcomes, by entries and signs. *)
Lemma mean_by_entries f :
  mean (e := E) f
  = / INR (M * 2) * sum (K := reals) M (fun e => f (e * 2)%nat + f (e * 2 + 1)%nat).
Proof.
  simpl. unfold average. replace (S (pred (M * 2))) with (M * 2)%nat by (unfold M in *; lia).
  f_equal. rewrite (sum_blocks (K := reals)). apply (sum_ext (K := reals)). intros e _. simpl.
  rewrite Nat.add_0_r. ring.
Qed.

Let size (p : nat) : R := sqrt (INR M * variance p).

Lemma entry_plus p y e : (p < m)%nat ->
  roots data p * signs (e * 2)%nat p y = if e =? p * l + y then size p else 0.
Proof.
  intros Hq. unfold signs. rewrite Nat.div_mul, Nat.mod_mul by lia. simpl.
  pose proof (roots_positive p Hq). destruct (e =? p * l + y); unfold size; field; lra.
Qed.

Lemma entry_minus p y e : (p < m)%nat ->
  roots data p * signs (e * 2 + 1)%nat p y = if e =? p * l + y then - size p else 0.
Proof.
  intros Hq. unfold signs. rewrite block_of, place_in_block by lia. simpl.
  pose proof (roots_positive p Hq). destruct (e =? p * l + y); unfold size; field; lra.
Qed.

Lemma entry_in_range p y : (p < m)%nat -> (y < l)%nat -> (p * l + y < M)%nat.
Proof. intros. unfold M. nia. Qed.

Theorem signs_have_prior_moments :
  random_start (E := E) data signs /\ prior_moments (E := E) data n_x lags nu_W nu_F nu_C signs.
Proof.
  assert (HM : INR (M * 2) <> 0) by (apply not_0_INR; unfold M in *; lia).
  split; [intros p y _ _; exact I | split].
  - intros p y Hq Hy. rewrite mean_by_entries, (sum_vanishing (K := reals)); [simpl; ring |]. intros e _.
    change (roots data p * signs (e * 2)%nat p y + roots data p * signs (e * 2 + 1)%nat p y = 0).
    fold m in Hq. rewrite entry_plus, entry_minus by exact Hq. destruct (e =? p * l + y); ring.
  - intros i a i' a' y y' Hi Hi' Ha Ha' Hy Hy'. fold l in Hy, Hy'. rewrite mean_by_entries.
    set (p := (i * n_x + a)%nat). set (p' := (i' * n_x + a')%nat).
    assert (Hq : (p < m)%nat) by (unfold p; rewrite rows; nia).
    assert (Hq' : (p' < m)%nat) by (unfold p'; rewrite rows; nia).
    transitivity (/ INR (M * 2) * sum (K := reals) M (fun e =>
      @mul reals (delta (p * l + y)%nat e)
                 (if (p * l + y)%nat =? p' * l + y' then 2 * (size p * size p') else 0))).
    { f_equal. apply (sum_ext (K := reals)). intros e _. cbv beta.
      rewrite !entry_plus, !entry_minus by assumption. unfold delta. rewrite (Nat.eqb_sym e (p * l + y)).
      destruct (Nat.eqb_spec (p * l + y) e) as [<- |]; simpl; [| ring].
      destruct (p * l + y =? p' * l + y'); ring. }
    etransitivity; [apply f_equal, (sum_delta (K := reals)); now apply entry_in_range |].
    cbv beta. rewrite place_injective by assumption. unfold p, p' at 1.
    rewrite (place_injective n_x) by assumption.
    unfold delta.
    destruct (Nat.eqb_spec i i') as [<- |], (Nat.eqb_spec a a') as [<- |], (Nat.eqb_spec y y') as [<- |];
      simpl; try ring.
    change p' with p. unfold size at 1 2. rewrite sqrt_sqrt.
    + unfold variance, p. rewrite block_of by exact Ha. rewrite mult_INR in *. simpl. field. intros H.
      apply HM. rewrite H. ring.
    + apply Rmult_le_pos; [apply pos_INR | apply Rmult_le_pos; [exact Hp | apply pow_le, HW]].
Qed.
End Signs.
