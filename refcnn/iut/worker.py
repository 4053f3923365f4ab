"""The child process: loads a Python file and answers the protocol on its behalf.

Run as `python -P -m refcnn.iut.worker FILE`. Whatever the file prints goes to
standard error, and it finds standard input empty, so that it can neither break
the conversation nor wait for a person.
"""

import importlib.util
import json
import os
import platform
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from refcnn.iut import protocol
from refcnn.iut.python import PythonFunctions, refusal
from refcnn.spec.case import ALGORITHMS, Case, Outcome, Refusal, Rubbish, Tensor
from refcnn.spec.tensors import DTYPES, encode


def take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input and output for the protocol; give the file empty input and stderr."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def load(path: Path) -> dict[str, Any]:
    """Execute a Python file as a module and return its names."""
    name = f"iut_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.append(str(path.parent))  # last, so that nothing beside the file hides a library
    spec.loader.exec_module(module)
    return vars(module)


def statement(path: Path, functions: PythonFunctions, names: dict[str, Any]) -> dict[str, Any]:
    """What the file offers; a dict STATEMENT in it may state its dtypes and its algorithm."""
    said = names.get("STATEMENT", {})
    if not isinstance(said, dict) or set(said) - {"dtypes", "algorithm"}:
        raise ValueError("STATEMENT must be a dict that may hold 'dtypes' and 'algorithm'")
    dtypes = said.get("dtypes", [])
    if not isinstance(dtypes, list | tuple):
        raise ValueError(f"STATEMENT['dtypes'] must be a list, not {dtypes!r}")
    if any(dtype not in DTYPES for dtype in dtypes):
        raise ValueError(f"STATEMENT['dtypes'] may hold {', '.join(DTYPES)}, not {dtypes}")
    algorithm = said.get("algorithm", "direct")
    if algorithm not in ALGORITHMS:
        known = " or ".join(ALGORITHMS)
        raise ValueError(f"STATEMENT['algorithm'] may be {known}, not {algorithm!r}")
    return {
        "name": path.name,
        "operators": list(functions.functions),
        "dtypes": list(dtypes),
        "algorithm": algorithm,
        "notes": list(functions.notes),
        "implementation": {
            "language": "Python",
            "version": platform.python_version(),
            "numpy": np.__version__,
        },
    }


def message(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the members of an answer."""
    match outcome:
        case Tensor(array, faults):
            return {"tensor": encode(array), "faults": list(faults)}
        case Refusal(kind, text, line, deliberate):
            said = {"kind": kind, "message": protocol.text(text), "line": line}
            return {"refusal": {**said, "deliberate": deliberate}}
        case Rubbish(what):
            return {"rubbish": what}
        case _:
            return {"missing": str(outcome)}


def serve(path: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until `stop` or the end of input."""
    functions = PythonFunctions({})
    for raw in requests:
        request = json.loads(raw)
        if request["command"] == "stop":
            return
        try:
            if request["command"] == "start":
                names = load(path)
                functions = PythonFunctions(names, str(path))
                reply: dict[str, Any] = {"statement": statement(path, functions, names)}
            else:
                reply = message(functions.run(Case.from_json(request["case"])))
        except BaseException as error:  # noqa: BLE001 - whatever the file raises is an answer
            reply = message(refusal(error, str(path)))
        answers.write(protocol.line(request["seq"], **reply))
        answers.flush()


def end_with(parent: int) -> None:
    """End this process, whatever it is doing, once its parent is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    serve(Path(sys.argv[1]).resolve(), *take_over_streams())
