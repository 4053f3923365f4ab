"""The golden vectors: every clause that has some, on the operator that they are about."""

import pytest

from refcnn.suite.vector_files import public

ASKED = sorted(
    {(c, v.operator) for vs in public().values() for v in vs for c in v.question.clauses}
)


@pytest.mark.golden
@pytest.mark.parametrize(
    ("name", "operator"),
    [pytest.param(c, o, marks=pytest.mark.clause(c), id=f"{c}-{o}") for c, o in ASKED],
)
def test_the_golden_vectors(iut, name, operator):
    iut.passes(operator, iut.vectors(operator, name))
