"""Model vectors: frozen questions about whole models, and their answers.

A vector is admitted only if two oracles agree, refcnn's own model and the layers
composed of the literal definition. Everything in it is exact: answers are compared
with ==. What is to be copied from Keras is handed to `from_keras` as a stand-in,
so that no TensorFlow is needed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from typing import Any

import numpy as np

from own_model.keras_like import keras_like
from own_model.mutants import MUTANTS
from own_model.oracle import LayerAnswer, answers
from own_model.questions import Question, questions
from own_model.training_oracle import Trained, trained
from refcnn.cnn import keras as convert
from refcnn.cnn import layers as kinds
from refcnn.cnn import model, optimizers
from refcnn.operators.softmax.numerics import GAP
from refcnn.suite.generators import SUITE
from refcnn.suite.paths import golden
from refcnn.suite.tensors import Array

TRAINING = ("labels", "epochs", "batch_size", "optimizer")


@dataclass(frozen=True, slots=True, eq=False)
class ModelVector:
    """A question about a model, what is true of each layer, and which mutants fail it."""

    question: Question
    answers: tuple[LayerAnswer, ...]  # none if it must be refused
    kills: tuple[str, ...] = ()
    trained: Trained | None = None  # what training it comes to, if that is asked

    @property
    def id(self) -> str:
        """Such as "model/shape-table"."""
        return self.question.id

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that it asks about."""
        return self.question.clauses


class DisagreementError(AssertionError):
    """The two oracles differ: one of them is wrong."""


# --- asking


def fails(vector: ModelVector) -> str:
    """Why refcnn's model code, as it is now, fails a vector; "" if it passes."""
    question, refused = vector.question, vector.question.refused
    given = [w.copy() for w in question.weights]
    try:
        made = built(question, given)
        if refused:
            return f"accepted, where {refused} must be refused"
        if found := _wrong_layers(vector, made):
            return found
        if given and question.by != "keras":
            made.set_weights(given)
        for w in given:
            w[...] = 99  # what was given is the caller's: a model must have its own
        return _wrong_numbers(vector, made) or _wrong_training(vector, made)
    except Exception as error:  # noqa: BLE001 - a mutant may raise anything
        named = isinstance(error, ValueError) and refused and refused in str(error)
        return "" if named else f"{type(error).__name__}: {error}"


def killed(vector: ModelVector) -> list[str]:
    """Names of the mutants that fail a vector."""
    found = []
    for mutant in MUTANTS:
        with mutant.applied():
            if fails(vector):
                found.append(mutant.name)
    return found


def built(question: Question, weights: list[Array]) -> model.Sequential:
    """The model as refcnn makes it; one that is copied has these weights already."""
    if question.by == "keras":
        return convert.from_keras(keras_like(question, weights))
    if question.by == "layers":
        first, *rest = question.layers
        stack = [_layer(first, input_shape=question.input_shape), *map(_layer, rest)]
        return model.Sequential(stack, dtype=question.dtype)
    made: model.Sequential = getattr(model, question.by)(dtype=question.dtype)
    return made


def _layer(spec: Mapping[str, Any], **more: Any) -> kinds.Layer:
    options = {name: value for name, value in spec.items() if name != "kind"}
    made: kinds.Layer = getattr(kinds, spec["kind"])(**options, **more)
    return made


def differs(vector: ModelVector, made: model.Sequential) -> str:
    """What is wrong with a model that was made for a vector, weights included; "" if nothing is."""
    return _wrong_layers(vector, made) or _wrong_numbers(vector, made)


def _wrong_layers(vector: ModelVector, made: model.Sequential) -> str:
    asked = [spec["kind"] for spec in vector.question.layers]
    have = [type(layer).__name__ for layer in made.layers]
    if asked != have:
        return f"the layers are {', '.join(have)}, not {', '.join(asked)}"
    for layer, answer in zip(made.layers, vector.answers):
        kernel = layer.weights[0].shape if layer.weights else (0, 0)
        for what, found, expected in (
            ("output shape", layer.output_shape, answer.shape),
            ("parameters", layer.count_params(), answer.parameters),
            (
                "multiplications",
                prod(layer.output_shape) * prod(kernel[:-1]),
                answer.multiplications,
            ),
        ):
            if found != expected:
                return f"{layer.name}: {what}: {found}, not {expected}"
    if made.count_params() != (total := sum(answer.parameters for answer in vector.answers)):
        return f"there are {made.count_params()} parameters, not {total}"
    return ""


def _wrong_numbers(vector: ModelVector, made: model.Sequential) -> str:
    if vector.question.x is None:
        return ""
    outputs, dtype = made.activations(vector.question.x.copy()), vector.question.dtype
    for layer, answer, y in zip(made.layers, vector.answers, outputs):
        expected = np.asarray(answer.y)
        if y.dtype != dtype or y.shape != expected.shape:
            return f"{layer.name}: it is {y.dtype} {y.shape}, not {dtype} {expected.shape}"
        if (different := np.argwhere(y != expected)).size:
            place = tuple(map(int, different[0]))
            return f"{layer.name}: y{list(place)} is {y[place]}, not {expected[place]}"
    return ""


