"""Forbidden acts, tried inside a confined process: a sandbox is believed once it refused all.

An act counts as refused only if it ends as it must when it is refused: one that is
broken, or fails for another reason, shows nothing.
"""

import os
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from refcnn.implementations.sandbox import tries_files, tries_kernel, trying
from refcnn.implementations.sandbox.nursery import ENVIRONMENT, Zygote
from refcnn.implementations.sandbox.outside import Code, Confined
from refcnn.implementations.sandbox.trying import Act
from refcnn.suite.case import Answer, Case, Outcome
from refcnn.suite.paths import golden
from refcnn.suite.registry import simplest

PARTS = (trying, tries_files, tries_kernel)
# As what they import each other; inside they lie side by side.
HERE = "from refcnn.implementations.sandbox."
OPERATOR = simplest()  # by whose name the acts are asked for
ACTS = tuple(trying.ACTS)
CANARY = b"a file of the grader"
SECONDS = 1.0  # for an act; they take a thousandth of it


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one act."""

    act: Act
    refused: bool
    how: str  # "PermissionError: [Errno 1] Operation not permitted"


def selftest(zygote: Zygote) -> tuple[Attempt, ...]:
    """Try all acts; after one that succeeds or ends its process, a new process goes on."""
    with tempfile.TemporaryDirectory(prefix="refcnn-") as name:
        Path(name).chmod(0o777)  # so that it is not its owner who keeps a process out
        return tuple(_tried(zygote, Path(name)))


def submission(told: Mapping[str, object]) -> Code:
    """The acts as a submission that knows what it is `told`."""
    parts = {f"{part.__name__.rpartition('.')[2]}": part for part in PARTS}
    entry = f"import trying, tries_files, tries_kernel\n{OPERATOR} = trying.tried\n"
    texts = {name: Path(str(part.__file__)).read_text("utf-8") for name, part in parts.items()}
    files = {f"{name}.py": text.replace(HERE, "from ") for name, text in texts.items()}
    files["acts.py"] = f"{entry}trying.TOLD |= {dict(told)!r}\n"
    return Code("acts.py", {name: text.encode() for name, text in files.items()})


def judged(act: Act, outcome: Outcome) -> Attempt:
    """Whether an outcome shows that an act is refused."""
    if not isinstance(outcome, Answer):
        how = str(outcome)
        return Attempt(act, how.startswith(tuple(filter(None, act.refusals))), how)
    if outcome.array.tolist() == [0]:
        return Attempt(act, trying.NOTHING in act.refusals, "nothing was found")
    return Attempt(act, refused=False, how="it succeeded")


def _tried(zygote: Zygote, folder: Path) -> Iterator[Attempt]:
    canary = _laid(folder)
    with Confined(zygote, submission(_told(zygote, canary))) as confined:
        confined.allowed = replace(zygote.allowed, seconds=SECONDS, seconds_to_load=SECONDS)
        for number, act in enumerate(ACTS):
            x = np.array([number], np.float32)
            result = judged(act, confined.run(Case(operator=OPERATOR, inputs={"x": x})))
            if _found(folder) != [CANARY]:
                result = Attempt(act, refused=False, how="it changed the grader's files")
                _laid(folder)
            yield result
            if not result.refused:
                confined.close()


def _laid(folder: Path) -> Path:
    """A file for acts to fail at, in a folder that has nothing else."""
    for path in folder.iterdir():
        path.rmdir() if path.is_dir() else path.unlink()
    canary = folder / "canary"
    canary.write_bytes(CANARY)
    canary.chmod(0o666)
    return canary


def _found(folder: Path) -> list[object]:
    return [path.read_bytes() if path.is_file() else path for path in folder.iterdir()]


def _told(zygote: Zygote, canary: Path) -> dict[str, object]:
    import pyseccomp

    native = pyseccomp.Arch.NATIVE
    return {
        "canary": str(canary),
        "folder": str(canary.parent),
        "package": str(Path(__file__).parents[2]),
        "golden": str(golden()),
        "site": sysconfig.get_path("purelib"),
        "grader": os.getpid(),
        "mebibytes": zygote.allowed.mebibytes,
        "known": [*ENVIRONMENT, "LC_CTYPE"],
        "numbers": {name: pyseccomp.resolve_syscall(native, name) for name in trying.CALLS},
    }
