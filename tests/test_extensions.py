"""Arguments that go beyond: asked of who names them, with questions of their own."""

import sys
from inspect import signature
from itertools import chain

import mock_iut
import numpy as np
import pytest
from grading_helpers import submission, write_assignment

import refcnn
from refcnn.cnn.layers import Conv2D
from refcnn.cnn.shapes import as_pair, reach
from refcnn.diagnosis.select import needed
from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.harness.calls import NotExpressible, bound
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.process import ProcessIUT
from refcnn.implementations.sandbox.nursery import Zygote
from refcnn.run import Options, check
from refcnn.suite.capabilities import EVERYTHING, features_of, usual_forms
from refcnn.suite.case import Answer, Case, Missing
from refcnn.suite.generators import (
    APART,
    domains,
    indices,
    of_extension,
    out_of_reach,
    place_of,
    question,
)
from refcnn.suite.judge import Verdict
from refcnn.suite.mutants import mutants
from refcnn.suite.registry import OPERATORS, extension, extensions, record
from refcnn.suite.terms import Terms, whole

X = np.arange(48.0).reshape(1, 6, 4, 2)
KERNEL = np.arange(8.0).reshape(2, 2, 2, 1)
DILATED = Case(
    operator="conv2d", inputs={"x": X, "kernel": KERNEL}, attributes={"dilation": (3, 2)}
)
CLAUSES = {
    name: {c for d in extension("conv2d", name, "domains") for c in d.clauses}
    for name in extensions()
}


# --- their questions


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_question_is_of_the_domain_at_its_place(operator):
    known = domains(operator)
    for turn in (0, 1, 7):
        for place, index in enumerate(indices(operator, [turn])):
            assert place_of(operator, index) == place
            assert question(operator, 0, index).clauses == known[place].clauses


def test_other_questions_have_the_indices_that_they_had():
    plain = [index for index in indices("conv2d", range(3)) if index < APART]
    assert plain == [*range(len(plain))]
    assert indices("dense", range(2)) == [*range(2 * len(domains("dense")))]
    assert extensions() == ("dilation", "groups")
    firsts = [index for index in indices("conv2d", [0]) if index % APART == 0]
    assert firsts == [0, APART, 2 * APART]


def test_no_other_question_has_an_argument_that_goes_beyond():
    for index in range(200):
        for case in question("conv2d", 0, index).cases:
            assert case.attributes.keys().isdisjoint(extensions())


@pytest.mark.parametrize("name", extensions())
def test_a_question_about_one_is_about_no_other(name):
    places = [n for n, d in enumerate(domains("conv2d")) if CLAUSES[name].issuperset(d.clauses)]
    for index in indices("conv2d", range(4), places):
        assert of_extension(question("conv2d", 0, index)) == CLAUSES[name]
    assert of_extension(question("conv2d", 0, 0)) == frozenset()


# --- what is asked of whom


def test_what_is_usual_has_none_of_them():
    usual, both = usual_forms("conv2d"), EVERYTHING.features["conv2d"]
    assert both - usual == {"dilation_int", "dilation_pair", "groups"}
    assert usual_forms("conv2d", ["groups"]) - usual == {"groups"}
    assert usual_forms("conv2d", extensions()) == both
    assert usual_forms("dense") == EVERYTHING.features["dense"]


def test_terms_without_them_are_whole_and_need_nothing_of_them():
    terms = Terms("conv2d", usual_forms("conv2d"))
    assert terms.is_whole
    assert whole("conv2d").is_whole
    assert not Terms("conv2d", usual_forms("conv2d") - {"padding_int"}).is_whole
    beyond = frozenset(chain.from_iterable(CLAUSES.values()))
    assert out_of_reach("conv2d", terms.features) == beyond
    left = {m.name for m in mutants() if m.operator == "conv2d" and m.clause in beyond}
    assert needed(whole("conv2d")).keys() - needed(terms).keys() >= left
    assert left.isdisjoint(needed(terms))
    drawn = [terms.draw(0, index) for index in indices("conv2d", range(3))]
    assert all(beyond.isdisjoint(one.clauses) for one in drawn if one)
    assert sum(one is None for one in drawn) == 3 * sum(
        not beyond.isdisjoint(domain.clauses) for domain in domains("conv2d")
    )


