"""Grading one submission: cases, points, mistakes carried forward, and what is never told."""

import hmac
import re
from hashlib import sha256
from pathlib import Path

import pytest
from grading_helpers import RELU, RIGHT, SEED, WRONG, submission, write_assignment

import refcnn
from refcnn.grading.assignment import AssignmentError
from refcnn.grading.cases import Setup, commitment, secret, seed_of
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.report import Report, State
from refcnn.grading.submissions import find, read
from refcnn.implementations.sandbox.nursery import Zygote
from refcnn.suite.generators import SUITE
from refcnn.suite.vector_files import public, text

COURSE = Path(__file__).parents[1] / "examples" / "course"


@pytest.fixture(scope="module")
def setup(tmp_path_factory):
    return Setup.of(write_assignment(tmp_path_factory.mktemp("relu")))


@pytest.fixture(scope="module")
def grade(setup):
    with Zygote(allowed(setup)) as zygote:
        yield lambda source: Grader(setup, zygote).grade(submission(source))


CONV = """
title = "Convolution"
total = 100

[[item]]
id = "window"
title = "The window"
points = 40
operators = ["conv2d"]
clauses = ["CONV-1", "CONV-2", "CONV-3", "CONV-4", "CONV-5", "CONV-6"]

[[item]]
id = "strides"
title = "Strides and padding"
points = 40
operators = ["conv2d"]
clauses = ["CONV-8", "CONV-9", "CONV-10", "CONV-11", "CONV-14"]

[[item]]
id = "refusals"
title = "Refusals"
points = 20
operators = ["conv2d"]
clauses = ["CONV-25", "CONV-26", "CONV-27"]
requires = ["window"]
hidden = true
"""


@pytest.fixture(scope="module")
def conv(tmp_path_factory):
    return Setup.of(write_assignment(tmp_path_factory.mktemp("conv"), CONV))


@pytest.fixture(scope="module")
def grade_conv(conv):
    with Zygote(allowed(conv)) as zygote:
        yield lambda source: Grader(conv, zygote).grade(submission(source))


OPS = (Path(refcnn.__file__).parent / "cnn" / "ops.py").read_text("utf-8")
SHAPES = (Path(refcnn.__file__).parent / "cnn" / "shapes.py").read_text("utf-8")
# The reference in one file, as a submission that is right.
REFERENCE = "\n".join(
    line
    for line in (SHAPES + OPS).splitlines()
    if not line.startswith(("from refcnn", "from __future__"))
).replace("Array = np.ndarray", "import numpy as np\nArray = np.ndarray", 1)


def states(report):
    return {item.id: (item.state.value, item.earned) for item in report.items}


# --- cases


def test_the_seed_of_an_operator_is_an_hmac_of_the_secret():
    raw = bytes.fromhex(SEED)
    digest = hmac.new(raw, f"refcnn cases {SUITE} relu".encode(), sha256).digest()
    assert seed_of(raw, "relu") == int.from_bytes(digest[:8], "big")
    assert seed_of(raw, "relu") != seed_of(raw, "dense")


def test_the_commitment_is_the_hash_of_the_seed(setup):
    assert setup.commitment == sha256(bytes.fromhex(SEED)).hexdigest()
    assert commitment(bytes(32)) != setup.commitment


def test_whoever_has_the_seed_makes_the_same_cases(setup, tmp_path):
    again = Setup.of(write_assignment(tmp_path))
    assert text(again.private["relu"], 0) == text(setup.private["relu"], 0)
    other = Setup.of(write_assignment(tmp_path / "other", seed="0" * 64))
    assert text(other.private["relu"], 0) != text(setup.private["relu"], 0)


def test_private_cases_are_not_the_public_ones(setup):
    asked = {one.question.case.inputs["x"].tobytes() for one in public()["relu"]}
    own = [one.question.case.inputs["x"].tobytes() for one in setup.private["relu"]]
    assert len(asked & {*own}) <= 2  # only such as the empty batch


def test_cases_that_were_kept_are_those_that_were_made(tmp_path):
    directory = write_assignment(tmp_path)
    made = Setup.of(directory)
    kept = [*(directory / ".cases").iterdir()]
    stems = [path.name.rpartition("-")[0] for path in kept]
    assert sorted(stems) == ["relu-private", "relu-terms"]
    assert text(Setup.of(directory).private["relu"], 0) == text(made.private["relu"], 0)


