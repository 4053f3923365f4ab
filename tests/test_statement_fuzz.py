"""Any statement, over any functions: one sentence, or verdicts and cards; nothing breaks.

A few hundred statements by default, ten thousand with --iut-profile thorough.
"""

import io
import json
from contextlib import suppress
from random import Random
from unittest import SkipTest

import numpy as np
import pytest
from rich.console import Console

from refcnn.cnn import ops
from refcnn.diagnosis.diagnosis import diagnose
from refcnn.diagnosis.power import REFERENCE
from refcnn.grading.pictures import example
from refcnn.harness.statement import checked, preset, presets
from refcnn.implementations.trial import Result, trial_of, verdict_of
from refcnn.reports import terminal
from refcnn.reports.card import card_lines, plain_card
from refcnn.reports.explain import lines as explained
from refcnn.reports.json_report import to_json
from refcnn.reports.summary import Summary, findings
from refcnn.suite.case import ALGORITHMS, Case
from refcnn.suite.clauses import LEVELS, clauses
from refcnn.suite.context import Context, NonConformanceError, Record
from refcnn.suite.dialects import known_dialects
from refcnn.suite.generators import question
from refcnn.suite.judge import shape_of
from refcnn.suite.mutants import mutants
from refcnn.suite.registry import OPERATORS
from refcnn.suite.tensors import DTYPES
from refcnn.suite.vectors import features_of
from refcnn.testing_trial import InProcess

FEW, ALL = 120, 10_000
QUESTIONS = 6  # of each operator
CALLS = {  # right, wrong, and beside the point
    "conv2d": (
        "conv2d(x, kernel, bias_or_none, strides=strides, padding=padding)",
        "like_a_course(x, kernel, bias, {'stride': stride, 'pad': pad})[0]",
        "conv2d(x, kernel, bias_or_none, strides=(stride_h, stride_w), padding=padding)",
        "conv2d(x, kernel) if size == 2 else missing('two by two')",
        "conv2d(x, kernel, strides=strides_or_none)",
        "[conv2d(x, kernel, bias, padding=p) for p in [padding_name]][0]",
        "conv2d(x, kernel, padding=((pad_top, pad_bottom), (pad_left, pad_right)))",
        "conv2d(x, kernel, np.zeros(filters + 0 * channels * kernel_height * kernel_width))",
    ),
    "max_pool2d": (
        "max_pool2d(x, (pool_height, pool_width), strides=(stride_h, stride_w))",
        "max_pool2d(x, pool, strides=stride, padding=pad)",
        "max_pool2d(x, pool_size, strides=strides_or_none, padding=padding)",
    ),
    "avg_pool2d": ("avg_pool2d(x, pool_size, strides=strides, padding=padding)",),
    "dense": ("dense(x, kernel, bias_or_none)", "x @ kernel + bias", "x.reshape(-1, inputs)"),
    "relu": ("relu(x)", "having(x)", "np.abs(x)"),
    "softmax": ("softmax(x)[0]", "softmax(x)"),
    "flatten": ("flatten(x)", "x.ravel()"),
}
WRONG_CALLS = (
    "f(",
    "",
    "nothing(x, kernel)",
    "x",
    "lambda: x",
    "(x := 3)",
    5,
    None,
    ["x"],
    "1/0",
    "x\ny",
)
WRONG = (None, 3, "", "nchw", [], {}, ["no"], {"a": 1}, float("nan"), True, b"x", {1: 2})
OPTIONS = {
    "name": ("mine", "", "n" * 3000),
    "operators": ([], ["conv2d"], ["conv2d", "flatten", "dense"], [*OPERATORS], ("relu",)),
    "dtypes": (["float32"], ["float64"], [*DTYPES]),
    "layout": ("NHWC", "NCHW"),
    "kernel_layout": ("HWIO", "OIHW", "OHWI", "IOHW"),
    "dense_layout": ("IO", "OI"),
    "algorithm": ALGORITHMS,
    "levels": ([*LEVELS], ["core"], ["pure", "robust"]),
    "source": ("https://example.org",),
    "implementation": ({"language": "Python"},),
}  # fmt: skip


def a_statement(random):
    """Members at random: most of them right, some malformed, some with a name of their own."""
    said = {k: random.choice(v) for k, v in OPTIONS.items() if random.random() < 0.35}
    if random.random() < 0.6:
        said["dialects"] = random.sample([*known_dialects()], random.randint(0, 3))
    if random.random() < 0.5:
        operators = random.sample([*CALLS], random.randint(0, 3))
        said["calls"] = {op: a_call(random, op) for op in operators}
    if random.random() < 0.2:
        said[random.choice([*OPTIONS, "dialects", "calls", "layuot"])] = random.choice(WRONG)
    return said


