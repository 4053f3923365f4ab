"""What students and teachers are told: pages, Markdown, terminal, pictures, likenesses."""

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

import refcnn
from refcnn.cnn import ops
from refcnn.grading.answers import LAWS as LAWS_BROKEN
from refcnn.grading.known import known_sources
from refcnn.grading.pages import cohort as class_page
from refcnn.grading.pages import student, tally
from refcnn.grading.pages.markdown import markdown
from refcnn.grading.pages.names import file_name
from refcnn.grading.pages.tally import cohort, row
from refcnn.grading.pages.telling import OTHER, category, telling
from refcnn.grading.pages.terminal import show, show_class
from refcnn.grading.pictures import MOST_CELLS, MOST_LINES, example
from refcnn.grading.report import (
    Example,
    Graded,
    Item,
    Person,
    Picture,
    Provenance,
    Report,
    Requirement,
    State,
)
from refcnn.grading.similar import LEAST_HASHES, MOST_HASHES, copies, fingerprint, similar
from refcnn.harness.python import PythonFunctions
from refcnn.suite.case import Answer, Case, Crash, Refusal, Rubbish, Timeout
from refcnn.suite.context import Failure
from refcnn.suite.generators import LAWS
from refcnn.suite.judge import Judgement, Verdict, judge, judge_refusal
from refcnn.suite.mutants import mutants
from refcnn.suite.registry import OPERATORS, record
from refcnn.suite.vector_files import public
from refcnn.suite.vectors import judgements

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = (
    "<script>alert(1)</script> {{7*7}} {% raw %} [x](javascript:1) ![y](http://e.vil) "
    "\u202eabc\x1b[31mred\x1b]8;;http://e.vil\x07 \x00 \ud800 [bold]b[/bold] `` ``` ~~~ | # **k** "
    "\" onclick='1' &lt; <!-- --> www.e.vil\n# heading\n\n- item\n\n    code\u2028<img src=x>"
)
SECRET = "987654.25"
PROVENANCE = Provenance(
    refcnn="0.1.0",
    suite=1,
    python="3.11",
    numpy="2.0",
    isolation="Landlock",
    assignment="a" * 64,
    commitment="c" * 64,
    submission="5" * 64,
)


def requirement(operator="conv2d", state=State.PASS, **more):
    return Requirement(
        operator=operator, clause="CONV-2", sentence="The kernel slides.", state=state, **more
    )


def item(name, state, earned, **more):
    given = {"id": name, "title": f"Item {name}", "points": 10, "requirements": (requirement(),)}
    return Item(**{**given, "state": state, "earned": earned, **more})


def graded(*items, person=None, **more):
    earned = sum(i.earned for i in items)
    right = all(i.state is State.PASS for i in items)
    given = {"title": "Homework", "total": 10 * len(items) or 10, "earned": earned, "items": items}
    given |= {"state": State.PASS if right else State.FAIL, "provenance": PROVENANCE}
    return Graded(person=person or Person(id="s1"), report=Report(**{**given, **more}))


def a_picture(text, role="got"):
    return Picture(role=role, title=text, rows=((text, "1"), ("-2", "nan")), marked=((0, 0),))


def an_example(text):
    pictures = (a_picture(text), a_picture(text, "input"), a_picture(text, "difference"))
    return Example(vector=text, call=text, reason=text, lines=(text, text), pictures=pictures)


def hostile():
    failed = item(
        HOSTILE,
        State.FAIL,
        4,
        title=HOSTILE,
        requirements=(requirement(HOSTILE, State.FAIL, reason=HOSTILE),),
        happened=HOSTILE,
        works=HOSTILE,
        mistakes=(HOSTILE, HOSTILE),
        example=an_example(HOSTILE),
    )
    waits = item("b", State.NOT_RUN, 0, requires=(HOSTILE,))
    who = Person(id=HOSTILE, name=HOSTILE, number=HOSTILE, file=HOSTILE)
    return graded(
        failed, waits, person=who, title=HOSTILE, notes=(HOSTILE,), acts=(HOSTILE,), problem=HOSTILE
    )


