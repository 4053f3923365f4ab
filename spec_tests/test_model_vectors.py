"""The model vectors: every clause about models, asked of refcnn's own layers and models."""

import pytest
from own_model.vectors import fails, load

pytestmark = pytest.mark.own

ASKED = [
    pytest.param(vector, marks=pytest.mark.clause(clause), id=f"{clause}-{vector.id}")
    for vector in load()
    for clause in vector.clauses
]


@pytest.mark.parametrize("vector", ASKED)
def test_the_model_vectors(vector):
    assert fails(vector) == ""