def _wrong_training(vector: ModelVector, made: model.Sequential) -> str:
    question, known = vector.question, vector.trained
    if known is None or question.training is None:
        return ""
    labels, epochs, size, rule = (question.training[name] for name in TRAINING)
    history = made.fit(
        np.array(question.x),
        labels,
        epochs=epochs,
        batch_size=size,
        optimizer=_optimizer(**rule),
        shuffle=False,
        progress=False,
    )
    if tuple(history["loss"]) != known.losses:
        return f"the losses are {history['loss']}, not {list(known.losses)}"
    for number, (found, right) in enumerate(zip(made.get_weights(), known.weights)):
        if found.dtype != question.dtype or not np.array_equal(found, right):
            return f"weight {number} after training is {found.ravel()}, not {right.ravel()}"
    return ""


def _optimizer(kind: str, **options: Any) -> optimizers.Optimizer:
    made: optimizers.Optimizer = getattr(optimizers, kind)(**options)
    return made


# --- files

MOSTLY_ZERO = 4  # times as many zeros as other numbers: those are written with their places


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def _tensor(tensor: Array) -> dict[str, Any]:
    """Row by row; or the places of the numbers that are not zero, and these numbers."""
    flat = tensor.ravel()
    if np.count_nonzero(flat) * (MOSTLY_ZERO + 1) > flat.size:
        return {"shape": list(tensor.shape), "data": [_number(v) for v in flat.tolist()]}
    at = np.flatnonzero(flat)
    numbers = [_number(v) for v in flat[at].tolist()]
    return {"shape": list(tensor.shape), "at": at.tolist(), "data": numbers}


def _read_tensor(found: Mapping[str, Any], dtype: str) -> Array:
    flat = np.zeros(prod(found["shape"]), dtype)
    flat[found.get("at", slice(None))] = found["data"]
    return flat.reshape(found["shape"])


def _to_json(vector: ModelVector) -> dict[str, Any]:
    question, asked = vector.question, dict[str, Any]()
    if question.weights:
        asked |= {"weights": [_tensor(w) for w in question.weights]}
    if question.x is not None:
        asked |= {"x": _tensor(question.x)}
    return {
        "id": question.id,
        "clauses": question.clauses,
        "by": question.by,
        "dtype": question.dtype,
        "input_shape": question.input_shape,
        "layers": question.layers,
        **asked,
        **({"refused": question.refused} if question.refused else {}),
        **({"training": question.training} if question.training else {}),
        "answers": [
            {
                "shape": one.shape,
                "parameters": one.parameters,
                "multiplications": one.multiplications,
                **({} if one.y is None else {"y": _tensor(one.y)}),
            }
            for one in vector.answers
        ],
        **({} if vector.trained is None else {"trained": _came_to(vector.trained)}),
        "kills": vector.kills,
    }


def _came_to(known: Trained) -> dict[str, Any]:
    return {"losses": known.losses, "weights": [_tensor(w) for w in known.weights]}


def _spec(found: Mapping[str, Any]) -> dict[str, Any]:
    return {n: tuple(value) if isinstance(value, list) else value for n, value in found.items()}


def _from_json(found: Mapping[str, Any]) -> ModelVector:
    dtype = found["dtype"]
    question = Question(
        id=found["id"],
        clauses=tuple(found["clauses"]),
        by=found["by"],
        dtype=dtype,
        input_shape=tuple(found["input_shape"]),
        layers=tuple(map(_spec, found["layers"])),
        weights=tuple(_read_tensor(w, dtype) for w in found.get("weights", ())),
        x=_read_tensor(found["x"], dtype) if "x" in found else None,
        refused=found.get("refused", ""),
        training=found.get("training"),
    )
    known = [
        LayerAnswer(
            tuple(one["shape"]),
            one["parameters"],
            one["multiplications"],
            _read_tensor(one["y"], dtype) if "y" in one else None,
        )
        for one in found["answers"]
    ]
    after = None
    if came_to := found.get("trained"):
        weights = tuple(_read_tensor(w, dtype) for w in came_to["weights"])
        after = Trained(tuple(came_to["losses"]), weights)
    return ModelVector(question, tuple(known), tuple(found["kills"]), after)


def _vector(question: Question) -> ModelVector:
    """The question with its answers, once the oracles agree, and with its kills."""
    known = answers(question.layers, question.input_shape, question.weights, question.x)
    plain = ModelVector(
        question, () if question.refused else tuple(known), trained=_training(question)
    )
    if found := fails(plain):
        raise DisagreementError(f"{question.id}: {found}")
    return replace(plain, kills=tuple(killed(plain)))


def _training(question: Question) -> Trained | None:
    """What training comes to by the definitions."""
    if question.training is None or question.x is None:
        return None
    asked = question.layers, question.weights, question.x, question.training
    return trained(*asked, GAP[question.dtype])


def text() -> str:
    """The file of all vectors, one a line, from the questions alone."""
    lines = ",\n".join(
        json.dumps(_to_json(_vector(question)), separators=(",", ":")) for question in questions()
    )
    return f'{{\n"suite": {SUITE},\n"vectors": [\n{lines}\n]\n}}\n'


@cache
def load() -> tuple[ModelVector, ...]:
    """The vectors that come with refcnn."""
    found = json.loads((golden() / "model.json").read_text("utf-8"))
    if found["suite"] != SUITE:
        raise ValueError(f"model.json is of suite {found['suite']}, not of suite {SUITE}")
    return tuple(map(_from_json, found["vectors"]))
