"""Clauses of layers and models: shapes, parameters, connectivity, composition."""

from itertools import pairwise

import numpy as np
import pytest
from own_model.oracle import answers, shape_after
from own_model.parity import SOURCE_CODE, source_model
from own_model.questions import Question, with_numbers
from own_model.training_oracle import exactly, step
from own_model.vectors import ModelVector, built, fails, load

import refcnn
from refcnn.cnn.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
)
from refcnn.operators.softmax.numerics import GAP
from refcnn.suite.algebra import rank
from refcnn.suite.data import integers
from refcnn.suite.draw import choose, seed
from refcnn.suite.sampling import explore

TABLE = [(30, 30, 32), (15, 15, 32), (13, 13, 64), (6, 6, 64), (4, 4, 64), (1024,), (10,)]
DTYPES = ("float32", "float64")
OPERATORS = ("conv2d", "max_pool2d", "flatten", "dense", "relu", "softmax")


def batch(model, n=2):
    return integers(7, (n, *model.layers[0].input_shape), -8, 8, str(model.dtype))


@pytest.mark.own
@pytest.mark.clause("MODEL-1")
def test_the_shape_table():
    model = refcnn.shape_table_model()
    assert [layer.output_shape for layer in model.layers] == TABLE
    assert [y.shape for y in model.activations(batch(model))] == [(2, *shape) for shape in TABLE]


@pytest.mark.own
@pytest.mark.clause("MODEL-2")
def test_the_source_code_builds_the_same_model_here():
    built, ours = source_model(refcnn.cnn.layers, refcnn.models), refcnn.reference_model()
    assert SOURCE_CODE.count("layers.") == len(built.layers) == len(ours.layers) == 8
    for mine, theirs in zip(ours.layers, built.layers, strict=True):
        assert (type(mine), mine.output_shape) == (type(theirs), theirs.output_shape)
    assert [layer.output_shape for layer in ours.layers] == [*TABLE[:-1], (64,), (10,)]


@pytest.mark.own
@pytest.mark.clause("MODEL-3")
def test_122570_parameters():
    model = refcnn.reference_model()
    assert [n for layer in model.layers if (n := layer.count_params())] == [
        896,
        18_496,
        36_928,
        65_600,
        650,
    ]
    assert model.count_params() == sum(w.size for w in model.get_weights()) == 122_570


@pytest.mark.own
@pytest.mark.clause("MODEL-4")
@explore
def test_parameters_of_a_convolution_do_not_depend_on_the_image(pick):
    kh, kw, depth, filters = (pick(1, 5) for _ in range(4))
    for _ in range(2):
        shape = (kh + pick(0, 20), kw + pick(0, 20), depth)
        layer = refcnn.Sequential([Conv2D(filters, (kh, kw), input_shape=shape)]).layers[0]
        assert layer.count_params() == (kh * kw * depth + 1) * filters


@pytest.mark.own
@pytest.mark.clause("MODEL-5")
@explore
def test_a_dense_layer_in_its_place_explodes(pick):
    height, width, filters = pick(3, 10), pick(3, 10), pick(1, 4)
    conv = Conv2D(filters, 3, use_bias=False, input_shape=(height, width, 3))
    refcnn.Sequential([conv])
    outputs, inputs = int(np.prod(conv.output_shape)), height * width * 3
    dense = Dense(outputs, use_bias=False, input_shape=(inputs,))
    refcnn.Sequential([dense])
    assert conv.count_params() == 27 * filters
    assert dense.count_params() == inputs * outputs
    places = (height - 2) * (width - 2)  # each of them would have weights of its own
    assert dense.count_params() == conv.count_params() * places * height * width // 9


@pytest.mark.own
@pytest.mark.clause("MODEL-5")
def test_the_first_layer_of_the_reference_as_a_dense_one():
    """896 parameters against more than 88 million, for the same 28,800 outputs."""
    outputs = 30 * 30 * 32
    dense = Dense(outputs)
    assert sum(int(np.prod(shape)) for shape in dense.weight_shapes((3072,))) == 88_502_400


