"""Equations read out of implementations: right ones by any route, wrong ones in true sentences."""

import json
import re
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from command import run

from refcnn import conv2d_backward, dense_backward, ops
from refcnn.cli.common import UsageError
from refcnn.cli.equations import prove_case
from refcnn.diagnosis.afresh import AskedMutant
from refcnn.diagnosis.identify import implementation
from refcnn.diagnosis.identify.fit import FOLDS, Affine, affine
from refcnn.diagnosis.identify.identified import identify as identify_in_time
from refcnn.diagnosis.identify.identified import read_windows
from refcnn.diagnosis.identify.implementation import readable
from refcnn.diagnosis.identify.reading import Budget, UnreadableError, read
from refcnn.diagnosis.identify.shapes import grown, telling
from refcnn.diagnosis.kills import asked
from refcnn.harness.python import PythonFunctions
from refcnn.suite.alternatives import alternatives
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case, declined
from refcnn.suite.mutants import mutants
from refcnn.suite.paths import spec_tests
from refcnn.suite.registry import record

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
MEANS = Case(operator="global_avg_pool2d", inputs={"x": np.ones((2, 3, 4, 2))})
DCONV = Case(
    operator="conv2d_backward",
    inputs={**CONV.inputs, "dy": np.ones((2, 4, 3, 2))},
    attributes=CONV.attributes,
)
POOLS = [
    Case(
        operator=f"{kind}_pool2d",
        inputs={"x": np.ones((2, 7, 6, 2))},
        attributes={"pool_size": (3, 2), "strides": (2, 3), "padding": ((1, 0), (0, 1))},
    )
    for kind in ("max", "avg")
]
DPOOL = Case(
    operator="avg_pool2d_backward",
    inputs={**POOLS[1].inputs, "dy": np.ones((2, 3, 2, 2))},
    attributes=POOLS[1].attributes,
)
TIED = np.array([[1, 3, 3, 0, 2, 2], [3, 1, 0, 5, 4, 4], [2, 2, 5, 5, 1, 0]] * 2 + [[0] * 6]) * 1.0
DMAX = Case(
    operator="max_pool2d_backward",
    inputs={**DPOOL.inputs, "x": np.stack([TIED, -TIED] * 2).reshape(2, 7, 6, 2)},
    attributes=DPOOL.attributes,
)
DRELU = Case(operator="relu_backward", inputs={"dy": np.ones((3, 4)), "x": np.ones((3, 4))})
DDENSE = Case(operator="dense_backward", inputs={**DENSE.inputs, "dy": np.ones((3, 5))})
OUTPUTS = ("dx", "dkernel", "dbias")
GRADIENTS = [replace(case, output=name) for case in (DCONV, DDENSE) for name in OUTPUTS]
RELU, SOFTMAX = (Case(operator=op, inputs={"x": np.ones((3, 4))}) for op in ("relu", "softmax"))
CASES = {case.operator: case for case in (CONV, *POOLS, DENSE, FLATTEN, MEANS, RELU, SOFTMAX)}
DSOFTMAX = Case(operator="softmax_backward", inputs={"dy": np.ones((3, 4)), "x": np.ones((3, 4))})
LOGITS = {"x": np.ones((3, 4)), "labels": np.zeros(3, np.int64)}
LOSSES = [
    Case(operator="softmax_cross_entropy", inputs=LOGITS, output=name) for name in ("loss", "dx")
]
EVERY = [*CASES.values(), *GRADIENTS, DPOOL, DMAX, DRELU, DSOFTMAX, *LOSSES]
RIGHT = "Y[b, i, j, o] = sum over m, n, c of K[m, n, c, o] X[b, 2i + m - 1, 3j + n, c]"
WRONG = [(one, case) for one in mutants() for case in EVERY if case.operator == one.operator]
ROUTES = [(one, case) for one in alternatives() for case in EVERY if case.operator == one.operator]


def identify(ask, case, budget=None):
    """Read without haste: a busy machine must not decide what these tests say."""
    return identify_in_time(ask, case, budget or Budget(seconds=600))


def of(operator, function):
    return PythonFunctions({operator: function}).run


def named(pair):
    return f"{pair[0].id}{pair[1].output}"


def of_mutant(name, output=""):
    (found,) = [m for m in mutants() if m.id == name]
    (case,) = [one for one in EVERY if (one.operator, one.output) == (found.operator, output)]
    return identify(AskedMutant(found).run, case)


