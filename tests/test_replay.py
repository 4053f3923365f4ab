"""Lines that replay a failure: what is shown does what it says, anywhere."""

import json
import shlex
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from refcnn.harness.statement import statement
from refcnn.implementations import targets as doors
from refcnn.reports.replay import literal, replay, replay_program, request_line, source, told
from refcnn.suite.case import MEMORY, Answer, Case, Crash, Refusal, Timeout
from refcnn.suite.context import Failure
from refcnn.suite.judge import Verdict, judge, judge_refusal

X = np.array([[[[1, -2], [3, 0.5]]]], np.float32)
RELU = Case(operator="relu", inputs={"x": X})
POOL = Case(operator="max_pool2d", inputs={"x": X}, attributes={"pool_size": (1, 2)})


def conv(**attributes):
    x, kernel = np.arange(18.0).reshape(1, 3, 3, 2), np.arange(16.0).reshape(2, 2, 2, 2)
    inputs = {"x": x, "kernel": kernel, "bias": np.array([1.0, -1])}
    return Case(operator="conv2d", inputs=inputs, attributes=attributes, exact=True)


def failure_of(path, case, stated=None):
    """A case asked of a file, and what is stated of it."""
    with doors.python(str(path), stated or {}) as iut:
        outcome = iut.run(case)
        found = judge(case, outcome)
        assert found.verdict is Verdict.FAIL
        return Failure(case, outcome, found), iut.statement


def written(tmp_path, text, name="mine.py"):
    path = tmp_path / name
    path.write_text("import numpy as np\n" + text, "utf-8")
    return path


def pasted(lines, path):
    """What a person sees who pastes the lines beside the file."""
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)


def test_three_lines_print_the_wrong_numbers(tmp_path):
    path = written(tmp_path, "def relu(x):\n    return np.abs(x)\n")
    failure, stated = failure_of(path, RELU)
    lines = replay(str(path), failure, stated)
    assert lines == [
        "import numpy as np; from mine import relu",
        'x = np.array([[[[1, -2], [3, 0.5]]]], "float32")',
        "print(relu(x))  # y[0,0,0,1]: expected 0, got 2",
    ]
    assert pasted(lines, path).stdout.split() == ["[[[[1.", "2.", "]", "[3.", "0.5]]]]"]
    assert next(told(lines)) == "replay:"
    assert not [*told([])]


@pytest.mark.parametrize("name", ["my conv-1.py", "class.py", "1st.py"])
def test_a_file_that_cannot_be_imported(tmp_path, name):
    path = written(tmp_path, "def relu(x):\n    return np.abs(x)\n", name)
    lines = replay(str(path), *failure_of(path, RELU))
    assert f"runpy.run_path({name!r})" in lines[0]
    assert pasted(lines, path).returncode == 0


STATED = """
STATEMENT = {"layout": "NCHW", "kernel_layout": "OIHW",
             "calls": {"conv2d": '''net.conv(x, kernel, bias,
                                             {'stride': stride, "pads": (pad, pad)})["out"]'''}}
class net:
    def conv(x, w, b, options):
        y = x[:, :, :-1, :-1] * options["stride"]
        return {"out": y}
"""


def test_stated_calls_and_layouts(tmp_path):
    path = written(tmp_path, STATED)
    failure, stated = failure_of(path, conv(strides=1, padding=0))
    lines = replay(str(path), failure, stated)
    assert lines[0] == "import numpy as np; from mine import net"
    assert lines[1].startswith("x = np.array([[[[0, 2, 4], [6, 8, 10], [12, 14, 16]], [[1, 3")
    assert lines[1].endswith("stride = 1; pad = 0")
    shown = "print(net.conv(x, kernel, bias, {'stride': stride, 'pads': (pad, pad)})['out'])"
    assert lines[2].startswith(f"{shown}  # y[0,0,0,0]: expected ")
    assert pasted(lines, path).stdout.startswith("[[[[0. 2.]")


@pytest.mark.parametrize("memory", MEMORY)
def test_tensors_lie_in_memory_as_they_were(tmp_path, memory):
    text = "def relu(x):\n    f = x.flags\n    return x * 0 + x.strides[-1] + 4 * f.writeable\n"
    path = written(tmp_path, text)
    case = replace(RELU, memory=memory)
    failure, stated = failure_of(path, case)
    assert len(replay(str(path), failure, stated)) == 3


@pytest.mark.parametrize(
    ("signature", "case", "shown"),
    [
        ("conv2d(x, kernel, strides=1, bias=None)", conv(), "conv2d(x, kernel, bias=bias)"),
        ("conv2d(x, kernel, bias)", conv(), "conv2d(x, kernel, bias)"),
        ("max_pool2d(x, strides=1, pool_size=2)", POOL, "max_pool2d(x, pool_size=(1, 2))"),
    ],
)
def test_arguments_go_where_the_signature_has_them(tmp_path, signature, case, shown):
    name = signature.partition("(")[0]
    more = "bias" if "bias" in signature else "np.array([9, pool_size[1]])"
    path = written(tmp_path, f"def {signature}:\n    return x[:, :-1, :-1] + {more}\n")
    if name == "max_pool2d":
        path = written(tmp_path, f"def {signature}:\n    return x[:, :, :1] * 0 + pool_size[1]\n")
    lines = replay(str(path), *failure_of(path, case))
    assert lines[2].startswith(f"print({shown})")


