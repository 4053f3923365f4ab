"""Equations read out of implementations: right ones by any route, wrong ones in true sentences."""

import re
from dataclasses import replace

import numpy as np
import pytest
from command import run

from refcnn import ops
from refcnn.diagnosis.afresh import AskedMutant
from refcnn.diagnosis.identify.fit import FOLDS, Affine, affine
from refcnn.diagnosis.identify.identified import identify
from refcnn.diagnosis.identify.implementation import readable
from refcnn.diagnosis.identify.reading import Budget, UnreadableError, read
from refcnn.diagnosis.identify.shapes import telling
from refcnn.diagnosis.kills import asked
from refcnn.harness.python import PythonFunctions
from refcnn.suite.alternatives import alternatives
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case
from refcnn.suite.mutants import mutants
from refcnn.suite.paths import spec_tests

EXAMPLES = spec_tests().parent / "examples"
CONV = Case(
    operator="conv2d",
    inputs={"x": np.ones((2, 9, 8, 3)), "kernel": np.ones((3, 2, 3, 2)), "bias": np.ones(2)},
    attributes={"strides": (2, 3), "padding": ((1, 0), (0, 1))},
)
DENSE = Case(
    operator="dense",
    inputs={"x": np.ones((3, 4)), "kernel": np.ones((4, 5)), "bias": np.ones(5)},
)
FLATTEN = Case(operator="flatten", inputs={"x": np.ones((2, 3, 4, 2))})
CASES = {case.operator: case for case in (CONV, DENSE, FLATTEN)}
RIGHT = "Y[b, i, j, o] = sum over m, n, c of K[m, n, c, o] X[b, 2i + m - 1, 3j + n, c]"
WRONG = [one for one in mutants() if one.operator in CASES]
ROUTES = [one for one in alternatives() if one.operator in CASES]


def of(operator, function):
    return PythonFunctions({operator: function}).run


def of_mutant(name):
    operator = name.split("/")[0]
    (found,) = [m for m in mutants() if m.id == name]
    return identify(AskedMutant(found).run, CASES[operator])


def test_there_is_a_case_for_all_that_can_be_read():
    assert {*readable()} == {*CASES}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("one", ROUTES, ids=lambda one: one.id)
def test_right_ones_by_any_route_have_the_right_equation(one, dtype):
    ask = of(one.operator, one.function)
    case = CASES[one.operator].in_dtype(dtype)
    if not isinstance(ask(case), Answer):
        assert "only float32" in str(ask(case))
        return
    found = identify(ask, case)
    assert found.is_right, found.differences
    assert (found.yours, found.differences) == (found.right, ())
    assert found.questions < 100 if one.operator != "conv2d" else 150


def test_the_right_equations():
    found = identify(of("conv2d", ops.conv2d), CONV)
    assert found.right == (RIGHT, "Y[b, i, j, o] = bias[o]")
    assert identify(of("dense", ops.dense), DENSE).right[0] == (
        "Y[b, o] = sum over c of K[c, o] X[b, c]"
    )
    assert identify(of("flatten", ops.flatten), FLATTEN).right == (
        "Y[b, 8p + 2q + c] = X[b, p, q, c]",
    )