def test_there_is_a_case_for_all_that_can_be_read():
    assert {*readable()} == {case.operator for case in EVERY}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("pair", ROUTES, ids=named)
def test_right_ones_by_any_route_have_the_right_equation(pair, dtype):
    one, case = pair
    ask, case = of(one.operator, one.function), case.in_dtype(dtype)
    if not isinstance(ask(case), Answer):
        assert "only float32" in str(ask(case))
        return
    found = identify(ask, case)
    assert found.is_right, found.differences
    assert (found.yours, found.differences) == (found.right, ())


@pytest.mark.parametrize("one", alternatives(), ids=lambda one: one.id)
def test_right_ones_by_any_route_have_the_right_equation_at_other_shapes(one):
    if one.operator not in readable():
        return
    ask = of(one.operator, one.function)
    larger = [grown(case) for case in EVERY if case.operator == one.operator]
    cases = [*telling(one.operator, EVERYTHING.features[one.operator]), *filter(None, larger)]
    for case in cases:
        outcome = ask(case)
        if isinstance(outcome, Answer):
            found = identify(ask, case)
            assert found.is_right, (case.attributes, found.differences)
        else:  # it does not offer what goes beyond, or the other dtype
            assert declined(outcome) or "only float32" in str(outcome)
    assert cases


def test_the_right_equations():
    found = identify(of("conv2d", ops.conv2d), CONV)
    assert found.right == (RIGHT, "Y[b, i, j, o] = bias[o]")
    assert identify(of("dense", ops.dense), DENSE).right[0] == (
        "Y[b, o] = sum over c of K[c, o] X[b, c]"
    )
    assert identify(of("flatten", ops.flatten), FLATTEN).right == (
        "Y[b, 8p + 2q + c] = X[b, p, q, c]",
    )
    assert identify(of("global_avg_pool2d", ops.global_avg_pool2d), MEANS).right == (
        "Y[b, c] = sum over p, q of 1/12 X[b, p, q, c]",
    )


def test_the_right_equations_of_gradients():
    """With strides the cells decide what they are added to."""
    functions = {"conv2d_backward": conv2d_backward, "dense_backward": dense_backward}
    found = {
        (case.operator, case.output): identify(of(case.operator, functions[case.operator]), case)
        for case in GRADIENTS
    }
    assert [one.right for one in found.values()] == [
        ("dX[b, m + 2i - 1, n + 3j, c] += K[m, n, c, o] dY[b, i, j, o]",),
        ("dK[m, n, c, o] = sum over b, i, j of dY[b, i, j, o] X[b, m + 2i - 1, n + 3j, c]",),
        ("dbias[o] = sum over b, i, j of dY[b, i, j, o]",),
        ("dX[b, c] = sum over o of K[c, o] dY[b, o]",),
        ("dK[c, o] = sum over b of dY[b, o] X[b, c]",),
        ("dbias[o] = sum over b of dY[b, o]",),
    ]


TURNED = "The kernel is turned over, its {} from the last to the first: it reads {}"
WRAPPED = "it reads row (2i + m - 1) mod 9, not 2i + m - 1"
REFLECTED = "it reads row reflect(2i + m - 1), not 2i + m - 1"
ELSEWHERE = "read follows another axis of the output, not"
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
    "conv2d/bias-ignored": ["No output was seen to depend on bias"],
    "conv2d/bias-at-every-tap": ["Bias is multiplied by 6"],
    "conv2d/bias-at-first-place-only": ["The bias is added only where i is 0 and j is 0"],
    "conv2d/answer-a-millionth-too-large": [
        "Kernel times x is multiplied by 1.000001",
        "Bias is multiplied by 1.000001",
    ],
    "conv2d/first-example-for-all": ["Only example 0 of x is read: it reads example 0, not b"],
    "conv2d/row-number-added": [
        "To some outputs is added what does not depend on kernel or x: 1, 2, 3"
    ],
    "conv2d/zeros": [
        "No output was seen to depend on kernel or x",
        "No output was seen to depend on bias",
    ],
    "dense/mean-in-place-of-sum": ["Kernel times x is multiplied by 1/4"],
    "dense/bias-piles-up": ["Bias is multiplied by several numbers: 1, 2, 3"],
    "dense/last-input-ignored": ["Nothing is read where c is 3"],
    "dense/only-near-inputs": ["27 of 60 cells are not read that should be"],
    "flatten/column-major": [
        "Numbers are put, or added, elsewhere: to channel p + 3q + 12c, not 8p + 2q + c"
    ],
    "flatten/nothing-flattened": ["The answer has 4 axes, not 2"],
    "flatten/first-example-for-all": [
        (
            "The examples, rows, columns and channels of x, numbered as they lie in memory, are "
            "read in another order: number k, not 24b + k"
        ),
        "Nothing is read where b is 1",
    ],
    "conv2d/last-tap-dropped": ["Nothing is read where m is 2 and n is 1"],
    "conv2d/maps-before-rows": [
        "Other filters of kernel are read: it reads filter i, not o",
        f"Which rows are {ELSEWHERE} i: it reads row 2j + m - 1, not 2i + m - 1",
        f"Which columns are {ELSEWHERE} j: it reads column 3o + n, not 3j + n",
        "The answer has 2 rows, not 4",
        "The answer has 4 columns, not 3",
        "The answer has 3 channels, not 2",
        "Other filters of bias are read: it reads filter i, not o",
    ],
    "dense/kernel-read-by-outputs": [
        (
            "The inputs and outputs of kernel, numbered as they lie in memory, are read in another "
            "order: number 4o + c, not o + 5c"
        ),
    ],
}


