"""How the gradients of a convolution round: each is a matrix product."""

from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from refcnn.cnn.ops import windows
from refcnn.cnn.shapes import Geometry
from refcnn.suite.case import Case
from refcnn.suite.exactness import Products
from refcnn.suite.matrix_form import column_sums, in_matrix_form
from refcnn.suite.tensors import Array
from refcnn.suite.windows import lay_out


def by_x(case: Case) -> Products:
    """The windows of a dy that is spread out, times the rotated kernel."""
    kernel, place = case.inputs["kernel"], lay_out(case)
    spread = a_stride_apart(case.inputs["dy"], place, case.inputs["x"].shape[1:3])
    rotated = kernel[::-1, ::-1].swapaxes(2, 3)

    def rows() -> Array:
        seen = sliding_window_view(spread, place.window, (1, 2))  # N, H_p, W_p, O, F_h, F_w
        (top, _), (left, _) = place.padding
        height, width = case.inputs["x"].shape[1:3]
        inside = seen[:, top : top + height, left : left + width].transpose(0, 1, 2, 4, 5, 3)
        return inside.reshape(*inside.shape[:3], prod(inside.shape[3:]))

    return Products(spread, rotated, None, rows)


def a_stride_apart(dy: Array, place: Geometry, sizes: tuple[int, ...]) -> Array:
    """Each number of dy a stride from the next, with room for a kernel around: zeros between."""
    lengths = [n + sum(pad) + f - 1 for n, pad, f in zip(sizes, place.padding, place.window)]
    found = np.zeros((len(dy), *lengths, dy.shape[3]), dy.dtype)
    (sh, sw), (rows, columns) = place.strides, place.output
    first = [cells - 1 for cells in place.window]
    below, beside = first[0] + sh * (rows - 1) + 1, first[1] + sw * (columns - 1) + 1
    found[:, first[0] : below : sh, first[1] : beside : sw] = dy
    return found


def by_kernel(case: Case) -> Products:
    """What lay under each tap, in all windows, times dy."""
    x = case.inputs["x"]

    def rows() -> Array:
        patches = windows(x, lay_out(case), 0).transpose(4, 5, 3, 0, 1, 2)
        return patches.reshape(*patches.shape[:3], prod(patches.shape[3:]))

    return Products(x, case.inputs["dy"], None, rows)


def by_bias(case: Case) -> Products:
    """The sum of dY."""
    return column_sums(case.inputs["dy"])


NUMERICS = {
    "conv2d_backward": {
        "dx": in_matrix_form("conv2d_backward", by_x),
        "dkernel": in_matrix_form("conv2d_backward", by_kernel),
        "dbias": in_matrix_form("conv2d_backward", by_bias),
    },
}
