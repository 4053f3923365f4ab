"""The sandbox: what it refuses, and that whatever happens inside is a verdict and no more."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from refcnn.implementations.sandbox import zygote as zygote_module
from refcnn.implementations.sandbox.nursery import Allowed, SandboxError, Zygote
from refcnn.implementations.sandbox.outside import AT_ONCE, CRASHES, Code, Confined
from refcnn.implementations.sandbox.selftest import ACTS, judged, selftest
from refcnn.suite.case import Answer, Case, Crash, Missing, Refusal, Rubbish, Timeout

X = np.array([[-1.5, 2.0, np.nan], [-0.0, np.inf, 3.0]], np.float32)
RELU = Case(operator="relu", inputs={"x": X})
QUICK = Allowed(seconds=0.2, seconds_per_operation=0.0, seconds_to_load=1.0, mebibytes=256)
RIGHT = "import numpy as np\ndef relu(x): return np.where(x < 0, x.dtype.type(0), x)\n"


@pytest.fixture(scope="module")
def zygote():
    with Zygote(QUICK) as one:
        yield one


@pytest.fixture
def inside(zygote):
    """Gives the outcome of a case for some source, and what was noted."""
    running = []

    def ask(source, *cases):
        raw = source if isinstance(source, bytes) else source.encode()
        running.append(Confined(zygote, Code("cnn.py", {"cnn.py": raw})))
        return running[-1].ask(cases or [RELU])

    yield ask
    for confined in running:
        confined.close()


def same(outcome, array):
    """Whether an outcome is exactly these numbers."""
    return (
        isinstance(outcome, Answer)
        and outcome.array.dtype == array.dtype
        and outcome.array.shape == array.shape
        and outcome.array.tobytes() == array.tobytes()  # in rows, however they lie
    )


ANSWER = np.where(X < 0, np.float32(0), X)


# --- what is refused


def test_every_forbidden_act_is_refused(zygote):
    found = selftest(zygote)
    assert len(found) == len(ACTS) >= 25
    assert [(r.act.name, r.how) for r in found if not r.refused] == []


def test_every_act_has_a_name_of_its_own_and_a_reason():
    assert len({act.name for act in ACTS}) == len(ACTS)
    assert all(act.why.endswith(".") for act in ACTS)


# What needs no privileges, so that it succeeds wherever nothing is confined.
UNCONFINED = """
    read /etc/passwd
    read /etc/passwd by a roundabout way
    list /, /home, /tmp or /proc
    read a file in the grader's working folder
    list the grader's working folder
    read the source of refcnn
    read the golden vectors
    list the installed packages
    read its own entry in /proc
    read the grader's environment or memory
    create a file in /tmp or /dev/shm
    create a file in the grader's working folder
    write to a file of the grader
    truncate a file of the grader
    remove or rename a file of the grader
    make a symbolic link, a hard link or a folder
    change the mode, the owner or the times of a file
    change the current folder or the root folder
    open a TCP socket
    open a UDP socket
    open a UNIX socket
    open a netlink or a raw socket
    make a pair of sockets
    pass a file descriptor to the grader
    fork
    fork by a system call of its own
    start a thread
    become another program
    start another program
    run a command of the shell
    send a signal to the grader
    send a signal to everybody
    have the kernel send a signal to the grader
    take hold of the grader's process
    read the limits of the grader
    see when a file was last read
    read a file of the standard library or of NumPy
    see the number of an inode
    make a pipe
    see the number of a process
    see how much memory is free
    take more memory than it may
    raise its own limits
    choose its processors
    change its capabilities
    let others read its memory
    make a file in memory
    make shared memory, a semaphore or a queue
    become a program of another system
    make a system call by another table
