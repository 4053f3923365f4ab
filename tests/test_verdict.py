"""What decides: levels, remarks, limits, refusals of what is legal, and illegal questions apart."""

import json
import re
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from refcnn import cli
from refcnn.cnn.ops import max_pool2d, relu
from refcnn.harness.python import PythonFunctions
from refcnn.harness.statement import checked, statement
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.process import ProcessIUT
from refcnn.run import Options, check
from refcnn.suite.case import Answer, Case, Crash
from refcnn.suite.judge import Verdict
from refcnn.suite.recorder import Log

NAN_IS_ZERO = """
import numpy as np


def relu(x):
    return np.where(x > 0, x, x.dtype.type(0))
"""


@pytest.fixture
def written(tmp_path):
    def write(source):
        path = tmp_path / "mine.py"
        path.write_text(source, "utf-8")
        return str(path)

    return write


def run(*words):
    done = CliRunner(env={"COLUMNS": "300"}).invoke(cli.app, ["check", *words])
    return done.exit_code, " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.output).split())


# --- levels


def test_a_remark_does_not_decide(written):
    status, text = run(written(NAN_IS_ZERO))
    assert status == 0
    assert "remark: RELU-5 relu: NaN stays NaN" in text
    assert "right by the dialect nan_is_zero, if that is stated" in text
    assert "CONFORMS in all that it implements" in text
    assert "1 remark (--strict counts it)" in text


def test_strict_makes_remarks_count(written):
    status, text = run(written(NAN_IS_ZERO), "--strict")
    assert status == 1
    assert "remark:" not in text
    assert "This is the dialect nan_is_zero" in text


def test_a_level_that_is_stated_counts(written):
    path = written(NAN_IS_ZERO + 'STATEMENT = {"levels": ["core", "robust"]}\n')
    assert run(path)[0] == 1
    assert run(path, "--levels", "core,pure")[0] == 0


def test_a_remark_that_follows_from_a_failure_is_not_told(written):
    status, text = run(written("def relu(x):\n    return x * 1\n"))
    assert status == 1
    assert "RELU-1 · relu" in text
    assert "remark: RELU-4" not in text


# --- limits and refusals


def test_a_stated_limit_is_not_asked_beyond(written):
    source = """
import numpy as np


def relu(x):
    if x.ndim != 2:
        raise ValueError("rows")
    return np.maximum(x, 0)
"""
    status, text = run(written(source))
    assert status == 1
    assert "It refuses" in text
    status, text = run(written(source), "--limits", "axes_2")
    assert (status, "limits: relu: 2 axes" in text) == (0, True)
    status, text = run(written(source), "--limits", "axes_too")
    assert status == 2
    assert "there is no limit 'axes_too'" in text


