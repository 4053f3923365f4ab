"""`refcnn spec`: the clauses and the tests that check them."""

import re
from collections import defaultdict

from rich.console import Console
from rich.table import Table

from refcnn.spec.clauses import clauses
from refcnn.spec.paths import suite

_CLAUSE = re.compile(r'clause\("([A-Z]+-[0-9]+)"\)|\("([A-Z]+-[0-9]+)", \{')
_TEST = re.compile(r"def (test_\w+)")


def checks_by_clause() -> dict[str, list[str]]:
    """Names of the tests of every clause, read from the suite's source."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(suite().glob("test_*.py")):
        pending: list[str] = []
        for line in path.read_text("utf-8").splitlines():
            pending += [a for a, _ in _CLAUSE.findall(line) if a]
            if test := _TEST.match(line):
                for name in pending:
                    found[name].append(f"{path.stem}::{test[1]}")
                pending = []
    return found


def show() -> None:
    """Print the specification as a table."""
    tests = checks_by_clause()
    table = Table(title=f"The specification: {len(clauses())} clauses", title_justify="left")
    for column in ("clause", "level", "what must hold", "source"):
        table.add_column(column)
    table.add_column("tests", justify="right")
    for clause in clauses().values():
        what = f"{clause.sentence}\n{clause.formula}"
        table.add_row(clause.id, clause.level, what, clause.source, str(len(tests[clause.id])))
    Console().print(table)


def as_markdown() -> str:
    """The specification as a document."""
    tests = checks_by_clause()
    out = [
        "# The specification",
        "",
        f"{len(clauses())} clauses. Made by `refcnn spec --markdown docs/specification.md` from",
        "`refcnn/spec/clauses/*.toml`; sections are those of the source document, and *implied*",
        "marks what it takes for granted and implementations get wrong.",
    ]
    for clause in clauses().values():
        out += [
            "",
            f"## {clause.id}",
            "",
            clause.sentence,
            "",
            f"    {clause.formula}",
            "",
            f"- level: {clause.level}; operators: {', '.join(clause.operators)}",
            f"- source: {clause.source}",
        ]
        if clause.requires:
            out.append(f"- follows when these fail: {', '.join(clause.requires)}")
        out.append("- tests: " + ", ".join(f"`{name}`" for name in tests[clause.id]))
    return "\n".join(out) + "\n"
