"""Mistakes that are named because they were read: held against all answers, as the catalogue's."""

import numpy as np
import pytest
from grading_helpers import submission, write_assignment

import refcnn
from refcnn import ops
from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.pages.markdown import markdown
from refcnn.grading.report import Graded, Person, State
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.sandbox.nursery import Zygote
from refcnn.run import Options, check


def turned(operator, axis):
    """The operator on an image that is turned over."""

    def function(x, *tensors, **named):
        return getattr(ops, operator)(np.flip(x, axis).copy(), *tensors, **named)

    return function


def one_further(x, kernel, bias=None, *, strides=1, padding="valid", dilation=1, groups=1):
    """Wherever there is padding, a row more of it lies above, and one less below."""
    given = {"strides": strides, "dilation": dilation, "groups": groups}
    right = ops.conv2d(x, kernel, bias, padding=padding, **given)
    cases = {"strides": strides, "padding": padding, "dilation": dilation}
    place = _geometry(x, kernel, **cases)
    (top, bottom), (left, beside) = place
    if not top + bottom + left + beside:
        return right
    larger = np.pad(x, ((0, 0), (top + 1, bottom), (left, beside), (0, 0)))
    return ops.conv2d(larger, kernel, bias, **given)[:, : right.shape[1]].copy()


def _geometry(x, kernel, strides, padding, dilation):
    from refcnn.cnn.shapes import geometry

    return geometry(
        "kernel", x.shape[1:3], kernel.shape[:2], strides, padding=padding, dilation=dilation
    ).padding


FORWARD = {op: getattr(refcnn, op) for op in ("conv2d", "max_pool2d", "avg_pool2d")}
ROWS = "The rows {}are read from the last to the first."
READ = {
    "rows of x": ("conv2d", turned("conv2d", 1), ROWS.format("of x ")),
    "columns of x": (
        "conv2d",
        turned("conv2d", 2),
        "The columns of x are read from the last to the first.",
    ),
    "both": (
        "conv2d",
        turned("conv2d", (1, 2)),
        (
            "The rows of x are read from the last to the first, and The columns of x are read "
            "from the last to the first."
        ),
    ),
    "where there is padding": (
        "conv2d",
        one_further,
        "All windows lie 1 row up, where there is padding.",
    ),
    "rows of windows": ("max_pool2d", turned("max_pool2d", 1), ROWS.format("")),
    "rows of means": ("avg_pool2d", turned("avg_pool2d", 1), ROWS.format("")),
}


@pytest.mark.parametrize("which", READ)
def test_what_was_read_is_named_if_it_explains_everything(which):
    operator, function, sentence = READ[which]
    options = Options(operators=(operator,), profile="quick")
    summary = check(which, LocalIUT({**FORWARD, operator: function}), options)
    found = summary.diagnoses[operator]
    assert [one.sentence for one in found.mistakes] == [sentence]
    assert found.explained == found.failing > 20
    assert found.complete


def two_things(x, kernel, bias=None, **named):
    """Turned over, and something else where the image is wide: more than was read."""
    y = turned("conv2d", 1)(x, kernel, bias, **named)
    return y * x.dtype.type(1.25) if x.shape[2] % 3 == 2 else y


def test_what_does_not_explain_everything_has_no_name():
    options = Options(operators=("conv2d",), profile="quick")
    summary = check("two", LocalIUT({**FORWARD, "conv2d": two_things}), options)
    found = summary.diagnoses["conv2d"]
    assert not found.mistakes
    assert found.deviation.equations


# --- in grading: it costs once, and is explained also in what is hidden

COURSE = """
title = "Convolution"
total = 100

[[item]]
id = "window"
title = "The window"
points = 40
operators = ["conv2d"]
clauses = ["CONV-1", "CONV-2", "CONV-3"]
hidden = true

[[item]]
id = "channels"
title = "Channels"
points = 20
operators = ["conv2d"]
clauses = ["CONV-4", "CONV-5"]

[[item]]
id = "strides"
title = "Strides"
points = 40
operators = ["conv2d"]
clauses = ["CONV-8", "CONV-9"]
"""
LOOPS = '''
import numpy as np

def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    """{}"""
    sh, sw = (strides, strides) if isinstance(strides, int) else strides
    (n, h, w, _), (down, across, _, filters) = x.shape, kernel.shape
    y = np.zeros((n, (h - down) // sh + 1, (w - across) // sw + 1, filters), x.dtype)
    for i, j, m, k in np.ndindex(y.shape[1], y.shape[2], down, across):
        y[:, i, j] += {}
    return y if bias is None else y + bias
'''
TURNED = LOOPS.format(
    "The image is read from the bottom up.", "x[:, h-1-i*sh-m, j*sw+k] @ kernel[m, k]"
)
ODD = LOOPS.format("One tap is another.", "x[:, i*sh+m, j*sw+k] @ kernel[m if k else m // 2, k]")


@pytest.fixture(scope="module")
def grade(tmp_path_factory):
    setup = Setup.of(write_assignment(tmp_path_factory.mktemp("conv"), COURSE))
    with Zygote(allowed(setup)) as zygote:
        yield lambda source: Grader(setup, zygote).grade(submission(source))


def test_a_mistake_that_no_catalogue_has_costs_once(grade):
    report = grade(TURNED)
    window, channels, strides = report.items
    lost = [item.points - item.earned for item in report.items]
    assert sum(one > 0 for one in lost) == 1
    told = ("conv2d: The rows of x are read from the last to the first.",)
    assert told in (window.mistakes, channels.mistakes, strides.mistakes)
    assert any(one.carried for item in report.items for one in item.requirements)


def test_what_has_no_name_is_explained_by_its_equation_also_where_cases_are_hidden(grade):
    report = grade(ODD)
    window, *others = report.items
    assert window.state is State.FAIL
    assert window.example is None
    (equation,) = window.equations
    assert equation.operator == "conv2d"
    assert equation.right[0].startswith("Y[b, i, j, o] = sum over ")
    assert equation.picture is not None
    assert not any(item.equations for item in others)
    page = markdown(Graded(person=Person(id="ada"), report=report))
    assert "**What conv2d computes:**" in page
    assert equation.picture.title in page
    assert type(report).model_validate_json(report.model_dump_json()) == report


def test_a_report_with_an_equation_is_the_same_every_time(grade):
    assert grade(ODD).model_dump_json() == grade(ODD).model_dump_json()