TURNED = "The kernel is turned over, its {} from the last to the first: it reads {}"
WRAPPED = "it reads row (2i + m - 1) mod 9, not 2i + m - 1"
REFLECTED = "it reads row reflect(2i + m - 1), not 2i + m - 1"
TOLD = {
    "conv2d/kernel-rotated": [
        TURNED.format("rows", "row 2i - m + 1, not 2i + m - 1"),
        TURNED.format("columns", "column 3j - n + 1, not 3j + n"),
    ],
    "conv2d/stride-ignored": [
        "Windows are 1 row apart, not 2: it reads row i + m - 1, not 2i + m - 1",
        "Windows are 1 column apart, not 3: it reads column j + n, not 3j + n",
    ],
    "conv2d/strides-swapped": [
        "Windows are 3 rows apart, not 2: it reads row 3i + m - 1, not 2i + m - 1",
        "Windows are 2 columns apart, not 3: it reads column 2j + n, not 3j + n",
        "The answer has 3 rows, not 4",
        "The answer has 4 columns, not 3",
    ],
    "conv2d/padding-sides-swapped": [
        "All windows lie 1 row down: it reads row 2i + m, not 2i + m - 1",
        "All windows lie 1 column left: it reads column 3j + n - 1, not 3j + n",
    ],
    "conv2d/padded-by-wrapping": [
        f"What lies beyond the border is taken from the other side: {WRAPPED}",
    ],
    "conv2d/padded-by-reflection": [
        f"Beyond the border its rows are reflected: {REFLECTED}",
    ],
    "conv2d/padded-with-ones": ["1 is read where there should be a cell, or padding"],
    "conv2d/one-channel-only": ["Nothing is read where c is 1 or 2"],
    "conv2d/depthwise": ["Of the c only o is read"],
    "conv2d/channels-reversed": [
        "The channels of x are read from the last to the first: it reads channel -c + 2, not c"
    ],
    "conv2d/first-filter-for-all": ["Only filter 0 of kernel is read: it reads filter 0, not o"],
    "conv2d/bias-ignored": ["No output depends on bias"],
    "conv2d/bias-at-every-tap": ["Bias is multiplied by 6"],
    "conv2d/bias-at-first-place-only": ["Something is read only where i is 0 and j is 0"],
    "conv2d/answer-a-millionth-too-large": [
        "Kernel times x is multiplied by 1.000001",
        "Bias is multiplied by 1.000001",
    ],
    "conv2d/first-example-for-all": ["Only example 0 of x is read: it reads example 0, not b"],
    "conv2d/row-number-added": [
        "To some outputs is added what depends on no number that was given: 1, 2, 3"
    ],
    "conv2d/zeros": ["No output depends on kernel or x", "No output depends on bias"],
    "dense/mean-in-place-of-sum": ["Kernel times x is multiplied by 0.25"],
    "dense/bias-piles-up": ["Bias is multiplied by several numbers: 1, 2, 3"],
    "dense/last-input-ignored": ["Nothing is read where c is 3"],
    "dense/only-near-inputs": ["27 of 60 cells are not read that should be"],
    "flatten/column-major": [
        "Numbers are put in another order: to channel p + 3q + 12c, not 8p + 2q + c"
    ],
    "flatten/nothing-flattened": ["The answer has 4 axes, not 2"],
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_of_a_mistake(name):
    found = of_mutant(name)
    assert not found.is_right
    assert found.yours != found.right or found.differences
    told = [*found.differences]
    if name == "conv2d/stride-ignored":  # and the sizes that follow
        told = told[:2]
    assert told == TOLD[name]


@pytest.mark.parametrize("one", WRONG, ids=lambda one: one.id)
def test_a_reading_predicts_the_answers_to_other_numbers(one):
    """Whatever is told of a mutant follows from a table that says what it answers."""
    case = CASES[one.operator]
    ask, known = AskedMutant(one), {"conv2d": ("kernel", "x"), "dense": ("kernel", "x")}
    tensors = known.get(one.operator, ("x",))
    try:
        found = read(ask.alone, case, tensors)
    except UnreadableError:
        return
    rng = np.random.default_rng(0)
    inputs = {name: rng.integers(-9, 9, case.inputs[name].shape) * 1.0 for name in tensors}
    rest = {name: np.zeros_like(t) for name, t in case.inputs.items() if name not in tensors}
    again = replace(case, inputs={**rest, **inputs})
    outcome = ask.alone(replace(again, inputs={name: again.inputs[name] for name in case.inputs}))
    assert np.allclose(outcome.array, found.predicted(inputs), rtol=1e-9, atol=1e-9)


WHY_NOT = {
    "conv2d/relu-fused": "it is not linear: where two kernel are added",
    "conv2d/inputs-in-bfloat16": "add up: to a part in ",
    "conv2d/always-float16": "it cannot be read, for it does not answer: returned an array",
}


@pytest.mark.parametrize("name", WHY_NOT)
def test_what_cannot_be_read_is_told_why(name):
    with pytest.raises(UnreadableError) as told:
        of_mutant(name)
    assert WHY_NOT[name] in str(told.value)


def lengthening():
    calls = []

    def flatten(x):
        calls.append(0)
        return np.zeros((len(calls), 1))

    return flatten


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda x: np.full((len(x), 3), np.inf), "numbers that are not finite"),
        (lengthening(), "are of several shapes"),
        (lambda x: np.reshape(np.where(x > 300, 0, x), (len(x), -1)), "it is not linear in x"),
    ],
)
def test_other_things_that_cannot_be_read(function, sentence):
    with pytest.raises(UnreadableError, match=sentence):
        identify(of("flatten", function), FLATTEN)


def test_a_reading_ends_where_its_budget_does():
    for budget in (Budget(questions=20), Budget(seconds=0)):
        with pytest.raises(UnreadableError, match="within the questions and seconds"):
            identify(of("conv2d", ops.conv2d), CONV, budget)


def test_what_has_no_equation_is_not_read():
    case = Case(operator="relu", inputs={"x": np.ones(3)})
    with pytest.raises(UnreadableError, match="no way of reading relu is known"):
        identify(of("relu", ops.relu), case)


def test_a_stated_dialect_is_what_is_right():
    case = replace(CONV, dialects=("kernel_flipped",))
    (turned,) = [m for m in mutants() if m.id == "conv2d/kernel-rotated"]
    assert identify(AskedMutant(turned).run, case).is_right
    assert not identify(of("conv2d", ops.conv2d), case).is_right
    assert identify(lambda one: asked(of("conv2d", ops.conv2d), one), case).is_right


