"""Layers and Sequential: arguments, errors, weights, summary."""

import numpy as np
import pytest

import refcnn
from refcnn.cnn.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
)

SUMMARY = """\
layer               kind                output shape    parameters
conv2d_1            Conv2D              (30, 30, 32)           896
maxpooling2d_1      MaxPooling2D        (15, 15, 32)             0
conv2d_2            Conv2D              (13, 13, 64)        18,496
maxpooling2d_2      MaxPooling2D        (6, 6, 64)               0
conv2d_3            Conv2D              (4, 4, 64)          36,928
flatten_1           Flatten             (1024,)                  0
dense_1             Dense               (64,)               65,600
dense_2             Dense               (10,)                  650
total                                                      122,570"""


def test_summary():
    lines = []
    refcnn.reference_model().summary(lines.append)
    assert "\n".join(lines) == SUMMARY


def test_initial_weights_are_those_of_keras():
    """Glorot-uniform kernels within their limit, zero biases, and the seed decides."""
    kernel, bias = refcnn.Sequential([Conv2D(64, 3, input_shape=(9, 9, 32))]).get_weights()
    limit = np.sqrt(6 / (9 * 32 + 9 * 64))
    assert 0.99 * limit < np.abs(kernel).max() <= limit
    assert not bias.any()
    same, other = (refcnn.reference_model(seed=s).get_weights()[0] for s in (0, 1))
    assert np.array_equal(same, refcnn.reference_model().get_weights()[0])
    assert not np.array_equal(same, other)


def test_average_pooling_and_no_bias():
    model = refcnn.Sequential(
        [
            Conv2D(2, (1, 2), strides=(2, 1), use_bias=False, input_shape=(5, 4, 1)),
            AveragePooling2D((2, 1), strides=1, padding="same"),
            Flatten(),
            Dense(3, use_bias=False),
        ],
        dtype="float64",
    )
    assert [layer.output_shape for layer in model.layers] == [(3, 3, 2), (3, 3, 2), (18,), (3,)]
    assert [w.shape for w in model.get_weights()] == [(1, 2, 1, 2), (18, 3)]
    x = np.arange(20.0).reshape(1, 5, 4, 1)
    first = refcnn.conv2d(x, model.get_weights()[0], strides=(2, 1))
    second = refcnn.avg_pool2d(first, (2, 1), strides=1, padding="same")
    assert np.array_equal(model(x), refcnn.flatten(second) @ model.get_weights()[1])


def test_a_head_of_means():
    model = refcnn.Sequential(
        [Conv2D(4, 3, input_shape=(7, 5, 2)), GlobalAveragePooling2D(), Dense(3)], dtype="float64"
    )
    assert [layer.output_shape for layer in model.layers] == [(5, 3, 4), (4,), (3,)]
    assert model.count_params() == (9 * 2 * 4 + 4) + (4 * 3 + 3)
    maps = np.arange(120.0).reshape(2, 5, 3, 4)
    means = model.layers[1](maps)
    assert np.array_equal(means, refcnn.avg_pool2d(maps, (5, 3))[:, 0, 0])
    assert means[0].tolist() == [28, 29, 30, 31]


REFUSED = {
    "the first layer of a Sequential must state its input_shape": lambda: refcnn.Sequential(
        [Flatten()]
    ),
    "input_shape must be an integer of at least 1, not None": lambda: refcnn.Sequential(
        [Flatten(input_shape=(None, 3))]
    ),
    "layer 'conv2d_1': filters must be an integer of at least 1, not 0": lambda: refcnn.Sequential(
        [Conv2D(0, 3, input_shape=(5, 5, 1))]
    ),
    "layer 'conv2d_1': 3 channels cannot be cut into 2 groups of the same size": lambda: (
        refcnn.Sequential([Conv2D(2, 3, groups=2, input_shape=(5, 5, 3))])
    ),
    "layer 'dense_1': units must be an integer of at least 1, not 2.5": lambda: refcnn.Sequential(
        [Dense(2.5, input_shape=(5,))]
    ),
    "layer 'conv2d_1': kernel height 6 exceeds the padded input height 5": lambda: (
        refcnn.Sequential([Conv2D(1, 6, input_shape=(5, 5, 1))])
    ),
    "layer 'dense_1': x must have the axes (batch, inputs), not the shape (0, 5, 5, 1)": lambda: (
        refcnn.Sequential([Dense(1, input_shape=(5, 5, 1))])
    ),
    "activation must be one of None, 'linear', 'relu', 'softmax', not 'tanh'": lambda: Dense(
        1, activation="tanh"
    ),
    "layer 'dense_1' has weights of shapes [(2, 1), (1,)], not [(3, 1), (1,)]": (
        lambda: refcnn.Sequential([Dense(1, input_shape=(2,))]).set_weights(
            [np.ones((3, 1)), np.ones(1)]
        )
    ),
    "the model has 2 weight arrays, not 1": lambda: refcnn.Sequential(
        [Dense(1, input_shape=(2,))]
    ).set_weights([np.ones((2, 1))]),
    "layer 'flatten_1': it is part of a model already": lambda: refcnn.Sequential(
        refcnn.Sequential([Flatten(input_shape=(2, 2))]).layers
    ),
    "x must be (N, *(2,)), not (1, 3)": lambda: refcnn.Sequential([Dense(1, input_shape=(2,))])(
        np.ones((1, 3))
    ),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_the_sentence(sentence):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole sentence is compared
        REFUSED[sentence]()
    assert str(error.value) == sentence


def test_a_layer_by_itself_does_nothing():
    with pytest.raises(NotImplementedError):
        Layer()(np.ones((1, 1)))


def test_weights_are_copies():
    model = refcnn.Sequential([Dense(1, input_shape=(2,))])
    mine = [np.ones((2, 1)), np.ones(1)]
    model.set_weights(mine)
    mine[0][:] = 7
    assert model(np.ones((1, 2), "f4")).tolist() == [[3.0]]
    model.get_weights()[0][:] = 7
    assert model(np.ones((1, 2), "f4")).tolist() == [[3.0]]
    assert model.get_weights()[0].dtype == np.float32
    assert model.weights[0] is model.layers[0].weights[0]
