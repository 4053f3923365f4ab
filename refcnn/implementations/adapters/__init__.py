"""Frameworks by name: each adapter puts a case to a library's own public operators.

An adapter repairs nothing: it converts no numbers, pads nothing by hand, checks no
argument on the library's behalf, and leaves the library's defaults as they are, which
its STATEMENT tells. An operator that the library lacks is left out; a form of argument
that its operator has no place for is `missing`, whatever the case.
"""

import os
import warnings
from importlib import import_module
from typing import Any


def library(name: str, **environment: str) -> Any:
    """Import a library without its warnings; what the user has set in the environment stays."""
    for key, value in environment.items():
        os.environ.setdefault(key, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, about one another
        return import_module(name)
