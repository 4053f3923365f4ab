"""Extremes rounds nothing: it only chooses."""

from refcnn.suite.numerics import Numerics

NUMERICS = {"extremes": {"largest": Numerics(), "smallest": Numerics()}}
