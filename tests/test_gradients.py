"""Gradients: the vectorised ones against exact differences, bit for bit, and against autograd."""

import decimal
import math
from fractions import Fraction

import numpy as np
import pytest

from refcnn.cnn import definition, gradient_definition, gradients, ops
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.data import integers
from refcnn.suite.generators import maker, source
from refcnn.suite.tensors import DTYPES

SMALL = 70  # numbers in a tensor whose differences are taken one by one
OPTIONS = {
    "conv2d": {
        "families": ("xsmall",),
        "dilation": ("default", "dilation_int", "dilation_pair"),
        "groups": ("default", "groups"),
    },
    "dense": {"families": ("xsmall",)},
}
OF_X = ("max_pool2d", "avg_pool2d", "global_avg_pool2d", "flatten", "relu")


def cases(operator, number):
    """Small legal cases of an operator, on small whole numbers."""
    found, index = [], 0
    while len(found) < number:
        pick = source(operator, 7, index)
        case = maker(operator)(pick, EVERYTHING.features[operator], **OPTIONS.get(operator, {}))
        index += 1
        x = case.inputs["x"]
        if all(0 < tensor.size <= SMALL for tensor in case.inputs.values()) and x.ndim > 1:
            whole = {name: np.round(np.clip(t, -9, 9)) for name, t in case.inputs.items()}
            if all(np.isfinite(tensor).all() for tensor in whole.values()):
                found.append(case.given(**whole))
    return found


def fractions(tensor):
    exact = [Fraction(value) for value in tensor.ravel().tolist()]
    return np.array(exact, object).reshape(tensor.shape)


def given(case):
    """Its tensors, and a dy of small multiples of what any mean divides by."""
    y = getattr(ops, case.operator)(**case.inputs, **case.attributes)
    factor = math.lcm(*range(1, 17)) if "avg" in case.operator else 1
    return integers(5, y.shape, -8, 8, case.dtype) * y.dtype.type(factor)


def both(case):
    """The gradients by both oracles, as tuples; of the definition as numbers of the dtype."""
    dy, name = given(case), f"{case.operator}_backward"
    ours = getattr(gradients, name)(dy, **case.inputs, **case.attributes)
    exact = {key: fractions(tensor) for key, tensor in case.inputs.items()}
    theirs = getattr(gradient_definition, name)(fractions(dy), **exact, **case.attributes)
    if isinstance(theirs, np.ndarray):
        ours, theirs = (ours,), (theirs,)
    return ours, theirs


@pytest.mark.parametrize("operator", ["conv2d", "dense", *OF_X])
def test_both_oracles_agree_to_the_last_bit(operator):
    for case in cases(operator, 60 if operator != "global_avg_pool2d" else 20):
        ours, theirs = both(case)
        assert len(ours) == len(theirs)
        for found, exact in zip(ours, theirs):
            assert (found is None) == (exact is None)
            if exact is not None:
                assert found.dtype == case.dtype
                np.testing.assert_array_equal(found, exact.astype(float), str(case))


def test_cases_have_what_gradients_go_wrong_on():
    """Strides, gaps, groups, windows that overlap, and cells that no window reaches."""
    found = cases("conv2d", 60)
    for name in ("strides", "padding", "dilation", "groups"):
        assert sum(name in case.attributes for case in found) > 5, name
    untouched = [not both(case)[0][0].all(axis=(0, 3)).all() for case in found[:20]]
    assert any(untouched)


def test_of_equal_cells_the_first_gets_all():
    x = np.zeros((1, 3, 3, 1))
    dx = gradients.max_pool2d_backward(np.ones((1, 2, 2, 1)), x, 2, strides=1)
    assert dx[0, :, :, 0].tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_padding_is_never_the_largest():
    x = np.full((1, 2, 2, 1), -np.inf)
    dx = gradients.max_pool2d_backward(np.ones((1, 2, 2, 1)), x, 2, padding=1)
    assert dx[0, :, :, 0].tolist() == [[1, 1], [1, 1]]