def mixed():
    """One item of every state."""
    carried = requirement(carried=True)
    return graded(
        item("a", State.PASS, 10, requirements=(carried,)),
        item(
            "b", State.FAIL, 5, requirements=(requirement(state=State.FAIL, reason="wrong shape"),)
        ),
        item("c", State.FAIL, 0, mistakes=("The kernel is rotated.",), works="Shapes are right."),
        item(
            "d", State.NOT_RUN, 0, requires=("b",), requirements=(requirement(state=State.NOT_RUN),)
        ),
        item(
            "e",
            State.NOT_IMPLEMENTED,
            0,
            requirements=(requirement(state=State.NOT_IMPLEMENTED, reason="not offered"),),
        ),
        item("f", State.GRADER_ERROR, 0),
        person=Person(id="s1", name="Ada Lovelace", file="s1.py"),
        notes=("Is maxpool meant to be max_pool2d?",),
    )


def on_terminal(told, **options):
    file = io.StringIO()
    show(Console(file=file, width=100, **options), told)
    return file.getvalue()


def everywhere(told):
    return student.page(told), markdown(told), on_terminal(told)


class Page(HTMLParser):
    """The tags, attributes and words of a page; every tag must be closed where it should."""

    VOID = ("meta", "br")

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


# --- the page of a student


def test_a_page_tells_score_items_diagnosis_and_provenance():
    text = student.page(mixed())
    words = " ".join(" ".join(Page(text).words).split())
    for told in (
        "Ada Lovelace",
        "15 of 60 points",
        "1 of 6 items are right. Begin with “Item b”: 1 other item waits for it.",
        "The kernel is rotated.",
        "Shapes are right.",
        "Waits for “Item b”",
        "right but for a mistake that already cost you points in “Item b”",
        "Is maxpool meant to be max_pool2d?",
        "wrong shape",
        "1 requirement is not implemented",
        "conv2d · CONV-2: not offered",
        "1 requirement was not run",
        "not graded: our fault",
        "c" * 64,
        "The examples on this page are public cases",
    ):
        assert told in words


def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing():
    found = Page(student.page(mixed()))
    assert not {"script", "link", "img", "iframe", "form", "object"} & {*found.tags}
    assert {name for name, _ in found.attributes} <= {
        *("lang", "charset", "http-equiv", "content", "name", "class", "style", "href", "id"),
        *("role", "aria-label", "aria-hidden", "title", "tabindex"),
    }
    assert all(value.startswith("#item-") for name, value in found.attributes if name == "href")
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in found.attributes
    assert "url(" not in student.page(mixed())


def test_equal_reports_give_equal_bytes():
    again = Graded.model_validate_json(mixed().model_dump_json())
    assert student.page(again).encode() == student.page(mixed()).encode()
    assert markdown(again) == markdown(mixed())


@pytest.mark.parametrize("state", [State.NOT_RUN, State.GRADER_ERROR])
def test_a_submission_without_items_is_told_why(state):
    told = graded(state=state, problem="cnn.py is not Python: line 12.", earned=0)
    for text in everywhere(told):
        if state is State.NOT_RUN:
            assert "0" in text
            assert "cnn.py" in text
        else:
            assert "our fault" in text
            assert "no score yet" in text


def test_full_marks_are_said_in_one_line():
    told = graded(item("a", State.PASS, 10))
    for text in everywhere(told):
        assert "Everything that was asked for is right." in text
        assert "Begin with" not in text


def test_points_are_told_without_noise():
    told = graded(item("a", State.FAIL, 10 / 3), item("b", State.FAIL, 2.5))
    assert [s.earned for s in telling(told).sections] == ["3.33", "2.5"]


