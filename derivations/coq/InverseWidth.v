(* Expansions in 1/n.

   A quantity of the network is a function of the width n and of a root of 1/n.  It [begins] with c0 and c1
   if it is c0 + c1/n + p(1/n)/n^2 with one polynomial p for all n.  Such quantities may be added and
   multiplied, and the normalised means of traces are of this kind. *)
Require Import Arith Bool Lia List Ring Ring_theory.
From NTK Require Import Scalars ListSums Gaussian Words Factorisation Orders Expectation.
Import ListNotations.
Open Scope scalar_scope.

Section InverseWidth.
Context {K : Ring}.
Add Ring scalars : (laws K).

(* The polynomial with the coefficients l, constant term first. *)
Fixpoint horner (l : list K) (x : K) : K := match l with [] => 0 | c :: l => c + x * horner l x end.

Fixpoint list_add (l m : list K) : list K :=
  match l, m with [], _ => m | _, [] => l | c :: l, d :: m => (c + d) :: list_add l m end.
Lemma horner_add l m x : horner (list_add l m) x = horner l x + horner m x.
Proof.
  revert m. induction l as [|c l IH]; intros [|d m]; simpl; rewrite ?IH; ring.
Qed.
Definition list_scale (c : K) (l : list K) : list K := map (fun d => c * d) l.
Lemma horner_scale c l x : horner (list_scale c l) x = c * horner l x.
Proof. induction l as [|d l IH]; cbn; [ring |]. fold (list_scale c l). rewrite IH. ring. Qed.
Fixpoint list_mul (l m : list K) : list K :=
  match l with [] => [] | c :: l => list_add (list_scale c m) (0 :: list_mul l m) end.
Lemma horner_mul l m x : horner (list_mul l m) x = horner l x * horner m x.
Proof.
  induction l as [|c l IH]; cbn [list_mul]; [simpl; ring |].
  rewrite horner_add, horner_scale. simpl. rewrite IH. ring.
Qed.
Lemma sum_horner N (g : nat -> K) x : sum N (fun r => g r * x ^ r) = horner (map g (seq 0 N)) x.
Proof.
  revert g. induction N as [|N IH]; intros g; [reflexivity |].
  rewrite sum_first. cbn [seq map horner]. rewrite <- seq_shift, map_map, <- IH, <- sum_mul_l. simpl power.
  rewrite (sum_ext N (fun a => g (S a) * (x * x ^ a)) (fun a => x * (g (S a) * x ^ a)))
    by (intros; ring).
  ring.
Qed.

(* [v n root] is c0 + c1/n and a polynomial in 1/n times n^{-2}. *)
Definition begins (v : nat -> K -> K) (c0 c1 : K) : Prop := exists rest : list K,
  forall n root, whole n * (root * root) = 1 ->
  v n root = c0 + c1 * (root * root) + (root * root) * (root * root) * horner rest (root * root).

Lemma begins_ext v w c0 c1 :
  (forall n root, whole n * (root * root) = 1 -> v n root = w n root) -> begins w c0 c1 -> begins v c0 c1.
Proof. intros H [l Hl]. exists l. intros n root E. rewrite H by exact E. now apply Hl. Qed.
Lemma begins_values v c0 c1 d0 d1 : begins v c0 c1 -> c0 = d0 -> c1 = d1 -> begins v d0 d1.
Proof. now intros H <- <-. Qed.
Lemma begins_constant c : begins (fun _ _ => c) c 0.
Proof. exists []. intros. simpl. ring. Qed.
Lemma begins_add v w c0 c1 d0 d1 :
  begins v c0 c1 -> begins w d0 d1 -> begins (fun n root => v n root + w n root) (c0 + d0) (c1 + d1).
Proof.
  intros [l Hl] [m Hm]. exists (list_add l m). intros n root E.
  rewrite Hl, Hm, horner_add by exact E. ring.
Qed.
Lemma begins_mul v w c0 c1 d0 d1 :
  begins v c0 c1 -> begins w d0 d1 ->
  begins (fun n root => v n root * w n root) (c0 * d0) (c0 * d1 + c1 * d0).
Proof.
  intros [l Hl] [m Hm].
  exists (list_add [c1 * d1] (list_add (list_mul [c0; c1] m)
    (list_add (list_mul [d0; d1] l) (0 :: 0 :: list_mul l m)))).
  intros n root E. rewrite Hl, Hm by exact E. rewrite !horner_add, !horner_mul.
  cbn [horner]. rewrite horner_mul. ring.
Qed.
Lemma begins_scale c v c0 c1 : begins v c0 c1 -> begins (fun n root => c * v n root) (c * c0) (c * c1).
Proof.
  intros H. apply (begins_values _ (c * c0) (c * c1 + 0 * c0)); [|reflexivity | ring].
  exact (begins_mul _ _ _ _ _ _ (begins_constant c) H).
Qed.
Lemma begins_sub v w c0 c1 d0 d1 :
  begins v c0 c1 -> begins w d0 d1 -> begins (fun n root => v n root - w n root) (c0 - d0) (c1 - d1).
