"""Operators that go beyond, gradients and a loss: asked of who has them, and of nobody else."""

import re
import sys
import tomllib
from inspect import signature
from pathlib import Path

import mock_iut
import numpy as np
import pytest
from grading_helpers import submission, write_assignment

import refcnn
from refcnn import testing
from refcnn.diagnosis.halves import fits_its_forward_pass
from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.harness.calls import WORDS, bound
from refcnn.harness.python import PythonFunctions
from refcnn.harness.statement import Statement, statement
from refcnn.implementations.exports import Wanted, export
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.process import ProcessIUT
from refcnn.implementations.sandbox.nursery import Zygote
from refcnn.reports.explanation import explanation
from refcnn.run import Options, check
from refcnn.suite.case import Answer, Case
from refcnn.suite.generators import question
from refcnn.suite.gradients import fitted
from refcnn.suite.judge import Verdict, expectations, judge, shape_of
from refcnn.suite.recorder import Entry
from refcnn.suite.registry import OPERATORS, USUAL, record
from refcnn.suite.vector_files import public

ROOT = Path(__file__).parents[1]
FURTHER = tuple(op for op in OPERATORS if op not in USUAL)
GRADIENTS = tuple(op for op in OPERATORS if record(op).gradient_of)
LOSS = "softmax_cross_entropy"
PAGE = (ROOT / "docs" / "gradients.md").read_text("utf-8")


def reports(functions, **options):
    return check("local", LocalIUT(functions), Options(profile="quick", **options))


def rows(summary):
    return {finding.operator for finding in summary.findings}


# --- who is asked


def test_all_gradients_and_the_loss_go_beyond_and_nothing_else_does():
    assert set(FURTHER) == {*GRADIENTS, LOSS}
    assert {record(op).gradient_of for op in GRADIENTS} <= set(USUAL)


def test_a_report_about_who_has_none_has_no_row_of_them():
    summary = reports({"relu": refcnn.relu})
    assert rows(summary) == {*USUAL}
    assert rows(reports({"relu_backward": refcnn.relu_backward})) == {*USUAL, "relu_backward"}


def test_who_is_asked_for_one_by_name_is_told_that_it_is_not_there():
    summary = reports({"relu": refcnn.relu}, operators=("relu_backward",))
    assert {f.verdict for f in summary.findings} == {Verdict.NOT_IMPLEMENTED}
    assert summary.exit_status == 2


def test_their_clauses_decide():
    wrong = reports({"relu_backward": lambda dy, x: dy})
    assert wrong.exit_status == 1
    assert {f.clause.id for f in wrong.failed} >= {"DRELU-1"}


@pytest.mark.parametrize(
    "function",
    [
        lambda dout, cache: dout,
        lambda cache, dout: dout,
        lambda x, dy: dy,
        lambda *everything: everything[0],
        lambda dy, **named: dy,
    ],
)
def test_a_function_of_that_name_with_other_parameters_is_not_taken_for_it(function):
    found = PythonFunctions({"relu_backward": function})
    taken = [*signature(function).parameters][1:] == ["dy"]  # it takes one by place, one by name
    assert found.functions == {} or taken
    if not taken:
        (note,) = found.notes
        assert note.startswith("relu_backward(")
        assert "does not take (dy, x): `calls` can state how it is called" in note


def test_the_first_parameter_may_have_any_name():
    assert [*PythonFunctions({"relu_backward": lambda dout, x: dout}).functions] == [
        "relu_backward"
    ]


def test_a_statement_offers_what_is_usual_unless_it_names_others():
    assert statement({}).operators == USUAL
    named = statement({"operators": ["relu_backward", "relu"]}).operators
    assert named == ("relu", "relu_backward")
    with ProcessIUT([sys.executable, mock_iut.__file__, "right"]) as iut:
        assert set(iut.statement.operators).isdisjoint(FURTHER)


def test_a_library_s_tests_are_those_of_what_it_has():
    def named(*operators):
        namespace = {op: getattr(refcnn, op) for op in operators}
        made = testing.conformance(namespace, operators=(), profile="quick")
        return {name for name in made if "DRELU" in name or "RELU" in name}

    assert not any("DRELU" in name for name in named("relu"))


def test_an_export_asks_for_them_only_if_they_are_named(tmp_path):
    count = export(tmp_path / "usual", public(), Wanted())
    more = export(tmp_path / "more", public(), Wanted({"operators": ["relu_backward"]}))
    assert 0 < more < count
    stated = tomllib.loads((tmp_path / "usual" / "statement.toml").read_text("utf-8"))
    assert tuple(stated["operators"]) == USUAL


# --- how they are called in other people's forms


