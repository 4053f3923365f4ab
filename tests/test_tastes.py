"""Matters of taste: what one course gives points for costs nothing in another, and is said."""

from dataclasses import replace

import numpy as np
import pytest
from grading_helpers import RELU, submission, write_assignment

from refcnn.grading.assignment import Assignment, AssignmentError, Policy, load
from refcnn.grading.authoring.checks import stated_rules
from refcnn.grading.authoring.validate import validate
from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.tastes import rules, taste_of, tastes
from refcnn.implementations.sandbox.nursery import Zygote
from refcnn.suite.generators import question
from refcnn.suite.judge import Verdict, compare, expect, in_its_dtype
from refcnn.suite.registry import OPERATORS, record

CONV = """
title = "A convolution"
total = 10
[policy]
POLICY
[[item]]
id = "conv2d"
title = "Convolution"
points = 9
operators = ["conv2d"]
clauses = ["CONV-1", "CONV-4", "CONV-6", "CONV-8", "CONV-16", "CONV-17"]
[[item]]
id = "manners"
title = "Manners"
points = 1
operators = ["conv2d"]
clauses = ["ANY-6", "CONV-26", "CONV-27"]
"""
LOOPS = """
import numpy as np

def pads(size, k, s, padding):
    if padding == "valid":
        return 0, 0
    if padding == "same":
        all_of = max((-(-size // s) - 1) * s + k - size, 0)
        return all_of // 2, all_of - all_of // 2
    return padding

def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    sh, sw = (strides, strides) if isinstance(strides, int) else strides
    KEEP_ORDER
    if isinstance(padding, int):
        padding = ((padding, padding), (padding, padding))
    rows, columns = padding if isinstance(padding, tuple) else (padding, padding)
    kh, kw = kernel.shape[:2]
    around = (0, 0), pads(x.shape[1], kh, sh, rows), pads(x.shape[2], kw, sw, columns), (0, 0)
    x = np.pad(x, around)
    n, h, w, _ = x.shape
    if not (kernel.ndim == 4 and kernel.shape[2] == x.shape[3] and h >= kh and w >= kw):
        raise ValueError("no")
    y = np.zeros((n, (h - kh) // sh + 1, (w - kw) // sw + 1, kernel.shape[3]), DTYPE)
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            window = x[:, i * sh:i * sh + kh, j * sw:j * sw + kw]
            y[:, i, j] = np.tensordot(window, kernel, 3)
    return BIAS
"""
REFUSES = 'if min(sh, sw) < 1 or str(padding).count("-"): raise ValueError("no")'
ADDED = "(y if bias is None else y + bias).astype(y.dtype)"


def written(dtype, *, refuses=True, bias=ADDED):
    """A convolution whose answers have one dtype, whatever it is asked in."""
    source = LOOPS.replace("KEEP_ORDER", REFUSES if refuses else "sh, sw = abs(sh) or 1, sw")
    return submission(source.replace("DTYPE", dtype).replace("BIAS", bias))


def graded(tmp_path, policy, one):
    setup = Setup.of(write_assignment(tmp_path, CONV.replace("POLICY", policy)))
    with Zygote(allowed(setup)) as zygote:
        return Grader(setup, zygote).grade(one)


def points(report):
    return {item.id: item.earned for item in report.items}


@pytest.mark.parametrize("dtype", ["np.float64", "np.float32"])
def test_right_numbers_in_another_dtype_cost_what_the_item_about_it_is_worth(dtype, tmp_path):
    report = graded(tmp_path, "", written(dtype))
    assert points(report) == {"conv2d": 9, "manners": 0.67}
    (lost,) = [one for one in report.items[1].requirements if one.reason]
    assert (lost.clause, lost.reason) == ("ANY-6", "wrong dtype")


def test_the_dtype_that_was_asked_costs_nothing(tmp_path):
    report = graded(tmp_path, "", written("x.dtype"))
    assert report.earned == report.total
    assert not report.notes


@pytest.mark.parametrize("dtype", ["np.float64", "np.float32", "x.dtype"])
def test_wrong_numbers_are_wrong_in_any_dtype(dtype, tmp_path):
    report = graded(tmp_path, "", written(dtype, bias="y"))
    assert points(report)["conv2d"] < 9


