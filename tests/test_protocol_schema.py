"""The schema, the page and the code say the same; nothing that comes in gets past them."""

import json
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from refcnn.cli import app
from refcnn.cnn import ops
from refcnn.harness import protocol, schema
from refcnn.harness.protocol import ProtocolError
from refcnn.harness.python import MOST_NUMBERS
from refcnn.implementations.targets import python
from refcnn.run import Options, check
from refcnn.suite import case_schemas
from refcnn.suite.case import Case, Missing, Refusal
from refcnn.suite.clauses import LEVELS
from refcnn.suite.dialects import known_dialects
from refcnn.suite.judge import Verdict, judge
from refcnn.suite.operator import Input
from refcnn.suite.paths import golden
from refcnn.suite.registry import USUAL, records
from refcnn.suite.schemas import SchemaError

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "protocol.md").read_text("utf-8")
MUTATIONS = 10_000


@cache
def validator(name):
    whole = {"$ref": f"#/$defs/{name}", "$defs": schema.schema()["$defs"]}
    return Draft202012Validator({"$schema": schema.schema()["$schema"], **whole})


def compiled_accepts(name, value):
    try:
        schema.validate(name, value, "it")
    except SchemaError:
        return False
    return True


# --- the schema


def test_the_schema_is_one():
    Draft202012Validator.check_schema(schema.schema())


def test_the_files_of_the_schemas_follow_from_the_records(tmp_path):
    done = CliRunner().invoke(app, ["spec", "--schemas", str(tmp_path)])
    assert done.exit_code == 0, done.output
    written = {"protocol.json": schema.PATH, "vectors.json": golden() / "schema" / "vectors.json"}
    for name, kept in written.items():
        text = (tmp_path / name).read_text("utf-8")
        assert text == kept.read_text("utf-8"), f"copy {name} of `refcnn spec --schemas` to {kept}"


def test_a_schema_has_what_a_new_operator_takes(monkeypatch):
    new = replace(records()["relu"], name="prelu", inputs=(Input("x"), Input("alpha")))
    monkeypatch.setattr(case_schemas, "records", lambda: {**records(), "prelu": new})
    case = case_schemas.completed(schema.schema(), nullable=True)["$defs"]["case"]["properties"]
    assert {*case["inputs"]["properties"]} == {
        "dy", "x", "kernel", "bias", "labels", "alpha"}  # fmt: skip


def test_the_schema_knows_the_same_names_as_the_code():
    statement = schema.schema()["$defs"]["statement"]["properties"]
    assert schema.schema()["$defs"]["dialect"]["enum"] == [*known_dialects()]
    assert statement["levels"]["items"]["enum"] == [*LEVELS]
    tensor = schema.schema()["$defs"]["tensor"]["properties"]
    assert tensor["data"]["maxItems"] == MOST_NUMBERS


@pytest.fixture(scope="module")
def conversation():
    """All requests and answers of a quick check of a Python file."""
    requests, answers = [], []
    line, answer = protocol.line, protocol.answer

    def asked(seq, **message):
        requests.append(line(seq, **message))
        return requests[-1]

    def answered(raw, seq):
        answers.append(raw)
        return answer(raw, seq)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "line", asked)
        patch.setattr(protocol, "answer", answered)
        with python(str(ROOT / "examples" / "plain_loops.py")) as iut:
            assert check("it", iut, Options(profile="quick")).exit_status == 0
    return [*map(json.loads, requests)], [*map(json.loads, answers)]


def test_every_request_of_a_whole_check_is_valid(conversation):
    requests, answers = conversation
    assert {r["case"]["operator"] for r in requests if "case" in r} == {*USUAL}
    assert [r["seq"] for r in requests] == [*range(len(requests))]
    for request in requests:
        validator("request").validate(request)
    assert len(answers) == len(requests) - 1  # to stop there is none


def test_every_answer_of_the_python_worker_is_valid(conversation):
    kinds = set()
    for answer in conversation[1]:
        validator("answer").validate(answer)
        kinds |= {*answer} - {"seq", "faults"}
    assert kinds == {"statement", "tensors", "refusal", "missing"}  # of what goes beyond


# --- mutations