@pytest.mark.own
@pytest.mark.clause("MODEL-6")
@pytest.mark.parametrize("layer", [MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, Flatten])
def test_nothing_to_learn(layer):
    model = refcnn.Sequential([layer(input_shape=(6, 4, 3))])
    assert model.count_params() == 0
    assert model.get_weights() == []


@pytest.mark.own
@pytest.mark.clause("MODEL-7")
@explore
def test_depth_from_layer_to_layer(pick):
    depth, filters = pick(1, 4), pick(1, 4)
    layers = [
        Conv2D(filters, pick(1, 3), padding="same", input_shape=(pick(4, 9), pick(4, 9), depth)),
        (MaxPooling2D, AveragePooling2D)[pick(0, 1)](pick(1, 3)),
        Flatten(),
    ]
    conv, pool, flat = (layer.output_shape for layer in refcnn.Sequential(layers).layers)
    assert (conv[2], pool[2]) == (filters, filters)
    assert flat == (pool[0] * pool[1] * pool[2],)


@pytest.mark.own
@pytest.mark.clause("MODEL-8")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_is_its_layers_one_after_the_other(dtype):
    model = refcnn.reference_model(dtype=dtype, seed=3)
    given = batch(model)
    outputs, x = model.activations(given), given
    for layer, y in zip(model.layers, outputs, strict=True):
        x = layer(x)
        assert x.dtype == dtype
        assert np.array_equal(x, y)
    assert np.array_equal(model(given), outputs[-1])


def windowed(pick, sizes):
    """A convolution or a pool as data; averages are over 1, 2 or 4 cells, and so exact."""
    kind = choose(pick, ("Conv2D", "MaxPooling2D", "AveragePooling2D"))
    window = tuple(pick(1, 2 if kind == "AveragePooling2D" else 3) for _ in range(2))
    fits = all(cells <= size for cells, size in zip(window, sizes))
    padding = choose(pick, ("valid", "same") if fits else ("same",))
    options = {"kind": kind, "strides": (pick(1, 3), pick(1, 3)), "padding": padding}
    if kind == "Conv2D":
        return {
            **options,
            "filters": pick(1, 3),
            "kernel_size": window,
            **ending(pick, "relu", "linear"),
        }
    if pick(0, 1):
        del options["strides"]
    return {**options, "pool_size": window}


def ending(pick, *activations):
    return {"activation": choose(pick, activations), "use_bias": not pick(0, 1)}


@pytest.mark.own
@pytest.mark.parametrize(
    "by",
    [
        pytest.param("layers", marks=pytest.mark.clause("MODEL-8")),
        pytest.param("keras", marks=pytest.mark.clause("MODEL-11")),
    ],
)
@explore
def test_any_model_is_its_layers_by_the_definition(by, pick):
    """Built here, or copied from what looks like a model of Keras; with all options, exactly."""
    shape = (pick(4, 8), pick(4, 8), pick(1, 2))
    first = windowed(pick, shape)
    second = windowed(pick, shape_after(first, shape))
    last = {"kind": "Dense", "units": 2, **ending(pick, "softmax", "relu")}
    layers, dtype = (first, second, {"kind": "Flatten"}, last), choose(pick, DTYPES)
    plain = Question("any", (), by, dtype, shape, layers)
    asked = with_numbers(plain, seed(pick), batch=2)
    known = answers(asked.layers, asked.input_shape, asked.weights, asked.x)
    assert fails(ModelVector(asked, tuple(known))) == ""


