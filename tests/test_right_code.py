"""Right code is called right, and what is said of wrong code is true: a file for each kind."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refcnn import cli

FOLDER = Path(__file__).parent / "right_code"
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text("utf-8"))


def report(name, said):
    """The exit status of `check`, and its report as one line, without frames."""
    like = ["--like", said["like"]] if "like" in said else []
    done = CliRunner(env={"COLUMNS": "400"}).invoke(
        cli.app, ["check", str(FOLDER / f"{name}.py"), *like]
    )
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.output).split())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_said_of_it(name):
    said = EXPECTED[name]
    status, text = report(name, said)
    assert status == said["exit"], text
    told = " ".join(re.findall(r"limits: .*? lie beyond", text))
    assert [words for words in said.get("limits", []) if words not in told] == []
    words = Counter(said.get("says", []))
    assert [word for word, times in words.items() if text.count(word) < times] == []
    assert [words for words in said.get("never", []) if words in text] == []


def test_every_file_has_its_expectation():
    assert {path.stem for path in FOLDER.glob("*.py")} == {*EXPECTED}
