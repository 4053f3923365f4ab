"""The scoreboard: what it counts, what it shows, and what it does with what cannot be judged."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from command import run

from refcnn.diagnosis.power import REFERENCE
from refcnn.implementations.local import LocalIUT
from refcnn.reports import scoreboard
from refcnn.reports.scoreboard import Judged
from refcnn.run import Options, check
from refcnn.scoreboard import installed
from refcnn.suite.registry import USUAL

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
QUICK = Options(profile="quick")

FORWARD = {operator: REFERENCE[operator] for operator in USUAL}


def entry(name, functions, **stated):
    return Judged(name, check(name, LocalIUT(functions, **stated), QUICK))


@pytest.fixture(scope="module")
def entries():
    wrong = {"relu": lambda x: x * (x > 1), "flatten": REFERENCE["flatten"]}
    counted = {**FORWARD, "avg_pool2d": counting}
    return [
        entry("right", FORWARD),
        entry("wrong <b>|</b>", wrong),
        entry("other", counted, dialects=["avg_pool_counts_padding"]),
        Judged("gone", None, "there is no such file"),
    ]


def counting(x, *arguments, **options):
    from test_dialects import counting as one

    return one(x, *arguments, **options)


def test_nothing_but_what_holds_is_counted_as_held(entries):
    right, wrong, other, gone = map(scoreboard.score, entries)
    assert (right.holds, right.fails, right.absent, right.other) == (right.total, 0, 0, 0)
    assert wrong.fails
    assert wrong.absent
    assert wrong.holds + wrong.fails + wrong.absent + wrong.other == wrong.total == right.total
    assert (other.fails, other.other, other.holds) == (0, 1, right.total - 1)
    assert [s.word for s in (right, wrong, other, gone)] == [
        "conforms",
        "does not conform",
        "conforms",
        "could not be judged",
    ]
    assert 0 < right.largest <= 1


def test_every_clause_has_a_row_and_every_implementation_a_cell(entries):
    rows = scoreboard.rows(entries)
    assert len(rows) == scoreboard.score(entries[0]).total
    assert {len(row["cells"]) for row in rows} == {4}
    pool = next(r for r in rows if r["clause"].id == "POOL-9")
    assert [cell["sign"] for cell in pool["cells"]] == ["✓", "-", "~", "-"]


class Page(HTMLParser):
    """Tags that are open, and what the page would fetch."""

    def __init__(self):
        super().__init__()
        self.open, self.fetched = [], []

    def handle_starttag(self, tag, attrs):
        self.fetched += [v for k, v in attrs if k in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(entries):
    text = scoreboard.html(entries, "quick")
    page = Page()
    page.feed(text)
    assert (page.open, page.fetched) == ([], [])
    assert "wrong &lt;b&gt;" in text
    assert "<b>|</b>" not in text


def test_every_finding_has_a_command_that_shows_it(entries):
    text = scoreboard.markdown(entries, "quick")
    assert "Again: `refcnn check --clauses RELU-1 --ops relu --profile quick" in text
    assert "- **other**: stated dialect avg_pool_counts_padding: A padded cell counts" in text
    assert "could not be judged: there is no such file" in text


def test_badges_are_pictures(entries):
    for one in entries:
        root = ET.fromstring(scoreboard.badge(one))
        assert root.tag.endswith("svg")
    assert "142 of 142 clauses" in scoreboard.badge(entries[0])
    assert "not judged" in scoreboard.badge(entries[3])


def test_the_command(tmp_path):
    targets = f"refcnn,{EXAMPLES / 'three_mistakes.py'},no_such_module"
    out, _ = run("scoreboard", tmp_path / "site", "--profile", "quick", "--only", targets, status=2)
    flat = " ".join(out.split())
    held, judged = re.search(r"refcnn: conforms: (\d+) of (\d+) clauses hold", flat).groups()
    assert held == judged
    assert int(held) > 200
    assert "no_such_module: could not be judged" in flat
    written = sorted(p.relative_to(tmp_path / "site") for p in (tmp_path / "site").rglob("*.*"))
    assert [str(p) for p in written] == [
        "badges/no_such_module.svg",
        "badges/refcnn.svg",
        "badges/three_mistakes.svg",
        "scoreboard.html",
        "scoreboard.md",
    ]


def test_a_file_where_the_directory_should_be(tmp_path):
    (tmp_path / "taken").write_text("", "utf-8")
    _, err = run("scoreboard", tmp_path / "taken", status=2)
    assert "takenisnotadirectory" in "".join(re.findall("[a-z]", err))


def test_refcnn_itself_is_always_among_them():
    assert installed()[0] == "refcnn"