@pytest.mark.parametrize("change", ["", "half", "other numbers", "no text"])
def test_kept_cases_that_were_changed_are_made_again(tmp_path, change):
    directory = write_assignment(tmp_path)
    made = Setup.of(directory)
    (path,) = (directory / ".cases").glob("relu-private-*")
    whole = path.read_bytes()
    path.write_bytes(
        {
            "": b"",
            "half": whole[: len(whole) // 2],
            "other numbers": whole.replace(b"-1", b"-2"),
            "no text": b"\xff" * 100,
        }[change]
    )
    assert text(Setup.of(directory).private["relu"], 0) == text(made.private["relu"], 0)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("said", ["", "abc", "g" * 64, "0" * 63, "0" * 65])
def test_a_seed_is_64_hexadecimal_digits(said, tmp_path):
    with pytest.raises(AssignmentError, match="64 hexadecimal digits"):
        secret(write_assignment(tmp_path, seed=said))


# --- points


def test_right_work_gets_all_points(grade, setup):
    report = grade(RIGHT)
    assert (report.earned, report.state) == (10, State.PASS)
    assert report.provenance.commitment == setup.commitment
    assert "Landlock" in report.provenance.isolation


def test_wrong_work_loses_points_and_is_told_why(grade):
    report = grade(WRONG)
    assert report.earned < 10
    item = report.items[0]
    assert item.state is State.FAIL
    assert item.example
    assert item.mistakes
    assert item.mistakes[0].startswith("relu: ")


def test_what_is_missing_is_not_implemented(grade):
    report = grade("def other(x): pass\n")
    assert states(report) == {"relu": ("not implemented", 0), "manners": ("not run", 0)}
    report = grade("def relu(x): raise NotImplementedError\n")
    assert states(report)["relu"] == ("not implemented", 0)
    kind = "class Later(NotImplementedError): pass\n"
    report = grade(kind + "def relu(x): raise Later\n")
    assert states(report)["relu"] == ("not implemented", 0)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def relu(x)\n    return x", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError: division by zero (line 1)"),
        ("import os; os._exit(0)", "ended with exit status 0"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
    ],
)
def test_what_cannot_be_loaded_earns_nothing_and_says_why(grade, source, told):
    report = grade(source)
    assert (report.state, report.earned, report.items) == (State.NOT_RUN, 0, ())
    assert told in report.problem


def test_a_plotting_library_that_is_not_there_does_not_cost_the_functions(grade):
    report = grade("import matplotlib.pyplot as plt\n" + RIGHT + "plt.plot(relu(np.ones(3)))\n")
    assert report.earned == 10
    assert any("matplotlib" in note for note in report.notes)


def test_the_same_work_gives_the_same_bytes(grade):
    assert grade(WRONG).model_dump_json() == grade(WRONG).model_dump_json()


CHANCE = """
import random
import numpy as np

def relu(x):
    return np.maximum(x, 0) + random.random() + np.random.random()
"""


def test_chance_is_the_same_for_everybody(setup):
    reports = []
    for _ in range(2):
        with Zygote(allowed(setup)) as zygote:
            reports.append(Grader(setup, zygote).grade(submission(CHANCE)).model_dump_json())
    assert reports[0] == reports[1]


def test_a_report_survives_its_json(grade):
    report = grade(WRONG)
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_all_or_nothing(tmp_path):
    whole = RELU.replace('requires = ["relu"]', 'credit = "all"')
    setup = Setup.of(write_assignment(tmp_path, whole))
    in_place = "import numpy as np\ndef relu(x):\n    x[x < 0] = 0\n    return x\n"
    with Zygote(allowed(setup)) as zygote:
        report = Grader(setup, zygote).grade(submission(in_place))
    assert states(report)["manners"] == ("fail", 0)


def test_what_right_libraries_differ_on_costs_points_only_if_it_is_named(tmp_path):
    """Neither NaN nor other ranks go without saying."""
    skips = "import numpy as np\ndef relu(x):\n    assert x.ndim in (2, 4)\n"
    skips += "    return np.where(x > 0, x, np.zeros((), x.dtype))\n"
    named = RELU.replace('"RELU-4"]', '"RELU-4", "RELU-5", "RELU-6"]')
    for toml, failed in ((RELU, set()), (named, {"RELU-5", "RELU-6"})):
        setup = Setup.of(write_assignment(tmp_path / str(len(failed)), toml))
        with Zygote(allowed(setup)) as zygote:
            report = Grader(setup, zygote).grade(submission(skips))
        wrong = [r for item in report.items for r in item.requirements if r.state == "fail"]
        assert {r.clause for r in wrong} == failed


# --- mistakes carried forward


FLIPPED = (
    REFERENCE.replace("def conv2d(", "def _right(")
    + """

def conv2d(x, kernel, bias=None, **named):
    return _right(x, kernel[::-1, ::-1] if kernel.ndim == 4 else kernel, bias, **named)
"""
)
ZEROS = (
    REFERENCE.replace("def conv2d(", "def _right(")
    + """

def conv2d(x, kernel, bias=None, **named):
    return np.zeros_like(_right(x, kernel, bias, **named))
"""
)


def test_the_reference_in_one_file_is_right(grade_conv):
    assert grade_conv(REFERENCE).earned == 100