def test_noted_things_cost_nothing_and_are_told(tmp_path):
    policy = 'dtype = "note"\nrefusals = "points"'
    report = graded(tmp_path, policy, written("np.float64"))
    assert report.earned == report.total
    rule = tastes()["dtype"].rules["note"]
    assert report.notes == (f"{rule} Not so: ANY-6 of conv2d.",)


def test_what_is_worth_nothing_is_not_asked(tmp_path):
    policy = 'dtype = "nothing"\nempty_batches = "nothing"\nmemory = "nothing"\nranks = "nothing"'
    setup = Setup.of(write_assignment(tmp_path, CONV.replace("POLICY", policy)))
    named = {clause for one in setup.private["conv2d"] for clause in one.question.clauses}
    assert not named & {"ANY-2", "ANY-7"}
    assert "CONV-26" in named
    report = graded(tmp_path, policy, written("np.float64"))
    assert report.earned == report.total
    assert not report.notes


def test_refusals_that_are_noted_name_what_is_not_refused(tmp_path):
    report = graded(tmp_path, 'refusals = "note"', written("x.dtype", refuses=False))
    assert report.earned == report.total
    (note,) = report.notes
    assert "CONV-26" in note
    assert note.startswith("Arguments that make no sense should be refused;")


def test_an_item_of_which_the_policy_leaves_nothing_is_refused(tmp_path):
    text = RELU.replace('clauses = ["RELU-1", "RELU-3", "RELU-4"]', 'clauses = ["RELU-6"]')
    text = text.replace("[limits]", '[policy]\nranks = "note"\n[limits]')
    with pytest.raises(AssignmentError, match=r"by \[policy\] ranks nothing of it costs points"):
        Setup.of(write_assignment(tmp_path, text))


def test_validate_says_why_a_mistake_costs_nothing_and_what_the_starter_lacks(tmp_path):
    text = RELU.replace("[limits]", '[policy]\ndtype = "nothing"\n[limits]')
    directory = write_assignment(tmp_path, text)
    source = "import numpy as np\n\ndef relu(x):\n    return np.maximum(x, 0)\n"
    (directory / "solution.py").write_text(source)
    (directory / "starter.py").write_text("def relu(x):\n    raise NotImplementedError\n")
    found = {check.what: check for check in validate(directory)}
    assert found["rules"].word == "look"
    assert 'write in it: "The answer may be of float32 or of float64."' in found["rules"].details
    why = {one["mistake"]: one["why"] for one in found["mistakes"].data["unnoticed"]}
    assert why["relu/always-float64"] == 'ANY-6 costs nothing by [policy] dtype = "nothing"'


def test_a_starter_may_say_the_rules_over_several_lines(tmp_path):
    setup = Setup.of(write_assignment(tmp_path))
    asked = {clause for _, units in setup.items for _, clause in units}
    said = rules(setup.assignment.policy.tastes, asked)
    text = '"""' + "\n   ".join(" ".join(said).split()) + '"""\n'
    assert stated_rules(setup, submission(text)).word == "ok"
    assert stated_rules(setup, submission(text.replace("dtype", "type"))).word == "look"


def test_every_matter_of_taste_is_a_key_and_no_clause_is_two():
    assert set(tastes()) < set(Policy.model_fields)
    every = [clause for taste in tastes().values() for clause in taste.clauses]
    assert len(every) == len({*every})
    assert taste_of("CONV-1") == ""
    assert Policy().worth("CONV-1") == "points"
    assert Policy(refusals="note").worth("CONV-26") == "note"
    assert all({"points", "note", "nothing"} == {*taste.rules} for taste in tastes().values())


def test_forms_may_be_left_out_of_one_operator():
    item = {"id": "all", "title": "All", "points": 1, "operators": ["conv2d", "max_pool2d"]}
    said = {"title": "T", "total": 1, "item": [item]}
    both = Assignment.model_validate({**said, "without": {"conv2d": ["padding_pairs"]}})
    assert both.without_of("conv2d") == ("padding_pairs",)
    assert not both.without_of("max_pool2d")
    every = Assignment.model_validate({**said, "without": ["padding_pairs"]})
    assert every.without_of("max_pool2d") == ("padding_pairs",)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ('without = {conv = ["bias"]}', "'conv' is not an operator"),
        ('without = {conv2d = ["bies"]}', "'bies' is not a form"),
        ('without = "bias"', "every operator has 'bias', which is not a list of forms"),
        ('without = {conv2d = "bias"}', "conv2d has 'bias', which is not a list of forms"),
        ('[policy]\ndtype = "free"', "policy.dtype"),
    ],
)
def test_what_is_not_known_is_refused(stated, sentence, tmp_path):
    text = (
        stated + "\n" + CONV.replace("[policy]\nPOLICY", "")
        if "without" in stated
        else (CONV.replace("[policy]\nPOLICY", stated))
    )
    with pytest.raises(AssignmentError, match=sentence):
        load(write_assignment(tmp_path, text))


