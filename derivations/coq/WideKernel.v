(* The kernel of two sequences in the limit of wide networks: by lags, by a recursion, and what a bias adds.

   [kernel_of_grams P Q] is the kernel of two sequences as two lag Grams determine it, at every width
   ([kernel_by_grams]).  The limit is the same function of the Grams' limits, P_ab -> nu_C nu_W^a delta_ab I
   and Q_ab -> nu_W^a delta_ab diag(nu), with the variance nu_q of the entries in column q of F.  (That the
   Grams do converge is not said here.)  Proved, for every pair of times, over any commutative ring:

   - [wide_kernel]: the limit is the sum over the lags of rho_j x_{t-j} x'_{s-j}, coordinate by coordinate;
   - [wide_network_is_scaled_convolution]: that is the kernel of the scaled convolution;
   - [kernel_recursion]: it is (nu_C + nu_F) A + nu_C nu_F B, with A and B by recursion along the diagonals;
   - [bias_is_input], [bias]: a bias is one more input, constantly 1, and what it adds in closed form. *)
Require Import Arith Lia Ring.
From NTK Require Import Scalars Matrices Network LagKernel ScaledConvolution.
From NTK Require Weights.
Import Weights (rho, gram_limit).

Section WideKernel.
Context {K : Ring}.
Add Ring scalars : (laws K).
Implicit Types (N : Network K) (x : sequence K).

(* Lag Grams: a matrix for each pair of lags. *)
Definition grams := nat -> nat -> matrix K.

(* I (x) Q_ij + P_ij (x) I + sum_{a<i, b<j} P_ab (x) Q_{i-1-a, j-1-b}, entry (y, q), (y', q'). *)
Definition lag_kernel_of_grams (P Q : grams) (i j y q y' q' : nat) : K :=
  delta y y' * Q i j q q' + P i j y y' * delta q q'
  + sum i (fun a => sum j (fun b => P a b y y' * Q (i - 1 - a)%nat (j - 1 - b)%nat q q')).

(* sum_{i<=t, j<=s} x_{t-i}' Theta_ij x'_{s-j}, for sequences of l coordinates. *)
Definition kernel_of_grams (P Q : grams) (l : nat) x x' (t s y y' : nat) : K :=
  sum (S t) (fun i => sum (S s) (fun j => sum l (fun q => sum l (fun q' =>
    x (t - i)%nat q * lag_kernel_of_grams P Q i j y q y' q' * x' (s - j)%nat q')))).

(* At every width. *)
Theorem kernel_by_grams N x x' t s y y' : (y < outputs N)%nat ->
  tangent_kernel N x x' t s y y' = kernel_of_grams (left_gram N) (right_gram N) (inputs N) x x' t s y y'.
Proof.
  intros Hy. rewrite sequence_kernel. apply sum_ext. intros i _. apply sum_ext. intros j _.
  apply sum_ext. intros q Hq. apply sum_ext. intros q' Hq'. now rewrite lag_kernel_convolution.
Qed.

(* The limits of the Grams. *)
Definition left_limit (nu_W nu_C : K) : grams := fun a b y y' => gram_limit nu_C nu_W a b * delta y y'.
Definition right_limit (nu_W : K) (nu : nat -> K) : grams :=
  fun a b q q' => gram_limit (nu q) nu_W a b * delta q q'.

(* The limit of the kernel of two sequences of l coordinates, nu_q being the variance of column q of F. *)
Definition wide_network_kernel (nu_W : K) (nu : nat -> K) (nu_C : K) :=
  kernel_of_grams (left_limit nu_W nu_C) (right_limit nu_W nu).

Lemma wide_lag_kernel nu_W nu nu_C i j y q y' q' :
  lag_kernel_of_grams (left_limit nu_W nu_C) (right_limit nu_W nu) i j y q y' q'
  = delta i j * (delta q q' * (delta y y' * rho nu_W (nu q) nu_C i)).