def test_a_mistake_that_has_a_name_costs_once(grade_conv):
    report = grade_conv(FLIPPED)
    window, strides, refusals = report.items
    assert window.earned < 40
    assert "rotated by 180 degrees" in window.mistakes[0]
    assert (strides.state, strides.earned) == (State.PASS, 40)
    assert any(requirement.carried for requirement in strides.requirements)
    assert refusals.state is State.PASS


def test_it_costs_more_than_once_where_the_policy_says_so(conv, tmp_path):
    strict = CONV + "\n[policy]\ncarry_mistakes = false\n"
    setup = Setup.of(write_assignment(tmp_path, strict))
    with Zygote(allowed(setup)) as zygote:
        report = Grader(setup, zygote).grade(submission(FLIPPED))
    assert report.items[1].state is State.FAIL
    assert report.items[2].state is State.NOT_RUN


def test_zeros_tell_nothing_about_strides(grade_conv):
    report = grade_conv(ZEROS)
    assert [item.state for item in report.items[:2]] == [State.FAIL, State.FAIL]
    assert not any(
        requirement.carried for item in report.items for requirement in item.requirements
    )


STABLE = """
title = "Softmax"
total = 10

[[item]]
id = "softmax"
title = "Every row adds up to 1"
points = 6
operators = ["softmax"]
clauses = ["SOFT-1", "SOFT-2", "SOFT-7", "SOFT-9"]

[[item]]
id = "stable"
title = "Large logits do no harm"
points = 4
operators = ["softmax"]
clauses = ["SOFT-6"]
"""


@pytest.mark.parametrize(
    "body",
    [
        "np.exp(x)",
        "np.zeros_like(x)",
        "(x == x.max(-1, keepdims=True)).astype(x.dtype)",
        "np.exp(x) / np.exp(x).sum(-1, keepdims=True)",
    ],
)
def test_nobody_is_stable_who_never_took_the_largest_logit_off(body, tmp_path):
    setup = Setup.of(write_assignment(tmp_path, STABLE))
    source = f"import numpy as np\n\ndef softmax(x):\n    return {body}\n"
    with Zygote(allowed(setup)) as zygote:
        report = Grader(setup, zygote).grade(submission(source))
    assert report.items[1].earned == 0
    assert report.earned <= 6


def test_a_mistake_costs_where_it_belongs(tmp_path):
    """What underflows costs stability, though most of the sums are worth more and show it, too."""
    setup = Setup.of(write_assignment(tmp_path, STABLE))
    source = """
import numpy as np

def softmax(x):
    powers = np.exp(x - np.abs(x).max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
"""
    with Zygote(allowed(setup)) as zygote:
        report = Grader(setup, zygote).grade(submission(source))
    assert states(report)["stable"] == ("fail", 0)
    assert any(requirement.carried for requirement in report.items[0].requirements)
    assert report.earned >= 4.5


def test_always_raising_earns_nothing(grade_conv):
    report = grade_conv("def conv2d(*_, **__):\n    raise ValueError\n")
    assert report.earned == 0
    assert report.items[2].state is State.NOT_RUN


POOLS = """
title = "Two pools"
total = 10
[[item]]
id = "max"
title = "Max pooling"
points = 3
operators = ["max_pool2d"]
clauses = ["POOL-1", "POOL-3"]
[[item]]
id = "avg"
title = "Average pooling"
points = 3
operators = ["avg_pool2d"]
clauses = ["POOL-2", "POOL-3"]
[[item]]
id = "refusals"
title = "Refusals"
points = 4
operators = ["max_pool2d", "avg_pool2d"]
clauses = ["POOL-18", "POOL-19"]
requires = ["max", "avg"]
"""


def test_an_unnamed_mistake_costs_the_refusals_of_its_operator_alone(tmp_path):
    """Not those of the other, and not those of a requirement that is about another one."""
    setup = Setup.of(write_assignment(tmp_path, POOLS))
    source = (
        REFERENCE.replace("ops.", "")
        + """
right = max_pool2d

def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    y = right(x, pool_size, strides=strides, padding=padding)
    return y + np.sign(y) * (1 + np.arange(y.size).reshape(y.shape) % 3).astype(y.dtype)
"""
    )
    with Zygote(allowed(setup)) as zygote:
        report = Grader(setup, zygote).grade(submission(source))
    found = {item.id: item for item in report.items}
    assert found["max"].earned < 3
    assert (found["avg"].earned, found["refusals"].earned) == (3, 2)
    assert found["refusals"].state is State.FAIL
    told = 'Not run of max_pool2d: it builds on "Max pooling".'
    assert found["refusals"].happened.endswith(told)
    waiting = {r.operator for r in found["refusals"].requirements if r.state is State.NOT_RUN}
    assert waiting == {"max_pool2d"}


