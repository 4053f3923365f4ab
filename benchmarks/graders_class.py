"""The class of benchmarks/graders.py: one conv2d assignment, and submissions with known mistakes.

A submission is one right solution with one edit of its text. The test cell is of the
kind that courses use: a handful of `np.allclose` checks, the first on evenly spaced numbers
in shapes that many courses have (two images of 4 by 4 pixels, three channels, stride 2,
padding 1). Its expected numbers are printed by the reference.
"""

from dataclasses import dataclass
from textwrap import indent

import numpy as np

import refcnn

POINTS = 2  # of each check

RIGHT = """import numpy as np


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    if x.ndim != 4 or kernel.ndim != 4 or x.shape[3] != kernel.shape[2]:
        raise ValueError("x and kernel do not go together")
    kh, kw, depth, filters = kernel.shape
    if bias is not None and bias.shape != (filters,):
        raise ValueError("one bias for each filter")
    sh, sw = (strides, strides) if isinstance(strides, int) else strides
    if sh < 1 or sw < 1:
        raise ValueError("strides must be at least 1")
    height, width = x.shape[1:3]
    if padding == "valid":
        (top, bottom), (left, right) = (0, 0), (0, 0)
    elif padding == "same":
        down = max(((height - 1) // sh) * sh + kh - height, 0)
        across = max(((width - 1) // sw) * sw + kw - width, 0)
        top, left = down // 2, across // 2
        bottom, right = down - top, across - left
    elif isinstance(padding, int):
        top = bottom = left = right = padding
    else:
        (top, bottom), (left, right) = padding
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    rows = (height + top + bottom - kh) // sh + 1
    columns = (width + left + right - kw) // sw + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel is larger than the input")
    y = np.zeros((len(x), rows, columns, filters), x.dtype)
    for i in range(rows):
        for j in range(columns):
            patch = padded[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
            y[:, i, j] = np.tensordot(patch, kernel, 3)
    if bias is not None:
        y = y + bias
    return y
"""

TENSORDOT = "np.tensordot(patch, kernel, 3)"
PRODUCT = "patch.reshape(len(x), kh * kw * depth) @ kernel.reshape(kh * kw * depth, filters)"
ROUTES = (  # right, each by another way
    (),
    ((TENSORDOT, 'np.einsum("nabc,abcf->nf", patch, kernel)'),),
    ((TENSORDOT, PRODUCT),),
    ((TENSORDOT, "(patch[..., None] * kernel).sum((1, 2, 3))"),),
)
SIDES, STRIDES = "(top, bottom), (left, right) = padding", "sh, sw = (strides, strides) if"
BIAS, LAST = "        y = y + bias\n", "    return y\n"
WRONG = {
    "the kernel is rotated": (TENSORDOT, "np.tensordot(patch, kernel[::-1, ::-1], 3)"),
    "the two strides are swapped": (STRIDES, STRIDES.replace("sh, sw", "sw, sh")),
    "zeros above and to the left only": (
        "    padded = np",
        "    bottom = right = 0\n    padded = np",
    ),
    "batch: only the first two images": (LAST, "    y[2:] = 0\n    return y\n"),
    "the bias is forgotten": (BIAS, "        pass\n"),
    "channels beyond the third are ignored": (
        TENSORDOT,
        "np.tensordot(patch[..., :3], kernel[:, :, :3], 3)",
    ),
    "same: the extra zero goes first": ("down // 2, across // 2", "-(-down // 2), -(-across // 2)"),
    "the bias is added for every channel": (BIAS, "        y = y + depth * bias\n"),
    "strides above 2 are taken as 2": (
        "    height, width",
        "    sh, sw = min(sh, 2), min(sw, 2)\n    height, width",
    ),
    "padding pairs are (left, right) first": (SIDES, "(left, right), (top, bottom) = padding"),
    "a square kernel is transposed": (
        "    rows =",
        "    kernel = kernel.transpose(1, 0, 2, 3) if kh == kw else kernel\n    rows =",
    ),
    "same: worked out for stride 1": (
        "        top, left = down",
        "        down, across = kh - 1, kw - 1\n        top, left = down",
    ),
    "the input is overwritten": (LAST, "    x[...] = 0\n    return y\n"),
    "a ReLU is part of it": (LAST, "    return np.maximum(y, 0)\n"),
    "the output is taken to be square": (
        "    if rows <",
        "    columns = min(rows, columns)\n    if rows <",
    ),
    "the border is filled with ones": ("(0, 0)))", "(0, 0)), constant_values=1)"),
}


@dataclass(frozen=True)
class Submission:
    """A name that sorts in the order of grading, what is wrong with it, and its text."""

    id: str
    mistake: str  # "" if it is right
    source: str


def edited(edits, source=RIGHT):
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} is there {source.count(old)} times")
        source = source.replace(old, new)
    return source


