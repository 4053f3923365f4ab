"""`refcnn.from_keras`: any Sequential of the five layers, and refusals by name."""

import re

import numpy as np
import pytest
from own_model.parity import judge_layers, layer_case, wrong

import refcnn
from refcnn.cnn.shapes import geometry
from refcnn.suite import data
from refcnn.suite.draw import choose, seed
from refcnn.suite.sampling import explore

pytestmark = [pytest.mark.keras, pytest.mark.own]

ACTIVATIONS = (None, "linear", "relu", "softmax")


def pair(pick, most):
    return pick(1, most), pick(1, most)


def windowed(pick, sizes, channels):
    """Name, arguments and output (H, W) of a convolution or a pool on `sizes`."""
    kind, window = choose(pick, ("Conv2D", "MaxPooling2D", "AveragePooling2D")), pair(pick, 4)
    fits = all(cells <= size for cells, size in zip(window, sizes))
    padding = choose(pick, ("valid", "same") if fits else ("same",))
    options = {"strides": pair(pick, 3), "padding": padding}
    dilation = 1
    if kind == "Conv2D":
        options |= {"filters": pick(2, 4), "kernel_size": window, **ending(pick)}
        if padding == "same" and pick(0, 1):  # Keras has no dilation with strides
            dilation = pair(pick, 2)
            options |= {"dilation_rate": dilation, "strides": (1, 1)}
        if pick(0, 2) == 2:
            options |= {"groups": channels, "filters": 2 * channels}
    else:
        options |= {"pool_size": window}
    strides = options["strides"]
    place = geometry("window", sizes, window, strides, padding, dilation=dilation)
    return kind, options, place.output


def ending(pick):
    return {"activation": choose(pick, ACTIVATIONS), "use_bias": bool(pick(0, 1))}


def random_model(pick, keras):
    """Up to three windowed layers, then perhaps flatten, or a mean, and up to two dense ones."""
    sizes, layers = (pick(1, 9), pick(1, 9)), []
    shape = first_shape = (*sizes, pick(1, 3))
    flat = pick(0, 1)
    for _ in range(pick(1 - flat, 3)):
        kind, options, sizes = windowed(pick, sizes, shape[-1])
        shape = (*sizes, options.get("filters", shape[-1]))
        layers.append(getattr(keras.layers, kind)(**options))
    if flat:
        dense = [keras.layers.Dense(pick(2, 5), **ending(pick)) for _ in range(pick(0, 2))]
        first = choose(pick, ("Flatten", "GlobalAveragePooling2D"))
        layers += [getattr(keras.layers, first)(), *dense]
    return keras.Sequential([keras.Input(first_shape), *layers])


@pytest.mark.clause("MODEL-11")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("exact", [True, False], ids=["exact", "general"])
@explore
def test_any_model_of_these_layers_is_copied(witness, exact, dtype, pick):
    with witness.everything_in(dtype):
        model = random_model(pick, witness.keras)
    number = seed(pick)

    def numbers(i, shape):
        make = (number + 9 * i, shape)
        return data.integers(*make, -8, 8, dtype) if exact else data.floats(*make, dtype)

    model.set_weights([numbers(i, w.shape) for i, w in enumerate(model.get_weights())])
    copy = refcnn.from_keras(model)
    assert [(a.name, (None, *a.output_shape)) for a in copy.layers] == [
        (a.name, a.output.shape) for a in model.layers
    ]
    inputs = [numbers(50 + i, (2, *a.input_shape)) for i, a in enumerate(copy.layers)]
    if any(witness.unreliable(layer_case(a, x)) for a, x in zip(copy.layers, inputs)):
        return  # there the witness is known to be wrong: docs/findings.md
    theirs = [witness.layer_answer(layer, x) for layer, x in zip(model.layers, inputs)]
    ours = [layer(x) for layer, x in zip(copy.layers, inputs)]
    for name, outputs in (("Keras", theirs), ("refcnn", ours)):
        assert wrong(judge_layers(copy.layers, inputs, outputs, exact=exact)) == {}, name


@pytest.mark.clause("MODEL-11")
def test_the_copy_holds_its_own_weights(witness):
    model = witness.reference_model()
    copy = refcnn.from_keras(model)
    before = [w.copy() for w in copy.get_weights()]
    model.set_weights([0 * w for w in model.get_weights()])
    assert all(np.array_equal(a, b) for a, b in zip(copy.get_weights(), before))
    assert all(w.any() for w in before)


def tripled(x):
    return 3 * x


tripled.__name__ = "relu"  # Keras writes it down as "relu", which it is not

