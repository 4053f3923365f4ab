import mylib

from refcnn import testing

OPERATORS = ("conv2d", "max_pool2d")
ONE_BIAS = "test_CONV_30_a_bias_of_another_length_is_refused"
XFAILS = {ONE_BIAS: "a bias of one number serves all filters, as in NumPy"}
globals().update(testing.conformance(mylib, operators=OPERATORS, xfails=XFAILS))
