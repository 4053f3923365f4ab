"""The class of fast algorithms: FFT and the like conform if they say so, mistakes never do."""

from dataclasses import replace

import numpy as np
import pytest
from command import run

from refcnn.diagnosis.power import REFERENCE
from refcnn.harness import protocol
from refcnn.harness.protocol import ProtocolError
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.process import CouldNotStart
from refcnn.implementations.targets import python
from refcnn.run import Options, check
from refcnn.suite.alternatives import alternatives
from refcnn.suite.bounds import SLACK
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case
from refcnn.suite.generators import Question, maker
from refcnn.suite.judge import Verdict, expect, judge, settled
from refcnn.suite.mutants import mutants
from refcnn.suite.numerics import bound, classes_of
from refcnn.suite.sampling import Choices
from refcnn.suite.vectors import exact_answers, offered, vector

FILE = """
from refcnn.suite.alternatives import alternatives
conv2d = next(v.function for v in alternatives() if v.id == "conv2d/{name}")
"""
STATED = "STATEMENT = {'algorithm': 'fast'}\n"
SMALL = Case(
    operator="conv2d",
    inputs={
        "x": np.array([[1, -3], [2, 0]], np.float32).reshape(1, 2, 2, 1),
        "kernel": np.array([1, -2], np.float32).reshape(1, 2, 1, 1),
        "bias": np.array([-4], np.float32),
    },
    exact=True,
)


def failed(operator, function, *clauses):
    """Clauses that fail where the function is stated to be fast and the others are right."""
    iut = LocalIUT({**REFERENCE, operator: function}, algorithm="fast")
    options = Options(operators=(operator,), clauses=clauses, strict=True)
    return [f.clause.id for f in check("local", iut, options, name_mistakes=False).failed]


@pytest.mark.parametrize("name", ["fft", "winograd-6x6"])
def test_a_file_conforms_if_it_says_so(tmp_path, name):
    path = tmp_path / "subject.py"
    path.write_text(FILE.format(name=name), "utf-8")
    unsaid, _ = run("check", path, "--ops", "conv2d", "--clauses", "CONV-3,CONV-4", status=1)
    flat = " ".join(unsaid.replace("│", " ").split())
    assert "undeclared: These are right answers of a fast algorithm (FFT, Winograd" in flat
    assert 'state it: STATEMENT = {"algorithm": "fast"}, or --algorithm fast.' in flat
    path.write_text(STATED + FILE.format(name=name), "utf-8")
    said, _ = run("check", path, "--ops", "conv2d", status=0)
    assert "stated to be fast, and judged by the bound for such algorithms: conv2d\n" in said


def test_it_changes_nothing_for_operators_that_have_no_fast_algorithm(tmp_path):
    path = tmp_path / "subject.py"
    path.write_text(STATED + "def relu(x): return abs(x) * (x > 0) * (1 + 1e-6)\n", "utf-8")
    out, _ = run("check", path, status=1)
    assert "judged by the bound for such algorithms: none" in out


def test_what_else_may_be_stated(tmp_path):
    path = tmp_path / "subject.py"
    for said in ("'quick'", "['fast']", "None"):
        path.write_text(f"STATEMENT = {{'algorithm': {said}}}\n", "utf-8")
        with pytest.raises(CouldNotStart, match="algorithm must be one of direct, fast, low-prec"):
            python(str(path))
    path.write_text(STATED, "utf-8")
    with python(str(path)) as iut:
        assert iut.statement.algorithm == "fast"
    assert protocol.statement({"statement": {}}, {}).algorithm == "direct"
    for said in ("quick", ["fast"], None, {}):
        raw = protocol.line(0, statement={"algorithm": said})
        with pytest.raises(ProtocolError, match="algorithm must be one of direct, fast"):
            protocol.answer(raw, 0)