LAYERS = """
import numpy as np

class Dense:
    def __init__(self, kernel, bias):
        self.kernel, self.bias = kernel, bias

    def forward(self, x):
        self.x = x
        return x @ self.kernel + self.bias

    def backward(self, dout):
        self.dkernel, self.dbias = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.kernel.T

def dense_forward(x, kernel, bias):
    return x @ kernel + bias, (x, kernel)

def dense_back(dout, cache):
    x, kernel = cache
    return {"dkernel": x.T @ dout, "dx": dout @ kernel.T, "dbias": dout.sum(axis=0)}
"""
FORMS = {
    "class": (
        "(lambda layer: (layer.forward(x), layer.backward(dy), layer.dkernel, layer.dbias)[1:])"
        "(Dense(kernel, bias))"
    ),
    "cache": "dense_back(dy, dense_forward(x, kernel, bias)[1])",
    "tuple": "(dy @ kernel.T, x.T @ dy, dy.sum(axis=0) if bias_or_none is not None else None)",
}


def dense_backward_without_bias(dy, x, kernel):
    """Right, and it always tells what the gradient of a bias would be."""
    return dy @ kernel.T, x.T @ dy, dy.sum(axis=0)


def dense_backward_with_bias(dy, x, kernel, bias=None):
    """Wrong: there is no gradient of a bias that is not there."""
    return dense_backward_without_bias(dy, x, kernel)


BIASLESS = "dense_backward_without_bias(dy, x, kernel)"
OF_BIAS = {
    "no place for a bias": (dense_backward_without_bias, None, {"dx", "dkernel"}),
    "no word for a bias": (None, BIASLESS, {"dx", "dkernel"}),
    "a bias that is left out": (dense_backward_with_bias, None, {"dx", "dkernel", "dbias"}),
}


@pytest.mark.parametrize("which", OF_BIAS)
def test_a_gradient_of_a_bias_that_cannot_be_given_is_not_asked_for(which):
    function, call, expected = OF_BIAS[which]
    names = {"dense_backward": function, **globals()}
    calls = {"dense_backward": bound("dense_backward", call, names, {})} if call else {}
    case = next(
        one
        for index in range(60)
        if "bias" not in (one := question("dense_backward", 0, index).case).inputs
        and not one.output
    )
    outcome = PythonFunctions(names, calls=calls).run(case)
    assert isinstance(outcome, Answer)
    assert set(outcome.outputs) == expected
    right = judge(case, outcome).verdict is Verdict.PASS
    assert right == (expected == {"dx", "dkernel"})


@pytest.mark.parametrize("form", FORMS)
def test_an_expression_calls_them_in_any_form(form):
    names = {}
    exec(LAYERS, names)
    call = bound("dense_backward", FORMS[form], names, {})
    case = next(
        one
        for index in range(60)
        if "bias" in (one := question("dense_backward", 0, index).case).inputs and not one.output
    )
    functions = PythonFunctions(names, calls={"dense_backward": call})
    outcome = functions.run(case)
    assert isinstance(outcome, Answer)
    assert set(outcome.outputs) == {"dx", "dkernel", "dbias"}
    for name, expected in expectations(case).items():
        assert np.array_equal(outcome.outputs[name], expected.hi)


def test_who_writes_backward_passes_in_forms_of_their_own_hears_no_questions():
    def conv_backward(dout, cache):
        return dout

    def conv_backward2d(dy, x, kernel, bias=None):
        return dy

    assert PythonFunctions({"conv_backward": conv_backward}).notes == ()
    (note,) = PythonFunctions({"conv_backward2d": conv_backward2d}).notes
    assert note == "found 'conv_backward2d'; is it meant to be 'conv2d_backward'?"


def test_dy_is_a_word_of_them_alone():
    assert set(WORDS["dy"].operators) == set(GRADIENTS)
    assert not any("dy" in call for call in statement({}).calls)


def test_the_page_is_true():
    listed = re.findall(r"^(\w+)\((.*?)\) +# ", PAGE, re.MULTILINE)
    assert {name for name, _ in listed} == set(FURTHER)
    for name, parameters in listed:
        told = re.findall(r"(\w+)(?:=[^,]+)?(?:, |$)", parameters.replace("*, ", ""))
        assert told == [*record(name).tensors, *record(name).arguments]
        assert set(told) <= {*signature(getattr(refcnn, name)).parameters}
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert set(tomllib.loads(toml)["calls"]) <= set(FURTHER)


# --- questions