X = {"dtype": "float32", "shape": [2, 2], "data": [-1, 0.5, "Infinity", 3e-9]}
SEQ = 7
GOOD = [
    {"tensor": {**X, "data": [0, 0.5, "Infinity", 3e-9]}, "faults": []},  # the right one
    {"tensor": {**X, "data": [0, "NaN", "-Infinity", 1e38]}, "faults": ["x was changed"]},
    {"tensor": {"dtype": "float64", "shape": [], "data": [1.5]}},
    {"tensors": {"y": {**X, "data": [0, 0.5, "Infinity", 3e-9]}}, "faults": []},  # so, too
    {"tensors": {"y": {"dtype": "float64", "shape": [], "data": [1.5]}, "z": X}},
    {"tensors": {}},
    {"tensor": {"dtype": "float64", "shape": [0, 3], "data": []}},
    {"refusal": {"kind": "ValueError", "message": "no", "line": 3, "deliberate": False}},
    {"refusal": {"line": None}},
    {"rubbish": "a list"},
    {"missing": "no padding"},
    {
        "statement": {
            "name": "it",
            "implementation": {"language": "C"},
            "operators": ["relu", "softmax"],
            "dtypes": ["float32"],
            "layout": "NCHW",
            "kernel_layout": "OIHW",
            "dense_layout": "OI",
            "algorithm": "fast",
            "dialects": ["kernel_flipped"],
            "levels": ["core"],
            "calls": {"relu": "f(x)"},
            "notes": ["a note"],
        }
    },
]
ODD = [
    None, True, False, 0, -1, 1, 1.0, 0.5, -0.0, 7, 10**20, 10**400, 2**63, 1e308, 5e-324, "", "x",
    "NaN", "Infinity", "7", "\x1b[31m", "\ud800", "\0", "x" * 3000, [], {}, [[]], [0], {"seq": 7},
    [None], ["relu"], ["softmax", "flatten"], ["float64"], {"relu": "x"}, "relu", "float64",
    "float16", "core",
]  # fmt: skip
TOKENS = [
    b"NaN", b"-Infinity", b"1e400", b"-1e999", b"1" + b"0" * 5000, b"01", b"1.", b"+1", b"0x1", b"",
    b"[" * 2000, b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\0", b"\n", b"\r", b"\\ud800", b'"',
    b"{", b"}", b"]", b",", b":", b'"seq": 7,', b"1e-400", b"-0", b" ", b"\t", b"//", b"e9",
]  # fmt: skip