def test_the_bound_by_hand():
    """S = max |x| (|1| + |-2|) + |-4| = 13, k = 2 products and a bias."""
    fast = replace(SMALL, algorithm="fast")
    by_hand = 2**-24 * (3 + 2048) * 13 + 4 * 2.0**-126
    assert bound(fast).tolist() == [[[[by_hand * SLACK]]]]
    assert not bound(SMALL).any()
    x, kernel = np.array([[1.0, -3.0], [2.0, 0.0]]), np.array([[1.0], [-2.0]])
    dense = Case(operator="dense", inputs={"x": x, "kernel": kernel}, algorithm="fast")
    by_hand = 2**-53 * (2 + 2048) * (2 * 3 * 2) + 3 * 2.0**-1022
    assert bound(dense).tolist() == [[by_hand * SLACK]] * 2


def test_laws_see_answers_without_their_roundings():
    fast, exact = replace(SMALL, algorithm="fast"), expect(SMALL).hi
    allowed = bound(fast).astype(np.float32)
    near, far = exact + allowed / 2, exact + allowed * 2
    assert np.array_equal(settled(fast, near), exact)
    assert np.array_equal(settled(fast, far), far)
    assert np.array_equal(settled(SMALL, near), near)
    assert settled(fast, near).dtype == np.float32
    assert np.isnan(settled(fast, exact * np.nan)).all()
    assert judge(fast, Answer.of(near)).verdict is Verdict.PASS
    assert judge(fast, Answer.of(far)).verdict is Verdict.FAIL
    assert judge(SMALL, Answer.of(near)).verdict is Verdict.FAIL


def test_vectors_are_judged_likewise():
    features = EVERYTHING.features["conv2d"]
    case = maker("conv2d")(Choices([]), features, families=("xsmall",))
    asked = vector(Question(case=case, then=(case,)), exact_answers)
    assert offered(asked, features) is asked
    fast = offered(asked, features | {"fast"})
    assert [c.algorithm for c in fast.question.cases] == ["fast", "fast"]
    assert all((one.bound > 0).all() for one in fast.expected)
    illegal = vector(Question(case=case, rule="it is refused"), exact_answers)
    assert offered(illegal, features | {"fast"}).regime == "refusal"


# One mistake of each clause; what only changes the last digits is allowed to the fast.
LAST_DIGITS = ("weight-one-ulp-off", "last-weight-nudged")
BY_CLAUSE = {
    (m.operator, m.clause): m
    for m in reversed(mutants())
    if classes_of(m.operator) and m.name not in LAST_DIGITS
}


@pytest.mark.parametrize("mutant", BY_CLAUSE.values(), ids=lambda m: f"{m.clause}-{m.id}")
def test_a_mistake_is_still_seen_by_its_clause(mutant):
    assert failed(mutant.operator, mutant.build(), mutant.clause)


FFT = next(v.function for v in alternatives() if v.id == "conv2d/fft")


def last_tap_dropped(x, kernel, *bias, **given):
    kernel = kernel.copy()
    kernel[-1, -1] = 0
    return FFT(x, kernel, *bias, **given)


def turned_round(x, kernel, *bias, **given):
    return FFT(x, kernel[::-1, ::-1], *bias, **given)


def one_row_early(x, kernel, *bias, **given):
    """As a spectrum of the wrong size would do: the output wraps round."""
    return np.roll(FFT(x, kernel, *bias, **given), 1, axis=1)


def in_half_precision(x, kernel, *bias, **given):
    rounded = [np.asarray(v).astype(np.float16).astype(x.dtype) for v in (x, kernel, *bias)]
    return FFT(*rounded, **given)


def float32_inside(x, kernel, *bias, **given):
    narrow = [v.astype(np.float32) for v in (x, kernel, *bias)]
    return FFT(*narrow, **given).astype(x.dtype)


@pytest.mark.parametrize(
    ("function", "clause"),
    [
        (last_tap_dropped, "CONV-1"),
        (turned_round, "CONV-3"),
        (one_row_early, "CONV-2"),
        (in_half_precision, "CONV-17"),
        (float32_inside, "CONV-17"),
    ],
)
def test_a_wrong_fft_fails(function, clause):
    assert failed("conv2d", function, clause)