def test_a_preset_can_be_changed_in_one_operator(tmp_path):
    text = CONV.replace(
        "[policy]\nPOLICY",
        '[statement]\nlike = "cs231n"\n[statement.calls]\n'
        "conv2d = \"mine(x, kernel, bias, {'stride': stride, 'pad': pad})\"",
    )
    calls = dict(load(write_assignment(tmp_path, text)).stated.calls)
    assert calls["conv2d"].startswith("mine(")
    assert calls["relu"] == "relu_forward(x)[0]"


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_right_answer_stays_right_in_the_other_dtype(operator):
    seen = 0
    for index in range(120):
        asked = question(operator, 5, index)
        if asked.rule:
            continue
        case, seen = asked.case, seen + 1
        other = "float64" if case.dtype == "float32" else "float32"
        with np.errstate(all="ignore"):
            known = record(operator)
            first = known.reference(**case.in_dtype(other).inputs, **case.attributes)
            last = known.reference(**case.inputs, **case.attributes)
            for view in case.views:
                name = view.looks_at
                right = known.picked(last, name).astype(other)
                ways = {"rounds first": known.picked(first, name), "rounds last": right}
                for way, got in ways.items():
                    word = compare(expect(view), in_its_dtype(view, got), case.dtype)
                    assert word.verdict is not Verdict.FAIL, (way, word.reason, case.to_json())
    assert seen > 20


def test_a_wrong_answer_stays_wrong_in_the_other_dtype():
    asked = next(
        one
        for one in (question("conv2d", 5, index) for index in range(50))
        if not one.rule and one.case.dtype == "float64"
    )
    case = replace(asked.case, exact=False)
    right = expect(case).hi.astype("float32")
    for wrong in (right * np.float32(1.001), right + 1, right[..., :-1], right[:, ::-1]):
        word = compare(expect(case), in_its_dtype(case, wrong), case.dtype)
        assert word.verdict is Verdict.FAIL or np.array_equal(wrong, right)


MANNERS = """
title = "Manners"
total = 8
[[item]]
id = "relu"
title = "ReLU"
points = 1
operators = ["relu"]
clauses = ["RELU-1"]
[[item]]
id = "flatten"
title = "Flatten"
points = 1
operators = ["flatten"]
clauses = ["FLAT-2"]
[[item]]
id = "manners"
title = "Manners"
points = 6
operators = ["relu", "flatten"]
clauses = ["ANY-3", "ANY-4", "ANY-5"]
requires = ["relu", "flatten"]
credit = "clause"
"""
RELU_AND_FLATTEN = """
import numpy as np

def relu(x):
    return np.maximum(x, 0)

def flatten(x):
    return x.reshape(len(x), -1).copy()
"""
OVERWRITES = """
def relu(x):
    if x.flags.writeable:
        x[x < 0] = 0
    return np.maximum(x, 0)
"""
UNNAMED = """
def flatten(x):
    return x.reshape(len(x), -1) * (1 + np.arange(x[0].size) % 3 % 2)
"""


@pytest.mark.parametrize(
    ("more", "earned"),
    [("", 6), (OVERWRITES, 4), (UNNAMED, 3), (OVERWRITES + UNNAMED, 2)],
)
def test_a_clause_that_is_broken_once_is_broken(more, earned, tmp_path):
    """What waits for another item is not broken, and counts for as little as it was asked."""
    setup = Setup.of(write_assignment(tmp_path, MANNERS))
    with Zygote(allowed(setup)) as zygote:
        report = Grader(setup, zygote).grade(submission(RELU_AND_FLATTEN + more))
    assert points(report)["manners"] == earned
