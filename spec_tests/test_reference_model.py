"""The source's model, held against what Keras answered when it was frozen. No TensorFlow."""

import hashlib
import json

import numpy as np
import pytest
from own_model.exact import VARIANTS, digest, exact_model, why_unfit
from own_model.parity import SOURCE_CODE, judge_layers, source_model, wrong

import refcnn
from refcnn.suite.paths import golden

pytestmark = pytest.mark.own

MODEL = golden() / "reference_model"
EXACT = pytest.mark.parametrize(
    ("dtype", "variant"), [(d, v) for d in ("float32", "float64") for v in VARIANTS]
)


def read_json(name):
    return json.loads((MODEL / name).read_text("utf-8"))


def read_arrays(name):
    with np.load(MODEL / name) as archive:
        return dict(archive)


@pytest.fixture
def model():
    """The source's model with the frozen weights, its layers named as Keras names them."""
    model = refcnn.reference_model()
    model.set_weights(list(read_arrays("weights.npz").values()))
    for layer, name in zip(model.layers, read_arrays("activations.npz")):
        layer.name = name
    return model


@pytest.fixture
def theirs():
    return list(read_arrays("activations.npz").values())


@pytest.fixture
def inputs(theirs):
    """What every layer is given: the images, then what Keras answered at the layer before."""
    return [read_arrays("inputs.npz")["x"], *theirs[:-1]]


@pytest.mark.clause("MODEL-9")
def test_the_frozen_files_are_those_that_were_made():
    expected = read_json("provenance.json")["sha256"]
    files = {p.name for p in MODEL.iterdir() if p.suffix in (".npz", ".json")}
    assert files == {*expected, "provenance.json"}
    assert {n: hashlib.sha256((MODEL / n).read_bytes()).hexdigest() for n in expected} == expected


@pytest.mark.clause("MODEL-9")
def test_the_code_of_the_source_builds_the_reference_model():
    built, reference = source_model(refcnn.cnn.layers, refcnn.models), refcnn.reference_model()
    assert [(type(a), a.output_shape) for a in built.layers] == [
        (type(a), a.output_shape) for a in reference.layers
    ]
    counts = [layer.count_params() for layer in built.layers]
    assert counts == [896, 0, 18_496, 0, 36_928, 0, 65_600, 650]
    assert built.count_params() == sum(counts) == 122_570
    assert SOURCE_CODE.count("layers.") == len(counts)


@pytest.mark.clause("MODEL-9")
def test_the_weights_are_named_by_layer(model):
    shapes = {
        f"{layer.name}/{part}": weight.shape
        for layer in model.layers
        for part, weight in zip(("kernel", "bias"), layer.weights)
    }
    assert {name: w.shape for name, w in read_arrays("weights.npz").items()} == shapes


@pytest.mark.clause("MODEL-9")
def test_every_layer_lies_within_the_bound_on_the_frozen_inputs(model, inputs, theirs):
    ours = [layer(x) for layer, x in zip(model.layers, inputs)]
    for name, outputs in (("Keras", theirs), ("refcnn", ours)):
        judgements = judge_layers(model.layers, inputs, outputs)
        assert wrong(judgements) == {}, name
        assert max(j.fraction for j in judgements.values()) <= 1


def flip(layer):
    layer.weights[0] = layer.weights[0][::-1, ::-1]


def swap_axes(layer):
    layer.weights[0] = layer.weights[0].transpose(1, 0, 2, 3)


def forget_bias(layer):
    layer.weights[1] = 0 * layer.weights[1]


def change_one_weight(layer):
    layer.weights[0].flat[40] *= 1.001


def flatten_by_channels(layer):
    kernel = layer.weights[0].reshape(4, 4, 64, -1)
    layer.weights[0] = kernel.transpose(2, 0, 1, 3).reshape(1024, -1)


MISTAKES = [
    *[(name, m) for name in ("conv2d", "conv2d_1", "conv2d_2") for m in (flip, swap_axes)],
    *[(f"{kind}{i}", forget_bias) for kind in ("conv2d", "dense") for i in ("", "_1")],
    ("conv2d_2", forget_bias),
    ("conv2d", change_one_weight),
    ("dense", flatten_by_channels),
]


@pytest.mark.clause("MODEL-9")
@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_the_bound_shows_a_mistake_in_a_layer(model, inputs, theirs, name, mistake):
    mistake(next(layer for layer in model.layers if layer.name == name))
    assert wrong(judge_layers(model.layers, inputs, theirs)).keys() == {name}


@pytest.mark.clause("MODEL-10")
@EXACT
def test_the_whole_model_gives_the_bits_of_keras_on_exact_data(dtype, variant):
    frozen = read_json("exact_digests.json")[f"{dtype} {variant}"]
    model, x = exact_model(dtype, variant)
    assert digest(x) == frozen["x"]
    assert [digest(w) for w in model.get_weights()] == list(frozen["weights"].values())
    outputs = model.activations(x)
    assert dict(zip(frozen["outputs"], map(digest, outputs))) == frozen["outputs"]
    assert np.isin(outputs[-1], (0, 0.5, 1)).all()


@pytest.mark.clause("MODEL-10")
@EXACT
def test_exact_data_show_a_weight_that_is_off_by_one_unit_in_the_last_place(dtype, variant):
    frozen = read_json("exact_digests.json")[f"{dtype} {variant}"]["outputs"]
    model, x = exact_model(dtype, variant)
    kernel = model.layers[0].weights[0]
    place = np.argmax(kernel.ravel())
    kernel.flat[place] = np.nextafter(kernel.flat[place], kernel.dtype.type(2))
    assert digest(model.activations(x)[0]) != frozen["conv2d"]


@pytest.mark.clause("MODEL-10")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_data_that_are_not_exact_are_rejected(dtype):
    model, x = exact_model(dtype, "wide")
    assert why_unfit(model, x) == ""
    assert why_unfit(model, x * 2**8) == "conv2d_1: sums leave the range of exact integers"
    assert why_unfit(model, 0 * x) == "all images are of one class"
    model.set_weights([-np.abs(w) for w in model.get_weights()])
    assert why_unfit(model, x) == "conv2d_1: every output is zero"


@pytest.mark.clause("MODEL-10")
def test_a_digest_is_of_values_and_not_of_the_sign_of_zero():
    assert digest(np.array([0.0, 1.0])) == digest(np.array([-0.0, 1.0]))
    assert digest(np.array([0.0, 1.0])) != digest(np.array([1.0, 0.0]))
    assert digest(np.array([1.0])) == digest(np.array([1.0], ">f8"))


@pytest.mark.clause("MODEL-10")
def test_a_search_for_seeds_that_finds_none_ends(monkeypatch):
    monkeypatch.setattr("own_model.exact.why_unfit", lambda _model, _x: "of the moon")
    with pytest.raises(
        ValueError, match="none of 100 seeds makes an exact model, the last because"
    ):
        exact_model("float32", "narrow")


@pytest.mark.clause("MODEL-10")
def test_logits_that_lie_too_close_are_seen():
    model, x = exact_model("float32", "narrow")
    weights = model.get_weights()
    model.set_weights([*weights[:-2], weights[-2] / 128, weights[-1] / 128])
    assert why_unfit(model, x) == "some probability is not 0, 1/2 or 1"
