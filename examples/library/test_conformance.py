import mylib

from refcnn import testing

OPERATORS = ("conv2d", "max_pool2d")
XFAILS = {"CONV-30": "a bias of one number serves all filters, as in NumPy"}
globals().update(testing.conformance(mylib, operators=OPERATORS, xfails=XFAILS))