@pytest.mark.own
@pytest.mark.clause("MODEL-13")
def test_receptive_fields_grow():
    """Measured by changing one pixel at a time, and by the recurrence: 3, 4, 8, 10, 18."""
    model = refcnn.reference_model(dtype="float64", seed=1)
    model.set_weights([np.abs(w) + 1 for w in model.get_weights()])
    line = np.ones((33, 32, 32, 3))
    line[np.arange(32), np.arange(32)] = 2  # image i has row i changed, the last has none
    measured = []
    for y in model.activations(line)[:5]:
        middle = y[:, y.shape[1] // 2, y.shape[2] // 2]
        measured.append(int(np.sum((middle[:-1] != middle[-1]).any(axis=1))))
    field, jump, expected = 1, 1, []
    for size, stride in [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]:
        field, jump = field + (size - 1) * jump, jump * stride
        expected.append(field)
    assert measured == expected == [3, 4, 8, 10, 18]
    assert all(a < b for a, b in pairwise(measured))


@pytest.mark.own
@pytest.mark.clause("MODEL-14")
def test_pooling_reduces_computation():
    def multiplications(model):
        inputs = [model.layers[0].input_shape, *(layer.output_shape for layer in model.layers)]
        return {
            layer.name: int(np.prod(y)) * int(np.prod(layer.weights[0].shape[:3]))
            for layer, x, y in zip(model.layers, inputs[:-1], inputs[1:], strict=True)
            if isinstance(layer, Conv2D)
        }

    pooled = refcnn.shape_table_model()
    plain = refcnn.Sequential(
        [Conv2D(32, 3, input_shape=(32, 32, 3)), Conv2D(64, 3), Conv2D(64, 3)]
    )
    with_pools, without = multiplications(pooled), multiplications(plain)
    assert list(with_pools.values()) == [777_600, 3_115_008, 589_824]
    assert list(without.values()) == [777_600, 14_450_688, 24_920_064]


@pytest.mark.own
@pytest.mark.clause("MODEL-15")
@pytest.mark.parametrize("model", [refcnn.reference_model(), refcnn.shape_table_model()])
def test_maps_shrink_and_multiply(model):
    shapes = [(32, 32, 3), *(layer.output_shape for layer in model.layers[:5])]
    for before, after in pairwise(shapes):
        assert after[0] <= before[0]
        assert after[1] <= before[1]
        assert after[2] >= before[2]
    assert [layer.filters for layer in model.layers if isinstance(layer, Conv2D)] == [32, 64, 64]


@pytest.mark.own
@pytest.mark.clause("CONV-24")
def test_32_filters_on_4x4_pixels_cannot_be_32_features():
    """All 2x2 kernels that there are: of 32 maps on 16 pixels, 4 are independent."""
    x = integers(1, (1, 4, 4, 1), -8, 8)
    maps = refcnn.conv2d(x, integers(2, (2, 2, 1, 32), -8, 8))
    assert rank(maps.reshape(9, 32)) == 4
    large = refcnn.conv2d(integers(3, (1, 12, 12, 8), -8, 8), integers(4, (3, 3, 8, 32), -8, 8))
    assert rank(large.reshape(-1, 32)) == 32  # where there is more to see, all may differ


@pytest.mark.own
@pytest.mark.clause("MODEL-16")
def test_gradients_of_a_model_are_those_of_the_definitions():
    """And so is the loss: both are means over the batch, of whole numbers that stay exact."""
    for vector in (one for one in load() if one.trained and "MODEL-16" in one.clauses):
        question = vector.question
        model = built(question, list(question.weights))
        model.set_weights(question.weights)
        x, labels = question.x[:4], question.training["labels"][:4]  # over 4, nothing is rounded
        loss, gradients = step(
            question.layers,
            list(map(exactly, question.weights)),
            exactly(x),
            labels,
            GAP[question.dtype],
        )
        found = model.step(x, labels)
        assert found.metrics.loss == loss
        for ours, theirs in zip(found.gradients, gradients, strict=True):
            assert np.array_equal(exactly(ours), theirs)


@pytest.mark.own
@pytest.mark.clause("MODEL-17")
def test_training_takes_a_step_a_batch_by_the_rule_of_the_optimizer():
    found = {vector.id: fails(vector) for vector in load() if vector.trained}
    assert found == dict.fromkeys(found, "")
    assert len(found) >= 4
