"""The offline door: an implementation that has answered already, in files.

`load` reads an export (see exports.py) and what was answered to it, in DIR/responses/
or DIR/onnx/. The prompts are worked out again from the vectors, so that changed ones are
noticed.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from refcnn.harness.statement import Statement, checked, read, statement
from refcnn.implementations import layouts, offline_onnx
from refcnn.implementations.exports import ABOUT, FORMATS, Export, Vectors, shown, usual
from refcnn.implementations.responses import Inbox
from refcnn.suite.case import Case, Crash, Missing, Outcome
from refcnn.suite.offline_questions import Prompt, key
from refcnn.suite.vector_files import STEMS

JUDGED = ("core", "robust", "gradient", "extended")  # levels of clauses
PURITY = "whether calls have side effects (ANY-3, ANY-4, ANY-5) cannot be told from files"


class OfflineIUT:
    """An implementation whose answers are looked up."""

    def __init__(self, stated: Statement, asked: Sequence[Prompt], inbox: Inbox) -> None:
        """Answer what was `asked` with what is in `inbox`."""
        self.statement, self.violations = stated, inbox.violations
        self._outcomes = inbox.outcomes
        self._names = {key(prompt.case): prompt.id for prompt in asked}

    def name(self, case: Case) -> str:
        """The id of the prompt that asks this question, or "" if none does."""
        return self._names.get(key(case), "")

    def run(self, case: Case) -> Outcome:
        """Look the response to a question up."""
        name = self.name(case)
        if not name:
            return Missing("it was not among the prompts", asked=False)
        silence = Crash(f"no response was given to {name}")
        return layouts.answered(case, self._outcomes.get(name, silence), self.statement)


def exported(directory: Path) -> Export:
    """What DIR says was exported to it; raises ValueError if nothing was."""
    path = directory / "prompts" / f"{next(iter(STEMS))}.json"
    head = _read(path)
    about = head.get("statement") if isinstance(head, dict) else None
    if not isinstance(about, dict) or set(about) != {*ABOUT}:
        raise _changed(path)
    seed, form = head.get("seed", ""), head.get("format")
    if not (seed is None or type(seed) is int) or form not in [*FORMATS]:
        raise _changed(path)
    try:
        return Export(statement(checked(about, path.name)), seed, form)
    except ValueError:
        raise _changed(path) from None


def load(directory: Path, vectors: Vectors) -> OfflineIUT:
    """The implementation that answered the prompts in DIR, which are of these vectors.

    Raises ValueError with one sentence unless the prompts are those that were exported,
    the statement is one for them, and there are responses.
    """
    what = exported(directory)
    asked = what.prompts(vectors)
    for stem, text in what.texts(asked).items():
        path = directory / "prompts" / f"{stem}.json"
        if _canonical(_read(path)) != _canonical(json.loads(text)):
            raise _changed(path)
    stated = _stated(directory, what)
    inbox = Inbox({prompt.id: prompt.case.operator for prompt in asked})
    files = sorted(path for path in (directory / "responses").glob("*.json") if path.is_file())
    for path in files:
        inbox.read(path, f"responses/{path.name}")
    if not offline_onnx.read(directory, inbox) and not files:
        raise ValueError(f"{directory} has no responses; {directory / 'README.md'} says how")
    if silent := len(asked) - len(inbox.outcomes):
        note = f"{silent} of {len(asked)} prompts have no response"
        stated = replace(stated, notes=(*stated.notes, note))
    return OfflineIUT(stated, asked, inbox)


def _stated(directory: Path, what: Export) -> Statement:
    """The statement in DIR, which must be one that the prompts were written for."""
    path, about = directory / "statement.toml", {n: getattr(what.stated, n) for n in ABOUT}
    said = read(path) if path.exists() else {}
    for name in (n for n in ABOUT if n in said):
        mine, theirs = usual(name, said[name]), about[name]
        if not ({*mine} <= {*theirs} if name == "operators" else mine == theirs):
            raise ValueError(
                f"{path} says {name} = {shown(mine)}, but the prompts were written for "
                f"{shown(theirs)}: export again with --force"
            )
    levels = tuple(level for level in said.get("levels", JUDGED) if level in JUDGED)
    if not levels:
        raise ValueError(f"{path} asks for no level that can be judged: {' or '.join(JUDGED)}")
    usually = {"name": directory.resolve().name, **about, **FORMATS[what.format]}
    found = statement({**usually, **said})
    return replace(found, levels=levels, notes=(*found.notes, PURITY), calls=())


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ValueError(f"there is no {path}; refcnn vectors export writes it") from None
    except (ValueError, RecursionError):
        raise _changed(path) from None


def _changed(path: Path) -> ValueError:
    what = f"{path} is not what this refcnn exports from these vectors"
    return ValueError(f"{what}: it was changed, or another version or other vectors were used")


def _canonical(content: Any) -> str:
    """JSON as text that tells 0.0 from -0.0 and does not depend on how it was laid out."""
    return json.dumps(content, sort_keys=True)
