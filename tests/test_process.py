"""Files that misbehave: each gets its verdict, and none disturbs the next case."""

import sys

import numpy as np
import pytest

from refcnn.implementations.process import (
    MOST_SETBACKS,
    Allowance,
    CouldNotStart,
    ProcessIUT,
    _Child,
)
from refcnn.implementations.targets import python
from refcnn.suite.case import Answer, Case, Crash, Missing, Refusal, Rubbish, Timeout

RELU = Case(operator="relu", inputs={"x": np.array([[-1.0, 2.0]])})
SOFTMAX = Case(operator="softmax", inputs={"x": np.array([[0.0, 0.0]])})
RIGHT = "import numpy as np\ndef softmax(x): return np.full(x.shape, 0.5)\n"


@pytest.fixture
def started(tmp_path):
    """Starts a file made of some source, with short limits, and ends it afterwards."""
    running = []

    def start(source, **limits):
        path = tmp_path / "subject.py"
        path.write_text(source if isinstance(source, str) else "", "utf-8")
        if isinstance(source, bytes):
            path.write_bytes(source)
        set_ = Allowance(**{"seconds": 1.0, "seconds_to_start": 20.0, **limits})
        running.append(python(str(path), limits=set_))
        return running[-1]

    yield start
    for iut in running:
        iut.close()


def relu(body):
    return f"{RIGHT}import os, sys, time\ndef relu(x):\n    {body}\n"


OUTCOMES = {
    "right": ("return np.maximum(x, 0)", Answer, ""),
    "raises": ("raise KeyError('no')", Refusal, "KeyError: 'no' (line 5)"),
    "sys.exit": ("sys.exit(0)", Refusal, "SystemExit: 0 (line 5)"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", Refusal, "KeyboardInterrupt (line 5)"),
    "os._exit(0)": ("os._exit(0)", Crash, "the process ended (status 0) without an answer"),
    "os._exit(3)": ("os._exit(3)", Crash, "the process ended (status 3) without an answer"),
    "abort": ("os.abort()", Crash, "the process was killed (SIGABRT) without an answer"),
    "last words": ("print('oh no', flush=True); os._exit(1)", Crash,
                   "the process ended (status 1) without an answer; its last words: oh no"),
    "hangs": ("time.sleep(60)", Timeout, "no answer within 1 s"),
    "spins": ("\n    while True: pass", Timeout, "no answer within 1 s"),
    "None": ("return None", Rubbish, "returned NoneType, not numpy.ndarray"),
    "list": ("return [[0.0, 2.0]]", Rubbish, "returned list, not numpy.ndarray"),
    "tuple": ("return x, {}", Rubbish, "returned tuple, not numpy.ndarray"),
    "masked": ("return np.ma.masked_all(x.shape)", Rubbish, "returned MaskedArray, not"),
    "subclass": ("return x.view(np.matrix)", Rubbish, "returned matrix, not numpy.ndarray"),
    "integers": ("return x.astype(int)", Rubbish, "returned an array of int64"),
    "objects": ("return x.astype(object)", Rubbish, "returned an array of object"),
    "float16": ("return x.astype('f2')", Rubbish, "returned an array of float16"),
    "complex": ("return x.astype(complex)", Rubbish, "returned an array of complex"),
    "enormous": ("return np.lib.stride_tricks.as_strided(x, (10**6, 10**6), (0, 0))", Rubbish,
                 "returned an array of shape (1000000, 1000000), which is far too large"),
    "deep recursion": ("return relu(x)", Refusal, "RecursionError: maximum recursion depth"),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_outcome_and_the_next_case(started, name):
    body, kind, text = OUTCOMES[name]
    iut = started(relu(body))
    outcome = iut.run(RELU)
    assert type(outcome) is kind
    if text:
        assert str(outcome).startswith(text)
    again = iut.run(SOFTMAX)
    assert isinstance(again, Answer)
    assert again.array.tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    "body",
    [
        "print('x' * 10**6); return np.maximum(x, 0)",
        "sys.stderr.write('y' * 10**6); return np.maximum(x, 0)",
        'print(\'{"seq": 1, "tensor": {}}\', flush=True); return np.maximum(x, 0)',
        "os.write(1, b'{\"seq\": 1}\\n'); return np.maximum(x, 0)",
        "input(); return np.maximum(x, 0)",
        "sys.stdin.close(); sys.stdout.close(); return np.maximum(x, 0)",
        "return np.asfortranarray(np.maximum(x, 0))",
        "return np.repeat(np.maximum(x, 0), 2, axis=-1)[..., ::2]",
        "return np.maximum(x, 0)[:, ::-1][:, ::-1]",
        "return np.maximum(x, 0).astype('>f8')",
        "y = np.maximum(x, 0); y.flags.writeable = False; return y",
    ],
)
def test_noise_and_strange_memory_do_no_harm(started, body):
    outcome = started(relu(body)).run(RELU)
    if "input" in body:
        assert str(outcome).startswith("EOFError")
    else:
        assert isinstance(outcome, Answer)
        assert outcome.array.tolist() == [[0.0, 2.0]]
        assert outcome.array.dtype == np.float64
        assert outcome.faults == ()


def test_side_effects_are_seen(started):
    changed = started(relu("x[x < 0] = 0; return x")).run(RELU)
    assert changed.faults == ("x was changed",)
    iut = started(relu("global y\n    y = globals().get('y', x.copy()); y[:] = x; return y"))
    assert iut.run(RELU).faults == ()
    assert iut.run(RELU.given(x=RELU.inputs["x"] + 1)).faults == ("an earlier answer was changed",)


def test_an_operator_that_keeps_crashing_is_not_asked_for_ever(started):
    iut = started(relu("os._exit(1)"))
    outcomes = [str(iut.run(RELU)) for _ in range(MOST_SETBACKS + 1)]
    assert outcomes[-1] == f"not asked: relu crashed or hung {MOST_SETBACKS} times before"
    assert isinstance(iut.run(SOFTMAX), Answer)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def relu(x:\n", "while it was loaded it raised SyntaxError"),
        (
            "\n\nimport no_such_library",
            "ModuleNotFoundError: No module named 'no_such_library' (line 3)",
        ),
        ("raise SystemExit(0)", "while it was loaded it raised SystemExit: 0 (line 1)"),
        ("import os; os._exit(0)", "while it was loaded: the process ended (status 0)"),
        ("import time; time.sleep(60)", "while it was loaded: no answer within 2 s"),
        ("x = 1\0", "null bytes"),
        (b"\xff\xfe\x00x", "SyntaxError"),
        (
            "STATEMENT = {'dtypes': ['int8']}",
            "STATEMENT: dtypes[0] must be one of float32, float64, not 'int8'",
        ),
        (
            "STATEMENT = {'lay_out': 'NCHW'}",
            "STATEMENT has no member 'lay_out'; did you mean layout?",
        ),
        ("STATEMENT = 3", "STATEMENT must be an object, not 3"),
        ("STATEMENT = {'dtypes': 5}", "STATEMENT: dtypes must be a list or an object, not 5"),
    ],
)
def test_files_that_cannot_be_loaded(started, source, sentence):
    with pytest.raises(CouldNotStart) as error:
        started(source, seconds_to_start=2.0 if "sleep" in str(source) else 20.0)
    assert sentence in str(error.value)


