"""Every clause has a test, and every test names a clause."""

import subprocess
import sys

import pytest

from refcnn.reports.specification import checks_by_clause
from refcnn.suite.checks import checks
from refcnn.suite.clauses import LEVELS, SUBJECTS, _clause, clauses
from refcnn.suite.paths import spec_tests
from refcnn.suite.registry import OPERATORS


def test_every_clause_has_a_test():
    tests = checks_by_clause()
    assert [name for name in clauses() if not tests[name]] == []
    assert set(tests) <= set(clauses())


def test_every_clause_of_an_operator_has_a_check_beside_the_vectors():
    """Of each operator that it is about: vectors alone ask what somebody chose once."""
    about = {(c.clause.id, c.operator) for c in checks() if not c.golden}
    stated = {(c.id, o) for c in clauses().values() for o in c.operators if o != "model"}
    assert stated <= about


def test_every_test_of_the_specification_names_a_clause():
    """Asks pytest, not the source: no test is without its marker, or its check."""
    plugin = "import pytest\nclass P:\n def pytest_collection_modifyitems(self, items):\n"
    plugin += "  none = [i for i in items if not i.get_closest_marker('clause')]\n"
    plugin += (
        "  [print('NO CLAUSE', i.nodeid) for i in none if 'test_conformance' not in i.nodeid]\n"
    )
    plugin += "  print('COLLECTED', len(items))\n"
    arguments = ["--collect-only", "-q", str(spec_tests())]
    code = f"{plugin}pytest.main({arguments}, plugins=[P()])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "NO CLAUSE" not in done.stdout
    assert int(done.stdout.split("COLLECTED ")[1].split()[0]) > len(checks()) > 200


def test_clauses_are_complete():
    for clause in clauses().values():
        assert clause.sentence.endswith(".")
        assert clause.formula
        assert clause.source
        assert clause.level in LEVELS
        for needed in clause.requires:
            assert needed in clauses()
    assert {op for c in clauses().values() for op in c.operators} == set(SUBJECTS)
    assert set(SUBJECTS) == {*OPERATORS, "model"}


def test_requirements_have_no_circle():
    def depth(name, seen=()):
        assert name not in seen
        return 1 + max((depth(n, (*seen, name)) for n in clauses()[name].requires), default=0)

    assert max(map(depth, clauses())) < 12


def test_a_requirement_must_exist(monkeypatch):
    table = '[RELU-1]\noperators=["relu"]\nsentence="s."\nformula="f"\nsource="s"\nrequires=["X-9"]'
    monkeypatch.setattr("refcnn.suite.clauses.texts", lambda: [table])
    with pytest.raises(ValueError, match="RELU-1 requires X-9, which is not a clause"):
        clauses.__wrapped__()


@pytest.mark.parametrize(
    ("name", "table", "sentence"),
    [
        ("conv-1", {}, "is not a clause id"),
        (
            "CONV-1",
            {"sentence": "", "formula": "", "source": "", "level": "hard"},
            "the level 'hard'",
        ),
        (
            "CONV-1",
            {"sentence": "", "formula": "", "source": "", "operators": ["x"]},
            "not all of them",
        ),
    ],
)
def test_malformed_clauses(name, table, sentence):
    with pytest.raises(ValueError, match=sentence):
        _clause(name, table)
