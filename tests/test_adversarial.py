"""Submissions that cheat, break or confuse graders, each with the verdict that it must get."""

import ast
import tomllib
from pathlib import Path

import pytest
from adversarial import makers

from refcnn.grading.cases import Setup
from refcnn.grading.grader import Grader, allowed
from refcnn.grading.submissions import collect
from refcnn.implementations.sandbox.nursery import Zygote

HERE = Path(__file__).parent
FOLDER = HERE / "adversarial"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text("utf-8"))
ADVERSARIES = {one.get("file") or one["maker"]: one for one in EXPECTED["adversary"]}
LONGEST = 4100  # characters of any text in a report
LINES = 78  # of the list of threats


@pytest.fixture(scope="module")
def setup():
    return Setup.of(FOLDER / "assignment")


@pytest.fixture(scope="module")
def grader(setup):
    with Zygote(allowed(setup)) as zygote:
        yield Grader(setup, zygote)


def submitted(expected, folder):
    """The submissions of an adversary, as they are collected."""
    if maker := expected.get("maker"):
        path = getattr(makers, maker)(folder)
    else:
        source = (FOLDER / expected["file"]).read_bytes()
        path = makers.files(folder, cnn__py=source, honest__py=makers.HONEST)
    return [*collect([path], one=not expected.get("class"))]


def texts(value):
    """All texts of a report."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def private_words(report):
    """All that is said of private cases."""
    said = [item.happened for item in report.items]
    return " ".join([*said, *(r.reason for item in report.items for r in item.requirements)])


@pytest.fixture(scope="module")
def bystanders(setup, tmp_path_factory):
    """A right, a wrong and a talkative submission, with the reports that they get alone."""
    talkative = (FOLDER / "93_tells_where_it_lies.py").read_bytes().replace(b"honest", b"own")
    found = []
    for source in (makers.HONEST, makers.HONEST + makers.WRONG, talkative):
        path = makers.files(tmp_path_factory.mktemp("alone"), cnn__py=source, own__py=makers.HONEST)
        (submission,) = collect([path], one=True)
        with Zygote(allowed(setup)) as zygote:
            alone = Grader(setup, zygote).grade(submission).model_dump_json()
        found.append((submission, alone))
    return found


def test_a_report_follows_from_the_submission_alone(grader, bystanders):
    for submission, alone in bystanders:
        assert grader.grade(submission).model_dump_json() == alone


@pytest.mark.parametrize("name", ADVERSARIES)
def test_the_adversary_gets_what_it_deserves_and_harms_nobody(grader, bystanders, tmp_path, name):
    expected = ADVERSARIES[name]
    full = grader.setup.assignment.total
    for submission in submitted(expected, tmp_path):
        report = grader.grade(submission)
        told = report.model_dump_json()
        score = full if expected["score"] == "full" else expected["score"]
        assert (report.earned, report.state) == (score, expected["state"]), report.problem
        states = {item.id: item.state for item in report.items}
        assert states | expected.get("items", {}) == states
        assert expected.get("problem", "") in report.problem
        for where, said in (
            ("acts", report.acts),
            ("notes", report.notes),
            ("mistakes", [m for item in report.items for m in item.mistakes]),
        ):
            for part in expected.get(where, []):
                assert part in "\n".join(said), (where, said)
        for part in expected.get("untold", []):
            assert part not in private_words(report)
        found = [*texts(report.model_dump()), submission.person.id, submission.person.name]
        assert [t for t in found if not t.isprintable() or len(t) > LONGEST] == []
        assert len(told) < 10**6
        if report.state == "not run" and "maker" in expected:
            return  # it was not even given to a process
    for submission, alone in bystanders[:2]:
        assert grader.grade(submission).model_dump_json() == alone


def test_every_adversary_is_expected():
    files = {path.name for path in FOLDER.glob("[0-9]*")}
    made = {
        name
        for name, maker in vars(makers).items()
        if getattr(maker, "__module__", "") == makers.__name__
    }
    helpers = {"files", "packed", "patched", "notebook", "_special"}
    assert files | made - helpers == {*ADVERSARIES}


def test_every_line_of_the_list_of_threats_is_kept():
    kept = {one["line"] for one in [*EXPECTED["adversary"], *EXPECTED["property"]]}
    assert {*range(1, LINES + 1)} <= kept


@pytest.mark.parametrize("test", sorted({p["test"] for p in EXPECTED["property"]}))
def test_the_test_of_a_property_is_there(test):
    path, _, name = test.partition("::")
    tree = ast.parse((HERE.parent / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