def test_the_cells_of_a_heat_map_carry_their_number_and_why_they_are_marked():
    told = graded(item("a", State.FAIL, 0, example=an_example("7")))
    text = student.page(told)
    assert re.search(r'<td class="p4 m" title="the first wrong number" aria-label="7, the', text)
    assert re.search(r'<td class="n\d">-2</td><td class="x">nan</td>', text)


REASONS = (
    "wrong shape",
    "wrong dtype",
    "wrong class of number",
    "wrong numbers",
    "raised ValueError (line 12)",
    "answered with something that is not an array of float32 or float64",
    "answered what should be refused",
    "no answer in time",
    "the process ended",
    "not asked after crashes or timeouts",
    *LAWS_BROKEN.values(),
)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_a_category_for_hidden_items(reason):
    assert category(requirement(state=State.FAIL, reason=reason)) != OTHER


# --- what must not be told


@pytest.mark.parametrize("place", [0, 1, 2], ids=["page", "Markdown", "terminal"])
def test_a_hidden_item_shows_category_and_diagnosis_and_never_a_value(place):
    told = graded(
        item(
            "a",
            State.FAIL,
            0,
            hidden=True,
            requirements=(
                requirement(state=State.FAIL, reason=f"wrong numbers: {SECRET}"),
                requirement("dense", State.FAIL, reason=f"strange: {SECRET}"),
            ),
            happened=SECRET,
            works=SECRET,
            mistakes=("The kernel is rotated.",),
            example=an_example(SECRET),
        )
    )
    text = everywhere(told)[place]
    assert SECRET not in text
    assert "wrong numbers" in text
    assert "it does not hold" in text
    assert "The kernel is rotated." in text
    assert "cases that are not shown" in " ".join(re.sub(r"[│\s]+", " ", text).split())


@pytest.mark.parametrize("place", [0, 1, 2], ids=["page", "Markdown", "terminal"])
def test_acts_and_fingerprints_are_not_for_students(place):
    told = graded(item("a", State.PASS, 10), acts=(f"opened {SECRET}",), fingerprint=(3141592653,))
    text = everywhere(told)[place]
    assert SECRET not in text
    assert "opened" not in text
    assert "3141592653" not in text


# --- hostile text


def unseen(text):
    """Characters that a page must not have: controls but the end of line, bidi, surrogates."""
    return re.findall(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", text
    )


@pytest.mark.parametrize("make", [student.page, lambda told: class_page.page(cohort([told]))])
def test_hostile_text_is_escaped_in_html(make):
    text = make(hostile())
    found = Page(text)
    assert not {"script", "img", "h4"} & {*found.tags}
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert not [v for name, v in found.attributes if name == "href" and not safe(v)]
    assert "<script" not in text
    assert "<!--" not in text
    assert not unseen(text)
    assert any("{{7*7}}" in words for words in found.words)
    assert any("<script>alert(1)</script>" in words for words in found.words)
    assert any(r"\u202eabc\x1b[31mred" in words for words in found.words)
    text.encode()


def safe(link):
    return re.fullmatch(r"#item-\d+|pages/[A-Za-z0-9._-]+\.html", link)


def test_hostile_text_is_plain_text_in_markdown():
    text = markdown(hostile())
    assert not unseen(text)
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    found = Page(re.sub(r"<(br|hr) ?/?>", "", html))
    assert not {"a", "img", "script", "del"} & {*found.tags}
    assert found.tags.count("h1") == 1
    assert found.tags.count("h2") == 4  # two items, the notes, the provenance
    assert {name for name, _ in found.attributes} <= {"class", "style"}


@pytest.mark.parametrize("colours", [True, False])
def test_hostile_text_moves_nothing_on_a_terminal(colours):
    text = on_terminal(hostile(), force_terminal=colours)
    file = io.StringIO()
    show_class(Console(file=file, width=200, force_terminal=colours), [row(hostile())])
    for written in (text, file.getvalue()):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", written)
        assert not unseen(plain)
        assert "[bold]" in plain or "…" in plain
    assert "[bold]b[/bold]" in re.sub(r"\x1b\[[0-9;]*m|[│\s]", "", text)


