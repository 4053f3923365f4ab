"""The gradient of ReLU rounds nothing: it is a number of dy, or 0."""

from refcnn.suite.numerics import Numerics

NUMERICS = {"relu_backward": Numerics()}
