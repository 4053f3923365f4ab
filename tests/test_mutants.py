"""Test of the tests: the catalogue of mistakes, each caught by the tests of its own clause."""

from itertools import product

import numpy as np
import pytest

from refcnn.diagnosis.afresh import AskedMutant
from refcnn.diagnosis.power import REFERENCE
from refcnn.harness.python import PythonFunctions
from refcnn.implementations.local import LocalIUT
from refcnn.run import Options, check
from refcnn.suite.case import Answer, Refusal, Rubbish
from refcnn.suite.clauses import clauses
from refcnn.suite.generators import domains, question
from refcnn.suite.judge import Verdict, expectations
from refcnn.suite.mutants import compose, in_steps, mutants, pairs
from refcnn.suite.registry import OPERATORS


def verdicts(functions, **options):
    """Verdicts by clause and operator of functions in this process."""
    summary = check(
        "local", LocalIUT(functions), Options(**options, strict=True), name_mistakes=False
    )
    return {(f.clause.id, f.operator): f.verdict for f in summary.findings}


@pytest.mark.parametrize("mutant", mutants(), ids=lambda m: f"{m.clause}-{m.id}")
def test_the_clause_catches_the_mistake(mutant):
    functions = {**REFERENCE, mutant.operator: mutant.build()}
    found = verdicts(functions, operators=(mutant.operator,), clauses=(mutant.clause,))
    assert found[mutant.clause, mutant.operator] is Verdict.FAIL


def test_the_right_operators_fail_nothing():
    found = verdicts(REFERENCE)
    assert set(found.values()) == {Verdict.PASS}
    assert len(found) > 100


def test_every_clause_of_an_operator_has_a_mutant_and_every_mutant_a_clause():
    violated = {(mutant.clause, mutant.operator) for mutant in mutants()}
    stated = {(c.id, o) for c in clauses().values() for o in c.operators if o != "model"}
    assert violated == stated


def test_there_are_enough_of_them_and_each_says_what_it_is():
    assert len(mutants()) >= 150
    assert len({m.id for m in mutants()}) == len(mutants())
    assert len({(m.operator, m.sentence) for m in mutants()}) == len(mutants())
    for mutant in mutants():
        assert mutant.sentence.strip() == mutant.sentence
        assert mutant.sentence.endswith(".")
        assert mutant.name == mutant.name.lower().replace(" ", "-").replace("_", "-")
        assert mutant.operator in clauses()[mutant.clause].operators


@pytest.mark.parametrize("operator", OPERATORS)
def test_without_a_mistake_the_steps_are_right(operator):
    function = in_steps(operator)
    for index in range(6 * len(domains(operator))):
        asked = question(operator, 5, index)
        outcome = PythonFunctions({operator: function}).run(asked.case)
        if asked.rule:
            assert isinstance(outcome, Refusal)
            continue
        with np.errstate(all="ignore"):
            expected = expectations(asked.case)
        for name, answer in expected.items():
            array = outcome.outputs[name]
            error = np.abs(np.nan_to_num(array) - np.nan_to_num(answer.hi))
            assert (error <= answer.bound).all()
            assert array.shape == answer.hi.shape
            assert array.dtype == asked.case.dtype


def test_a_fresh_mutant_remembers_nothing():
    (third,) = (m for m in mutants() if m.id == "relu/every-third-call-differs")
    x = np.array([1.0, -1.0])
    for _ in range(2):
        function = third.build()
        assert [function(x)[0] for _ in range(3)] == [1, 1, 2]


@pytest.mark.parametrize("operator", OPERATORS)
def test_pairs_are_both_mistakes_at_once(operator):
    found = pairs(operator)
    own = [m for m in mutants() if m.operator == operator]
    assert len(found) == len(own) * (len(own) - 1) // 2
    for pair, index in product(found[:: max(1, len(found) // 40)], range(5)):
        asked = question(operator, 6, index * 7).case
        outcome = PythonFunctions({operator: pair.build()}).run(asked)
        assert isinstance(outcome, Answer | Refusal | Rubbish)
        if isinstance(outcome, Refusal):
            meant = outcome.deliberate or outcome.kind in ("ValueError", "IndexError")
            assert meant or "cannot" in outcome.message


def test_a_pair_says_both_and_undoes_nothing():
    first, second = (m for m in mutants() if m.id in ("relu/nothing-done", "relu/always-float64"))
    both = compose((first, second))
    assert both.parts == (first, second)
    assert first.sentence in both.sentence
    assert second.sentence in both.sentence
    y = both.build()(np.array([-1], np.float32))
    assert (y.dtype, y[0]) == (np.float64, -1)


def test_a_wrong_operator_spoils_the_composition():
    found = verdicts({**REFERENCE, "relu": lambda x: x}, clauses=("MODEL-8",))
    assert found["MODEL-8", "model"] is Verdict.FAIL


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_mutant_fails_by_a_mistake_of_ours(operator):
    """A step that was not reached yet raises AttributeError with its name: nobody means that."""
    asked = [question(operator, 0, index) for index in range(25)]
    legal = [one.case for one in asked if not one.rule]
    for mutant in (one for one in mutants() if one.operator == operator):
        outcomes = map(AskedMutant(mutant).alone, legal)
        raised = [one for one in outcomes if isinstance(one, Refusal)]
        ours = [
            one for one in raised if one.kind == "AttributeError" and one.message.isidentifier()
        ]
        assert ours == [], mutant.id
