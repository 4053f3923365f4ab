"""Both oracles, `ops` and `definition`, on the edge of their domain, against numbers by hand."""

import numpy as np
import pytest

from refcnn.cnn import definition, ops
from refcnn.cnn.shapes import Geometry, geometry

BOTH = pytest.mark.parametrize("module", [ops, definition], ids=["ops", "definition"])


def test_a_layout_of_windows():
    """Heights 0 5 1 in threes, one apart: rows 0 to 3. Widths 6 2 in twos, two apart: 0 2 4 6."""
    place = geometry("kernel", (5, 6), (3, 2), (1, 2), ((0, 1), (0, 2)))
    assert place == Geometry((3, 2), (1, 2), ((0, 1), (0, 2)), (4, 4))


@BOTH
def test_softmax_is_along_the_last_of_any_number_of_axes(module):
    x = np.array([[[3.0, 3.0], [9.0, -5000.0], [-5000.0, 9.0]]])
    p = [[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]]
    assert module.softmax(x).tolist() == [p]
    for row, expected in zip(x[0], p):
        assert module.softmax(row).tolist() == expected


def test_where_no_window_fits_there_is_no_output():
    """The definition needs no refusals: its loops simply find nothing."""
    x = np.ones((2, 3, 3, 1))
    assert definition.conv2d(x, np.ones((4, 4, 1, 5))).shape == (2, 0, 0, 5)
    assert definition.max_pool2d(x, 4).shape == (2, 0, 0, 1)