SHIFTED = [
    "All windows lie 1 row down: it reads rows 2i to 2i + 2, not 2i - 1 to 2i + 1",
    "All windows lie 1 column left: it reads columns 3j - 1 to 3j, not 3j to 3j + 1",
]
EACH = "Each cell is multiplied by {}, however many there are"
TOLD |= {
    "max_pool2d/smallest-value": [
        "It takes the minimum of each window, not the maximum of each window"
    ],
    "max_pool2d/mean-in-place-of-max": [
        "It takes the mean of each window, not the maximum of each window"
    ],
    "max_pool2d/search-starts-at-zero": [
        "No answer is below 0, as if that were a cell of every window"
    ],
    "max_pool2d/zeros-win": [
        "Of a window where i is 0 no answer is below 0, as if that were one of its cells"
    ],
    "max_pool2d/zeros-after-the-first-example": [
        "Of a window where b is 1 and i is 0 no answer is below 0, as if that were one of its cells"
    ],
    "max_pool2d/finite-start": [
        "No answer is below -99999, as if that were a cell of every window"
    ],
    "max_pool2d/window-swapped": [
        "Windows have 2 rows, not 3: it reads rows 2i - 1 to 2i, not 2i - 1 to 2i + 1",
        "Windows have 3 columns, not 2: it reads columns 3j to 3j + 2, not 3j to 3j + 1",
        "The answer has 4 rows, not 3",
    ],
    "max_pool2d/strides-swapped": [
        "Windows are 3 rows apart, not 2: it reads rows 3i - 1 to 3i + 1, not 2i - 1 to 2i + 1",
        "Windows are 2 columns apart, not 3: it reads columns 2j to 2j + 1, not 3j to 3j + 1",
        "The answer has 2 rows, not 3",
        "The answer has 3 columns, not 2",
    ],
    "max_pool2d/padding-sides-swapped": SHIFTED,
    "max_pool2d/channels-mixed": [
        "All channels are taken together: it reads channels 0 to 1, not c"
    ],
    "max_pool2d/first-example-for-all": ["Other examples are taken: it reads example 0, not b"],
    "max_pool2d/first-cell-ignored": [
        "Other cells are read where i is 1 or 2: at (b = 0, i = 1, j = 0, c = 0) [0, 1, 0, 0] not"
    ],
    "max_pool2d/border-wraps": [
        (
            "Other cells are read where i is 0: at (b = 0, i = 0, j = 0, c = 0) rows 0 and 1 "
            "and 6, not rows 0 to 1"
        )
    ],
    "max_pool2d/weighted-by-place": [
        "Cells are multiplied by several numbers before the largest is taken"
    ],
    "max_pool2d/zeros": ["No output was seen to depend on x"],
    "avg_pool2d/sum-in-place-of-mean": [EACH.format("1")],
    "avg_pool2d/padding-counted": [EACH.format("1/6")],
    "avg_pool2d/first-value": [
        "Nothing is read where i is 0",
        "Windows have 1 row, not 3: it reads row 2i - 1, not 2i - 1 to 2i + 1",
        "Windows have 1 column, not 2: it reads column 3j, not 3j to 3j + 1",
    ],
    "avg_pool2d/weighted-by-place": [
        (
            "Cells are multiplied by other numbers: at (b = 0, i = 0, j = 0, c = 0) by 1/6, 1/4, "
            "1/3, not 1/4"
        )
    ],
    "avg_pool2d/row-number-added": ["To some outputs is added 1, 2"],
    "avg_pool2d/padding-axes-swapped": SHIFTED,
    "relu/nothing-done": ["Where X < 0 the answer is X, not 0"],
    "relu/leaky": ["Where X < 0 the answer is 0.01 X, not 0"],
    "relu/capped-at-six": ["Where X > 6 the answer is 6, not X"],
    "relu/one-at-zero": ["Where X = 0 the answer is 1, not 0"],
    "relu/small-values-dropped": ["Where 0 < X < 1e-06 the answer is 0, not X"],
    "relu/shifted": [
        "Where 0 < X < 1 the answer is 0, not X",
        "Where X > 1 the answer is X - 1, not X",
    ],
    "relu/integers-only": [
        "It is X without its fraction where X > 0, else 0: to 0.5 it answers 0, not 0.5"
    ],
    "relu/swish": [
        (
            "It is X / (1 + exp(-X)): to -2 it answers -0.238405844, not 0, to -0.5 it answers "
            "-0.188770334, not 0, to 0.5 it answers 0.311229666, not 0.5"
        )
    ],
    "softmax/base-two": ["Shares are in proportion to 2^X, not to exp(X)"],
    "softmax/temperature-two": ["Shares are in proportion to exp(0.5 X), not to exp(X)"],
    "softmax/softmin": ["Shares are in proportion to exp(-X), not to exp(X)"],
    "softmax/squares": ["Shares are in proportion to X^2, not to exp(X)"],
    "softmax/first-axis": ["It shares out along axis 0, not along the last axis"],
    "softmax/whole-array": ["It shares out along all axes, not along the last axis"],
    "softmax/percentages": ["The answers add up to 100, not to 1"],
    "softmax/log-softmax": [
        "The answer is log(exp(X) / sum of exp(X)), not exp(X) divided by their sum"
    ],
    "softmax/sigmoid": ["Each answer depends on its own logit alone: it is 1 / (1 + exp(-X))"],
    "softmax/shift-without-the-last": [
        "Where the last logit is higher by 1000, an answer is nan, not 1"
    ],
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


def upside_down(function):
    """The operator on an image whose rows are in the other order."""
    return lambda x, *tensors, **named: function(x[:, ::-1].copy(), *tensors, **named)


@pytest.mark.parametrize("operator", ["conv2d", "max_pool2d", "avg_pool2d"])
def test_an_image_that_is_read_from_the_last_row_is_told_as_such(operator):
    (case,) = [one for one in EVERY if one.operator == operator]
    function = upside_down(getattr(ops, operator))
    found = identify(of(operator, function), case)
    (told,) = found.differences
    assert re.match(r"The rows (of x )?are read from the last to the first: it reads rows? ", told)

    def other_order(x, *tensors, **named):
        return getattr(ops, operator)(x, *tensors, **named)[:, ::-1].copy()

    if operator == "conv2d":
        (told,) = identify(of(operator, other_order), case).differences
        assert told.startswith("Windows follow each other from the last row to the first: ")


MISSING, TOO_MUCH = "is missing", "is added, which should not be there"
TOLD_OF_PROBABILITIES = {
    ("softmax_backward/without-the-sum", ""): [f"-p[i] sum over k of p[k] dY[k] {MISSING}"],
    ("softmax_backward/diagonal-alone", ""): [
        f"-p[i] sum over k of p[k] dY[k] {MISSING}",
        f"-p[i]^2 dY[i] {TOO_MUCH}",
    ],
    ("softmax_backward/mean-over-the-classes", ""): [
        "p[i] sum over k of p[k] dY[k] is multiplied by -1/4, not by -1"
    ],
    ("softmax_backward/forward-pass", ""): [
        f"p[i] dY[i] {MISSING}",
        f"-p[i] sum over k of p[k] dY[k] {MISSING}",
        f"p[i] {TOO_MUCH}",
    ],
    ("softmax_cross_entropy/loss-is-the-sum", "loss"): [
        "sum over b of log p[b, label] is multiplied by -1, not by -1/3"
    ],
    ("softmax_cross_entropy/base-two", "loss"): [
        f"-1/3 sum over b of log p[b, label] {MISSING}",
        f"-1/3 sum over b of log2 p[b, label] {TOO_MUCH}",
    ],
    ("softmax_cross_entropy/labels-smoothed", "dx"): [
        "t[b, i] is multiplied by -3/10, not by -1/3",
        f"-1/120 {TOO_MUCH}",
    ],
    ("softmax_cross_entropy/gradient-of-the-sum", "dx"): [
        "p[b, i] is multiplied by 1, not by 1/3",
        "t[b, i] is multiplied by -1, not by -1/3",
    ],
}


@pytest.mark.parametrize("name", TOLD_OF_PROBABILITIES)
def test_what_is_told_of_a_mistake_with_probabilities(name):
    assert [*of_mutant(*name).differences] == TOLD_OF_PROBABILITIES[name]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (("softmax_backward/sum-over-everything", ""), "dX of a row depends on dY of other rows"),
        (("softmax_backward/p-twice", ""), "follows no plain formula of the probabilities"),
        (("softmax_cross_entropy/loss-in-a-list", "loss"), "loss has the shape (1,), not ()"),
        (("softmax_cross_entropy/labels-reversed", "dx"), "dx is made of follows no plain formula"),
    ],
)
def test_what_probabilities_do_not_explain_is_told(name, why):
    with pytest.raises(UnreadableError) as told:
        of_mutant(*name)
    assert why in str(told.value)


