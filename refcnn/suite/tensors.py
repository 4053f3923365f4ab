"""Tensors as JSON: dtype, shape and row-major data, exact for every value.

Numbers are decimals that read back as the same value: shortest forms do, and so
do 9 digits for float32 and 17 for float64. NaN and the infinities are written as
strings, since JSON has none.
"""

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

DTYPES = ("float32", "float64")
INDICES = "int64"  # the dtype of whole numbers that choose, as labels do
NUMBERS = {int, float}  # the types of what JSON calls a number
SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
NAMES = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def encode(array: Array) -> dict[str, Any]:
    """Return the JSON form of an array of numbers, in native byte order and row-major."""
    data = array.ravel(order="C").tolist()
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        data = [v if math.isfinite(v) else NAMES[str(v)] for v in data]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": data}


def decode(message: Any, dtypes: tuple[str, ...] = DTYPES) -> Array:
    """Return the array of a JSON form; raises ValueError that says what is malformed."""
    if not isinstance(message, dict) or set(message) != {"dtype", "shape", "data"}:
        raise ValueError("a tensor must have exactly the members dtype, shape and data")
    dtype, shape, data = message["dtype"], message["shape"], message["data"]
    if not isinstance(dtype, str) or dtype not in dtypes:
        known = f"one of {', '.join(dtypes)}" if len(dtypes) > 1 else dtypes[0]
        raise ValueError(f"dtype must be {known}, not {dtype!r}")
    if not isinstance(shape, list) or any(type(s) is not int or s < 0 for s in shape):
        raise ValueError(f"shape must be a list of integers of at least 0, not {shape!r}")
    if not isinstance(data, list) or len(data) != math.prod(shape):
        size = len(data) if isinstance(data, list) else "no"
        raise ValueError(f"shape {shape} needs {math.prod(shape)} numbers, but data has {size}")
    numbers = _of_whole_numbers(data) if dtype == INDICES else _of_numbers(data, dtype)
    return numbers.reshape(shape)


def _of_whole_numbers(data: list[Any]) -> Array:
    """JSON integers as an array; raises ValueError."""
    wrong = [v for v in data if type(v) is not int or not -(2**63) <= v < 2**63]
    if wrong:
        raise ValueError(f"data must be whole numbers of 64 bits, not {wrong[0]!r}")
    return np.array(data, INDICES)


def _of_numbers(data: list[Any], dtype: str) -> Array:
    """JSON numbers as an array; raises ValueError."""
    numbers = data if {*map(type, data)} <= NUMBERS else _without_words(data)
    try:
        wide = np.array(numbers, np.float64)
    except OverflowError:
        raise ValueError("data holds an integer too large for float64") from None
    if dtype == "float64":
        return wide
    with np.errstate(over="ignore"):
        narrow = wide.astype(dtype)
    if not np.array_equal(np.isinf(narrow), np.isinf(wide)):
        raise ValueError(f"data holds a number beyond the range of {dtype}")
    return narrow


def _without_words(data: list[Any]) -> list[Any]:
    """The data with infinities and NaN for their words; raises ValueError for what is neither."""
    numbers = [SPECIAL.get(v, v) if isinstance(v, str) else v for v in data]
    wrong = [v for v in numbers if type(v) not in NUMBERS]
    if wrong:
        raise ValueError(f"data must be numbers, not {wrong[0]!r}")
    return numbers
