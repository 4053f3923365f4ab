"""Outputs that nobody asked for: those of an input that the implementation cannot be given."""

from collections.abc import Collection, Mapping
from typing import Any

from refcnn.suite.operator import Operator


def without_unasked(known: Operator, result: Any, lacks: Collection[str]) -> Any:
    """A result in which outputs are None that are given with an input that a call `lacks`.

    A gradient of the bias in a function that takes no bias is neither right nor wrong: no
    question can tell it when there should be one.
    """
    unasked = {one.name for one in known.outputs if one.given_with in lacks}
    if not unasked:
        return result
    if isinstance(result, Mapping):
        return {name: value for name, value in result.items() if name not in unasked}
    names = known.answered
    if isinstance(result, tuple | list) and len(result) == len(names):
        return tuple(None if n in unasked else value for n, value in zip(names, result))
    return result