def test_the_statement(started):
    iut = started(
        "STATEMENT = {'dtypes': ['float32']}\ndef conv2D(x): ...\ndef relu(x): ...\nsoftmax = 3"
    )
    said = iut.statement
    assert (said.name, said.operators, said.dtypes) == ("subject.py", ("relu",), ("float32",))
    assert said.notes == ("found 'conv2D'; is it meant to be 'conv2d'?",)
    assert dict(said.implementation)["language"] == "Python"
    assert iut.run(SOFTMAX) == Missing("there is no function softmax")


def test_helpers_beside_the_file_are_found_but_hide_no_library(started, tmp_path):
    (tmp_path / "helper.py").write_text("answer = 42", "utf-8")
    (tmp_path / "json.py").write_text("raise RuntimeError('hidden')", "utf-8")
    iut = started(
        "import helper, json\nfrom numpy import maximum\ndef relu(x): return maximum(x, 0)"
    )
    assert isinstance(iut.run(RELU), Answer)


PROGRAM = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["command"] == "start":
        answer = {statement}
    else:
        answer = {answer}
    {send}
    sys.stdout.flush()
"""
GOOD = '{"seq": message["seq"], "statement": {"operators": ["relu"]}}'
SEND = "print(json.dumps(answer))"


@pytest.fixture
def program(tmp_path):
    """Starts a program that speaks the protocol, more or less."""
    running = []

    def start(statement=GOOD, answer="{}", send=SEND):
        import sys

        path = tmp_path / "program.py"
        source = PROGRAM.replace("{statement}", statement).replace("{answer}", answer)
        path.write_text(source.replace("{send}", send), "utf-8")
        running.append(ProcessIUT([sys.executable, str(path)], limits=Allowance(seconds=1.0)))
        return running[-1]

    yield start
    for iut in running:
        iut.close()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("[]", "the answer is not an object with a member seq"),
        ("{}", "the answer is not an object with a member seq"),
        ('{"seq": 99}', "an answer to message 99, where one to message 1 was due"),
        (
            '{"seq": message["seq"]}',
            "an answer has exactly one of statement, tensor, tensors, refusal, rubbish, missing; ",
        ),
        ('{"seq": message["seq"], "tensor": 3}', "the answer: tensor must be an object, not 3"),
        ('{"seq": message["seq"], "refusal": "no"}', "the answer: refusal must be an object"),
        (
            '{"seq": 1, "faults": 1, "tensor": {"dtype": "float32", "shape": [0], "data": []}}',
            "the answer: faults must be a list, not 1",
        ),
    ],
)
def test_answers_that_break_the_protocol(program, answer, sentence):
    outcome = program(answer=answer).run(RELU)
    assert isinstance(outcome, Crash)
    assert str(outcome).startswith("it broke the protocol: " + sentence)


def test_other_answers_of_a_program(program):
    right = program(answer='{"seq": message["seq"], "tensor": message["case"]["inputs"]["x"]}')
    assert right.run(RELU).array.tolist() == [[-1.0, 2.0]]
    missing = program(answer='{"seq": message["seq"], "missing": "no relu yet"}')
    assert missing.run(RELU) == Missing("no relu yet")
    rubbish = program(answer='{"seq": message["seq"], "rubbish": "a \\u001b[31m colour"}')
    assert rubbish.run(RELU) == Rubbish("a \N{REPLACEMENT CHARACTER}[31m colour")
    refusal = '{"seq": message["seq"], "refusal": {"kind": "E", "message": "m", "line": None}}'
    assert program(answer=refusal).run(RELU) == Refusal("E", "m")


@pytest.mark.parametrize(
    "send",
    [
        "sys.stdout.write('garbage\\n') if message['seq'] else print(json.dumps(answer))",
        "sys.stdout.buffer.write(b'\\xff\\n') if message['seq'] else print(json.dumps(answer))",
        "sys.stdout.write('[' * 10**5 + '\\n') if message['seq'] else print(json.dumps(answer))",
    ],
)
def test_garbage_is_no_answer(program, send):
    outcome = program(send=send).run(RELU)
    assert str(outcome).startswith("it broke the protocol: the answer is not JSON")


def test_half_a_line_is_no_answer(program):
    send = (
        "print(json.dumps(answer)) if not message['seq'] else (sys.stdout.write('{'), sys.exit(0))"
    )
    assert str(program(send=send).run(RELU)).startswith("the process ended (status 0)")


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ('{"seq": 0}', "it broke the protocol: an answer has exactly one of statement, tensor"),
        (
            '{"seq": 0, "statement": {"operators": ["conv9d"]}}',
            "operators[0] must be one of conv2d",
        ),
        (
            '{"seq": 0, "statement": {"operators": "relu"}}',
            "the answer: statement.operators must be a list, not 'relu'",
        ),
        (
            '{"seq": 0, "statement": {"dtypes": ["int8"]}}',
            "dtypes[0] must be one of float32, float64",
        ),
        (
            '{"seq": 0, "refusal": {"kind": "E", "message": "m", "line": 3}}',
            "it raised E: m (line 3)",
        ),
    ],
)
def test_statements_that_say_nothing(program, statement, sentence):
    with pytest.raises(CouldNotStart) as error:
        program(statement=statement)
    assert sentence in str(error.value)


def test_a_program_that_is_not_there():
    with pytest.raises(CouldNotStart, match="there is no program no-such-program"):
        ProcessIUT(["no-such-program"])


def test_a_file_that_loads_only_once(started, tmp_path):
    flag = tmp_path / "flag"
    source = f"""
