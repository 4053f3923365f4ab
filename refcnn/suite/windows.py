"""Where the windows of a case lie, and what is under them."""

from collections.abc import Iterator

import numpy as np

from refcnn.cnn.ops import windows
from refcnn.cnn.shapes import Geometry, as_pair, geometry
from refcnn.suite.case import Case
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array


def lay_out(case: Case) -> Geometry:
    """Where the windows of a convolution or pool lie."""
    given, sizes = case.attributes, case.inputs["x"].shape[1:3]
    place = {name: given[name] for name in ("padding", "dilation") if name in given}
    if record(case.operator).window == "kernel":
        window = as_pair("kernel size", case.inputs["kernel"].shape[:2], least=1)
        return geometry("kernel", sizes, window, given.get("strides", 1), **place)
    window = as_pair("pool_size", given["pool_size"], least=1)
    return geometry("pool", sizes, window, given.get("strides") or window, **place)


def windows_over(case: Case, row: int, column: int) -> Iterator[tuple[int, int, int, int]]:
    """(i, j, m, n): each window that covers a cell, and the tap that lies on it."""
    place = lay_out(case)
    (top, _), (left, _) = place.padding
    for i, j in np.ndindex(*place.output):
        m, n = row + top - i * place.strides[0], column + left - j * place.strides[1]
        if 0 <= m < place.window[0] and 0 <= n < place.window[1]:
            yield i, j, m, n


def ungrouped(kernel: Array, groups: int) -> Array:
    """The kernel as one over all channels, with zeros where a filter does not look.

    It is (F_h, F_w, C / G, filters), and filters of group g look at the channels of group g.
    """
    if groups == 1:
        return kernel
    height, width, depth, filters = kernel.shape
    whole = np.zeros((height, width, groups, depth, groups, filters // groups), kernel.dtype)
    parts = kernel.reshape(height, width, depth, groups, filters // groups)
    for group in range(groups):
        whole[:, :, group, :, group] = parts[:, :, :, group]
    return whole.reshape(height, width, groups * depth, filters)


def spread_out(kernel: Array, dilation: tuple[int, int]) -> Array:
    """The kernel as one without dilation, with zeros in its gaps."""
    if dilation == (1, 1):
        return kernel
    (down, along), (height, width, *rest) = dilation, kernel.shape
    wide = np.zeros(((height - 1) * down + 1, (width - 1) * along + 1, *rest), kernel.dtype)
    wide[::down, ::along] = kernel
    return wide


def channels_of(case: Case, output: int) -> range:
    """The channels that an output of a convolution or a pool is made of."""
    if "kernel" not in case.inputs:
        return range(output, output + 1)
    depth, filters = case.inputs["kernel"].shape[2:]
    group = output * case.attributes.get("groups", 1) // filters
    return range(group * depth, (group + 1) * depth)


def cell_counts(case: Case) -> Array:
    """Input cells under every window of a pool, padding excluded: (1, H_out, W_out, 1)."""
    ones = np.ones((1, *case.inputs["x"].shape[1:3], 1))
    return np.asarray(windows(ones, lay_out(case), 0).sum(axis=(-2, -1)))