"""


@pytest.fixture(scope="module")
def unconfined():
    with Zygote(QUICK, trusted=True) as one:
        return {result.act.name: result for result in selftest(one)}


@pytest.mark.parametrize("name", [line.strip() for line in UNCONFINED.strip().splitlines()])
def test_the_self_test_sees_acts_that_are_not_refused(unconfined, name):
    assert not unconfined[name].refused, unconfined[name].how


@pytest.mark.parametrize(
    "outcome",
    [
        Refusal("NameError", "name 'sokcet' is not defined", 3, deliberate=False),
        Refusal("TypeError", "the act does not tell what came of it", 3),
        Refusal("FileNotFoundError", "[Errno 2] No such file or directory: '/etc/pswd'"),
        Refusal("OSError", "[Errno 38] Function not implemented"),
        Refusal("PermissionError", "that is what the act made up"),
        Missing("there is no function relu"),
        Rubbish("returned int, not numpy.ndarray"),
        Crash("the process was ended by signal 11"),
        Crash("not asked after 3 crashes or timeouts", asked=False),
        Timeout(1.0),
        Answer.of(np.zeros(1, np.float32)),
        Answer.of(np.ones(1, np.float32)),
        Answer.of(np.zeros(2, np.float32)),
    ],
    ids=repr,
)
def test_an_act_that_is_broken_or_finds_nothing_is_not_taken_for_refused(outcome):
    act = next(act for act in ACTS if act.name == "open a TCP socket")
    assert not judged(act, outcome).refused


def test_a_sandbox_that_has_no_memory_for_the_acts_fails_the_self_test(monkeypatch, zygote):
    monkeypatch.setattr(zygote, "allowed", Allowed(mebibytes=64))  # not what it was started with
    found = {r.act.name: r.refused for r in selftest(zygote)}
    assert not found["take more memory than it may"]


def test_the_standard_library_is_known_where_python_was_moved_to(tmp_path):
    """Python tells its folders from where it lies, its configuration from where it was built."""
    source = (
        "import sys, sysconfig\n"
        "sysconfig.get_config_vars().update(DESTSHARED='/built/here', LIBDEST='/built/here')\n"
        f"sys.path.append({str(Path(zygote_module.__file__).parent)!r})\n"
        "import zygote\n"
        "own = [path for path in sys.path[:-1] if not path.endswith('.zip')]\n"
        "print(own, set(own) <= zygote.library())\n"
    )
    command = [sys.executable, "-I", "-S", "-c", source]  # no more in sys.path than the library
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip().endswith("True"), done.stdout


def test_a_zygote_that_cannot_start_says_why(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (tmp_path / "python").write_text("#!/bin/sh\necho no such luck >&2\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(SandboxError, match="no such luck"):
        Zygote(QUICK)


# --- no word from one process to the next

# How a process may leave word, and how another one may look for it: each is an expression.
CHANNELS = {
    "when a file was read": ("open(os.__file__).read(1)", "os.stat(os.__file__).st_atime_ns"),
    "when a folder was listed": ("os.listdir(FOLDER)", "os.stat(FOLDER).st_atime_ns"),
    "when /dev/null was written to": ("os.write(1, b'x')", "os.fstat(1).st_mtime_ns"),
    "how many processes there were": ("os._exit(1)", "os.getpid()"),
    "how many threads there were": ("start(len, ())", "threading.get_native_id()"),
    "how many inodes there are": ("[os.pipe() for _ in range(20)]", "os.fstat(0).st_ino"),
    "how many descriptors there are": ("[os.dup(0) for _ in range(20)]", "os.dup(0)"),
    "what is in a folder": ("open('/tmp/refcnn-word', 'w')", "os.path.exists('/tmp/refcnn-word')"),
    "how much memory is free": ("bytearray(2**27)", "os.sysconf('SC_AVPHYS_PAGES')"),
    "what is in the environment": ("os.putenv('WORD', 'w')", "os.environ.get('WORD')"),
    "what is drawn at random": ("np.random.rand(5)", "(np.random.rand(), random.random())"),
    "what was imported": ("__import__('tomllib')", "sorted(sys.modules)"),
    "where objects lie": ("[object() for _ in range(9999)]", "id(object())"),
    "what has a priority": ("os.nice(5)", "os.getpriority(os.PRIO_PROCESS, 0)"),
    "what is locked": ("fcntl.flock(0, 2)", "fcntl.flock(1, 6)"),
    "what a signal does": ("os.kill(os.getppid(), 0)", "signal.getsignal(signal.SIGUSR1)"),
    "what is on the clock of children": ("sum(range(10**6))", "os.times().children_user"),
}
WORDS = """
import fcntl, os, random, signal, sys, threading
import numpy as np
from _thread import start_new_thread as start

FOLDER = os.path.join(os.path.dirname(os.__file__), "json")

def tried(act):
    try:
        return repr(act())
    except Exception as error:
        return repr(error)

def relu(x):
    if x.size == 6: tried(lambda: {write})
    return x

