"""Dialects: right if stated, told by name if not, and no excuse for anything else."""

from functools import partial

import numpy as np
import pytest

from refcnn.cnn import gradients, ops
from refcnn.cnn.shapes import as_pair, geometry
from refcnn.diagnosis.power import REFERENCE
from refcnn.implementations.local import LocalIUT
from refcnn.reports.summary import by_dialect
from refcnn.run import Options, check
from refcnn.suite.case import Case
from refcnn.suite.clauses import clauses
from refcnn.suite.dialects import SetAsideError, known_dialects, ruled
from refcnn.suite.judge import Verdict, expect, judge
from refcnn.suite.tensors import DTYPES


def window_of(operator, arguments):
    return (
        arguments[0].shape[:2] if operator == "conv2d" else as_pair("pool", arguments[0], least=1)
    )


def laid_out(operator, x, arguments, strides, padding):
    window = window_of(operator, arguments)
    steps = (1 if operator == "conv2d" else window) if strides is None else strides
    return geometry("window", x.shape[1:3], window, steps, padding)


def padded_by(rule):
    """Each windowed operator, its padding changed by a rule (padding asked, layout) -> padding."""

    def one(operator):
        right = getattr(ops, operator)

        def function(x, *arguments, strides=None, padding="valid"):
            x = np.asarray(x)
            place = laid_out(operator, x, arguments, strides, padding)
            padding = rule(padding, place, x)
            return right(x, *arguments, strides=place.strides, padding=padding)

        return function

    return {operator: one(operator) for operator in ("conv2d", "max_pool2d", "avg_pool2d")}


def odd_one_before(padding, place, _):
    return tuple(pair[::-1] for pair in place.padding) if padding == "same" else padding