def named(x, kernel, bias=None, *, strides=1, padding="valid", dilation=1, groups=1):
    place = {"strides": strides, "padding": padding, "dilation": dilation, "groups": groups}
    return refcnn.conv2d(x, kernel, bias, **place)


def unnamed(x, kernel, bias=None, *, strides=1, padding="valid"):
    return refcnn.conv2d(x, kernel, bias, strides=strides, padding=padding)


def anything(x, kernel, bias=None, **options):
    """What is not named is not looked at, as in much code."""
    plain = {name: options[name] for name in ("strides", "padding") if name in options}
    return refcnn.conv2d(x, kernel, bias, **plain)


@pytest.mark.parametrize("function", [named, unnamed, anything])
def test_a_function_is_asked_for_what_its_signature_names(function):
    options = Options(operators=("conv2d",), profile="quick")
    summary = check("local", LocalIUT({"conv2d": function}), options)
    verdicts = {f.clause.id: f.verdict for f in summary.findings if f.operator == "conv2d"}
    about = {verdicts[name] for name in chain.from_iterable(CLAUSES.values())}
    offered = function is named
    assert about == {Verdict.PASS if offered else Verdict.NOT_IMPLEMENTED}
    assert summary.exit_status == 0
    assert summary.limits.get("conv2d") in (None, False) or not summary.limits["conv2d"].words


def test_that_one_is_ignored_is_seen_where_it_is_named():
    def ignored(x, kernel, bias=None, *, strides=1, padding="valid", dilation=1):
        return unnamed(x, kernel, bias, strides=strides, padding=padding)

    options = Options(operators=("conv2d",), profile="quick")
    summary = check("local", LocalIUT({"conv2d": ignored}), options)
    assert {f.clause.id for f in summary.failed} >= {"CONV-31", "CONV-35"}
    assert [m.name for m in summary.diagnoses["conv2d"].mistakes] == ["dilation-ignored"]


@pytest.mark.parametrize("stated", [{}, {"attributes": ["groups"]}, {"attributes": ["dilation"]}])
def test_a_program_is_asked_for_what_it_states(stated):
    with ProcessIUT([sys.executable, mock_iut.__file__, "right"], stated=stated) as iut:
        outcome = iut.run(DILATED)
        illegal = iut.run_illegal(DILATED.with_attributes(dilation=0))
    if "dilation" in stated.get("attributes", ()):
        assert isinstance(outcome, Answer)
        assert not isinstance(illegal, Missing)
    else:
        assert outcome == illegal == Missing("it does not state that it takes 'dilation'")


def test_a_call_may_say_them():
    def said(x, kernel, dilation, groups):
        return dilation, groups

    def call(expression, **attributes):
        case = Case(operator="conv2d", inputs=DILATED.inputs, attributes=attributes)
        return bound("conv2d", expression, {"said": said}, {})(case, case.inputs)

    both = "said(x, kernel, dilations, groups)"
    assert call(both) == (1, 1)
    assert call(both, dilation=(3, 2), groups=2) == ((3, 2), 2)
    assert call("said(x, kernel, dilation, 1)", dilation=(2, 2)) == (2, 1)
    assert call("said(x, kernel, (dilation_w, dilation_h), 1)", dilation=(3, 2)) == ((2, 3), 1)
    assert call("said(x, kernel, 1, channels)", groups=1) == (1, 2)
    with pytest.raises(NotExpressible, match=r"dilations 3, 2 differ: the call takes one"):
        call("said(x, kernel, dilation, 1)", dilation=(3, 2))
    with pytest.raises(NotExpressible, match=r"no place for dilation=\(3, 2\)"):
        call("said(x, kernel, 1, groups)", dilation=(3, 2))
    with pytest.raises(NotExpressible, match="no place for groups=2"):
        call("said(x, kernel, dilations, 1)", groups=2)


