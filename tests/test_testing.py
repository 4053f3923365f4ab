"""`refcnn.testing` in the test-suite of another library, run there as its author runs it."""

import inspect
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import settings

import refcnn
from refcnn import testing
from refcnn.diagnosis.power import REFERENCE
from refcnn.suite import sampling as exploring
from refcnn.suite.checks import checks
from refcnn.suite.lattice import usual
from refcnn.suite.registry import USUAL
from refcnn.suite.sampling import PROFILES
from refcnn.testing_trial import InProcess, Library

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "library"
A_RELU = next(usual("relu", ["float32"]))
RIGHT = "from refcnn import avg_pool2d, conv2d, dense, flatten, global_avg_pool2d\n"
RIGHT += "from refcnn import max_pool2d, relu, softmax\n"
WRONG = """
import numpy as np
def relu(x):
    return np.maximum(x, -1)
def dense(x, kernel, bias=None):
    y = np.einsum("ni,io->no", x, kernel)
    return y if bias is None else y + 2 * bias
"""
STRICT = """
[pytest]
addopts = --strict-markers --strict-config
filterwarnings = error
xfail_strict = true
collect_imported_tests = false
python_functions = check_*
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Write files and run pytest beside them; hold it to its exit status, return its output."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    def write_and_run(*arguments, status, **files):
        for name, text in files.items():
            suffix = "ini" if name == "pytest" else "py"
            (tmp_path / f"{name}.{suffix}").write_text(text, "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."]
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout

    return write_and_run


@pytest.fixture
def judge(request):
    """Make one check of functions in this process, on behalf of this test."""

    def judge(functions, name, *, profile="quick", required=(), reasons=(), **stated):
        start = partial(InProcess, functions, stated)
        library = Library("local", start, required, dict(reasons), profile, None)
        library.judge(check_named(name), request)

    return judge


def check_named(name):
    return next(check for check in checks() if check.keys[0] == name)


def three_lines(library, **options):
    named = ", ".join([library, *(f"{key}={value!r}" for key, value in options.items())])
    lines = (
        "from refcnn import testing",
        f"import {library}",
        f"globals().update(testing.conformance({named}))",
    )
    return "\n".join(lines)


def failed(out):
    """Names of the tests in the lines FAILED file::name - why."""
    lines = (line for line in out.splitlines() if line.startswith("FAILED "))
    return {line.split(" - ")[0].removeprefix("FAILED ") for line in lines}


def test_names_tell_checks_apart_and_begin_with_the_clause():
    assert len({check.keys[0] for check in checks()}) == len(checks())
    for check in checks():
        first = check.id if check.golden else check.test.removeprefix("test_").replace("_", "-", 1)
        assert first.replace("_", "-").startswith(f"{check.clause.id}-"), check.keys


def test_a_right_library_passes_in_the_strictest_project(run):
    noisy = RIGHT + "import warnings\nright = relu\ndef relu(x):\n    warnings.warn('old')\n"
    noisy += "    import numpy as np\n    np.ones(1) / np.zeros(1)\n    return right(x)\n"
    conformance = three_lines("mylib", profile="quick")
    raising = "import numpy as np\nnp.seterr(all='raise')\n"
    out = run("-rs", status=0, pytest=STRICT, conftest=raising, mylib=noisy, test_c=conformance)
    golden = sum(check.golden and check.operator in USUAL for check in checks())
    assert f"{golden} passed in " in out
    assert "warning" not in out


def test_a_wrong_library_fails_the_right_clauses_and_the_cards_are_small(run):
    options = {"operators": ("relu", "dense"), "levels": "core"}
    out = run(status=1, mylib=WRONG, test_c=three_lines("mylib", **options))
    names = {name.partition("::test_")[2] for name in failed(out)}
    assert {"RELU_1_relu_keeps_what_is_positive", "DENSE_3_the_bias_is_added_once"} < names
    assert {"golden[RELU-1-relu]", "golden[DENSE-3-dense]"} < names
    assert not [name for name in names if "flatten" in name or name.startswith("DENSE_4")]
    _, *parts = re.split(r"^_+ (\S+) _+$", out, flags=re.MULTILINE)
    shown = dict(zip(parts[::2], parts[1::2]))["test_DENSE_3_the_bias_is_added_once"]
    assert "DENSE-3 dense: The bias" in shown
    assert "kernel: float32 (1, 1)" in shown
    assert "expected" in shown
    assert "testing_trial.py" not in out
    assert "def test" not in out


BROKEN_RELU = "import numpy as np\ndef relu(x):\n    return np.maximum(x, 0).reshape(-1)\n"


def test_known_deviations_are_expected_to_fail_and_only_they(run):
    xfails = {"RELU-1": "flat: #1", "RELU-3/relu": "flat: #3", "ANY-3": "none"}
    named = {"test_RELU_4_relu_of_infinities": "flat: #4", "test_golden[RELU-4-relu]": "flat: #5"}
    lines = three_lines("mylib", operators="relu", xfails=xfails | named)
    out = run("-rxf", status=1, mylib=BROKEN_RELU, test_c=lines)
    for clause, why in (("1-relu]", "#1"), ("3-relu]", "#3"), ("4-relu]", "#5")):
        assert f"test_golden[RELU-{clause} - flat: {why}" in out
    assert "test_RELU_4_relu_of_infinities - flat: #4" in out
    assert "ANY-3 holds here, but xfails names ANY-3 (none): take it out, or name only" in out
    unexpected = {"test_c.py::test_golden[ANY-3-relu]"}
    assert unexpected < failed(out)
    gone = "test_c.py::test_RELU_1_nothing_legal_is_refused[relu]"  # holds, whatever the numbers
    named = [name for name in failed(out) if "RELU_1" in name or "RELU_3" in name]
    assert [name for name in named if name != gone] == []
    shown = run("--runxfail", "-k", "ANY-3 or RELU-3", status=1)
    assert "holds here" not in shown
    assert "test_c.py::test_golden[RELU-3-relu]" in failed(shown)


MISTAKES = {
    "xfails names CONV-99, which is not a clause": {"xfails": {"CONV-99": "x"}},
    "xfails names CONV-25/relu, but CONV-25 is about conv2d": {"xfails": {"CONV-25/relu": "x"}},
    "names MODEL-1, a clause about what an implementation is not": {"xfails": {"MODEL-1": "x"}},
    "names conv-25, which is not a clause or test": {"xfails": {"conv-25": "x"}},
    "did you mean test_CONV_6_the_bias_is_added_once?": {
        "xfails": {"test_CONV_6_bias_is_added_once": "x"}
    },
    "xfails gives no reason for CONV-25": {"xfails": {"CONV-25": " "}},
    "xfails gives no reason for CONV-6": {"xfails": {"CONV-6": True}},
    "xfails is a dict: a reason for each": {"xfails": ["CONV-25"]},
    "operators: 'conv2D' is not known; did you mean conv2d": {"operators": "conv2D"},
    "clauses: 'CONV-99' is not known": {"clauses": ["CONV-99"]},
    "levels: 'hard' is not known; known are core": {"levels": ["hard"]},
    "profile: 'standart' is not known; did you mean standard?": {"profile": "standart"},
    "leave no test": {"operators": "relu", "clauses": "CONV-1"},
    "'cs231' is not known; did you mean cs231n": {"like": "cs231"},
    "conv_forward_naive": {"like": "cs231n"},
    "the statement: layout must be one of NHWC": {"statement": {"layout": "CHW"}},
    "the statement must be an object": {"statement": "NCHW"},
    "conv2d: 'convolve' is not defined": {
        "statement": {"calls": {"conv2d": "convolve(x, kernel)"}}
    },
    "there is no file node harness.js; a command is given as program": {
        "implementation": "node harness.js"
    },
    "dict has no function that is named after an operator; conv2d, max_pool2d": {
        "implementation": {"conv2D": refcnn.conv2d}
    },
    "found 'conv2D'; is it meant to be 'conv2d'?": {"implementation": {"conv2D": refcnn.conv2d}},
}


@pytest.mark.parametrize("sentence", MISTAKES)
def test_what_is_asked_wrongly_is_one_sentence(sentence):
    with pytest.raises(testing.DoorError) as caught:
        testing.conformance(**{"implementation": refcnn, **MISTAKES[sentence]})
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pytest_shows_the_sentence_alone_at_collection(run):
    lines = three_lines("mylib", xfails={"CONV-99": "x"}) + "\n"
    twice = three_lines("mylib") + "\nglobals().update(testing.conformance(mylib))\n"
    out = run(status=2, mylib=RIGHT, test_c=lines, test_twice=twice)
    assert "xfails names CONV-99, which is not a clause\n" in out
    assert "this file has a test_golden already; a library has a file of its own\n" in out
    assert "DoorError" not in out.partition("short test summary")[0]


def test_what_is_missing_is_skipped_with_the_reason_unless_it_is_asked_for(run):
    code = "from refcnn import dense\nfrom refcnn import softmax as soft_max\n"
    code += "def relu(x):\n    raise NotImplementedError\n"
    some = ["clauses=('RELU-1', 'SOFT-1', 'DENSE-1', 'CONV-6')", "profile='quick'"]
    lines = three_lines("mylib").replace("(mylib)", f"(mylib, {', '.join(some)})")
    out = run("-rs", status=0, mylib=code, test_c=lines)
    assert "there is no function softmax (found 'soft_max'; is it meant to be 'softmax'?)" in out
    assert "there is no function conv2d\n" in out
    assert "relu raised NotImplementedError" in out
    assert "1 passed, 3 skipped" in out
    asked = three_lines("mylib", operators=("dense", "softmax"), clauses="SOFT-1")
    out = run("-rs", status=1, test_c=asked)
    assert "operators names softmax, but there is no function softmax (found" in out


RELU, BIAS = "test_RELU_1_relu_keeps_what_is_positive", "test_CONV_6_the_bias_is_added_once"
FAILED, SKIPPED = pytest.fail.Exception, pytest.skip.Exception


def test_forms_that_are_not_offered_are_skipped(judge):
    def conv2d(x, kernel):
        return refcnn.conv2d(x, kernel)

    with pytest.raises(SKIPPED, match=r"conv2d does not offer a bias .it has no argument 'bias'."):
        judge({"conv2d": conv2d}, BIAS)
    judge(REFERENCE, BIAS)


def test_a_library_that_offers_nothing_does_not_pass_by_skips(judge):
    def relu(x):
        raise NotImplementedError

    with pytest.raises(FAILED, match="local offers none of the operators"):
        judge({"relu": relu}, RELU)
    with pytest.raises(FAILED, match="local offers none of the operators"):
        judge({"relu": relu}, BIAS)


def test_a_check_that_proves_nothing_is_no_pass(judge, request, monkeypatch):
    relu = check_named(RELU)

    def judged(function):
        library = Library("local", lambda: InProcess(REFERENCE, {}), (), {}, "quick", None)
        library.judge(replace(relu, function=function, times=0), request)

    with pytest.raises(FAILED, match="RELU-1: the check judged no case"):
        judged(lambda iut: None)
    zeros = A_RELU.given(x=-np.ones(3, "f4"))
    with pytest.raises(FAILED, match="RELU-1: an implementation that returns zeros would pass"):
        judged(lambda iut: iut.check(zeros))
    with pytest.raises(ZeroDivisionError):
        judged(lambda iut: 1 / 0)


def test_how_much_is_tried_is_for_the_length_of_a_test(judge):
    calls = []

    def relu(x):
        calls.append(x)
        return refcnn.relu(x)

    before = exploring._Chosen.profile, settings.default
    counts = []
    for profile in ("standard", "tox"):
        calls.clear()
        judge({"relu": relu}, RELU, profile=profile)
        counts.append(len(calls))
    explored = PROFILES["tox"].explored
    assert counts[1] == counts[0] + explored > PROFILES["standard"].counted + explored
    with pytest.raises(FAILED):
        judge({"relu": np.negative}, RELU, profile="tox")
    assert (exploring._Chosen.profile, settings.default) == before


def test_what_stops_a_run_is_no_answer_of_the_library(judge):
    def stops(error):
        def relu(x):
            raise error

        return {"relu": relu}

    for error in (KeyboardInterrupt(), FAILED("Timeout >1s")):
        with pytest.raises(type(error)):
            judge(stops(error), RELU)
    with pytest.raises(FAILED, match="SystemExit"):
        judge(stops(SystemExit(3)), RELU)


def channels_first(x, kernel, bias=None, **options):
    """Convolve (N, C, H, W) with (O, I, H, W)."""
    x, kernel = np.moveaxis(x, 1, -1), np.moveaxis(kernel, (2, 3), (0, 1)).swapaxes(2, 3)
    return np.moveaxis(refcnn.conv2d(x, kernel, bias, **options), -1, 1)


def test_a_statement_says_layouts_dialects_calls_and_levels(judge):
    library = {"conv2d": channels_first, "flatten": lambda x: x.reshape(len(x), -1)}
    first = {"layout": "NCHW", "kernel_layout": "OIHW"}
    judge(library, BIAS, **first)
    with pytest.raises(FAILED):
        judge(library, BIAS)
    order = "test_FLAT_2_flatten_keeps_the_order"
    with pytest.raises(FAILED, match="FLAT-2 flatten"):
        judge(library, order, **first)
    stated = {**first, "dialects": ["flatten_channel_first"]}
    with pytest.raises(SKIPPED, match="by the rule of the dialect flatten_channel_first"):
        judge(library, order, **stated)
    with pytest.raises(FAILED, match=r"FLAT-2 holds here, but xfails names FLAT-2 .x.: take"):
        judge(library, order, **stated, reasons={"FLAT-2": "x"})
    judge({"positive": refcnn.relu}, RELU, calls={"relu": "positive(x)"})
    with pytest.raises(SKIPPED, match="the statement asks for robust alone"):
        judge(REFERENCE, RELU, levels=["robust"])


class Layers:
    """Operators as attributes, one of them under a name of its own."""

    STATEMENT = {"calls": {"relu": "rectified(x)"}, "dtypes": ["float32"]}  # noqa: RUF012
    conv2d = staticmethod(refcnn.conv2d)

    def rectified(self, x):
        assert x.dtype == "float32", "this is never asked"
        return refcnn.relu(x)


def test_modules_mappings_and_objects_are_implementations():
    assert InProcess(refcnn, {}).statement.operators == tuple(REFERENCE)
    assert InProcess(vars(refcnn), {}).statement.operators == tuple(REFERENCE)
    layers = InProcess(Layers(), {"name": "mine"})
    assert (layers.statement.name, layers.statement.operators) == ("mine", ("conv2d", "relu"))
    assert layers.run(A_RELU).array.shape == (1, 4, 5, 2)


def test_two_libraries_a_program_and_the_other_plugin_do_not_mix_in_one_run(run, tmp_path):
    served = tmp_path / "served.py"
    served.write_text(f"{RIGHT}import os\nopen('pid', 'a').write(f'{{os.getpid()}} ')\n", "utf-8")
    worker = [sys.executable, "-P", "-m", "refcnn.harness.worker", "file", str(served), "{}"]
    quick = "profile='quick', operators=('relu', 'dense')"
    child = f"from refcnn import testing\nchild = testing.program({shlex.join(worker)!r})\n"
    child += f"globals().update(testing.conformance(child, {quick}))\n"
    shuffled = "def pytest_collection_modifyitems(items):\n    items.sort(key=lambda i: i.name)\n"
    own = "import pytest\n@pytest.mark.clause('RELU-1')\ndef test_own(trial):\n"
    own += "    assert 'relu' in trial.offer.features\n"
    out = run(
        "-prefcnn.pytest_plugin",
        "-n2",
        status=1,
        conftest=shuffled,
        good=RIGHT,
        bad=WRONG,
        test_good=three_lines("good", operators=("relu", "dense"), profile="quick"),
        test_bad=three_lines("bad", operators=("relu", "dense"), profile="quick"),
        test_child=child,
        test_own=own,
    )
    assert {name.split("::")[0] for name in failed(out)} == {"test_bad.py"}
    asked = [c for c in checks() if c.golden and c.operator in ("relu", "dense")]
    assert f"{len(failed(out))} failed, {3 * len(asked) + 1 - len(failed(out))} passed" in out
    started = (tmp_path / "pid").read_text("utf-8").split()
    assert started
    assert not any(psutil.pid_exists(int(pid)) for pid in started)


def test_a_program_that_crashes_fails_its_tests_alone(run, tmp_path):
    crashing = tmp_path / "crashing.py"
    crashing.write_text("import os\ndef relu(x): os.abort()\n", "utf-8")
    path = "import pathlib\nfrom refcnn import testing\npath = pathlib.Path('crashing.py')\n"
    path += "globals().update(testing.conformance(path, clauses='RELU-1'))\n"
    gone = "from refcnn import testing\ngone = testing.program('no_such_program --serve')\n"
    gone += "globals().update(testing.conformance(gone, clauses='RELU-1', profile='quick'))\n"
    out = run(status=1, test_path=path, test_gone=gone)
    assert "was killed (SIGABRT) without an answer" in out
    assert "no_such_program --serve could not be started: there is no program no_such_" in out
    assert "3 failed" in out


def test_ids_and_keywords_choose_and_collecting_calls_nothing(run):
    silent = "def relu(x):\n    raise SystemExit\ndef dense(x, kernel):\n    raise SystemExit\n"
    listed = run("--collect-only", status=0, mylib=silent, test_c=three_lines("mylib"))
    assert "test_c.py::test_golden[CONV-3-conv2d]" in listed
    assert f"test_c.py::{BIAS}\n" in listed
    assert "test_c.py::test_ANY_6_the_dtype_is_kept[conv2d]" in listed
    assert listed.count("test_c.py::") == sum(c.operator in (*USUAL, "model") for c in checks())
    assert listed.index("test_golden[SOFT-1") < listed.index(BIAS)
    lines = three_lines("mylib", profile="standard")
    one = f"test_c.py::{RELU}"
    assert "1 passed" in run(one, status=0, mylib=RIGHT, test_c=lines)
    chosen = run("--collect-only", "-k", "CONV-6", status=0)
    assert {line.partition("::")[2] for line in chosen.splitlines() if "::" in line} == {
        "test_golden[CONV-6-conv2d]",
        BIAS,
        "test_CONV_6_no_bias_means_a_bias_of_zero",
    }


OTHERS = """
import sys
from hypothesis import given, settings, strategies as st
import mine
seen = []
@given(st.integers())
def test_mine(n):
    seen.append(n)
