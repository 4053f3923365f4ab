"""What must hold of every operator: batches, purity, dtypes, memory."""

import numpy as np

from refcnn.suite import changes
from refcnn.suite.checks import Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick
from refcnn.suite.judge import expect
from refcnn.suite.registry import record, records

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("ANY-1")
def examples_do_not_influence_one_another(iut: Context, pick: Pick, *, operator: str) -> None:
    law = "each example alone gives the same as in its batch"
    for case in changes.two_images(iut.case(operator, pick)).views:
        if case.looks_at in record(operator).by_example:
            whole, count = iut.answer(case), len(case.inputs["x"])
            each = [changes.examples(case, slice(b, b + 1)) for b in range(count)]
            alone = np.concatenate([*map(iut.answer, each)])
            iut.same(case, whole, alone, law, 2 * expect(case).bound)


@check("ANY-2")
def an_empty_batch_gives_an_empty_result(iut: Context, pick: Pick, *, operator: str) -> None:
    for case in changes.empty(iut.case(operator, pick)).views:
        iut.has_shape(case)


@check("ANY-3")
def inputs_are_left_as_they_were(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick)
    iut.has_no_fault(
        case,
        [f"{name} was changed" for name in case.inputs],
        "the inputs after the call are those before it",
    )


@check("ANY-4")
def the_same_question_gets_the_same_answer(iut: Context, pick: Pick, *, operator: str) -> None:
    asked, other = iut.case(operator, pick), iut.case(operator, pick).views[0]
    law, between = "asked again, after other questions, it answers the same", pick(0, 2)
    for case in asked.views:
        first = iut.answer(case)
        for _ in range(between):
            iut.answer(other)
        iut.same(case, iut.answer(case), first, law, bound=0)  # rounded or not: it is one question


@check("ANY-5")
def an_answer_is_not_changed_by_later_calls(iut: Context, pick: Pick, *, operator: str) -> None:
    case = iut.case(operator, pick)
    iut.answer(case.views[0])
    law = "an answer once given stays as it was"
    iut.has_no_fault(changes.raised(case), ["an earlier answer was changed"], law)


@check("ANY-6")
def the_dtype_is_kept(iut: Context, pick: Pick, *, operator: str) -> None:
    for case in iut.case(operator, pick).views:
        iut.keeps_dtype(case)


@check("ANY-7")
def where_data_lie_in_memory_does_not_matter(iut: Context, pick: Pick, *, operator: str) -> None:
    asked = iut.case(operator, pick)
    moved = changes.elsewhere_in_memory(pick, asked)
    law = f"a {moved.memory} input is an input like any other"
    for case, plain in zip(moved.views, asked.views):
        iut.same(case, iut.answer(case), iut.answer(plain), law, 2 * expect(plain).bound)


def nothing_legal_is_refused(iut: Context, *, operator: str) -> None:
    """What is legal and refused fails the clause of the whole equation."""
    iut.refused_nowhere(operator)


for clause in dict.fromkeys(one.whole for one in records().values()):
    check(clause, times=0)(nothing_legal_is_refused)