def test_the_largest_may_be_nan():
    x = np.array([1, np.nan, 3, np.nan]).reshape(1, 2, 2, 1)
    dx = gradients.max_pool2d_backward(np.ones((1, 1, 1, 1)), x, 2)
    assert dx.ravel().tolist() == [0, 1, 0, 0]


BOTH = pytest.mark.parametrize("module", [gradients, gradient_definition], ids=["fast", "loops"])


@BOTH
@pytest.mark.parametrize(("ties", "dx"), [("first", [6, 0]), ("all", [6, 6]), ("shared", [3, 3])])
def test_tied_maxima_by_each_convention(module, ties, dx):
    x, dy = np.ones((1, 1, 2, 1)), np.full((1, 1, 1, 1), 6.0)
    assert module.max_pool2d_backward(dy, x, (1, 2), ties=ties).ravel().tolist() == dx


def test_shares_of_ties_are_numbers_of_the_dtype():
    """12582914 / 3 is 4194304.5 in float32; 8388608 more is halfway between: the even number."""
    dy = np.array([12582914, 25165824], "f4").reshape(1, 1, 2, 1)
    x = np.ones((1, 1, 4, 1), "f4")
    dx = gradients.max_pool2d_backward(dy, x, (1, 3), strides=1, ties="shared")
    assert dx.ravel().tolist() == [4194304.5, 12582912, 12582912, 8388608]


@pytest.mark.parametrize(
    ("operator", "arguments"), [("relu", ()), ("flatten", ()), ("max_pool2d", (1,))]
)
def test_gradients_of_fractions_are_fractions(operator, arguments):
    dy, x = (np.full((1, 1, 1, 1), number, object) for number in (Fraction(1, 3), 2))
    dy = dy.reshape(1, 1) if operator == "flatten" else dy
    dx = getattr(gradient_definition, f"{operator}_backward")(dy, x, *arguments)
    assert dx.ravel().tolist() == [Fraction(1, 3)]


def test_who_does_not_ask_for_dx_gets_the_others():
    """1*2 + 3*4 = 14."""
    dy, x = np.array([[1.0], [3.0]]), np.array([[2.0], [4.0]])
    pixels = dy.reshape(2, 1, 1, 1), x.reshape(2, 1, 1, 1)
    found = gradients.conv2d_backward(*pixels, np.ones((1, 1, 1, 1)), of_x=False)
    assert found.dx is None
    assert found.dkernel.tolist() == [[[[14]]]]


# --- softmax and the loss, which no fraction is


@BOTH
def test_the_gradient_of_softmax_is_along_the_last_axis(module):
    """Y = 1/2 each, and the mean of dY is 2."""
    dx = module.softmax_backward(np.array([[[1.0, 3.0]]]), np.zeros((1, 1, 2)))
    assert dx.tolist() == [[[-0.5, 0.5]]]


@pytest.mark.parametrize(("reduction", "share"), [("mean", 0.5), ("sum", 1)])
def test_a_loss_may_be_a_sum(reduction, share):
    """Beside 1024 the other class gets nothing: a loss of 1024 each, and a gradient of 1."""
    logits = np.array([[0.0, 1024.0], [1024.0, 0.0]])
    found = gradients.softmax_cross_entropy(logits, [0, 1], reduction=reduction)
    assert found.loss == 2048 * share
    assert found.dlogits.tolist() == [[-share, share], [share, -share]]


@pytest.mark.parametrize(("reduction", "share"), [("mean", Fraction(1, 4)), ("sum", 1)])
def test_a_loss_by_its_definition_may_be_a_sum(reduction, share):
    """In powers and logarithms of 2: a loss of 1 each."""
    logits, targets = np.array([[0, 0]] * 4, object), np.array([[1, 0]] * 4)
    loss, dlogits = gradient_definition.softmax_cross_entropy(
        logits, targets, lambda power: Fraction(2) ** power, math.log2, reduction=reduction
    )
    assert loss == 4 * share
    assert dlogits.tolist() == [[-share * Fraction(1, 2), share * Fraction(1, 2)]] * 4


