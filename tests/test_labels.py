"""Labels, which are whole numbers that choose, and a loss, which is one number."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from command import run

import refcnn
from refcnn.cnn import gradients
from refcnn.harness.calls import NotExpressible, bound
from refcnn.harness.python import PythonFunctions
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.sandbox.frames import as_case, of_case
from refcnn.reports.asking import at
from refcnn.run import Options, check
from refcnn.suite import changes
from refcnn.suite.bounds import gamma
from refcnn.suite.case import Answer, Case, Missing, Rubbish
from refcnn.suite.generators import question
from refcnn.suite.judge import Verdict, expectations, judge
from refcnn.suite.numerics import held
from refcnn.suite.registry import record
from refcnn.suite.tensors import decode
from refcnn.suite.vectors import exact_answers

NAME = "softmax_cross_entropy"
ROOT = Path(__file__).parents[1]


def case(x, labels, **more):
    inputs = {"x": np.array(x, np.float32), "labels": np.array(labels, np.int64)}
    return Case(operator=NAME, inputs=inputs, **more)


SMALL = case([[1, 2, 3], [0, 0, 0]], [2, 1])


def answered(function, asked=SMALL):
    return PythonFunctions({NAME: function}).run(asked)


def reports(function, **options):
    return check("local", LocalIUT({NAME: function}), Options(operators=(NAME,), **options))


# --- labels


def test_a_function_gets_them_as_an_array_of_its_own():
    seen = []

    def softmax_cross_entropy(logits, labels):
        seen.append((labels.dtype, labels.tolist()))
        labels[0] = 0
        return gradients.softmax_cross_entropy(logits, labels)

    outcome = answered(softmax_cross_entropy)
    assert seen == [(np.int64, [2, 1])]
    assert outcome.faults == ("labels was changed",)
    assert SMALL.inputs["labels"].tolist() == [2, 1]


def test_they_are_a_list_of_integers_in_json():
    told = json.loads(json.dumps(SMALL.to_json()))
    assert told["inputs"]["labels"] == {"dtype": "int64", "shape": [2], "data": [2, 1]}
    again = Case.from_json(told)
    assert again.inputs["labels"].dtype == np.int64
    assert again.inputs["labels"].tolist() == [2, 1]
    assert again.dtype == "float32"


@pytest.mark.parametrize(
    ("name", "changed", "sentence"),
    [
        ("labels", {"dtype": "float32"}, "dtype must be int64, not 'float32'"),
        ("labels", {"data": [1, 0.5]}, "data must be whole numbers of 64 bits, not 0.5"),
        ("labels", {"data": [1, 2**63]}, f"data must be whole numbers of 64 bits, not {2**63}"),
        ("labels", {"data": [1, True]}, "data must be whole numbers of 64 bits, not True"),
        ("x", {"dtype": "int64"}, "dtype must be one of float32, float64, not 'int64'"),
    ],
)
def test_what_are_none_in_json_is_told(name, changed, sentence):
    told = SMALL.to_json()
    told["inputs"][name] |= changed
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        Case.from_json(told)


def test_no_answer_may_be_of_whole_numbers():
    with pytest.raises(ValueError, match="dtype must be one of float32, float64"):
        decode({"dtype": "int64", "shape": [1], "data": [1]})


def test_they_reach_a_confined_process():
    found = as_case(of_case(SMALL)).inputs["labels"]
    assert (found.dtype, found.tolist()) == (np.int64, [2, 1])


def test_they_stay_whole_where_other_tensors_change_their_dtype():
    wide = SMALL.in_dtype("float64")
    assert (wide.dtype, wide.inputs["labels"].dtype) == ("float64", np.int64)
    assert changes.raised(SMALL).inputs["labels"].tolist() == [1, 2]


def test_they_are_words_of_a_call():
    def loss(scores, targets):
        assert targets.dtype == scores.dtype
        return gradients.softmax_cross_entropy(scores, targets)

    given, layouts = SMALL.inputs, {}
    one_hot = bound(NAME, "loss(x, one_hot)", {"loss": loss}, layouts)(SMALL, given)
    plain = bound(NAME, "f(x, labels)", {"f": gradients.softmax_cross_entropy}, layouts)
    whole = plain(SMALL, given)
    assert all(map(np.array_equal, one_hot, whole))
    none = case([[1, 2]], [2])
    with pytest.raises(NotExpressible, match="a label that is none of 2 classes has no row"):
        bound(NAME, "loss(x, one_hot)", {"loss": loss}, layouts)(none, none.inputs)


# --- a loss


@pytest.mark.parametrize(
    "number", [np.float32(0.5), np.array(0.5, np.float32), 0.5], ids=["numpy", "array", "python"]
)
def test_one_number_is_an_array_without_axes(number):
    outcome = answered(lambda x, labels: (number, x))
    assert outcome.outputs["loss"].shape == ()
    assert outcome.outputs["loss"].dtype == np.float32
    assert outcome.outputs["loss"] == 0.5


def test_a_number_of_another_dtype_keeps_it():
    outcome = answered(lambda x, labels: {"loss": np.float64(0.5), "dx": x})
    assert judge(SMALL, outcome).reason == "wrong dtype of loss: expected float32, got float64"


@pytest.mark.parametrize("value", [1, "1", [0.5], True, 1j])
def test_what_is_no_number_of_floats_is_not_taken_for_one(value):
    assert isinstance(answered(lambda x, labels: (value, x)), Rubbish)


def test_a_loss_alone_is_no_answer():
    outcome = answered(lambda x, labels: np.float32(1))
    assert str(outcome) == "it returned float32, not the arrays (loss, dx)"
    assert isinstance(outcome, Missing)
    assert isinstance(answered(lambda x, labels: "1"), Rubbish)


def test_its_place_has_no_brackets():
    stated = LocalIUT({}).statement
    assert at(stated, NAME, "loss") == "loss"
    assert at(stated, NAME, "dx", 0, 1) == "dx[0,1]"


# --- what is exact, and how far rounding may lead


def test_certain_and_ruled_out_classes_are_exact_where_the_mean_is():
    out = [[7, -200, -203], [-201, 3, -200]]
    for count, exact in ((1, True), (2, True), (3, False), (4, True)):
        asked = case((out + out)[:count], [1, 1, 2, 0][:count], exact=True)
        loss, dx = asked.views
        assert (bool(held(loss).all()), bool(held(dx).all())) == (exact, True)
    certain = case([*out, out[0]], [0, 1, 0], exact=True)
    assert all(held(view).all() for view in certain.views)
    found = expectations(certain)
    assert not found["loss"].hi
    assert not found["dx"].hi.any()


def test_half_a_probability_is_not_claimed():
    loss, dx = case([[0, 0]], [0], exact=True).views
    assert not held(loss).any()
    assert not held(dx).any()


def test_numbers_by_hand():
    found = exact_answers(SMALL)
    each = [math.log(sum(map(math.exp, row))) - row[label] for row, label in
            (([1, 2, 3], 2), ([0, 0, 0], 1))]  # fmt: skip
    assert abs(float(found["loss"].hi) - sum(each) / 2) < gamma(16, "float64")
    assert abs(found["dx"].hi[1, 1] - (1 / 3 - 1) / 2) < gamma(16, "float64")


# --- whom it wrongs, and whom it catches

PLAIN = """
def softmax_cross_entropy(scores, labels):
    N = scores.shape[0]
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.sum(np.log(probs[np.arange(N), labels])) / N
    grad = probs.copy()
    grad[np.arange(N), labels] -= 1
    grad /= N
    return loss, grad
