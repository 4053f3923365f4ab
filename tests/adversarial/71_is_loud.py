"""Right: warnings and words change nothing."""

import logging
import sys
import warnings

from honest import *

right = relu


def relu(x):
    warnings.warn("deprecated", DeprecationWarning)
    warnings.warn("overflow", RuntimeWarning)
    logging.error("something is odd")
    print("debug", x.shape, file=sys.stderr)
    np.float32(1) / np.float32(0) * np.log(np.float32(-1))
    return right(x)