def test_limits_dialects_and_dtypes_may_be_of_one_operator():
    said = statement(
        checked(
            {
                "name": "mine",
                "operators": ["relu", "max_pool2d"],
                "limits": {"max_pool2d": ["square_images"]},
                "dialects": {"max_pool2d": ["pool_sizes_round_up"]},
                "dtypes": ["float32"],
            },
            "it",
        )
    )
    assert said.of("limits", "max_pool2d") == ("square_images",)
    assert said.of("limits", "relu") == ()
    assert said.of("dtypes", "relu") == ("float32",)
    assert said.every("dialects") == ("pool_sizes_round_up",)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"limits": ["square_image"]}, "did you mean square_images"),
        ({"limits": {"relu": ["axes"]}}, "there is no limit 'axes'"),
        ({"limits": {"rely": []}}, "has no member 'rely'"),
        ({"dialects": {"relu": ["nan_is_nil"]}}, "nan_is_zero"),
    ],
)
def test_a_statement_that_is_wrong_is_one_sentence(said, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        checked(said, "it")


def now_and_then(x, pool_size, *, strides=None, padding="valid"):
    if int(np.minimum(np.abs(np.nan_to_num(x)), 999).sum()) % 3 == 1:
        raise NotImplementedError("not today")
    return max_pool2d(x, pool_size, strides=strides, padding=padding)


def test_declining_at_random_does_not_conform():
    iut = LocalIUT({"max_pool2d": now_and_then})
    summary = check("mine", iut, Options(operators=("max_pool2d",)))
    assert summary.failed == []
    assert summary.inconsistent == ["max_pool2d"]
    assert summary.exit_status == 1


def test_a_clause_of_which_almost_nothing_can_be_asked_is_not_judged():
    def one_map(x, pool_size, *, strides=None, padding="valid"):
        if x.shape[-1] != 1 or len(x) != 1:
            raise NotImplementedError("one map")
        return max_pool2d(x, pool_size, strides=strides, padding=padding)

    summary = check("mine", LocalIUT({"max_pool2d": one_map}), Options())
    unjudged = {f.clause.id for f in summary.having(Verdict.SKIPPED)}
    assert summary.exit_status == 0
    assert "ANY-1" in unjudged
    assert [*summary.limits["max_pool2d"].words] == ["one channel", "one example"]


def test_a_number_is_wrong_however_low_it_is():
    def from_a_thousand(x, pool_size, *, strides=None, padding="valid"):
        y = max_pool2d(x, pool_size, strides=strides, padding=padding)
        return np.maximum(y, y.dtype.type(-99999))

    summary = check("mine", LocalIUT({"max_pool2d": from_a_thousand}), Options())
    assert {f.clause.id for f in summary.failed} == {"POOL-24"}


# --- illegal questions


DIES = """
import json, os, sys

print_ = sys.stdout.write
for line in sys.stdin:
    m = json.loads(line)
    if m["command"] == "start":
        answer = {"statement": {"operators": ["max_pool2d"], "dtypes": ["float32"]}}
    elif m["command"] == "stop":
        break
    else:
        sizes = m["case"]["attributes"].get("strides", 1)
        if sizes == 0:
            os._exit(3)
        answer = {"tensor": {"dtype": "float32", "shape": [1], "data": [os.getpid()]}}
    print_(json.dumps({"seq": m["seq"], **answer}) + "\\n")
    sys.stdout.flush()
"""


def pool(strides):
    x = np.ones((1, 2, 2, 1), "float32")
    return Case(
        operator="max_pool2d", inputs={"x": x}, attributes={"pool_size": 1, "strides": strides}
    )


def test_a_death_of_an_illegal_question_costs_that_question_alone(tmp_path):
    path = tmp_path / "dies.py"
    path.write_text(DIES, "utf-8")
    with ProcessIUT([sys.executable, str(path)]) as iut:
        log = Log(iut)
        first = log.run(pool(1))
        deaths = [log.run_illegal(pool(0)) for _ in range(5)]
        again = log.run(pool(1))
        apart = log.run_illegal(pool(1))
    assert isinstance(first, Answer)
    assert isinstance(again, Answer)
    assert all(isinstance(one, Crash) for one in deaths)
    assert [one.asked for one in deaths] == [True, True, True, False, False]
    assert not apart.asked  # it crashed often enough
    assert [entry.legal for entry in log.entries["max_pool2d"]][:3] == [True, False, False]


def test_legal_and_illegal_questions_are_asked_of_different_processes(tmp_path):
    path = tmp_path / "dies.py"
    path.write_text(DIES, "utf-8")
    with ProcessIUT([sys.executable, str(path)]) as iut:
        log = Log(iut)
        numbers = [
            log.run(pool(1)),
            log.run_illegal(pool(2)),
            log.run_illegal(pool(2)),
            log.run(pool(1)),
        ]
    found = [int(one.array[0]) for one in numbers]
    assert found[0] != found[1] == found[2] != found[3]


def test_an_implementation_in_this_process_has_no_other():
    log = Log(PythonFunctions({"relu": relu}))
    assert isinstance(log.run_illegal(Case(operator="relu", inputs={"x": np.ones(2)})), Answer)


# --- told whole


def test_the_json_has_all_that_the_card_has(written, tmp_path):
    out = tmp_path / "report.json"
    source = """
import numpy as np


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    if padding != "valid" or strides is not None or isinstance(pool_size, tuple):
        raise NotImplementedError("side by side")
    n, h, w, c = x.shape
    if h != w:
        raise ValueError("the image is not square")
    f = pool_size
    if f < 1 or f > h:
        raise ValueError("size")
    h = h // f
    return x[:, : h * f, : h * f].reshape(n, h, f, h, f, c).max((2, 4))
"""
    status, _ = run(written(source), "--json", str(out))
    assert status == 1
    report = json.loads(out.read_text("utf-8"))
    assert report["limits"]["max_pool2d"]["share"] > 0.5
    assert "stride = pool size" in report["limits"]["max_pool2d"]["words"]
    assert set(report["times"]) == {"start", "questions", "diagnosis"}
    (failed,) = (f for f in report["findings"] if f["verdict"] == "fail" and f["decides"])
    assert failed["explanation"][0] == "It refuses images that are not square, which is legal."
    assert "square_images" in failed["explanation"][-1]
    assert len(failed["replay"]) == 3
    assert failed["replay"][0] == "import numpy as np; from mine import max_pool2d"


def test_a_failure_that_depends_on_earlier_calls_is_not_replayed_alone(written):
    source = """
import numpy as np

CALLS = []


def relu(x):
    CALLS.append(0)
    return np.maximum(x, 0) if len(CALLS) < 100 else np.abs(x)
"""
    _, text = run(written(source), "--profile", "standard")
    assert "DOES NOT CONFORM" in text
    assert "asked alone it does not fail: it depends on earlier calls" in text
    assert "--clauses" not in text