KNOWN = "only Conv2D, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, Flatten, Dense"
REFUSED = {
    "Dropout": (lambda of: of.Dropout(0.5), f"(Dropout) is not supported, {KNOWN}"),
    "BatchNormalization": (
        lambda of: of.BatchNormalization(),
        f"(BatchNormalization) is not supported, {KNOWN}",
    ),
    "DepthwiseConv2D": (
        lambda of: of.DepthwiseConv2D(3),
        f"(DepthwiseConv2D) is not supported, {KNOWN}",
    ),
    "Softmax": (lambda of: of.Softmax(), f"(Softmax) is not supported, {KNOWN}"),
    "a class of the user's": (
        lambda of: type("Conv2D", (of.Conv2D,), {"__module__": "mine"})(2, 3),
        f"(mine.Conv2D) is not supported, {KNOWN}",
    ),
    "keepdims": (
        lambda of: of.GlobalAveragePooling2D(keepdims=True),
        "(GlobalAveragePooling2D): keepdims=True is not supported, only False",
    ),
    "channels_first": (
        lambda of: of.MaxPooling2D(2, data_format="channels_first"),
        "(MaxPooling2D): data_format='channels_first' is not supported, only 'channels_last'",
    ),
    "tanh": (
        lambda of: of.Conv2D(2, 3, activation="tanh"),
        "(Conv2D): activation tanh is not supported, only linear, relu, softmax",
    ),
    "a function called relu": (
        lambda of: of.Conv2D(2, 3, activation=tripled),
        f"(Conv2D): activation {__name__}.relu is not supported, only linear, relu, softmax",
    ),
    "a layer as activation": (
        lambda of: of.Conv2D(2, 3, activation=of.ReLU(max_value=6)),
        "(Conv2D): activation ReLU is not supported, only linear, relu, softmax",
    ),
    "bfloat16": (
        lambda of: of.Conv2D(2, 3, dtype="bfloat16"),
        "(Conv2D): dtype 'bfloat16' is not supported, only float32 and float64",
    ),
    "mixed precision": (
        lambda of: of.Conv2D(2, 3, dtype="mixed_float16"),
        "(Conv2D): dtype 'mixed_float16' is not supported, only float32 and float64",
    ),
    "another dtype": (
        lambda of: of.Conv2D(2, 3, dtype="float64"),
        "(Conv2D): dtype 'float64' differs from 'float32' of the first layer",
    ),
    "Dense on images": (
        lambda of: of.Dense(2),
        "(Dense) is not supported on an input of shape (8, 7, 4)",
    ),
}


@pytest.mark.clause("MODEL-11")
@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_counterpart_is_refused_by_name(witness, what):
    make, sentence = REFUSED[what]
    of = witness.keras.layers
    layer = make(of)
    first = of.AveragePooling2D(1)  # what follows is not the first layer, and must be found
    model = witness.keras.Sequential([witness.keras.Input((8, 7, 4)), first, layer])
    with pytest.raises(ValueError, match=f"^{re.escape(f'layer {layer.name!r} {sentence}')}$"):
        refcnn.from_keras(model)


@pytest.mark.clause("MODEL-11")
def test_a_layer_of_one_dimension_is_refused(witness):
    keras = witness.keras
    model = keras.Sequential([keras.Input((8, 3)), keras.layers.Conv1D(2, 3, name="one")])
    with pytest.raises(ValueError, match=r"^layer 'one' \(Conv1D\) is not supported, only Conv2D"):
        refcnn.from_keras(model)


def functional(keras):
    x = keras.Input((4,))
    return keras.Model(x, keras.layers.Dense(2)(x))


MODELS = {
    "no shape yet": (
        lambda keras: keras.Sequential([keras.layers.Dense(2)], name="mine"),
        "model 'mine' is not built: it must be given an input shape",
    ),
    "no layers": (
        lambda keras: keras.Sequential([], name="mine"),
        "model 'mine' is not built: it must be given an input shape",
    ),
    "functional": (functional, "a keras.Sequential is needed, not Functional"),
    "no model": (lambda _: [1, 2], "a keras.Sequential is needed, not builtins.list"),
    "open sizes": (
        lambda keras: keras.Sequential([keras.Input((None, 8, 3)), keras.layers.Conv2D(2, 3)]),
        "input_shape must be an integer of at least 1, not None",
    ),
}


@pytest.mark.clause("MODEL-11")
@pytest.mark.parametrize("what", MODELS)
def test_what_is_no_built_sequential_is_refused(witness, what):
    make, sentence = MODELS[what]
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        refcnn.from_keras(make(witness.keras))
