"""Frameworks end to end: they fail what docs/findings.md lists, no more and no less.

What is listed was reproduced without refcnn. That a mistake in an adapter is seen shows
that the rest is really asked.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from refcnn.implementations import adapters
from refcnn.implementations.targets import FRAMEWORKS, python
from refcnn.run import Options, check
from refcnn.suite.registry import OPERATORS, record

FINDINGS = (Path(__file__).parents[1] / "docs" / "findings.md").read_text("utf-8")
ROW = re.compile(r"^\| (\w+) \| ([A-Z]+-\d+) \| (\w+) \| (\w+) \| .+ \|$", re.MULTILINE)

NAMED_ONLY = {"padding_int", "padding_pairs"}  # lacking where padding has but its two names
NO_SIDES = {"padding_same", "padding_pairs"}  # lacking where it is the same on both sides
UNPADDED = {"padding_same", "padding_int", "padding_pairs"}
EXTENSIONS = {"dilation_int", "dilation_pair", "groups"}
# By framework and operator, the forms that the library has no place for; all of them if "all".
NO_PLACE = {
    "keras": {"conv2d": NAMED_ONLY, "max_pool2d": NAMED_ONLY, "avg_pool2d": NAMED_ONLY},
    "tensorflow": {"flatten": "all", "avg_pool2d": NAMED_ONLY},
    "torch": {"conv2d": NO_SIDES, "max_pool2d": UNPADDED, "avg_pool2d": UNPADDED},
    "jax": {"conv2d": {"bias"}, "dense": {"bias"}},
    "onnxruntime": dict.fromkeys(
        ("conv2d", "avg_pool2d", "global_avg_pool2d"), frozenset({"float64"})
    ),
    "scipy": {
        **dict.fromkeys(
            ("max_pool2d", "avg_pool2d", "global_avg_pool2d", "flatten", "relu"), "all"
        ),
        "conv2d": {"bias", "strides_int", "strides_pair", *UNPADDED, *EXTENSIONS},
        "dense": {"bias"},
    },
}
# A piece of an adapter, what a slip makes of it, and the operator and clause that it violates.
MISTAKES = {
    "keras": ("_applied(layers.ReLU(dtype", "_applied(layers.ReLU(6.0, dtype", "relu/RELU-1"),
    "tensorflow": ("add(y, _tensor(bias))", "add(y, 2 * _tensor(bias))", "dense/DENSE-3"),
    "torch": ("place = (_tensor(kernel)", "place = (-_tensor(kernel)", "conv2d/CONV-1"),
    "jax": ("lax.dot(x, kernel)", "lax.dot(x, -kernel)", "dense/DENSE-1"),
    "onnxruntime": ('"relu", {"x": x}', '"relu", {"x": -x}', "relu/RELU-1"),
    "scipy": ("softmax(x, axis=-1)", "softmax(x)", "softmax/SOFT-2"),
}

WITHOUT_GRADIENTS = ("onnxruntime", "scipy")


def no_place(name):
    """The forms that a library has no place for: those of gradients as of the forward pass."""
    found = dict(NO_PLACE[name])
    for operator in OPERATORS:
        if record(operator).extension:
            lacking = found.get(record(operator).gradient_of, set())
            found[operator] = "all" if name in WITHOUT_GRADIENTS else lacking
    return {operator: forms for operator, forms in found.items() if forms}


each = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                not all(map(find_spec, packages)), reason=f"needs refcnn[{name}]"
            ),
        )
        for name, packages in FRAMEWORKS.items()
    ],
)
pytestmark = pytest.mark.frameworks


@cache
def checked(name):
    """The summary of `refcnn check NAME --profile quick`, mistakes not named.

    With oneDNN, of which the findings are: TensorFlow itself takes it on some processors alone.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
        with python(name) as iut:
            return check(name, iut, Options(profile="quick", strict=True), name_mistakes=False)


def failed(summary):
    return {(f.clause.id, f.operator) for f in summary.failed}


def listed(name):
    """What docs/findings.md says that the vectors show."""
    rows = [row for row in ROW.findall(FINDINGS) if row[0] == name]
    return {(clause, operator) for _, clause, operator, seen in rows if seen == "quick"}


@each
def test_a_framework_fails_what_is_listed_and_nothing_else(name):
    summary = checked(name)
    new, gone = failed(summary) - listed(name), listed(name) - failed(summary)
    versions = ", ".join(" ".join(pair) for pair in summary.statement.implementation)
    assert not new, f"{versions}: fails what docs/findings.md does not list: {sorted(new)}"
    assert not gone, f"{versions}: no longer fails, though docs/findings.md says so: {sorted(gone)}"


@each
def test_a_framework_is_asked_all_that_it_has_a_place_for(name):
    offer = checked(name).offer
    found = {
        op: set(offer.reasons.get(op, ())) if op in offer.features else "all" for op in OPERATORS
    }
    assert {op: forms for op, forms in found.items() if forms} == no_place(name)


@each
def test_a_framework_says_which_version_it_is(name):
    said = dict(checked(name).statement.implementation)
    assert all(re.match(r"\d+\.\d+", said[package]) for package in FRAMEWORKS[name])


@each
def test_a_mistake_in_an_adapter_is_found(name, tmp_path):
    right, wrong, violated = MISTAKES[name]
    operator, clause = violated.split("/")
    source = (Path(adapters.__file__).parent / f"{name}_adapter.py").read_text("utf-8")
    assert source.count(right) == 1
    copy = tmp_path / "copy.py"
    copy.write_text(source.replace(right, wrong), "utf-8")
    with python(str(copy)) as iut:
        options = Options(operators=(operator,), profile="quick", strict=True)
        summary = check(name, iut, options, name_mistakes=False)
    assert (clause, operator) in failed(summary)
    assert (clause, operator) not in listed(name)


def test_every_row_of_the_findings_is_about_a_known_framework_and_clause():
    from refcnn.suite.clauses import clauses

    rows = ROW.findall(FINDINGS)
    assert {name for name, *_ in rows} == set(FRAMEWORKS)
    for name, clause, operator, seen in rows:
        assert operator in clauses()[clause].operators, (name, clause, operator)
        assert seen in ("quick", "standard", "thorough"), (name, clause, seen)