def a_call(random, operator):
    return random.choice(WRONG_CALLS if random.random() < 0.08 else CALLS[operator])


def like_a_course(x, kernel, bias, options):
    return ops.conv2d(x, kernel, bias, strides=options["stride"], padding=options["pad"]), None


def some_functions(random):
    """Right ones, and in their place some mutants."""
    names = {op: REFERENCE[op] for op in OPERATORS}
    for mutant in random.sample(mutants(), 8):
        names[mutant.operator] = mutant.build()
    left_out = random.sample(OPERATORS, random.randint(0, 3))
    kept = {name: f for name, f in names.items() if name not in left_out}
    return {**kept, "like_a_course": like_a_course, "np": np}


def asked(trial, operator, random):
    """Questions to an operator, each with a card in every form if it fails."""
    for _ in range(QUESTIONS):
        one = question(operator, 3, random.randrange(2000))
        record = Record()
        subject = Context(trial.iut, trial.offer, record, {})
        if not features_of(one.case) <= trial.offer.features[operator] or one.law:
            continue
        with suppress(NonConformanceError, SkipTest):
            subject.refuses(one.case, one.rule) if one.rule else subject.check(one.case)
        if record.failure:
            told(record.failure, trial.statement)
        if record.cases:
            verdict, why = verdict_of(record, None)
            clause = clauses()[one.clauses[0]]
            failure = record.failure
            yield Result(clause, operator, "fuzz", verdict, why, 1, record.fraction, failure)


def told(failure, stated):
    """A failure in every form."""
    lines = card_lines(failure, stated)
    assert plain_card(clauses()["ANY-1"], failure, stated).endswith(lines[-1])
    shown = example("a/0", failure, stated)
    assert shown.lines
    if failure.judgement.index is not None and not failure.law:
        assert f"asked: {next(explained(failure.case, stated, None, 1))}" == lines[0]
        assert len(shape_of(failure.case)) == len(failure.judgement.index)


def started(random, said):
    """Functions with a statement of their own, or from outside."""
    functions = some_functions(random)
    if random.random() < 0.5:
        return InProcess({**functions, "STATEMENT": said}, {})
    return InProcess(functions, checked(said, "the statement"))


def one_run(seed):
    """What comes of a statement: what is wrong with it, or cards by operator that was asked."""
    random = Random(seed)
    said = a_statement(random)
    try:
        iut = started(random, said)
    except ValueError as error:
        sentence = str(error)
        assert sentence
        assert "\n" not in sentence.strip()
        assert "Traceback" not in sentence
        return sentence
    trial = trial_of(iut)
    operators = random.sample([*trial.offer.features], min(2, len(trial.offer.features)))
    results = [result for op in operators for result in asked(trial, op, random)]
    logs = {op: trial.iut.entries[op] for op in operators}
    diagnosed = operators if random.random() < 0.02 else []
    found = {op: diagnose(op, logs[op], trial.offer.features[op], iut.run) for op in diagnosed}
    named = {op: d for op, d in found.items() if d}
    summary = Summary(
        target="fuzz", statement=iut.statement, offer=trial.offer, profile="quick", seed=seed,
        findings=findings(results, iut.statement), diagnoses=named,
    )  # fmt: skip
    terminal.show(summary, Console(file=io.StringIO(), width=100), all_cards=True)
    json.dumps(to_json(summary), allow_nan=False)
    return [
        (op, sum(r.failure is not None for r in results if r.operator == op)) for op in operators
    ]


def test_any_statement_is_followed_or_refused_in_one_sentence(request):
    thorough = request.config.getoption("iut_profile") == "thorough"
    with np.errstate(all="ignore"):
        came = [one_run(seed) for seed in range(ALL if thorough else FEW)]
    refused = [said for said in came if isinstance(said, str)]
    assert len(came) / 20 < len(refused) < len(came) / 2
    assert len({*refused}) > 10
    followed = [one for said in came if not isinstance(said, str) for one in said]
    assert {op for op, _ in followed} == {*OPERATORS}
    assert sum(cards for _, cards in followed) > len(came) / 4


@pytest.mark.parametrize("like", presets())
def test_presets_are_such_statements(like):
    said = {**preset(like), "calls": {"conv2d": CALLS["conv2d"][1]}}
    trial = trial_of(InProcess({"like_a_course": like_a_course, "np": np}, said))
    case = Case(operator="conv2d", inputs={}, attributes={})
    assert trial.statement.kernel_layout == said["kernel_layout"]
    assert case.operator in trial.offer.features