Proof.
  transitivity (delta y y' * (delta q q' * Weights.kernel_limit nu_W (nu q) nu_C i j)).
  - unfold lag_kernel_of_grams, left_limit, right_limit, Weights.kernel_limit, Weights.lag_kernel.
    rewrite (sum_ext i _ (fun a => delta y y' * delta q q' * sum j (fun b =>
      gram_limit nu_C nu_W a b * gram_limit (nu q) nu_W (i - 1 - a) (j - 1 - b)))).
    + rewrite sum_mul_l. ring.
    + intros a _. rewrite <- sum_mul_l. apply sum_ext. intros. ring.
  - rewrite Weights.kernel_limit_is_diagonal. ring.
Qed.

Lemma double_sum_diagonal t s (f : nat -> nat -> K) :
  sum (S t) (fun i => sum (S s) (fun j => delta i j * f i j)) = sum (Nat.min t s + 1) (fun i => f i i).
Proof.
  rewrite (sum_ext (S t) _ (fun i => if i <=? s then f i i else 0)).
  - destruct (Nat.le_gt_cases t s) as [H | H].
    + rewrite Nat.min_l, Nat.add_1_r by exact H. apply sum_ext. intros i Hi.
      destruct (Nat.leb_spec i s); [reflexivity | lia].
    + rewrite Nat.min_r by lia. apply (sum_until (S t) s (fun i => f i i)). lia.
  - intros i _. destruct (Nat.leb_spec i s) as [H | H].
    + apply (sum_delta (S s) i (f i)). lia.
    + apply sum_vanishing. intros j Hj. unfold delta. destruct (Nat.eqb_spec i j); [lia | ring].
Qed.

