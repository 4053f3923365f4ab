"""Prompts: the questions of vectors and of an offer, each once and without its answer.

They are for implementations that are not at hand: whoever has one answers the
prompts wherever it runs. What no file can tell is left out: whether calls have
side effects (the laws), and how tensors lie in memory.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from refcnn.spec.case import Case, Missing, Outcome, Tensor
from refcnn.spec.offer import BASES, EVERYTHING, find_out
from refcnn.spec.tensors import DTYPES
from refcnn.spec.vectors import Vector, features_of, offered

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
    vectors: Mapping[str, Sequence[Vector]], operators: Iterable[str], dtypes: Sequence[str]
) -> list[Prompt]:
    """Everything that an implementation of these operators and dtypes may be asked."""
    found: dict[Key, Prompt] = {}
    for operator in operators:
        for prompt in (*_probes(operator, dtypes), *_questions(vectors[operator], dtypes)):
            found.setdefault(key(prompt.case), prompt)
    return list(found.values())


def _probes(operator: str, dtypes: Sequence[str]) -> Iterator[Prompt]:
    """The questions by which it is found out what is offered, whatever that is.

    Which is asked depends on answers: each way of calling is in turn the only one that
    is answered, and each form in turn the only one that is not.
    """
    found: dict[Key, Prompt] = {}
    names = Counter[str]()
    forms = sorted(EVERYTHING.features[operator] - {*DTYPES})
    ways = product(BASES.get(operator, ()) or ("",), dtypes, ("", *forms))
    for base, dtype, lacking in ways:
        needed = {base, dtype} - {""}

        def answer(case: Case, needed: set[str] = needed, lacking: str = lacking) -> Outcome:
            features = features_of(case)
            if (asked := key(case)) not in found:
                name = f"probe/{operator}/{'-'.join(sorted(features))}"
                found[asked] = Prompt(f"{name}.{names[name]}", case)
                names[name] += 1
            offers = needed <= features and lacking not in features
            return Tensor(case.inputs["x"]) if offers else Missing("")

        find_out(answer, (operator,), tuple(dtypes))
    yield from found.values()


def _questions(vectors: Iterable[Vector], dtypes: Iterable[str]) -> Iterator[Prompt]:
    for vector in vectors:
        features = EVERYTHING.features[vector.operator] - ({*DTYPES} - {*dtypes})
        within = None if vector.question.law else offered(vector, features)
        for place, case in enumerate(within.question.cases if within else ()):
            plain = replace(case, memory="plain")
            yield Prompt(f"{vector.id}.{place}", plain, legal=not vector.question.rule)
