"""Prompts: the questions of vectors and of an offer, each once and without its answer.

They are for implementations that are not at hand: whoever has one answers the
prompts wherever it runs. What no file can tell is left out: whether calls have
side effects (the laws), and how tensors lie in memory.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from refcnn.suite.capabilities import Features, features_of, usual_forms
from refcnn.suite.case import Case
from refcnn.suite.lattice import usual
from refcnn.suite.tensors import DTYPES
from refcnn.suite.vectors import Vector, offered

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """A question with a name of its own: "conv2d/42.0", "probe/conv2d/bias-float32.0"."""

    id: str
    case: Case
    legal: bool = True


def key(case: Case) -> Key:
    """What makes a question that question: bit for bit the same numbers, wherever they lie."""
    tensors = sorted((n, t.shape, t.dtype.name, t.tobytes()) for n, t in case.inputs.items())
    return case.operator, repr(sorted(case.attributes.items())), *tensors


def prompts(
    vectors: Mapping[str, Sequence[Vector]],
    operators: Iterable[str],
    dtypes: Sequence[str],
    attributes: Sequence[str] = (),
) -> list[Prompt]:
    """Everything that an implementation of these operators and dtypes may be asked.

    Of arguments that go beyond, those among `attributes`.
    """
    found: dict[Key, Prompt] = {}
    for operator in operators:
        features = usual_forms(operator, attributes) - ({*DTYPES} - {*dtypes})
        questions = _questions(vectors[operator], features)
        for prompt in (*_probes(operator, dtypes, features), *questions):
            found.setdefault(key(prompt.case), prompt)
    return list(found.values())


def _probes(operator: str, dtypes: Sequence[str], features: Features) -> Iterator[Prompt]:
    """The questions by which it is found out what is offered, whatever that is.

    Those that are asked around the simplest calls: with and without a bias, with a pool as a
    pair and as an integer. A search would go on by the answers, which no file can.
    """
    names = Counter[str]()
    for case in usual(operator, dtypes):
        if not features_of(case) <= features:
            continue
        name = f"probe/{operator}/{'-'.join(sorted(features_of(case)))}"
        yield Prompt(f"{name}.{names[name]}", case)
        names[name] += 1


def _questions(vectors: Iterable[Vector], features: Features) -> Iterator[Prompt]:
    for vector in vectors:
        within = None if vector.question.law else offered(vector, features)
        for place, case in enumerate(within.question.cases if within else ()):
            plain = replace(case, memory="plain")
            yield Prompt(f"{vector.id}.{place}", plain, legal=not vector.question.rule)
