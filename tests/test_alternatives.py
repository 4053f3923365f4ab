"""Right implementations by other routes must conform: what fails one is a false alarm."""

from dataclasses import replace

import numpy as np
import pytest

from refcnn.diagnosis.power import REFERENCE
from refcnn.implementations.local import LocalIUT
from refcnn.run import Options, check
from refcnn.suite.alternatives import alternatives
from refcnn.suite.case import Answer, Case
from refcnn.suite.data import PRODUCTS, floats
from refcnn.suite.judge import Verdict, judge
from refcnn.suite.numerics import classes_of
from refcnn.suite.registry import OPERATORS, record

KERNELS = {"conv2d": [np.ones((2, 2, 1, 1))], "dense": [np.ones((2, 2))]}
POOLS = {"max_pool2d": [2], "avg_pool2d": [2]}
LABELS = {"softmax_cross_entropy": [np.zeros(1, np.int64)]}


def arguments(operator):
    """What an operator takes, of which x is of integers."""
    known = record(operator)
    name = known.gradient_of or operator
    others = (*KERNELS.get(name, []), *POOLS.get(name, []), *LABELS.get(name, []))
    given = [np.ones((1, 2, 2, 1), np.int64), *others]
    return [np.ones((1, 1, 1, 1)), *given] if known.gradient_of else given


UNUSUAL = [v for v in alternatives() if v.algorithm == "fast"]
ONE_DTYPE = {"float32-only": ["float64"]}


@pytest.mark.parametrize("alternative", alternatives(), ids=lambda alternative: alternative.id)
def test_it_conforms(alternative):
    functions = {**REFERENCE, alternative.operator: alternative.function}
    iut = LocalIUT(functions, dtypes=(), algorithm=alternative.algorithm)  # dtypes to be found out
    options = Options(operators=(alternative.operator,), strict=True)
    summary = check("local", iut, options, name_mistakes=False)
    others = [f for f in summary.findings if f.verdict is not Verdict.PASS]
    assert [(f.clause.id, f.worst.reason) for f in others] == []
    assert [*summary.offer.reasons[alternative.operator]] == ONE_DTYPE.get(alternative.name, [])


@pytest.mark.parametrize("alternative", UNUSUAL, ids=lambda alternative: alternative.id)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_fast_one_that_does_not_say_so_fails(alternative, dtype):
    """On numbers of many sizes: the error is that of the largest, also where all are small."""
    shapes = {"conv2d": [(1, 6, 6, 2), (3, 3, 2, 2)], "dense": [(4, 8), (8, 4)]}
    known = record(alternative.operator)
    x, kernel, _ = PRODUCTS["spread"](7, *shapes[known.gradient_of or known.name], dtype)
    inputs = {"x": x, "kernel": kernel}
    if known.gradient_of:
        y = record(known.gradient_of).reference(x, kernel)
        inputs = {"dy": floats(8, y.shape, dtype, (-20, 20)), **inputs}
    case = Case(operator=alternative.operator, inputs=inputs)
    answered = known.named(alternative.function(**inputs))
    outcome = Answer({name: array for name, array in answered.items() if array is not None})
    assert judge(case, outcome).verdict is Verdict.FAIL
    assert judge(replace(case, algorithm="fast"), outcome).verdict is Verdict.PASS


def test_the_catalogue():
    names = [alternative.id for alternative in alternatives()]
    assert len(names) == len(set(names)) >= 24
    assert [o for o in OPERATORS if sum(v.operator == o for v in alternatives()) < 5] == []
    assert {v.operator for v in alternatives() if v.algorithm == "fast"} == {
        *filter(classes_of, OPERATORS)
    }
    assert all(v.sentence.endswith(".") for v in alternatives())


@pytest.mark.parametrize("alternative", alternatives(), ids=lambda alternative: alternative.id)
def test_other_dtypes_are_refused(alternative):
    with pytest.raises(ValueError, match="x is int64"):
        alternative.function(*arguments(alternative.operator))