def softmax(x):
    read = tried(lambda: {read})
    return np.frombuffer(read.encode(), np.uint8).astype(np.float32)
"""


@pytest.mark.parametrize(("write", "read"), CHANNELS.values(), ids=CHANNELS)
def test_no_process_leaves_word_for_the_next(zygote, write, read):
    source = WORDS.format(write=write, read=read).encode()
    code = Code("cnn.py", {"cnn.py": source})
    nothing = Case(operator="relu", inputs={"x": np.zeros(2)})
    look = Case(operator="softmax", inputs={"x": X})
    seen = []
    for word in (nothing, RELU, nothing):
        with Confined(zygote, code) as writer:
            writer.run(word)
        with Confined(zygote, code) as reader:
            seen.append(reader.run(look).array.astype(np.uint8).tobytes().decode())
    assert len({*seen}) == 1, seen


def test_what_a_submission_names_anywhere_can_be_imported(inside):
    source = (
        "import numpy as np\n"
        "def relu(x):\n"
        "    import argparse, unittest, xml.etree.ElementTree as tree\n"
        "    from concurrent import futures\n"
        "    np.testing.assert_allclose(len(tree.fromstring('<a><b/></a>')), 1)\n"
        "    assert futures.Future and np.polynomial.Polynomial([1, 2])(1) == 3\n"
        "    return np.maximum(x, 0)\n"
    )
    assert isinstance(inside(source)[0], Answer)


def test_what_an_assignment_allows_can_be_imported_and_nothing_else(inside):
    source = "import sortedcontainers, numpy as np\ndef relu(x): return np.maximum(x, 0)\n"
    code = Code("cnn.py", {"cnn.py": source.encode()})
    with Zygote(Allowed(modules=("sortedcontainers",))) as zygote:
        with Confined(zygote, code) as confined:
            assert isinstance(confined.run(RELU), Answer)
        assert [result.act.name for result in selftest(zygote) if not result.refused] == []
    assert inside(source.replace("np.maximum", "sortedcontainers.x"))[0].kind in (
        "NameError",
        "ModuleNotFoundError",
    )
    with pytest.raises(SandboxError, match="no_such, which is allowed, cannot be imported here"):
        Zygote(Allowed(modules=("no_such",)))


def test_descriptors_can_be_closed_in_one_call(inside):
    """Where that is refused, the C library ends a process of Python 3.13."""
    source = (
        "import ctypes\nimport numpy as np\n"
        "def relu(x):\n"
        "    return np.float32([ctypes.CDLL(None).close_range(40, 50, 0)])\n"
    )
    assert inside(source)[0].array.tolist() == [0]


# --- what comes back


def test_numbers_come_back_as_they_are(inside):
    assert same(*inside(RIGHT), ANSWER)


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("x[::-1]", X[::-1]),
        ("x.T", X.T),
        ("np.repeat(x, 2, axis=1)[:, ::2]", X),
        ("np.asfortranarray(x)", X),
        ("x.astype('>f4')", X),
        ("x.astype('>f8')", X.astype(np.float64)),
        ("x[:0]", X[:0]),
        ("x[0, 0]*np.ones(())", None),
        ("np.array(x[0, 1])", np.array(X[0, 1])),
    ],
)
def test_arrays_come_back_however_they_lie_in_memory(inside, returned, expected):
    outcome = inside(f"import numpy as np\ndef relu(x): return {returned}\n")[0]
    if expected is None:
        assert isinstance(outcome, Rubbish)
    else:
        assert same(outcome, expected)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ("x.astype('f2')", "float16"),
        ("x.astype('c16')", "complex128"),
        ("x.astype(object)", "object"),
        ("x > 0", "bool"),
        ("np.zeros(x.shape, 'i8')", "int64"),
        ("np.ma.masked_all(x.shape)", "MaskedArray"),
        ("np.asmatrix(x)", "matrix"),
        ("x.tolist()", "list"),
        ("None", "NoneType"),
        ("(x, x)", "tuple"),
        ("np.zeros(10**7, 'f4')", "far too large"),
    ],
)
def test_what_is_no_array_of_numbers_is_told_by_its_type(inside, returned, told):
    outcome = inside(f"import numpy as np\ndef relu(x): return {returned}\n")[0]
    assert isinstance(outcome, Rubbish)
    assert told in str(outcome)


def test_a_case_larger_than_a_socket_holds_is_answered(inside):
    many = Case(operator="relu", inputs={"x": np.zeros(AT_ONCE // 4)})
    assert same(*inside(RIGHT, many), np.zeros(AT_ONCE // 4))


def test_many_cases_are_answered_in_their_order(inside):
    cases = [
        Case(operator="relu", inputs={"x": np.full((100, 9), n, np.float64)}) for n in range(300)
    ]
    found = inside(RIGHT, *cases)
    assert [outcome.array[0, 0] for outcome in found] == list(range(300))


def test_a_changed_input_is_told(inside):
    outcome = inside("def relu(x):\n    x[x < 0] = 0\n    return x.copy()\n")[0]
    assert outcome.faults == ("x was changed",)


# --- what ends or holds a process

CRASHES_ALONE = {
    "exits": "os._exit(0)",
    "segfaults": "ctypes.string_at(0)",
    "closes its socket": "os.closerange(3, 64)",
    "puts another file in its place": "os.close(channel()); os.dup(0)",
}
FORGE = """
import ctypes, fcntl, json, os, struct, sys, time
import numpy as np