def places(value):
    """Every container within a value, and the keys into it."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def copied(value):
    return json.loads(json.dumps(value))


def changed_structure(source, message):
    """One random change of a message, in place."""
    container, key = source.choice([*places(message)])
    value, odd = container[key], copied(source.choice(ODD))
    match source.choice([*["like"] * 4, "drop", "copy", "rename", "odd", "nest", "move", "add"]):
        case "like":
            alike = [one for one in ODD if type(one) is type(value)]
            container[key] = copied(source.choice(alike))
        case "drop":
            del container[key]
        case "copy" if isinstance(container, list):
            container.insert(key, value)
        case "rename" if isinstance(container, dict):
            name = source.choice([f"{key}x", key[:-1], key.upper(), "tensor"])
            container[name] = container.pop(key)
        case "nest":
            container[key] = source.choice([[value], {str(key): value}])
        case "move":
            other, place = source.choice([*places(message)])
            container[key] = copied(other[place])
        case "add" if isinstance(container, dict):
            container[source.choice(["x", "dtype", "rubbish", "notes"])] = odd
        case "add":
            container.append(odd)
        case _:
            container[key] = odd


def changed_bytes(source, raw):
    """A line with one random change."""
    start, end = sorted(source.randrange(len(raw) + 1) for _ in range(2))
    near = min(end, start + source.randrange(4))
    match source.choice(["cut", "token", "token", "number", "repeat", "drop", "byte"]):
        case "cut":
            return raw[:start]
        case "token":
            return raw[:start] + source.choice(TOKENS) + raw[near:]
        case "number":
            numbers = [*re.finditer(rb"-?\d[\d.e+-]*", raw)]
            start, end = source.choice(numbers).span() if numbers else (0, 0)
            return raw[:start] + source.choice(TOKENS) + raw[end:]
        case "repeat":
            return raw[:end] + raw[start:end] + raw[end:]
        case "drop":
            return raw[:start] + raw[near:]
    return raw[:start] + bytes([source.randrange(256)]) + raw[start + 1 :]


def mutated(source, messages):
    """A message of random choice with one to three changes of its structure."""
    message = copied({"seq": SEQ, **source.choice(messages)})
    for _ in range(source.choice([1, 1, 1, 2, 3])):
        if message:
            changed_structure(source, message)
    return message


def line_of(source):
    """A line that is no longer an answer, or another one."""
    if source.random() < 0.3:
        return changed_bytes(source, protocol.line(SEQ, **source.choice(GOOD)))
    line = json.dumps(mutated(source, GOOD)).encode() + b"\n"
    return changed_bytes(source, line) if source.random() < 0.2 else line


def heard(line):
    """The message in a line and what it says, or the sentence that refuses it."""
    try:
        message = protocol.answer(line, SEQ)
        if "statement" in message:
            return message, protocol.statement(message, {})
        return message, protocol.outcome(message, "relu")
    except ProtocolError as error:
        return None, str(error)


ASKED = Case(operator="relu", inputs={"x": np.array([[-1, 0.5], [np.inf, 3e-9]], "float32")})


def test_no_mutation_of_an_answer_gets_past_the_schema_or_breaks_the_judge():
    source = random.Random(1)
    verdicts, refused = Counter(), 0
    for _ in range(MUTATIONS):
        message, found = heard(line_of(source))
        if message is None:
            refused += 1
            assert found.isprintable()
            assert 0 < len(found) < 3000
            continue
        validator("answer").validate(message)
        if "statement" in message:
            verdicts["a statement"] += 1
        else:
            verdicts[judge(ASKED, found).verdict] += 1
    assert refused > MUTATIONS / 2
    assert {*verdicts} == {Verdict.PASS, Verdict.FAIL, Verdict.NOT_IMPLEMENTED, "a statement"}
    assert min(verdicts.values()) > MUTATIONS / 400


@pytest.mark.parametrize("name", ["answer", "request"])
def test_the_compiled_schema_agrees_with_the_whole_one(conversation, name):
    source = random.Random(2)
    requests = [r for r in conversation[0] if len(json.dumps(r)) < 600]
    verdicts = [0, 0]
    for _ in range(MUTATIONS // 5):
        value = mutated(source, GOOD if name == "answer" else requests)
        accepts = compiled_accepts(name, value)
        assert accepts == validator(name).is_valid(value), value
        verdicts[accepts] += 1
    assert min(verdicts) > MUTATIONS / 200


# --- the page


def test_the_page_names_all_that_the_schema_names():
    def names(value):
        if isinstance(value, dict):
            yield from value.get("properties", ())
            yield from value.get("enum", ())
            yield from [value["const"]] if "const" in value else []
            value = [*value.values()]
        for inner in value if isinstance(value, list) else []:
            yield from names(inner)

    found = {*names(schema.schema()["$defs"])}
    assert {"kernel_flipped", "run", "deliberate", "read-only", "OHWI"} <= found
    words = {*re.findall(r"[\w-]+", PAGE)}
    assert {name for name in map(str, found) if name not in words} == set()
    assert {*known_dialects()} <= words


def told():
    """The conversation on the page, line by line: who wrote it, and what."""
    block = re.search(r"```text\n(-> .*?)```", PAGE, re.DOTALL)[1]
    return [(line[:2], line[3:].encode() + b"\n") for line in block.splitlines()]


def test_the_conversation_on_the_page_is_valid():
    for who, line in told():
        validator({"->": "request", "<-": "answer"}[who]).validate(json.loads(line))
    writers = [who for who, _ in told()]
    assert writers == ["->", "<-"] * (len(writers) // 2) + ["->"]


def test_the_answers_in_the_conversation_on_the_page_are_right():
    kinds = []
    for (_, asked), (_, line) in zip(told()[::2], told()[1::2]):
        request = json.loads(asked)
        answer = protocol.answer(line, request["seq"])
        if request["command"] == "start":
            offered = protocol.statement(answer, {}).operators
            continue
        case = Case.from_json(request["case"])
        outcome = protocol.outcome(answer, case.operator)
        kinds.append(type(outcome).__name__)
        assert case.operator in offered
        if isinstance(outcome, Refusal):
            with pytest.raises(ValueError, match="strides width must be"):
                getattr(ops, case.operator)(**case.inputs, **case.attributes)
        elif not isinstance(outcome, Missing):
            assert judge(case, outcome).verdict is Verdict.PASS
    assert kinds == ["Answer", "Answer", "Answer", "Refusal", "Missing"]


def test_the_command_on_the_page_prints_where_the_schema_is():
    code = re.search(r'python -c "(.*)"', PAGE)[1]
    printed = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=60)
    assert Path(printed.strip()) == schema.PATH
