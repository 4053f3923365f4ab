"""What cards say beside a name: from which size on, what is kept, what was not asked for."""

from dataclasses import replace

import numpy as np
import pytest
from command import run

from refcnn import ops
from refcnn.diagnosis.afresh import AskedMutant
from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.diagnosis.identify.failing import deviation
from refcnn.diagnosis.thresholds import threshold
from refcnn.harness.python import PythonFunctions
from refcnn.suite.case import Case
from refcnn.suite.mutants import mutants

CONV = Case(
    operator="conv2d",
    inputs={"x": np.ones((1, 11, 40, 2)), "kernel": np.ones((2, 3, 2, 2))},
    attributes={"strides": (1, 1)},
)


def of(function, operator="conv2d"):
    return PythonFunctions({operator: function}).run


def spoiled(wrong):
    """A convolution whose last number is wrong where `wrong` says so of x and kernel."""

    def conv2d(x, kernel, *, strides=1):
        y = ops.conv2d(x, kernel, strides=strides)
        y.flat[-1] += wrong(x, kernel)
        return y

    return of(conv2d)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda x, _: x.shape[2] > 16, "it is right with 16 columns, and wrong from 17 on"),
        (
            lambda x, _: x.shape[2] > 19 and x.shape[2] % 2 == 0,
            "it is right with 25 columns, and wrong with 26",
        ),
        (lambda x, _: x.shape[1] == 11, "it is right with 10 rows, and wrong with 11"),
    ],
)
def test_the_size_from_which_on_it_is_wrong_is_searched_for(wrong, told):
    assert told in threshold(CONV, spoiled(wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda *_: True,
        lambda x, _: x.shape[3] > 1,  # "more than one" is told otherwise
        lambda x, _: x.flat[0] > 0,  # numbers decide it, not sizes
    ],
)
def test_where_no_size_decides_nothing_is_said(wrong):
    assert threshold(CONV, spoiled(wrong)) == ""


def test_filters_inputs_and_examples_are_sizes_too():
    def dense(x, kernel):
        return ops.dense(x, kernel) + (x.shape[1] > 32)

    many = Case(operator="dense", inputs={"x": np.ones((1, 50)), "kernel": np.ones((50, 2))})
    told = threshold(many, of(dense, "dense"))
    assert told.endswith("it is right with 32 inputs, and wrong from 33 on")
    case = replace(CONV, inputs={**CONV.inputs, "kernel": np.ones((2, 3, 2, 9))})
    told = threshold(case, spoiled(lambda _, kernel: kernel.shape[3] > 8))
    assert told.endswith("it is right with 8 filters, and wrong from 9 on")


def test_a_name_that_would_be_read_otherwise_is_dropped():
    turned, ignoring = (
        next(m for m in mutants() if m.id == f"conv2d/{name}")
        for name in ("kernel-rotated", "stride-ignored")
    )
    named = Diagnosis("conv2d", (turned,), explained=9, failing=9)
    for mutant, mistakes in ((turned, (turned,)), (ignoring, ())):
        ask = AskedMutant(mutant).alone
        case = replace(CONV, attributes={"strides": (2, 2)})
        found = named.beside(deviation(ask, [case], [case]))
        assert found.mistakes == mistakes
        assert found.complete is bool(mistakes)
    right = named.beside(deviation(of(ops.conv2d), [CONV], [CONV]))
    assert right.mistakes == (turned,)  # nothing was read that contradicts it


def test_what_was_said_is_not_said_again_at_smaller_shapes():
    def flatten(x):
        return ops.flatten(x[:, ::-1].copy())

    sizes = ((3, 3, 3, 2), (2, 4, 3, 1), (2, 2, 1, 1))
    cases = [Case(operator="flatten", inputs={"x": np.ones(size, "f4")}) for size in sizes]
    ask = PythonFunctions({"flatten": flatten}).run
    (found,) = deviation(ask, cases, cases).equations
    assert found.case.inputs["x"].shape == sizes[0]


def test_a_second_deviation_at_other_shapes_is_told():
    """Strides are ignored, and of pointwise kernels the second filter is that of the first."""

    def conv2d(x, kernel, *, strides=1):
        if kernel.shape[:2] == (1, 1):
            kernel = kernel[..., :1].repeat(kernel.shape[3], axis=3)
        return ops.conv2d(x, kernel)

    pointwise = Case(
        operator="conv2d", inputs={"x": np.ones((2, 3, 4, 2)), "kernel": np.ones((1, 1, 2, 3))}
    )
    strided = replace(CONV, attributes={"strides": (2, 1)})
    first, second = deviation(of(conv2d), [strided], [pointwise]).equations
    assert first.differences[0].startswith("Windows are 1 row apart, not 2")
    assert second.differences == ("Only filter 0 of kernel is read: it reads filter 0, not o",)


CACHE = """
import numpy as np
known = {}
def relu(x):
    if x.shape not in known:
        known[x.shape] = x > 0
    return np.where(known[x.shape], x, 0).astype(x.dtype)
"""


def test_what_is_kept_from_call_to_call_is_told(tmp_path):
    (tmp_path / "mine.py").write_text(CACHE)
    out, _ = run("check", tmp_path / "mine.py", status=1)
    told = " ".join(out.replace("│", " ").split())
    assert "something is kept from call to call (a cache, a buffer, a global)." in told
    assert "yours:" not in told  # what was read followed from what was asked before


BACKWARD = """
import numpy as np
def dense_backward(dy, x, kernel):
    return dy @ kernel.T, x.T @ dy{}, dy.sum(axis=0)
"""


def test_a_gradient_too_many_has_its_card_and_ends_nothing(tmp_path):
    """Its case looks at an output that there is not: none may be looked for when it is read."""
    (tmp_path / "mine.py").write_text(BACKWARD.format(" / len(x)"))
    out, _ = run("check", tmp_path / "mine.py", "--ops", "dense_backward", status=1)
    assert "dK[c, o] = sum over b of 1/" in out


PAIRS = """
import numpy as np
def conv2d(x, kernel, strides=(1, 1)):
    s, t = strides[0], strides[1]
    h, w = kernel.shape[:2]
    if x.shape[1] < h or x.shape[2] < w or x.shape[3] != kernel.shape[2] or min(strides) < 1:
        raise ValueError("it does not fit")
    y = np.zeros((len(x), (x.shape[1] - h) // s + 1, (x.shape[2] - w) // t + 1, kernel.shape[3]))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            patch = x[:, i * s:i * s + h, j * t:j * t + w]
            y[:, i, j] = np.tensordot(patch, kernel, 3)
    return y.astype(x.dtype)
"""


def test_strides_that_must_be_a_pair_are_told_as_that_and_as_nothing_else(tmp_path):
    (tmp_path / "mine.py").write_text(PAIRS)
    out, _ = run("check", tmp_path / "mine.py", status=1)
    told = " ".join(out.replace("│", " ").split())
    assert "It refuses all where strides is an integer, which is legal." in told
    assert "Within this limit it is right: not where strides is an integer." in told
    limit = "unless strides is an integer"
    run("check", tmp_path / "mine.py", "--limits", limit, status=0)