def channel():
    for n in range(3, 64):
        try:
            fcntl.fcntl(n, fcntl.F_GETFD)
            return n
        except OSError:
            pass

def say(n):
    try:
        os.write(n, b"x" * 99)
    except OSError:
        pass

def number():
    frame = sys._getframe()
    while "number" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["number"]

def send(header, body=b"", plus=0, mark=b"rcn1", longer=0, fatter=0):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    prefix = struct.pack("<4sQII", mark, number() + plus, len(raw) + longer, len(body) + fatter)
    os.write(channel(), prefix + raw + body)

def tensor(dtype="float32", shape=(2, 3), body=bytes(24), **more):
    send({"tensors": [["y", dtype, shape]], "faults": []}, body, **more)

def right(x):
    return np.where(x < 0, x.dtype.type(0), x)
"""
OTHER = Case(operator="relu", inputs={"x": np.array([7.0])})


def once(body):
    """A submission that misbehaves for one case and is right otherwise."""
    return f"{FORGE}\ndef relu(x):\n    if x.size == 1: return right(x)\n    {body}\n"


@pytest.mark.parametrize("body", CRASHES_ALONE.values(), ids=CRASHES_ALONE)
def test_a_crash_costs_its_own_case_alone(inside, body):
    before, crash, after = inside(once(body), OTHER, RELU, OTHER)
    assert isinstance(crash, Crash)
    assert same(before, np.array([7.0]))
    assert same(after, np.array([7.0]))


BROKEN = "import numpy as np\n\n\ndef act(x):\n    return np.int(x)\n"
GONE = "np.int is gone since NumPy 1.24; int does the same"


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"cnn.py": f"{BROKEN}relu = act\n"}, "line 5"),
        ({"cnn.py": f"{BROKEN}relu = act\nimport no_such_plots\n"}, "line 5"),
        ({"cnn.py": "from more import act\nrelu = act\n", "more.py": BROKEN}, "more.py, line 5"),
        ({"cnn.py": "def relu(x):\n    import more\n", "more.py": f"{BROKEN}act(3)"},
         "more.py, line 5"),
    ],
)  # fmt: skip
def test_an_exception_is_told_with_its_place_and_cause(zygote, files, place):
    raw = {name: text.encode() for name, text in files.items()}
    with Confined(zygote, Code("cnn.py", raw)) as confined:
        (found,) = confined.ask([RELU])
    assert isinstance(found, Refusal)
    assert (found.place, found.cause) == (place, GONE)
    assert [act for act in confined.acts if "py" in act] == []  # that lines are read is not an act


def test_what_a_call_raises_is_told_inside_too(zygote):
    code = Code("cnn.py", {"cnn.py": b"def act(x, y): return x"}, calls={"relu": "act(x)"})
    with Confined(zygote, code) as confined:
        (found,) = confined.ask([RELU])
    assert isinstance(found, Refusal)
    assert found.place == "the call of relu, act(x)"
    assert found.cause == "the stated call leaves out 'y'"


def test_a_library_that_is_missing_inside_is_told_without_a_path(inside):
    (found,) = inside("def relu(x):\n    import no_such_library\n")
    assert isinstance(found, Refusal)
    assert found.cause == "no_such_library is not installed with the Python that runs this"


def test_a_recursion_without_end_costs_its_own_case_alone(inside):
    deep = "sys.setrecursionlimit(10**9)\n    deep = []\n    for _ in range(10**5): deep = [deep]"
    before, crash, after = inside(once(f"{deep}\n    repr(deep)"), OTHER, RELU, OTHER)
    assert not isinstance(crash, Answer)
    assert same(before, np.array([7.0]))
    assert same(after, np.array([7.0]))


HANGS = {
    "computes": "while True: pass",
    "sleeps": "time.sleep(1000)",
    "ignores all signals": (
        "import signal\n    for n in range(1, 65):\n"
        "        if n not in (9, 19, 32, 33): signal.signal(n, signal.SIG_IGN)\n"
        "    while True: pass"
    ),
    "says one byte at a time": (
        "for byte in struct.pack('<4sQII', b'rcn1', number(), 60000, 0) + b' ' * 300:\n"
        "        os.write(channel(), bytes([byte])); time.sleep(0.02)\n"
        "    os._exit(0)"
    ),
}


@pytest.mark.parametrize("body", HANGS.values(), ids=HANGS)
def test_a_hang_ends_in_time_and_costs_its_own_case_alone(inside, body):
    before, late, after = inside(once(body), OTHER, RELU, OTHER)
    assert isinstance(late, Timeout)
    assert same(before, np.array([7.0]))
    assert same(after, np.array([7.0]))


def test_after_some_crashes_no_more_is_asked(inside):
    found = inside(once("os._exit(3)"), *[RELU] * 9)
    assert [outcome.asked for outcome in found] == [True] * CRASHES + [False] * (9 - CRASHES)


def test_ten_gigabytes_of_prints_go_nowhere(inside):
    flood = "import os\nfor _ in range(1000): [print('PASSED'), os.write(2, bytes(10**7))]\n"
    assert same(*inside(RIGHT + flood), ANSWER)


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos._exit(0)",
        "while True: pass",
        "raise SystemExit(0)",
        "raise KeyboardInterrupt",
        "def relu(x: return x",
        "x = " + "(" * 10_000,
        "x = " + "-" * 100_000 + "1",
        "import ctypes\nctypes.string_at(0)",
        b"\xff\xfe\x00\x00not utf-8",
        b"def relu(x):\0 return x",
        "# coding: rot13\nqrs eryh(k): erghea k",
        "x = 'a' * 10**12",
    ],
    ids=lambda source: repr(source[:20]),
)
def test_what_cannot_be_loaded_says_so_and_is_not_asked(zygote, source):
    raw = source if isinstance(source, bytes) else source.encode()
    with Confined(zygote, Code("cnn.py", {"cnn.py": raw})) as confined:
        assert isinstance(confined.load(), Refusal | Crash | Timeout)
        found = confined.ask([RELU, RELU])
    assert not any(isinstance(outcome, Answer) for outcome in found)


# --- what is forged

FORGED = {
    "rubbish on every descriptor": "any(map(say, range(3, 21)))",
    "another mark": "tensor(mark=b'rcn2')",
    "another number": "tensor(plus=1)",
    "a header that is too long": "send(b' ' * 2**16 + b'{}')",
    "a header that says it is too long": "send({}, longer=2**31)",
    "a body that says it is too long": "tensor(fatter=2**31)",
    "no JSON": "send(b'{')",
    "no text": "send(b'\\xff\\xff')",
    "no object": "send([])",
    "a number": "send(1)",
    "null": "send(None)",
    "a deep nest": "send(b'[' * 60000)",
    "a nest of acts": "send(b'{\"acts\": [' + b'[' * 900 + b']' * 900 + b']}')",
    "a huge number": "send(b'9' * 60000)",
    "no kind": "send({})",
    "a kind of its own": "send({'verdict': 'pass'})",
    "acts that are no list": "send({'acts': {'a': 1}})",
    "no tensor": "send({'tensors': [], 'faults': []})",
    "a tensor of another name": "send({'tensors': [['z', 'float32', [0]]], 'faults': []})",
    "a tensor that is not a list": "send({'tensors': 1, 'faults': []})",
    "a tensor of text": "send({'tensors': 'yyy', 'faults': []})",
    "a name that is a list": "send({'tensors': [[[], 'float32', [0]]], 'faults': []})",
    "faults that are a number": "send({'tensors': [['y', 'float32', [0]]], 'faults': 1})",
    "a tensor of 10**12 elements": "tensor(shape=[10**6, 10**6])",
    "a tensor of 0 * 10**30 elements": "tensor(shape=[0, *[2**31] * 30], body=b'')",
    "a tensor of 100 axes": "tensor(shape=[1] * 98 + [2, 3])",
    "a shape below zero": "tensor(shape=[-2, -3])",
    "a shape that is true": "tensor(shape=[True, 6])",
    "a shape of texts": "tensor(shape=['2', '3'])",
    "a shape that is a number": "tensor(shape=6)",
    "too few bytes": "tensor(body=bytes(20))",
    "too many bytes": "tensor(body=bytes(28))",
    "float16": "tensor('float16', body=bytes(12))",
    "complex": "tensor('complex64', body=bytes(48))",
    "objects": "tensor('object', body=bytes(48))",
    "a dtype that is a list": "tensor(['float32'])",
    "a refusal without a kind": "send({'refusal': {}})",
    "a refusal that is a text": "send({'refusal': 'PASS'})",
}


@pytest.mark.parametrize("body", FORGED.values(), ids=FORGED)
def test_a_forged_answer_breaks_the_protocol_and_costs_its_own_case_alone(zygote, body):
    source = once(f"{body}\n    time.sleep(1000)").encode()
    with Confined(zygote, Code("cnn.py", {"cnn.py": source})) as confined:
        before, forged, after = confined.ask([OTHER, RELU, OTHER])
        acts = " ".join(confined.acts)
    assert isinstance(forged, Crash)
    assert "broke the protocol" in str(forged)
    assert "broke the protocol" in acts
    assert same(before, np.array([7.0]))
    assert same(after, np.array([7.0]))


def test_a_forged_answer_with_the_right_number_is_only_an_answer(inside):
    assert same(*inside(once("tensor(); time.sleep(1000)")), np.zeros((2, 3), np.float32))


TWO = """[0]
    raw, write = [], os.write
    os.write = lambda fd, data: raw.append(bytes(data)) or len(data)
    tensor(), tensor(plus=1)
    write(channel(), b"".join(raw))
    time.sleep(1000)
