"""`refcnn spec`: the clauses, and what checks them."""

import re
from collections import defaultdict
from itertools import chain

from rich.console import Console
from rich.table import Table

from refcnn.suite.checks import checks
from refcnn.suite.clauses import clauses
from refcnn.suite.mutants import mutants
from refcnn.suite.paths import spec_tests
from refcnn.suite.vector_files import public

_CLAUSE = re.compile(r'clause\("([A-Z]+-[0-9]+)"\)|\("([A-Z]+-[0-9]+)", \{')
_TEST = re.compile(r"def (test_\w+)")


def checks_by_clause() -> dict[str, list[str]]:
    """Names of the checks of every clause, then of the tests of refcnn itself that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for check in checks():
        if check.name not in found[check.clause.id]:
            found[check.clause.id].append(check.name)
    for path in sorted(spec_tests().glob("test_*.py")):
        pending: list[str] = []
        for line in path.read_text("utf-8").splitlines():
            pending += [a for a, _ in _CLAUSE.findall(line) if a]
            if test := _TEST.match(line):
                for name in pending:
                    found[name].append(f"{path.stem}::{test[1]}")
                pending = []
    return found


def vectors_by_clause() -> dict[str, list[str]]:
    """Ids of the golden vectors of every clause."""
    found: dict[str, list[str]] = defaultdict(list)
    for vector in chain(*public().values()):
        for name in vector.question.clauses:
            found[name].append(vector.id)
    return found


def mutants_by_clause() -> dict[str, list[str]]:
    """Ids of the mutants that violate every clause."""
    found: dict[str, list[str]] = defaultdict(list)
    for mutant in mutants():
        found[mutant.clause].append(mutant.id)
    return found


def show() -> None:
    """Print the specification as a table."""
    tests = checks_by_clause()
    table = Table(title=f"The specification: {len(clauses())} clauses", title_justify="left")
    for column in ("clause", "level", "what must hold", "source"):
        table.add_column(column)
    for column in ("checks", "vectors", "mutants"):
        table.add_column(column, justify="right")
    vectors, mistakes = vectors_by_clause(), mutants_by_clause()
    for clause in clauses().values():
        what = f"{clause.sentence}\n{clause.formula}"
        found = (tests[clause.id], vectors[clause.id], mistakes[clause.id])
        counts = (str(len(names)) for names in found)
        table.add_row(clause.id, clause.level, what, clause.source, *counts)
    Console().print(table)


def as_markdown() -> str:
    """The specification as a document."""
    tests, vectors, mistakes = checks_by_clause(), vectors_by_clause(), mutants_by_clause()
    out = [
        "# The specification",
        "",
        f"{len(clauses())} clauses. Made by `refcnn spec --markdown docs/specification.md` from",
        "`refcnn/operators/*/clauses.toml`; sections are those of the source document, and",
        "*implied* marks what it takes for granted and implementations get wrong.",
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
        out.append("- checks: " + ", ".join(f"`{name}`" for name in tests[clause.id]))
        if found := vectors[clause.id]:
            out.append(f"- vectors: {', '.join(found)}")
        if wrong := mistakes[clause.id]:
            out.append(f"- mistakes that violate it: {', '.join(wrong)}")
    return "\n".join(out) + "\n"
