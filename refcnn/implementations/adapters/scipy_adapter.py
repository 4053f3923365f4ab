"""SciPy: correlation, BLAS and softmax.

Its correlation has no strides and no bias, and its mode "same" would pad the channels as
well. ndimage's filters are not pools: their windows are centred and cannot leave cells out.
"""

from typing import Any

import numpy as np

from refcnn.harness.calls import missing
from refcnn.implementations.adapters import library
from refcnn.suite.tensors import Array

signal: Any = library("scipy.signal")
special: Any = library("scipy.special")
linalg: Any = library("scipy.linalg")

STATEMENT = {
    "layout": "NHWC",
    "kernel_layout": "HWIO",
    "dense_layout": "IO",
    "algorithm": "fast",  # signal.correlate takes the FFT where it expects it to be faster
    "dialects": [],
    "implementation": {"scipy": str(library("scipy").__version__)},
}


def conv2d(x: Array, kernel: Array, *, padding: Any = "valid") -> Any:
    """scipy.signal.correlate of the batch with every filter, over all of its four axes."""
    if padding != "valid":
        missing("signal.correlate pads all axes alike, the channels too")
    filters = (kernel[np.newaxis, ..., o] for o in range(kernel.shape[-1]))
    return np.concatenate([signal.correlate(x, one, mode="valid") for one in filters], axis=-1)


def dense(x: Array, kernel: Array) -> Any:
    """scipy.linalg.blas: gemm of the type of the arrays."""
    return linalg.get_blas_funcs("gemm", (x, kernel))(1.0, x, kernel)


def softmax(x: Array) -> Any:
    """scipy.special.softmax along the last axis."""
    return special.softmax(x, axis=-1)
