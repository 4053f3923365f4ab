"""Somebody's training loop, judged bit for bit: small tasks of which every number is exact.

    import pytest
    from refcnn import testing

    @pytest.mark.parametrize("task", testing.training_tasks(), ids=str)
    def test_training(task):
        model = mylib.build(task.layers, task.weights)
        losses = model.fit(task.x, task.labels, task.epochs, task.batch_size, task.optimizer)
        task.judge(model.weights, losses)

The tasks are those of `golden/model.json`, on which two oracles agree (clause MODEL-17). A loop
that is wrong is told by those with one known mistake that come to the same weights.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import inf, prod
from typing import Any

import numpy as np

from refcnn.cnn import optimizers
from refcnn.cnn.files import layer_of
from refcnn.cnn.layers import Layer
from refcnn.cnn.model import Sequential
from refcnn.cnn.training import examples, forward, scored
from refcnn.suite.paths import golden
from refcnn.suite.tensors import Array

Arrays = list[Array]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A network, its first weights, and what it is trained on: batches in the order of x.

    layers: in Keras' terms, {"kind": "Dense", "units": 2, ...}, for inputs of `input_shape`;
    activations NHWC, kernels HWIO. The last one is a softmax, the loss its mean cross-entropy.
    weights: [kernel, bias] of each layer that has some. labels: the classes of x, (N,).
    optimizer: {"kind": "SGD", "learning_rate": ...} with "momentum" and "nesterov" or without.
    The last batch has what is left over. All is float64, and exact in any order of summation.
    The arrays cannot be written to: copy the weights before they are trained.
    """

    name: str
    input_shape: tuple[int, ...]
    layers: tuple[Mapping[str, Any], ...]
    weights: tuple[Array, ...]
    x: Array
    labels: Array
    epochs: int
    batch_size: int
    optimizer: Mapping[str, Any]
    _after: tuple[Array, ...] = field(repr=False)
    _losses: tuple[float, ...] = field(repr=False)

    def __str__(self) -> str:
        return self.name

    def judge(self, weights: Sequence[Any], losses: Sequence[float] | None = None) -> None:
        """Compare the weights after the last epoch, in the order of `weights`, with ==.

        losses: the mean loss of each epoch, each batch as it was before its step; None is not
        judged. Raises AssertionError, in one sentence: which is wrong first, and the mistake,
        if a loop with a known one comes to the same weights.
        """
        found = [np.asarray(w) for w in weights]
        shapes = [w.shape for w in self.weights]
        if [w.shape for w in found] != shapes:
            have = [w.shape for w in found]
            raise AssertionError(f"{self}: the weights have the shapes {have}, not {shapes}")
        for number, (ours, right) in enumerate(zip(found, self._after)):
            if not np.array_equal(ours, right):
                place = tuple(np.argwhere(ours != right)[0].tolist())
                where = f"{self}: weight {number} at {list(place)} after the last step"
                told = f"is {ours[place]:.17g}, not {right[place]:.17g}"
                raise AssertionError(f"{where} {told}{self._named(found)}")
        if losses is not None and (said := tuple(map(float, losses))) != self._losses:
            infinite = "; the logarithm of a probability of 0 is infinite" if inf in said else ""
            raise AssertionError(
                f"{self}: the weights are right, but the losses are {[*said]}, not "
                f"{[*self._losses]}, the means over the examples of an epoch in float64{infinite}"
            )

    def _named(self, found: Arrays) -> str:
        """The known mistakes that come to these weights, as the end of a sentence."""
        same = [
            sentence
            for sentence, mistake in MISTAKES.items()
            if all(map(np.array_equal, trained(self, mistake), found))
        ]
        return f": so it is where {', or where '.join(same)}" if same else ""

    def model(self) -> Sequential:
        """The network as refcnn's own, with its first weights."""
        first, *rest = self.layers
        others = [layer_of(**spec) for spec in rest]
        stack = [layer_of(**first, input_shape=self.input_shape), *others]
        return Sequential(stack, dtype="float64", weights=self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """How a loop goes where it goes its own way; each part does nothing by default."""

    batches: Callable[[list[slice]], list[slice]] = lambda parts: parts
    epochs: Callable[[int], int] = lambda number: number
    gradients: Callable[[Arrays, int, Arrays], Arrays] = lambda found, _size, _before: found
    rule: Mapping[str, Any] = field(default_factory=dict)
    learning: Callable[[Arrays, Arrays], Arrays] = lambda _old, new: new
    layer_by_layer: bool = False
    masked: bool = True


def trained(task: Task, loop: Loop) -> Arrays:
    """The weights to which a loop comes."""
    model = task.model()
    kind, options = optimizers.SGD, {k: v for k, v in task.optimizer.items() if k != "kind"}
    optimizer = kind(**{**options, **loop.rule})
    starts = range(0, len(task.x), task.batch_size)
    parts = loop.batches([slice(start, start + task.batch_size) for start in starts])
    before = [np.zeros_like(w) for w in task.weights]
    for part in parts * loop.epochs(task.epochs):
        old = model.get_weights()
        batch = examples(model, task.x[part], task.labels[part])
        found = _backward(model.layers, *batch, optimizer, loop)
        before = loop.gradients(found, len(batch[0]), before)
        model.set_weights(loop.learning(old, optimizer.updated(old, before)))
    return model.get_weights()


def _backward(
    layers: list[Layer], x: Array, targets: Array, optimizer: optimizers.SGD, loop: Loop
) -> Arrays:
    """Gradients by all weights, on a way back that may be wrong."""
    stages, found = forward(layers, x), Arrays()
    _, dy = scored(stages[-1].z, targets)
    for layer, given, z in reversed(stages):
        if layer is not layers[-1] and loop.masked:
            dy = layer.before_activation(dy, z)
        own = layer.by_weights(dy, given)
        if loop.layer_by_layer and own:
            steps = zip(layer.weights, own)
            layer.weights = [w - optimizer.learning_rate * g for w, g in steps]
        dy, _ = layer.backward(dy, given)
        found[:0] = own
    return found


def _kernels_alone(old: Arrays, new: Arrays) -> Arrays:
    """The kernels change, the biases stay."""
    return [changed if w.ndim > 1 else w for w, changed in zip(old, new)]


def _last_alone(old: Arrays, new: Arrays) -> Arrays:
    """The weights of the last layer change, kernel and bias."""
    return [*old[:-2], *new[-2:]]


MISTAKES = {
    "gradients are those of the sum over a batch, not of its mean": Loop(
        gradients=lambda found, size, _: [g * size for g in found]
    ),
    "gradients are never set back to zero, but added up from batch to batch": Loop(
        gradients=lambda found, _, before: [g + b for g, b in zip(found, before)]
    ),
    "the last batch, which is not full, is left out": Loop(batches=lambda parts: parts[:-1]),
    "every step takes the first batch": Loop(batches=lambda parts: parts[:1] * len(parts)),
    "the batches come in reverse order": Loop(batches=lambda parts: parts[::-1]),
    "all examples are taken in a single step": Loop(batches=lambda _: [slice(None)]),
    "there is one epoch alone": Loop(epochs=lambda _: 1),
    "there is one epoch too many": Loop(epochs=lambda number: number + 1),
    "nothing is learnt: the weights are those of the beginning": Loop(learning=lambda old, _: old),
    "a step is twice as long": Loop(gradients=lambda found, _, __: [2 * g for g in found]),
    "a step goes up the gradient": Loop(
        gradients=lambda found, _size, _before: [-g for g in found]
    ),
    "momentum is left out": Loop(rule={"momentum": 0.0, "nesterov": False}),
    "Nesterov's look ahead is left out": Loop(rule={"nesterov": False}),
    "Nesterov's look ahead is taken, though it is not asked for": Loop(rule={"nesterov": True}),
    "biases do not learn": Loop(learning=_kernels_alone),
    "the last layer alone learns": Loop(learning=_last_alone),
    "the way back leaves out the activations": Loop(masked=False),
    "the weights of a layer change before the gradient has gone through it": Loop(
        layer_by_layer=True
    ),
}


@cache
def training_tasks() -> tuple[Task, ...]:
    """The tasks that come with refcnn, the plainest first."""
    vectors = json.loads((golden() / "model.json").read_text("utf-8"))["vectors"]
    tasks = [_task(one) for one in vectors if "trained" in one]
    return tuple(sorted(tasks, key=lambda task: (len(task.optimizer), len(task.layers))))


def _task(found: Mapping[str, Any]) -> Task:
    training, after = found["training"], found["trained"]
    return Task(
        name=found["id"].removeprefix("model/"),
        input_shape=tuple(found["input_shape"]),
        layers=tuple(found["layers"]),
        weights=tuple(map(_tensor, found["weights"])),
        x=_tensor(found["x"]),
        labels=np.array(training["labels"]),
        epochs=training["epochs"],
        batch_size=training["batch_size"],
        optimizer=training["optimizer"],
        _after=tuple(map(_tensor, after["weights"])),
        _losses=tuple(after["losses"]),
    )


def _tensor(found: Mapping[str, Any]) -> Array:
    """An array of the file: its numbers, or those that are not zero, with their places."""
    flat = np.zeros(prod(found["shape"]))
    flat[found.get("at", slice(None))] = found["data"]
    flat.flags.writeable = False
    return flat.reshape(found["shape"])