Proof.
  intros Hv Hw. apply (begins_ext _ (fun n root => v n root + - (1) * w n root)); [intros; ring |].
  apply (begins_values _ (c0 + - (1) * d0) (c1 + - (1) * d1)); [|ring | ring].
  apply begins_add; [exact Hv | now apply begins_scale].
Qed.
(* A factor 1/n. *)
Lemma begins_lower v c0 c1 : begins v c0 c1 -> begins (fun n root => (root * root) * v n root) 0 c0.
Proof. intros [l Hl]. exists (c1 :: l). intros n root E. rewrite Hl by exact E. simpl. ring. Qed.
Lemma begins_sum k (v : nat -> nat -> K -> K) c0 c1 :
  (forall a, (a < k)%nat -> begins (v a) (c0 a) (c1 a)) ->
  begins (fun n root => sum k (fun a => v a n root)) (sum k c0) (sum k c1).
Proof.
  intros H. induction k as [|k IH]; simpl; [apply begins_constant |].
  apply begins_add; [apply IH; intros; apply H; lia | apply H; lia].
Qed.
Lemma begins_sum_list {A} (l : list A) (v : A -> nat -> K -> K) c0 c1 :
  (forall a, In a l -> begins (v a) (c0 a) (c1 a)) ->
  begins (fun n root => sum_list l (fun a => v a n root)) (sum_list l c0) (sum_list l c1).
Proof.
  intros H. induction l as [|a l IH]; simpl; [apply begins_constant |].
  apply begins_add; [apply H; now left | apply IH; intros; apply H; now right].
Qed.
Lemma begins_polynomial (f : nat -> nat) N : (2 <= N)%nat ->
  begins (fun _ root => polynomial f N (root * root)) (whole (f 0%nat)) (whole (f 1%nat)).
Proof.
  intros H. destruct N as [|[|N]]; try lia. exists (map (fun r => whole (f (S (S r)))) (seq 0 N)).
  intros n root _. unfold polynomial. rewrite !sum_first, <- sum_horner, <- sum_mul_l. simpl power.
  rewrite (sum_ext N _ (fun r => (root * root) * (root * root) * (whole (f (S (S r))) * (root * root) ^ r)))
    by (intros; ring). ring.
Qed.

Context {nu_W nu_F nu_C : K} (G : Gaussian K nu_W nu_F nu_C).

(* The normalised mean of a product of traces: its orders 0 and 1, with a power of nu_W. *)
Theorem begins_traces ts : (ts <> []) -> begins (fun n root => normalised (G := G) n root ts)
  (nu_W ^ (letters ts / 2) * whole (order 0 ts)) (nu_W ^ (letters ts / 2) * whole (order 1 ts)).
Proof.
  intros Hne. destruct (Nat.odd (letters ts)) eqn:Ho.
  - rewrite !order_odd by exact Ho.
    apply (begins_ext _ (fun _ _ => 0)); [intros; now apply normalised_traces_odd |].
    apply (begins_values _ 0 0); [apply begins_constant | simpl; ring | simpl; ring].
  - assert (letters ts = 2 * (letters ts / 2))%nat as H.
    { rewrite <- Nat.negb_even in Ho. apply negb_false_iff, Nat.even_spec in Ho as [h Hh].
      rewrite Hh, (Nat.mul_comm 2 h), Nat.div_mul by lia. lia. }
    apply (begins_ext _ _ _ _ (fun n root E => normalised_traces n root E ts _ H)).
    apply begins_scale. apply (begins_polynomial (fun r => order r ts)).
    destruct ts; [contradiction | simpl; lia].
Qed.

(* The mean of a product of traces and the product of the means begin alike: covariances are O(n^-2). *)
Theorem begins_covariance S R : S <> [] -> R <> [] -> begins (fun n root =>
  normalised (G := G) n root (S ++ R) - normalised (G := G) n root S * normalised (G := G) n root R) 0 0.
Proof.
  intros HS HR. assert (S ++ R <> []) as HSR by (destruct S; [contradiction | discriminate]).
  assert ((forall r, order r S = 0%nat) \/
    nu_W ^ (letters (S ++ R) / 2) = nu_W ^ (letters S / 2) * nu_W ^ (letters R / 2)) as Hpower.
  { destruct (Nat.Even_or_Odd (letters S)) as [[h H]|H].
    - right. rewrite letters_app, H, <- power_add, (Nat.mul_comm 2 h), Nat.div_mul, Nat.div_add_l by lia.
      reflexivity.
    - left. intros r. apply order_odd. now apply Nat.odd_spec. }
  apply (begins_values _ _ _ _ _
    (begins_sub _ _ _ _ _ _ (begins_traces (S ++ R) HSR)
       (begins_mul _ _ _ _ _ _ (begins_traces S HS) (begins_traces R HR)))).
  - rewrite order_product, covariance_order_low by lia. unfold conv. simpl below.
    rewrite Nat.add_0_r, whole_mul. destruct Hpower as [H| ->]; [rewrite H; simpl; ring | ring].
  - rewrite order_product, covariance_order_low by lia. unfold conv. simpl below.
    rewrite Nat.add_0_r, whole_add, !whole_mul. destruct Hpower as [H| ->]; [rewrite !H; simpl; ring | ring].
Qed.
End InverseWidth.
