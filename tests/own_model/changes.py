"""What a mistake in a model is: refcnn's own code, changed for the time of a block.

A change is a target, "refcnn.cnn.layers.Dense.__call__", and what is made of it,
right -> wrong. Below are the ways to be wrong that the catalogue is made of.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import MISSING, dataclass, fields, replace
from importlib import import_module
from math import prod
from typing import Any

import numpy as np

from refcnn.cnn.keras import LAYERS
from refcnn.cnn.layers import AveragePooling2D, Conv2D, Layer, MaxPooling2D
from refcnn.cnn.model import Sequential

PACKAGES = ("refcnn", "own_model")  # in whose modules a function is changed

Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class ModelMutant:
    """One mistake in a model: what a student is told, and the changes that make it."""

    name: str
    clause: str
    sentence: str
    changes: Mapping[str, Change]

    operator = "model"

    @property
    def id(self) -> str:
        """Operator and name: "model/bias-not-used"."""
        return f"{self.operator}/{self.name}"

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Make the mistake for the time of the block; afterwards all is as it was."""
        with ExitStack() as stack:
            for target, change in self.changes.items():
                stack.enter_context(_changed(target, change))
            yield


@contextmanager
def _changed(target: str, change: Change) -> Iterator[None]:
    owner, name = _found(target)
    right = getattr(owner, name)
    wrong, inherited = change(right), isinstance(owner, type) and name not in vars(owner)
    _put(owner, name, right, wrong)
    try:
        yield
    finally:
        _put(owner, name, wrong, right)
        if inherited:
            delattr(owner, name)


def _found(target: str) -> tuple[Any, str]:
    """The class or module of a target, and the name in it."""
    path, name = target.rsplit(".", 1)
    try:
        return import_module(path), name
    except ModuleNotFoundError:
        owner, last = _found(path)
        return getattr(owner, last), name


def _put(owner: Any, name: str, old: Any, new: Any) -> None:
    """Put `new` into a class, or into every module of refcnn that has `old` by that name.

    Afterwards this finds the modules, too, that were first imported in between.
    """
    if isinstance(owner, type):
        setattr(owner, name, new)
        return
    for module in [m for path, m in sys.modules.items() if path.split(".")[0] in PACKAGES]:
        if vars(module).get(name) is old:
            setattr(module, name, new)


# --- ways to be wrong


def but(thing: Any, **changed: Any) -> Any:
    """A copy of a layer or a model with other attributes, its arrays shared."""
    other = copy(thing)
    vars(other).update(changed)
    return other


def look_alike(thing: Any, **changed: Any) -> Any:
    """What looks like an object of Keras, but for some attributes."""
    kind = type(thing)
    body = {"__module__": kind.__module__, "__getattr__": lambda _, name: getattr(thing, name)}
    look = type(kind.__name__, (), body)()
    vars(look).update(changed)
    return look


def finding(**changed: Callable[[Any], Any]) -> Change:
    """A method that finds other attributes, each worked out from the object."""
    return lambda right: (
        lambda self, *given: right(
            but(self, **{name: value(self) for name, value in changed.items()}), *given
        )
    )


def seeing(**changed: Callable[[Any], Any]) -> Change:
    """The same of a function that is given an object of Keras."""
    return lambda right: (
        lambda thing, *given: right(
            look_alike(thing, **{name: value(thing) for name, value in changed.items()}), *given
        )
    )


def unless(activation: str) -> Callable[[Any], str | None]:
    """The activation of a layer, but not this one."""
    return lambda layer: None if layer.activation == activation else layer.activation


def architecture(change: Callable[[list[Any]], Sequence[Layer]]) -> Change:
    """A function that makes a model of other layers."""
    return lambda right: (
        lambda **options: Sequential(
            change([replace(layer) for layer in right(**options).layers]), **options
        )
    )


def averaging(layers: list[Any]) -> list[Layer]:
    """The layers with average pools in place of max pools."""
    return [
        AveragePooling2D(one.pool_size) if isinstance(one, MaxPooling2D) else one for one in layers
    ]


def many_first(layers: list[Any]) -> list[Layer]:
    """The numbers of filters from the last convolution to the first."""
    filters = [one.filters for one in layers if isinstance(one, Conv2D)]
    return [
        replace(one, filters=filters.pop()) if isinstance(one, Conv2D) else one for one in layers
    ]


def pools_last(layers: list[Any]) -> list[Layer]:
    """The three convolutions, then the two pools."""
    return [*layers[0:5:2], *layers[1:5:2], *layers[5:]]


def bias_last(right: Any) -> Any:
    """A layer that adds its bias to what its activation has answered."""
    return lambda self, x: right(but(self, weights=self.weights[:1]), x) + sum(self.weights[1:])


def input_depth(right: Any) -> Any:
    """A convolution that is built as if its output were as deep as its input."""

    def build(self: Any, input_shape: Any, *given: Any) -> None:
        right(self, input_shape, *given)
        self.output_shape = (*self.output_shape[:-1], input_shape[-1])

    return build


def last_layer_first(_: Any) -> Any:
    """A model that deals weights out backwards."""

    def set_weights(self: Any, weights: Any) -> None:
        rest = iter(weights)
        for layer in reversed(self.layers):
            layer.set_weights([next(rest) for _ in layer.weights])

    return set_weights


def arrays_kept(right: Any) -> Any:
    """A layer that copies arrays only if it must."""

    def set_weights(self: Any, weights: Any) -> None:
        right(self, weights)
        self.weights = [np.asarray(w, old.dtype) for w, old in zip(weights, self.weights)]

    return set_weights


def on_any_rank(right: Any) -> Any:
    """A dense layer along the last axis, whatever is before it."""
    return lambda self, x: right(self, x.reshape(prod(x.shape[:-1]), x.shape[-1])).reshape(
        *x.shape[:-1], self.units
    )


OPTIONS = ("strides", "padding", "pool_size", "activation")


def by_default(right: Any) -> Any:
    """A copy of a layer without the options that may be left out."""

    def layer_of(layer: Any, dtype: str) -> Layer:
        made: Layer = right(layer, dtype)
        options = [f for f in fields(made) if f.init and f.default is not MISSING]
        known = {f.name: f.default for f in options}
        return replace(made, **{name: known[name] for name in OPTIONS if name in known})

    return layer_of


def sides_swapped(model: Any) -> Any:
    """The weights of a model of Keras, its kernels (width, height, ...)."""
    return lambda: [w.swapaxes(0, 1) if w.ndim == 4 else w for w in model.get_weights()]


def supported(model: Any) -> list[Any]:
    """Those layers of a model of Keras that there are here."""
    return [layer for layer in model.layers if type(layer).__name__ in LAYERS]


def added_up(right: Any) -> Any:
    """Gradients that are added to those of all batches before."""
    before: list[Any] = []

    def backpropagated(*given: Any) -> Any:
        found = right(*given)
        shapes = [one.shape for one in found.gradients]
        if [one.shape for one in before] == shapes:
            found = found._replace(gradients=[a + b for a, b in zip(found.gradients, before)])
        before[:] = found.gradients
        return found

    return backpropagated
