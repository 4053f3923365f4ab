"""The output-size formulas, exhaustively against a count of the windows that fit."""

from itertools import product

import numpy as np
import pytest

import refcnn
from refcnn.cnn.shapes import output_size, same_padding
from refcnn.suite.sampling import explore

pytestmark = pytest.mark.own


def count(size, window, stride):
    """Walk along the padded axis and count the places where the window fits."""
    start, places = 0, 0
    while start + window <= size:
        start, places = start + stride, places + 1
    return places


@pytest.mark.clause("CONV-10")
@pytest.mark.parametrize("stride", range(1, 6))
def test_formula_counts_the_windows(stride):
    """All H, F up to 16 and P up to 4, wherever the kernel fits at all."""
    for size, window, pad in product(range(1, 17), range(1, 17), range(5)):
        if window <= size + 2 * pad:
            assert output_size(size, window, pad, pad, stride) == count(
                size + 2 * pad, window, stride
            )


@pytest.mark.clause("POOL-4")
@pytest.mark.parametrize("operator", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("stride", range(1, 6))
def test_pools_follow_the_formula(operator, stride):
    pool = getattr(refcnn, operator)
    for size, window in product(range(1, 17), range(1, 17)):
        x = np.zeros((1, size, size, 1), "f4")
        if window <= size:
            y = pool(x, window, strides=stride)
            assert y.shape == (1, *[count(size, window, stride)] * 2, 1)
        else:
            with pytest.raises(ValueError, match="exceeds the padded input height"):
                pool(x, window, strides=stride)


@pytest.mark.clause("CONV-15")
def test_same_is_the_least_padding_that_keeps_every_stride():
    for size, window, stride in product(range(1, 17), range(1, 17), range(1, 6)):
        before, after = same_padding(size, window, stride)
        outputs = -(-size // stride)
        assert 0 <= after - before <= 1
        assert count(size + before + after, window, stride) == outputs
        if before + after:
            assert count(size + before + after - 1, window, stride) < outputs


@pytest.mark.clause("CONV-10")
@explore
def test_height_and_width_follow_their_own_formula(pick):
    """Rectangular everything, unequal sides, far beyond the exhaustive range."""
    h, w, kh, kw = (pick(1, 60) for _ in range(4))
    (t, b, le, r), (sh, sw) = (pick(0, 9) for _ in range(4)), (pick(1, 12), pick(1, 12))
    x, kernel = np.zeros((1, h, w, 1), "f4"), np.zeros((kh, kw, 1, 1), "f4")
    padding = ((t, b), (le, r))
    if kh > h + t + b or kw > w + le + r:
        with pytest.raises(ValueError, match="exceeds the padded input"):
            refcnn.conv2d(x, kernel, strides=(sh, sw), padding=padding)
    else:
        y = refcnn.conv2d(x, kernel, strides=(sh, sw), padding=padding)
        assert y.shape[1:3] == (count(h + t + b, kh, sh), count(w + le + r, kw, sw))
