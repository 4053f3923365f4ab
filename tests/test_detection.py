"""`refcnn mutants` and `refcnn vectors build` as a user runs them."""

import json
import shutil
from itertools import chain

import numpy as np
import pytest
from command import run
from typer.testing import CliRunner

from refcnn import cli
from refcnn.cli.measurements import run_mutants
from refcnn.diagnosis import power as measuring
from refcnn.diagnosis.power import measure, surviving_pairs, wrongly_failed
from refcnn.run import killing_properties
from refcnn.suite.alternatives import Alternative, alternatives
from refcnn.suite.mutants import mutants
from refcnn.suite.paths import golden, spec_tests
from refcnn.suite.registry import OPERATORS
from refcnn.suite.vector_files import STEMS, public

ROOT = spec_tests().parent


def test_the_vectors_alone_kill_every_mutant_and_wrong_nobody(tmp_path):
    out, _ = run("mutants", "--json", tmp_path / "kills.json", status=0)
    report = json.loads((tmp_path / "kills.json").read_text("utf-8"))
    killed = [m for m in report["mutants"] if len(m["killed_by_vectors"]) >= 2]
    assert len(killed) == len(report["mutants"]) == report["killed"] > 380
    assert [name for name, found in report["alternatives"].items() if found["fails"]] == []
    assert len(report["alternatives"]) >= 24
    assert f"{len(killed)} of {len(killed)} mutants killed (100.0 %, " in " ".join(out.split())
    assert {m["operator"] for m in report["mutants"]} == {*OPERATORS}


def test_the_kill_matrix_says_what_the_vectors_say():
    """Each vector records its kills; asking again finds the same ones."""
    few = [m for m in mutants() if m.operator in ("relu", "flatten")]
    found = measure(public(), few, [])
    for mutant in few:
        recorded = [v.id for v in public()[mutant.operator] if mutant.name in v.kills]
        assert list(found.kills[mutant.id]) == recorded


def test_the_page_of_mistakes_is_up_to_date(tmp_path):
    run("mutants", "--markdown", tmp_path / "mistakes.md", status=0)
    page = (ROOT / "docs" / "mistakes.md").read_text("utf-8")
    assert (tmp_path / "mistakes.md").read_text("utf-8") == page


def test_every_mutant_can_be_listed():
    out, _ = run("mutants", "--ops", "relu", "--list", status=0)
    assert "the catalogue of mistakes" in out
    assert out.count("relu/") >= 40
    assert "model" not in out


def without(directory, stem, keep):
    """The public vectors, but for those of a stem that are not kept."""
    shutil.copytree(golden(), directory, dirs_exist_ok=True)
    path = directory / f"{stem}.json"
    content = json.loads(path.read_text("utf-8"))
    content["vectors"] = [v for v in content["vectors"] if keep(v)]
    path.write_text(json.dumps(content), "utf-8")
    return directory


def test_survivors_are_named_and_are_an_error(tmp_path):
    keep = lambda v: "leaky" not in v["kills"] or v["case"]["operator"] != "relu"  # noqa: E731
    directory = without(tmp_path, "relu", keep)
    out, _ = run("mutants", "--ops", "relu", "--vectors", directory, status=1)
    assert "survives: relu/leaky: " in out


def test_false_alarms_are_named_and_are_an_error(monkeypatch, capsys):
    wrong = Alternative("relu", "not-right", "It is wrong.", lambda x: np.abs(np.asarray(x)))
    assert len(wrongly_failed(wrong, public()["relu"])) > 3
    monkeypatch.setattr("refcnn.cli.measurements.alternatives", lambda: (wrong,))
    done = CliRunner().invoke(cli.app, ["mutants", "--ops", "relu"])
    assert done.exit_code == 1
    assert "false alarm: relu/not-right is right, but fails relu/" in done.output


@pytest.mark.parametrize("alternative", alternatives(), ids=lambda v: v.id)
def test_no_alternative_fails_a_vector(alternative):
    assert wrongly_failed(alternative, public()[alternative.operator]) == []


