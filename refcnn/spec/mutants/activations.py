"""Mistakes in the activations: relu, then softmax."""

from refcnn.spec.mutants import relu, softmax

MUTANTS = [*relu.MUTANTS, *softmax.MUTANTS]