# --- file names


@given(st.lists(st.text() | st.from_regex(r"\A[A-Za-z0-9._-]{1,60}\Z"), unique=True, max_size=20))
def test_different_ids_have_different_safe_file_names(ids):
    names = [file_name(name) for name in ids]
    assert len({name.lower() for name in names}) == len(ids)
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "Ada", "ADA", "con", "NUL", "com1", "../../etc/passwd", "é", "a" * 500]
)
def test_a_name_that_no_file_should_have_gets_another(name):
    found = file_name(name)
    assert found != name
    assert found.split(".")[0] not in ("con", "nul", "com1", "")
    assert len(found) < 100


def test_a_plain_id_stays_as_it_is():
    assert file_name("s1234-ab_c") == "s1234-ab_c"


# --- the page of a class


def a_class(count=10):
    wrong = item(
        "a",
        State.FAIL,
        4,
        mistakes=("The kernel is rotated.",),
        requirements=(requirement(state=State.FAIL),),
    )
    right = item("a", State.PASS, 10)
    found = [
        graded(wrong if n % 2 else right, person=Person(id=f"s{n:04}", name=f"Name {n}"))
        for n in range(count)
    ]
    found.append(
        graded(person=Person(id="late"), state=State.NOT_RUN, problem="No file.", earned=0)
    )
    found.append(graded(right, person=Person(id="eye"), acts=("imports torch",)))
    return found


def test_a_class_is_counted():
    found = cohort(a_class())
    assert found.count == 12
    assert sorted(found.scores) == [0] + 5 * [4] + 6 * [10]
    assert found.items["a"].states == {State.PASS: 6, "part": 5}
    assert found.items["a"].share == pytest.approx((6 * 10 + 5 * 4) / 110)
    assert found.clauses["conv2d", "CONV-2"].missed == 5
    assert found.clauses["conv2d", "CONV-2"].judged == 11
    assert dict(found.steps())["full marks"] == 6
    assert dict(found.steps())["from 40 %"] == 5
    assert sum(n for _, n in found.steps()) == 12


def test_the_page_of_a_class_names_who_did_what():
    text = class_page.page(cohort(a_class()))
    words = " ".join(" ".join(Page(text).words).split())
    assert re.search(r"5. The kernel is rotated\. Item a", words)
    assert "late No file." in words
    assert "eye imports torch" in words
    assert "5 of 11" in words
    assert 'href="pages/s0003.html"' in text


def test_the_page_of_a_class_does_not_depend_on_the_order():
    assert class_page.page(cohort(a_class())) == class_page.page(cohort(a_class()[::-1]))


def test_a_fault_of_the_grader_is_no_score():
    found = cohort([*a_class(), graded(state=State.GRADER_ERROR, earned=0, person=Person(id="x"))])
    assert len(found.scores) == 12
    assert "not graded" in class_page.page(found)


def test_a_large_class_stays_readable(monkeypatch):
    monkeypatch.setattr(tally, "MOST_ROWS", 8)
    monkeypatch.setattr(class_page, "MOST_ROWS", 8)
    monkeypatch.setitem(class_page.MOST, "names", 3)
    found = cohort(a_class(20))
    assert len(found.rows) == 9
    text = " ".join(" ".join(Page(class_page.page(found)).words).split())
    assert "All students" not in text
    assert "too large for a table of all 22 students here" in text
    assert "s0001 Name 1 s0003 Name 3 s0005 Name 5 and 7 more" in text


def test_an_empty_class_has_a_page():
    assert "Nothing was graded" in class_page.page(cohort([]))


