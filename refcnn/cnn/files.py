"""Models in files: safetensors, whose header says the layers, as JSON. Nothing is executed."""

import json
from collections.abc import Sequence
from dataclasses import fields
from importlib import import_module
from math import prod
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np

from refcnn.cnn.layers import LAYERS, Layer
from refcnn.cnn.ops import Array
from refcnn.cnn.shapes import as_pair

HEADER = "refcnn"  # under which the header has the layers
MOST_CELLS = 2**14  # of a pool: a file is not believed that asks for more work than this


def save(layers: Sequence[Layer], dtype: Any, path: Path) -> None:
    """Write layers and weights, the weights by number in the order of `get_weights`.

    A file that was there before is replaced when the new one is whole.
    """
    weights = [w for layer in layers for w in layer.weights]
    header = {"dtype": str(dtype), "layers": [described(layer) for layer in layers]}
    content = import_module("safetensors.numpy").save(
        {f"{number:04}": np.ascontiguousarray(w) for number, w in enumerate(weights)},
        {HEADER: json.dumps(header)},
    )
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as beside:
        try:
            beside.write(content)
            beside.flush()
            Path(beside.name).replace(path)
        except BaseException:
            Path(beside.name).unlink(missing_ok=True)
            raise


def described(layer: Layer) -> dict[str, Any]:
    """Kind and options of a layer, for JSON."""
    options = {one.name: getattr(layer, one.name) for one in fields(layer) if one.init}
    return {"kind": type(layer).__name__, **options}


def load(path: Path) -> tuple[list[Layer], str, list[Array]]:
    """Read what `save` has written: layers that are not built, the dtype, and the weights.

    Raises ValueError that names the file, and what is wrong with it.
    """
    opened, broken = _library()
    if path.is_dir():
        raise ValueError(f"{path} is a directory")
    try:
        with opened(path, framework="np") as file:
            header = _header(file.metadata())
            layers = [layer_of(**spec) for spec in header["layers"]]
            weights = [file.get_tensor(name) for name in sorted(file.keys())]
        dtype = header["dtype"]
    except OSError as error:
        why = "there is no such file" if not path.exists() else error.strerror or error
        raise ValueError(f"{path} cannot be read: {why}") from None
    except (broken, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"{path} is not a model that refcnn has saved: {error}") from None
    if dtype not in ("float32", "float64"):
        raise ValueError(f"{path} is not a model that refcnn has saved: its dtype is {dtype!r}")
    return layers, dtype, weights


def _library() -> tuple[Any, type[Exception]]:
    """How safetensors opens a file, and what it raises for a bad one."""
    library = import_module("safetensors")
    return library.safe_open, library.SafetensorError


def layer_of(kind: str, **options: Any) -> Layer:
    """Make a layer of its description."""
    if kind not in LAYERS:
        raise ValueError(f"there is no layer {kind!r}, only {', '.join(LAYERS)}")
    if prod(as_pair("pool_size", options.get("pool_size", 1), least=1)) > MOST_CELLS:
        raise ValueError(f"a window has more than {MOST_CELLS} cells")
    return LAYERS[kind](**options)


def _header(metadata: dict[str, str] | None) -> Any:
    """What the header says of a model: its dtype and its layers."""
    if HEADER not in (metadata or {}):
        raise ValueError("its header has no layers")
    return json.loads((metadata or {})[HEADER])
