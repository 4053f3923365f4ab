"""The scoreboard: implementations by clauses, as Markdown, as one HTML page, and as badges.

What is not offered, and what is judged by the rule of a dialect, is never counted
as held. Every number has its denominator: all that the profile asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import refcnn
from refcnn.reports.markup import template
from refcnn.reports.summary import Finding, Summary
from refcnn.reports.terminal import again, stated
from refcnn.suite.clauses import LEVELS, SUBJECTS, clauses
from refcnn.suite.judge import Verdict

WORDS = {  # of a verdict: sign, class of its cell, what it means
    Verdict.PASS: ("✓", "holds", "holds"),
    Verdict.FAIL: ("✗", "fails", "does not hold"),
    Verdict.WEAK: ("✗", "fails", "passes, but proves nothing"),
    Verdict.NOT_IMPLEMENTED: ("-", "absent", "not offered"),
    Verdict.SKIPPED: ("~", "other", "judged by another stated rule, or not at all"),
    Verdict.ERROR: ("!", "error", "could not be judged"),
}

OWN = "refcnn"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One implementation: what was found, or why it could not be judged."""

    name: str
    summary: Summary | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Numbers of one implementation."""

    name: str
    version: str
    holds: int
    fails: int
    absent: int
    other: int
    total: int
    cases: int
    largest: float  # error, as a fraction of its bound, among the clauses that hold
    stated: tuple[str, ...]
    why_not: str
    conforms: bool = False  # by the clauses that decide

    @property
    def word(self) -> str:
        """The verdict in one word or two."""
        if self.why_not:
            return "could not be judged"
        return "conforms" if self.conforms else "does not conform"

    @property
    def colour(self) -> str:
        """Of the badge."""
        if self.why_not:
            return "#757575"
        return "#2e7d32" if self.conforms else "#c62828"


def asked(entries: Iterable[Judged]) -> set[tuple[str, str]]:
    """What the profile asks of any implementation: pairs of operator and clause."""
    found = [entry.summary.findings for entry in entries if entry.summary]
    return {(f.operator, f.clause.id) for findings in found for f in findings}


def score(entry: Judged) -> Score:
    """The numbers of an entry."""
    if entry.summary is None:
        return Score(entry.name, "", 0, 0, 0, 0, 0, 0, 0.0, (), entry.why_not)
    found = entry.summary
    held = found.having(Verdict.PASS)
    tests = [r for f in held for r in f.results if r.verdict is Verdict.PASS]
    return Score(
        name=entry.name,
        version=version(found),
        holds=len(held),
        fails=len(found.having(Verdict.FAIL, Verdict.WEAK)),
        absent=len(found.having(Verdict.NOT_IMPLEMENTED)),
        other=len(found.having(Verdict.SKIPPED, Verdict.ERROR)),
        total=len(found.findings),
        cases=found.cases,
        largest=max((r.fraction for r in tests), default=0.0),
        stated=tuple(stated(found)),
        why_not="",
        conforms=found.exit_status == 0,
    )


def version(summary: Summary) -> str:
    """Versions that an implementation tells, its own first."""
    told = {k: v for k, v in summary.statement.implementation if k not in ("language", "version")}
    own = {summary.target: told.pop(summary.target)} if summary.target in told else {}
    return ", ".join(f"{name} {number}" for name, number in {**own, **told}.items())


def _by_key(entry: Judged) -> dict[tuple[str, str], Finding]:
    """What was found of an implementation, by operator and clause."""
    found = entry.summary.findings if entry.summary else ()
    return {(one.operator, one.clause.id): one for one in found}


def rows(entries: Sequence[Judged]) -> list[dict[str, Any]]:
    """One row for each operator and clause, with a cell for each implementation."""
    by_key = [*map(_by_key, entries)]
    pairs, found = asked(entries), []
    for operator in SUBJECTS:
        for clause in clauses().values():
            if (operator, clause.id) in pairs:
                cells = [_cell(findings.get((operator, clause.id))) for findings in by_key]
                found.append({"operator": operator, "clause": clause, "cells": cells})
    return found


def _cell(finding: Finding | None) -> dict[str, str]:
    if finding is None:
        return dict(zip(("sign", "kind", "title"), WORDS[Verdict.NOT_IMPLEMENTED]))
    sign, kind, means = WORDS[finding.verdict]
    reason = finding.worst.reason
    partly = " (part of it is not offered)" if finding.partly else ""
    title = f"{means}{partly}" + (f": {reason}" if reason else "")
    return {"sign": sign + ("*" if finding.partly else ""), "kind": kind, "title": title}


def findings(entries: Iterable[Judged]) -> list[dict[str, Any]]:
    """What does not hold, implementation by implementation, with the command that shows it."""
    found = []
    for entry in entries:
        if entry.summary and entry.summary.failed:
            roots = {(f.operator, f.clause.id) for f in entry.summary.roots()}
            shown = [
                {
                    "operator": f.operator,
                    "clause": f.clause,
                    "reason": " ".join(f.worst.reason.split())[:300],
                    "again": again(entry.summary, f),
                    "root": (f.operator, f.clause.id) in roots,
                }
                for f in entry.summary.failed
            ]
            found.append({"name": entry.name, "findings": shown})
    return found


def content(entries: Sequence[Judged], profile: str) -> dict[str, Any]:
    """All that the pages show."""
    every = rows(entries)
    return {
        "suite": refcnn.__version__,
        "profile": profile,
        "scores": [score(entry) for entry in entries],
        "levels": LEVELS,
        "groups": [(op, [*found]) for op, found in groupby(every, lambda row: row["operator"])],
        "signs": WORDS.values(),
        "found": findings(entries),
    }


def markdown(entries: Sequence[Judged], profile: str) -> str:
    """The scoreboard as Markdown."""
    return str(template("scoreboard.md").render(content(entries, profile)))


def html(entries: Sequence[Judged], profile: str) -> str:
    """The scoreboard as one page that needs nothing else."""
    return str(template("scoreboard.html").render(content(entries, profile)))


def line(entry: Judged) -> str:
    """One implementation in one line."""
    s = score(entry)
    if s.why_not:
        return f"{s.name}: could not be judged: {s.why_not}"
    told = f"{s.holds} of {s.total} clauses hold, {s.fails} do not, {s.absent} are not offered"
    return f"{s.name}: {s.word}: {told}, {s.other} have another rule ({s.cases:,} cases)"


def badge(entry: Judged) -> str:
    """A small picture for a README: how many clauses hold, of all."""
    numbers = score(entry)
    held = f"{numbers.holds} of {numbers.total} clauses"
    text = "not judged" if numbers.why_not else held
    return str(template("badge.svg").render(text=text, colour=numbers.colour))