def test_near_identical_submissions_are_pointed_out_as_advice():
    prints = fingerprint(LOOPS)
    people = [Person(id="a"), Person(id="b"), Person(id="c")]
    every = [graded(item("a", State.PASS, 10), person=p, fingerprint=prints) for p in people[:2]]
    every.append(graded(item("a", State.PASS, 10), person=people[2]))
    words = " ".join(" ".join(Page(class_page.page(cohort(every))).words).split())
    assert "advice only, never a score" in words
    assert "a b 100 % 100 %" in words
    assert "Near-identical" not in class_page.page(cohort(every, starter=prints))


def test_a_class_on_a_terminal_is_cut():
    file = io.StringIO()
    show_class(Console(file=file, width=100), map(row, a_class()), most=3)
    text = file.getvalue()
    assert re.search(r"s0001 +4 / 10 +◐ partly right +The kernel is rotated.", text)
    assert "and 9 more" in text


# --- near-identical submissions

LOOPS = (ROOT / "examples" / "plain_loops.py").read_text("utf-8")
OPS = (ROOT / "refcnn" / "cnn" / "ops.py").read_text("utf-8")


def disguised(source):
    """Variables renamed, functions moved, docstrings and comments changed."""
    for name in ("total", "batch", "rows", "columns", "filters", "window", "pads", "x", "kernel"):
        source = re.sub(rf"(?<![.\w]){name}\b", f"my_{name}_1", source)
    head, *functions = source.split("\n\n\n")
    source = "\n\n\n".join([head, *functions[::-1]])
    return re.sub(r"(def .*:\n)", r'\1    """Mine!"""\n    # all of it\n', source)


def test_a_copy_is_found_under_its_disguise_and_independent_work_is_not():
    prints = {"a": fingerprint(LOOPS), "b": fingerprint(disguised(LOOPS)), "c": fingerprint(OPS)}
    (pair,) = similar(prints, frozenset())
    assert (pair.first, pair.second) == ("a", "b")
    assert pair.jaccard > 0.8


def test_what_was_handed_out_is_no_likeness():
    prints = {"a": fingerprint(LOOPS), "b": fingerprint(disguised(LOOPS))}
    assert similar(prints, frozenset(prints["a"]) | frozenset(prints["b"])) == []


def test_what_many_share_is_no_likeness():
    alone = {str(n): tuple(range(1000 * n, 1000 * n + 50)) for n in range(1, 7)}
    shared = {name: (*own, *range(100)) for name, own in alone.items()}
    assert similar(shared, frozenset()) == []


def test_a_copy_within_a_longer_work_is_found():
    prints = {"short": range(100), "long": range(300), "other": range(1000, 1100)}
    (pair,) = similar({name: tuple(p) for name, p in prints.items()}, frozenset())
    assert (pair.first, pair.second) == ("long", "short")
    assert (pair.contained, pair.shared) == (1, 100)
    assert pair.jaccard == pytest.approx(1 / 3)


def test_copies_of_one_are_linked_once_each():
    prints = {name: fingerprint(LOOPS) for name in "abc"} | {"d": fingerprint(OPS)}
    pairs = similar(prints, frozenset())
    assert [(p.first, p.second) for p in pairs] == [("a", "b"), ("a", "c")]


def test_a_few_lines_in_common_are_too_little():
    few = tuple(range(LEAST_HASHES - 1))
    assert similar({"a": few, "b": few}, frozenset()) == []
    assert similar({}, frozenset()) == []


@given(st.integers(0, 60))
def test_pairs_are_found_from_four_fifths_on(kept):
    prints = {"a": tuple(range(60)), "b": tuple(range(60 - kept, 120 - kept))}
    found = similar(prints, frozenset())
    assert bool(found) == (kept >= 48)


@given(st.text())
def test_any_text_has_a_fingerprint(text):
    found = fingerprint(text)
    assert list(found) == sorted({*found})


