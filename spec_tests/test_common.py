"""Clauses of all seven operators: batches, purity, dtypes, memory."""

import numpy as np
import pytest

from refcnn.suite import changes
from refcnn.suite.judge import expect
from refcnn.suite.registry import OPERATORS, records
from refcnn.suite.sampling import explore

every = pytest.mark.parametrize("operator", OPERATORS)


@every
@pytest.mark.clause("ANY-1")
@explore
def test_examples_do_not_influence_one_another(iut, pick, operator):
    case = changes.two_images(iut.case(operator, pick))
    whole, x = iut.answer(case), case.inputs["x"]
    law = "each example alone gives the same as in its batch"
    alone = np.concatenate([iut.answer(case.given(x=x[b : b + 1])) for b in range(len(x))])
    iut.same(case, whole, alone, law, 2 * expect(case).bound)


@every
@pytest.mark.clause("ANY-2")
@explore
def test_an_empty_batch_gives_an_empty_result(iut, pick, operator):
    iut.has_shape(changes.empty(iut.case(operator, pick)))


@every
@pytest.mark.clause("ANY-3")
@explore
def test_inputs_are_left_as_they_were(iut, pick, operator):
    case = iut.case(operator, pick)
    iut.has_no_fault(
        case,
        [f"{name} was changed" for name in case.inputs],
        "the inputs after the call are those before it",
    )


@every
@pytest.mark.clause("ANY-4")
@explore
def test_the_same_question_gets_the_same_answer(iut, pick, operator):
    case, other = iut.case(operator, pick), iut.case(operator, pick)
    first = iut.answer(case)
    for _ in range(pick(0, 2)):
        iut.answer(other)
    law = "asked again, after other questions, it answers the same"
    iut.same(case, iut.answer(case), first, law, bound=0)  # rounded or not: it is one question


@every
@pytest.mark.clause("ANY-5")
@explore
def test_an_answer_is_not_changed_by_later_calls(iut, pick, operator):
    case = iut.case(operator, pick)
    iut.answer(case)
    x = case.inputs["x"]
    law = "an answer once given stays as it was"
    iut.has_no_fault(case.given(x=np.flip(x) + 1), ["an earlier answer was changed"], law)


@every
@pytest.mark.clause("ANY-6")
@explore
def test_the_dtype_is_kept(iut, pick, operator):
    iut.keeps_dtype(iut.case(operator, pick))


@pytest.mark.parametrize(
    "operator",
    [pytest.param(name, marks=pytest.mark.clause(one.whole)) for name, one in records().items()],
)
def test_nothing_legal_is_refused(iut, operator):
    iut.refused_nowhere(operator)


@every
@pytest.mark.clause("ANY-7")
@explore
def test_where_data_lie_in_memory_does_not_matter(iut, pick, operator):
    plain = iut.case(operator, pick)
    case = changes.elsewhere_in_memory(pick, plain)
    law = f"a {case.memory} input is an input like any other"
    iut.same(case, iut.answer(case), iut.answer(plain), law, 2 * expect(plain).bound)
