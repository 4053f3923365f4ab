"""The child process: loads Python code and answers the protocol on its behalf.

Run as `python -P -m refcnn.harness.worker KIND TARGET STATEMENT`, where KIND is one of
LOADERS and STATEMENT is JSON that wins over what the code states. Whatever the code
prints goes to standard error, and it finds standard input empty, so that it can
neither break the conversation nor wait for a person.
"""

import json
import os
import platform
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np

from refcnn.harness import protocol
from refcnn.harness.binding import bound_calls
from refcnn.harness.calls import LAYOUTS, available
from refcnn.harness.exceptions import outermost, refusal
from refcnn.harness.python import PythonFunctions
from refcnn.harness.sources import LOADERS, Source
from refcnn.harness.statement import checked, merged, preset, presets
from refcnn.suite.case import Answer, Case, Outcome, Refusal, Rubbish
from refcnn.suite.registry import extensions
from refcnn.suite.tensors import encode


def take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input and output for the protocol; give the code empty input and stderr."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def started(source: Source, also: Mapping[str, Any]) -> tuple[PythonFunctions, dict[str, Any]]:
    """The operators of a source, and what they state; `also` wins over its STATEMENT."""
    own = checked(source.names.get("STATEMENT", {}), "STATEMENT")
    said = merged(own, also)
    layouts = {key: said.get(key, default) for key, default in LAYOUTS.items()}
    alone = "calls" in own and "calls" not in also
    calls, notes = bound_calls(said.get("calls", {}), source.names, layouts, own=alone)
    functions = PythonFunctions(source.names, source.path, calls)
    about = {
        "language": "Python",
        "version": platform.python_version(),
        "numpy": np.__version__,
        **said.get("implementation", {}),
    }
    return functions, {
        "attributes": [*extensions()],  # whether a function takes them its signature says
        **said,
        "name": said.get("name") or source.name,
        "calls": {op: said["calls"][op] for op in calls},
        "operators": [op for op in functions.functions if op in said.get("operators", [op])],
        "implementation": about,
        "notes": [
            *said.get("notes", ()),
            *source.notes,
            *notes,
            *functions.notes,
            *([] if functions.functions else likely(source.names)),
        ],
    }


def likely(names: Mapping[str, Any]) -> list[str]:
    """Presets whose functions are there, as suggestions."""
    fitting = [like for like in presets() if available(preset(like)["calls"], names)[0]]
    return [f"it has functions like those of {like}: try --like {like}" for like in fitting]


def message(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the members of an answer."""
    match outcome:
        case Answer(outputs, faults):
            told = {name: encode(array) for name, array in outputs.items()}
            return {"tensors": told, "faults": list(faults)}
        case Refusal():
            said = {**asdict(outcome), "message": protocol.text(outcome.message)}
            return {"refusal": said}
        case Rubbish(what):
            return {"rubbish": what}
        case _:
            return {"missing": str(outcome)}


def serve(
    kind: str, target: str, also: Mapping[str, Any], requests: BinaryIO, answers: BinaryIO
) -> None:
    """Answer until `stop` or the end of input."""
    functions = PythonFunctions({})
    for raw in requests:
        request = json.loads(raw)
        if request["command"] == "stop":
            return
        try:
            if request["command"] == "start":
                functions, said = started(LOADERS[kind](target), also)
                reply: dict[str, Any] = {"statement": said}
            else:
                reply = message(functions.run(Case.from_json(request["case"])))
        except BaseException as error:  # noqa: BLE001 - whatever the code raises is an answer
            reply = message(refusal(error, outermost(error) if kind == "module" else target))
        answers.write(protocol.line(request["seq"], **reply))
        answers.flush()


def end_with(parent: int) -> None:
    """End this process, whatever it is doing, once its parent is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    kind, target, also = sys.argv[1:4]
    serve(kind, target, json.loads(also), *take_over_streams())
