"""The statements and their proofs, a module for each subject."""
