"""The case that is shown: small, in single digits, and failing as the first one did."""

from collections import Counter

import numpy as np
import pytest

from refcnn.cnn import ops
from refcnn.diagnosis import readable as module
from refcnn.diagnosis.readable import DIGITS, KEPT, QUESTIONS, readable
from refcnn.implementations.local import LocalIUT
from refcnn.suite.case import Answer, Case, Crash, Refusal
from refcnn.suite.context import Failure
from refcnn.suite.dialects import known_dialects
from refcnn.suite.generators import domains, question
from refcnn.suite.judge import Verdict, judge
from refcnn.suite.mutants import mutants
from refcnn.suite.predicates import PREDICATES, true_of
from refcnn.suite.registry import OPERATORS
from refcnn.suite.vectors import features_of


class Asked:
    """Functions that are asked, and how often they were."""

    def __init__(self, **functions):
        self.iut, self.cases = LocalIUT(functions), []

    def run(self, case):
        self.cases.append(case)
        return self.iut.run(case)

    def failure(self, case, law=""):
        with np.errstate(all="ignore"):
            outcome = self.iut.run(case)
            return Failure(case, outcome, judge(case, outcome), law)


def failures(mutant, rounds=3, seed=11):
    asked = Asked(**{mutant.operator: mutant.build()})
    for index in range(rounds * len(domains(mutant.operator))):
        one = question(mutant.operator, seed, index)
        if not one.rule and not one.law:
            found = asked.failure(one.case)
            if found.judgement.verdict is Verdict.FAIL:
                yield asked, found


def conv(shape, kernel, dtype="float64", **attributes):
    x, k = (np.random.default_rng(1).normal(size=s).astype(dtype) for s in (shape, kernel))
    return Case(operator="conv2d", inputs={"x": x, "kernel": k}, attributes=attributes)


def test_predicates_that_are_kept_are_there():
    assert PREDICATES.keys() >= KEPT


@pytest.mark.parametrize("operator", OPERATORS)
def test_it_fails_in_the_same_way_about_the_same_and_is_no_larger(operator):
    sizes, single = Counter(), Counter()
    for mutant in [m for m in mutants() if m.operator == operator][::3]:
        for asked, before in [*failures(mutant)][:1]:
            after = readable(before, asked.run, seconds=60)
            assert len(asked.cases) <= QUESTIONS
            assert after.judgement.verdict is Verdict.FAIL
            kinds = [f.judgement.reason.partition(":")[0] for f in (before, after)]
            kinds = [kind.removesuffix(f" of {before.case.output}") for kind in kinds]
            assert kinds[0] == kinds[1] or isinstance(after.outcome, Refusal)
            assert type(after.outcome) is type(before.outcome)
            assert features_of(after.case) <= features_of(before.case)
            assert true_of(after.case) & KEPT == true_of(before.case) & KEPT
            if after is not before:  # which may depend on what was asked before
                again = asked.failure(after.case)
                assert again.judgement.reason == after.judgement.reason
            assert after.case.size <= before.case.size
            sizes.update(before=before.case.size, after=after.case.size)
            single[all(map(module._is_readable, after.case.inputs.values()))] += 1
    assert sizes["after"] < 0.6 * sizes["before"]
    assert single[True] >= single[False]


def test_what_it_finds_is_as_small_as_can_be():
    def rotated(x, kernel):
        return ops.conv2d(x, kernel[::-1, ::-1])

    asked = Asked(conv2d=rotated)
    found = readable(asked.failure(conv((3, 9, 8, 4), (3, 3, 4, 5))), asked.run, seconds=60).case
    assert found.inputs["x"].shape == (1, 1, 2, 1)
    assert found.inputs["kernel"].shape == (1, 2, 1, 1)
    assert found.exact
    assert np.abs(found.inputs["x"]).max() <= DIGITS
    assert np.abs(found.inputs["kernel"]).max() <= DIGITS


def test_not_square_where_that_matters():
    def width_for_height(x, kernel):
        return ops.conv2d(x, kernel)[:, :, : x.shape[1] - kernel.shape[0] + 1]

    asked = Asked(conv2d=width_for_height)
    found = readable(asked.failure(conv((2, 4, 9, 2), (2, 2, 2, 2))), asked.run, seconds=60).case
    _, height, width, channels = found.inputs["x"].shape
    rows, columns = found.inputs["kernel"].shape[:2]
    assert height - rows < width - columns
    assert channels == 1


