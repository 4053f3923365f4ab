"""Every export of a class into one folder."""

from collections.abc import Sequence
from pathlib import Path

from refcnn.grading.exports import canvas as gradebook
from refcnn.grading.exports import junit, nbgrader, otter, plain
from refcnn.grading.exports import moodle as worksheet
from refcnn.grading.exports.csv_text import ExportError
from refcnn.grading.exports.match import Filled
from refcnn.grading.report import Graded
from refcnn.implementations.files import write_whole

EXPORTS = {  # those that need nothing but the grades: name, file, writer
    "csv": ("grades.csv", plain.text),
    "json": ("grades.json", plain.json_text),
    "nbgrader": ("nbgrader.csv", nbgrader.text),
    "otter": ("otter.csv", otter.text),
    "junit": ("junit.xml", junit.text),
}


def write_all(
    directory: Path,
    graded: Sequence[Graded],
    canvas: Path | None = None,
    canvas_column: str | None = None,
    moodle: Path | None = None,
) -> tuple[str, ...]:
    """Write all exports; returns what to tell the teacher; raises ExportError and writes nothing.

    `canvas` and `moodle` are files that the teacher exported: `canvas.csv` and `moodle.csv` in
    the directory are the same with the grades filled in.
    """
    files = {file: writer(graded) for file, writer in EXPORTS.values()}
    filled: dict[str, Filled] = {}
    if canvas:
        text = _read(canvas, directory / "canvas.csv")
        filled["canvas.csv"] = gradebook.fill(text, graded, canvas_column)
    if moodle:
        filled["moodle.csv"] = worksheet.fill(_read(moodle, directory / "moodle.csv"), graded)
    files |= {name: one.text for name, one in filled.items()}
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_whole(directory / name, text)
    return tuple(f"{name}: {said}" for name, one in filled.items() for said in one.sentences)


def read_given(directory: Path, canvas: Path | None, moodle: Path | None) -> dict[str, str]:
    """The files that the teacher exported, by the names of those filled in; raises ExportError."""
    given = {"canvas.csv": canvas, "moodle.csv": moodle}
    return {name: _read(path, directory / name) for name, path in given.items() if path}


def _read(path: Path, target: Path) -> str:
    """The text of a file as it is, BOM and line ends included."""
    if path.resolve() == target.resolve():
        raise ExportError(f"{path} would be overwritten; keep what was exported elsewhere")
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ExportError(f"{path} is not UTF-8; take the file as it was exported") from None
