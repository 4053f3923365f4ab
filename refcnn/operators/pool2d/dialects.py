"""Other conventions of pools."""

import numpy as np

from refcnn.cnn.shapes import Geometry, Pair
from refcnn.suite.case import Case
from refcnn.suite.dialects import Dialect, nan_as, with_pads
from refcnn.suite.roles import SLIDING_POOLS
from refcnn.suite.windows import lay_out


def _rounded_up(case: Case) -> Case:
    """A last window that only begins inside the input counts, too."""

    def one_axis(size: int, pad: Pair, cells: int, step: int) -> Pair:
        span = size + sum(pad) - cells
        start = -(-span // step) * step
        more = start - span if start < pad[0] + size else 0
        return pad[0], pad[1] + more

    sizes = case.inputs["x"].shape[1:3]

    def both(place: Geometry) -> tuple[Pair, Pair]:
        rows, columns = map(one_axis, sizes, place.padding, place.window, place.strides)
        return rows, columns

    return with_pads(case, both)


def _zeros_around(case: Case) -> Case:
    """The padding as cells of the input, which count like any other."""
    place = lay_out(case)
    if not any(map(any, place.padding)):
        return case
    x = np.pad(case.inputs["x"], ((0, 0), *place.padding, (0, 0)))
    return case.given(x=x).with_attributes(padding="valid", strides=place.strides)


DIALECTS = (
    Dialect(
        "pool_sizes_round_up",
        50,
        "A last window of a pool that only begins inside the input counts: sizes are rounded up.",
        SLIDING_POOLS,
        ("POOL-4",),
        _rounded_up,
    ),
    Dialect(
        "avg_pool_counts_padding",
        70,
        "A padded cell counts in a mean, as a zero.",
        ("avg_pool2d",),
        ("POOL-9",),
        _zeros_around,
    ),
    Dialect(
        "nan_is_skipped",
        90,
        "A maximum skips NaN: it is the largest of the other cells, or -inf if there are none.",
        ("max_pool2d",),
        ("POOL-23",),
        nan_as(-np.inf),
    ),
)
