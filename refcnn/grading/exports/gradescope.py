"""Gradescope: results.json of one submission, and the autograder as a zip file.

Gradescope takes any fault in results.json for a fault of the autograder, and shows the
total only if no item is hidden. What students may see is therefore chosen item by item.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from refcnn.grading.assignment import FILE, SEED, Assignment
from refcnn.grading.cases import CACHE, Setup
from refcnn.grading.exports.csv_text import ExportError
from refcnn.grading.exports.wheel import packed, wheel
from refcnn.grading.exports.words import clean, line, score, score_of, summary, trouble
from refcnn.grading.report import Item, Report, State
from refcnn.implementations.files import write_whole

Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]

FORMATS = {
    "output_format": "text",  # never HTML or Markdown: some of it came from the submission
    "test_output_format": "text",
    "test_name_format": "text",
    "visibility": "visible",
    "stdout_visibility": "hidden",  # what is printed is for the teacher
}
UNFINISHED = "Grading did not finish. Submit again; if this stays, tell your teacher."

SETUP = """\
#!/usr/bin/env bash
# Installs, when the autograder is built, the refcnn beside this file.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends python3 python3-pip python3-venv libseccomp2
python=python3
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then  # Ubuntu 22.04
    apt-get install -y --no-install-recommends python3.11 python3.11-venv
    python=python3.11
fi
"$python" -m venv /opt/refcnn
/opt/refcnn/bin/pip install --no-cache-dir /autograder/source/{wheel}
chmod -R go-rwx /autograder/source/assignment
"""
RUN = """\
#!/usr/bin/env bash
# Grades one submission. What is printed here is for the teacher's eyes alone.
cd /autograder
/opt/refcnn/bin/refcnn grade /autograder/submission --one \\
    --assignment /autograder/source/assignment \\
    --gradescope /autograder/results/results.json
echo "refcnn ended with status $?"
"""


def results(
    report: Report,
    *,
    hidden: Visibility = "after_published",
    execution_time: float | None = None,
) -> dict[str, Any]:
    """The content of results.json; `hidden` is when students see the hidden items.

    After a fault of the grader's there is no score in it, which Gradescope shows as an
    autograder that failed: a zero would look like the student's.
    """
    settled = score(report)
    said = [] if settled is not None else ["The grader failed, not you: no score yet."]
    said += [clean(text) for text in (report.problem, *report.notes) if text]
    tests = [
        _test(i, item, hidden, settled=settled is not None)
        for i, item in enumerate(report.items, 1)
    ]
    return {
        **({} if settled is None else {"score": round(settled, 6)}),
        **({"execution_time": execution_time} if _is_time(execution_time) else {}),
        **({"output": "\n".join(said)} if said else {}),
        **FORMATS,
        "extra_data": report.provenance.model_dump(),
        "tests": tests + _for_the_teacher(report, len(tests) + 1),
    }


def _is_time(seconds: float | None) -> bool:
    return seconds is not None and math.isfinite(seconds)


def _test(number: int, item: Item, hidden: Visibility, *, settled: bool) -> dict[str, Any]:
    earned = score_of(item) if settled else None
    return {
        **({} if earned is None else {"score": round(earned, 6), "max_score": item.points}),
        "status": "passed" if item.state is State.PASS else "failed",
        "name": line(item.title),
        "number": str(number),
        "output": summary(item),
        "visibility": hidden if item.hidden else "visible",
    }


def _for_the_teacher(report: Report, number: int) -> list[dict[str, Any]]:
    """What should be looked at, as a test without points, which no student is ever shown."""
    said = [line(act) for act in report.acts]
    if score(report) is None:
        said += [trouble(report)]
    if not said:
        return []
    test = {"status": "failed", "name": "For the teacher", "number": str(number)}
    return [{**test, "output": "\n".join(said), "visibility": "hidden"}]


def pessimistic(
    assignment: Assignment, *, hidden: Visibility = "after_published"
) -> dict[str, Any]:
    """A whole results.json with no points, to be written before anything can go wrong."""
    tests = [
        {
            "score": 0.0,
            "max_score": item.points,
            "status": "failed",
            "name": line(item.title),
            "number": str(number),
            "output": UNFINISHED,
            "visibility": hidden if item.hidden else "visible",
        }
        for number, item in enumerate(assignment.item, 1)
    ]
    return {"score": 0.0, "output": UNFINISHED, **FORMATS, "extra_data": {}, "tests": tests}


def write(path: Path, content: dict[str, Any]) -> None:
    """Write results.json, whole or not at all: strict JSON, in which there is no NaN."""
    write_whole(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def autograder_zip(
    assignment_dir: Path, path: Path, done: Callable[[str], None] = lambda _: None
) -> None:
    """Write the zip file that Gradescope builds an autograder from.

    It has this refcnn, and of the assignment what grading needs and nothing else: its cases,
    which are made if they are not there (`done` is told each operator), but no solutions and
    no samples. Equal assignments give equal bytes. Raises ExportError, AssignmentError or
    OSError.
    """
    setup = Setup.of(assignment_dir, done)
    name, own = wheel()
    files = {
        "run_autograder": RUN.encode(),
        "setup.sh": SETUP.format(wheel=name).encode(),
        name: own,
    }
    cases = [f"{CACHE}/{file}" for file in setup.files]
    for each in (FILE, SEED, *cases):
        files[f"assignment/{each}"] = _bytes(assignment_dir / each)
    modes = {each: 0o600 for each in files if each.startswith("assignment/")}
    write_whole(path, packed(files, {**modes, "run_autograder": 0o755, "setup.sh": 0o755}))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}") from None
