"""The doors: what a person names on the command line, as an implementation under test."""

import json
import shlex
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from refcnn.harness import protocol
from refcnn.harness.statement import checked, merged, preset, read
from refcnn.implementations.process import Allowance, CouldNotStart, ProcessIUT

# By name of an adapter: the packages that it needs, also the name of the extra.
FRAMEWORKS = {
    "keras": ("keras",),
    "tensorflow": ("tensorflow",),
    "torch": ("torch",),
    "jax": ("jax",),
    "onnxruntime": ("onnxruntime", "onnx"),
    "scipy": ("scipy",),
}
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
NOTHING: Mapping[str, Any] = MappingProxyType({})


def stated(
    like: str | None = None, path: Path | None = None, given: Mapping[str, Any] = NOTHING
) -> dict[str, Any]:
    """What is stated from outside: a preset, over it a TOML file, over both what is `given`.

    Raises ValueError with one sentence.
    """
    said: dict[str, Any] = {}
    if like is not None:
        try:
            said = preset(like)
        except ValueError as error:
            raise ValueError(f"--like: {error}") from None
    if path is not None:
        try:
            said = merged(said, read(path))
        except ValueError as error:
            raise ValueError(f"--statement: {error}") from None
    last = checked({name: value for name, value in given.items() if value}, "the statement")
    return merged(said, last)


def command(
    words: str, stated: Mapping[str, Any] = NOTHING, limits: Allowance | None = None
) -> ProcessIUT:
    """Any program that speaks the protocol, as one would type it."""
    try:
        split = shlex.split(words)
    except ValueError as error:
        raise CouldNotStart(f"the command cannot be read: {error}".lower()) from None
    if not split:
        raise CouldNotStart("the command is empty")
    return ProcessIUT(split, stated=stated, limits=limits)


def python(
    target: str, stated: Mapping[str, Any] = NOTHING, limits: Allowance | None = None
) -> ProcessIUT:
    """A Python file, a notebook, a framework by its name, or a module by its dotted name."""
    kind, name = _kind(target)
    work = [
        sys.executable,
        "-P",
        "-m",
        "refcnn.harness.worker",
        kind,
        name,
        json.dumps(dict(stated)),
    ]
    newest = protocol.VERSIONS[:1]  # that of our own worker
    return ProcessIUT(work, environment=ONE_THREAD, limits=limits, versions=newest)


def _kind(target: str) -> tuple[str, str]:
    """Which loader is for a target, and what it is told."""
    path = Path(target)
    if path.is_file():
        return ("notebook" if path.suffix == ".ipynb" else "file"), str(path.resolve())
    if path.is_dir() and not (path / "__init__.py").is_file():
        raise CouldNotStart("it is a directory; name a file in it")
    if target in FRAMEWORKS:
        if lacking := [name for name in FRAMEWORKS[target] if not find_spec(name)]:
            raise CouldNotStart(
                f"{lacking[0]} is not installed; python -m pip install 'refcnn[{target}]' does that"
            )
        return "adapter", target
    if path.suffix != ".py" and all(part.isidentifier() for part in target.split(".")):
        return "module", target
    raise CouldNotStart("there is no such file, and it is not a framework or module either")