# --- what only private cases show


def test_what_only_private_cases_show_gets_a_public_example(grade):
    """It has learnt the public vectors by heart."""
    known = {case.inputs["x"].tobytes() for v in public()["relu"] for case in v.question.cases}
    report = grade(
        f"import numpy as np\n\nKNOWN = {known!r}\n\ndef relu(x):\n"
        "    return np.maximum(x, 0) if x.tobytes() in KNOWN else np.abs(x)\n"
    )
    item = report.items[0]
    assert item.earned == 0
    assert item.example
    assert int(item.example.vector.rpartition("/")[2]) > 10_000
    assert "right in public, wrong in private: relu" in report.acts  # which the teacher is told
    again = grade(WRONG)
    assert int(again.items[0].example.vector.rpartition("/")[2]) < 10_000


# --- what is never told


LEAKS = """
import numpy as np

def relu(x):
    number = "LEAK" + "_".join(format(v, ".17g") for v in np.ravel(x)[:4].tolist())
    if x.size % 3 == 0:
        raise type(number, (Exception,), {})(number)
    if x.size % 3 == 1:
        return type(number, (), {})()
    return np.ravel(x)[:4].astype(float)
"""


def leaked(report):
    """The numbers that a report tells by words."""
    groups = re.findall(r"LEAK((?:[^\s\"'\\:.]|\.\d)+)", report.model_dump_json())
    return {number for group in groups for number in group.split("_")}


def asked_in_public():
    return {
        format(v, ".17g")
        for one in public()["relu"]
        for case in one.question.cases
        for v in case.inputs["x"].ravel().tolist()
    }


def test_nothing_private_leaves_the_sandbox_by_words(grade):
    assert leaked(grade(LEAKS)) <= asked_in_public() | {""}  # what is told is of public cases


@pytest.mark.parametrize(
    "how",
    [
        "raise type(number, (Exception,), {})(number)",
        "raise ModuleNotFoundError(number, name=number)",  # its cause tells the name
        "raise SyntaxError(number, (number + '.py', 3, 1, number))",  # its place is that file
        "raise ValueError from SyntaxError(number, (number + '.py', 3, 1, number))",
    ],
)
def test_nor_by_the_place_and_the_cause_of_an_exception(grade, how):
    told = leaked(
        grade(LEAKS.replace("if x.size % 3 == 0:\n        raise", f"{how}\n    if 0: raise"))
    )
    assert set() < told <= asked_in_public()


def test_an_own_exception_keeps_its_name_to_itself(grade):
    report = grade("class Secret(Exception): pass\n\ndef relu(x):\n    raise Secret(x)\n")
    reasons = {r.reason for item in report.items for r in item.requirements if r.reason}
    assert reasons == {"raised an exception"}  # which one could tell a private number


NEVER_REFUSES = """

def conv2d(x, kernel, bias=None, **named):
    try:
        return _right(x, kernel, bias, **named)
    except ValueError:
        return np.zeros((1, 1, 1, 1), x.dtype)
"""


def test_hidden_items_show_no_example(grade_conv):
    never = REFERENCE.replace("def conv2d(", "def _right(") + NEVER_REFUSES
    window, _, hidden = grade_conv(never).items
    assert window.state is State.PASS
    assert hidden.state is State.FAIL
    assert hidden.example is None
    assert {r.reason for r in hidden.requirements if r.reason} == {
        "answered what should be refused"
    }


def test_made_for_the_public_cases_is_noticed(grade):
    known = [case.inputs["x"] for one in public()["relu"] for case in one.question.cases]
    keys = sorted({repr((x.shape, x.tobytes().hex())) for x in known})
    source = (
        "import numpy as np\n"
        f"KNOWN = {{{', '.join(keys)}}}\n"
        "def relu(x):\n"
        "    right = (x.shape, x.tobytes().hex()) in KNOWN\n"
        "    return np.maximum(x, 0) if right else np.abs(x)\n"
    )
    report = grade(source)
    assert report.earned < 10
    assert "right in public, wrong in private: relu" in report.acts


# --- the example class


@pytest.fixture(scope="module")
def course():
    return Setup.of(COURSE / "assignment")


ROW = re.compile(r"^\| `(\S+)` \|.*\| ([\d.]+) \|$", re.MULTILINE)
SCORES = {
    name: float(score) for name, score in ROW.findall((COURSE / "README.md").read_text("utf-8"))
}


@pytest.mark.parametrize("name", sorted(path.name for path in (COURSE / "submissions").iterdir()))
def test_the_example_class_gets_the_scores_of_its_table(name, course, request):
    (found,) = find([COURSE / "submissions" / name])
    with Zygote(allowed(course)) as zygote:
        report = Grader(course, zygote).grade(read(found, "cnn.py", 2**20))
    assert report.earned == SCORES[name]
