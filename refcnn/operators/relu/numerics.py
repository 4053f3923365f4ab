"""ReLU rounds nothing: it only chooses."""

from refcnn.suite.numerics import Numerics

NUMERICS = {"relu": Numerics()}