"""


def test_an_answer_in_advance_is_noted_and_answers_nothing(zygote):
    with Confined(zygote, Code("cnn.py", {"cnn.py": once(TWO).encode()})) as confined:
        found = confined.ask([RELU])
        assert len(found) == 1
        assert same(found[0], np.zeros((2, 3), np.float32))
        assert "broke the protocol" in " ".join(confined.acts)
        assert same(*confined.ask([OTHER]), np.array([7.0]))


EVIL = "'\\x1b[2J\\u202e\\0\\n'"
LOUD = {
    "raised": f"raise type({EVIL} * 999, (Exception,), {{}})({EVIL} * 999)",
    "forged": f"send({{'tensors': [['y', 'float32', [0]]], 'faults': [{EVIL} * 999]}})",
    "missing": f"send({{'missing': {EVIL} * 999}})",
    "rubbish": f"send({{'rubbish': {EVIL} * 999}})",
}


@pytest.mark.parametrize("body", LOUD.values(), ids=LOUD)
def test_what_is_told_is_short_and_printable(inside, body):
    (outcome,) = inside(once(body))
    told = [*outcome.faults] if isinstance(outcome, Answer) else [str(outcome)]
    assert told
    assert [t for t in told if not t.isprintable() or len(t) > 4100] == []


def test_an_answer_has_no_address_in_it(inside):
    (refusal,) = inside(once("raise ValueError(object())"))
    assert "0x7" not in refusal.message


# --- what is left behind


def processes_of(script):
    """A grader in a process of its own, and all that it has started."""
    grader = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert grader.stdout.readline() == b"ready\n"
    return grader, psutil.Process(grader.pid).children(recursive=True)


def left(processes):
    """Those that are still there after some time: what has ended but is not reaped is gone."""
    until = time.monotonic() + 5

    def there(process):
        try:
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    while time.monotonic() < until and any(map(there, processes)):
        time.sleep(0.02)
    return [process for process in processes if there(process)]


SPINNING = """
import sys, time
from refcnn.implementations.sandbox.nursery import Allowed, Zygote
from refcnn.implementations.sandbox.outside import Code, Confined
if __name__ == "__main__":
    zygote = Zygote(Allowed(seconds_to_load=0.2))
    source = b"import os, threading\\nwhile True: pass"
    confined = Confined(zygote, Code("cnn.py", {"cnn.py": source}))
    confined._channel, confined._pid = zygote.fork()
    from refcnn.implementations.sandbox.frames import numbered
    confined._channel.sendall(numbered(1, confined.code.frame().packed()))
    time.sleep(0.2)
    print("ready", flush=True)
    time.sleep(1000)