def test_what_is_nothing_but_rounding_is_not_told_of():
    """A gradient that is 0 but for rounding answers alike to whatever is rounded before it."""
    (wrong,) = [m for m in mutants() if m.id == "softmax_backward/dy-taken-as-ones"]
    for case in telling("softmax_backward", EVERYTHING.features["softmax_backward"]):
        try:
            told = identify(AskedMutant(wrong).run, case).differences
        except UnreadableError as error:
            told = (str(error),)
        assert told
        assert "before anything else" not in told[0]


def test_a_square_kernel_that_is_transposed_is_told_as_such():
    (found,) = [m for m in mutants() if m.id == "conv2d/kernel-transposed"]
    case = CONV.given(x=np.ones((9, 6, 6, 1)), kernel=np.ones((2, 2, 1, 1)), bias=np.ones(1))
    told = identify(AskedMutant(found).run, case.with_attributes(padding=0)).differences
    assert told == (
        "Rows and columns of the kernel change places: it reads row 2i + n, not 2i + m",
        "Rows and columns of the kernel change places: it reads column 3j + m, not 3j + n",
    )
    (few,) = [m for m in mutants() if m.id == "conv2d/two-examples-only"]
    told = identify(AskedMutant(few).run, case).differences
    assert "Nothing is read where b is 2 to 8" in told


