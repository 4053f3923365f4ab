"""Pictures of what is read: each is held against what the implementation answers."""

import re
from dataclasses import replace
from itertools import product
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from command import run
from test_identify import EVERY, EXAMPLES, identify, of_mutant

import refcnn
from refcnn import testing
from refcnn.diagnosis.afresh import AskedMutant
from refcnn.diagnosis.identify.picture import Plane, Plot
from refcnn.diagnosis.identify.reading import UnreadableError
from refcnn.reports.picture_svg import svg
from refcnn.reports.picture_text import picture_lines
from refcnn.suite.mutants import mutants

DRAWN = {
    ("conv2d/kernel-rotated", ""): """
cells of X[0, 0:5, 0:3, 0] that Y[0, 1, 0, 0] reads, each with its place in K:
yours              right
   ·     ·     ·      ·     ·     ·
[2,1] [2,0]    ·   [0,0] [0,1]    ·
[1,1] [1,0]    ·   [1,0] [1,1]    ·
[0,1] [0,0]    ·   [2,0] [2,1]    ·
   ·     ·     ·      ·     ·     ·
""",
    ("conv2d/channels-and-filters-confused", ""): """
cells of X[0, 0:5, 0:3, 1] that Y[0, 1, 0, 0] reads, each with its place in K:
yours                          right
       ·         ·         ·          ·         ·         ·
[0,0,2,0] [0,1,2,0]        ·   [0,0,1,0] [0,1,1,0]        ·
[1,0,2,0] [1,1,2,0]        ·   [1,0,1,0] [1,1,1,0]        ·
[2,0,2,0] [2,1,2,0]        ·   [2,0,1,0] [2,1,1,0]        ·
       ·         ·         ·          ·         ·         ·
""",
    ("flatten/channel-first", ""): """
where in Y[0, ...] the cells of X[0, :, :, 0] go:
yours                 right
 [0]  [1]  [2]  [3]    [0]  [2]  [4]  [6]
 [4]  [5]  [6]  [7]    [8] [10] [12] [14]
 [8]  [9] [10] [11]   [16] [18] [20] [22]
""",
    ("dense/inputs-reversed", ""): """
cells of X[0, :] that Y[0, 0] reads, each with its place in K:
yours                     right
[3,0] [2,0] [1,0] [0,0]   [0,0] [1,0] [2,0] [3,0]
""",
    ("max_pool2d_backward/last-of-tied-cells", ""): """
cells of dX[0, 0:3, :, 0] to which dY[0, 0, 1, 0] is added:
yours                    right
 1   3   2   3   0   4    1   3   2  [3]  0   4
 2   5   1   1  [3]  2    2   5   1   1   3   2
 3   0   4   2   5   1    3   0   4   2   5   1
""",
    ("relu/capped-at-six", ""): """
Y, by X (x yours, o right, * both):
8 |                                       oo
  |                                      oo
  |                                   ** xxx
  |                                  *
  |                               **
  |                             **
  |                            **
  |                         ***
  |                        **
  |                     ***
0 |*** *** **************
   -8                                      8
corners of yours: 0, 6
""",
}


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn(name):
    found = of_mutant(*name)
    assert "\n".join(picture_lines(found.picture)) == DRAWN[name].strip("\n")


def drawn_of(mutant, case):
    """The picture of a mistake, which can be drawn in lines and as SVG; None if there is none."""
    try:
        picture = identify(AskedMutant(mutant).run, case).picture
    except UnreadableError:
        return None
    if picture is not None:
        assert all(len(line) <= 80 for line in picture_lines(picture)[1:])
        root = ET.fromstring(svg(picture))
        assert root.tag.endswith("svg")
        assert root[0].text == picture.title
    return picture


TITLE = re.compile(r"cells of X\[(.*)\] that Y\[(.*)\] reads")
READ = ("conv2d", "max_pool2d", "avg_pool2d", "global_avg_pool2d", "dense")


@pytest.mark.parametrize("mutant", mutants(), ids=lambda one: one.id)
def test_an_output_depends_on_the_cells_that_are_drawn_as_read(mutant):
    cases = [one for one in EVERY if one.operator == mutant.operator]
    pictures = [drawn_of(mutant, case) for case in cases]
    if mutant.operator not in READ or pictures == [None]:
        return
    (picture,), (case,) = pictures, cases
    if not (told := TITLE.match(picture.title)):
        return
    cells, output = told.groups()
    place = tuple(map(int, output.split(",")))
    lowest = -1 if case.operator == "max_pool2d" else 0
    x = np.full(case.inputs["x"].shape, lowest, case.dtype)
    zeros = {name: np.zeros_like(t) for name, t in case.inputs.items() if name == "bias"}
    run_one = AskedMutant(mutant).run

    def answer():
        asked = replace(case, inputs={**case.inputs, **zeros, "x": x.copy()})
        y = run_one(asked).outputs["y"]
        return y[place] if all(map(int.__lt__, place, y.shape)) else None

    entries = [_entry(text, size) for text, size in zip(cells.split(", "), x.shape)]
    before = answer()
    for cell, spot in zip(product(*entries), _spots(picture)):
        x[cell] = 1
        assert (answer() != before) == spot.read, (cell, spot)
        x[cell] = lowest


def _entry(text, size):
    """The places that one entry of a title means."""
    if ":" not in text:
        return [int(text)]
    first, last = text.split(":")
    return range(int(first or 0), int(last or size))


def _spots(picture):
    return [spot for row in picture.yours for spot in row]


def test_both_sides_are_told_apart_in_svg():
    wrong = of_mutant("conv2d/kernel-rotated").picture
    root = ET.fromstring(svg(wrong))
    fills = [one.get("fill") for one in root if one.tag.endswith("rect")]
    filled = {fill: fills.count(fill) for fill in fills if fill != "none"}
    assert sorted(filled.values()) == [6, 6]
    curve = of_mutant("relu/capped-at-six").picture
    assert isinstance(curve, Plot)
    assert "corners in circles" in svg(curve)
    alike = Plane(wrong.title, wrong.right, wrong.right)
    assert ">yours<" not in svg(alike)


# --- the page, and notebooks


def test_the_page_holds_everything_that_is_printed(tmp_path):
    path = tmp_path / "page.html"
    out, _ = run("explain", EXAMPLES / "three_mistakes.py", "--html", path, status=0)
    assert out == f"wrote {path}\n"
    page = path.read_text("utf-8")
    assert page.count("<svg") == page.count("</svg>") == 2
    assert "The kernel is turned over, its rows from the last to the first" in page
    assert "<script" not in page
    assert "max_pool2d <small>wrong in these shapes</small>" in page


def test_a_page_that_cannot_be_written_is_refused_at_once(tmp_path):
    path = tmp_path / "nowhere" / "page.html"
    _, err = run("explain", EXAMPLES / "plain_loops.py", "--html", path, status=2)
    assert "--html: no file can be written at" in " ".join(err.split())
    _, err = run("explain", "--html", tmp_path / "page.html", status=2)
    assert "--html is about an implementation, not a case" in " ".join(err.split())


def test_a_notebook_shows_pictures():
    found = testing.explain({"relu": refcnn.relu, "flatten": refcnn.flatten}, operators=["relu"])
    assert "yours: Y = 0 where X < 0, X where X > 0" in str(found)
    shown = found._repr_html_()
    assert "<svg" in shown
    assert "flatten" not in shown
    with pytest.raises(testing.DoorError, match="has no function"):
        testing.explain({})
    with pytest.raises(testing.DoorError, match="operators"):
        testing.explain({"relu": refcnn.relu}, operators=["reul"])
