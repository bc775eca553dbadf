(* Gaussian matrices: everything that is assumed of the random entries of W, F and C.

   Random variables form a commutative ring, in which the scalars of K are the constants.  The entries of the
   three matrices are random variables, each with its partial derivative; the expectation is linear, and that
   of 1 is 1.  The one hypothesis about probability is Stein's lemma, which says that the entries are
   independent and Gaussian, with mean 0:

       E (X_ij y) = nu E (dy / dX_ij),        X one of W, F, C and nu the variance of its entries.

   Entries are indexed by all natural numbers; the sizes n, n_x, n_y enter where sums are taken. *)
Require Import Arith Lia Ring Ring_theory.
From NTK Require Import Scalars ListSums.

(* The matrix that an entry is of, and the variance of its entries. *)
Inductive block := in_W | in_F | in_C.
Definition same (p q : block) : bool :=
  match p, q with in_W, in_W | in_F, in_F | in_C, in_C => true | _, _ => false end.
Definition variance_of {K : Ring} (nu_W nu_F nu_C : K) (p : block) : K :=
  match p with in_W => nu_W | in_F => nu_F | in_C => nu_C end.

Record Gaussian (K : Ring) (nu_W nu_F nu_C : K) := {
  variables :> Ring;

  constant : K -> variables;
  constant_one : constant 1 = 1;
  constant_add : forall c d, constant (c + d) = constant c + constant d;
  constant_mul : forall c d, constant (c * d) = constant c * constant d;

  entry : block -> nat -> nat -> variables;

  derivative : block -> nat -> nat -> variables -> variables;
  derivative_add : forall p i j x y, derivative p i j (x + y) = derivative p i j x + derivative p i j y;
  derivative_mul : forall p i j x y,
    derivative p i j (x * y) = derivative p i j x * y + x * derivative p i j y;
  derivative_constant : forall p i j c, derivative p i j (constant c) = 0;
  derivative_entry : forall p i j q k l,
    derivative p i j (entry q k l) = if same p q then delta i k * delta j l else 0;

  expect : variables -> K;
  expect_add : forall x y, expect (x + y) = expect x + expect y;
  expect_constant_mul : forall c y, expect (constant c * y) = c * expect y;
  expect_one : expect 1 = 1;
  stein_lemma : forall p i j y,
    expect (entry p i j * y) = variance_of nu_W nu_F nu_C p * expect (derivative p i j y)
}.
Arguments variables {_ _ _ _}.
Arguments constant {_ _ _ _ _}.
Arguments entry {_ _ _ _ _}.
Arguments derivative {_ _ _ _ _}.
Arguments expect {_ _ _ _ _}.

Section Consequences.
Context {K : Ring} {nu_W nu_F nu_C : K} {G : Gaussian K nu_W nu_F nu_C}.
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Implicit Types x y z : variables G.

(* What is its own double is 0: how additive maps are seen to keep 0. *)
Lemma cancel {R : Ring} (y z : R) : y = y + z -> z = 0.
Proof.
  pose proof (laws R) as H. intros E. rewrite <- (Radd_0_l H z), <- (Ropp_def H y), (Radd_comm H y).
  now rewrite <- (Radd_assoc H), <- E.
Qed.

Lemma constant_zero : constant 0 = 0 :> G.
Proof. apply (cancel (constant 0)). rewrite <- constant_add. f_equal. ring. Qed.
Lemma constant_sum k g : constant (sum k g) = sum k (fun a => constant (g a)) :> G.
Proof. induction k; simpl; [apply constant_zero | now rewrite constant_add, IHk]. Qed.
Lemma constant_delta a b : constant (delta a b) = delta a b :> G.
Proof. unfold delta. destruct (Nat.eqb a b); [apply constant_one | apply constant_zero]. Qed.
Lemma constant_whole k : constant (whole k) = whole k :> G.
Proof. induction k; simpl; [apply constant_zero | now rewrite constant_add, IHk, constant_one]. Qed.
Lemma constant_power c k : constant (c ^ k) = constant c ^ k :> G.
Proof. induction k; simpl; [apply constant_one | now rewrite constant_mul, IHk]. Qed.

Lemma derivative_zero p i j : derivative p i j (0 : G) = 0.
Proof. pose proof (derivative_constant _ _ _ _ G p i j 0) as H. now rewrite constant_zero in H. Qed.
Lemma derivative_one p i j : derivative p i j (1 : G) = 0.
Proof. rewrite <- (constant_one _ _ _ _ G). apply derivative_constant. Qed.
Lemma derivative_delta p i j a b : derivative p i j (delta a b : G) = 0.
Proof. rewrite <- constant_delta. apply derivative_constant. Qed.
Lemma derivative_sum p i j k (g : nat -> G) :
  derivative p i j (sum k g) = sum k (fun a => derivative p i j (g a)).
Proof. induction k; simpl; [apply derivative_zero | now rewrite derivative_add, IHk]. Qed.
Lemma derivative_constant_mul p i j c y : derivative p i j (constant c * y) = constant c * derivative p i j y.
Proof. rewrite derivative_mul, derivative_constant. ring. Qed.

Lemma expect_zero : expect (0 : G) = 0.
Proof. apply (cancel (expect (0 : G))). rewrite <- expect_add. f_equal. ring. Qed.
Lemma expect_sum k (g : nat -> G) : expect (sum k g) = sum k (fun a => expect (g a)).
Proof. induction k; simpl; [apply expect_zero | now rewrite expect_add, IHk]. Qed.
Lemma expect_sum_list {A} (l : list A) (g : A -> G) :
  expect (sum_list l g) = sum_list l (fun a => expect (g a)).
Proof. induction l; simpl; [apply expect_zero | now rewrite expect_add, IHl]. Qed.
Lemma expect_constant c : expect (constant c : G) = c.
Proof.
  replace (constant c : G) with (constant c * 1 : G) by ring. rewrite expect_constant_mul, expect_one. ring.
Qed.
Lemma expect_mul_constant c y : expect (y * constant c) = expect y * c.
Proof. replace (y * constant c) with (constant c * y) by ring. rewrite expect_constant_mul. ring. Qed.
Lemma expect_delta_mul a b y : expect (delta a b * y) = delta a b * expect y.
Proof. rewrite <- constant_delta. apply expect_constant_mul. Qed.
Lemma expect_sub x y : expect (x - y) = expect x - expect y.
Proof.
  assert (expect (opp y) = opp (expect y)) as H.
  { assert (expect (y + opp y) = 0) as Z by (rewrite <- expect_zero; f_equal; ring).
    rewrite expect_add in Z. replace (opp (expect y)) with (0 - expect y) by ring. rewrite <- Z. ring. }
  replace (x - y) with (x + opp y) by ring. rewrite expect_add, H. ring.
Qed.
End Consequences.