TOLD_OF_GRADIENTS = {
    ("conv2d_backward/kernel-rotated-for-dx", "dx"): [
        "Numbers are put, or added, elsewhere: to row -m + 2i + 1, not m + 2i - 1",
        "Numbers are put, or added, elsewhere: to column -n + 3j + 1, not n + 3j",
    ],
    ("conv2d_backward/dkernel-upside-down", "dkernel"): [
        "Other rows are read: it reads row -m + 2i + 1, not m + 2i - 1"
    ],
    ("conv2d_backward/dkernel-averaged-over-places", "dkernel"): [
        "Dy times x is multiplied by 1/12"
    ],
    ("conv2d_backward/dkernel-with-weight-decay", "dkernel"): [
        "To all outputs is added what does not depend on dy or x: 0.01"
    ],
    ("conv2d_backward/dbias-of-the-first-place", "dbias"): [
        "Something is read only where i is 0 and j is 0"
    ],
    ("conv2d_backward/dy-taken-as-ones", "dx"): [
        "1 is read where there should be a cell, or padding"
    ],
    ("conv2d_backward/all-divided-by-the-batch", "dx"): ["Kernel times dy is multiplied by 1/2"],
    ("dense_backward/dbias-not-added-up", "dbias"): ["The answer has 2 axes, not 1"],
}


