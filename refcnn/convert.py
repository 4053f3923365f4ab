"""Models of other libraries as refcnn models."""

from dataclasses import fields
from typing import Any

from refcnn.layers import (
    ACTIVATIONS,
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    MaxPooling2D,
)
from refcnn.model import Sequential

LAYERS = {kind.__name__: kind for kind in (Conv2D, MaxPooling2D, AveragePooling2D, Flatten, Dense)}

# Options of Keras' layers that have one meaning here, with that meaning.
FIXED = {"data_format": "channels_last", "dilation_rate": (1, 1), "groups": 1}


def from_keras(model: Any) -> Sequential:
    """Copy a built `keras.Sequential` of these layers, weights and dtype included.

    Raises ValueError that names the first layer or option that has no
    counterpart here. Keras itself is not imported.
    """
    if type(model).__name__ != "Sequential" or not getattr(model, "built", False):
        raise ValueError(f"a built keras.Sequential is needed, not {type(model).__name__}")
    layers = [_from_keras_layer(layer) for layer in model.layers]
    layers[0].input_shape = tuple(model.input_shape[1:])
    copy = Sequential(layers, dtype=model.layers[0].compute_dtype)
    copy.set_weights(model.get_weights())
    return copy


def _from_keras_layer(layer: Any) -> Layer:
    """One layer with the same arguments, still without weights."""
    kind, config = type(layer).__name__, layer.get_config()
    where = f"layer {config['name']!r} ({kind})"
    if kind not in LAYERS:
        raise ValueError(f"{where} is not supported; supported are {', '.join(LAYERS)}")
    for option, only in FIXED.items():
        if config.get(option, only) != only:
            raise ValueError(
                f"{where}: {option}={config[option]!r} is not supported, only {only!r}"
            )
    if not isinstance(activation := config.get("activation"), str | None) or (
        activation not in ACTIVATIONS
    ):
        raise ValueError(f"{where}: activation {activation!r} is not supported")
    names = {f.name for f in fields(LAYERS[kind]) if f.init and f.name in config}
    return LAYERS[kind](**{name: config[name] for name in names})