(* The limit, column by column of F. *)
Theorem wide_kernel nu_W nu nu_C l x x' t s y y' :
  wide_network_kernel nu_W nu nu_C l x x' t s y y'
  = delta y y' * sum (Nat.min t s + 1) (fun j =>
      sum l (fun q => rho nu_W (nu q) nu_C j * (x (t - j)%nat q * x' (s - j)%nat q))).
Proof.
  rewrite <- sum_mul_l. unfold wide_network_kernel, kernel_of_grams.
  rewrite <- (double_sum_diagonal t s (fun i j => delta y y' * sum l (fun q =>
                rho nu_W (nu q) nu_C i * (x (t - i)%nat q * x' (s - j)%nat q)))).
  apply sum_ext. intros i _. apply sum_ext. intros j _. rewrite <- !sum_mul_l. apply sum_ext. intros q Hq.
  rewrite <- (sum_delta l q (fun q' => delta i j * (delta y y' * (rho nu_W (nu q) nu_C i
                * (x (t - i)%nat q * x' (s - j)%nat q')))) Hq).
  apply sum_ext. intros q' _. rewrite wide_lag_kernel. ring.
Qed.

(* One variance for all columns of F. *)
Corollary wide_kernel_inner nu_W nu_F nu_C l x x' t s y y' :
  wide_network_kernel nu_W (fun _ => nu_F) nu_C l x x' t s y y'
  = delta y y' * sum (Nat.min t s + 1) (fun j =>
      rho nu_W nu_F nu_C j * inner l (x (t - j)%nat) (x' (s - j)%nat)).
Proof. rewrite wide_kernel. f_equal. apply sum_ext. intros j _. apply sum_mul_l. Qed.

(* scaled-convolution, its title: the convolution has the wide network's kernel, whatever theta. *)
Theorem wide_network_is_scaled_convolution nu_W nu_F nu_C root_rho T m l theta x x' t s z z' :
  (forall j, root_rho j * root_rho j = rho nu_W nu_F nu_C j) -> (Nat.min t s < T)%nat -> (z < m)%nat ->
  convolution_kernel T m l root_rho theta x x' t s z z'
  = wide_network_kernel nu_W (fun _ => nu_F) nu_C l x x' t s z z'.
Proof.
  intros Hrho HT Hz. rewrite wide_kernel_inner.
  exact (scaled_convolution T m l (rho nu_W nu_F nu_C) root_rho theta x x' t s z z' Hrho HT Hz).
Qed.

(* ---- The recursion along the diagonals ---- *)

(* A_ts = nu_W A_{t-1,s-1} + G_ts and B_ts = nu_W B_{t-1,s-1} + A_{t-1,s-1}, both 0 at negative times. *)
Fixpoint kernel_A (nu_W : K) (G : nat -> nat -> K) (t s : nat) : K :=
  match t, s with S t', S s' => nu_W * kernel_A nu_W G t' s' | _, _ => 0 end + G t s.
Fixpoint kernel_B (nu_W : K) (G : nat -> nat -> K) (t s : nat) : K :=
  match t, s with S t', S s' => nu_W * kernel_B nu_W G t' s' + kernel_A nu_W G t' s' | _, _ => 0 end.

Lemma kernel_A_by_lags nu_W G t s :
  kernel_A nu_W G t s = sum (Nat.min t s + 1) (fun j => nu_W ^ j * G (t - j)%nat (s - j)%nat).
Proof.
  revert s. induction t as [|t IH]; intros [|s]; simpl Nat.min; simpl Nat.add; cbn [kernel_A];
    try (simpl; ring).
  rewrite sum_first, IH. simpl Nat.sub. rewrite <- sum_mul_l.
  rewrite (sum_ext _ (fun a => nu_W ^ S a * _) (fun a => nu_W * (nu_W ^ a * G (t - a)%nat (s - a)%nat)))
    by (intros; simpl; ring).
  simpl. ring.
Qed.

(* rho_j D^j G by its diagonal: the weights of A and B are nu_W^j and j nu_W^{j-1}. *)
Lemma kernel_B_by_lags nu_W G t s :
  kernel_B nu_W G t s
  = sum (Nat.min t s + 1) (fun j => whole j * nu_W ^ (j - 1) * G (t - j)%nat (s - j)%nat).
Proof.
  revert s. induction t as [|t IH]; intros [|s]; simpl Nat.min; simpl Nat.add; cbn [kernel_B];
    try (simpl; ring).
  rewrite sum_first, IH, kernel_A_by_lags, <- sum_mul_l, <- sum_add. simpl whole at 2.
  transitivity (0 + sum (Nat.min t s + 1) (fun a => whole (S a) * nu_W ^ (S a - 1)
                  * G (S t - S a)%nat (S s - S a)%nat)); [| ring].
  transitivity (sum (Nat.min t s + 1) (fun a => whole (S a) * nu_W ^ (S a - 1)
                  * G (S t - S a)%nat (S s - S a)%nat)); [| ring].
  apply sum_ext. intros [|a] _; simpl; rewrite ?Nat.sub_0_r; simpl; ring.
Qed.

(* kernel-recursion *)
Theorem kernel_recursion nu_W nu_F nu_C l x x' t s y :
  let G t s := inner l (x t) (x' s) in
  wide_network_kernel nu_W (fun _ => nu_F) nu_C l x x' t s y y
  = kernel_A nu_W G t s * (nu_C + nu_F) + kernel_B nu_W G t s * nu_C * nu_F.
Proof.
  intros G. rewrite wide_kernel_inner, kernel_A_by_lags, kernel_B_by_lags.
  unfold delta. rewrite Nat.eqb_refl, <- sum_mul_r.
  transitivity (sum (Nat.min t s + 1) (fun j => nu_W ^ j * G (t - j)%nat (s - j)%nat * (nu_C + nu_F))
    + sum (Nat.min t s + 1) (fun j => whole j * nu_W ^ (j - 1) * G (t - j)%nat (s - j)%nat) * (nu_C * nu_F));
    [| ring].
  rewrite <- sum_mul_r, <- sum_add.
  match goal with |- 1 * sum ?k ?g = _ => transitivity (sum k g); [ring |] end.
  apply sum_ext. intros j _. rewrite Weights.lag_weights. unfold G. ring.
Qed.

(* ---- A bias ---- *)

(* The hidden states with a bias b: h_t = root W h_{t-1} + F x_t + b; [biased_state N b x t] is h_{t-1}. *)
Fixpoint biased_state N (b : nat -> K) x (t : nat) (u : nat) : K :=
  match t with
  | O => 0
  | S t => root N * sum (width N) (fun v => transition N u v * biased_state N b x t v)
           + sum (inputs N) (fun q => input N u q * x t q) + b u
  end.

(* A list of l numbers with one more. *)
Definition appended {R : Ring} (l : nat) (g : nat -> R) (last : R) : nat -> R :=
  fun q => if q <? l then g q else last.

(* The network with [F b] for F. *)
Definition with_column N (b : nat -> K) : Network K := {|
  width := width N; inputs := S (inputs N); outputs := outputs N; root := root N;
  transition := transition N; input u := appended (inputs N) (input N u) (b u); readout := readout N
|}.

(* [x_t; 1] *)
Definition with_one (l : nat) x : sequence K := fun t => appended l (x t) 1.

Lemma sum_appended l (f : K -> K -> K) g h (y z : K) :
  sum (S l) (fun q => f (appended l g y q) (appended l h z q)) = sum l (fun q => f (g q) (h q)) + f y z.
Proof.
  cbn [sum]. unfold appended at 3 4. rewrite Nat.ltb_irrefl. f_equal. apply sum_ext. intros q Hq.
  unfold appended. destruct (Nat.ltb_spec q l); [reflexivity | lia].
Qed.

(* At every width, a bias is the column of F of an input that is constantly 1. *)
Theorem bias_is_input N b x t u :
  state (with_column N b) (with_one (inputs N) x) t u = biased_state N b x t u.
Proof.
  revert u. induction t as [|t IH]; intros u; [reflexivity |]. cbn [state biased_state].
  change (inputs (with_column N b)) with (S (inputs N)). cbn [with_column width root transition input].
  unfold with_one at 2. rewrite (sum_appended (inputs N) mul).
  rewrite (sum_ext (width N) _ (fun v => transition N u v * biased_state N b x t v)); [ring |].
  intros v _. f_equal. apply IH.
Qed.

(* What a bias adds to the limit at times t and s: the kernel of [x; 1] with variances (nu_F, ..., nu_F,
   nu_b), less the kernel of x. *)
Definition bias_kernel (nu_W nu_F nu_b nu_C : K) (l : nat) x x' (t s y : nat) : K :=
  wide_network_kernel nu_W (appended l (fun _ => nu_F) nu_b) nu_C (S l) (with_one l x) (with_one l x') t s y y
  - wide_network_kernel nu_W (fun _ => nu_F) nu_C l x x' t s y y.

(* The first min(t, s) + 1 weights with nu_b for nu_F. *)
Lemma bias_kernel_by_lags nu_W nu_F nu_b nu_C l x x' t s y :
  bias_kernel nu_W nu_F nu_b nu_C l x x' t s y = sum (Nat.min t s + 1) (fun j => rho nu_W nu_b nu_C j).
Proof.
  unfold bias_kernel. rewrite !wide_kernel. unfold delta. rewrite Nat.eqb_refl.
  rewrite (sum_ext _ (fun j => sum (S l) _) (fun j =>
    sum l (fun q => rho nu_W nu_F nu_C j * (x (t - j)%nat q * x' (s - j)%nat q)) + rho nu_W nu_b nu_C j)).
  - rewrite sum_add. change (fun j => rho nu_W nu_b nu_C j) with (rho nu_W nu_b nu_C). ring.
  - intros j _. cbn [sum]. unfold with_one, appended. rewrite Nat.ltb_irrefl. f_equal; [| ring].
    apply sum_ext. intros q Hq. destruct (Nat.ltb_spec q l); [reflexivity | lia].
Qed.

(* bias *)
Theorem bias nu_W nu_F nu_b nu_C inv l x x' t s y m :
  m = (Nat.min t s + 1)%nat -> (1 - nu_W) * inv = 1 ->
  bias_kernel nu_W nu_F nu_b nu_C l x x' t s y
  = nu_C * nu_b * inv ^ 2 - nu_C * nu_b * (whole m * nu_W ^ (m - 1) * inv + nu_W ^ m * inv ^ 2)
    - nu_W ^ m * (nu_C + nu_b) * inv + (nu_C + nu_b) * inv.
Proof.
  intros -> Hinv. rewrite bias_kernel_by_lags, (Weights.partial_sum _ _ _ inv) by exact Hinv. cbv zeta. ring.
Qed.
End WideKernel.
