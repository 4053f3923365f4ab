"""Training a model: its loss, the gradients by its weights, and epochs of steps.

The loss is the cross-entropy of a softmax, the mean over a batch. It is worked out from the
logits: what the last layer answers before its softmax, or its answer if it has none.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from refcnn.cnn.gradients import one_hot, softmax_cross_entropy
from refcnn.cnn.layers import Layer
from refcnn.cnn.ops import Array
from refcnn.cnn.optimizers import Optimizer

if TYPE_CHECKING:
    from refcnn.cnn.model import Sequential

History = dict[str, list[float]]  # what each epoch came to, by Keras' names


class Metrics(NamedTuple):
    """Mean loss of examples, and the share of them that is put into its class."""

    loss: float
    accuracy: float


class Step(NamedTuple):
    """What a batch comes to, and the gradients of its loss by all weights, in their order."""

    metrics: Metrics
    gradients: list[Array]


def scored(logits: Array, targets: Array) -> tuple[Metrics, Array]:
    """The score of a batch, and the gradient of its loss by the logits: all (N, classes)."""
    loss, dlogits = softmax_cross_entropy(logits, targets)
    right = logits.argmax(axis=1) == targets.argmax(axis=1)
    return Metrics(float(loss), float(right.mean())), dlogits


class Stage(NamedTuple):
    """A layer on the way forward: what it was given, and its preactivation."""

    layer: Layer
    x: Array
    z: Array


def forward(layers: Sequence[Layer], x: Array) -> list[Stage]:
    """What each layer is given, and what it makes of it before its activation."""
    stages = list[Stage]()
    for layer in layers:
        z = layer.preactivation(x)
        stages.append(Stage(layer, x, z))
        x = layer.activated(z)
    return stages


def backpropagated(layers: Sequence[Layer], x: Array, targets: Array) -> Step:
    """Work out the gradients of the loss by all weights, from the last layer to the first.

    The loss says how it changes with the logits. Each layer then turns what is said of its
    preactivation into what that says of its weights and of its input, the answer of the layer
    before, whose activation comes next.
    """
    stages, gradients = forward(layers, x), list[Array]()
    score, dy = scored(stages[-1].z, targets)
    while len(stages) > 1:
        layer, x, _ = stages.pop()
        dx, own = layer.backward(dy, x)
        gradients[:0] = own
        before, _, z = stages[-1]
        dy = before.before_activation(dx, z)
    (first, x, _), *_ = stages
    return Step(score, [*first.by_weights(dy, x), *gradients])


def examples(model: "Sequential", x: Any, y: Any) -> tuple[Array, Array]:
    """Check examples and their labels: x (N, *input_shape), y the numbers of classes or shares.

    Returns x in the model's dtype, and the targets (N, classes). Raises ValueError for what
    does not fit the model, and for a model that does not answer classes.
    """
    last = model.layers[-1]
    if len(last.output_shape) != 1 or last.activation not in (None, "linear", "softmax"):
        raise ValueError(
            f"layer {last.name!r} must answer (N, classes), as logits or through softmax, for a "
            f"loss; it answers (N, *{last.output_shape}) through {last.activation or 'linear'}"
        )
    x, labels = model.taken(x), np.asarray(y)
    if not labels.ndim or not len(x) or len(labels) != len(x):
        number = len(labels) if labels.ndim else "no"
        told = f"{len(x)} examples and {number} labels"
        raise ValueError(f"{told}: there must be at least one, and as many of both")
    return x, one_hot(labels, np.empty((len(x), *last.output_shape), model.dtype))


def score(layers: Sequence[Layer], x: Array, targets: Array) -> Metrics:
    """The score of a batch; nothing is trained."""
    for layer in layers[:-1]:
        x = layer(x)
    return scored(layers[-1].preactivation(x), targets)[0]


def remember(history: History, prefix: str, score: Metrics) -> None:
    """Add what an epoch came to: "loss" and "accuracy", or with a prefix."""
    for name, value in score._asdict().items():
        history.setdefault(prefix + name, []).append(value)


def mean(scores: Sequence[Metrics], sizes: Sequence[int]) -> Metrics:
    """The score of several batches of these sizes together."""
    loss, accuracy = np.average(scores, axis=0, weights=sizes).tolist()
    return Metrics(loss, accuracy)


def epoch(
    model: "Sequential", optimizer: Optimizer, batches: Iterable[tuple[Array, Array]]
) -> Metrics:
    """Take one step a batch. Returns the mean of their scores, each from before its step."""
    scores, sizes = list[Metrics](), list[int]()
    for x, targets in batches:
        score, gradients = backpropagated(model.layers, x, targets)
        model.set_weights(optimizer.updated(model.weights, gradients))
        scores.append(score)
        sizes.append(len(x))
    return mean(scores, sizes)


def watched(batches: Sequence[Any], told: str, *, progress: bool) -> Iterable[Any]:
    """The batches one after the other, under a progress bar on standard error, if wanted."""
    if not progress:
        return batches
    console = import_module("rich.console").Console(stderr=True)
    track = import_module("rich.progress").track
    shown: Iterable[Any] = track(
        batches, told, console=console, disable=not console.is_terminal, transient=True
    )
    return shown