def submissions(count):
    """`count` submissions: every fifth is right, the others go through the mistakes in turn."""
    made, mistakes = [], list(WRONG.items())
    for index in range(count):
        name = f"s{index:03d}"
        mark = f"\n# {name}\n"  # no two are equal: refcnn grades equal work once
        turn, place = divmod(index, 5)
        if place == 0:
            edits = ROUTES[turn % len(ROUTES)]
            made.append(Submission(name, "", edited(edits) + mark))
        else:
            mistake, edit = mistakes[(4 * turn + place - 1) % len(mistakes)]
            made.append(Submission(name, mistake, edited([edit]) + mark))
    return made


def _numbers(values):
    return np.array2string(values, separator=", ", precision=8, threshold=100_000)


def checks():
    """(name, statements) of each check; `conv2d` is what was handed in."""
    x = np.linspace(-0.1, 0.5, 2 * 4 * 4 * 3).reshape(2, 4, 4, 3)
    kernel = np.linspace(-0.2, 0.3, 4 * 4 * 3 * 3).reshape(4, 4, 3, 3)
    bias = np.linspace(-0.1, 0.2, 3)
    forward = _numbers(refcnn.conv2d(x, kernel, bias, strides=2, padding=1))
    edge = np.array([[1.0, 0.0, -1.0]] * 3).reshape(3, 3, 1, 1)
    ramp = np.arange(25.0).reshape(1, 5, 5, 1) ** 2
    edges = _numbers(refcnn.conv2d(ramp, edge)[0, :, :, 0])
    return {
        "forward": f"""x = np.linspace(-0.1, 0.5, 2 * 4 * 4 * 3).reshape(2, 4, 4, 3)
kernel = np.linspace(-0.2, 0.3, 4 * 4 * 3 * 3).reshape(4, 4, 3, 3)
bias = np.linspace(-0.1, 0.2, 3)
expected = np.array({forward})
assert np.allclose(conv2d(x, kernel, bias, strides=2, padding=1), expected)""",
        "edges": f"""ramp = np.arange(25.0).reshape(1, 5, 5, 1) ** 2
edge = np.array([[1.0, 0.0, -1.0]] * 3).reshape(3, 3, 1, 1)
expected = np.array({edges})
assert np.allclose(conv2d(ramp, edge)[0, :, :, 0], expected)""",
        "sizes": """x, kernel = np.ones((2, 7, 7, 3)), np.ones((3, 3, 3, 4))
assert conv2d(x, kernel).shape == (2, 5, 5, 4)
assert conv2d(x, kernel, strides=2).shape == (2, 3, 3, 4)
assert conv2d(x, kernel, padding=1).shape == (2, 7, 7, 4)""",
        "same": """x, kernel = np.ones((1, 6, 6, 1)), np.ones((3, 3, 1, 1))
y = conv2d(x, kernel, padding="same")
assert y.shape == (1, 6, 6, 1)
assert np.allclose(y[0, 0, 0, 0], 4)
assert np.allclose(y[0, 2, 2, 0], 9)""",
        "bias": """x, kernel = np.zeros((2, 5, 5, 3)), np.ones((3, 3, 3, 2))
y = conv2d(x, kernel, np.array([1.0, -2.0]))
assert np.allclose(y[..., 0], 1)
assert np.allclose(y[..., 1], -2)""",
    }


def otter_test():
    """The checks as a test file of otter-grader, in its exception style."""
    lines = [
        "import numpy as np",
        "from otter.test_files import test_case",
        "",
        "OK_FORMAT = False",
    ]
    lines += ['name = "conv2d"', f"points = {POINTS * len(checks())}"]
    for name, body in checks().items():
        lines += ["", "", f"@test_case(points={POINTS})", f"def test_{name}(env):"]
        lines += ['    conv2d = env["conv2d"]', indent(body, "    ")]
    return "\n".join(lines) + "\n"


def notebook(source, *, nbgrader):
    """A submission as a notebook; for nbgrader with its test cells, and its metadata on all."""
    from nbformat import v4

    def marked(cell, grade_id, **said):
        plain = {"grade": False, "locked": False, "solution": False, "task": False}
        known = {"schema_version": 3, "grade_id": grade_id, **plain, **said}
        cell.id = f"cell-{grade_id}"
        cell.metadata = {"nbgrader": known} if nbgrader else {}
        return cell

    cells = [marked(v4.new_code_cell(source), "conv2d", solution=True)]
    if nbgrader:
        for name, body in checks().items():
            test = v4.new_code_cell(f"import numpy as np\n\n{body}")
            cells.append(marked(test, f"test_{name}", grade=True, locked=True, points=POINTS))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


ASSIGNMENT = """title = "conv2d by hand"
total = 10

[[item]]
id = "values"
title = "The values"
points = 8
operators = ["conv2d"]
clauses = [
    "CONV-1", "CONV-2", "CONV-3", "CONV-4", "CONV-5", "CONV-6", "CONV-7", "CONV-8", "CONV-9",
    "CONV-10", "CONV-11", "CONV-12", "CONV-13", "CONV-14", "CONV-15", "CONV-16", "CONV-17",
]

[[item]]
id = "care"
title = "Bad input, batches, good manners"
points = 2
operators = ["conv2d"]
requires = ["values"]
"""
