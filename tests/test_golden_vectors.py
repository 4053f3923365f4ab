"""The golden vectors: their files, their generator, their answers, and what is refused as one."""

import json
import zlib
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from refcnn.diagnosis.kills import fails
from refcnn.diagnosis.select import KILLS, NotCoveredError, build, needed, select
from refcnn.suite.alternatives import alternatives
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case, Crash, Refusal, Rubbish
from refcnn.suite.clauses import EQUATIONS, clauses
from refcnn.suite.generators import LAWS, SUITE, Question, domains, question, source
from refcnn.suite.judge import Verdict
from refcnn.suite.mutants import mutants
from refcnn.suite.numerics import bound
from refcnn.suite.paths import golden
from refcnn.suite.quality import lint, why_weak
from refcnn.suite.registry import OPERATORS
from refcnn.suite.terms import whole
from refcnn.suite.vector_files import STEMS, from_json, load, public, text, to_json
from refcnn.suite.vectors import (
    DisagreementError,
    exact_answer,
    exact_answers,
    features_of,
    judge_vector,
    offered,
    vector,
)

EVERY = tuple(chain(*public().values()))
SCHEMA = json.loads((golden() / "schema" / "vectors.json").read_text("utf-8"))


# --- the files


@pytest.mark.parametrize("stem", STEMS)
def test_the_public_vectors_are_made_again_byte_for_byte(stem):
    again = build(0, STEMS[stem])
    made = text([*chain.from_iterable(again.values())], 0)
    assert made.encode() == (golden() / f"{stem}.json").read_bytes()


@pytest.mark.parametrize("stem", STEMS)
def test_the_files_are_as_the_schema_says(stem):
    Draft202012Validator.check_schema(SCHEMA)
    content = json.loads((golden() / f"{stem}.json").read_text("utf-8"))
    assert [f.message for f in Draft202012Validator(SCHEMA).iter_errors(content)] == []
    assert {v["case"]["operator"] for v in content["vectors"]} == set(STEMS[stem])


def test_every_operator_has_a_file():
    assert set(chain(*STEMS.values())) == set(OPERATORS)
    assert {path.stem for path in golden().glob("*.json")} == {*STEMS, "model", "sliding_window"}


def test_all_of_golden_is_small():
    assert sum(path.stat().st_size for path in golden().rglob("*") if path.is_file()) < 2_000_000


@pytest.mark.parametrize("one", EVERY, ids=lambda v: v.id)
def test_it_reads_back_as_it_was_written(one):
    again = from_json(to_json(one))
    assert to_json(again) == to_json(one)
    made = question(one.operator, 0, int(one.id.split("/")[1]))
    for read, drawn in zip(again.question.cases, made.cases, strict=True):
        assert read.to_json() == drawn.to_json()
        if one.regime != "refusal" and all(found.hi.size for found in one.expected):
            assert read.exact == drawn.exact
    assert (again.question.rule, again.question.law) == (made.rule, made.law)


def test_every_mutant_is_killed_at_least_twice_and_every_vector_kills():
    for operator, vectors in public().items():
        names = {m.name for m in mutants() if m.operator == operator}
        killers = {name: sum(name in v.kills for v in vectors) for name in names}
        assert min(killers.values()) >= KILLS
        assert all(v.kills and {*v.kills} <= names for v in vectors)


def is_equation(clause):
    return clauses()[clause].level in EQUATIONS


def test_a_mistake_in_the_mathematics_is_seen_where_nothing_else_is_asked():
    for operator, vectors in public().items():
        core = [v for v in vectors if any(is_equation(c) for c in v.question.clauses)]
        wrong = [m for m in mutants() if m.operator == operator]
        for one in (m for m in wrong if is_equation(m.clause)):
            assert sum(one.name in v.kills for v in core) >= KILLS


def test_fast_algorithms_that_do_not_say_so_fail_often_enough_to_be_told():
    for one in (v for v in alternatives() if v.algorithm == "fast"):
        failed = [v.id for v in public()[one.operator] if fails(one.function, v)]
        assert len(failed) > KILLS


def test_their_clauses_are_clauses_of_the_operator():
    for one in EVERY:
        for name in one.question.clauses:
            assert one.operator in clauses()[name].operators


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-20], "is not JSON"),
        (lambda text: text.replace('"suite": 2', '"suite": 99'), "suite must be 2, not 99"),
        (
            lambda text: text.replace('"regime":"exact"', '"regime":"good"', 1),
            "must be one of exact, bounded, refusal, not 'good'",
        ),
        (lambda text: text.replace('"shape":[', '"shape":[7,', 1), "is malformed: shape"),
        (lambda text: "[]", r"must be an object, not \[\]"),
    ],
)
def test_damaged_files_are_told_in_a_sentence(tmp_path, change, message):
    for stem in STEMS:
        text = (golden() / f"{stem}.json").read_text("utf-8")
        (tmp_path / f"{stem}.json").write_text(text, "utf-8")
    assert load(tmp_path).keys() == public().keys()
    path = tmp_path / "dense.json"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(ValueError, match=message):
        load(tmp_path)
    path.unlink()
    with pytest.raises(ValueError, match=r"there is no file .*dense\.json"):
        load(tmp_path)


