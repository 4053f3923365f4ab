"""Test of the tests: for every clause and operator there is a mistake that it catches."""

import pytest
from wrong import WRONG, R

from refcnn.check import Options, check
from refcnn.iut.protocol import Statement
from refcnn.iut.python import PythonFunctions
from refcnn.spec.clauses import clauses
from refcnn.spec.judge import Verdict


class Local(PythonFunctions):
    """Functions in this process that state what they offer."""

    def __init__(self, functions, dtypes=("float32", "float64")):
        super().__init__(functions)
        self.statement = Statement("local", tuple(self.functions), tuple(dtypes))


def verdicts(functions, *names):
    summary = check("local", Local(functions), Options(clauses=names))
    return {(f.clause.id, f.operator): f.verdict for f in summary.findings}


@pytest.mark.parametrize(
    ("operator", "clause", "function"),
    [pytest.param(o, c, f, id=f"{c}-{o}-{n}") for n, o, c, f in WRONG],
)
def test_the_clause_catches_the_mistake(operator, clause, function):
    found = verdicts({**R, operator: function}, clause)
    assert found[clause, operator] is Verdict.FAIL


def test_the_right_operators_fail_nothing():
    found = verdicts(R)
    assert set(found.values()) == {Verdict.PASS}
    assert len(found) > 100


def test_every_clause_of_an_operator_has_a_mistake_here():
    caught = {(clause, operator) for _, operator, clause, _ in WRONG}
    all_of_them = {
        (clause.id, operator)
        for clause in clauses().values()
        for operator in clause.operators
        if operator != "model"
    }
    assert caught == all_of_them


def test_a_wrong_operator_spoils_the_composition():
    found = verdicts({**R, "relu": lambda x: x}, "MODEL-8")
    assert found["MODEL-8", "model"] is Verdict.FAIL
