(* The lag weights over the real numbers: R as a ring of Scalars.v, so that [rho] is the one of Weights.v.

   The lemmas here translate: powers, whole numbers and sums of Scalars.v are those of Coq's library.
   Then come signs, and the derivative of a weight in nu_W.  Like all of the library's real analysis this
   rests on its axioms of R. *)
Require Import Reals Lra Lia.
From NTK Require Import Scalars Weights.
Open Scope R_scope.

Canonical reals : Ring := {| carrier := R; laws := RTheory |}.

Lemma power_real (x : R) k : power x k = pow x k.
Proof. reflexivity. Qed.

Lemma whole_real k : whole k = INR k :> R.
Proof. induction k as [| k IH]; [reflexivity |]. rewrite S_INR. simpl. now rewrite IH. Qed.

Lemma rho_real (nu_W nu_F nu_C : R) i :
  rho nu_W nu_F nu_C i = (nu_C + nu_F) * pow nu_W i + nu_C * nu_F * (INR i * pow nu_W (i - 1)).
Proof. rewrite lag_weights, whole_real. change (@power reals) with pow. simpl. ring. Qed.

Lemma next_weight_real (nu_W nu_F nu_C : R) i :
  rho nu_W nu_F nu_C (i + 1) = nu_W * rho nu_W nu_F nu_C i + nu_C * nu_F * pow nu_W i :> R.
Proof. rewrite next_weight, power_real. reflexivity. Qed.

Lemma rho_nonnegative (nu_W nu_F nu_C : R) i :
  0 <= nu_W -> 0 <= nu_F -> 0 <= nu_C -> 0 <= rho nu_W nu_F nu_C i.
Proof.
  intros HW HF HC. rewrite rho_real.
  pose proof (pow_le nu_W i HW). pose proof (pow_le nu_W (i - 1) HW). pose proof (pos_INR i).
  apply Rplus_le_le_0_compat; repeat apply Rmult_le_pos; lra.
Qed.

Lemma rho_positive (nu_W nu_F nu_C : R) i : 0 < nu_W -> 0 < nu_F -> 0 < nu_C -> 0 < rho nu_W nu_F nu_C i.
Proof.
  intros HW HF HC. rewrite rho_real.
  pose proof (pow_lt nu_W i HW). pose proof (pow_lt nu_W (i - 1) HW). pose proof (pos_INR i).
  apply Rplus_lt_le_0_compat; [apply Rmult_lt_0_compat | repeat apply Rmult_le_pos]; lra.
Qed.

(* sensitivity as a derivative: d rho_i / d nu_W. *)
Theorem sensitivity_real (nu_W nu_F nu_C : R) i :
  derivable_pt_lim (fun w => rho w nu_F nu_C i) nu_W
    (INR i * nu_C * nu_F * pow nu_W (i - 2) * (INR i - 1) + INR i * pow nu_W (i - 1) * (nu_C + nu_F)).
Proof.
  assert (places : INR i * INR (i - 1) = INR i * (INR i - 1)).
  { destruct i; [simpl; ring |]. rewrite S_INR. replace (S i - 1)%nat with i by lia. ring. }
  apply (derivable_pt_lim_ext
           (fun w => (nu_C + nu_F) * pow w i + nu_C * nu_F * INR i * pow w (i - 1))%R).
  { intros w. rewrite rho_real. ring. }
  replace (INR i * nu_C * nu_F * pow nu_W (i - 2) * (INR i - 1) + INR i * pow nu_W (i - 1) * (nu_C + nu_F))
    with ((nu_C + nu_F) * (INR i * pow nu_W (pred i))
          + nu_C * nu_F * INR i * (INR (i - 1) * pow nu_W (pred (i - 1)))).
  - apply derivable_pt_lim_plus; apply derivable_pt_lim_scal; apply derivable_pt_lim_pow.
  - replace (pred i) with (i - 1)%nat by lia. replace (pred (i - 1)) with (i - 2)%nat by lia.
    ring [places].
Qed.