"""


@pytest.mark.parametrize("ended", ["the grader", "the zygote"])
def test_nothing_is_left_when_somebody_is_killed(ended):
    grader, started = processes_of(SPINNING)
    assert len(started) == 2
    try:
        (grader if ended == "the grader" else started[0]).send_signal(signal.SIGKILL)
        assert left(started) == []
    finally:
        for process in [*started, grader]:
            if process.poll() is None if process is grader else process.is_running():
                process.kill()
        grader.communicate()


def test_a_zygote_that_is_gone_is_a_fault_of_the_sandbox_and_no_verdict():
    with Zygote(QUICK) as zygote:
        zygote.process.kill()
        zygote.process.wait()
        confined = Confined(zygote, Code("cnn.py", {"cnn.py": RIGHT.encode()}))
        with pytest.raises(SandboxError, match="is gone"):
            confined.run(RELU)


def test_one_submission_leaves_nothing_to_the_next(zygote):
    mark = "import builtins, numpy as np, sys, os\nnp.mark = builtins.mark = sys.mark = 1\n"
    look = "\nFOUND = any(hasattr(o, 'mark') for o in (np, builtins, sys)) or 'MARK' in os.environ"
    raises = f"{mark}os.environ['MARK'] = '1'\nnp.seterr(all='raise')\n{RIGHT}"
    for source in (raises, mark.partition("np.mark")[0] + look + "\nassert not FOUND\n" + RIGHT):
        with Confined(zygote, Code("cnn.py", {"cnn.py": source.encode()})) as confined:
            assert confined.load() == ("relu",)


# --- whose fault it is


def test_a_process_that_somebody_else_killed_is_no_crash_of_its_own(zygote):
    with Confined(zygote, Code("cnn.py", {"cnn.py": RIGHT.encode()})) as confined:
        confined.load()
        psutil.Process(confined._pid).kill()
        with pytest.raises(SandboxError, match="killed by somebody else"):
            confined.run(RELU)
        assert same(confined.run(RELU), ANSWER)  # the next one is asked as ever


def test_one_that_hangs_up_and_runs_on_is_killed_by_us_and_that_is_its_own_crash(zygote):
    source = """
