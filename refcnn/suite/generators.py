"""Where vectors come from: for each clause, the questions that it is about.

A question is a pure function of (suite version, operator, seed, index): the
index says which domain of the operator and which of its questions. Everything is
drawn as integers from SplitMix64 (`source`), by the case makers that feed
Hypothesis too. docs/vectors.md describes it for other languages.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any
from zlib import crc32

from refcnn.suite import changes
from refcnn.suite.capabilities import EVERYTHING, Features
from refcnn.suite.case import Case
from refcnn.suite.data import stream
from refcnn.suite.draw import Choices, NothingOfferedError, Pick
from refcnn.suite.registry import extension, part, record

SUITE = 2  # version of the vectors: a change of any domain or case maker makes a new one
MOST_PICKS = 256  # integers in one source
APART = 1_000_000  # between the indices of questions, and those about what extends an operator


LAWS = {
    "pure": "the inputs after the call are those before it",
    "deterministic": "asked again, after other questions, it answers the same",
    "stable": "an answer once given is not changed by a later call",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """One case, the rule that it breaks if it is illegal, and what is asked right after it."""

    case: Case
    rule: str = ""
    then: tuple[Case, ...] = ()
    law: str = ""  # one of LAWS, for what is asked only to see that it holds
    id: str = ""  # operator and index: "conv2d/42"
    clauses: tuple[str, ...] = ()

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases, in the order in which they are asked."""
        return (self.case, *self.then)


Make = Callable[[Pick, Features], Question]
Maker = Callable[..., Case]  # of (pick, features), and options
Illegal = tuple[Case, str]  # and the rule that it breaks


@dataclass(frozen=True, slots=True)
class Domain:
    """The questions about some clauses of one operator."""

    clauses: tuple[str, ...]
    make: Make


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Domains:
    """What an operator is asked."""

    make: Maker  # any legal case
    own: tuple[Domain, ...]  # about its own clauses
    # Options of `make`: so plain that only what is common to all operators can go wrong.
    clear: Mapping[str, Any] = field(default_factory=dict)
    # What some vector at least must have, so that mistakes can be told from what is right.
    telling: Mapping[str, Callable[[Case], bool]] = field(default_factory=dict)
    constant: bool = False  # whether an input that is the same number throughout tells anything


def legal(make: Maker, **options: Any) -> Make:
    """Legal cases of a case maker."""
    return lambda pick, features: Question(case=make(pick, features, **options))


def broken(make: Callable[..., Illegal], **options: Any) -> Make:
    """Cases that break a rule."""

    def question(pick: Pick, features: Features) -> Question:
        case, rule = make(pick, features, **options)
        return Question(case=case, rule=rule)

    return question


def changed(make: Maker, change: Callable[[Case], Case], **options: Any) -> Make:
    """Legal cases, each changed."""
    return lambda pick, features: Question(case=change(make(pick, features, **options)))


def of_output(output: str, make: Maker, **options: Any) -> Make:
    """Legal cases, of whose outputs one alone is judged, where there is one."""

    def question(pick: Pick, features: Features) -> Question:
        case = make(pick, features, **options)
        if output not in record(case.operator).outputs_of(case.inputs):
            raise NothingOfferedError
        return Question(case=replace(case, output=output))

    return question


def in_memory(make: Maker, **options: Any) -> Make:
    """Cases whose tensors lie in memory in another way."""

    def question(pick: Pick, features: Features) -> Question:
        case = make(pick, features, **options)
        return Question(case=changes.elsewhere_in_memory(pick, case))

    return question


def lawful(make: Maker, law: str, **options: Any) -> Make:
    """A case, another one of the same shapes, then both again, to see that a law holds."""

    def question(pick: Pick, features: Features) -> Question:
        case = make(pick, features, **options)
        other = changes.backwards(case)
        return Question(case=case, then=(other, case, other), law=law)

    return question


def in_turn(make: Maker, **options: Any) -> Make:
    """A case, another one of the same shapes, then it again: all are judged by their numbers."""

    def question(pick: Pick, features: Features) -> Question:
        case = make(pick, features, **options)
        return Question(case=case, then=(changes.backwards(case), case))

    return question


def _by_example(case: Case) -> Case:
    """The case with several examples; of several outputs one is judged that has these apart."""
    known, asked = record(case.operator), changes.two_images(case)
    return asked if len(known.outputs) == 1 else replace(asked, output=known.by_example[0])