# --- the generator


def splitmix(state):
    """The next number of SplitMix64, in plain integers, as docs/vectors.md has it."""
    z = (state + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


@pytest.mark.parametrize(("operator", "seed", "index"), [("relu", 0, 0), ("conv2d", 2**63, 12345)])
def test_the_source_needs_no_numpy(operator, seed, index):
    state = SUITE
    for value in (zlib.crc32(operator.encode()), seed, index):
        state = splitmix((state + value) % 2**64)
    pick = source(operator, seed, index)
    for n in range(20):
        number = splitmix((state + n * 0x9E3779B97F4A7C15) % 2**64)
        assert pick(3, 12) == 3 + (number - 3) % 10


def test_the_example_of_the_documentation():
    pick = source("conv2d", 0, 7)
    assert [pick(0, 99) for _ in range(5)] == [70, 74, 94, 10, 29]


def test_seeds_and_indices_give_different_questions():
    texts = {
        json.dumps(question("conv2d", seed, index).case.to_json())
        for seed in range(4)
        for index in range(0, 60, 2)
    }
    assert len(texts) > 110


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_domain_makes_questions_that_the_oracles_answer_alike(operator):
    features = EVERYTHING.features[operator]
    for index in range(3 * len(domains(operator))):
        made = question(operator, 3, index)
        assert made.law in ("", *LAWS)
        assert features_of(made.case) <= features
        assert len(vector(made, exact_answers).answers) == (0 if made.rule else len(made.cases))


def test_a_private_set_is_another_one(tmp_path):
    private = build(12, ["relu"])["relu"]
    assert {v.id for v in private} != {v.id for v in public()["relu"]}
    names = {m.name for m in mutants() if m.operator == "relu"}
    assert all(sum(name in v.kills for v in private) >= KILLS for name in names)


def test_needs_that_cannot_be_met_are_named(monkeypatch):
    monkeypatch.setattr("refcnn.diagnosis.select.MOST_ROUNDS", 1)
    monkeypatch.setattr("refcnn.diagnosis.select.ROUNDS", 1)
    monkeypatch.setattr("refcnn.diagnosis.select.FURTHER", 1)
    with pytest.raises(NotCoveredError, match=r"relu: no vectors for .*five-axes-ignored"):
        build(0, ["relu"])


def test_the_choice_is_small():
    """Fewer than one vector a mutant, though each must be killed twice."""
    for operator, vectors in public().items():
        assert len(vectors) < len(needed(whole(operator)))
    assert sum(map(len, public().values())) < len(mutants())
    assert select([], {}) == []


# --- what proves nothing


def ones(**changes):
    """A vector as suites in use have them: everything square and symmetric, all ones."""
    x, kernel = np.ones((1, 5, 5, 1), "f4"), np.ones((3, 3, 1, 1), "f4")
    case = Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, exact=True)
    asked = Question(case=replace(case, **changes), id="conv2d/0", clauses=("CONV-2",))
    return replace(vector(asked, exact_answers), kills=("maps-reversed",))


def test_symmetric_vectors_are_refused():
    faults = lint("conv2d", [ones()])
    assert "conv2d/0 proves nothing: its input is the same number throughout" in faults
    for lack in (
        "height and width differ",
        "the two strides differ",
        "no filter is the same upside down",
        "there is more than one example",
        "some inputs are negative",
        "it is in float64",
    ):
        assert f"in no vector {lack}" in faults
    assert len(faults) >= 15


def test_a_vector_that_is_zero_or_kills_nothing_is_refused():
    zero = ones(inputs={"x": np.zeros((1, 3, 3, 1), "f4"), "kernel": np.ones((1, 1, 1, 1), "f4")})
    assert why_weak(zero) == "its answer is zero throughout"
    assert "conv2d/0 kills no mutant" in lint("conv2d", [replace(zero, kills=())])


@pytest.mark.parametrize("operator", OPERATORS)
def test_the_public_vectors_are_good_and_not_for_a_single_reason(operator):
    assert lint(operator, public()[operator]) == []


# --- answers and judgement


def test_oracles_that_differ_admit_nothing(monkeypatch):
    case = question("dense", 0, 0).case
    exact_answer(case)
    monkeypatch.setattr("refcnn.cnn.ops.dense", lambda x, kernel, bias=None: x @ kernel + 1)
    with pytest.raises(DisagreementError, match="definition and reference differ"):
        exact_answer(case)