TO = "What comes back goes to {} of its window, not to the first largest cell of its window"
TOLD_OF_GRADIENTS |= {
    ("avg_pool2d_backward/not-divided", ""): [EACH.format("1")],
    ("avg_pool2d_backward/negative", ""): ["Everything is multiplied by -1"],
    ("avg_pool2d_backward/off-by-a-millionth", ""): ["Everything is multiplied by 1.000001"],
    ("max_pool2d_backward/smallest-gets-all", ""): [TO.format("the first smallest cell")],
    ("max_pool2d_backward/tied-cells-get-all", ""): [TO.format("every largest cell")],
    ("max_pool2d_backward/last-of-tied-cells", ""): [TO.format("the last largest cell")],
    ("max_pool2d_backward/negative", ""): ["Everything is multiplied by -1"],
    ("relu_backward/mask-inverted", ""): [
        "Where X < 0 the answer is 1, not 0",
        "Where X > 0 the answer is 0, not 1",
    ],
    ("relu_backward/passes-at-zero", ""): ["Where X = 0 the answer is 1, not 0"],
}


@pytest.mark.parametrize("name", TOLD_OF_GRADIENTS)
def test_what_is_told_of_a_mistake_in_a_gradient(name):
    found = of_mutant(*name)
    assert not found.is_right
    assert [*found.differences] == TOLD_OF_GRADIENTS[name]


def test_what_is_not_there_or_of_another_kind_is_told():
    with pytest.raises(UnreadableError, match="it does not answer dbias"):
        of_mutant("dense_backward/dbias-missing", "dbias")
    with pytest.raises(UnreadableError, match="it depends on x even where dy is 0"):
        of_mutant("conv2d_backward/dy-taken-as-ones", "dkernel")
    told = of_mutant("dense_backward/dbias-not-added-up", "dbias").yours
    assert told == ("dbias = an array of shape (3, 5)",)


READ = {"terms": read, "windows": read_windows}


@pytest.mark.parametrize(
    "pair", [p for p in WRONG if record(p[0].operator).read_as in READ], ids=named
)
def test_a_reading_predicts_the_answers_to_other_numbers(pair):
    """Whatever is told of a mutant follows from a table that says what it answers."""
    one, case = pair
    ask, known = AskedMutant(one), record(one.operator)
    tensors = known.read_in[case.looks_at]
    try:
        found = READ[known.read_as](ask.alone, case, tensors, Budget(seconds=600))
    except UnreadableError:
        return
    rng = np.random.default_rng(0)
    shapes = {name: case.inputs[name].shape for name in tensors}
    orders = {name: rng.permutation(np.prod(shape)) for name, shape in shapes.items()}
    inputs = {name: order.reshape(shapes[name]) - 9.0 for name, order in orders.items()}
    rest = case.inputs if known.gradient_of else {"bias": 0 * case.inputs.get("bias", np.ones(1))}
    every = {**rest, **inputs}
    again = replace(case, inputs={name: every[name] for name in case.inputs})
    answered = ask.alone(again).seen(again)
    assert np.allclose(answered, found.predicted(inputs), rtol=1e-9, atol=1e-9)


WHY_NOT = {
    "conv2d/relu-fused": "with X for the right answer: where X < 0 the answer is 0, not X",
    "dense/saturated": "where X < -10 the answer is -10, not X; where X > 10 the answer is 10",
    "dense/result-rounded-to-float16": "it is X rounded to float16",
    "avg_pool2d/rounded-down": "it is X rounded down",
    "avg_pool2d/absolute-values": "it leaves out the signs of x, before anything else",
    "conv2d/inputs-in-bfloat16": "it rounds x to bfloat16, before anything else",
    "conv2d/float32-inside": "all 48 answers to numbers of many digits are numbers of float32",
    "conv2d/sums-in-float16": "all 48 answers to numbers of many digits are numbers of float16",
    "conv2d/fractions-cut-off": "all 48 answers to numbers of many digits are whole numbers",
    "dense/kernel-rounded-to-float16": "it rounds kernel to float16, before anything else",
    "dense/whole-inputs-only": "it leaves out the fractions of x, before anything else",
    "dense/negative-inputs-ignored": "it takes the negative numbers of x as 0, before",
    "conv2d/kernel-normalised": "it is not linear: where two kernel are added, the answers do not",
    "relu/over-the-largest": "depends on the numbers beside it",
    "relu/only-the-first-row": "it answers -1.73258 and 0 to -1.73258, by the place",
    "softmax/labels-smoothed": "with X for the right answer: the answer is 0.9 X + 0.025, not X",
    "conv2d/always-float16": "it cannot be read, for it does not answer: returned an array",
}


