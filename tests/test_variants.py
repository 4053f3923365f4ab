"""Right implementations by other routes must conform: what fails one is a false alarm."""

from dataclasses import replace

import numpy as np
import pytest

from refcnn.check import Options, check
from refcnn.implementations.local import LocalIUT
from refcnn.power import REFERENCE
from refcnn.suite.case import Case, Tensor
from refcnn.suite.data import PRODUCTS
from refcnn.suite.judge import Verdict, judge
from refcnn.suite.numerics import has_classes
from refcnn.suite.registry import OPERATORS
from refcnn.suite.variants import variants

SECOND = {"conv2d": [np.ones((2, 2, 1, 1))], "dense": [np.ones((2, 2))]}
SECOND |= {"max_pool2d": [2], "avg_pool2d": [2]}


UNUSUAL = [v for v in variants() if v.algorithm == "fast"]
ONE_DTYPE = {"float32-only": ["float64"]}


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.id)
def test_it_conforms(variant):
    functions = {**REFERENCE, variant.operator: variant.function}
    iut = LocalIUT(functions, dtypes=(), algorithm=variant.algorithm)  # dtypes to be found out
    options = Options(operators=(variant.operator,), strict=True)
    summary = check("local", iut, options, name_mistakes=False)
    others = [f for f in summary.findings if f.verdict is not Verdict.PASS]
    assert [(f.clause.id, f.worst.reason) for f in others] == []
    assert [*summary.offer.reasons[variant.operator]] == ONE_DTYPE.get(variant.name, [])


@pytest.mark.parametrize("variant", UNUSUAL, ids=lambda variant: variant.id)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_fast_one_that_does_not_say_so_fails(variant, dtype):
    """On numbers of many sizes: the error is that of the largest, also where all are small."""
    shapes = {"conv2d": [(1, 6, 6, 2), (3, 3, 2, 2)], "dense": [(4, 8), (8, 4)]}
    x, kernel, _ = PRODUCTS["spread"](7, *shapes[variant.operator], dtype)
    case = Case(operator=variant.operator, inputs={"x": x, "kernel": kernel})
    outcome = Tensor(variant.function(x, kernel))
    assert judge(case, outcome).verdict is Verdict.FAIL
    assert judge(replace(case, algorithm="fast"), outcome).verdict is Verdict.PASS


def test_the_catalogue():
    names = [variant.id for variant in variants()]
    assert len(names) == len(set(names)) >= 24
    assert [o for o in OPERATORS if sum(v.operator == o for v in variants()) < 5] == []
    assert {v.operator for v in variants() if v.algorithm == "fast"} == {
        *filter(has_classes, OPERATORS)
    }
    assert all(v.sentence.endswith(".") for v in variants())


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.id)
def test_other_dtypes_are_refused(variant):
    with pytest.raises(ValueError, match="x is int64"):
        variant.function(np.ones((1, 2, 2, 1), np.int64), *SECOND.get(variant.operator, []))