def test_a_fingerprint_is_of_the_work_and_is_bounded():
    assert fingerprint(LOOPS) == fingerprint(LOOPS.replace("\n\n", "\n\n\n# more\n"))
    assert fingerprint(LOOPS + "\ndef broken(:\n  'x") != ()
    many = "\n".join(f"a = {n} + {n % 7} * b[{n % 11}]" for n in range(20_000))
    assert len(fingerprint(many)) == MOST_HASHES
    assert fingerprint("x = 1") == ()


# --- pictures


def law_of(vector):
    return vector.question.rule or LAWS.get(vector.question.law, "")


def first_failure(operator, function):
    """The smallest public case that a wrong function fails, with the id of its vector."""
    failures = [
        (vector.id, Failure(case, outcome, judged, law_of(vector)))
        for vector in public()[operator]
        for case, outcome, judged in judgements(vector, PythonFunctions({operator: function}).run)
        if judged.verdict is Verdict.FAIL
    ]
    return min(failures, key=lambda found: found[1].case.size)


def of_mutant(name):
    (found,) = [m for m in mutants() if m.id == name]
    return example(*first_failure(found.operator, found.build()))


def numbers(picture):
    return np.array([[float("nan" if t == "·" else t) for t in r] for r in picture.rows])


def by_role(found, role):
    return next(p for p in found.pictures if p.role == role)


