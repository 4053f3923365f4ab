"""Evidence within what is asked: whatever a course leaves out, its cases show what can be shown."""

from functools import cache
from random import Random

import pytest

from refcnn.diagnosis.kills import fails
from refcnn.diagnosis.select import drawn
from refcnn.grading.assignment import Assignment
from refcnn.grading.evidence import Evidence
from refcnn.grading.kept import Kept
from refcnn.harness.statement import presets, statement
from refcnn.implementations.sayable import sayable
from refcnn.suite.alternatives import alternatives
from refcnn.suite.capabilities import features_of
from refcnn.suite.clauses import clauses
from refcnn.suite.dialects import known_dialects
from refcnn.suite.generators import domains, question
from refcnn.suite.limits import PLAIN, within
from refcnn.suite.mutants import mutants
from refcnn.suite.registry import record
from refcnn.suite.terms import Terms, whole
from refcnn.suite.vector_files import public

DRAWN, OTHER_SEED = 6, 99  # rounds of questions that nobody has chosen, and their seed
RESTRICTED = ("conv2d", "max_pool2d", "avg_pool2d", "dense")
FEW, ALL = 2, 20  # random restrictions


def assignment(operator, stated, without=()):
    item = {"id": "all", "title": "All of it", "points": 1, "operators": [operator]}
    said = {"title": "T", "total": 1, "statement": stated, "without": list(without)}
    return Assignment.model_validate({**said, "item": [item]})


def evidence(asked, operator, tmp_path):
    return Evidence(asked, operator, Kept(tmp_path, b"secret"))


@cache
def own(operator):
    return [one for one in mutants() if one.operator == operator]


def restriction(number):
    """An operator, a statement and what is left out, by chance."""
    random = Random(number)
    operator = RESTRICTED[number % len(RESTRICTED)]
    forms = record(operator).forms
    without = [form for form in forms if random.random() < 0.3]
    if {"bias", "no_bias"} <= {*without}:
        without.remove("bias")
    if {"pool_pair", "pool_int"} <= {*without}:
        without.remove("pool_int")
    limits = [one.name for one in PLAIN if operator in one.operators and random.random() < 0.2]
    dialects = [d.name for d in known_dialects().values() if operator in d.operators]
    stated = random.sample(dialects, k=min(len(dialects), random.randint(0, 1)))
    dtypes = random.choice([["float32"], ["float64"], ["float32", "float64"]])
    return operator, {"limits": limits, "dialects": stated, "dtypes": dtypes}, without


def holds(asked, operator, tmp_path, seed):
    """All vectors lie within the terms; what others show, they show; what is right passes."""
    found = evidence(asked, operator, tmp_path)
    terms, private = found.terms, found.private(seed)
    for one in private:
        for case in one.question.cases:
            assert features_of(case) <= terms.features
            assert one.question.rule or within(case, terms.features)
            assert terms.sayable(case)
    shown = {name for one in private for name in one.kills}
    for index in range(DRAWN * len(domains(operator))):
        plain = drawn(terms, OTHER_SEED, index)
        one = terms.ask(plain) if plain else None
        if one:
            left = (m for m in own(operator) if m.name not in shown)
            assert [m.name for m in left if m.clause in about(one) and fails(m.build(), one)] == []
    for alternative in alternatives():
        if alternative.operator == operator and alternative.algorithm == "direct":
            assert not any(fails(alternative.function, one) for one in private), alternative.id


def about(one):
    """The clauses whose mistakes a vector is evidence of: all, if it is about the mathematics."""
    if any(clauses()[name].level == "core" for name in one.question.clauses):
        return {mutant.clause for mutant in own(one.operator)}
    return {*one.question.clauses}


@pytest.mark.parametrize("operator", ["conv2d", "max_pool2d"])
def test_a_mistake_is_seen_in_its_own_clause_where_it_is_in_public(operator, tmp_path):
    """Else its points would be lost in another item than the one about it.

    It is looked for in the first rounds of a seed: of what is rare, one in fifty may be missed.
    """
    whole = evidence(assignment(operator, {}), operator, tmp_path)

    def at_home(vectors):
        return {
            mutant.name
            for mutant in own(operator)
            for one in vectors
            if mutant.name in one.kills and mutant.clause in one.question.clauses
        }

    public = at_home(whole.public())
    assert 50 * len(public - at_home(whole.private(1))) <= len(public)


@pytest.mark.parametrize("name", presets())
def test_the_cases_of_a_preset_lie_within_it_and_show_what_can_be_shown(name, tmp_path):
    asked = assignment("conv2d", {"like": name})
    holds(asked, "conv2d", tmp_path, 1)


def test_so_do_those_of_restrictions_by_chance(tmp_path, pytestconfig):
    thorough = pytestconfig.getoption("iut_profile") == "thorough"
    for number in range(ALL if thorough else FEW):
        operator, stated, without = restriction(number)
        asked = assignment(operator, stated, without)
        holds(asked, operator, tmp_path / str(number), number)


def test_the_whole_specification_is_asked_as_ever(tmp_path):
    found = evidence(assignment("relu", {}), "relu", tmp_path)
    assert found.terms.is_whole
    assert [one.id for one in found.public()] == [one.id for one in public()["relu"]]
    assert Terms("relu", whole("relu").features).draw(3, 7).id == question("relu", 3, 7).id


def test_every_seed_has_evidence_of_all_that_is_needed(tmp_path):
    asked = assignment("relu", {"dtypes": ["float32"]})
    for seed in range(20):
        found = evidence(asked, "relu", tmp_path)
        shown = {name for one in found.private(seed) for name in one.kills}
        assert {m.name for m in own("relu")} - shown == {"always-float32", "rounded-to-float32"}


def test_a_domain_is_left_out_where_its_form_is_not_asked_for():
    terms = Terms("conv2d", whole("conv2d").features - {"strides_int", "strides_pair"})
    found = [terms.draw(0, index) for index in range(4 * len(domains("conv2d")))]
    asked = {clause for one in found if one for clause in one.clauses}
    assert asked.isdisjoint({"CONV-8", "CONV-9", "CONV-10"})
    assert {"CONV-3", "CONV-16"} <= asked


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("conv(x, kernel, bias_or_none, strides, padding)", 4),
        ("conv(x, kernel, bias_or_none, stride, padding)", 3),
        ("conv(x, kernel, bias, strides, padding)", 2),
        ("conv(x, kernel, bias_or_none) if size == 3 else missing('3 by 3')", 0),
        ("Conv(kernel, bias_or_none).go(x)[0].T + np.zeros(1)", 2),
    ],
)
def test_what_a_call_can_say_is_told_without_its_code(call, said):
    can = sayable(statement({"calls": {"conv2d": call}}))
    ones = question("conv2d", 0, 1).case
    bias = ones.given(bias=ones.inputs["kernel"][0, 0, 0])
    cases = [ones, bias, bias.with_attributes(strides=(1, 2)), ones.with_attributes(strides=2)]
    assert sum(map(can, cases)) == said
