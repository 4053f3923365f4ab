"""Runs the lines of a replay and writes down what they print: no part of refcnn is loaded.

Run as `python -P replayed.py RESULT LINES` in the directory of the file. What `print`
is given, or the exception that ends the lines, goes to the file RESULT.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np


def main(result: Path, lines: str) -> None:
    """Run the lines as a module of their own, their `print` being ours."""
    sys.path.insert(0, "")  # beside the file, as where they are pasted
    printed: list[Any] = []
    names = {"__name__": "__main__", "print": printed.append}
    *before, last = lines.split("\n")
    told = _run("\n".join(before), names) or _run(last, names, "raised") or _told(printed[-1])
    result.write_text(json.dumps(told), "utf-8")


def _run(lines: str, names: dict[str, Any], what: str = "not even asked") -> dict[str, Any]:
    """Run some lines; the name of the exception that ends them, if one does."""
    try:
        exec(compile(lines, "<replay>", "exec"), names)  # noqa: S102 - the user's own
    except BaseException as error:  # noqa: BLE001 - whatever it is, it may be what was observed
        return {what: type(error).__name__}
    return {}


def _told(value: Any) -> dict[str, Any]:
    """What an array holds; of several outputs, what each does; of what is none, its kind."""
    several = [*value.values()] if isinstance(value, dict) else value
    if isinstance(several, tuple | list) and any(type(one) is np.ndarray for one in several):
        return {"several": [_told(_as_array(one)) for one in several if one is not None]}
    if type(value) is not np.ndarray:
        return {"answer": f"{type(value).__name__},"}
    if value.dtype.char not in "fd":
        return {"answer": f"an array of {value.dtype},"}
    shape, native = list(value.shape), value.astype(value.dtype.newbyteorder("="))
    return {"dtype": native.dtype.name, "shape": shape, "hex": native.tobytes().hex()}


def _as_array(value: Any) -> Any:
    """A number of NumPy as an array without axes; all else as it is."""
    return np.array(value) if isinstance(value, np.float32 | np.float64) else value


def read(result: Path) -> dict[str, Any]:
    """What was written down; nothing if the process ended before."""
    try:
        told: dict[str, Any] = json.loads(result.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    several = told.get("several", [told])
    if any("hex" not in one for one in several):
        return told
    return {"arrays": [*map(_array, several)]}


def _array(told: dict[str, Any]) -> Any:
    numbers = np.frombuffer(bytes.fromhex(told["hex"]), told["dtype"])
    return numbers.reshape(told["shape"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
