"""The sentences with which the reference refuses, and the boundary on both sides."""

import numpy as np
import pytest

from refcnn import (
    avg_pool2d,
    conv2d,
    dense,
    flatten,
    global_avg_pool2d,
    max_pool2d,
    relu,
    softmax,
)


def x(*shape, dtype="float32"):
    return np.ones(shape or (1, 4, 5, 2), dtype)


K = x(2, 2, 2, 3)

REFUSED = {
    "kernel height 5 exceeds the padded input height 4": lambda: conv2d(x(), x(5, 1, 2, 1)),
    "kernel width 6 exceeds the padded input width 5": lambda: conv2d(x(), x(1, 6, 2, 1)),
    "kernel height 7 exceeds the padded input height 6": lambda: conv2d(
        x(), x(7, 1, 2, 1), padding=1
    ),
    "kernel width 9 exceeds the padded input width 8": lambda: conv2d(
        x(), x(1, 9, 2, 1), padding=((0, 0), (1, 2))
    ),
    "kernel size height must be an integer of at least 1, not 0": lambda: conv2d(
        x(), x(0, 1, 2, 1)
    ),
    "strides must be an integer of at least 1, not 0": lambda: conv2d(x(), K, strides=0),
    "strides must be an integer of at least 1, not 1.5": lambda: conv2d(x(), K, strides=1.5),
    "strides must be an integer of at least 1, not True": lambda: conv2d(x(), K, strides=True),
    "strides width must be an integer of at least 1, not -1": lambda: conv2d(
        x(), K, strides=(1, -1)
    ),
    "strides must be an integer or a (height, width) pair, not (1, 2, 3)": lambda: conv2d(
        x(), K, strides=(1, 2, 3)
    ),
    "strides must be an integer or a (height, width) pair, not '11'": lambda: conv2d(
        x(), K, strides="11"
    ),
    "padding must be an integer of at least 0, not -1": lambda: conv2d(x(), K, padding=-1),
    "padding top and bottom height must be an integer of at least 0, not -1": lambda: conv2d(
        x(), K, padding=((-1, 0), (0, 0))
    ),
    "padding left and right width must be an integer of at least 0, not -2": lambda: conv2d(
        x(), K, padding=((0, 0), (0, -2))
    ),
    'padding must be "valid", "same", an integer or ((top, bottom), (left, right)), '
    "not 'full'": lambda: conv2d(x(), K, padding="full"),
    'padding must be "valid", "same", an integer or ((top, bottom), (left, right)), '
    "not (1, 1)": lambda: conv2d(x(), K, padding=(1, 1)),
    "kernel depth 3 differs from the number of input channels 2": lambda: conv2d(
        x(), x(2, 2, 3, 1)
    ),
    "bias length 2 differs from the number of outputs 3": lambda: conv2d(x(), K, x(2)),
    "bias must have the axes (outputs), not the shape (1, 3)": lambda: conv2d(x(), K, x(1, 3)),
    "x must have the axes (batch, height, width, channels), not the shape (4, 5, 2)": lambda: (
        conv2d(x(4, 5, 2), K)
    ),
    "kernel must have the axes (height, width, channels, filters), not the shape (2, 2)": (
        lambda: conv2d(x(), x(2, 2))
    ),
    "x must be float32 or float64, not int64": lambda: conv2d(x(dtype="int64"), K),
    "x must be float32 or float64, not float16": lambda: relu(x(3, dtype="float16")),
    "kernel is float64 but x is float32; all must be of one dtype": lambda: conv2d(
        x(), x(2, 2, 2, 3, dtype="float64")
    ),
    "bias is float64 but x is float32; all must be of one dtype": lambda: conv2d(
        x(), K, x(3, dtype="float64")
    ),
    "input height must be an integer of at least 1, not 0": lambda: conv2d(
        x(1, 0, 5, 2), K, padding="same"
    ),
    "pool height 5 exceeds the padded input height 4": lambda: max_pool2d(x(), 5),
    "pool_size must be an integer of at least 1, not 0": lambda: max_pool2d(x(), 0),
    "pool_size height must be an integer of at least 1, not 0": lambda: max_pool2d(x(), (0, 1)),
    "padding 2 must be smaller than the pool height 2": lambda: max_pool2d(x(), (2, 3), padding=2),
    "padding 1 must be smaller than the pool width 1": lambda: avg_pool2d(x(), (2, 1), padding=1),
    "x must have a batch axis and at least one more, not the shape (3,)": lambda: flatten(x(3)),
    "x must have the axes (batch, inputs), not the shape (1, 2, 3)": lambda: dense(
        x(1, 2, 3), x(3, 1)
    ),
    "kernel inputs 4 differs from the number of inputs 3": lambda: dense(x(1, 3), x(4, 1)),
    "x must have at least one class on its last axis, not the shape (2, 0)": lambda: softmax(
        x(2, 0)
    ),
    "x must have at least one class on its last axis, not the shape (1, 2, 0)": lambda: softmax(
        x(1, 2, 0)
    ),
    "x must have at least one class on its last axis, not the shape ()": lambda: softmax(
        np.float32(1)
    ),
    "kernel must have the axes (inputs, outputs), not the shape (3,)": lambda: dense(x(1, 3), x(3)),
    "kernel height 5 (dilation 2) exceeds the padded input height 4": lambda: conv2d(
        x(), x(3, 1, 2, 1), dilation=2
    ),
    "dilation must be an integer of at least 1, not 0": lambda: conv2d(x(), K, dilation=0),
    "groups must be an integer of at least 1, not 0": lambda: conv2d(x(), K, groups=0),
    "3 filters cannot be cut into 2 groups of the same size": lambda: conv2d(
        x(), x(2, 2, 1, 3), groups=2
    ),
    "kernel depth 2 differs from the number of input channels 2 divided by 2 groups": lambda: (
        conv2d(x(), x(2, 2, 2, 2), groups=2)
    ),
    "x must have rows and columns, not the shape (1, 0, 5, 2)": lambda: global_avg_pool2d(
        x(1, 0, 5, 2)
    ),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_the_sentence(sentence):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole sentence is compared
        REFUSED[sentence]()
    assert str(error.value) == sentence


FLOATS = "x must be float32 or float64, not int64"
AXES = "x must have the axes (batch, height, width, channels), not the shape (4, 5, 2)"
SHARED = {
    "max_pool2d-dtype": (FLOATS, lambda: max_pool2d(x(dtype="int64"), 1)),
    "max_pool2d-axes": (AXES, lambda: max_pool2d(x(4, 5, 2), 1)),
    "avg_pool2d-axes": (AXES, lambda: avg_pool2d(x(4, 5, 2), 1)),
    "global_avg_pool2d-dtype": (FLOATS, lambda: global_avg_pool2d(x(dtype="int64"))),
    "global_avg_pool2d-axes": (AXES, lambda: global_avg_pool2d(x(4, 5, 2))),
    "flatten-dtype": (FLOATS, lambda: flatten(x(dtype="int64"))),
    "dense-dtype": (FLOATS, lambda: dense(x(1, 3, dtype="int64"), x(3, 1))),
    "dense-dtypes": (
        "kernel is float64 but x is float32; all must be of one dtype",
        lambda: dense(x(1, 3), x(3, 1, dtype="float64")),
    ),
    "dense-bias": (
        "bias is float64 but x is float32; all must be of one dtype",
        lambda: dense(x(1, 3), x(3, 1), x(1, dtype="float64")),
    ),
    "relu-dtype": (FLOATS, lambda: relu(x(dtype="int64"))),
    "softmax-dtype": (FLOATS, lambda: softmax(x(dtype="int64"))),
}


@pytest.mark.parametrize("which", SHARED)
def test_operators_say_the_same_sentence(which):
    sentence, call = SHARED[which]
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole sentence is compared
        call()
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        (lambda: conv2d(x(), x(4, 5, 2, 1)), (1, 1, 1, 1)),
        (lambda: conv2d(x(), x(6, 7, 2, 1), padding=1), (1, 1, 1, 1)),
        (lambda: conv2d(x(), x(1, 8, 2, 1), padding=((0, 0), (1, 2))), (1, 4, 1, 1)),
        (lambda: conv2d(x(), K, strides=100), (1, 1, 1, 3)),
        (lambda: conv2d(x(), K, strides=np.int64(2), padding=np.int32(0)), (1, 2, 2, 3)),
        (lambda: conv2d(x(), K, padding=[[0, 1], [2, 0]]), (1, 4, 6, 3)),
        (lambda: conv2d(x(1, 1, 1, 2), x(9, 9, 2, 1), padding="same"), (1, 1, 1, 1)),
        (lambda: max_pool2d(x(), (4, 5)), (1, 1, 1, 2)),
        (lambda: max_pool2d(x(), (2, 3), padding=1), (1, 3, 2, 2)),
        (lambda: flatten(x(3, 2)), (3, 2)),
        (lambda: softmax(x(2, 1)), (2, 1)),
        (lambda: softmax(x(2, 0, 3)), (2, 0, 3)),
        (lambda: relu(np.float64(3)), ()),
    ],
)
def test_just_inside_the_boundary(answer, shape):
    assert answer().shape == shape