# --- other conventions


def flipped(x, kernel, bias=None, **place):
    return refcnn.conv2d(x, np.asarray(kernel)[::-1, ::-1], bias, **place)


def half_the_window(x, kernel, bias=None, *, dilation=1, padding="valid", **place):
    apart = as_pair("dilation", dilation, least=1)
    if padding == "same":
        spans = [reach(taps, cells) for taps, cells in zip(kernel.shape, apart)]
        padding = tuple((span // 2, span // 2) for span in spans)
    return refcnn.conv2d(x, kernel, bias, padding=padding, dilation=dilation, **place)


@pytest.mark.parametrize(
    ("function", "dialect", "other"),
    [
        (flipped, "kernel_flipped", {"CONV-31"}),
        (half_the_window, "same_padding_symmetric", {"CONV-34"}),
    ],
)
def test_dialects_hold_of_what_goes_beyond(function, dialect, other):
    function.__signature__ = signature(named)  # it takes all of them
    options = Options(operators=("conv2d",), profile="quick", strict=True)
    stated = check("local", LocalIUT({"conv2d": function}, dialects=(dialect,)), options)
    verdicts = {f.clause.id: f.verdict for f in stated.findings if f.operator == "conv2d"}
    assert stated.exit_status == 0
    about = {name: verdicts[name] for name in chain.from_iterable(CLAUSES.values())}
    assert {name for name, verdict in about.items() if verdict is not Verdict.PASS} == other
    assert {about[name] for name in other} == {Verdict.SKIPPED}
    unstated = check("local", LocalIUT({"conv2d": function}), options)
    assert unstated.diagnoses["conv2d"].undeclared == (dialect,)


# --- their equations


def test_a_dilated_kernel_reads_the_cells_in_between_not_at_all():
    y = refcnn.conv2d(X, KERNEL, dilation=(3, 2))
    assert y.shape == (1, 3, 2, 1)
    patch = X[0, [[1], [4]], [[0, 2]]]
    assert y[0, 1, 0, 0] == (patch * KERNEL[..., 0]).sum()


def test_depthwise_is_as_many_groups_as_channels():
    kernel = np.arange(12.0).reshape(2, 2, 1, 3).repeat(2, axis=3) - 5
    x = X[..., [0, 1, 0]]
    y = refcnn.conv2d(x, kernel, groups=3)
    for output in range(6):
        alone = refcnn.conv2d(x[..., [output // 2]], kernel[..., [output]])
        assert np.array_equal(y[..., [output]], alone)


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"dilation": 0}, "dilation must be an integer of at least 1, not 0"),
        ({"dilation": (1, -1)}, "dilation width must be an integer of at least 1, not -1"),
        ({"dilation": 6}, r"kernel height 7 \(dilation 6\) exceeds the padded input height 6"),
        ({"groups": 0}, "groups must be an integer of at least 1, not 0"),
        ({"groups": 2}, "1 filters cannot be cut into 2 groups of the same size"),
    ],
)
def test_what_is_refused_is_told_in_a_sentence(attributes, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        refcnn.conv2d(X, KERNEL, **attributes)


def test_filters_of_another_depth_than_a_group_are_refused():
    sentence = "kernel depth 2 differs from the number of input channels 2 divided by 2 groups"
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        refcnn.conv2d(X, KERNEL.repeat(2, axis=3), groups=2)


def test_a_layer_in_groups_has_filters_as_deep_as_a_group():
    model = refcnn.Sequential([Conv2D(6, 2, groups=3, dilation_rate=2, input_shape=(5, 6, 3))])
    assert [weights.shape for weights in model.get_weights()] == [(2, 2, 1, 6), (6,)]
    assert model.layers[0].output_shape == (3, 4, 6)
    sentence = "4 channels cannot be cut into 3 groups of the same size"
    with pytest.raises(ValueError, match=sentence):
        refcnn.Sequential([Conv2D(6, 2, groups=3, input_shape=(5, 6, 4))])


def test_their_forms_are_told_from_their_values():
    forms = {name: record("conv2d").extensions[name] for name in extensions()}
    assert forms == {"dilation": ("dilation_int", "dilation_pair"), "groups": ("groups",)}
    assert features_of(DILATED) & {*chain(*forms.values())} == {"dilation_pair"}


# --- in an assignment

ASKED = """
title = "Dilated convolution"
total = 10

[[item]]
id = "plain"
title = "Convolution"
points = 4
operators = ["conv2d"]
clauses = ["CONV-1", "CONV-2", "CONV-3", "CONV-16"]

[[item]]
id = "dilation"
title = "With gaps in the kernel"
points = 6
operators = ["conv2d"]
clauses = ["CONV-31", "CONV-32", "CONV-33", "CONV-34", "CONV-35"]
requires = ["plain"]

[statement]
attributes = ["dilation"]
"""
SOLUTION = """
import numpy as np

def conv2d(x, kernel, bias=None, *, strides=1, padding="valid", dilation=1):
    pair = lambda value: value if isinstance(value, tuple) else (value, value)
    (sh, sw), (dh, dw) = pair(strides), pair(dilation)
    wide = [(n - 1) * d + 1 for n, d in zip(kernel.shape, (dh, dw))]
    if padding == "same":
        total = [max((-(-n // s) - 1) * s + f - n, 0)
                 for n, s, f in zip(x.shape[1:3], (sh, sw), wide)]
        pads = [(t // 2, t - t // 2) for t in total]
    elif padding == "valid":
        pads = [(0, 0), (0, 0)]
    else:
        pads = padding if isinstance(padding, tuple) else [(padding, padding)] * 2
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(x, wide, (1, 2))[:, ::sh, ::sw, :, ::dh, ::dw]
    y = np.einsum("nijchw,hwco->nijo", views, kernel)
    return y if bias is None else y + bias
"""


def test_an_assignment_asks_for_what_its_statement_names(tmp_path):
    setup = Setup.of(write_assignment(tmp_path / "dilated", ASKED))
    about = {clause for one in setup.private["conv2d"] for clause in one.question.clauses}
    assert about >= CLAUSES["dilation"] - {"CONV-36", "CONV-37"}
    assert about.isdisjoint(CLAUSES["groups"])
    with Zygote(allowed(setup), trusted=True) as zygote:
        grader = Grader(setup, zygote)
        right = grader.grade(submission(SOLUTION))
        forgotten = SOLUTION.replace("pair(strides), pair(dilation)", "pair(strides), (1, 1)")
        wrong = grader.grade(submission(forgotten))
    assert (right.earned, right.problem) == (10, "")
    assert [(item.id, item.earned) for item in wrong.items] == [("plain", 4), ("dilation", 0)]


def test_an_assignment_asks_for_none_of_them_unless_it_says_so(tmp_path):
    plain = ASKED[: ASKED.index("[statement]")].replace("CONV-31", "CONV-8")
    for name in ("CONV-32", "CONV-33", "CONV-34", "CONV-35"):
        plain = plain.replace(f', "{name}"', "")
    setup = Setup.of(write_assignment(tmp_path / "plain", plain))
    beyond = {*chain.from_iterable(CLAUSES.values())}
    for one in (*setup.private["conv2d"], *setup.public["conv2d"]):
        assert beyond.isdisjoint(one.question.clauses)
        assert one.question.case.attributes.keys().isdisjoint(extensions())
