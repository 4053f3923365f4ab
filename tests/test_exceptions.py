"""What the author's code raises: told with its line and, where it is a known one, its cause."""

import json

import numpy as np
import pytest

from refcnn.iut import protocol
from refcnn.iut.python import PythonFunctions
from refcnn.iut.sandbox.frames import Frame, as_outcome, of_outcome
from refcnn.iut.worker import message
from refcnn.spec.case import Case, Refusal

RELU = Case(operator="relu", inputs={"x": np.array([[-1.0, 2.0]])})


def relu(body, **names):
    """The outcome of a relu with some body."""
    names["np"] = np
    exec(f"def relu(x):\n    {body}\n", names)
    return PythonFunctions(names).run(RELU)


def by_protocol(outcome):
    line = protocol.line(3, **message(outcome))
    return protocol.outcome(protocol.answer(line, 3))


def by_frames(outcome):
    return as_outcome(Frame(json.loads(json.dumps(of_outcome(outcome).header))))


CARRIERS = pytest.mark.parametrize("carried", [by_protocol, by_frames])


# --- what is not offered


class UnsupportedError(NotImplementedError):
    pass


@CARRIERS
@pytest.mark.parametrize(
    ("body", "unsupported"),
    [
        ("raise NotImplementedError", True),
        ("raise UnsupportedError('not yet')", True),
        ("raise RuntimeError('no')", False),
        ("return NotImplementedError.args[7]", False),
    ],
)
def test_a_subclass_of_not_implemented_error_says_the_same(carried, body, unsupported):
    outcome = carried(relu(body, UnsupportedError=UnsupportedError))
    assert isinstance(outcome, Refusal)
    assert outcome.unsupported is unsupported


@pytest.mark.parametrize(
    ("said", "unsupported"),
    [
        ({"kind": "NotImplementedError"}, True),
        ({"kind": "NotImplementedError", "unsupported": False}, False),
        ({"kind": "ValueError", "unsupported": True}, True),
        ({"kind": "ValueError"}, False),
        ({}, False),
    ],
)
def test_what_a_program_says_is_not_offered(said, unsupported):
    line = protocol.line(3, refusal=said)
    outcome = protocol.outcome(protocol.answer(line, 3))
    assert isinstance(outcome, Refusal)
    assert outcome.unsupported is unsupported


def test_whether_it_is_offered_is_true_or_false():
    line = protocol.line(3, refusal={"unsupported": "yes"})
    with pytest.raises(protocol.ProtocolError, match=r"refusal\.unsupported must be true or false"):
        protocol.answer(line, 3)
