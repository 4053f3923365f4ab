"""The calls that are stated, bound to the functions that some code has."""

from collections.abc import Mapping
from typing import Any

from refcnn.harness.calls import available, bound
from refcnn.harness.python import Call


def bound_calls(
    stated: Mapping[str, str],
    names: Mapping[str, Any],
    layouts: Mapping[str, str],
    *,
    own: bool = False,
) -> tuple[dict[str, Call], tuple[str, ...]]:
    """The stated calls, bound to the names of the code, and questions on near misses.

    Of a statement from outside, which may fit many files, those whose functions
    are there count; the code's `own` must all be right. Raises CallError.
    """
    fitting, notes = available(stated, names)
    wanted = stated if own or not fitting else fitting
    return {op: bound(op, wanted[op], names, layouts) for op in wanted}, notes
