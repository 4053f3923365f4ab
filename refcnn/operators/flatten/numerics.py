"""Flatten rounds nothing: it only chooses."""

from refcnn.suite.numerics import Numerics

NUMERICS = {"flatten": Numerics()}
