(* What the definitions of the network compute, for one small network over the integers.

   n = n_y = 2, n_x = 1, root = 1.  The numbers on the right were found by symbolic differentiation of
   C W^j F. *)
Require Import ZArith List.
From NTK Require Import Scalars Matrices Network LagKernel.
Import ListNotations.

Canonical integers : Ring := {| carrier := Z; laws := Zth |}.

Definition of_rows (rows : list (list Z)) : matrix integers := fun p q => nth q (nth p rows []) 0%Z.

Definition small_network : Network integers := {|
  width := 2; inputs := 1; outputs := 2; root := 1%Z;
  transition := of_rows [[1; 2]; [3; -1]]%Z;
  input := of_rows [[1]; [2]]%Z;
  readout := of_rows [[1; -1]; [2; 1]]%Z
|}.

Example responses : map (fun j => map (fun y => response small_network j y 0) [0; 1]%nat) [0; 1; 2; 3]%nat
  = [[-1; 4]; [4; 11]; [-7; 28]; [28; 77]]%Z.
Proof. vm_compute. reflexivity. Qed.

(* Theta_ij for i, j <= 3, between the first output and itself, and between the first and the second. *)
Definition kernels (y y' : nat) : list (list Z) :=
  map (fun i => map (fun j => lag_kernel small_network i j y 0 y' 0) [0; 1; 2; 3]%nat) [0; 1; 2; 3]%nat.

Example first_with_itself :
  kernels 0 0 = [[7; 2; 49; 14]; [2; 49; 3; 378]; [49; 3; 390; -95]; [14; 378; -95; 3229]]%Z.
Proof. vm_compute. reflexivity. Qed.
Example first_with_second :
  kernels 0 1 = [[1; 2; 7; 14]; [-1; 4; 10; 77]; [7; 16; 77; 171]; [-7; 56; 156; 1003]]%Z.
Proof. vm_compute. reflexivity. Qed.
