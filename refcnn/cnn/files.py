"""Models in files: safetensors, whose header says the layers, as JSON. Nothing is executed."""

import json
from collections.abc import Sequence
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from refcnn.cnn.layers import LAYERS, Layer
from refcnn.cnn.ops import Array

HEADER = "refcnn"  # under which the header has the layers


def save(layers: Sequence[Layer], dtype: Any, path: Path) -> None:
    """Write layers and weights, the weights by number in the order of `get_weights`.

    A file that was there before is replaced when the new one is whole.
    """
    weights = [w for layer in layers for w in layer.weights]
    header = {"dtype": str(dtype), "layers": [_described(layer) for layer in layers]}
    content = import_module("safetensors.numpy").save(
        {f"{number:04}": np.ascontiguousarray(w) for number, w in enumerate(weights)},
        {HEADER: json.dumps(header)},
    )
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    beside.replace(path)


def _described(layer: Layer) -> dict[str, Any]:
    """Kind and options of a layer, for JSON."""
    options = {one.name: getattr(layer, one.name) for one in fields(layer) if one.init}
    return {"kind": type(layer).__name__, **options}


def load(path: Path) -> tuple[list[Layer], str, list[Array]]:
    """Read what `save` has written: layers that are not built, the dtype, and the weights.

    Raises ValueError that names the file, and what is wrong with it.
    """
    opened, broken = _library()
    try:
        with opened(path, framework="np") as file:
            header = _header(file.metadata())
            layers = [_layer(**spec) for spec in header["layers"]]
            weights = [file.get_tensor(name) for name in sorted(file.keys())]
        dtype = header["dtype"]
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    except (broken, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"{path} is not a model that refcnn has saved: {error}") from None
    if dtype not in ("float32", "float64"):
        raise ValueError(f"{path} is not a model that refcnn has saved: its dtype is {dtype!r}")
    return layers, dtype, weights


def _library() -> tuple[Any, type[Exception]]:
    """How safetensors opens a file, and what it raises for a bad one."""
    library = import_module("safetensors")
    return library.safe_open, library.SafetensorError


def _layer(kind: str, **options: Any) -> Layer:
    """Make a layer of its description."""
    if kind not in LAYERS:
        raise ValueError(f"there is no layer {kind!r}, only {', '.join(LAYERS)}")
    return LAYERS[kind](**options)


def _header(metadata: dict[str, str] | None) -> Any:
    """What the header says of a model: its dtype and its layers."""
    if HEADER not in (metadata or {}):
        raise ValueError("its header has no layers")
    return json.loads((metadata or {})[HEADER])