def test_exceptions_of_the_same_kind(tmp_path):
    path = written(tmp_path, "def relu(x):\n    raise KeyError('no relu')\n")
    failure, stated = failure_of(path, RELU)
    lines = replay(str(path), failure, stated)
    assert "# raised KeyError: 'no relu'" in lines[2]
    assert "KeyError: 'no relu'" in pasted(lines, path).stderr
    other = replace(failure, outcome=Refusal("IndexError", ""))
    assert replay(str(path), other, stated) == []


def test_what_should_have_been_refused(tmp_path):
    path = written(tmp_path, "def relu(x):\n    return np.abs(x)\n")
    outcome = Answer.of(np.abs(X))
    failure = Failure(RELU, outcome, judge_refusal(outcome, "no"), "no")
    lines = replay(str(path), failure, statement({"name": "mine"}))
    assert lines[2].endswith("# no, yet it answered with an array of shape (1, 1, 2, 2)")


def test_a_result_that_is_no_array_and_an_end_of_the_process(tmp_path):
    path = written(tmp_path, "def relu(x):\n    return [1]\n")
    assert len(replay(str(path), *failure_of(path, RELU))) == 3
    path = written(tmp_path, "def relu(x):\n    return x.astype(int)\n")
    assert len(replay(str(path), *failure_of(path, RELU))) == 3
    path = written(tmp_path, "import os\ndef relu(x):\n    os._exit(3)\n")
    failure, stated = failure_of(path, RELU)
    assert isinstance(failure.outcome, Crash)
    assert len(replay(str(path), failure, stated)) == 3


MEMORY_OF = """
seen = []
def relu(x):
    seen.append(1)
    return np.maximum(x, 0) + len(seen) // 2
"""


def test_what_depends_on_earlier_calls_is_not_shown(tmp_path):
    path = written(tmp_path, MEMORY_OF)
    with doors.python(str(path)) as iut:
        iut.run(RELU)
        outcome = iut.run(RELU)
        failure = Failure(RELU, outcome, judge(RELU, outcome))
        assert failure.judgement.verdict is Verdict.FAIL
        assert replay(str(path), failure, iut.statement) == []


def test_what_nobody_would_paste_or_wait_for_is_not_shown(tmp_path):
    path = written(tmp_path, "def relu(x):\n    return np.abs(x)\n")
    failure, stated = failure_of(path, RELU)
    large = RELU.given(x=np.full((1, 200), -1, np.float32))
    assert replay(str(path), failure_of(path, large)[0], stated) == []
    assert replay(str(path), replace(failure, outcome=Timeout(5)), stated) == []
    changed = replace(failure, outcome=Answer.of(np.abs(X), ("x was changed",)))
    assert replay(str(path), changed, stated) == []
    assert replay(str(path.with_suffix(".ipynb")), failure, stated) == []
    path.write_text("while True: pass", "utf-8")
    assert replay(str(path), failure, stated, seconds=0.5) == []
    path.write_text("raise KeyError", "utf-8")
    assert replay(str(path), replace(failure, outcome=Refusal("KeyError", "")), stated) == []


def test_modules_and_frameworks_have_a_source():
    assert source("a.b").line(["relu"]) == "from a.b import relu"
    assert source("scipy").line(["conv2d"]) == (
        "from refcnn.implementations.adapters.scipy_adapter import conv2d"
    )


def test_every_number_reads_back():
    for dtype in ("float32", "float64"):
        values = [0.1, -0.0, 1e30, -np.inf, np.inf, np.nan, 3, 1 / 3, 5e-324]
        for tensor in (np.array(values, dtype), np.zeros((0, 2), dtype), np.array(1.5, dtype)):
            back = eval(literal(tensor), {"np": np})
            assert back.dtype == tensor.dtype
            assert back.tobytes() == tensor.tobytes()


PROGRAM = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["command"] == "start":
        reply = {"statement": {"name": "p", "operators": ["max_pool2d"], "layout": "NCHW"}}
    elif asked["command"] == "stop":
        break
    else:
        x = asked["case"]["inputs"]["x"]
        n, c, h, w = x["shape"]
        y = {**x, "shape": [n, c, h, w // 2], "data": x["data"][::2]}
        reply = {"tensor": y, "faults": []}
    print(json.dumps({"seq": asked["seq"], **reply}), flush=True)
"""


def test_a_program_gets_its_request(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, "utf-8")
    command = shlex.join([sys.executable, str(path)])
    case = POOL.given(x=np.array([[[[1], [5], [2], [3]]]], np.float32))
    with doors.command(command) as program:
        outcome = program.run(case)
        failure, stated = Failure(case, outcome, judge(case, outcome)), program.statement
    assert failure.judgement.verdict is Verdict.FAIL
    (line,) = replay_program(command, failure, stated)
    assert line == request_line(case, stated)
    assert json.loads(line)["case"]["inputs"]["x"]["shape"] == [1, 1, 1, 4]
    other = replace(failure, outcome=Answer.of(np.zeros((1, 1, 2, 1), np.float32)))
    assert replay_program(command, other, stated) == []
    assert replay_program("no-such-program", failure, stated) == []