def test_it_stays_what_it_is_about():
    def no_padding_no_stride(x, kernel, *, strides=1, padding="valid"):
        y = ops.conv2d(x, kernel, strides=strides, padding=padding)
        return y + (padding != "valid" or strides != 1)

    asked = Asked(conv2d=no_padding_no_stride)
    before = asked.failure(conv((1, 7, 7, 1), (2, 2, 1, 1), strides=3, padding=((2, 1), (0, 0))))
    found = readable(before, asked.run, seconds=60).case
    assert found.attributes["strides"] == 2
    assert found.attributes["padding"] in (((1, 0), (0, 0)), ((0, 1), (0, 0)))
    only = readable(before, asked.run, keeps=lambda f: f.case.attributes == before.case.attributes)
    assert only.case.attributes == before.case.attributes
    assert only.case.size < before.case.size


@pytest.mark.parametrize(
    ("clause", "kept"),
    [
        ("ANY-1", "there is more than one example"),
        ("CONV-4", "there is more than one channel"),
        ("CONV-5", "there is more than one filter"),
        ("CONV-9", "the two strides differ"),
        ("CONV-14", 'padding is "same"'),
        ("CONV-1", "there is no padding"),
    ],
)
def test_it_stays_in_the_domain_of_its_clause(clause, kept):
    asked = Asked(conv2d=lambda *a, **o: ops.conv2d(*a, **o) + 1)
    domain = next(i for i, d in enumerate(domains("conv2d")) if clause in d.clauses)
    before = asked.failure(question("conv2d", 3, domain).case)
    assert kept in true_of(before.case)
    after = readable(before, asked.run, clause=clause, seconds=60)
    assert kept in true_of(after.case)
    assert after.case.size < before.case.size or before.case.size < 8


def test_an_exact_case_stays_one_only_if_its_new_numbers_are():
    case = conv((1, 3, 3, 1), (2, 2, 1, 1), "float32")
    wide = case.given(x=np.full((1, 3, 3, 1), 2.0**13, "float32"))
    assert not module._is_exact(case)
    assert not module._is_exact(wide.given(kernel=np.full((2, 2, 1, 1), 2.0**11, "float32")))
    assert module._is_exact(wide.given(kernel=np.ones((2, 2, 1, 1), "float32")))


def test_it_is_deterministic_and_within_its_budget():
    asked = Asked(conv2d=lambda x, kernel: ops.conv2d(x, kernel[::-1, ::-1]))
    before = asked.failure(conv((3, 9, 8, 4), (3, 3, 4, 5)))
    found = [readable(before, asked.run, seconds=60) for _ in range(2)]
    assert found[0].case.to_json() == found[1].case.to_json()
    for budget in (1, 2, 5):
        asked.cases.clear()
        readable(before, asked.run, questions=budget, seconds=60)
        assert len(asked.cases) == (budget if budget > 1 else 0)
    asked.cases.clear()
    assert readable(before, asked.run, seconds=-1) is before
    assert not asked.cases


def test_what_cannot_be_asked_again_is_left_alone():
    calls = []

    def once(x):
        calls.append(1)
        return np.maximum(x, 0) + (len(calls) == 1)

    asked = Asked(relu=once)
    before = asked.failure(Case(operator="relu", inputs={"x": np.ones((2, 3))}, exact=True))
    assert readable(before, asked.run) is before
    crash = Failure(before.case, Crash("it ended"), before.judgement)
    law = Failure(before.case, before.outcome, before.judgement, "a law")
    asked.cases.clear()
    assert readable(crash, asked.run) is crash
    assert readable(law, asked.run) is law
    assert not asked.cases


def test_an_exception_stays_the_same():
    def picky(x):
        if x.shape[1] > 2:
            raise KeyError("three")
        if x.shape[1] > 1:
            raise ValueError("two")
        return np.maximum(x, 0)

    asked = Asked(relu=picky)
    case = Case(operator="relu", inputs={"x": np.arange(20.0).reshape(4, 5)})
    found = readable(asked.failure(case), asked.run, seconds=60)
    assert found.outcome.kind == "KeyError"
    assert found.case.inputs["x"].shape == (1, 3)


@pytest.mark.parametrize("name", known_dialects())
def test_dialects_go_with_it(name):
    operator = known_dialects()[name].operators[0]
    wrong = {operator: lambda *a, **o: getattr(ops, operator)(*a, **o) * 2 + 1}
    asked = Asked(**wrong)
    for index in range(len(domains(operator))):
        one = question(operator, 5, index)
        case = Case(
            operator=operator,
            inputs=one.case.inputs,
            attributes=one.case.attributes,
            dialects=(name,),
        )
        if not one.rule and isinstance(asked.iut.run(case), Answer) and case.inputs["x"].size:
            found = readable(asked.failure(case), asked.run, seconds=60)
            assert found.case.dialects == (name,)
            assert found.judgement.verdict is asked.failure(case).judgement.verdict
