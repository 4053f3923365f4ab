"""The same conv2d assignment graded by otter-grader, nbgrader and refcnn, in one run.

    python -m venv /tmp/peers
    /tmp/peers/bin/pip install . otter-grader nbgrader
    /tmp/peers/bin/python benchmarks/graders.py --count 20

A class is made in a temporary folder (`graders_class.py`): every fifth submission is right,
each of the others has one known mistake. refcnn gets them as .py files; otter-grader and
nbgrader get notebooks, and a test of a handful of `np.allclose` checks. Each tool grades by its
own batch interface with one worker, the class in portions, the tools in turn, so that what
else the machine does falls on all of them:

- nbgrader: `nbgrader autograde`, once a portion;
- otter-grader: `otter run`, once a submission: `otter grade` takes many at a time, but in
  Docker containers, which have to be started, too;
- refcnn: `refcnn grade --workers 1`, once a portion, sandbox included.

Read the columns apart. Seconds are the tool's. What is missed is the test's: nbgrader and
otter-grader run whatever tests a teacher writes, and with better ones they would miss less.
A tool that is not installed is named, with the command that installs it; the others run.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from graders_class import ASSIGNMENT, POINTS, WRONG, checks, notebook, otter_test, submissions
from rich.console import Console
from rich.table import Table

from refcnn.grading.cases import Setup

SEED = "5d" * 32
TOTAL = 10
SECONDS = 3600  # for one command
NOTE = (
    "otter-grader: `otter run` for each submission, without a container; `otter grade` needs "
    "Docker.\nnbgrader, otter-grader: missed mistakes are those of a conventional test, "
    "--show-test prints it."
)


class ToolError(RuntimeError):
    """A tool that did not do its work; the message is what it said last."""


def last(said):
    """The last words of a command, without the boxes around them."""
    lines = [line.strip(" \u2502") for line in said.splitlines()]
    words = [line for line in lines if any(c.isalnum() for c in line)]
    return words[-1] if words else "it said nothing"


@dataclass
class Tool:
    """A grader: how it is prepared, how it grades a portion, and what came of it."""

    name: str
    folder: Path
    seconds: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    problem: str = ""

    def prepare(self, portions):
        """Lay out the assignment and the submissions; not timed."""
        raise NotImplementedError

    def grade(self, number, portion):
        """Grade a portion of the class; timed."""
        raise NotImplementedError

    def collect(self, portions):
        """Submission -> points; not timed."""
        raise NotImplementedError

    def command(self, *arguments):
        """Run a module of this Python, with one thread, and without the user's settings."""
        home = {name: str(self.folder) for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR")}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
        done = subprocess.run(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, **home, **threads, "PATH": path, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, (done.stdout + done.stderr).strip()

    def must(self, *arguments):
        """The same, if it is a fault that the exit status is not 0."""
        status, said = self.command(*arguments)
        if status:
            raise ToolError(f"{arguments[0]} {arguments[1]}: exit status {status}: {last(said)}")


class Refcnn(Tool):
    """`refcnn grade` of a folder of .py files."""

    def prepare(self, portions):
        (self.folder / "assignment").mkdir()
        (self.folder / "assignment/assignment.toml").write_text(ASSIGNMENT, "utf-8")
        (self.folder / "assignment/seed.txt").write_text(SEED, "utf-8")
        Setup.of(self.folder / "assignment")  # makes the cases, once for each assignment
        for number, portion in enumerate(portions):
            (self.folder / f"class{number}").mkdir()
            for one in portion:
                (self.folder / f"class{number}/{one.id}.py").write_text(one.source, "utf-8")

    def grade(self, number, portion):
        options = ("--assignment", "assignment", "--out", f"out{number}", "--workers", 1)
        status, said = self.command("refcnn", "grade", f"class{number}", *options)
        if not list(self.folder.glob(f"out{number}/**/grades.json")):
            raise ToolError(f"refcnn grade: exit status {status}: {last(said)}")

    def collect(self, portions):
        for path in self.folder.glob("out*/**/grades.json"):
            for one in json.loads(path.read_text("utf-8"))["submissions"]:
                if one["earned"] is not None:
                    self.scores[one["id"]] = one["earned"]


class NbGrader(Tool):
    """`nbgrader autograde` of a course directory."""

    def prepare(self, portions):
        import nbformat

        (self.folder / "nbgrader_config.py").write_text(
            "c = get_config()\nc.CourseDirectory.course_id = 'cnn'\n", "utf-8"
        )
        source = self.folder / "source/conv2d/conv2d.ipynb"
        source.parent.mkdir(parents=True)
        stub = "### BEGIN SOLUTION\npass\n### END SOLUTION"
        nbformat.write(notebook(stub, nbgrader=True), source)
        self.must("nbgrader", "generate_assignment", "conv2d", "--create")
        release = nbformat.read(self.folder / "release/conv2d/conv2d.ipynb", 4)
        for number, portion in enumerate(portions):
            for one in portion:
                path = self.folder / f"submitted/p{number}-{one.id}/conv2d/conv2d.ipynb"
                path.parent.mkdir(parents=True)
                release.cells[0].source = one.source
                nbformat.write(release, path)

    def grade(self, number, portion):
        self.must("nbgrader", "autograde", "conv2d", f"--student=p{number}-*")

    def collect(self, portions):
        self.must("nbgrader", "export", "--to=grades.csv")
        with (self.folder / "grades.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                self.scores[row["student_id"].partition("-")[2]] = float(row["score"] or 0)


class Otter(Tool):
    """`otter run` of each notebook against one zip of tests."""

    def prepare(self, portions):
        import nbformat

        (self.folder / "tests").mkdir()
        (self.folder / "tests/conv2d.py").write_text(otter_test(), "utf-8")
        plain = ("--no-config", "--no-requirements", "--no-environment")
        self.must("otter", "generate", "-t", "tests", "-o", "tests.zip", *plain)
        for one in (one for portion in portions for one in portion):
            nbformat.write(notebook(one.source, nbgrader=False), self.folder / f"{one.id}.ipynb")

    def grade(self, number, portion):
        for one in portion:
            (self.folder / "out" / one.id).mkdir(parents=True)
            zipped = ("-a", "tests.zip", "-o", f"out/{one.id}", f"{one.id}.ipynb")
            self.must("otter", "run", "--no-logo", *zipped)

    def collect(self, portions):
        for path in self.folder.glob("out/*/results.json"):
            tests = json.loads(path.read_text("utf-8"))["tests"]
            self.scores[path.parent.name] = sum(test.get("score") or 0 for test in tests)


TOOLS = {
    "refcnn": (Refcnn, "refcnn", "pip install ."),
    "nbgrader": (NbGrader, "nbgrader", "pip install nbgrader"),
    "otter-grader": (Otter, "otter", "pip install otter-grader"),
}


def guarded(tool, act, *arguments):
    """Do something with a tool, unless it failed before; True if it went well."""
    if not tool.problem:
        try:
            act(*arguments)
        except (ToolError, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as error:
            tool.problem = f"failed; {error}"
    return not tool.problem


def measured(names, made, size, root, console):
    """All tools, after they graded the class, portion by portion, in turn."""
    portions = [made[at : at + size] for at in range(0, len(made), size)]
    tools = []
    for name in names:
        kind, module, install = TOOLS[name]
        (root / module).mkdir()
        tools.append(tool := kind(name, root / module))
        if find_spec(module) is None:
            tool.problem = f"not installed; {install}"
        guarded(tool, tool.prepare, portions)
    for number, portion in enumerate(portions):
        turn = number % len(tools)
        for tool in tools[turn:] + tools[:turn]:
            start = time.perf_counter()
            if guarded(tool, tool.grade, number, portion):
                tool.seconds += (spent := time.perf_counter() - start)
                console.print(f"portion {number + 1}, {tool.name}: {spent:.1f} s", style="dim")
    for tool in tools:
        guarded(tool, tool.collect, portions)
    return tools


def table(tools, made):
    """A row for each tool."""
    grid = Table(title=f"{len(made)} submissions, one worker each", title_justify="left")
    for column in ("", "s a submission", "x refcnn", "missed mistakes", "right ones marked down"):
        grid.add_column(column, justify="right" if column else "left")
    wrong = [one.id for one in made if one.mistake]
    right = [one.id for one in made if not one.mistake]
    unit = next((t.seconds for t in tools if t.name == "refcnn" and not t.problem), 0.0)
    for tool in tools:
        if tool.problem:
            grid.add_row(tool.name, tool.problem.partition(";")[0])
            continue
        missed = sum(tool.scores.get(name, 0) >= TOTAL for name in wrong)
        unfair = sum(tool.scores.get(name, 0) < TOTAL for name in right)
        grid.add_row(
            tool.name,
            f"{tool.seconds / len(made):.3f}",
            f"{tool.seconds / unit:.1f}" if unit else "",
            f"{missed} of {len(wrong)}",
            f"{unfair} of {len(right)}",
        )
    return grid


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--count", type=int, default=20, help="submissions")
    parser.add_argument("--portion", type=int, default=10, help="submissions in one batch")
    parser.add_argument("--tools", default=",".join(TOOLS), help="only these, with commas")
    parser.add_argument("--show-test", action="store_true", help="print the test, and stop")
    chosen = parser.parse_args()
    names = [name.strip() for name in chosen.tools.split(",")]
    if unknown := [name for name in names if name not in TOOLS]:
        parser.error(f"there is no tool {unknown[0]!r}; they are {', '.join(TOOLS)}")
    if chosen.count < 1 or chosen.portion < 1:
        parser.error("--count and --portion must be at least 1")
    if chosen.show_test:
        print("\n\n".join(f"# {name}: {POINTS} points\n{body}" for name, body in checks().items()))
        return
    console, made = Console(), submissions(chosen.count)
    with tempfile.TemporaryDirectory(prefix="graders-") as root:
        tools = measured(names, made, chosen.portion, Path(root), console)
    console.print(table(tools, made))
    for tool in tools:
        if tool.problem:
            console.print(f"{tool.name}: {tool.problem}", markup=False)
        full = {one.mistake for one in made if tool.scores.get(one.id, 0) >= TOTAL} - {""}
        for mistake in [m for m in WRONG if m in full]:
            console.print(f"{tool.name} missed: {mistake}")
    console.print(NOTE)


if __name__ == "__main__":
    main()
