"""The offline door from both sides: somebody who has the files alone, and refcnn."""

import json
import re

import numpy as np
from typer.testing import CliRunner

from refcnn import cli
from refcnn.diagnosis.power import REFERENCE
from refcnn.implementations import exports, offline
from refcnn.run import Options, check
from refcnn.suite.registry import extensions
from refcnn.suite.vector_files import public

# --- somebody with a device


def numbers(tensor):
    data = [float(v) for v in tensor["data"]]
    return np.array(data, tensor["dtype"]).reshape(tensor["shape"])


def as_tensor(array):
    special = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    data = [special.get(str(v), v) for v in array.ravel().tolist()]
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}


def pairs(value):
    return tuple(map(pairs, value)) if isinstance(value, list) else value


def response(prompt, functions):
    case = prompt["case"]
    given = {name: numbers(tensor) for name, tensor in case["inputs"].items()}
    attributes = {name: pairs(value) for name, value in case["attributes"].items()}
    try:
        y = functions[case["operator"]](**given, **attributes)
    except ValueError as error:
        return {"id": prompt["id"], "refusal": {"message": str(error)}}
    return {"id": prompt["id"], "tensor": as_tensor(y)}


def asked(directory):
    files = sorted((directory / "prompts").glob("*.json"))
    return [p for f in files for p in json.loads(f.read_text("utf-8"))["prompts"]]


def respond(directory, **functions):
    """Answer every prompt in a directory with refcnn's own operators, or with others."""
    answers = [response(prompt, {**REFERENCE, **functions}) for prompt in asked(directory)]
    put(directory, answers)
    return answers


def put(directory, answers, name="all.json"):
    (directory / "responses").mkdir(exist_ok=True)
    content = answers if isinstance(answers, str) else json.dumps({"responses": answers})
    (directory / "responses" / name).write_text(content, "utf-8")


# --- refcnn


def export(directory, vectors=None, given=None, **wanted):
    """Export to who takes every argument that there is, and states it."""
    given = {"attributes": extensions(), **(given or {})}
    return exports.export(directory, vectors or public(), exports.Wanted(given, **wanted))


def judged(directory, *, name_mistakes=False, **options):
    iut = offline.load(directory, public())
    options = Options(profile="quick", **options)
    return check(str(directory), iut, options, name_mistakes=name_mistakes)


def verdicts(summary):
    return {(f.clause.id, f.operator): f.verdict for f in summary.findings}


def refcnn_says(*arguments, status):
    done = CliRunner().invoke(cli.app, ["vectors", *map(str, arguments)], env={"COLUMNS": "300"})
    assert done.exit_code == status, done.output
    return " ".join(re.sub("[│╭╮╰╯─]", " ", done.output).split())