WRONG = {
    "conv2d": "kernel-rotated",
    "max_pool2d": "weighted-by-place",
    "avg_pool2d": "max-in-place-of-mean",
    "global_avg_pool2d": "sum-in-place-of-mean",
    "flatten": "reversed",
    "dense": "bias-reversed",
    "relu": "elu",
    "softmax": "sorted",
    "conv2d_backward": "windows-overwrite-one-another",
    "max_pool2d_backward": "divided-by-the-cells",
    "avg_pool2d_backward": "not-divided",
    "dense_backward": "dkernel-averaged",
    "relu_backward": "everything-passes",
    "softmax_backward": "diagonal-alone",
    "softmax_cross_entropy": "gradient-is-softmax-alone",
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_wrong_numbers_are_drawn_with_their_difference(operator):
    found = of_mutant(f"{operator}/{WRONG[operator]}")
    expected, got, off = (by_role(found, role) for role in ("expected", "got", "difference"))
    assert by_role(found, "input").rows
    finite = numbers(expected)[np.isfinite(numbers(expected))]
    digit = 1e-6 * np.abs(finite).max()  # the last one that is shown of the largest
    assert np.allclose(numbers(got) - numbers(expected), numbers(off), rtol=1e-3, atol=digit)
    assert off.marked
    assert all(numbers(off)[cell] for cell in off.marked)
    assert got.marked == expected.marked
    assert got.marked[0] in off.marked
    assert found.vector.startswith(f"{operator}/")
    assert found.call.startswith(f"{operator}({record(operator).tensors[0]}")
    assert any("expected" in line for line in found.lines)


def test_the_marked_window_times_the_kernel_is_what_is_expected():
    found = of_mutant("conv2d/kernel-rotated")
    inputs = [p for p in found.pictures if p.role == "input"]
    kernels = [p for p in found.pictures if p.role == "kernel"]
    cells = [np.nan_to_num(numbers(p))[r, c] for p in inputs for r, c in p.marked]
    weights = np.concatenate([numbers(p).ravel() for p in kernels])
    expected = by_role(found, "expected")
    assert np.dot(cells, weights) == numbers(expected)[expected.marked[0]]
    assert found.lines[-1] == f"= {expected.rows[expected.marked[0][0]][expected.marked[0][1]]}"


def test_every_mistake_of_the_catalogue_has_an_example_that_fits_a_screen(mutant_example):
    assert mutant_example.lines
    assert len(mutant_example.lines) <= MOST_LINES
    for p in mutant_example.pictures:
        assert 0 < len(p.rows) <= MOST_CELLS
        assert {len(r) for r in p.rows} == {len(p.rows[0])}
        assert len(p.rows[0]) <= MOST_CELLS
        assert all(0 <= r < len(p.rows) and 0 <= c < len(p.rows[0]) for r, c in p.marked)
        assert all(len(text) <= 14 for r in p.rows for text in r)


@pytest.fixture(params=[m.id for m in mutants()])
def mutant_example(request):
    return of_mutant(request.param)


CONV = Case(
    operator="conv2d",
    inputs={
        "x": np.arange(2 * 30 * 20 * 5, dtype=np.float64).reshape(2, 30, 20, 5) % 17 - 8,
        "kernel": np.arange(3 * 2 * 5 * 2, dtype=np.float64).reshape(3, 2, 5, 2) % 5 - 2,
    },
    attributes={"strides": (2, 1), "padding": ((1, 0), (0, 1))},
    exact=True,
)


def judged(case, outcome):
    return example("conv2d/0", Failure(case, outcome, judge(case, outcome)))


def test_large_maps_are_cut_around_the_wrong_number():
    y = ops.conv2d(**CONV.inputs, **CONV.attributes)
    y[1, 9, 17, 1] += 3
    found = judged(CONV, Answer.of(y))
    assert by_role(found, "input").title == "x[1,12:24,8:20,0]"
    assert [p.role for p in found.pictures].count("input") == 3
    assert by_role(found, "difference").rows[6][9] == "3"
    assert by_role(found, "difference").marked == ((6, 9),)
    assert by_role(found, "got").title == "y[1,3:15,8:20,1]"
    assert "(of 5 channels, the first 3 are drawn)" in found.lines
    assert "rows of the window: i·S - P = 9·2 - 1 = 17, so 17 to 19" in found.lines


def test_padding_under_the_window_is_drawn_as_such():
    y = np.zeros((2, 15, 20, 2))
    found = judged(CONV, Answer.of(y))
    picture = by_role(found, "input")
    assert picture.title.endswith("· is padding")
    assert picture.rows[0] == ("·",) * MOST_CELLS
    assert picture.marked == tuple((r, c) for r in range(3) for c in range(2))


@pytest.mark.parametrize(
    "outcome",
    [
        Refusal("ValueError", "no"),
        Rubbish("returned list, not numpy.ndarray"),
        Crash("it ended", stderr=("Segmentation fault",) * 9),
        Timeout(2.0, stderr=("still here",)),
        Answer.of(np.float64(3).reshape(())),
        Answer.of(np.zeros((0, 3))),
        Answer.of(np.zeros((1, 1, 1, 1, 1, 1, 1))),
        Answer.of(np.zeros((2, 30, 400, 2))),
        Answer.of(np.full((2, 15, 20, 2), np.nan)),
        Answer.of(np.full((2, 15, 20, 2), np.inf)),
        Answer.of(np.zeros((2, 15, 20, 2), np.float32)),
    ],
    ids=[
        "refusal",
        "rubbish",
        "crash",
        "timeout",
        "0-d",
        "empty",
        "7-d",
        "large",
        "nan",
        "inf",
        "f4",
    ],
)
def test_whatever_came_there_is_an_example(outcome):
    found = judged(CONV, outcome)
    assert found.reason
    assert found.lines[0].startswith("x: float64 (2, 30, 20, 5), kernel:")
    assert all(len(p.rows) <= MOST_CELLS for p in found.pictures)
    assert ("difference" in [p.role for p in found.pictures]) == ("class" in found.reason)


def test_a_wrong_shape_is_worked_out_and_drawn_as_far_as_it_goes():
    found = judged(CONV, Answer.of(np.ones((2, 28, 19, 2))))
    assert "height: floor((30 + 1 + 0 - 3) / 2) + 1 = 15" in found.lines
    assert [p.role for p in found.pictures if not p.marked][-2:] == ["expected", "got"]


def test_the_last_words_of_a_crash_are_told():
    found = judged(CONV, Crash("it ended", stderr=("one", "two")))
    assert found.lines[-3:] == ("its last words on standard error:", "  one", "  two")


def test_a_law_that_is_broken_is_told():
    found = of_mutant("dense/inputs-changed")
    assert found.lines[-1] == "what must hold: the inputs after the call are those before it"
    assert "difference" not in [p.role for p in found.pictures]


def test_how_the_tensors_lie_in_memory_is_told():
    found = judged(replace(CONV, memory="strided"), Rubbish("returned list"))
    assert found.lines[1].endswith("not contiguous in memory")


def test_an_illegal_call_that_was_answered_is_told_to_raise():
    case = replace(CONV, attributes={"strides": 0})
    outcome, rule = Answer.of(np.zeros(3)), "a stride below 1"
    found = example("conv2d/1", Failure(case, outcome, judge_refusal(outcome, rule), rule))
    assert found.lines[-1].endswith("must raise an exception, such as ValueError")
    assert found.pictures == ()


@pytest.mark.parametrize("shape", [(3,), (0, 2), (1, 1, 1, 1, 1, 1, 40)])
def test_tensors_of_any_number_of_axes_are_drawn(shape):
    case = Case(operator="relu", inputs={"x": np.full(shape, -1.5)}, exact=True)
    found = judged(case, Answer.of(np.full(shape, 7.0)))
    wrong = judged(case, Answer.of(np.full((2, *shape), 7.0)))
    assert wrong.reason.startswith("wrong shape")
    if np.prod(shape):
        assert by_role(found, "difference").marked[0] == (0, 0)
        assert by_role(found, "difference").rows[0][0] == "7"


def test_a_case_that_is_no_question_raises_nothing():
    broken = Case(operator="conv2d", inputs={"x": np.zeros(2)}, attributes={"padding": object()})
    failure = Failure(broken, Rubbish("x"), judge_refusal(Rubbish("x"), "a rule"))
    assert example("conv2d/2", failure).reason
    alone = Case(operator="relu", inputs={"x": np.array(-1.5)}, exact=True)
    wrong = Judgement(Verdict.FAIL, "wrong numbers", (), 0.0, -1.5)
    found = example("relu/0", Failure(alone, Answer.of(np.array(-1.5)), wrong))
    assert by_role(found, "got").rows == (("-1.5",),)


@pytest.mark.parametrize(
    "many", ["'" + "a\\'" * 66_600, "r" * 199_000 + "'", " " * 190_000 + "'", "'a\n" * 60_000]
)
def test_no_source_takes_long_to_read(many):
    """A pattern that looks again and again would take minutes; the test would not end."""
    assert isinstance(fingerprint(many), tuple)


def test_copies_of_known_sources_are_pointed_out_however_many_there_are(tmp_path):
    reference = (Path(refcnn.__file__).parent / "cnn" / "ops.py").read_text("utf-8")
    renamed = re.sub(r"\bpadding\b", "border", reference.replace("place", "where_it_lies"))
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "last_year.py").write_text(LOOPS, "utf-8")
    known = known_sources(tmp_path)
    assert {"refcnn/cnn/ops.py", "refcnn/cnn/definition.py", "known/last_year.py"} <= {*known}
    sources = {f"s{n:02}": renamed for n in range(30)} | {"ada": LOOPS, "bela": "x = 1\n"}
    prints = {name: fingerprint(source) for name, source in sources.items()}
    found = {(pair.first, pair.second) for pair in copies(prints, known, ())}
    assert found >= {(f"s{n:02}", "refcnn/cnn/ops.py") for n in range(30)}
    assert ("ada", "known/last_year.py") in found
    assert not any(first == "bela" for first, _ in found)
    one = graded(item("a", State.PASS, 10), person=Person(id="ada"), fingerprint=prints["ada"])
    whole = tally.Cohort((), known)
    whole.add(one)
    assert "known/last_year.py" in class_page.page(whole)
