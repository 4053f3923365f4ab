"""Limits: parts of what an operator may be asked that an implementation does not take.

What lies beyond a limit is neither a pass nor a failure; it is said beside the verdict. A
limit has a name, which a statement may declare: a word ("square_images"), a word with
numbers ("pool_sizes_2", "axes_2_4"), or "unless" and one or two predicates of a case
("unless a stride is above 1 and there is padding").
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from refcnn.suite.case import Case
from refcnn.suite.hints import did_you_mean
from refcnn.suite.predicates import PREDICATES, Facts, facts, true_of
from refcnn.suite.registry import OPERATORS, records
from refcnn.suite.roles import CONVOLUTIONS, POOLS, WINDOWED

OF_ANY_RANK = tuple(one.name for one in records().values() if not one.axes_of("x"))
MOST_VALUES = 3  # of a size, for them to be a limit
MOST_TOGETHER = 6  # limits that are told of one operator
MOST_TRIED = 3  # limits of which every set is tried
MOST_CASES = 400  # that a conjunction of predicates is looked for in
UNLESS, AND, UP_TO = "unless ", " and ", "_up_to_"

Within = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Limit:
    """A name, what is taken and what is not in words, whose it is, and its predicate."""

    name: str
    words: str
    beyond: str
    operators: tuple[str, ...]
    within: Within


def _square(sides: Sequence[int]) -> bool:
    return len({*sides}) <= 1


def _odd(sides: Sequence[int]) -> bool:
    return all(side % 2 for side in sides)


# In the order in which they are preferred, where several tell the same apart.
PLAIN = (
    Limit(
        "square_images",
        "square images",
        "images that are not square",
        WINDOWED,
        lambda f: _square(f.sizes),
    ),
    Limit(
        "square_kernels",
        "square kernels",
        "kernels that are not square",
        CONVOLUTIONS,
        lambda f: _square(f.place.window),
    ),
    Limit(
        "square_windows",
        "square windows",
        "windows that are not square",
        POOLS,
        lambda f: _square(f.place.window),
    ),
    Limit(
        "odd_kernels", "odd kernels", "even kernels", CONVOLUTIONS, lambda f: _odd(f.place.window)
    ),
    Limit("odd_windows", "odd windows", "even windows", POOLS, lambda f: _odd(f.place.window)),
    Limit(
        "stride_is_pool_size",
        "stride = pool size",
        "strides other than the pool size",
        POOLS,
        lambda f: f.place.strides == f.place.window,
    ),
    Limit("no_padding", "no padding", "padding", WINDOWED, lambda f: not f.padded),
    Limit(
        "always_same",
        'always padding "same"',
        'padding other than "same"',
        WINDOWED,
        lambda f: f.padding == "same",
    ),
    Limit(
        "equal_strides",
        "equal strides",
        "two strides that differ",
        WINDOWED,
        lambda f: _square(f.place.strides),
    ),
    Limit(
        "equal_padding",
        "the same padding on all sides",
        "padding that differs from side to side",
        WINDOWED,
        lambda f: _square([pad for pads in f.place.padding for pad in pads]),
    ),
    Limit(
        "symmetric_padding",
        "the same padding before and after",
        "padding that differs before and after",
        WINDOWED,
        lambda f: all(map(_square, f.place.padding)),
    ),
    Limit(
        "sizes_that_fit",
        "sizes that the windows fit exactly",
        "sizes that the windows do not fit exactly",
        WINDOWED,
        lambda f: not f.leftover,
    ),
    Limit(
        "no_empty_batch",
        "no empty batch",
        "an empty batch",
        OPERATORS,
        lambda f: f.x.shape[:1] != (0,),
    ),
)


@dataclass(frozen=True, slots=True)
class Family:
    """Limits to some values of a size: how they are called, told, and read off a case."""

    name: str
    words: str  # with {} for the values
    single: str  # the same for a single value
    operators: tuple[str, ...]
    values: Callable[[Facts], Sequence[int]]

    def up_to(self, most: int) -> Limit:
        """The limit to values of at most this."""
        told = self.words.format(f"up to {most}")
        return Limit(
            f"{self.name}{UP_TO}{most}",
            told,
            self.words.format(f"more than {most}"),
            self.operators,
            lambda f: all(value <= most for value in self.values(f)),
        )

    def of(self, numbers: Sequence[int]) -> Limit:
        """The limit to these values."""
        allowed = frozenset(numbers)
        *first, last = (str(n) for n in sorted(allowed))
        told = f"{', '.join(first)} or {last}" if first else last
        return Limit(
            "_".join([self.name, *first, last]),
            (self.words if first else self.single).format(told),
            self.words.format(f"other than {told}"),
            self.operators,
            lambda f: allowed.issuperset(self.values(f)),
        )


def _kernel(f: Facts) -> tuple[int, ...]:
    shape: tuple[int, ...] = f.case.inputs["kernel"].shape
    return shape


FAMILIES = (
    Family("channels", "{} channels", "channels: {}", WINDOWED, lambda f: f.x.shape[-1:]),
    Family("filters", "{} filters", "filters: {}", CONVOLUTIONS, lambda f: _kernel(f)[-1:]),
    Family("examples", "{} examples", "examples: {}", OPERATORS, lambda f: f.x.shape[:1]),
    Family("pool_sizes", "pools of {}", "{0} by {0} pools", POOLS, lambda f: f.place.window),
    Family(
        "kernel_sizes",
        "kernels of {}",
        "{0} by {0} kernels",
        CONVOLUTIONS,
        lambda f: f.place.window,
    ),
    Family("strides", "strides {}", "stride {}", WINDOWED, lambda f: f.place.strides),
    Family("axes", "{} axes", "{} axes", OF_ANY_RANK, lambda f: (f.x.ndim,)),
)
IN_WORDS = {"channels: 1": "one channel", "filters: 1": "one filter", "examples: 1": "one example"}


def _unless(names: Sequence[str]) -> Limit:
    """The limit to all but the cases of which these predicates hold."""
    told = AND.join(names)
    wanted = frozenset(names)
    name, words = UNLESS + told, f"not where {told}"
    return Limit(name, words, f"all where {told}", OPERATORS, lambda f: not wanted <= true_of(f))


@cache
def named(name: str) -> Limit | None:
    """The limit of a name, or None if there is none."""
    if name.startswith(UNLESS):
        names = name.removeprefix(UNLESS).split(AND)
        return _unless(names) if PREDICATES.keys() >= {*names} else None
    plain = {limit.name: limit for limit in PLAIN}
    return plain.get(name) or _of_a_family(name)


def _of_a_family(name: str) -> Limit | None:
    """The limit of a word with numbers: "pool_sizes_2_3", "channels_up_to_4"."""
    families = {family.name: family for family in FAMILIES}
    word, up_to, most = name.partition(UP_TO)
    if up_to:
        family = families.get(word)
        return family.up_to(int(most)) if family and most.isdecimal() else None
    found = re.fullmatch(r"(.*?)((?:_\d{1,4})*)", name, re.DOTALL)
    word, numbers = found.groups() if found else ("", "")
    values = [int(number) for number in numbers.split("_")[1:]]
    return families[word].of(values) if word in families and values else None


def limit(name: str) -> Limit:
    """The limit of a name; raises ValueError with one sentence if there is none."""
    found = named(name)
    if found is None:
        known = [limit.name for limit in PLAIN]
        known += [f"{family.name}_1" for family in FAMILIES]
        known += [UNLESS + predicate for predicate in PREDICATES]
        hint = did_you_mean(name, known) or "; docs/statement.md lists those there are"
        raise ValueError(f"there is no limit {name!r}{hint}")
    return found


def in_words(limit: Limit) -> str:
    """How a limit is told."""
    return IN_WORDS.get(limit.words, limit.words)


def limits_in(features: Iterable[str]) -> Iterator[Limit]:
    """The limits among features, in their order."""
    found = (limit for name in sorted(features) if (limit := named(name)))
    return iter(sorted(found, key=_place))


def _place(limit: Limit) -> int:
    names = [plain.name for plain in PLAIN]
    return names.index(limit.name) if limit.name in names else len(names)


def numbers_in(features: Iterable[str], family: str) -> list[int]:
    """The values that a family of limits leaves, sorted; empty if there is no such limit."""
    numbers = (name.removeprefix(family) for name in features if name.startswith(family))
    listed = [text.split("_")[1:] for text in numbers if re.fullmatch(r"(_\d+)+", text)]
    return sorted({int(number) for one in listed for number in one})


def within(case: Case, features: Iterable[str]) -> bool:
    """Whether a legal case lies within all limits among `features`."""
    found = [*limits_in(features)]
    if not found:
        return True
    about = facts(case)
    return all(limit.within(about) for limit in found if case.operator in limit.operators)


@dataclass(frozen=True, slots=True)
class Told:
    """Limits that tell what is taken from what is not, and how many cases they leave untold."""

    limits: tuple[Limit, ...]
    untold: tuple[Case, ...] = ()


def told_apart(operator: str, taken: Sequence[Case], beyond: Sequence[Case]) -> Told:
    """The fewest limits that hold of all cases `taken`, and each case `beyond` breaks one of them.

    Words come first, then what predicates tell apart; unless predicates alone tell more in
    fewer limits. A largest size, for one, excludes what only happens to be larger still.
    """
    if not beyond or not taken:
        return Told((), tuple(beyond))
    inside = [facts(case) for case in taken]
    outside = [facts(case) for case in beyond]
    worded = _in_words_first(operator, inside, outside)
    if len(worded.limits) == 1 and not worded.untold:
        return worded  # fewer tell nothing
    holding = [true_of(f) for f in inside]
    plain, untold = _with_predicates(holding, outside, MOST_TOGETHER)
    if (len(untold), len(plain)) < (len(worded.untold), len(worded.limits)):
        return Told((*plain,), tuple(f.case for f in untold))
    return worded


def _in_words_first(operator: str, inside: Sequence[Facts], outside: Sequence[Facts]) -> Told:
    """Limits in words, and for what these leave, limits that are made of predicates."""
    excluded = {c: _excluded(c, outside) for c in _candidates(operator, inside)}
    helpful = [c for c, places in excluded.items() if places]
    chosen = _fewest(helpful, excluded, len(outside)) or _greedy(helpful, excluded)
    told = frozenset[int]().union(*(excluded[c] for c in chosen))
    left = [f for place, f in enumerate(outside) if place not in told]
    more, untold = _with_predicates([true_of(f) for f in inside], left, MOST_TOGETHER - len(chosen))
    return Told((*chosen, *more), tuple(f.case for f in untold))


Places = Mapping[Limit, frozenset[int]]  # of the cases that each limit excludes


def _excluded(limit: Limit, cases: Sequence[Facts]) -> frozenset[int]:
    return frozenset(place for place, f in enumerate(cases) if not limit.within(f))


def _candidates(operator: str, inside: Sequence[Facts]) -> Iterator[Limit]:
    """Limits within which all that is taken lies."""
    for limit in PLAIN:
        if operator in limit.operators and all(limit.within(f) for f in inside):
            yield limit
    for family in FAMILIES:
        if operator in family.operators:
            values = {value for f in inside for value in family.values(f)}
            if 0 < len(values) <= MOST_VALUES:
                yield family.of(sorted(values))
            if values:
                yield family.up_to(max(values))


def _fewest(candidates: Sequence[Limit], excluded: Places, every: int) -> Sequence[Limit]:
    """The fewest limits that exclude every case together, or none."""
    for number in range(1, MOST_TRIED + 1):
        for chosen in combinations(candidates, number):
            if len(frozenset[int]().union(*(excluded[c] for c in chosen))) == every:
                return chosen
    return ()


def _greedy(candidates: Sequence[Limit], excluded: Places) -> Sequence[Limit]:
    """Limits, each of which excludes the most of what those before it left."""
    chosen, told = list[Limit](), frozenset[int]()
    while len(chosen) < MOST_TOGETHER:
        gains = {c: len(excluded[c] - told) for c in candidates}
        best = max(gains, key=lambda c: gains[c], default=None)
        if best is None or not gains[best]:
            break
        chosen.append(best)
        told |= excluded[best]
    return [c for c in chosen if not _is_needless(c, chosen, excluded)]


def _is_needless(limit: Limit, chosen: Sequence[Limit], excluded: Places) -> bool:
    """Whether the others exclude all that a limit does."""
    others = (excluded[c] for c in chosen if c is not limit)
    return excluded[limit] <= frozenset[int]().union(*others)


def _with_predicates(
    inside: Sequence[frozenset[str]], left: Sequence[Facts], most: int
) -> tuple[list[Limit], list[Facts]]:
    """Limits that one or two predicates make of what is left, and what they leave."""
    found, rest = list[Limit](), [*left]
    while rest and len(found) < most:
        names = _telling([true_of(f) for f in rest[:MOST_CASES]], inside)
        if not names:
            break
        found.append(_unless(names))
        rest = [f for f in rest if not true_of(f).issuperset(names)]
    return found, rest


def _telling(left: Sequence[frozenset[str]], inside: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """The predicate, or the two, that hold of most of what is left and of nothing taken."""
    best: tuple[str, ...] = ()
    most = 0
    found = frozenset().union(*left)
    common = [name for name in PREDICATES if name in found]
    for size in (1, 2):
        for names in combinations(common, size):
            count = sum(one.issuperset(names) for one in left)
            if count > most and not any(one.issuperset(names) for one in inside):
                best, most = names, count
        if most == len(left):
            break
    return best
