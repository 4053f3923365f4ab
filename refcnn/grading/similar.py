"""Near-identical submissions: fingerprints of the source, and the pairs worth a look.

Winnowing (Schleimer, Wilkerson and Aiken, 2003): of every few neighbouring runs of
tokens, the one with the smallest hash. A copy keeps its fingerprint if variables are
renamed, functions moved, comments changed. A pair is advice for human eyes, never a score.
"""

import builtins
import keyword
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from zlib import crc32

import numpy as np

RUN = 12  # tokens in what is hashed: about a line of code
WINDOW = 8  # hashes of which the smallest is kept
MOST_CHARACTERS = 200_000  # of a source that are read
MOST_HASHES = 2_000  # of a fingerprint: the smallest
LEAST_HASHES = 8  # what less is left of says nothing
ALIKE = 0.8  # of the shorter one, or of both together, that is shared
COMMON = 0.05  # of a class that shares what is no evidence
MOST_HOLDERS = 500  # different programs that share a hash which can point one out

_MASK = 2**32 - 1

Hashes = Sequence[int]  # of 32 bits


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions that are worth a look."""

    first: str
    second: str
    shared: int  # hashes
    contained: float  # of the shorter one
    jaccard: float  # of both together


def fingerprint(source: str) -> tuple[int, ...]:
    """Hashes of a source that stay when it is copied and disguised; of broken source too."""
    words = [word.encode("utf-8", "replace") for word in _words(source[:MOST_CHARACTERS])]
    runs = [crc32(b" ".join(words[i : i + RUN])) for i in range(max(len(words) - RUN + 1, 0))]
    places = range(max(len(runs) - WINDOW + 1, min(len(runs), 1)))
    return tuple(sorted({min(runs[i : i + WINDOW]) for i in places})[:MOST_HASHES])


# Not the tokenize module: that refuses broken source, and says other things in other versions.
_TEXTS = "|".join(
    rf"(?>{quotes}(?:\\(?s:.)|{inside})*?(?:{quotes}|{end}))"  # never looked at twice
    for quotes, inside, end in (
        ('"{3}', r"[^\\]", r"\Z"),
        ("'{3}", r"[^\\]", r"\Z"),
        ('"', r'[^\\"\n]', "$"),
        ("'", r"[^\\'\n]", "$"),
    )
)
_TOKEN = re.compile(
    # After a dot: an attribute; before a quote: a prefix. Begun nowhere inside a name: in all
    # that is read here, time grows with the length of the source and no faster.
    r"""(?P<name>(?:\.|(?<!\w))[^\W\d]\w*+(?!["']))"""
    r"|(?P<rest>[()\[\],:;](?!=)|\d[\w.]*|\*\*=?|//=?|[-+*/%&|^@<>=!:]=|->|[^\w\s\"'#])"
    rf"""|(?P<alone>^[ \t]*[rRbBuUfF]{{0,2}}(?:{_TEXTS})[ \t]*$)"""  # a docstring
    rf"|(?P<text>(?:\b[rRbBuUfF]{{1,2}})?(?:{_TEXTS}))"
    r"|(?P<comment>\#.*)",
    re.MULTILINE,
)


def _words(source: str) -> Iterator[str]:
    """The tokens that count: own names are all alike, and so are texts; docstrings go."""
    kept = _kept()
    for found in _TOKEN.finditer(source):
        word = found[0]
        match found.lastgroup:
            case "name":
                yield word if word in kept else ".N" if word[0] == "." else "N"
            case "text":
                yield "S"
            case "rest":
                yield word


@cache
def _kept() -> frozenset[str]:
    """Names that a copy cannot change: of the language, and of NumPy after a dot."""
    of_numpy = {"." + name for name in (*dir(np), *dir(np.ndarray))}
    return frozenset({*keyword.kwlist, *dir(builtins), *of_numpy})


@dataclass(frozen=True, slots=True)
class _Left:
    """What is left of a fingerprint."""

    name: str
    length: int  # hashes that could tell it from the class
    hashes: frozenset[int]  # those of them that another one has, too


def similar(fingerprints: Mapping[str, Hashes], common: Collection[int]) -> list[Pair]:
    """Pairs that are alike, the most alike first.

    What is in `common` (the starter), or is shared by many of the class, counts
    for nothing. Of several that are equal, each is paired with the first alone.
    """
    equal: dict[frozenset[int], list[_Left]] = defaultdict(list)
    others: list[_Left] = []
    for left in _telling(fingerprints, common):
        whole = len(left.hashes) == left.length
        (equal[left.hashes] if whole else others).append(left)
    pairs = [
        Pair(first.name, copy.name, copy.length, 1.0, 1.0)
        for first, *copies in equal.values()
        for copy in copies
    ]
    pairs += _alike([*(found[0] for found in equal.values()), *others])
    return sorted(pairs, key=lambda p: (-p.jaccard, -p.contained, p.first, p.second))


def copies(
    fingerprints: Mapping[str, Hashes], known: Mapping[str, Hashes], common: Collection[int]
) -> list[Pair]:
    """Submissions that are alike a known source: (submission, source), the most alike first.

    However many of a class have copied it, it counts.
    """
    sources = {name: frozenset(hashes).difference(common) for name, hashes in known.items()}
    found = [
        pair
        for name, hashes in fingerprints.items()
        for source, theirs in sources.items()
        if (pair := _copied(name, frozenset(hashes).difference(common), source, theirs))
    ]
    return sorted(found, key=lambda p: (-p.jaccard, -p.contained, p.first, p.second))


def _copied(name: str, own: frozenset[int], source: str, theirs: frozenset[int]) -> Pair | None:
    """The pair, if most of the submission, or most of both, is the known source."""
    shared, both = len(own & theirs), len(own | theirs)
    if len(own) < LEAST_HASHES or shared < max(LEAST_HASHES, ALIKE * len(own)):
        return None
    return Pair(name, source, shared, shared / len(own), shared / both)


def _telling(fingerprints: Mapping[str, Hashes], common: Collection[int]) -> Iterator[_Left]:
    """What is left of each fingerprint, if it is enough, by name."""
    names = sorted(fingerprints)
    found = [np.asarray(fingerprints[name], np.uint64) for name in names]
    if not found:
        return
    owners = np.repeat(np.arange(len(names), dtype=np.uint64), [len(f) for f in found])
    every = np.unique(owners << np.uint64(32) | np.concatenate(found) & np.uint64(_MASK))
    hashes = every & np.uint64(_MASK)
    ids, times = np.unique(hashes, return_inverse=True, return_counts=True)[1:]
    starter = np.asarray([*common], np.uint64)
    kept = (times[ids] <= max(3, COMMON * len(names))) & ~np.isin(hashes, starter)
    owners = (every >> np.uint64(32)).astype(np.int64)
    lengths = np.bincount(owners[kept], minlength=len(names))
    kept &= times[ids] > 1
    owners, ids = owners[kept], ids[kept]
    ends = np.searchsorted(owners, np.arange(len(names) + 1))
    for place, name in enumerate(names):
        if lengths[place] >= LEAST_HASHES:
            shared = frozenset(ids[ends[place] : ends[place + 1]].tolist())
            if len(shared) >= LEAST_HASHES:
                yield _Left(name, int(lengths[place]), shared)


def _alike(every: Sequence[_Left]) -> Iterator[Pair]:
    """Pairs of different fingerprints, found by the rarest hashes of the shorter one.

    If 80 % of it is shared, then so is one of any 20 % and one more.
    """
    index: dict[int, list[_Left]] = defaultdict(list)
    for one in every:
        for h in one.hashes:
            index[h].append(one)
    for one in every:
        alone = one.length - len(one.hashes)
        enough = one.length - ceil(ALIKE * one.length) + 1 - alone
        rarest = sorted(one.hashes, key=lambda h: (len(index[h]), h))[: max(enough, 0)]
        near = [index[h] for h in rarest if len(index[h]) <= MOST_HOLDERS]
        for other in {id(o): o for holders in near for o in holders}.values():
            # each pair once: looked up from the shorter, of equally long ones from the first
            if (one.length, one.name) < (other.length, other.name):
                shared = len(one.hashes & other.hashes)
                if shared >= max(LEAST_HASHES, ALIKE * one.length):
                    both = one.length + other.length - shared
                    first, second = sorted((one.name, other.name))
                    yield Pair(first, second, shared, shared / one.length, shared / both)
