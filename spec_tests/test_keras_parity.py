"""The source's TensorFlow model, held against Keras layer by layer."""

import numpy as np
import pytest
from own_model.exact import VARIANTS, exact_model
from own_model.parity import different, judge_layers, photograph_like, source_model, wrong

import refcnn

pytestmark = [pytest.mark.keras, pytest.mark.own]

DTYPES = ("float32", "float64")
LOWER = {"float32": "bfloat16", "float64": "float32"}
WEIGHTED = {"conv2d", "conv2d_1", "conv2d_2", "dense", "dense_1"}

lower_precision = pytest.mark.filterwarnings(  # TensorFlow, of its own bfloat16 arrays
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@pytest.fixture
def images(witness):
    """Eight images in [0, 1]: five photographs, three with the spectrum of photographs."""
    photographs = [witness.photograph(name) for name in witness.PHOTOGRAPHS]
    return np.concatenate([photographs, photograph_like(0, 3)])


@pytest.mark.clause("MODEL-9")
def test_the_same_code_builds_the_same_layers_here_and_in_keras(witness):
    ours = source_model(refcnn.cnn.layers, refcnn.models)
    theirs = witness.reference_model()
    assert [(type(a).__name__, (None, *a.output_shape), a.count_params()) for a in ours.layers] == [
        (type(a).__name__, a.output.shape, a.count_params()) for a in theirs.layers
    ]
    assert ours.count_params() == theirs.count_params() == 122_570


@pytest.mark.clause("MODEL-9")
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_layer_lies_within_the_bound_on_the_same_inputs(
    witness, images, dtype, record_property
):
    model, x = witness.reference_model(dtype), images.astype(dtype)
    copy, theirs = refcnn.from_keras(model), witness.activations(model, x)
    inputs = [x, *theirs[:-1]]
    ours = [layer(given) for layer, given in zip(copy.layers, inputs)]
    for name, outputs in (("Keras", theirs), ("refcnn", ours)):
        judgements = judge_layers(copy.layers, inputs, outputs)
        record_property(
            f"{name}, largest error over bound", {n: j.fraction for n, j in judgements.items()}
        )
        assert wrong(judgements) == {}, name
        assert max(j.fraction for j in judgements.values()) <= 1


@pytest.mark.clause("MODEL-9")
@lower_precision
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bound_sees_a_layer_that_computes_in_less_precision(witness, images, dtype):
    model, x = witness.reference_model(dtype), images.astype(dtype)
    inputs = [x, *witness.activations(model, x)[:-1]]
    lower = witness.reference_model(LOWER[dtype])
    lower.set_weights(model.get_weights())
    outputs = [
        witness.layer_answer(layer, given).astype(dtype)
        for layer, given in zip(lower.layers, inputs)
    ]
    judgements = judge_layers(refcnn.from_keras(model).layers, inputs, outputs)
    assert wrong(judgements).keys() >= WEIGHTED


@pytest.mark.clause("MODEL-10")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_whole_model_agrees_bit_for_bit_on_exact_data(witness, dtype, variant):
    exact, x = exact_model(dtype, variant)
    model = witness.reference_model(dtype)
    model.set_weights(exact.get_weights())
    copy, theirs = refcnn.from_keras(model), witness.activations(model, x)
    ours = copy.activations(x)
    assert [y.dtype for y in ours] == [y.dtype for y in theirs] == [dtype] * len(ours)
    assert different([layer.name for layer in copy.layers], ours, theirs) == []
    assert np.array_equal(model(x), theirs[-1]), "Keras' own way through the layers"
    assert np.isin(theirs[-1], (0, 0.5, 1)).all()
    assert np.array_equal(theirs[-1].sum(axis=-1), np.ones(len(x)))


@pytest.mark.clause("MODEL-10")
@lower_precision
@pytest.mark.parametrize("dtype", DTYPES)
def test_exact_data_show_a_model_that_computes_in_less_precision(witness, dtype):
    exact, x = exact_model(dtype, "wide")
    lower = witness.reference_model(LOWER[dtype])
    lower.set_weights(exact.get_weights())
    names = [layer.name for layer in lower.layers]
    found = different(names, exact.activations(x), witness.activations(lower, x))
    assert found[: len(names) - 1] == names[:-1]