def test_bounds_are_rounded_up_and_answers_are_exact():
    bounded = [v for v in EVERY if v.regime == "bounded"]
    assert len(bounded) > 10
    for one in bounded:
        views = chain.from_iterable(case.views for case in one.question.cases)
        for case, answer in zip(views, one.expected, strict=True):
            derived = np.broadcast_to(bound(case), answer.hi.shape)
            assert (answer.bound >= derived).all()
            unit = np.spacing(np.nan_to_num(np.abs(answer.hi)))
            assert (answer.bound <= derived * 1.01 + unit).all()


def asked(one, *outcomes):
    left = list(outcomes)
    return judge_vector(one, lambda _: left.pop(0)).verdict


def test_what_is_no_array_fails():
    one = ones()
    right = Answer.of(one.answers[0]["y"].hi)
    assert asked(one, right) is Verdict.PASS
    for outcome in (Refusal("E", ""), Rubbish("None"), Crash("exit 1"), Answer.of(right.array + 1)):
        assert asked(one, outcome) is Verdict.FAIL


def test_a_rule_asks_for_a_refusal():
    illegal = next(v for v in EVERY if v.regime == "refusal")
    assert asked(illegal, Refusal("ValueError", "no")) is Verdict.PASS
    assert asked(illegal, Answer.of(np.zeros((1, 1)))) is Verdict.FAIL
    assert asked(illegal, Crash("exit 1")) is Verdict.FAIL


def test_laws_are_judged_alone():
    """Whatever the numbers: another clause is about them."""
    numbers = np.ones((2, 2), np.float32)
    by_law = {v.question.law: v for v in public()["relu"] if v.question.law}
    assert by_law.keys() == LAWS.keys()
    changed = Answer.of(numbers, ("x was changed",))
    earlier = Answer.of(numbers, ("an earlier answer was changed",))
    fine, other = Answer.of(numbers), Answer.of(numbers + 1)
    assert asked(by_law["pure"], fine, other, fine, other) is Verdict.PASS
    assert asked(by_law["pure"], fine, changed) is Verdict.FAIL
    assert asked(by_law["pure"], fine, earlier, fine, other) is Verdict.PASS
    assert asked(by_law["stable"], fine, changed, fine, other) is Verdict.PASS
    assert asked(by_law["stable"], fine, earlier) is Verdict.FAIL
    assert asked(by_law["deterministic"], fine, other, fine, other) is Verdict.PASS
    assert asked(by_law["deterministic"], fine, other, other) is Verdict.FAIL


# --- what is offered


def test_an_exact_vector_can_be_asked_in_the_other_dtype():
    single = {"float64", "no_bias"}
    one = ones()
    assert offered(one, frozenset({"float32", *single})) is one
    wide = offered(one, frozenset(single))
    assert wide.question.case.dtype == str(wide.answers[0]["y"].hi.dtype) == "float64"
    assert offered(one, frozenset({"float64", "bias"})) is None
    assert offered(one, frozenset({"no_bias"})) is None


def test_bounded_and_wide_vectors_cannot():
    half = {"float32", *EVERYTHING.features["dense"]} - {"float64"}
    wide = [v for v in public()["dense"] if v.question.case.dtype == "float64"]
    bounded = [v for v in wide if v.regime == "bounded"]
    assert bounded
    assert [offered(v, frozenset(half)) for v in bounded] == [None] * len(bounded)
    big = ones(inputs={"x": np.full((1, 1, 2, 1), 1e300), "kernel": np.ones((1, 1, 1, 1))})
    assert offered(big, frozenset({"float32", "no_bias"})) is None


def test_a_vector_whose_partial_sums_would_round_cannot_be_asked_in_float32():
    """2^24 - 1 + 4 - (2^24 - 1): all of its numbers are in float32, the first sum is not."""
    for large, kept in ((2.0**24 - 1, False), (2.0**22 - 1, True)):
        x = np.array([large, 4, -large]).reshape(1, 1, 3, 1)
        one = ones(inputs={"x": x, "kernel": np.ones((1, 3, 1, 1))})
        assert one.regime == "exact"
        assert bool(offered(one, frozenset({"float32", "no_bias", "kernel_pair"}))) == kept


def test_each_clause_with_vectors_has_some_for_either_dtype():
    for operator, vectors in public().items():
        forms = EVERYTHING.features[operator] - {"float32", "float64"}
        for dtype in ("float32", "float64"):
            names = {c for v in vectors if offered(v, forms | {dtype}) for c in v.question.clauses}
            assert names == {c for domain in domains(operator) for c in domain.clauses}