@pytest.mark.parametrize("name", WHY_NOT)
def test_what_cannot_be_read_is_told_why(name):
    with pytest.raises(UnreadableError) as told:
        of_mutant(name)
    assert WHY_NOT[name] in str(told.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda x: np.trunc(x * 256) / 256,
            "it cuts x to multiples of 1/256, before anything else",
        ),
        (lambda x: np.rint(x * 64) / 64, "it rounds x to multiples of 1/64, before anything else"),
        (lambda x: x.astype("f2").astype(x.dtype), "it rounds x to float16, before anything else"),
        (lambda x: np.floor(x * 16) / 16, "it is not linear: where two x are added"),
    ],
)
def test_nothing_finer_is_told_than_is_done(change, told):
    """What is cut to 1/256 also answers alike to numbers that were rounded to 1/2048."""
    ask = of("dense", lambda x, kernel, bias=None: ops.dense(change(x), kernel, bias))
    with pytest.raises(UnreadableError) as why:
        identify(ask, DENSE)
    assert str(why.value).startswith(told)


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
        (
            lambda x: np.reshape(np.where(x > 300, 0, x), (len(x), -1)),
            "with X for the right answer: where X > 292 the answer is 0, not X",
        ),
    ],
)
def test_other_things_that_cannot_be_read(function, sentence):
    with pytest.raises(UnreadableError, match=sentence):
        identify(of("flatten", function), FLATTEN)