def half_the_window(padding, place, _):
    return tuple((cells // 2,) * 2 for cells in place.window) if padding == "same" else padding


def only_exact(padding, place, x):
    for size, pad, cells, step in zip(x.shape[1:], place.padding, place.window, place.strides):
        assert (size + sum(pad) - cells) % step == 0, "the sizes do not fit"
    return padding


def rounded_up(padding, place, x):
    pads = []
    for size, (before, after), cells, step in zip(
        x.shape[1:], place.padding, place.window, place.strides
    ):
        starts = range(0, before + size, step)  # a window must begin inside the input
        outputs = next(
            n
            for n, s in enumerate(starts, 1)
            if s + cells >= size + before + after or n == len(starts)
        )
        pads.append((before, max(after, (outputs - 1) * step + cells - size - before)))
    return tuple(pads)


def counting(x, pool_size, strides=None, padding="valid"):
    place = laid_out("avg_pool2d", np.asarray(x), (pool_size,), strides, padding)
    for pad, cells in zip(place.padding, place.window):
        assert max(pad) < cells
    padded = np.pad(x, ((0, 0), *place.padding, (0, 0)))
    return ops.avg_pool2d(padded, pool_size, strides=place.strides)


def flipped(x, kernel, bias=None, **options):
    return ops.conv2d(x, np.asarray(kernel)[::-1, ::-1], bias, **options)


def zero_for_nan(x):
    return np.where(np.asarray(x) > 0, x, np.zeros((), x.dtype))


def skipping_nan(x, pool_size, strides=None, padding="valid"):
    """As fmax does, to which the maximum of nothing but NaN is NaN."""
    right = ops.max_pool2d(x, pool_size, strides=strides, padding=padding)
    place = laid_out("max_pool2d", np.asarray(x), (pool_size,), strides, padding)
    numbers = np.fmax.reduce(ops.windows(np.asarray(x), place, -np.inf), axis=(-2, -1))
    return numbers.reshape(right.shape)


def infinity_first(x):
    """As softmax is defined for infinities by NNlib.jl."""
    largest = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        powers = np.where(largest == np.inf, x == np.inf, np.exp(x - largest)).astype(x.dtype)
        return np.where(ops.softmax(x) >= 0, ops.softmax(x), powers / powers.sum(-1, keepdims=True))


def passing_at_zero(share):
    def relu_backward(dy, x):
        gradients.relu_backward(dy, x)  # which refuses what must be refused
        return dy * np.where(x == 0, share, x > 0).astype(dy.dtype)

    return relu_backward


SPEAKERS = {
    "kernel_flipped": {"conv2d": flipped},
    "flatten_channel_first": {
        "flatten": lambda x: ops.flatten(np.moveaxis(x, -1, 1) if x.ndim > 1 else x)
    },
    "same_padding_lower": padded_by(odd_one_before),
    "same_padding_symmetric": padded_by(half_the_window),
    "pool_sizes_round_up": {op: f for op, f in padded_by(rounded_up).items() if op != "conv2d"},
    "refuses_inexact_sizes": padded_by(only_exact),
    "avg_pool_counts_padding": {"avg_pool2d": counting},
    "nan_is_zero": {"relu": zero_for_nan},
    "nan_is_skipped": {"max_pool2d": skipping_nan},
    "infinity_takes_all": {"softmax": infinity_first},
    "relu_passes_at_zero": {"relu_backward": passing_at_zero(1)},
    "relu_passes_half_at_zero": {"relu_backward": passing_at_zero(0.5)},
    "tied_maxima_all_get": {
        "max_pool2d_backward": partial(gradients.max_pool2d_backward, ties="all")
    },
    "tied_maxima_share": {
        "max_pool2d_backward": partial(gradients.max_pool2d_backward, ties="shared")
    },
    "cross_entropy_sums": {
        "softmax_cross_entropy": partial(gradients.softmax_cross_entropy, reduction="sum")
    },
}
PAIRS = [(name, operator) for name, found in SPEAKERS.items() for operator in found]


def judged(name, operator, *, stated, profile="standard", **options):
    functions = {**REFERENCE, **SPEAKERS.get(name, {})}
    iut = LocalIUT(functions, dialects=stated)
    return check(
        "local", iut, Options(operators=(operator,), profile=profile, strict=True), **options
    )


def test_every_dialect_has_a_speaker_and_real_clauses():
    assert set(SPEAKERS) == set(known_dialects())
    for dialect in known_dialects().values():
        for name in dialect.clauses:
            assert set(clauses()[name].operators) & set(dialect.operators)
    assert {(d.name, op) for d in known_dialects().values() for op in d.operators} == set(PAIRS)


@pytest.mark.parametrize(("name", "operator"), PAIRS)
def test_stated_it_conforms_and_what_it_replaces_counts_as_no_pass(name, operator):
    summary = judged(name, operator, stated=[name])
    assert [(f.clause.id, f.worst.reason) for f in summary.failed] == []
    assert not summary.having(Verdict.ERROR)
    held = {f.clause.id for f in summary.having(Verdict.PASS)}
    assert held
    assert not held & set(known_dialects()[name].clauses)
    of_its_own = {f.clause.id: f.worst.reason for f in summary.having(Verdict.SKIPPED)}
    asked = [f for f in summary.findings if f.verdict is not Verdict.NOT_IMPLEMENTED]
    for clause in set(known_dialects()[name].clauses) & {f.clause.id for f in asked}:
        assert name in of_its_own[clause]


@pytest.mark.parametrize(("name", "operator"), PAIRS)
def test_unstated_it_fails_and_is_told_by_name(name, operator):
    summary = judged(name, operator, stated=[])
    assert summary.exit_status == 1
    told = {other for finding in summary.failed for other in by_dialect(finding)}
    assert summary.diagnoses[operator].undeclared == (name,) or told == {name}


@pytest.mark.parametrize(("name", "operator"), PAIRS)
def test_stated_falsely_it_fails(name, operator):
    assert judged("", operator, stated=[name], name_mistakes=False).exit_status == 1


def test_two_dialects_are_told_together():
    both = {"conv2d": lambda x, k, b=None, **o: SPEAKERS["same_padding_lower"]["conv2d"](
        x, np.asarray(k)[::-1, ::-1], b, **o
    )}  # fmt: skip
    options = Options(operators=("conv2d",), profile="quick")
    unstated = check("local", LocalIUT({**REFERENCE, **both}), options)
    assert set(unstated.diagnoses["conv2d"].undeclared) == {"kernel_flipped", "same_padding_lower"}
    one = check("local", LocalIUT({**REFERENCE, **both}, dialects=["kernel_flipped"]), options)
    assert one.diagnoses["conv2d"].undeclared == ("same_padding_lower",)
    stated = LocalIUT({**REFERENCE, **both}, dialects=["kernel_flipped", "same_padding_lower"])
    assert check("local", stated, options).exit_status == 0


def test_a_mistake_is_named_under_a_stated_dialect():
    wrong = {"avg_pool2d": lambda x, *a, **o: counting(np.maximum(x, -np.asarray(x)), *a, **o)}
    iut = LocalIUT({**REFERENCE, **wrong}, dialects=["avg_pool_counts_padding"])
    summary = check("local", iut, Options(operators=("avg_pool2d",), profile="quick"))
    assert not summary.diagnoses["avg_pool2d"].undeclared
    assert [m.name for m in summary.diagnoses["avg_pool2d"].mistakes] == ["absolute-values"]


def pool(x, *dialects, **attributes):
    x = np.array(x, np.float64).reshape(1, 1, -1, 1)
    case = Case(operator="avg_pool2d", inputs={"x": x}, attributes=attributes, dialects=dialects)
    return expect(case).hi.ravel().tolist()


def test_the_rules_on_numbers():
    pads = {"pool_size": (1, 2), "padding": ((0, 0), (1, 1))}
    assert pool([2, 4], **pads) == [2, 4]
    assert pool([2, 4], "avg_pool_counts_padding", **pads) == [1, 2]
    same = {"pool_size": (1, 2), "strides": 1, "padding": "same"}
    assert pool([2, 4, 8], **same) == [3, 6, 8]
    assert pool([2, 4, 8], "same_padding_lower", **same) == [2, 3, 6]
    assert pool([2, 4, 8], "same_padding_symmetric", **same) == [2, 3, 6, 8]
    assert pool([2, 4, 8], "pool_sizes_round_up", pool_size=(1, 2)) == [3, 8]
    # a last window that begins in the padding does not count: 2 outputs, not 3
    far = {"pool_size": (1, 2), "strides": (1, 3), "padding": ((0, 0), (0, 1))}
    assert pool([2, 4, 8], "pool_sizes_round_up", **far) == [3]
    both = ("avg_pool_counts_padding", "same_padding_lower")
    assert pool([2, 4, 8], *both, **same) == [1, 3, 6]


@pytest.mark.parametrize("name", ["nan_is_zero", "nan_is_skipped", "infinity_takes_all"])
def test_what_is_special_to_special_values_is_robust(name):
    """Of one that follows another convention for these, nothing else fails."""
    (operator,), (clause,) = known_dialects()[name].operators, known_dialects()[name].clauses
    summary = judged(name, operator, stated=[], name_mistakes=False)
    assert [(f.clause.id, f.clause.level) for f in summary.failed] == [(clause, "robust")]


def answers(operator, x, *dialects, **attributes):
    case = Case(operator=operator, inputs={"x": x}, attributes=attributes, dialects=dialects)
    return expect(case).hi.ravel()


def test_the_rules_on_special_values():
    nan, inf = np.nan, np.inf
    x = np.array([[nan, -1, 2, nan, nan]])
    assert answers("relu", x, "nan_is_zero").tolist() == [0, 0, 2, 0, 0]
    cells = {"x": x[:, None, :, None], "pool_size": (1, 2), "strides": 1}
    right = np.array([nan, 2, nan, nan])
    assert np.array_equal(answers("max_pool2d", **cells), right, equal_nan=True)
    skipped = answers("max_pool2d", cells.pop("x"), "nan_is_skipped", **cells)
    assert skipped.tolist() == [-1, 2, 2, -inf]
    logits = np.array([[inf, 1, inf], [inf, nan, 1], [-inf, -inf, -inf], [0, 0, -inf]])
    shares = answers("softmax", logits, "infinity_takes_all").reshape(4, 3)
    assert shares[[0, 3]].tolist() == [[0.5, 0, 0.5], [0.5, 0.5, 0]]
    assert np.isnan(shares[1:3]).all()


@pytest.mark.parametrize("name", ["nan_is_zero", "nan_is_skipped", "infinity_takes_all"])
def test_where_nothing_is_special_the_case_is_the_same(name):
    """Infinities that are no matter of the dialect included."""
    x = np.array([[1, -np.inf]])
    images = {"x": x[:, None, :, None]}, {"pool_size": (1, 2)}
    inputs, attributes = images if name == "nan_is_skipped" else ({"x": x}, {})
    (operator,) = known_dialects()[name].operators
    case = Case(operator=operator, inputs=inputs, attributes=attributes, dialects=(name,))
    assert ruled(case) is case


def test_what_is_to_be_refused():
    case = Case(
        operator="max_pool2d",
        inputs={"x": np.ones((1, 1, 3, 1))},
        attributes={"pool_size": (1, 2)},
        dialects=("refuses_inexact_sizes",),
    )
    assert ruled(case) is None
    with pytest.raises(SetAsideError, match="do not fit exactly, which it states to refuse"):
        expect(case)
    refused = judge(
        case, LocalIUT({"max_pool2d": SPEAKERS["refuses_inexact_sizes"]["max_pool2d"]}).run(case)
    )
    assert refused.verdict is Verdict.PASS
    answered = judge(case, LocalIUT(REFERENCE).run(case))
    assert answered.reason == (
        "the windows do not fit exactly, which it states to refuse, "
        "yet it answered with an array of shape (1, 1, 1, 1)"
    )


def test_low_precision_is_judged_by_its_bound_if_stated():
    def tf32(array):
        bits = np.asarray(array, np.float32).view(np.uint32)
        return ((bits + 0x1000) & 0xFFFFE000).astype(np.uint32).view(np.float32)

    def conv2d(x, kernel, bias=None, **options):
        right = ops.conv2d(x, kernel, bias, **options)  # refuses what is illegal
        if right.dtype == np.float64:
            return right
        return ops.conv2d(tf32(x), tf32(kernel), bias, **options) if right.size else right

    functions = {**REFERENCE, "conv2d": conv2d}
    options = Options(operators=("conv2d",), dtypes=DTYPES)
    unstated = check("local", LocalIUT(functions), options)
    assert unstated.diagnoses["conv2d"].algorithm == "low-precision"
    stated = check("local", LocalIUT(functions, algorithm="low-precision"), options)
    assert stated.exit_status == 0
    half = {**REFERENCE, "conv2d": lambda *a, **o: ops.conv2d(*a, **o) / 2}
    assert check("local", LocalIUT(half, algorithm="low-precision"), options).exit_status == 1


@pytest.mark.parametrize("name", SPEAKERS)
def test_stated_it_wrongs_no_other_operator(name):
    """Laws that bring operators together say nothing where a dialect has a say."""
    iut = LocalIUT({**REFERENCE, **SPEAKERS[name]}, dialects=[name])
    summary = check("local", iut, Options(clauses=("DENSE-6", "POOL-14", "MODEL-8")))
    assert [(f.clause.id, f.worst.reason) for f in summary.failed] == []
    assert not summary.having(Verdict.ERROR)
    told = {f.clause.id: f.worst.reason for f in summary.having(Verdict.SKIPPED)}
    assert ("DENSE-6" in told) == (name in ("flatten_channel_first", "kernel_flipped"))
