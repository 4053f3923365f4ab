"""What a submission imports, brought in before its code runs: afterwards there are no files.

Files that can be read are a way to leave word: their times of access change. So the
modules of the standard library and of NumPy that a submission names anywhere, also in its
functions, are imported by the harness, and then no path leads anywhere any more.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dis import opmap
from types import CodeType

# Parts of NumPy that it imports when they are asked for by name: np.testing.assert_allclose.
LAZY = {
    *("char", "core", "ctypeslib", "exceptions", "f2py", "lib", "linalg", "ma", "matlib"),
    *("polynomial", "random", "rec", "strings", "testing", "typing"),
}
NAME, FROM, MORE = (opmap[name] for name in ("IMPORT_NAME", "IMPORT_FROM", "EXTENDED_ARG"))
LIBRARY = {*sys.stdlib_module_names, "numpy"}


def bring(programs: Iterable[CodeType]) -> None:
    """Import what some programs name; what cannot be imported will say so when they ask."""
    for program in programs:
        for name in dict.fromkeys(_named(program)):
            if name.partition(".")[0] in LIBRARY:
                _import(name)


def _named(code: CodeType) -> Iterator[str]:
    """All names of modules in a program, and some that are none: no code of it is run."""
    operations, module = code.co_code[::2], ""
    for place in (i for i, one in enumerate(operations) if one in (NAME, FROM)):
        index = _argument(code.co_code, place)
        name = code.co_names[index] if index < len(code.co_names) else ""
        if operations[place] == NAME:
            module = name
            yield module
        elif not hasattr(sys.modules.get(module), name):  # may be a module in a package
            yield f"{module}.{name}"
    yield from (f"numpy.{name}" for name in code.co_names if name in LAZY)
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _named(part)


def _argument(code: bytes, place: int) -> int:
    """The argument of an operation, of which what is above a byte stands before it."""
    found, shift = code[2 * place + 1], 0
    while place and code[2 * (place := place - 1)] == MORE:
        shift += 8
        found |= code[2 * place + 1] << shift
    return found


def _import(name: str) -> None:
    with suppress(BaseException):  # a module may raise what it likes
        __import__(name)  # which audit hooks see, as they do not see importlib