def test_properties_kill_as_well(monkeypatch, capsys):
    names = killing_properties("relu/leaky")
    assert "relu_keeps_what_is_positive" in names
    assert not any("golden" in name for name in names)
    few = tuple(m for m in mutants() if m.id in ("relu/leaky", "relu/elu"))
    monkeypatch.setattr("refcnn.cli.measurements.mutants", lambda: few)
    _, found = run_mutants(["relu"], None, each=True, properties=True)
    assert found.keys() == {"relu/leaky", "relu/elu"}
    assert all(found.values())
    assert "properties" in capsys.readouterr().out


def test_a_mutant_that_no_property_fails_is_named(monkeypatch, capsys):
    monkeypatch.setattr("refcnn.cli.measurements.killing_properties", str.split)
    monkeypatch.setattr("refcnn.cli.measurements.ProcessPoolExecutor", _Here)
    few = tuple(m for m in mutants() if m.id == "relu/leaky")
    monkeypatch.setattr("refcnn.cli.measurements.mutants", lambda: few)
    monkeypatch.setattr("refcnn.cli.measurements.killing_properties", lambda _: [])
    run_mutants(["relu"], None, each=False, properties=True)
    assert "no property fails it: relu/leaky" in capsys.readouterr().out


class _Here:
    """A pool that works in this process."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    map = staticmethod(map)


def test_pairs_of_mistakes_hardly_ever_hide_one_another():
    count, alive = surviving_pairs(public(), ["relu"])
    assert count > 800
    assert len(alive) <= 2
    assert measuring.REFERENCE.keys() == {*OPERATORS}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mutants", "--ops", "relus"], "--ops: 'relus' is not known; did you mean relu?"),
        (["mutants", "--vectors", "nowhere"], "there is no file nowhere"),
        (["mutants", "--json", "no/such/place.json"], "--json: no file can be written at"),
        (["mutants", "--markdown", "/"], "--markdown: no file can be written at /"),
        (["vectors", "build", "{golden}"], "exists; --force overwrites it"),
        (["vectors", "build", "{golden}/conv2d.json"], "is not a directory"),
        (["vectors", "build", "{tmp}", "--seed", "-1"], "should be greater than or equal to 0"),
    ],
)
def test_mistakes_of_the_user(arguments, sentence, tmp_path):
    places = {"golden": golden(), "tmp": tmp_path}
    _, err = run(*(a.format(**places) for a in arguments), status=2)
    told = " ".join(err.replace("│", " ").split())
    assert sentence in told.replace(f"{golden()}", "").replace("  ", " ")


def test_a_private_set_is_built_and_measured(tmp_path, monkeypatch, pytestconfig):
    """Of a few operators; of all of them with --iut-profile thorough."""
    private, stems, asked = tmp_path / "private", STEMS, []
    if pytestconfig.getoption("iut_profile") != "thorough":
        stems = {stem: STEMS[stem] for stem in ("flatten", "softmax", "relu_backward")}
        operators = [*chain.from_iterable(stems.values())]
        monkeypatch.setattr("refcnn.suite.vector_files.STEMS", stems)
        monkeypatch.setattr("refcnn.cli.measurements.STEMS", stems)
        monkeypatch.setattr("refcnn.cli.measurements.OPERATORS", operators)
        asked = ["--ops", ",".join(operators)]
    done = CliRunner().invoke(cli.app, ["vectors", "build", str(private), "--seed", str(2**63)])
    assert done.exit_code == 0, done.output
    assert "vectors of" in done.output
    assert {p.stem for p in private.iterdir()} == {*stems}
    done = CliRunner().invoke(cli.app, ["mutants", "--vectors", str(private), *asked])
    assert done.exit_code == 0, done.output
    assert "(100.0 %, of the vectors alone:" in " ".join(done.output.split())


def test_no_set_can_be_chosen_from_too_little(monkeypatch, tmp_path):
    monkeypatch.setattr("refcnn.diagnosis.select.MOST_ROUNDS", 1)
    monkeypatch.setattr("refcnn.diagnosis.select.ROUNDS", 1)
    monkeypatch.setattr("refcnn.diagnosis.select.FURTHER", 1)
    done = CliRunner().invoke(cli.app, ["vectors", "build", str(tmp_path / "new")])
    assert done.exit_code == 2
    assert "no set of vectors could be chosen: conv2d: no vectors for" in done.stderr
    assert not (tmp_path / "new").exists()