"""


def plain():
    exec(PLAIN, names := {"np": np})
    return np.errstate(all="ignore")(names[NAME])


def test_who_takes_the_logarithm_of_a_probability_conforms_with_remarks():
    summary = reports(plain())
    assert summary.exit_status == 0
    assert {f.clause.id for f in summary.remarks} == {"SCE-9", "SCE-11", "SCE-12", "SCE-13"}


FINITE = ("np.log(probs[np.arange(N), labels])", "LOGS[np.arange(N), labels]")
LOGS = "(scores - np.max(scores, axis=1, keepdims=True) - np.log(np.sum(e, axis=1, keepdims=True)))"


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("grad /= N", "pass", "gradient-of-the-sum"),
        ("labels]) / N", "labels])", "loss-is-the-sum"),
        ("grad[np.arange(N), labels] -= 1", "pass", "gradient-is-softmax-alone"),
        ("loss = -", "loss = -1.4426950408889634 * ", "base-two"),
        ("N = scores", "labels = labels - 1; N = scores", "label-off-by-one"),
    ],
)
def test_a_slip_is_named(right, wrong, name):
    source = PLAIN.replace(*FINITE).replace("LOGS", LOGS)
    assert source.count(right) == 1
    exec(source.replace(right, wrong), names := {"np": np})
    summary = reports(np.errstate(all="ignore")(names[NAME]))
    assert summary.exit_status == 1
    found = [mistake.name for mistake in summary.diagnoses[NAME].mistakes]
    assert found[0] == name  # what follows it: what it does not refuse


def test_a_card_is_small_and_in_whole_numbers():
    """Of who works it out as the catalogue of mistakes does: its answer is the same bit for bit."""

    def softmax_cross_entropy(x, labels):
        loss, dx = gradients.softmax_cross_entropy(x, labels)
        return loss * x.dtype.type(len(x)), dx

    summary = reports(softmax_cross_entropy, profile="quick")
    (finding,) = [f for f in summary.failed if f.clause.id == "SCE-3"]
    assert finding.verdict is Verdict.FAIL
    assert isinstance(finding.worst.failure.outcome, Answer)


def test_the_reference_is_public_and_takes_one_hot_rows_too():
    x, labels = SMALL.inputs["x"], SMALL.inputs["labels"]
    whole = refcnn.softmax_cross_entropy(x, labels)
    rows = refcnn.softmax_cross_entropy(x, np.eye(3, dtype=np.float32)[labels])
    assert all(map(np.array_equal, whole, rows))


def test_no_question_has_a_probability_that_underflows_but_those_about_it():
    """So that a logarithm of probabilities is right wherever no clause forbids it."""
    for index in range(400):
        asked = question(NAME, 9, index)
        if not asked.rule and asked.case.family != "ruled-out" and asked.case.output != "dx":
            x, labels = asked.case.inputs["x"], asked.case.inputs["labels"]
            far = x.max(axis=1) - x[np.arange(len(x)), labels]
            assert far.max() < 80, asked.id


def test_the_record_says_what_is_asked():
    known = record(NAME)
    assert known.by_place == ("x", "labels")
    assert (known.indices, known.single) == (("labels",), {"loss"})
    assert known.by_example == ()
    assert known.batched == ("x", "labels")


def test_a_loss_without_its_gradient_is_another_function(tmp_path):
    """It has the name and the parameters, and is right: it is not accused, and it is said why."""
    path = tmp_path / "loss.py"
    path.write_text(ALONE, "utf-8")
    printed, _ = run("check", str(path), "--ops", "softmax,softmax_cross_entropy", status=0)
    told = " ".join(printed.split())
    assert "CONFORMS in all that it implements" in told
    said = "not implemented: softmax_cross_entropy: it returned float32, not the arrays (loss, dx)"
    assert said in told


def test_a_stated_call_that_answers_a_loss_alone_is_told(tmp_path):
    path = tmp_path / "loss.py"
    stated = 'STATEMENT = {"calls": {"softmax_cross_entropy": "softmax_cross_entropy(x, labels)"}}'
    path.write_text(f"{ALONE}\n{stated}\n", "utf-8")
    printed, _ = run("check", str(path), "--ops", "softmax_cross_entropy", status=1)
    assert "returned float32, not the arrays (loss, dx)" in " ".join(printed.split())


ALONE = """
import numpy as np


def softmax(x):
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def softmax_cross_entropy(logits, labels):
    return -np.log(softmax(logits)[np.arange(len(labels)), labels]).mean()
"""
