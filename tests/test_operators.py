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


def test_a_layout_of_windows_with_gaps():
    """Rows 0 5 1: three two apart reach over 5. Columns 6 2: two three apart reach over 4."""
    place = geometry("kernel", (5, 6), (3, 2), (1, 2), ((0, 1), (0, 2)), dilation=(2, 3))
    assert place == Geometry((3, 2), (1, 2), ((0, 1), (0, 2)), (2, 3), (2, 3))


@BOTH
@pytest.mark.parametrize(("dilation", "y"), [((2, 3), [88, 98]), (2, [82, 92, 102])])
def test_a_kernel_with_gaps(module, dilation, y):
    """Rows from 0, 5 and 10. First 0 + 2*3 + 3*10 + 4*13, and 0 + 2*2 + 3*10 + 4*12."""
    x = np.arange(15.0).reshape(1, 3, 5, 1)
    kernel = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1)
    assert module.conv2d(x, kernel, dilation=dilation)[0, :, :, 0].tolist() == [y]


@BOTH
def test_each_group_of_filters_sees_its_own_channels(module):
    """Filters 0 and 1 see 1 and 2: 1*1 + 2*10, 1*2 + 2*20; filters 2 and 3 see 3 and 4."""
    x = np.array([[[1.0, 2.0, 3.0, 4.0]], [[5.0, 6.0, 7.0, 8.0]]]).reshape(1, 2, 1, 4)
    kernel = np.array([[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]]).reshape(1, 1, 2, 4)
    y = [[[21, 42, 129, 172]], [[65, 130, 261, 348]]]
    assert module.conv2d(x, kernel, groups=2).tolist() == [y]


@BOTH
def test_a_mean_of_each_map(module):
    """Two images of two rows: 1 and 3, 2 and 6, 3 and 9; then 0 and 0, -2 and 2, 4 and 5."""
    x = np.array([[[[1.0, 2, 3]], [[3, 6, 9]]], [[[0, -2, 4]], [[0, 2, 5]]]])
    assert module.global_avg_pool2d(x).tolist() == [[2, 4, 6], [0, 0, 4.5]]


def test_groups_are_joined_on_the_last_axis():
    one, other = np.array([1, 2]).reshape(1, 1, 2, 1), np.array([3, 4]).reshape(1, 1, 2, 1)
    assert ops.joined([one, other]).tolist() == [[[[1, 3], [2, 4]]]]


def test_windows_cannot_be_written_to():
    """They are views of x, in which a cell lies under several of them."""
    x = np.ones((1, 3, 3, 1))
    assert not ops.windows(x, geometry("kernel", (3, 3), (2, 2)), 0).flags.writeable


def test_where_no_window_fits_there_is_no_output():
    """The definition needs no refusals: its loops simply find nothing."""
    x = np.ones((2, 3, 3, 1))
    assert definition.conv2d(x, np.ones((4, 4, 1, 5))).shape == (2, 0, 0, 5)
    assert definition.max_pool2d(x, 4).shape == (2, 0, 0, 1)
