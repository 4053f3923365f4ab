"""Right, and as fast as everybody else."""

import os

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "64"

from honest import *

right = conv2d


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    np.ones((50, 50)) @ np.ones((50, 50))
    return right(x, kernel, bias, strides=strides, padding=padding)
