"""The commands about grading as a teacher meets them: what they print, write, and leave alone."""

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import nbformat
import psutil
import pytest

from refcnn.cli import main
from refcnn.grading import course
from refcnn.grading.batch import Batch
from refcnn.grading.cases import Setup
from refcnn.grading.engines import Local
from refcnn.grading.grader import Grader
from refcnn.grading.store import Store
from refcnn.implementations.sandbox.nursery import SandboxError
from refcnn.implementations.sandbox.selftest import ACTS, Attempt

SEED = "5a" * 32
ASSIGNMENT = """\
title = "Rectified"
total = {points}

[limits]
seconds_to_load = 60

[[item]]
id = "relu"
title = "ReLU"
points = {points}
operators = ["relu"]
"""
RIGHT = "import numpy as np\n\n\ndef relu(x):\n    return np.maximum(x, 0)\n"
WRONG = RIGHT.replace("maximum", "minimum")
NOTEBOOK = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(RIGHT)]))
HANGS = "while True:\n    pass\n"
HOSTILE = "=cmd, <b>'q"
CLASS = {
    "ada.py": RIGHT,
    "bela.py": WRONG,
    "cleo.ipynb": NOTEBOOK,
    "copy.py": RIGHT,
    "dara/cnn.py": "from helpers import relu\n",
    "dara/helpers.py": RIGHT,
    "emil.py": "def relu(x:\n",
    "finn/notes.txt": "later",
    f"{HOSTILE}.py": RIGHT,
}
SCORES = {
    HOSTILE: "10",
    "ada": "10",
    "bela": "5",
    "cleo": "10",
    "copy": "10",
    "dara": "10",
    "emil": "0",
    "finn": "0",
}


