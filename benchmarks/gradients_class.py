"""A class graded on forward and backward pass, beside a gradient check by differences.

    python benchmarks/gradients_class.py [--count 100]

A submission is one right solution with one edit of its text; every fifth is right, by several
routes. refcnn grades the class (`refcnn grade`, sandbox, pages and all) as an assignment of
conv2d, max_pool2d and their gradients. Beside it each file is put to what courses ask: the
gradient by central differences (h = 1e-5, float64) of random numbers in the shapes of CS231n's
notebooks, right if the relative error is below 1e-6. Missed is what has full marks and a
mistake; marked down is what is right and has not.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from graders_class import edited

ASSIGNMENT = """
title = "Convolution and pooling, both ways"
total = 10

[[item]]
id = "forward"
title = "Forward"
points = 4
operators = ["conv2d", "max_pool2d"]

[[item]]
id = "backward"
title = "Backward"
points = 6
operators = ["conv2d_backward", "max_pool2d_backward"]
"""

RIGHT = """import numpy as np


def _pair(value):
    return (value, value) if isinstance(value, int) else value


def _place(x, window, strides, padding):
    (kh, kw), (sh, sw), (height, width) = window, _pair(strides), x.shape[1:3]
    if min(sh, sw, kh, kw, height, width) < 1:
        raise ValueError("sizes and strides must be at least 1")
    if padding == "valid":
        pads = (0, 0), (0, 0)
    elif padding == "same":
        down = max((-(-height // sh) - 1) * sh + kh - height, 0)
        across = max((-(-width // sw) - 1) * sw + kw - width, 0)
        pads = (down // 2, down - down // 2), (across // 2, across - across // 2)
    elif isinstance(padding, int):
        pads = (padding, padding), (padding, padding)
    else:
        pads = padding
    rows = (height + sum(pads[0]) - kh) // sh + 1
    columns = (width + sum(pads[1]) - kw) // sw + 1
    if rows < 1 or columns < 1 or min(min(pads[0]), min(pads[1])) < 0:
        raise ValueError("the window does not fit")
    return sh, sw, pads, rows, columns


def _check(x, kernel, bias):
    if x.ndim != 4 or kernel.ndim != 4 or x.shape[3] != kernel.shape[2]:
        raise ValueError("x and kernel do not go together")
    if bias is not None and bias.shape != kernel.shape[3:]:
        raise ValueError("one bias for each filter")


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    _check(x, kernel, bias)
    kh, kw = kernel.shape[:2]
    sh, sw, pads, rows, columns = _place(x, (kh, kw), strides, padding)
    padded = np.pad(x, ((0, 0), *pads, (0, 0)))
    y = np.zeros((len(x), rows, columns, kernel.shape[3]), x.dtype)
    for i in range(rows):
        for j in range(columns):
            patch = padded[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
            y[:, i, j] = np.tensordot(patch, kernel, 3)
    return y if bias is None else y + bias


def conv2d_backward(dy, x, kernel, bias=None, *, strides=1, padding="valid"):
    _check(x, kernel, bias)
    kh, kw = kernel.shape[:2]
    sh, sw, pads, rows, columns = _place(x, (kh, kw), strides, padding)
    if dy.shape != (len(x), rows, columns, kernel.shape[3]):
        raise ValueError("dy is not in the shape of the answer")
    padded = np.pad(x, ((0, 0), *pads, (0, 0)))
    dpadded, dkernel = np.zeros_like(padded), np.zeros_like(kernel)
    for i in range(rows):
        for j in range(columns):
            here = np.s_[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
            dpadded[here] += np.tensordot(dy[:, i, j], kernel, (1, 3))
            dkernel += np.tensordot(padded[here], dy[:, i, j], (0, 0))
    (top, _), (left, _) = pads
    dx = dpadded[:, top : top + x.shape[1], left : left + x.shape[2]]
    dbias = None if bias is None else dy.sum((0, 1, 2))
    return dx, dkernel, dbias


def _pool(x, pool_size, strides, padding):
    window = _pair(pool_size)
    place = _place(x, window, window if strides is None else strides, padding)
    for cells, pad in zip(window, place[2]):
        if max(pad) >= cells:
            raise ValueError("the padding is as large as the window")
    return window, place, np.pad(x, ((0, 0), *place[2], (0, 0)), constant_values=-np.inf)


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    (kh, kw), (sh, sw, _, rows, columns), padded = _pool(x, pool_size, strides, padding)
    y = np.zeros((len(x), rows, columns, x.shape[3]), x.dtype)
    for i in range(rows):
        for j in range(columns):
            y[:, i, j] = padded[:, i * sh : i * sh + kh, j * sw : j * sw + kw].max((1, 2))
    return y


def max_pool2d_backward(dy, x, pool_size, *, strides=None, padding="valid"):
    (kh, kw), (sh, sw, pads, rows, columns), padded = _pool(x, pool_size, strides, padding)
    if dy.shape != (len(x), rows, columns, x.shape[3]):
        raise ValueError("dy is not in the shape of the answer")
    dpadded = np.zeros_like(padded)
    images, depth = np.ogrid[: len(x), : x.shape[3]]
    for i in range(rows):
        for j in range(columns):
            patch = padded[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
            flat = patch.reshape(len(x), kh * kw, x.shape[3]).argmax(1)
            at = images, i * sh + flat // kw, j * sw + flat % kw, depth
            dpadded[at] += dy[:, i, j]
    (top, _), (left, _) = pads
    return dpadded[:, top : top + x.shape[1], left : left + x.shape[2]]
"""

DX = "np.tensordot(dy[:, i, j], kernel, (1, 3))"
DK = "np.tensordot(padded[here], dy[:, i, j], (0, 0))"
ZEROS = "dpadded, dkernel = np.zeros_like(padded), np.zeros_like(kernel)"
NARROW = 'dpadded, dkernel = np.zeros(padded.shape, "f4"), np.zeros(kernel.shape, "f4")'
HERE = "here = np.s_[:, i * sh : i * sh + kh, j * sw : j * sw + kw]"
TOP = "    (top, _), (left, _) = pads\n    dx ="
DBIAS, RETURN = "dy.sum((0, 1, 2))", "    return dx, dkernel, dbias"
TIES = f"""\
            largest = patch == patch.max((1, 2), keepdims=True)
            {HERE}
            dpadded[here] += largest * dy[:, i, j][:, None, None]"""
ROUTES = (  # right, each by another way
    (),
    ((DX, 'np.einsum("no,abco->nabc", dy[:, i, j], kernel)'),),
    ((DK, 'np.einsum("nabc,no->abco", padded[here], dy[:, i, j])'),),
    ((DBIAS, "dy.reshape(-1, dy.shape[3]).sum(0)"),),
)
WRONG = {
    "the kernel is rotated in dx": (DX, DX.replace("kernel", "kernel[::-1, ::-1]")),
    "windows overwrite each other in dx": ("dpadded[here] +=", "dpadded[here] ="),
    "dkernel of the last window alone": ("dkernel +=", "dkernel ="),
    "the border is not cut off above": (TOP, TOP.replace("    dx =", "    top = 0\n    dx =")),
    "border cut by the wrong side": (
        TOP,
        TOP.replace("(top, _), (left, _)", "(_, top), (_, left)"),
    ),
    "dbias is a mean over the batch": (DBIAS, "dy.sum((1, 2)).mean(0)"),
    "dbias is a mean of all": (DBIAS, "dy.mean((0, 1, 2))"),
    "everything is divided by the batch": (
        RETURN,
        RETURN.replace("dkernel,", "dkernel / max(1, len(x)),"),
    ),
    "dkernel of the first example": (
        DK,
        DK.replace("padded[here]", "padded[here][:1]").replace("dy[:,", "dy[:1,"),
    ),
    "strides of the first axis for both": (HERE, HERE.replace("j * sw", "j * sh")),
    "a square kernel is transposed in dx": (
        DX,
        DX.replace("kernel", "kernel.swapaxes(0, 1 if kh == kw else 0)"),
    ),
    "channels beyond the third have no dkernel": (RETURN, "    dkernel[:, :, 3:] = 0\n" + RETURN),
    "dy is overwritten": (RETURN, "    dy[...] = 0\n" + RETURN),
    "float32 inside": (ZEROS, NARROW),
    "all largest cells of a window get dy": ("            dpadded[at] += dy[:, i, j]", TIES),
    "overlapping pools overwrite": ("dpadded[at] +=", "dpadded[at] ="),
    "a pool's dy goes to the smallest cell": (".argmax(1)", ".argmin(1)"),
    "cell and row are mixed up": (
        "i * sh + flat // kw, j * sw + flat % kw",
        "i * sh + flat % kh, j * sw + flat // kh",
    ),
}


def submissions(count):
    """(name, mistake or "", text) of so many, no two alike."""
    mistakes = list(WRONG.items())
    for index in range(count):
        turn, place = divmod(index, 5)
        mistake, edit = mistakes[(4 * turn + place - 1) % len(mistakes)]
        right = place == 0
        edits = ROUTES[turn % len(ROUTES)] if right else [edit]
        name = f"s{index:03d}"
        yield name, "" if right else mistake, f"{edited(edits, RIGHT)}\n# {name}\n"


def by_differences(function, x, dy, h=1e-5):
    """The gradient of the sum of dy times an answer, element by element."""
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        old = x[place]
        x[place] = old + h
        above = (function() * dy).sum()
        x[place] = old - h
        below = (function() * dy).sum()
        x[place] = old
        gradient[place] = (above - below) / (2 * h)
    return gradient


def close(ours, theirs):
    """The relative error of CS231n's notebooks, below 1e-6."""
    return np.max(np.abs(ours - theirs) / np.maximum(1e-8, np.abs(ours) + np.abs(theirs))) < 1e-6


def passes_a_gradient_check(source):
    """Whether conv2d (stride 2, padding 1) and a pool (2, stride 2) pass it."""
    exec(source, names := {})
    rng = np.random.default_rng(231)
    x, kernel, bias = map(rng.standard_normal, ((4, 5, 5, 3), (3, 3, 3, 2), 2))
    place = {"strides": 2, "padding": 1}
    forward = lambda: names["conv2d"](x, kernel, bias, **place)  # noqa: E731
    dy = rng.standard_normal(forward().shape)
    wanted = [by_differences(forward, one, dy) for one in (x, kernel, bias)]
    found = names["conv2d_backward"](dy, x, kernel, bias, **place)
    if not all(map(close, wanted, found)):
        return False
    image = rng.standard_normal((3, 8, 8, 2))
    pool = lambda: names["max_pool2d"](image, 2)  # noqa: E731
    dy = rng.standard_normal(pool().shape)
    return close(by_differences(pool, image, dy), names["max_pool2d_backward"](dy, image, 2))


def graded(folder, files):
    """Scores by name, as `refcnn grade` gives them, and its seconds."""
    (folder / "assignment.toml").write_text(ASSIGNMENT, "utf-8")
    (folder / "seed.txt").write_text("5d" * 32, "ascii")
    (folder / "class").mkdir()
    for name, _, source in files:
        (folder / "class" / f"{name}.py").write_text(source, "utf-8")
    words = [sys.executable, "-m", "refcnn", "grade", str(folder / "class")]
    words += ["-a", str(folder), "-o", str(folder / "out")]
    began = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    found = json.loads((folder / "out" / "grades.json").read_text("utf-8"))
    return {one["id"]: one["earned"] / found["total"] for one in found["submissions"]}, seconds


def told(name, files, right):
    """Missed mistakes, and right work that was marked down."""
    missed = sorted({mistake for n, mistake, _ in files if mistake and right[n]})
    down = [n for n, mistake, _ in files if not mistake and not right[n]]
    wrong = sum(bool(mistake) for _, mistake, _ in files)
    passed = sum(bool(mistake) and right[n] for n, mistake, _ in files)
    print(f"{name}: {passed} of {wrong} wrong ones have full marks,", end=" ")
    print(f"{len(down)} of {len(files) - wrong} right ones are marked down")
    for mistake in missed:
        print(f"  missed: {mistake}")


def main(count):
    files = list(submissions(count))
    with tempfile.TemporaryDirectory() as name:
        scores, seconds = graded(Path(name), files)
    told("refcnn", files, {one: score == 1 for one, score in scores.items()})
    print(f"  {seconds / count:.2f} s a submission, start-up and diagnoses included")
    began = time.perf_counter()
    checked = {one: passes_a_gradient_check(source) for one, _, source in files}
    seconds = time.perf_counter() - began
    told("a gradient check by differences", files, checked)
    print(f"  {seconds / count:.2f} s a submission, without a sandbox")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100)
    main(parser.parse_args().count)