import os

def relu(x):
    for fd in range(3, 64):
        try:
            os.close(fd)
        except OSError:
            pass
    while True:
        pass
"""
    with Confined(zygote, Code("cnn.py", {"cnn.py": source.encode()})) as confined:
        assert isinstance(confined.run(RELU), Crash | Timeout)


# --- the time for all of it


SLEEPS = f"""
import time
{RIGHT}
right = relu
def relu(x):
    time.sleep(0.4)
    return right(x)
"""


def test_sleeping_below_the_limit_of_each_case_ends_with_the_time_for_all():
    code = Code("cnn.py", {"cnn.py": SLEEPS.encode()})
    allowed = Allowed(seconds=0.2, seconds_per_operation=0.0, seconds_in_all=1.0)
    with Zygote(allowed) as one:
        began = time.monotonic()
        with Confined(one, code) as confined:
            found = confined.ask([RELU] * 40)
        with Confined(one, code, spent=confined.spent) as another:
            later = another.ask([RELU])
        assert time.monotonic() - began < 8  # sixteen seconds without an end
    answered = [outcome for outcome in found if isinstance(outcome, Answer)]
    assert len(answered) < 10
    assert {str(outcome) for outcome in found[len(answered) :]} == {str(later[0])}
    assert "the time for all cases is over" in str(later[0])


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ('{"algorithm": "fast"}', '{"algorithm": "fast"}'),
        ("object()", '"no JSON"'),
        ('"9" * 10**6', '"' + "9" * 4095),
        ("None", "null"),
    ],
)
def test_a_statement_of_a_submission_comes_as_text(stated, said, zygote):
    source = RIGHT + f"STATEMENT = {stated}\n"
    with Confined(zygote, Code("cnn.py", {"cnn.py": source.encode()})) as confined:
        assert confined.load() == ("relu",)
        assert (confined.stated, confined.notes) == (said, ())