@pytest.mark.parametrize("operator", readable())
def test_shapes_are_chosen_within_what_is_offered(operator):
    every = telling(operator, EVERYTHING.features[operator])
    assert 1 <= len(every) <= 2
    assert all((tensor == 1).all() for case in every for tensor in case.inputs.values())
    assert telling(operator, frozenset()) == []
    float32 = telling(operator, EVERYTHING.features[operator] - {"float64"})
    assert {case.dtype for case in float32} == {"float32"}


def test_formulas():
    variables = np.array(list(np.ndindex(4, 3)))
    i, m = variables.T
    for values, told in (
        (2 * i - m + 2, "2i - m + 2"),
        (-i + 3, "-i + 3"),
        (0 * i, "0"),
        (m, "m"),
    ):
        assert affine(variables, values, 9).told("im") == told
    like = Affine((1, 1), -1)
    for fold, function in FOLDS.items():
        found = affine(variables, function(i + m - 1, 3), 3, like)
        assert found.fold == fold
        assert "i + m - 1" in found.told("im")
    moved = affine(variables, (i + m + 1) % 4, 4, like)
    assert moved.told("im") == "(i + m + 1) mod 4"
    assert affine(variables, i * m, 9) is None
    assert affine(variables[:0], i[:0], 9) is None


def test_the_command_shows_equations():
    out, _ = run("explain", EXAMPLES / "three_mistakes.py", status=0)
    assert "  yours: Y[b, i, j, o] = sum over m, n, c of K[m, n, c, o] X[b, i - m + 2, " in out
    assert "  - The kernel is turned over, its rows from the last to the first: " in out
    assert "                       + bias[o]\n" in out
    assert "read in " in out


def test_the_command_shows_right_ones_in_the_layouts_of_the_specification():
    words = ("explain", EXAMPLES / "cs231n" / "layers.py", "--like", "cs231n", "--ops", "dense")
    out, _ = run(*words, status=0)
    assert out.startswith("In the layouts of the specification: NHWC, HWIO, IO.\n\ndense, x ")
    assert "  right for all finite numbers in these shapes, up to rounding (" in out


def test_the_command_tells_what_it_cannot_read(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def conv2d(x, kernel):\n    raise NotImplementedError('later')\n")
    out, _ = run("explain", path, "--ops", "conv2d,dense", status=0)
    assert "conv2d\n  not read: it is not offered: " in out
    assert "dense\n  not read: it is not there\n" in out
    path.write_text("import numpy as np\ndef dense(x, kernel):\n    return np.abs(x @ kernel)\n")
    out, _ = run("explain", path, status=0)
    assert "  not read: it is not linear: where two kernel are added, " in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.py"], "could not be read: there is no such file"),
        (["examples/plain_loops.py", "--ops", "relu"], "'relu' is not known"),
        (["examples/plain_loops.py", "--like", "cs231"], "did you mean"),
    ],
)
def test_mistakes_of_the_user(words, sentence):
    _, err = run("explain", *words, status=2, cwd=EXAMPLES.parent)
    assert sentence in " ".join(err.replace("│", " ").split())


def test_the_page_shows_what_is_printed():
    page = (EXAMPLES.parent / "docs" / "equations.md").read_text("utf-8")
    _, _, after = page.partition("$ refcnn explain examples/three_mistakes.py\n")
    shown, _, _ = after.partition("```")
    out, _ = run("explain", "examples/three_mistakes.py", status=0, cwd=EXAMPLES.parent)
    assert out.startswith(shown)
    assert shown.startswith("conv2d, x ")


UPSIDE_DOWN = '''
import numpy as np

def conv2d(x, kernel, bias=None):
    """The image is read from the bottom up, which is no mistake of the catalogue."""
    (n, h, w, _), (down, across, _, filters) = x.shape, kernel.shape
    y = np.zeros((n, h - down + 1, w - across + 1, filters), x.dtype)
    for i, j, m, k in np.ndindex(h - down + 1, w - across + 1, down, across):
        y[:, i, j] += x[:, h - 1 - i - m, j + k] @ kernel[m, k]
    return y if bias is None else y + bias
'''
CUT = "y = np.minimum(y, 40)\n    return y"


def test_a_card_shows_the_equation_of_a_mistake_without_a_name(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(UPSIDE_DOWN)
    out, _ = run("check", path, "--ops", "conv2d", "--profile", "quick", status=1)
    card = " ".join(out.replace("│", " ").split())
    assert "diagnosis: read out in " in card
    assert "right: Y[b, i, j, o] = sum over m, n, c of K[m, n, c, o] X[b, i + m, j + n, c]" in card
    assert re.search(r"yours: Y\[b, i, j, o\] = .* X\[b, -i - m \+ \d+, j \+ n, c\]", card)
    assert "the kernel is turned over, its rows from the last to the first" in card


def test_what_is_not_linear_has_no_equation_on_its_card(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(UPSIDE_DOWN.replace("h - 1 - i - m", "i + m").replace("return y", CUT, 1))
    out, _ = run("check", path, "--ops", "conv2d", "--profile", "quick", status=1)
    assert "read out" not in out
