"""What vectors must not be: weak one by one, symmetric all together.

Suites in use have square strides, one channel, palindromic kernels and positive
inputs throughout, so that swapped axes, lost channels and flipped kernels pass
them. Here a set of vectors is refused unless some of it tells such things apart.
"""

from collections.abc import Callable, Iterable

import numpy as np

from refcnn.suite.case import Case
from refcnn.suite.generators import asked_of
from refcnn.suite.roles import WINDOWED
from refcnn.suite.vectors import Vector
from refcnn.suite.windows import lay_out


def why_weak(vector: Vector) -> str:
    """Why a vector by itself proves nothing, or ""."""
    if vector.question.rule:
        return ""
    case = vector.question.case
    answers = [one.hi for one in vector.answers[0].values()]
    if all(answer.size and not answer.any() for answer in answers):
        return "its answer is zero throughout"
    same = case.inputs["x"].size > 1 and len(np.unique(case.inputs["x"])) == 1
    if same and not asked_of(case.operator).constant:
        return "its input is the same number throughout"
    return ""


def _apart(get: Callable[[Case], Iterable[tuple[int, int]]]) -> Callable[[Case], bool]:
    return lambda case: any(a != b for a, b in get(case))


def _strides(case: Case) -> tuple[int, int]:
    return lay_out(case).strides


TELLING: dict[str, dict[str, Callable[[Case], bool]]] = {
    "windowed": {
        "height and width differ": _apart(lambda c: [c.inputs["x"].shape[1:3]]),
        "the window is not square": _apart(lambda c: [lay_out(c).window]),
        "the two strides differ": _apart(lambda c: [_strides(c)]),
        "padding differs before and after": _apart(lambda c: lay_out(c).padding),
        "padding differs on height and width": _apart(lambda c: zip(*lay_out(c).padding)),
        "the stride does not divide the sizes": lambda c: any(
            (n + sum(p) - f) % s
            for n, p, f, s in zip(
                c.inputs["x"].shape[1:3], lay_out(c).padding, lay_out(c).reach, _strides(c)
            )
        ),
    },
    "maps": {
        "there is more than one channel": lambda c: c.inputs["x"].shape[-1] > 1,
    },
    "every": {
        "there is more than one example": lambda c: len(c.inputs["x"]) > 1,
        "some inputs are negative": lambda c: bool((c.inputs["x"] < 0).any()),
        "some inputs are positive": lambda c: bool((c.inputs["x"] > 0).any()),
        "it is in float32": lambda c: c.dtype == "float32",
        "it is in float64": lambda c: c.dtype == "float64",
    },
}


def lint(operator: str, vectors: Iterable[Vector]) -> list[str]:
    """What no vector of an operator shows, or what one of them lacks: [] for a good set."""
    all_of_them = list(vectors)
    cases = [v.question.case for v in all_of_them if not v.question.rule]
    kinds = ["every", "maps", *(["windowed"] if operator in WINDOWED else [])]
    wanted = {name: tells for kind in kinds for name, tells in TELLING[kind].items()}
    wanted |= asked_of(operator).telling
    faults = [
        f"in no vector {name}" for name, tells in wanted.items() if not any(map(tells, cases))
    ]
    faults += [f"{v.id} proves nothing: {why}" for v in all_of_them if (why := why_weak(v))]
    return faults + [f"{v.id} kills no mutant" for v in all_of_them if not v.kills]
