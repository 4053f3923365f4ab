"""Models of other libraries as refcnn models."""

from dataclasses import fields
from typing import Any

from refcnn.cnn.layers import ACTIVATIONS, LAYERS, Layer
from refcnn.cnn.model import Sequential

DTYPES = ("float32", "float64")

# Options of Keras' layers that have one meaning here, with that meaning.
FIXED = {"data_format": "channels_last", "keepdims": False}


def from_keras(model: Any) -> Sequential:
    """Copy a built `keras.Sequential` of these layers, weights and dtype included.

    Raises ValueError that names the first layer or option that has no
    counterpart here. Keras itself is not imported.
    """
    if (kind := _name(type(model))) != "Sequential":
        raise ValueError(f"a keras.Sequential is needed, not {kind}")
    if not model.built:
        raise ValueError(f"model {model.name!r} is not built: it must be given an input shape")
    dtype = model.layers[0].dtype_policy.name
    layers = [_from_keras_layer(layer, dtype) for layer in model.layers]
    layers[0].input_shape = tuple(model.input_shape[1:])
    copy = Sequential(layers, dtype=dtype)
    copy.set_weights(model.get_weights())
    return copy


def _name(thing: Any) -> str:
    """Name of a class or function: bare if it is Keras' own, else with its module."""
    own = thing.__module__.startswith("keras.")
    return thing.__name__ if own else f"{thing.__module__}.{thing.__name__}"


def _from_keras_layer(layer: Any, dtype: str) -> Layer:
    """One layer with the same arguments, still without weights."""
    kind = _name(type(layer))
    where = f"layer {layer.name!r} ({kind})"
    if kind not in LAYERS:
        raise ValueError(f"{where} is not supported, only {', '.join(LAYERS)}")
    for option, only in FIXED.items():
        if (value := getattr(layer, option, only)) != only:
            raise ValueError(f"{where}: {option}={value!r} is not supported, only {only!r}")
    if (policy := layer.dtype_policy.name) not in DTYPES:
        raise ValueError(f"{where}: dtype {policy!r} is not supported, only {' and '.join(DTYPES)}")
    if policy != dtype:
        raise ValueError(f"{where}: dtype {policy!r} differs from {dtype!r} of the first layer")
    if kind == "Dense" and len(layer.input.shape) != 2:
        raise ValueError(f"{where} is not supported on an input of shape {layer.input.shape[1:]}")
    names = {f.name for f in fields(LAYERS[kind]) if f.init and hasattr(layer, f.name)}
    options = {name: getattr(layer, name) for name in names}
    if "activation" in options:
        options["activation"] = _activation(options["activation"], where)
    return LAYERS[kind](**options)


def _activation(function: Any, where: str) -> str:
    """Name of one of Keras' own activation functions that have a counterpart here."""
    name = _name(function if hasattr(function, "__name__") else type(function))
    if name not in ACTIVATIONS:
        known = ", ".join(filter(None, ACTIVATIONS))
        raise ValueError(f"{where}: activation {name} is not supported, only {known}")
    return name
