"""Exports of the offline door: prompts in files, with what helps to answer them.

DIR/prompts/ has the questions, DIR/statement.toml what is stated, DIR/README.md how to
answer; in the format "onnx" DIR/onnx/ has the questions as ONNX backend tests, too.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from refcnn.harness.statement import Statement, checked, read, statement
from refcnn.implementations import layouts, offline_onnx
from refcnn.implementations.files import write_whole
from refcnn.implementations.toml_text import toml
from refcnn.suite.dialects import known_dialects
from refcnn.suite.generators import SUITE
from refcnn.suite.numerics import classes_of
from refcnn.suite.offline_questions import Prompt, prompts
from refcnn.suite.registry import OPERATORS, USUAL, extensions, family_of
from refcnn.suite.tensors import DTYPES
from refcnn.suite.vector_files import STEMS
from refcnn.suite.vectors import Vector

Vectors = Mapping[str, Sequence[Vector]]  # by operator

# What prompts depend on.
ABOUT = ("operators", "dtypes", "attributes", "layout", "kernel_layout", "dense_layout")
FORMATS: dict[str, Mapping[str, Any]] = {"json": {}, "onnx": offline_onnx.STATED}
README = Path(__file__).parent / "offline_readme.md"


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: for whom, which vectors, in which form."""

    stated: Statement
    seed: int | None  # None: vectors from a directory
    format: str = "json"

    def prompts(self, vectors: Vectors) -> list[Prompt]:
        """The prompts; raises ValueError if two vectors have the same id."""
        found = prompts(vectors, self.stated.operators, self.stated.dtypes, self.stated.attributes)
        if self.format == "onnx":
            found = [p for p in found if p.legal]
        names = [p.id for p in found]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two vectors have the id {min(twice)!r}")
        return found

    def texts(self, found: Sequence[Prompt]) -> dict[str, str]:
        """The files of prompts, by stem."""
        files: dict[str, list[Prompt]] = {stem: [] for stem in STEMS}
        for prompt in found:
            files[family_of(prompt.case.operator)].append(prompt)
        return {stem: self._text(own) for stem, own in files.items()}

    def _text(self, found: Sequence[Prompt]) -> str:
        """A file of prompts, one a line."""
        about = {name: getattr(self.stated, name) for name in ABOUT}
        asked = ({"id": p.id, "case": layouts.asked(p.case, self.stated).to_json()} for p in found)
        lines = ",\n".join(json.dumps(one, separators=(",", ":"), allow_nan=False) for one in asked)
        return (
            f'{{\n"suite": {SUITE},\n"seed": {json.dumps(self.seed)},\n'
            f'"format": {json.dumps(self.format)},\n"statement": {json.dumps(about)},\n'
            f'"prompts": [\n{lines}\n]\n}}\n'
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to be exported. `given` are members of a statement (of ABOUT)."""

    given: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = 0
    format: str = "json"
    answers: bool = False  # ONNX backend tests with their outputs, and nothing else
    force: bool = False


def export(directory: Path, vectors: Vectors, wanted: Wanted) -> int:
    """Write an export and return how many questions there are.

    An existing DIR/statement.toml is heeded and left as it is. Raises ValueError with
    one sentence, before anything is written.
    """
    if directory.exists() and not directory.is_dir():
        raise ValueError(f"{directory} is not a directory")
    statement_file = directory / "statement.toml"
    what = Export(_agreed(statement_file, wanted), wanted.seed, wanted.format)
    found = what.prompts(vectors)
    files: dict[Path, bytes] = {}
    if wanted.format == "onnx":
        files |= offline_onnx.files(directory, found, what.stated, answers=wanted.answers)
    if not wanted.answers:
        texts = {directory / "prompts" / f"{s}.json": t for s, t in what.texts(found).items()}
        texts[directory / "README.md"] = README.read_text("utf-8")
        files |= {path: text.encode() for path, text in texts.items()}
    if not wanted.force and (there := sorted(path for path in files if path.exists())):
        raise ValueError(f"{there[0]} exists; --force overwrites it")
    if not wanted.answers and not statement_file.exists():
        files[statement_file] = _template(what).encode()
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    return len(found)


def _agreed(file: Path, wanted: Wanted) -> Statement:
    """What is stated by the options, by the file, and by the format, if they agree."""
    options = checked({name: value for name, value in wanted.given.items() if value}, "the options")
    sources = {
        "the options": options,
        str(file): read(file) if file.exists() else {},
        f"--format {wanted.format}": FORMATS[wanted.format],
    }
    whole: dict[str, Any] = {}
    said_by: dict[str, str] = {}
    for source, members in sources.items():
        if isinstance(members.get("dtypes"), Mapping):
            raise ValueError(f"{source}: dtypes must be a list, of all operators, to be exported")
        for name in (n for n in ABOUT if n in members):
            value = usual(name, members[name])
            if whole.setdefault(name, value) != value:
                raise ValueError(
                    f"{name} is {shown(whole[name])} by {said_by[name]} and {shown(value)} "
                    f"by {source}: make them agree"
                )
            said_by.setdefault(name, source)
    whole = {"operators": USUAL, "dtypes": DTYPES, **whole}
    if empty := [name for name in ("operators", "dtypes") if not whole[name]]:
        raise ValueError(f"{said_by[empty[0]]} names no {empty[0]}: there is nothing to ask")
    return statement({"name": file.parent.resolve().name, **whole})


def usual(name: str, value: Any) -> Any:
    """A member of a statement, with lists in their usual order."""
    order = {"operators": OPERATORS, "dtypes": DTYPES, "attributes": extensions()}.get(name)
    return value if order is None else tuple(word for word in order if word in value)


def shown(value: Any) -> str:
    """A member of a statement, to be read."""
    return value if isinstance(value, str) else ", ".join(value)


def _template(what: Export) -> str:
    """A statement to be filled in."""
    name = "".join(c for c in what.stated.name if c.isprintable())
    about = "\n".join(f"{n} = {toml(getattr(what.stated, n))}" for n in ABOUT[1:])
    summing = " and ".join(filter(classes_of, OPERATORS))
    known = "\n".join(f"#   {d.name}: {d.sentence}" for d in known_dialects().values())
    followed = toml(FORMATS[what.format].get("dialects", []))
    return f"""\
# What is offered, and how it computes.
name = {toml(name)}

# What is not named here is not judged.
operators = {toml(what.stated.operators)}

# What the prompts were written for. After a change here, export again with --force.
{about}

# How {summing} add up: "direct"; "fast" (FFT, Winograd, Strassen);
# "low-precision" (bfloat16, TF32, float16).
algorithm = "direct"

# Other conventions that are followed on purpose, of these:
{known}
dialects = {followed}
"""