def _common(operator: str) -> tuple[Domain, ...]:
    """The questions about what is common to all operators."""
    make, clear = asked_of(operator).make, asked_of(operator).clear
    by_example = (
        Domain(("ANY-1",), changed(make, _by_example, **clear)),
        Domain(("ANY-2",), changed(make, changes.empty, **clear)),
    )
    return (
        *(by_example if record(operator).by_example else ()),
        Domain(("ANY-3",), lawful(make, "pure", **clear)),
        Domain(("ANY-4",), lawful(make, "deterministic", **clear)),
        Domain(("ANY-5",), lawful(make, "stable", **clear)),
        Domain(("ANY-7",), in_memory(make, **clear)),
    )


def asked_of(operator: str) -> Domains:
    """What the folder of an operator says that it is asked."""
    found: Domains = part(operator, "domains")
    return found


def maker(operator: str) -> Maker:
    """The maker of any legal case of an operator."""
    return asked_of(operator).make


@cache
def _blocks(operator: str) -> dict[int, tuple[Domain, ...]]:
    """The domains of an operator, then those of each extension, by their first index."""
    known = asked_of(operator)
    blocks = [(*known.own, *_common(operator))]
    blocks += [extension(operator, name, "domains") for name in record(operator).extensions]
    return {number * APART: tuple(block) for number, block in enumerate(blocks)}


@cache
def domains(operator: str) -> tuple[Domain, ...]:
    """All domains of an operator; those that extend it come last."""
    return tuple(chain(*_blocks(operator).values()))


def indices(operator: str, turns: Iterable[int], places: Iterable[int] | None = None) -> list[int]:
    """The indices of the questions of some turns, of the domains at some places (None: of all).

    Turn after turn. What extends an operator has indices of its own, so that all others
    stay as they were.
    """
    first = [
        (start + place, len(block))
        for start, block in _blocks(operator).items()
        for place in range(len(block))
    ]
    asked = first if places is None else [first[place] for place in places]
    return [start + many * turn for turn in turns for start, many in asked]


def place_of(operator: str, index: int) -> int:
    """The place, among all domains of an operator, of that of a question."""
    own = index // APART * APART
    before = sum(len(block) for start, block in _blocks(operator).items() if start < own)
    return before + (index - own) % len(_blocks(operator)[own])


def _clauses_about(operator: str, argument: str) -> frozenset[str]:
    """The clauses about an argument that goes beyond."""
    own = (domain.clauses for domain in extension(operator, argument, "domains"))
    return frozenset(chain.from_iterable(own))


def out_of_reach(operator: str, features: Features) -> frozenset[str]:
    """The clauses about extensions of an operator of which `features` have no form."""
    known = record(operator).extensions.items()
    lacking = [name for name, forms in known if features.isdisjoint(forms)]
    return frozenset[str]().union(*(_clauses_about(operator, name) for name in lacking))


def of_extension(asked: Question) -> frozenset[str]:
    """All clauses about the extension that a question is about; none if it is about none."""
    operator = asked.case.operator
    for name in record(operator).extensions:
        found = _clauses_about(operator, name)
        if found.intersection(asked.clauses):
            return found
    return frozenset()


def source(operator: str, seed: int, index: int, version: int = SUITE) -> Choices:
    """The integers that question `index` of an operator is drawn from.

    state 0 is the version; each of crc32(operator), seed and index in turn is
    added to the state, whose successor is the first number of SplitMix64 from it.
    The last state is the origin of the stream; number n of it, taken modulo
    (high - low + 1) and added to low, is choice n.
    """
    state = version
    for value in (crc32(operator.encode()), seed, index):
        state = int(stream(state + value, 1)[0])
    return Choices(stream(state, MOST_PICKS).tolist())


def question(
    operator: str,
    seed: int,
    index: int,
    version: int = SUITE,
    features: Features | None = None,
) -> Question:
    """Question `index` of an operator, of the domain at its `place_of`.

    It asks for `features` alone (None: for any form, within no limits), as far as the
    case maker knows of them.
    """
    domain = domains(operator)[place_of(operator, index)]
    integers = source(operator, seed, index, version)
    offered = EVERYTHING.features[operator] if features is None else features
    asked = domain.make(integers, offered)
    return replace(asked, id=f"{operator}/{index}", clauses=domain.clauses)