def test_shares_of_classes_may_be_off_by_as_much_as_they_are_rounded():
    """Of two classes by twice the distance from 1 to the next number."""
    eps, logits = 2.0**-52, np.zeros((1, 2))
    assert gradients.one_hot([[1, 2 * eps]], logits).tolist() == [[1, 2 * eps]]
    with pytest.raises(ValueError, match="shares that add up to 1"):
        gradients.one_hot([[1, 3 * eps]], logits)


DIGITS = decimal.Context(prec=60)
LOGITS = np.array([[1.5, -2, 0.25], [700, -700, 699], [0, 0, 0], [-3, 4, 4]])


def decimals(tensor):
    exact = [decimal.Decimal(value) for value in tensor.ravel().tolist()]
    return np.array(exact, object).reshape(tensor.shape)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_gradient_of_softmax_is_as_near_as_rounding_lets_it(dtype):
    x, dy = LOGITS.astype(dtype), integers(3, LOGITS.shape, -8, 8, dtype)
    with decimal.localcontext(DIGITS):
        exact = gradient_definition.softmax_backward(decimals(dy), decimals(x), DIGITS.exp)
        far = np.abs(decimals(gradients.softmax_backward(dy, x)) - exact)
    # Each Y is off by a few units in its last place, and is at most 1; dY is at most 8.
    assert far.max() < 8 * 16 * float(np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_loss_and_its_gradient(dtype):
    logits, labels = LOGITS.astype(dtype), np.array([2, 0, 1, 2])
    found = gradients.softmax_cross_entropy(logits, labels)
    one_hot = np.eye(3)[labels]
    with decimal.localcontext(DIGITS):
        targets = np.array([[int(v) for v in row] for row in one_hot], object)
        loss, exact = gradient_definition.softmax_cross_entropy(
            decimals(logits), targets, DIGITS.exp, DIGITS.ln
        )
        far = np.abs(decimals(found.dlogits) - exact)
    eps = float(np.finfo(dtype).eps)
    assert found.loss.shape == ()
    assert found.loss.dtype == found.dlogits.dtype == dtype
    assert abs(float(found.loss) - float(loss)) < 8 * eps * float(loss)
    assert far.max() < 8 * eps
    again = gradients.softmax_cross_entropy(logits, one_hot.astype(dtype))
    assert (again.loss, again.dlogits.tolist()) == (found.loss, found.dlogits.tolist())


# --- what is refused


@pytest.mark.parametrize(
    ("dy", "sentence"),
    [
        (
            np.ones((1, 2, 2, 1)),
            r"dy has the shape \(1, 2, 2, 1\) but the answer has \(1, 3, 3, 1\)",
        ),
        (np.ones((1, 3, 3, 1), "f4"), "dy is float32 but x is float64; all must be of one dtype"),
    ],
)
def test_a_dy_that_is_not_of_the_answer_is_refused(dy, sentence):
    x, kernel = np.ones((1, 4, 4, 1)), np.ones((2, 2, 1, 1))
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        gradients.conv2d_backward(dy, x, kernel)


@pytest.mark.parametrize(
    ("logits", "labels", "sentence"),
    [
        (np.ones(3), [0], r"logits must be \(batch, classes\) of at least one, not \(3,\)"),
        (np.ones((0, 3)), [], r"logits must be \(batch, classes\) of at least one, not \(0, 3\)"),
        (
            np.ones((1, 3)),
            [[0.5, 0.25, 0]],
            r"labels \(batch, classes\) must be shares that add up to 1 in each row",
        ),
        (np.ones((1, 3)), [3], "labels must be from 0 to 2, not 3 and 3"),
        (
            np.ones((1, 3)),
            [0.5],
            r"labels must be \(1,\) whole numbers or \(1, 3\) shares, not \(1,\) of float64",
        ),
    ],
)
def test_labels_that_name_no_class_are_refused(logits, labels, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        gradients.softmax_cross_entropy(logits, labels)


@pytest.mark.parametrize("operator", ["conv2d", "dense", *OF_X])
def test_inputs_are_not_changed_and_answers_are_arrays_of_their_own(operator):
    case = cases(operator, 1)[0]
    before = {name: tensor.copy() for name, tensor in case.inputs.items()}
    dy = given(case)
    kept = dy.copy()
    found = getattr(gradients, f"{operator}_backward")(dy, **case.inputs, **case.attributes)
    for array in found if isinstance(found, tuple) else (found,):
        if array is not None:
            assert not np.shares_memory(array, dy)
            np.add(array, 1, out=array)
    assert np.array_equal(dy, kept)
    assert all(np.array_equal(before[name], case.inputs[name]) for name in before)


def test_an_empty_batch_has_gradients_of_zero():
    x, kernel, bias = np.zeros((0, 3, 3, 2)), np.ones((2, 2, 2, 1)), np.ones(1)
    found = gradients.conv2d_backward(np.zeros((0, 2, 2, 1)), x, kernel, bias)
    assert found.dx.shape == x.shape
    assert not found.dkernel.any()
    assert found.dbias.tolist() == [0]
    assert definition.conv2d(x, kernel).shape[0] == 0


# --- a witness


@pytest.mark.frameworks
def test_autograd_of_torch_says_the_same():
    torch = pytest.importorskip("torch", reason="needs refcnn[torch]")
    for case in cases("conv2d", 60):
        padding, attributes = case.attributes.get("padding", 0), dict(case.attributes)
        if padding == "same" or isinstance(padding, tuple):
            continue
        attributes["padding"] = 0 if padding == "valid" else padding
        names = {"strides": "stride"}
        options = {names.get(name, name): value for name, value in attributes.items()}
        tensors = {n: torch.from_numpy(t).requires_grad_() for n, t in case.inputs.items()}
        y = torch.nn.functional.conv2d(
            tensors["x"].permute(0, 3, 1, 2).contiguous(),
            tensors["kernel"].permute(3, 2, 0, 1).contiguous(),
            tensors.get("bias"),
            **options,
        ).permute(0, 2, 3, 1)
        dy = given(case)
        y.backward(torch.from_numpy(dy))
        found = gradients.conv2d_backward(dy, **case.inputs, **case.attributes)
        for name, ours in zip(("x", "kernel", "bias"), found):
            if ours is not None:
                assert np.array_equal(ours, tensors[name].grad.numpy()), case


# --- the second oracle


def by_differences(forward, tensor, dy):
    """How L, the sum of dy y, changes when 1 is added to each element, one by one."""
    before, gradient = forward(tensor), np.zeros(tensor.shape, object)
    for index in np.ndindex(tensor.shape):
        more = tensor.copy()
        more[index] = more[index] + 1
        gradient[index] = sum((dy * (forward(more) - before)).ravel())
    return gradient


@pytest.mark.parametrize("operator", ["conv2d", "dense", "avg_pool2d"])
def test_what_is_read_off_the_loops_is_what_differences_say(operator):
    function = getattr(definition, operator)
    for case in cases(operator, 8):
        dy, exact = fractions(given(case)), {n: fractions(t) for n, t in case.inputs.items()}
        for name, tensor in exact.items():

            def forward(changed, name=name, exact=exact, attributes=case.attributes):
                return function(**{**exact, name: changed}, **attributes)

            found = gradient_definition.read_off(forward, tensor, dy)
            assert np.array_equal(found, by_differences(forward, tensor, dy))
