"""Mistakes in the activations: relu, then softmax."""

from refcnn.suite.mutants import relu, softmax

MUTANTS = [*relu.MUTANTS, *softmax.MUTANTS]
