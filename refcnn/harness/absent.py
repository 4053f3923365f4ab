"""Why a module could not be found."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from refcnn.harness.gone import MODULES

ABOVE = 3  # folders above that of the file, in which is looked


def why_absent(name: str, source: str) -> str:
    """Why the module `name` could not be found by the code in the file `source`; "" if unknown."""
    first, _, rest = name.partition(".")
    if rest or first in MODULES:  # that a part of a package is not there has other reasons
        return MODULES.get(name, "")
    if source and not Path(source).is_absolute():  # files in memory: no folder
        return f"{first} is not installed with the Python that runs this"
    for folder in _beside(first, source):
        return f"{first} is in {folder}, which is not searched: set PYTHONPATH={folder}"
    return f"{first} is not installed for {sys.executable}, which runs refcnn and with it this code"


def _beside(name: str, source: str) -> Iterator[Path]:
    """The folders above a file in which there is a module of that name."""
    with suppress(OSError):
        for folder in [*Path(source).parents][1 : ABOVE + 1]:
            if (folder / f"{name}.py").is_file() or any((folder / name).glob("*.py")):
                yield folder