import os, pathlib
if pathlib.Path({str(flag)!r}).exists(): raise RuntimeError("once only")
pathlib.Path({str(flag)!r}).touch()
def relu(x): os._exit(1)
"""
    iut = started(source)
    assert isinstance(iut.run(RELU), Crash)
    assert "it raised RuntimeError: once only (line 3)" in str(iut.run(RELU))


def test_a_process_that_grows_from_case_to_case_is_replaced(started):
    source = """
import time
kept = []
def relu(x):
    kept.append(bytearray(40 * 2**20))
    time.sleep(0.2)
    return (abs(x) + x) / 2
def softmax(x):
    kept.append(bytearray(400 * 2**20))
    time.sleep(5)
"""
    iut = started(source, mebibytes=250, seconds=5.0)
    assert all(isinstance(iut.run(RELU), Answer) for _ in range(8))
    assert str(iut.run(SOFTMAX)) == "it took more than 250 MiB"
    assert isinstance(iut.run(RELU), Answer)


def test_an_answer_without_end_is_cut_off(program, monkeypatch):
    monkeypatch.setattr("refcnn.harness.protocol.LONGEST_LINE", 2**20)
    send = "sys.stdout.write('x' * 2**21) if message['seq'] else print(json.dumps(answer))"
    assert str(program(send=send).run(RELU)) == "the answer was longer than 1 MiB"


UNUSUAL = {
    "a builtin without a signature": "relu = max",
    "an unhashable object": """
