"""Freezes what Keras answers, so that refcnn is held against it without TensorFlow.

Run `PYTHONPATH=tests python golden/reference_model/freeze.py` where `refcnn[keras]` is
installed.
It writes the five files described in provenance.json beside itself.
"""

import hashlib
import io
import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
import rich
from own_model import keras_witness as witness
from own_model.exact import VARIANTS, digest, exact_model
from own_model.parity import photograph_like
from rich.progress import track

from refcnn.suite.tensors import DTYPES, Array

HERE = Path(__file__).parent
SEED = 0
LIBRARIES = ("tensorflow-cpu", "keras", "numpy", "scikit-image")
PROVENANCE = {
    "weights.npz": "The source's model: kernels drawn by Keras after keras.utils.set_random_seed"
    f"({SEED}), biases by refcnn, since Keras starts them at zero.",
    "inputs.npz": "x[0]: noise with the 1/f spectrum of photographs. x[1]: the photograph.",
    "activations.npz": "Output of every Keras layer for x, in float32. Their last bits depend on"
    " the processor.",
    "exact_digests.json": "SHA-256 of the exact data of refcnn, and of what every Keras layer"
    " answers to it. They are the same on every machine.",
    "photograph": {
        "name": "skimage.data.astronaut",
        "title": "Portrait of Eileen Collins, astronaut",
        "source": "NASA, Great Images in NASA: https://flic.kr/p/r9qvLn",
        "licence": "public domain (a work of NASA)",
        "changes": "means over blocks of 16 x 16 pixels, divided by 255",
    },
    "regenerate": "python golden/reference_model/freeze.py",
}


def archive(arrays: dict[str, Array]) -> bytes:
    """The bytes of a compressed .npz file."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def text(value: object) -> bytes:
    """The bytes of a JSON file."""
    return (json.dumps(value, indent=2) + "\n").encode()


def named(model: object) -> dict[str, Array]:
    """All weights, as layer/kernel and layer/bias."""
    return {
        f"{layer.name}/{part}": weight
        for layer in model.layers
        for part, weight in zip(("kernel", "bias"), layer.get_weights())
    }


def outputs(model: object, x: Array) -> dict[str, Array]:
    """What every layer answers, by its name."""
    return dict(zip([layer.name for layer in model.layers], witness.activations(model, x)))


def exact_digests(dtype: str, variant: str) -> dict[str, object]:
    """Digests of the data of an exact model, and of what Keras makes of it."""
    exact, x = exact_model(dtype, variant)
    model = witness.reference_model(dtype)
    model.set_weights(exact.get_weights())
    return {
        "x": digest(x),
        "weights": {name: digest(weight) for name, weight in named(model).items()},
        "outputs": {name: digest(y) for name, y in outputs(model, x).items()},
    }


def contents() -> dict[str, bytes]:
    """The files, by name; the last one holds the digests of the others."""
    model = witness.reference_model("float32", SEED)
    x = np.stack([photograph_like(SEED, 1)[0], witness.photograph("astronaut")]).astype("float32")
    variants = track(list(product(DTYPES, VARIANTS)), "asking Keras")
    files = {
        "weights.npz": archive(named(model)),
        "inputs.npz": archive({"x": x}),
        "activations.npz": archive(outputs(model, x)),
        "exact_digests.json": text({f"{d} {v}": exact_digests(d, v) for d, v in variants}),
    }
    provenance = PROVENANCE | {
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "versions": {"python": platform.python_version()}
        | {library: version(library) for library in LIBRARIES},
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return files | {"provenance.json": text(provenance)}


def main() -> None:
    """Make all files, then put each in its place at once."""
    for name, data in contents().items():
        part = HERE / f"{name}.part"
        part.write_bytes(data)
        part.replace(HERE / name)
        rich.print(f"{name}: {len(data):,} bytes")


if __name__ == "__main__":
    main()
