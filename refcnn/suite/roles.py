"""Operators by what they have: read off their records."""

from refcnn.suite.registry import records

WINDOWED = tuple(one.name for one in records().values() if one.window)
# Operators that answer a number for each window: those that give gradients do not.
SLIDING = tuple(name for name in WINDOWED if not records()[name].gradient_of)
POOLS = tuple(one.name for one in records().values() if one.window == "pool")
SLIDING_POOLS = tuple(name for name in POOLS if name in SLIDING)
CONVOLUTIONS = tuple(one.name for one in records().values() if one.window == "kernel")
# Convolutions whose kernels may have gaps, or look at a part of the channels.
DILATED = tuple(name for name in CONVOLUTIONS if records()[name].extensions)
WITH_X = tuple(one.name for one in records().values() if "x" in one.tensors)
GRADIENTS = tuple(one.name for one in records().values() if "dy" in one.tensors)
LABELLED = tuple(one.name for one in records().values() if "labels" in one.tensors)
_MATRICES = [one.name for one in records().values() for given in one.inputs if given.axes == "IO"]
MATRIX_PRODUCTS = tuple(dict.fromkeys(_MATRICES))  # operators whose kernel is a matrix
_ROLES = [(one.name, one.inputs[0].axes, one.outputs[0].axes) for one in records().values()]
OVER_MAPS = tuple(  # operators that make one number of a whole map
    name for name, given, answered in _ROLES if given == "NHWC" and answered == "NC"
)