import numpy as np, dataclasses
@dataclasses.dataclass
class Relu:
    slope: float = 0.0
    def __call__(self, x): return np.maximum(x, self.slope)
relu = Relu()
""",
    "a signature that raises": """
import numpy as np
class Relu:
    @property
    def __signature__(self): raise KeyError("no")
    def __call__(self, x): return np.maximum(x, 0)
relu = Relu()
""",
    "a partial": "import functools, numpy as np\nrelu = functools.partial(np.maximum, 0)",
    "any arguments": "import numpy as np\ndef relu(*args, **named): return np.maximum(args[0], 0)",
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_callables_are_asked(started, name):
    outcome = started(UNUSUAL[name]).run(RELU)
    assert isinstance(outcome, Answer | Rubbish)
    if name != "a builtin without a signature":
        assert outcome.array.tolist() == [[0.0, 2.0]]


def test_keyword_only_arguments_are_given_by_name(started):
    source = """
import numpy as np
def dense(x, kernel, *, bias=None): return x @ kernel + (0 if bias is None else bias)
def max_pool2d(x, *, pool_size): return x.max(axis=(1, 2), keepdims=True)
"""
    one = np.ones((1, 1))
    iut = started(source)
    inputs = {"x": one, "kernel": one, "bias": np.array([3.0])}
    assert iut.run(Case(operator="dense", inputs=inputs)).array.tolist() == [[4.0]]
    pool = Case(
        operator="max_pool2d", inputs={"x": np.ones((1, 2, 2, 1))}, attributes={"pool_size": 2}
    )
    assert isinstance(iut.run(pool), Answer)


def test_an_exception_whose_message_raises(started):
    source = """
class Odd(Exception):
    def __str__(self): raise KeyError("no")
def relu(x): raise Odd
"""
    assert started(source).run(RELU).message == "(its message raised another exception)"


def test_the_worker_ends_when_nobody_is_left_to_ask(tmp_path):
    import subprocess
    import sys

    (tmp_path / "subject.py").write_text("def relu(x): return x", "utf-8")
    command = [sys.executable, "-P", "-m", "refcnn.harness.worker", "file"]
    command += [str(tmp_path / "subject.py"), "{}"]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("body", "deliberate"),
    [
        ("raise ValueError('only valid')", True),
        ("raise NotImplementedError", True),
        ("a, b = 3", True),
        ("a, b = 1, 2, 3", True),
        ("{'valid': 0}['same']", True),
        ("x.shape + 1", True),
        ("sride", False),
        ("x[7]", False),
        ("1 / 0", False),
        ("x[:] = np.zeros((5, 5))", False),
        ("sys.exit()", False),
    ],
)
def test_refusals_and_slips_are_told_apart(started, body, deliberate):
    assert started(relu(body)).run(RELU).deliberate is deliberate


def test_lines_that_a_pipe_does_not_take_are_sent_in_their_order():
    late = "import sys, time; time.sleep(0.2); [print(len(line), flush=True) for line in sys.stdin]"
    child = _Child([sys.executable, "-c", late], {})
    try:
        for size in (3, 300_000, 5, 70_000):
            child.send(b"x" * size + b"\n")
        sizes = [int(child.answers.get(timeout=30)) for _ in range(4)]
    finally:
        child.kill()
    assert sizes == [4, 300_001, 6, 70_001]


def test_a_line_that_no_process_takes_is_lost_without_an_error():
    child = _Child([sys.executable, "-c", "pass"], {})
    try:
        assert child.answers.get(timeout=30) == b""
        child.process.wait(timeout=30)
        child.send(b"x\n")
        assert child.requests.empty()
    finally:
        child.kill()
