"""What a submission imports, brought in before its code runs: afterwards there are no files.

Files that can be read are a way to leave word: their times of access change. So the
modules of the standard library and of NumPy that a submission names anywhere, also in its
functions, are imported by the harness, and then no path leads anywhere any more.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

# Parts of NumPy that it imports when they are asked for by name: np.testing.assert_allclose.
LAZY = {
    *("char", "core", "ctypeslib", "exceptions", "f2py", "lib", "linalg", "ma", "matlib"),
    *("polynomial", "random", "rec", "strings", "testing", "typing"),
}
LIBRARY = {*sys.stdlib_module_names, "numpy"}


def bring(sources: Iterable[str]) -> None:
    """Import what some sources name; what cannot be imported will say so when they ask."""
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # whoever runs it says what is wrong with it
        for name in dict.fromkeys(_named(tree)):
            if name.partition(".")[0] in LIBRARY:
                _import(name)


def _named(tree: ast.Module) -> Iterator[str]:
    """All names of modules in a program, and some that are none."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (each.name for each in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
                yield from _inside(module, node.names)
            case ast.Attribute(attr=attribute) if attribute in LAZY:
                yield f"numpy.{attribute}"


def _inside(module: str, names: Sequence[ast.alias]) -> Iterator[str]:
    """What may be modules in a package from which names are imported."""
    package = sys.modules.get(module)
    for each in names:
        if each.name != "*" and not hasattr(package, each.name):
            yield f"{module}.{each.name}"


def _import(name: str) -> None:
    with suppress(BaseException):  # a module may raise what it likes
        __import__(name)  # which audit hooks see, as they do not see importlib
