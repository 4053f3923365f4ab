"""Every mistake in a model is seen: by golden vectors, and by the tests of its clause."""

import os
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import own_model
import pytest
from own_model import exact as exact_model
from own_model import vectors as model_vectors
from own_model.mutants import MUTANTS
from own_model.page import PAGE, markdown
from own_model.parity import layer_case
from own_model.vectors import DisagreementError, built, fails, load, text

import refcnn
from refcnn.operators.softmax.numerics import GAP
from refcnn.suite.bounds import magnitude
from refcnn.suite.clauses import clauses
from refcnn.suite.data import BITS
from refcnn.suite.paths import golden, spec_tests

NAMES = [mutant.name for mutant in MUTANTS]
OWN = ("test_model.py", "test_reference_model.py")
KERAS = ("test_keras_convert.py", "test_keras_operators.py")
NEED_KERAS = ("unsupported-accepted", "dense-on-maps", "odd-cell-before")


def named(name):
    return next(mutant for mutant in MUTANTS if mutant.name == name)


# --- the catalogue


def test_every_clause_about_models_has_a_mutant():
    about = [clause.id for clause in clauses().values() if clause.operators == ("model",)]
    assert sorted({mutant.clause for mutant in MUTANTS}) == sorted(about)
    assert len(set(NAMES)) == len(NAMES) == len({mutant.sentence for mutant in MUTANTS})
    for mutant in MUTANTS:
        assert mutant.sentence.endswith(".")
        assert mutant.id == f"model/{mutant.name}"


