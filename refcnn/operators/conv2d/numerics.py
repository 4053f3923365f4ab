"""How convolution rounds: sums of products under a window."""

from math import prod
from typing import Any

import numpy as np

from refcnn.cnn.ops import windows
from refcnn.cnn.shapes import geometry
from refcnn.suite import bounds, precise
from refcnn.suite.case import Case
from refcnn.suite.exactness import Products, of_products
from refcnn.suite.numerics import Numerics
from refcnn.suite.tensors import Array
from refcnn.suite.windows import lay_out, ungrouped


def to_twice_the_digits(
    x: Array, kernel: Array, bias: Array | None = None, *, groups: int = 1, **place: Any
) -> precise.HiLo:
    """The convolution of `ops.conv2d`, to twice the digits."""
    kernel = ungrouped(kernel, groups)
    kh, kw, depth, filters = kernel.shape
    patches = windows(x, geometry("kernel", x.shape[1:3], (kh, kw), **place), 0)
    taps = np.ndindex(kh, kw, depth)
    terms = ((patches[..., c, m, n, np.newaxis], kernel[m, n, c]) for m, n, c in taps)
    return precise.dot(precise.spread(bias, (*patches.shape[:3], filters)), terms)


def products(case: Case) -> Products:
    """The sums of a case; the rows are its windows."""

    def rows() -> Array:
        patches = windows(case.inputs["x"], lay_out(case), 0).transpose(0, 1, 2, 4, 5, 3)
        return patches.reshape(*patches.shape[:3], prod(patches.shape[3:]))

    return Products(case.inputs["x"], whole_kernel(case), case.inputs.get("bias"), rows)


def whole_kernel(case: Case) -> Array:
    """The weights of every filter for all channels."""
    return ungrouped(case.inputs["kernel"], case.attributes.get("groups", 1))


def fast(case: Case) -> Array:
    """The bound of fast algorithms, S = sum over c of max |X[n,:,:,c]| times sum |K[:,:,c,o]|."""
    given = {**case.inputs, "kernel": whole_kernel(case)}
    size = {name: np.abs(tensor).astype(np.float64) for name, tensor in given.items()}
    reach = size["x"].max(axis=(1, 2)) @ size["kernel"].sum(axis=(0, 1))
    return bounds.fast(case, reach[:, np.newaxis, np.newaxis], size.get("bias", 0))


NUMERICS = {
    "conv2d": Numerics(
        determined=lambda case: of_products(products(case)),
        precise=to_twice_the_digits,
        bound=bounds.products,
        classes={"fast": fast, "low-precision": bounds.low_precision},
        products=products,
    ),
}
