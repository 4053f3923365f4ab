"""The model vectors, asked of real models of Keras: the frozen answers are its own, bit for bit."""

import numpy as np
import pytest
from own_model.vectors import differs, load

import refcnn

pytestmark = [pytest.mark.keras, pytest.mark.own]


def asked(*, legal):
    return [
        pytest.param(vector, marks=pytest.mark.clause(clause), id=f"{clause}-{vector.id}")
        for vector in load()
        for clause in vector.clauses
        if legal != bool(vector.question.refused)
    ]


def model_of(witness, question):
    """A keras.Sequential of the layers and weights of a question."""
    of = witness.keras.layers
    with witness.everything_in(question.dtype):
        stack = [
            getattr(of, spec["kind"])(**{n: value for n, value in spec.items() if n != "kind"})
            for spec in question.layers
        ]
        model = witness.keras.Sequential([witness.keras.Input(question.input_shape), *stack])
    if question.weights:
        model.set_weights(list(question.weights))
    return model


@pytest.mark.parametrize("vector", asked(legal=True))
def test_keras_gives_the_frozen_answers(witness, vector):
    question = vector.question
    model = model_of(witness, question)
    assert [layer.output.shape[1:] for layer in model.layers] == [a.shape for a in vector.answers]
    assert [layer.count_params() for layer in model.layers] == [
        a.parameters for a in vector.answers
    ]
    if question.x is not None:
        outputs = witness.activations(model, question.x)
        assert [y.dtype for y in outputs] == [question.dtype] * len(outputs)
        for layer, y, answer in zip(model.layers, outputs, vector.answers):
            assert np.array_equal(y, answer.y), layer.name


@pytest.mark.parametrize("vector", asked(legal=True))
def test_a_copy_of_the_keras_model_passes(witness, vector):
    assert differs(vector, refcnn.from_keras(model_of(witness, vector.question))) == ""


@pytest.mark.parametrize("vector", asked(legal=False))
def test_what_is_refused_of_a_stand_in_is_refused_of_keras(witness, vector):
    with pytest.raises(ValueError, match=vector.question.refused):
        refcnn.from_keras(model_of(witness, vector.question))
