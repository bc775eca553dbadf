(* The network with Gaussian matrices, and its lag Grams as quadratic forms.

   It is the network of Network.v over the ring of random variables, with the entries of W, F and C for its
   matrices.  Its lag kernel, the sum over all parameters of products of derivatives, is [Theta].  Its Grams
   are quadratic forms of the rows of C and of the columns of F, with a power of n^{-1/2}. *)
Require Import Arith Lia List Ring Ring_theory.
From NTK Require Import Scalars Matrices Network LagKernel Gaussian Words Expectation QuadraticForms.
Import ListNotations.
Open Scope scalar_scope.

(* W'^a W^b, beside W^a W'^b. *)
Definition power_word' (a b : nat) : word := repeat false a ++ repeat true b.

Section RandomNetwork.
Context {K : Ring} {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).
Add Ring scalars : (laws K).
Add Ring variables : (laws (variables G)).
Variables (n n_x n_y : nat) (root : K).

Definition network : Network G := {|
  width := n; inputs := n_x; outputs := n_y; Network.root := constant root;
  transition := entry in_W; input := entry in_F; readout := entry in_C
|}.

(* Theta_ij, row (y, x), column (y', x'). *)
Definition Theta (i j y x y' x' : nat) : G := lag_kernel network i j y x y' x'.

Notation spell := (@spell K nu_W nu_F nu_C G n).
Notation form := (@form K nu_W nu_F nu_C G n).

Lemma spell_power a k l : (k < n)%nat -> spell (repeat true a) k l = matrix_power n (entry in_W) a k l.
Proof.
  revert k. induction a as [|a IH]; intros k Hk; [reflexivity |].
  simpl. apply sum_ext. intros m Hm. now rewrite IH.
Qed.
Lemma transpose_repeat y a : transpose (repeat y a) = repeat (negb y) a.
Proof.
  unfold transpose. induction a as [|a IH]; [reflexivity |]. simpl. rewrite IH. symmetry. apply repeat_cons.
Qed.
Lemma spell_transposed_power a k l : (k < n)%nat -> (l < n)%nat ->
  spell (repeat false a) k l = matrix_power n (entry in_W) a l k.
Proof.
  intros Hk Hl. change false with (negb true). rewrite <- transpose_repeat, spell_transpose by assumption.
  now apply spell_power.
Qed.

(* P_ab and Q_ab *)
Theorem left_gram_form a b y y' :
  left_gram network a b y y' = constant (root ^ (a + b + 2)) * form in_C (spell (power_word a b)) y y'.
Proof.
  unfold left_gram, left_chain, product, scaled, Matrices.transpose, form.
  cbn [width readout transition Network.root network].
  set (M := matrix_power n (entry in_W)).
  rewrite (sum_ext n _ (fun m => constant (root ^ (a + b)) *
    (sum n (fun k => sum n (fun l => entry in_C y k * M a k m * (entry in_C y' l * M b l m)))))).
  - rewrite sum_mul_l, !constant_power, !power_add. simpl.
    transitivity (constant root ^ a * constant root ^ b * (constant root * constant root) *
      sum n (fun m => sum n (fun k => sum n (fun l =>
        entry in_C y k * M a k m * (entry in_C y' l * M b l m)))));
      [ring |].
    transitivity (constant root ^ a * constant root ^ b * (constant root * constant root) * sum n (fun k =>
      sum n (fun l => entry in_C y k * spell (power_word a b) k l * entry in_C y' l))); [f_equal | ring].
    rewrite sum_swap. apply sum_ext. intros k Hk. rewrite sum_swap. apply sum_ext. intros l Hl.
    unfold power_word. rewrite spell_app by exact Hk. rewrite <- sum_mul_l, <- sum_mul_r. apply sum_ext.
    intros m Hm. rewrite spell_power, spell_transposed_power by assumption. fold M. ring.
  - intros m _. rewrite !constant_power, power_add.
    transitivity (constant root ^ a * constant root ^ b * (sum n (fun k => entry in_C y k * M a k m) *
      sum n (fun l => entry in_C y' l * M b l m))); [ring |]. f_equal.
    rewrite <- sum_mul_r. apply sum_ext. intros k _. now rewrite sum_mul_l.
Qed.
Theorem right_gram_form a b x x' :
  right_gram network a b x x' = constant (root ^ (a + b + 2)) * form in_F (spell (power_word' a b)) x x'.
Proof.
  unfold right_gram, right_chain, product, scaled, Matrices.transpose, form.
  cbn [width input transition Network.root network].
  set (M := matrix_power n (entry in_W)).
  rewrite (sum_ext n _ (fun m => constant (root ^ (a + b)) *
    (sum n (fun k => sum n (fun l => entry in_F k x * M a m k * (entry in_F l x' * M b m l)))))).
  - rewrite sum_mul_l, !constant_power, !power_add. simpl.
    transitivity (constant root ^ a * constant root ^ b * (constant root * constant root) *
      sum n (fun m => sum n (fun k => sum n (fun l =>
        entry in_F k x * M a m k * (entry in_F l x' * M b m l)))));
      [ring |].
    transitivity (constant root ^ a * constant root ^ b * (constant root * constant root) * sum n (fun k =>
      sum n (fun l => entry in_F k x * spell (power_word' a b) k l * entry in_F l x'))); [f_equal | ring].
    rewrite sum_swap. apply sum_ext. intros k Hk. rewrite sum_swap. apply sum_ext. intros l Hl.
    unfold power_word'. rewrite spell_app by exact Hk. rewrite <- sum_mul_l, <- sum_mul_r. apply sum_ext.
    intros m Hm. rewrite spell_power, spell_transposed_power by assumption. fold M. ring.
  - intros m _. rewrite !constant_power, power_add.
    transitivity (constant root ^ a * constant root ^ b * (sum n (fun k => M a m k * entry in_F k x) *
      sum n (fun l => M b m l * entry in_F l x'))); [ring |]. f_equal.
    rewrite <- sum_mul_r. apply sum_ext. intros k _. rewrite <- sum_mul_l. apply sum_ext. intros. ring.
Qed.
End RandomNetwork.