ODD = {
    "nothing": lambda y: y[:0],
    "a number": lambda y: y.sum(),
    "a row": lambda y: y.ravel(),
    "more axes": lambda y: y[..., None],
    "fewer axes": lambda y: y[0],
    "a part": lambda y: y[..., :1],
    "twice": lambda y: np.concatenate([y, y]),
    "NaN": lambda y: y * np.nan,
    "infinities": lambda y: y / 0,
    "ones": np.ones_like,
    "places": lambda y: np.arange(y.size, dtype=y.dtype).reshape(y.shape),
    "ranks": lambda y: y.ravel().argsort().argsort().reshape(y.shape).astype(y.dtype),
    "squares": np.square,
    "the other way round": lambda y: y.T,
    "a sign": np.sign,
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("case", EVERY, ids=lambda case: f"{case.operator} {case.output}")
def test_whatever_is_answered_is_read_or_told_why_not(case, odd):
    """No answer that an implementation may give ends a reading in an error of ours."""
    reference = record(case.operator).reference
    name = record(case.operator).answered[0]

    def ask(one):
        answer = of(case.operator, reference)(one)
        if not isinstance(answer, Answer):
            return answer
        with np.errstate(all="ignore"):  # one number has no axes to be changed
            wide = {n: np.atleast_1d(y) for n, y in answer.outputs.items()}
            changed = {n: np.asarray(ODD[odd](y)) for n, y in wide.items()}
        return Answer(changed)

    assert name in ask(case).outputs
    with suppress(UnreadableError):
        found = identify(ask, case)
        assert found.is_right is (not found.differences)


def test_a_reading_ends_where_its_budget_does():
    for budget in (Budget(questions=20), Budget(seconds=0)):
        with pytest.raises(UnreadableError, match="within the questions and seconds"):
            identify(of("conv2d", ops.conv2d), CONV, budget)


def test_what_has_no_equation_is_not_read():
    with pytest.raises(UnreadableError, match="no way of reading dkernel of softmax is known"):
        identify(of("softmax", ops.softmax), replace(SOFTMAX, output="dkernel"))


def test_a_stated_dialect_is_what_is_right():
    case = replace(CONV, dialects=("kernel_flipped",))
    (turned,) = [m for m in mutants() if m.id == "conv2d/kernel-rotated"]
    assert identify(AskedMutant(turned).run, case).is_right
    assert not identify(of("conv2d", ops.conv2d), case).is_right
    assert identify(lambda one: asked(of("conv2d", ops.conv2d), one), case).is_right


@pytest.mark.parametrize("operator", readable())
def test_shapes_are_chosen_within_what_is_offered(operator):
    every = telling(operator, EVERYTHING.features[operator])
    outputs = len(record(operator).read_in)
    assert outputs <= len(every) <= 2 * outputs
    kept = {"x"} if record(operator).read_as in ("picks", "mixture") else {}
    tensors = [(n, t) for case in every for n, t in case.inputs.items() if n not in kept]
    assert all((tensor == 1).all() for _, tensor in tensors)
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
    assert "  right in these shapes for numbers from 1e-12 to 1e12, up to rounding (" in out


def test_the_command_tells_what_it_cannot_read(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def conv2d(x, kernel):\n    raise NotImplementedError('later')\n")
    out, _ = run("explain", path, "--ops", "conv2d,dense", status=0)
    assert "conv2d\n  not read: it is not offered: " in out
    assert "dense\n  not read: it is not there\n" in out
    path.write_text("import numpy as np\ndef dense(x, kernel):\n    return np.abs(x @ kernel)\n")
    out, _ = run("explain", path, status=0)
    assert "  not read: with X for the right answer: where X < 0 the answer is -X, not X\n" in out


def test_a_case_that_is_no_json_is_told(tmp_path):
    (tmp_path / "mine.json").write_text("x = 1")
    _, err = run("explain", tmp_path / "mine.json", status=2)
    assert "is not JSON" in " ".join(err.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["examples/plain_loops.py", "--at", "0"], "are about a case, not an implementation"),
        (["nowhere.py"], "could not be read: there is no such file"),
        (
            ["examples/plain_loops.py", "--ops", "softmax_forward"],
            "'softmax_forward' is not known",
        ),
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
    assert "diagnosis: The rows of x are read from the last to the first. (it explains " in card
    assert "read out in " in card
    assert "right: Y[b, i, j, o] = sum over m, n, c of K[m, n, c, o] X[b, i + m, j + n, c]" in card
    assert re.search(r"yours: Y\[b, i, j, o\] = .* X\[b, -i - m \+ \d+, j \+ n, c\]", card)
    assert "cells of X[0, :, :, 0] that Y[0, 0, 0, 0] reads" in card


def test_what_is_not_linear_has_no_equation_on_its_card(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(UPSIDE_DOWN.replace("h - 1 - i - m", "i + m").replace("return y", CUT, 1))
    out, _ = run("check", path, "--ops", "conv2d", "--profile", "quick", status=1)
    assert "read out" not in out


CASE = {
    "operator": "conv2d",
    "attributes": {"strides": [2, 1]},
    "inputs": {
        "x": {"dtype": "float32", "shape": [1, 4, 3, 1], "data": [1.0] * 12},
        "kernel": {"dtype": "float32", "shape": [2, 2, 1, 1], "data": [1.0] * 4},
    },
}
LOOPS = """
import numpy as np
def conv2d(x, kernel, *, strides=1):
    s, t = strides
    h, w = kernel.shape[:2]
    y = np.zeros((len(x), (x.shape[1] - h) // s + 1, (x.shape[2] - w) // t + 1, kernel.shape[3]))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            patch = x[:, i * s:i * s + h, j * t:j * t + w]
            y[:, i, j] = np.tensordot(patch, kernel, 3)
    return y.astype(x.dtype)
"""


def proved(tmp_path, source, status, case=CASE):
    (tmp_path / "mine.py").write_text(source)
    (tmp_path / "case.json").write_text(json.dumps(case))
    return run("prove", tmp_path / "mine.py", "--case", tmp_path / "case.json", status=status)


def test_what_is_read_as_right_is_proved(tmp_path):
    out, _ = proved(tmp_path, LOOPS, 0)
    assert "sum over m, n of K[m, n, 0, 0] X[0, 2i + m, j + n, 0]\n  PROVED: right in these" in out


@pytest.mark.parametrize(
    ("line", "other", "told"),
    [
        ("s, t = strides", "t, s = strides", "Windows are 1 row apart, not 2"),
        ("return y", "x += 1; return y", "  not proved: x was changed"),
        ("return y", "return np.sin(y)", "  not proved: it is not linear"),
        ("return y", "raise ValueError('no')", "  not proved: it cannot be read, for it does not"),
    ],
)
def test_what_is_otherwise_is_not_proved(line, other, told, tmp_path):
    out, _ = proved(tmp_path, LOOPS.replace(line, other), 1)
    assert told in out
    assert "PROVED" not in out


def test_a_proof_needs_a_case_that_can_be_read(tmp_path, monkeypatch):
    proved(tmp_path, LOOPS, 0)
    with monkeypatch.context() as patched:
        patched.setattr(implementation, "readable", lambda: ("dense",))
        with pytest.raises(UsageError, match="no way of reading conv2d is known"):
            prove_case("mine.py", tmp_path / "case.json", None, None, 5.0)
    _, err = run("prove", tmp_path / "mine.py", "--case", tmp_path / "none.json", status=2)
    assert "there is no file" in " ".join(err.split())