@pytest.mark.parametrize("operator", GRADIENTS)
def test_a_dy_follows_when_other_tensors_change(operator):
    case = question(operator, 0, 0).case
    smaller = fitted(case.given(x=case.inputs["x"][:1]))
    assert smaller.inputs["dy"].shape == shape_of(smaller.forward)
    assert fitted(case) is case
    assert fitted(case.forward) is not None


def flipped(dy, x, kernel, bias=None, *, strides=1, padding="valid"):
    turned = np.ascontiguousarray(kernel[::-1, ::-1])
    dx, dkernel, dbias = refcnn.conv2d_backward(
        dy, x, turned, bias, strides=strides, padding=padding
    )
    return dx, np.ascontiguousarray(dkernel[::-1, ::-1]), dbias


def turned_forward(x, kernel, bias=None, *, strides=1, padding="valid"):
    turned = np.ascontiguousarray(np.asarray(kernel)[::-1, ::-1])
    return refcnn.conv2d(x, turned, bias, strides=strides, padding=padding)


def test_gradients_of_a_forward_pass_by_a_dialect_are_not_judged():
    iut = LocalIUT({"conv2d_backward": flipped}, dialects=("kernel_flipped",))
    summary = check("local", iut, Options(profile="quick", operators=("conv2d_backward",)))
    verdicts = {f.clause.id: f.verdict for f in summary.findings}
    assert verdicts["DCONV-1"] is verdicts["DCONV-8"] is not Verdict.PASS
    assert not summary.failed


@pytest.mark.parametrize(("dialect", "passing"), [("relu_passes_at_zero", 1.0),
                                                  ("relu_passes_half_at_zero", 0.5)])  # fmt: skip
def test_what_passes_at_zero_can_be_stated(dialect, passing):
    def relu_backward(dy, x):
        if dy.shape != x.shape:
            raise ValueError(f"dy of {dy.shape} for x of {x.shape}")
        factor = np.where(x == 0, passing, x > 0).astype(dy.dtype)
        return dy * factor

    options = Options(operators=("relu_backward",))
    iut = LocalIUT({"relu_backward": relu_backward}, dialects=(dialect,))
    stated = check("local", iut, options)
    assert not stated.failed
    plain = check("local", LocalIUT({"relu_backward": relu_backward}), options)
    assert plain.diagnoses["relu_backward"].undeclared == (dialect,)


# --- which half is wrong


def zeros(x, kernel, bias=None):
    return np.zeros((len(x), kernel.shape[1]), x.dtype)


def zeros_back(dy, x, kernel, bias=None):
    dbias = None if bias is None else np.zeros_like(bias)
    return np.zeros_like(x), np.zeros_like(kernel), dbias


PAIRS = {
    "conv2d": {"conv2d": turned_forward, "conv2d_backward": flipped},
    "dense": {"dense": zeros, "dense_backward": zeros_back},
}


@pytest.mark.parametrize("forward", PAIRS)
def test_a_wrong_pass_with_its_right_gradients_is_caught_and_told(forward):
    summary = reports(PAIRS[forward], operators=(forward, f"{forward}_backward"))
    assert {f.operator for f in summary.failed} == {forward, f"{forward}_backward"}
    assert summary.fitting == {f"{forward}_backward"}
    told = [explanation(summary, f) for f in summary.on_cards() if f.operator in summary.fitting]
    sentence = f"the mistake is in {forward}, and the two fit each other."
    assert told
    assert all(sentence in lines[0] and len(lines) == 1 for lines in told)


def test_wrong_gradients_of_a_right_pass_do_not_fit_it():
    functions = {"conv2d": refcnn.conv2d, "conv2d_backward": flipped}
    assert reports(functions, operators=tuple(functions)).fitting == frozenset()


def test_gradients_that_fit_neither_are_not_said_to_fit():
    functions = {"conv2d": turned_forward, "conv2d_backward": refcnn.conv2d_backward}
    broken = {**functions, "conv2d_backward": lambda dy, x, kernel, bias=None, **place: (
        2 * x, kernel, bias)}  # fmt: skip
    assert reports(broken, operators=tuple(functions)).fitting == frozenset()


def test_wrong_dtypes_are_a_limit_and_nothing_is_said_of_halves():
    """One output that is always float64, and a forward pass that forgets its bias."""

    def conv2d(x, kernel, bias=None, **place):
        return refcnn.conv2d(x, kernel, **place)

    def conv2d_backward(dy, x, kernel, bias=None, **place):
        dx, dkernel, dbias = refcnn.conv2d_backward(dy, x, kernel, bias, **place)
        return dx.astype(np.float64), dkernel, dbias

    conv2d.__signature__ = signature(turned_forward)
    conv2d_backward.__signature__ = signature(flipped)
    functions = {"conv2d": conv2d, "conv2d_backward": conv2d_backward}
    iut = LocalIUT(functions, dtypes=())
    options = Options(profile="quick", operators=tuple(functions))
    summary = check("local", iut, options)
    assert {f.operator for f in summary.failed} == {"conv2d"}
    assert summary.fitting == frozenset()
    reasons = summary.offer.reasons["conv2d_backward"]
    assert reasons == {"float32": "it answers float32 and float64 to float32"}


