"""A new assignment: everything that is needed, right from the start."""

import os
import secrets
import tomllib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from textwrap import fill

from refcnn.grading.assignment import FILE, FORMS, SEED, Assignment, AssignmentError, Policy
from refcnn.grading.authoring import outline
from refcnn.grading.authoring.outline import Sketch
from refcnn.grading.authoring.parts import program, rendered, solution, starter
from refcnn.grading.tastes import rules
from refcnn.implementations.files import write_whole
from refcnn.suite.registry import OPERATORS, content

IGNORE, IGNORED = ".gitignore", ("/.cases/", "/gradescope.zip")
ZIP = "gradescope.zip"
HEAD = "Write these functions, with NumPy alone."
ARRAYS = "Inputs are NumPy arrays of float32 or float64, and are never changed."


def contents(operators: Collection[str], title: str) -> dict[str, str]:
    """All files but the seed, by name; raises AssignmentError if the title will not do."""
    if not title.strip() or not title.isprintable() or len(title) > 200:
        raise AssignmentError("a title is one line of 1 to 200 printable characters")
    asked = [op for op in OPERATORS if op in operators]
    items, samples = outline.items(asked), outline.samples(asked)
    found = {
        FILE: rendered(
            "assignment.toml.j2",
            title=title,
            total=outline.TOTAL,
            forms=FORMS,
            operators=asked,
            items=items,
            samples=samples,
        ),
        "starter.py": program(starter(), asked, _about(items)),
        "solution.py": program(solution(), asked),
    }
    for one, _ in samples:
        about = f"A sample submission, with one mistake: {one.stem.replace('_', ' ')}."
        wrong = content(one.family, f"samples/{one.stem}.py.tmpl")
        found[f"samples/{one.stem}.py"] = program(solution(), asked, about, wrong)
    Assignment.model_validate(tomllib.loads(found[FILE]))
    return found


def _about(items: Iterable[Sketch]) -> str:
    """What the starter begins with: what counts beside right numbers."""
    asked = {clause for item in items for clause in item.clauses}
    counts = rules(Policy().tastes, asked)
    said = " ".join((ARRAYS, *counts))
    return f"{HEAD}\n\n{fill(said, 96)}\n"


def init(directory: Path, files: Mapping[str, str], *, force: bool = False) -> None:
    """Write an assignment, whole or not at all; raises AssignmentError if that cannot be.

    With `force` files of earlier ones are overwritten, the seed never.
    """
    try:
        _usable(directory, force=force)
        _write_all(directory, {**files, IGNORE: _ignoring(directory / IGNORE)})
    except OSError as error:
        where = error.filename or directory
        raise AssignmentError(f"{where} cannot be written: {error.strerror}") from None


def _usable(directory: Path, *, force: bool) -> None:
    if directory.exists() and not directory.is_dir():
        raise AssignmentError(f"{directory} is not a directory; name a new one")
    if not force and directory.exists() and any(directory.iterdir()):
        raise AssignmentError(
            f"{directory} is not empty; name a new one, or overwrite its assignment, starter, "
            f"solution and samples with --force (never {SEED})"
        )


def _write_all(directory: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files and the seed; what is new goes again if one of them cannot be written."""
    new: list[Path] = []
    try:
        for name, content in files.items():
            path = directory / name
            new += [each for each in (directory, path.parent, path) if not each.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        _make_seed(directory / SEED)
    except OSError:
        for path in reversed(new):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise


def _make_seed(path: Path) -> None:
    """A new private seed, which only its owner may read; one that is there stays."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)}\n")
    except OSError:
        path.unlink()  # half a seed would be taken for one
        raise


def _ignoring(path: Path) -> bytes:
    """What .gitignore should say: what it says, and what follows from the seed."""
    lines = path.read_bytes().splitlines() if path.is_file() else []
    lines += [name.encode() for name in IGNORED if name.encode() not in lines]
    return b"".join(line + b"\n" for line in lines)