def written(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def run(*arguments, status=0):
    """`refcnn ARGUMENTS` in this process: what it said, and what it said aside."""
    out, err = StringIO(), StringIO()
    command = ["refcnn", *map(str, arguments)]
    with (
        patch("sys.argv", command),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert ended.value.code == status, out.getvalue() + err.getvalue()
    return out.getvalue(), err.getvalue()


def refused(*arguments):
    """The one sentence of a command that ends with exit status 2."""
    out, err = run(*arguments, status=2)
    assert out == ""
    said = " ".join(re.sub("[│╭╮╰╯─]", " ", err).split())
    usage = re.match(r"Usage: .* Error Invalid value: (.*)", said)
    return usage[1] if usage else said.removeprefix("refcnn: ")


def files_of(folder):
    """All files but the database, which has the order of its making in it."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in paths
        if not path.name.startswith("results.sqlite3")
    }


def table(out):
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def times(out):
    with Store(out) as store:
        return store.times()


@pytest.fixture(scope="module")
def homework(tmp_path_factory):
    """An assignment whose private cases are made already."""
    folder = tmp_path_factory.mktemp("homework")
    written(folder, {"assignment.toml": ASSIGNMENT.format(points=10), "seed.txt": SEED})
    run("grade", "--one", "--trust", written(folder, {"x.py": RIGHT}) / "x.py", "-a", folder)
    return folder


@pytest.fixture
def own(homework, tmp_path):
    """A copy of it, which may be changed."""
    return Path(shutil.copytree(homework, tmp_path / "homework"))


@pytest.fixture(scope="module")
def graded(homework, tmp_path_factory):
    """A class that was graded: submissions, output, and what was said."""
    folder = tmp_path_factory.mktemp("graded")
    submissions = written(folder / "class", CLASS)
    said, aside = run("grade", submissions, "-a", homework, "-o", folder / "out", "--workers", 2)
    assert aside == ""
    return submissions, folder / "out", said


def test_a_class_is_graded(graded):
    _, out, said = graded
    rows = table(out)
    assert {row["id"].removeprefix("'"): row["earned"] for row in rows.values()} == SCORES
    assert "not clear" not in said
    assert re.search(r"bela +5 / 10", said)
    assert f"8 graded; look at {out}/class.html" in said.replace("\n", "")
    assert {row["isolation"] for row in provenances(out)} != {"none: trusted"}


def provenances(out):
    with Store(out) as store:
        return [each.report.provenance.model_dump() for each in store.graded()]


def test_pages_and_gradebooks_are_written(graded):
    _, out, _ = graded
    names = {path.name for path in out.iterdir()}
    assert names >= {
        "class.html",
        "grades.csv",
        "grades.json",
        "junit.xml",
        "nbgrader.csv",
        "otter.csv",
        "pages",
        "results.sqlite3",
        "run.json",
    }
    pages = {path.name for path in (out / "pages").iterdir()}
    assert len(pages) == len(SCORES)
    assert {"ada.html", "emil.html"} <= pages
    assert "5 of 10 points" in (out / "pages" / "bela.html").read_text("utf-8")
    assert len(json.loads((out / "grades.json").read_text("utf-8"))) > 0


def test_equal_work_is_graded_once(graded):
    _, out, _ = graded
    with Store(out) as store:
        keys = {g.person.id: g.report.provenance.submission for g in store.graded()}
        assert keys["ada"] == keys["copy"] == keys[HOSTILE]
        assert len(store.times()) == len(set(keys.values())) == 6


def test_the_same_command_again_grades_nothing_and_changes_nothing(graded, homework):
    submissions, out, said = graded
    before = files_of(out)
    again, _ = run("grade", submissions, "-a", homework, "-o", out, "--workers", 1)
    assert again == said
    assert files_of(out) == before
    assert set(times(out).values()) == {1}


def test_another_folder_and_number_of_workers_give_the_same_files(graded, homework, tmp_path):
    submissions, out, _ = graded
    run("grade", submissions, "-a", homework, "-o", tmp_path / "out", "--workers", 1)
    assert files_of(tmp_path / "out") == files_of(out)


# Mistakes in the command.


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"assignment.toml": "title ="}, "assignment.toml cannot be read: Invalid value"),
        ({"assignment.toml": 'title = "x"\ntotal = 1'}, "assignment.toml: item: Field required"),
        ({"seed.txt": "5a5a"}, "seed.txt must hold 64 hexadecimal digits and nothing else"),
        ({"seed.txt": None}, "seed.txt cannot be read"),
        ({"assignment.toml": None}, "there is no"),
    ],
)
def test_an_assignment_that_cannot_be_used_is_one_sentence(
    own, tmp_path, monkeypatch, change, said
):
    monkeypatch.chdir(tmp_path)
    for name, text in change.items():
        (own / name).unlink()
        if text is not None:
            (own / name).write_text(text)
    written(tmp_path, {"ada.py": RIGHT})
    for more in ([], ["--one"]):
        assert said in refused("grade", "ada.py", "-a", "homework", "-o", "out", *more)
    assert {path.name for path in tmp_path.iterdir()} == {"ada.py", "homework"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "nobody does not exist; name a file, a folder or a zip"),
        (["ada.py", "nobody"], "nobody does not exist; name a file, a folder or a zip"),
        ([], "name what is to be graded: files, folders or a zip"),
        (["empty"], "empty has no submission in it: no .py, .ipynb or .zip file"),
        (
            ["broken.zip"],
            "broken.zip is not a zip archive that can be read: File is not a zip file",
        ),
        (["ada.py", "ada.py", "--one"], "--one and --gradescope take one PATH"),
        (["nobody", "--one"], "nobody does not exist; name a file, a folder or a zip"),
        (
            ["ada.py", "--canvas", "gone.csv"],
            "gone.csv cannot be read: No such file or directory",
        ),
        (
            ["ada.py", "--moodle", "gone.csv"],
            "gone.csv cannot be read: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_graded_is_one_sentence(homework, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(written(tmp_path, {"ada.py": RIGHT, "broken.zip": "", "empty/a.txt": ""}))
    before = files_of(tmp_path)
    assert refused("grade", *arguments, "-a", homework, "-o", "out", "--trust") == said
    assert files_of(tmp_path) == before
    assert not Path("out").exists()


@pytest.mark.parametrize("out", ["ada.py", "ada.py/out", "/proc/nothing/out"])
def test_an_output_that_cannot_be_written_is_one_sentence(homework, tmp_path, monkeypatch, out):
    monkeypatch.chdir(written(tmp_path, {"ada.py": RIGHT}))
    said = refused("grade", "ada.py", "-a", homework, "-o", out, "--trust")
    assert re.fullmatch(r"[A-Z][a-z ]+: (ada\.py|/proc/nothing)\S*", said)
    assert files_of(tmp_path) == {"ada.py": RIGHT.encode()}


def test_results_that_are_no_database_are_one_sentence_and_stay(homework, tmp_path, monkeypatch):
    monkeypatch.chdir(written(tmp_path, {"ada.py": RIGHT, "out/results.sqlite3": "my notes" * 99}))
    said = refused("grade", "ada.py", "-a", homework, "-o", "out", "--trust")
    assert said == "out/results.sqlite3 cannot be used: file is not a database"
    assert Path("out/results.sqlite3").read_text() == "my notes" * 99


def test_regrading_what_was_never_graded_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = refused("regrade", "out")
    assert said == "nothing was graded into out yet: run `refcnn grade` first"
    assert not Path("out").exists()


def test_output_among_the_submissions_is_none_of_them(homework, tmp_path, monkeypatch):
    monkeypatch.chdir(written(tmp_path, {"ada.py": RIGHT, "bela.py": WRONG}))
    shutil.copytree(homework, "homework")
    for _ in range(2):
        run("grade", ".", "-a", "homework", "--trust", "--workers", 1)
        assert [*table(Path("graded"))] == ["ada", "bela"]


def test_two_submissions_with_one_id_cost_nobody_else_a_score(homework, tmp_path, monkeypatch):
    monkeypatch.chdir(
        written(tmp_path, {"c/ada.py": RIGHT, "c/Ada.ipynb": NOTEBOOK, "c/b.py": RIGHT})
    )
    said, _ = run("grade", "c", "-a", homework, "-o", "out", "--trust", "--workers", 1, status=2)
    rows = table(Path("out"))
    assert {name: row["earned"] for name, row in rows.items()} == {"Ada": "", "ada": "", "b": "10"}
    assert rows["ada"]["file"] == "Ada.ipynb, ada.py"
    assert "There are several submissions with this id; keep one of them." in rows["ada"]["problem"]
    assert "2 have no score" in said


def test_the_commitment_is_the_digest_of_the_seed_and_nothing_else(homework):
    said, aside = run("grade", "-a", homework, "--commit")
    assert (said, aside) == (hashlib.sha256(bytes.fromhex(SEED)).hexdigest() + "\n", "")


# One submission.


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"cnn.py": "from helpers import relu\n", "helpers.py": RIGHT}, "10 of 10 points"),
        ({"a.py": RIGHT, "b.py": WRONG}, "it is not clear which one counts (a.py, b.py)"),
    ],
)
def test_one_submission_may_be_a_folder(homework, tmp_path, files, said):
    folder = written(tmp_path / "submission", files)
    told, _ = run("grade", folder, "--one", "--trust", "-a", homework)
    assert said in " ".join(told.split())
    assert [*tmp_path.iterdir()] == [folder]


def gradescope(homework, path, *options, status=0):
    """What is in results.json, and what was said aside."""
    results = path.parent / "results.json"
    _, aside = run(
        "grade", path, "--one", "-a", homework, "--gradescope", results, *options, status=status
    )
    return json.loads(results.read_text("utf-8")), aside


def test_gradescope_is_told_the_score_of_each_item(homework, tmp_path):
    submission = written(tmp_path / "submission", {"cnn.py": WRONG})
    found, aside = gradescope(homework, submission)
    assert (found["score"], aside) == (5, "")
    assert [(t["score"], t["max_score"], t["status"]) for t in found["tests"]] == [
        (5, 10, "failed")
    ]
    assert found["extra_data"]["isolation"] != "none: trusted"


def test_trust_is_stamped_on_the_report(homework, tmp_path):
    submission = written(tmp_path, {"cnn.py": RIGHT}) / "cnn.py"
    found, _ = gradescope(homework, submission, "--trust")
    assert found["score"] == 10
    assert found["extra_data"]["isolation"] == "none: trusted"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SandboxError("no process could be forked"), "no process could be forked"),
        (KeyboardInterrupt(), "stopped"),
        (OSError(28, "No space left on device", "x"), "No space left on device"),
    ],
)
def test_gradescope_finds_no_points_where_grading_has_ended(
    homework, tmp_path, monkeypatch, error, said
):
    def fail(*_):
        raise error

    monkeypatch.setattr(Grader, "grade", fail)
    submission = written(tmp_path / "submission", {"cnn.py": RIGHT})
    found, aside = gradescope(homework, submission, "--trust", status=2)
    assert found["score"] == 0
    assert [(t["score"], t["max_score"]) for t in found["tests"]] == [(0, 10)]
    assert "did not finish" in found["output"]
    assert said in aside
    assert aside.count("\n") == 1


def test_gradescope_finds_no_points_where_there_is_no_submission(homework, tmp_path):
    found, aside = gradescope(homework, tmp_path / "nobody", "--trust", status=2)
    assert found["score"] == 0
    assert "nobody does not exist" in " ".join(aside.split())


# Strangers' code, and no sandbox.


def no_zygote(*_, **__):
    raise SandboxError("Landlock is switched off")


def one_act_succeeds(zygote):
    first = Attempt(ACTS[0], refused=False, how="it succeeded")
    return (first, *(Attempt(act, refused=True, how="refused") for act in ACTS[1:]))


@pytest.mark.parametrize(
    ("name", "double", "why"),
    [
        ("Zygote", no_zygote, "there is no sandbox here: Landlock is switched off"),
        (
            "not_refused",
            lambda _: ["read /etc", "fork"],
            "the sandbox does not hold: read /etc; fork",
        ),
    ],
)
@pytest.mark.parametrize("options", [[], ["--one"], ["--gradescope", "results.json"]])
def test_without_a_sandbox_nothing_is_graded(
    homework, tmp_path, monkeypatch, name, double, why, options
):
    def never(*_):
        raise AssertionError

    monkeypatch.chdir(written(tmp_path, {"ada.py": RIGHT}))
    monkeypatch.setattr(course, name, double)
    monkeypatch.setattr(Grader, "grade", never)
    monkeypatch.setattr(Local, "submit", never)
    said = refused("grade", "ada.py", "-a", homework, "-o", "out", *options)
    assert said == f"{why}; `refcnn doctor` says more; --trust grades without isolation"
    assert not Path("out").exists()


def test_the_doctor_is_content_here():
    said, aside = run("doctor")
    assert f"{len(ACTS)} of {len(ACTS)} forbidden acts are refused" in " ".join(said.split())
    assert aside == ""


def test_the_doctor_says_what_is_not_refused(monkeypatch):
    monkeypatch.setattr("refcnn.implementations.sandbox.selftest.selftest", one_act_succeeds)
    said, _ = run("doctor", status=2)
    assert said.count("NOT REFUSED") == 1
    assert f"{len(ACTS) - 1} of {len(ACTS)} forbidden acts are refused" in " ".join(said.split())
    assert "Submissions of strangers are not graded here." in said


def test_the_doctor_says_that_there_is_no_sandbox(monkeypatch):
    monkeypatch.setattr("refcnn.implementations.sandbox.nursery.Zygote", no_zygote)
    assert refused("doctor") == "there is no sandbox here: Landlock is switched off"


# Grading again.


@pytest.fixture
def changing(own, tmp_path):
    """A class that was graded and is about to change: assignment, submissions, output."""
    submissions = written(
        tmp_path / "class", {"ada.py": RIGHT, "bela.py": WRONG, "cleo.py": f"{RIGHT}# mine\n"}
    )
    out = tmp_path / "out"
    run("grade", submissions, "-a", own, "-o", out, "--trust", "--workers", 1)
    return own, submissions, out


def differences(out):
    """What `regrade --diff` says, by person; None for the last line."""
    said, _ = run("regrade", out, "--diff", "--workers", 1)
    *lines, last = said.splitlines()
    found = {None: [last]}
    for line in lines:
        if line.startswith("  "):
            found[name].append(line.strip())  # noqa: F821 - set by the line above it
        else:
            name, _, scores = line.partition(": ")
            found[name] = [scores]
    return found


def test_regrading_what_has_not_changed_does_nothing(graded):
    _, out, _ = graded
    before = files_of(out)
    assert differences(out) == {None: ["0 scores of 8 have changed"]}
    assert files_of(out) == before
    assert set(times(out).values()) == {1}


def test_other_points_change_every_score(changing):
    own, _, out = changing
    (own / "assignment.toml").write_text(ASSIGNMENT.format(points=20))
    found = differences(out)
    assert found.pop(None) == ["3 scores of 3 have changed"]
    assert {name: lines[0] for name, lines in found.items()} == {
        "ada": "10 -> 20",
        "bela": "5 -> 10",
        "cleo": "10 -> 20",
    }
    for lines in found.values():
        assert re.fullmatch(r"the assignment is another: \w{12} -> \w{12}", lines[1])
        assert re.match(r"relu: [\d.]+ of 10 -> [\d.]+ of 20; ", lines[2])
    assert [row["earned"] for row in table(out).values()] == ["20", "10", "20"]
    assert differences(out) == {None: ["0 scores of 3 have changed"]}


def test_changed_new_and_removed_submissions_are_told(changing):
    _, submissions, out = changing
    written(submissions, {"ada.py": WRONG, "zoe.py": RIGHT})
    (submissions / "cleo.py").unlink()
    found = differences(out)
    assert found.pop(None) == ["3 scores of 3 have changed"]
    assert [*found] == ["ada", "cleo", "zoe"]
    assert found["ada"][0] == "10 -> 5"
    assert re.fullmatch(r"the submission is another: \w{12} -> \w{12}", found["ada"][1])
    assert found["zoe"] == ["none -> 10", "new in this run"]
    assert found["cleo"] == ["10 -> none", "not in this run any more"]
    assert [*table(out)] == ["ada", "bela", "zoe"]
    assert set(times(out).values()) == {1}


def test_a_gradebook_that_was_filled_in_is_filled_in_again(own, tmp_path):
    canvas = tmp_path / "export.csv"
    canvas.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Rectified (9)\n"
        "    Points Possible,,,,,10\n"
        '"Lovelace, Ada",123,a1,ada,S,\n'
    )
    submissions, out = written(tmp_path / "class", {"ada_123_4_cnn.py": RIGHT}), tmp_path / "out"
    options = ["-o", out, "--trust", "--workers", 1, "--canvas", canvas]
    run("grade", submissions, "-a", own, *options)
    assert "123,a1,ada,S,10.00\n" in (out / "canvas.csv").read_text()
    written(submissions, {"ada_123_4_cnn.py": WRONG})
    differences(out)
    assert "123,a1,ada,S,5.00\n" in (out / "canvas.csv").read_text()


def test_a_regrade_that_was_broken_off_still_tells_all(changing, monkeypatch):
    _, submissions, out = changing
    written(submissions, {"ada.py": WRONG, "bela.py": RIGHT})
    done = Batch._done

    def first_only(self, person, *rest):
        if person.id != "ada":
            raise KeyboardInterrupt
        done(self, person, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(Batch, "_done", first_only)
        said = refused("regrade", out, "--diff", "--workers", 1)
        assert said == "stopped; the same command goes on where it was"
    found = differences(out)
    assert found.pop(None) == ["2 scores of 3 have changed"]
    assert {name: lines[0] for name, lines in found.items()} == {
        "ada": "10 -> 5",
        "bela": "5 -> 10",
    }
    assert set(times(out).values()) == {1}


# What the teacher can see of one student.


def test_the_teacher_sees_what_a_student_was_told_and_what_no_student_may_see(homework, tmp_path):
    wrong = "def relu(x):\n    return abs(x)\n"
    submissions = written(tmp_path / "class", {"ada.py": RIGHT, "bela.py": wrong})
    out = tmp_path / "out"
    run("grade", submissions, "-a", homework, "-o", out, "--trust")
    told, _ = run("show", out, "bela")
    assert "bela" in told
    assert "private" not in told
    told, _ = run("show", out, "bela", "--private", "--most", 2)
    shown = re.findall(r"relu/\d+ · evidence of [A-Z]", told)
    assert len(shown) == 2
    assert {each.split()[0] for each in shown} <= {v.id for v in private_vectors(homework)}
    assert re.search(r"\d+ private cases fail; \d+ more with --most \d+", told)
    told, _ = run("show", out, "ada", "--private")
    assert "0 private cases fail" in told
    (submissions / "bela.py").unlink()
    said = refused_after("show", out, "bela", "--private")
    assert said == "what bela handed in is not there any more"
    said = refused("show", out, "bella")
    assert said.startswith("nobody of the id bella was graded into ")
    assert said.endswith("did you mean bela?")
    assert "nothing was graded into" in refused("show", tmp_path / "nowhere", "ada")


def private_vectors(homework):
    return Setup.of(homework).private["relu"]


def refused_after(*arguments):
    """The one sentence aside of a command that ends with exit status 2, whatever it said."""
    return " ".join(run(*arguments, status=2)[1].split()).removeprefix("refcnn: ")


# Ends that nobody has planned.


def test_a_worker_that_is_killed_costs_nobody_a_score(homework, tmp_path, monkeypatch):
    submissions = written(tmp_path / "class", {f"s{i}.py": f"{RIGHT}# {i}\n" for i in range(4)})
    submit, killed = Local.submit, []

    def killing(self, submission, at_most):
        future = submit(self, submission, at_most)
        if not killed:
            killed.extend(self._pool._processes)
            os.kill(killed[0], signal.SIGKILL)
        return future

    monkeypatch.setattr(Local, "submit", killing)
    out = tmp_path / "out"
    run("grade", submissions, "-a", homework, "-o", out, "--trust", "--workers", 1)
    assert len(killed) == 1
    assert [row["earned"] for row in table(out).values()] == ["10"] * 4


def test_stopping_before_anything_was_graded_is_one_sentence(homework, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("refcnn.grading.cases.Setup.of", stop)
    path = written(tmp_path, {"ada.py": RIGHT}) / "ada.py"
    for more in ([], ["--one"]):
        said = refused("grade", path, "-a", homework, "-o", tmp_path / "out", *more)
        assert said == "stopped; the same command goes on where it was"


def test_after_ctrl_c_nothing_is_left_and_the_same_command_goes_on(homework, tmp_path):
    submissions = written(tmp_path / "class", {"ada.py": RIGHT, "zoe.py": HANGS})
    out = tmp_path / "out"
    command = ["grade", submissions, "-a", homework, "-o", out, "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "refcnn", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        patience = time.monotonic() + 60
        while not (out / "pages" / "ada.html").is_file() and time.monotonic() < patience:
            time.sleep(0.05)
        started = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        said, aside = process.communicate(timeout=30)
    assert process.returncode == 2
    assert (said, aside) == ("", "refcnn: stopped; the same command goes on where it was\n")
    assert len(started) >= 3  # a worker, its zygote, the process that hangs
    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert not [path for path in out.rglob("*") if path.name.endswith(".part")]
    written(submissions, {"zoe.py": WRONG})
    run(*command)
    assert {name: row["earned"] for name, row in table(out).items()} == {"ada": "10", "zoe": "5"}
    assert set(times(out).values()) == {1}