def test_a_forward_pass_without_its_bias_is_not_said_to_fit_gradients_with_one():
    def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
        return turned_forward(x, kernel, strides=strides, padding=padding)

    functions = {"conv2d": conv2d, "conv2d_backward": flipped}
    assert reports(functions, operators=tuple(functions)).fitting == frozenset()


def test_a_narrower_buffer_is_no_low_precision():
    def dense_backward(dy, x, kernel, bias=None):
        dx, dkernel, dbias = refcnn.dense_backward(dy, x, kernel, bias)
        return dx, dkernel.astype(np.float32), dbias

    iut = LocalIUT({"dense_backward": dense_backward})
    summary = check("local", iut, Options(operators=("dense_backward",)))
    assert summary.failed
    assert summary.diagnoses["dense_backward"].algorithm == ""


def test_what_cannot_be_asked_says_nothing():
    case = question("dense_backward", 0, 3).case
    right = Entry(case, PythonFunctions({"dense_backward": refcnn.dense_backward}).run(case))
    refuses = PythonFunctions({}).run
    assert not fits_its_forward_pass("dense_backward", [right] * 5, refuses)
    assert not fits_its_forward_pass("relu_backward", [], refuses)
    assert not fits_its_forward_pass("dense", [right], refuses)


# --- in an assignment

ASKED = """
title = "Backward"
total = 10

[[item]]
id = "forward"
title = "Dense"
points = 4
operators = ["dense"]
clauses = ["DENSE-1", "DENSE-2"]

[[item]]
id = "backward"
title = "Its gradients"
points = 6
operators = ["dense_backward"]
clauses = ["DDENSE-1", "DDENSE-2", "DDENSE-3", "DDENSE-6"]

[statement.calls]
dense = "layer_forward(x, kernel, bias_or_none)[0]"
dense_backward = "layer_backward(dy, layer_forward(x, kernel, bias_or_none)[1])"
"""
SUBMITTED = """
import numpy as np

def layer_forward(x, w, b):
    y = x @ w
    return (y if b is None else y + b), (x, w, b)

def layer_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, None if b is None else dout.sum(axis=0)
"""


def test_a_class_is_graded_on_forward_and_backward(tmp_path):
    setup = Setup.of(write_assignment(tmp_path / "backward", ASKED))
    with Zygote(allowed(setup), trusted=True) as zygote:
        grader = Grader(setup, zygote)
        right = grader.grade(submission(SUBMITTED))
        mean = SUBMITTED.replace("x.T @ dout", "x.T @ dout / max(1, len(x))")
        wrong = grader.grade(submission(mean))
    assert (right.earned, right.problem) == (10, "")
    forward, backward = wrong.items
    assert (forward.earned, backward.earned) == (4, 3)
    assert "averaged over the batch" in wrong.model_dump_json()


def test_nobody_is_asked_for_them_unless_an_item_does(tmp_path):
    plain = ASKED[: ASKED.index('[[item]]\nid = "backward"')].replace("total = 10", "total = 4")
    setup = Setup.of(write_assignment(tmp_path / "plain", plain))
    assert set(setup.private) == {"dense"}


def test_a_page_of_forward_passes_does_not_speak_of_functions_of_a_backward_pass(tmp_path):
    plain = ASKED[: ASKED.index('[[item]]\nid = "backward"')].replace("total = 10", "total = 4")
    setup = Setup.of(write_assignment(tmp_path / "plain", plain))
    more = "\ndef relu_backward(dout, cache):\n    return dout\ndef conv_backward(d, c): pass\n"
    own = SUBMITTED.replace("layer_forward", "dense") + more
    own = own.replace("def dense(x, w, b)", "def dense(x, w, b=None)")
    own = own.replace(", (x, w, b)\n", "\n", 1)
    with Zygote(allowed(setup), trusted=True) as zygote:
        report = Grader(setup, zygote).grade(submission(own))
    assert report.earned == 4
    assert "backward" not in report.model_dump_json()


STANDARD = Statement("x", OPERATORS)


def test_all_of_them_can_be_stated():
    assert set(STANDARD.operators) >= set(FURTHER)
    assert isinstance(question("relu_backward", 0, 0).case, Case)
