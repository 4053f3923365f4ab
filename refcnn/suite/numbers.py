"""Numbers and small tensors as text that a person can check by hand."""

from collections.abc import Iterable
from itertools import accumulate

import numpy as np

from refcnn.suite.tensors import Array


def number(value: float, dtype: str = "float64") -> str:
    """Shortest text of a number that reads back as the same one in its dtype."""
    if np.isfinite(value) and value == int(value) and abs(value) < 10**15:
        return str(int(value))
    return str(np.dtype(dtype).type(value))


def signed_sum(terms: list[str]) -> str:
    """Terms with their signs as operators: 2 + 0 - 1 + 2."""
    if not terms:
        return "0"
    parts = [f"- {t[1:]}" if t.startswith("-") else f"+ {t}" for t in terms]
    joined = " ".join(parts)
    return joined.removeprefix("+ ") if joined.startswith("+") else "-" + joined.removeprefix("- ")


def right(row: Iterable[str], width: int) -> list[str]:
    """Texts of one width, each at its right end."""
    return [text.rjust(width) for text in row]


def grid(rows: list[list[str]]) -> list[str]:
    """A matrix as lines, its columns aligned: [[1, 2], over  [0, 1]]."""
    width = max((len(cell) for row in rows for cell in row), default=0)
    lines = [f"[{', '.join(right(row, width))}]" for row in rows]
    opened = [("[" if i == 0 else " ") + line for i, line in enumerate(lines)]
    return [line + ("]" if i == len(lines) - 1 else ",") for i, line in enumerate(opened)]


def matrix(array: Array) -> list[str]:
    """A 2-D array as lines."""
    dtype = str(array.dtype)
    cells = [number(float(v), dtype) for v in array.flat]
    return grid(np.array(cells, object).reshape(array.shape).tolist())


WIDTH = 72  # of blocks set side by side, in characters


def side_by_side(blocks: list[tuple[str, list[str]]]) -> list[str]:
    """Titled blocks of lines next to one another, as many as fit in a row."""
    widths = [max(len(title), *map(len, lines or [""])) for title, lines in blocks]
    ends = accumulate(width + 3 for width in widths)
    fitting = max(1, sum(end <= WIDTH for end in ends))
    if fitting < len(blocks):
        return side_by_side(blocks[:fitting]) + side_by_side(blocks[fitting:])
    height = max(len(lines) for _, lines in blocks)
    rows = [[title for title, _ in blocks]]
    for i in range(height):
        rows.append([lines[i] if i < len(lines) else "" for _, lines in blocks])
    return ["   ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