def test_z():
    assert len(seen) == 7 and settings.default is mine.PROFILE
"""
MINE = """
from hypothesis import settings
settings.register_profile("mine", max_examples=7, database=None, derandomize=True)
settings.load_profile("mine")
PROFILE = settings.default
"""


def test_hypothesis_has_the_author_s_profile_and_gets_it_back(run):
    relu = three_lines("mylib", operators="relu", profile="tox")
    files = {"test_a": OTHERS, "test_b": relu, "test_c": OTHERS}
    assert " passed" in run(status=0, mine=MINE, conftest=MINE_FIRST, mylib=RIGHT, **files)


MINE_FIRST = "import mine\n"
NOTHING = """
import sys
def test_nothing_was_loaded():
    assert not {"refcnn", "numpy", "hypothesis"} & sys.modules.keys()
"""


def test_a_run_without_it_loads_nothing_of_it(run):
    assert "1 passed" in run(status=0, test_n=NOTHING)
    assert "1 failed" in run(status=1, conftest="import refcnn\n")


def test_the_example_does_what_the_page_says(run):
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    example = {path.stem: path.read_text("utf-8") for path in EXAMPLE.glob("*.py")}
    blocks = re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL)
    assert blocks[0] == ("python", example["test_conformance"])
    command, *shown = blocks[1][1].splitlines()
    out = run("-v", *command.split()[2:], status=0, **example)
    assert [line for line in shown if line not in out] == []
    assert out.count(" XFAIL ") == 1
    options = inspect.signature(testing.conformance).parameters.keys() - {"implementation"}
    assert not [option for option in options if not re.search(rf"\b{option}\b", page)]
