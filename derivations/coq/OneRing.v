(* Theorems about all rings, proved in one of which nothing is known. *)
From NTK Require Import Scalars.

(* What a proposition about all rings says of one: where P is (forall R : Ring, about R), [over K P] is
   (about K).  So [ring], which needs to know the ring that it works in, can be used in a section about K. *)
Notation over K P := ltac:(
  let about_all := eval red in P in
  match about_all with forall R : Ring, @?about R => let one := eval cbv beta in (about K) in exact one end)
  (only parsing).