def everything():
    """What every name in the modules of refcnn stands for, and in their classes."""
    found = {}
    for path, module in sys.modules.items():
        if path.split(".")[0] == "refcnn":
            for name, value in vars(module).items():
                found[path, name] = value
                if isinstance(value, type) and value.__module__ == path:
                    found |= {(path, name, inner): own for inner, own in vars(value).items()}
    return {place: id(value) for place, value in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_afterwards_everything_is_as_it_was(name):
    """Also after an exception, which is not swallowed."""
    before, mistake = everything(), named(name).applied()
    mistake.__enter__()
    assert everything() != before
    assert not mistake.__exit__(ValueError, ValueError("of the block"), None)
    assert everything() == before


def test_a_module_imported_in_between_has_the_right_function(monkeypatch):
    """What it takes from another module is the wrong one, until the block ends."""
    monkeypatch.setattr(own_model, "exact", exact_model)  # undone like the next line
    monkeypatch.delitem(sys.modules, exact_model.__name__)
    with named("dense-64-missing").applied():
        fresh = import_module(exact_model.__name__)
        assert fresh is not exact_model
        assert fresh.reference_model().count_params() == 66_570
    assert fresh.reference_model is refcnn.reference_model
    assert refcnn.reference_model().count_params() == 122_570


# --- by the vectors


def test_every_mutant_is_killed_by_two_vectors_and_by_one_of_its_clause():
    kills = Counter(name for vector in load() for name in vector.kills)
    assert kills.keys() == set(NAMES)
    assert {name: n for name, n in kills.items() if n < 2} == {}
    own = {name for v in load() for name in v.kills if named(name).clause in v.clauses}
    assert own == set(NAMES)


def test_every_vector_kills_and_every_clause_is_asked_about():
    assert [vector.id for vector in load() if not vector.kills] == []
    assert {clause for vector in load() for clause in vector.clauses} == {m.clause for m in MUTANTS}
    assert len({vector.id for vector in load()}) == len(load())


def test_the_file_is_made_again_byte_for_byte():
    """From both oracles, and with the kills of today."""
    frozen = (golden() / "model.json").read_bytes()
    assert text().encode() == frozen
    assert len(frozen) < 60_000  # it is read by people, too


@pytest.mark.parametrize(
    "vector", [v for v in load() if v.question.x is not None], ids=lambda v: v.id
)
def test_vectors_are_exact(vector):
    """No sum of absolute values leaves the range of exact sixteenths."""
    question = vector.question
    model, x = built(question, list(question.weights)), question.x
    model.set_weights(question.weights)
    for layer, answer in zip(model.layers, vector.answers):
        unit = GAP[x.dtype.name] if getattr(layer, "activation", "") == "softmax" else 1 / 16
        assert magnitude(layer_case(layer, x)).max() <= 2 ** BITS[x.dtype.name] * unit
        x = answer.y


def test_oracles_that_disagree_make_no_vector():
    with named("bias-not-used").applied(), pytest.raises(DisagreementError, match="model/"):
        text()


def test_a_file_of_another_suite_is_refused(monkeypatch, tmp_path):
    (tmp_path / "model.json").write_text('{"suite": 0, "vectors": []}', "utf-8")
    monkeypatch.setattr(model_vectors, "golden", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"model\.json is of suite 0, not of suite"):
        load.__wrapped__()


REASONS = {
    "third-convolution-missing": "the layers are Conv2D, MaxPooling2D, Conv2D, MaxPooling2D, "
    "Flatten, Dense, Dense, not Conv2D, MaxPooling2D, Conv2D, MaxPooling2D, Conv2D, Flatten, "
    "Dense, Dense",
    "bias-not-counted": "conv2d_1: parameters: 864, not 896",
    "padded-by-default": "conv2d_1: output shape: (32, 32, 32), not (30, 30, 32)",
    "always-float32": "conv2d_1: it is float32 (1, 30, 30, 32), not float64 (1, 30, 30, 32)",
    "softmax-forgotten": "dense_2: y[0, 0] is ",
    "weights-from-the-last-layer": "ValueError: layer 'dense_2' has weights of shapes ",
}


@pytest.mark.parametrize("name", REASONS)
def test_it_is_said_why_a_vector_fails(name):
    vector = next(v for v in load() if v.id == "model/reference-run")
    assert fails(vector) == ""
    with named(name).applied():
        assert fails(vector).startswith(REASONS[name])


def test_it_is_said_that_something_should_have_been_refused():
    vector = next(v for v in load() if v.id == "model/copy-of-dropout")
    with named("unsupported-accepted").applied():
        assert fails(vector) == "accepted, where Dropout must be refused"


def test_layers_right_and_total_wrong(monkeypatch):
    monkeypatch.setattr(refcnn.Sequential, "count_params", lambda _: 7)
    assert fails(next(v for v in load() if v.id == "model/convolution")) == (
        "there are 7 parameters, not 108"
    )


def test_the_page_of_mistakes_in_models_is_up_to_date():
    assert PAGE.read_text("utf-8") == markdown()


# --- by the tests of the clause

RUN = """
import sys
import pytest
from own_model.mutants import MUTANTS

class Only:
    def pytest_collection_modifyitems(self, items):
        clause = mutant.clause
        items[:] = [i for i in items if clause in [m.args[0] for m in i.iter_markers("clause")]]

names, files = sys.argv[1].split(), sys.argv[2:]
for mutant in MUTANTS:
    if mutant.name in names:
        for module in [name for name in sys.modules if name.startswith("test_")]:
            del sys.modules[module]  # it may hold models that an earlier mutant has made
        with mutant.applied():
            options = ["-qx", "--no-header", "-p", "no:cacheprovider", "--iut-profile", "quick"]
            status = pytest.main([*options, *files], plugins=[Only()])
        print("STATUS", mutant.name, int(status))
"""


def status_of_the_tests(names, *files):
    """By name of each mutant, how pytest ended on the tests of its clause."""
    paths = [str(spec_tests() / file) for file in files]
    command = [sys.executable, "-c", RUN, " ".join(names), *paths]
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=here)
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("STATUS ")]
    return {name: pytest.ExitCode(int(status)) for _, name, status in lines}


def test_every_mutant_is_caught_by_the_tests_of_its_clause():
    names = [name for name in NAMES if name not in NEED_KERAS]
    assert status_of_the_tests(names, *OWN) == dict.fromkeys(names, pytest.ExitCode.TESTS_FAILED)


@pytest.mark.keras
def test_the_others_are_caught_with_keras():
    assert status_of_the_tests(NEED_KERAS, *KERAS) == dict.fromkeys(
        NEED_KERAS, pytest.ExitCode.TESTS_FAILED
    )
