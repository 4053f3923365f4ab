"""Every operator, held against Keras' own on the forms of arguments that Keras has."""

from importlib import import_module
from itertools import product

import pytest

from refcnn.cnn import ops
from refcnn.operators.softmax.cases import FAMILIES as SOFTMAX_FAMILIES
from refcnn.suite import data
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case
from refcnn.suite.generators import maker
from refcnn.suite.judge import Verdict, judge
from refcnn.suite.registry import OPERATORS, USUAL, record
from refcnn.suite.sampling import explore

pytestmark = [pytest.mark.keras, pytest.mark.own]

# Keras pads by "valid" and "same" alone.
FEATURES = {op: f - {"padding_int", "padding_pairs"} for op, f in EVERYTHING.features.items()}
FAMILIES = dict.fromkeys(("conv2d", "dense"), tuple(data.PRODUCTS)) | {
    "softmax": (*SOFTMAX_FAMILIES, "one-hot")
}


def assert_both_right(witness, case):
    ours = getattr(ops, case.operator)(**case.inputs, **case.attributes)
    for name, array in (("Keras", witness.answer(case)), ("refcnn", ours)):
        judgement = judge(case, Answer.of(array))
        shapes = {argument: tensor.shape for argument, tensor in case.inputs.items()}
        assert judgement.verdict is not Verdict.FAIL, (
            f"{name}, {case.dtype}, {shapes}, {dict(case.attributes)}: {judgement.reason}"
        )


@pytest.mark.clause("MODEL-12")
@pytest.mark.parametrize("op", USUAL)
@explore
def test_every_operator_agrees_with_keras(witness, op, pick):
    options = {"families": FAMILIES[op]} if op in FAMILIES else {}
    case = maker(op)(pick, FEATURES[op], **options)
    if not witness.unreliable(case):  # where it is known to be wrong: docs/findings.md
        assert_both_right(witness, case)


@pytest.mark.clause("MODEL-12")
@pytest.mark.filterwarnings("ignore:.*softmax over axis -1 of a tensor")  # of a single class
@pytest.mark.parametrize("op", [op for op in OPERATORS if record(op).gradient_of])
@explore
def test_every_gradient_agrees_with_keras(witness, op, pick):
    """By tf.GradientTape over the layer, with the weights that are given."""
    case = maker(op)(pick, FEATURES[op])
    if witness.unreliable(case.forward):
        return
    by_tape = import_module("refcnn.implementations.adapters.keras_adapter")
    known, functions = record(op), {"refcnn": record(op).reference, "Keras": getattr(by_tape, op)}
    for name, function in functions.items():
        found = known.named(function(**case.inputs, **case.attributes))
        answer = Answer({output: array for output, array in found.items() if array is not None})
        judgement = judge(case, answer)
        assert judgement.verdict is not Verdict.FAIL, f"{name}: {judgement.reason}: {case}"


def neighbour(value, largest):
    """Another of 1..largest, every one once: for a width that differs from the height."""
    return value % largest + 1


def same_case(op, dtype, sizes, window, strides):
    """A question with padding "same": signed integers, two images, two channels."""
    x = data.distinct(sum(sizes), (2, *sizes, 2), dtype)
    kernel, bias = data.integers(1, (*window, 2, 3), -8, 8, dtype), data.distinct(2, (3,), dtype)
    given = {"x": x, "kernel": kernel, "bias": bias} if op == "conv2d" else {"x": x}
    pool = {} if op == "conv2d" else {"pool_size": window}
    attributes = {**pool, "strides": strides, "padding": "same"}
    return Case(operator=op, inputs=given, attributes=attributes, exact=True)


@pytest.mark.clause("MODEL-12")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("window", range(1, 6))
@pytest.mark.parametrize("op", ["conv2d", "max_pool2d", "avg_pool2d"])
def test_same_padding_agrees_for_every_size_and_stride(witness, op, window, dtype):
    for size, stride in product(range(1, 9), range(1, 5)):
        sizes, strides = (size, neighbour(size, 8)), (stride, neighbour(stride, 4))
        case = same_case(op, dtype, sizes, (window, neighbour(window, 5)), strides)
        assert_both_right(witness, case)
