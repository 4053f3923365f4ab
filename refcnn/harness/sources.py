"""Where Python code under test comes from: a file, a notebook, a module, an adapter."""

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """The names that some code defines, and where it is from."""

    name: str
    path: str  # of the file whose lines are quoted
    names: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def file(target: str) -> Source:
    """Execute a Python file as a module."""
    path = Path(target)
    name = f"iut_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.append(str(path.parent))  # last, so that nothing beside the file hides a library
    spec.loader.exec_module(module)
    return Source(path.name, target, vars(module))


def notebook(target: str) -> Source:
    """Take definitions and constants out of a notebook."""
    from refcnn.harness.notebook import load

    names, notes = load(Path(target))
    return Source(Path(target).name, target, names, notes)


def module(target: str) -> Source:
    """Import a module by its dotted name."""
    sys.path.append(str(Path.cwd()))
    found = import_module(target)
    return Source(target, getattr(found, "__file__", None) or target, vars(found))


def adapter(target: str) -> Source:
    """Import the adapter of a framework."""
    found = import_module(f"refcnn.implementations.adapters.{target}_adapter")
    return Source(target, str(found.__file__), vars(found))


LOADERS: dict[str, Callable[[str], Source]] = {
    "file": file,
    "notebook": notebook,
    "module": module,
    "adapter": adapter,
}
