"""What windows are otherwise than they should be, in sentences that are true of them."""

from collections.abc import Iterator, Sequence

import numpy as np

from refcnn.diagnosis.identify.equation import Axis, fraction
from refcnn.diagnosis.identify.fit import Affine
from refcnn.diagnosis.identify.selecting import Selection
from refcnn.diagnosis.identify.windows import CHOSEN, Extent, Place, Windows
from refcnn.diagnosis.identify.words import ORDER, counted, other_sizes, where
from refcnn.suite.tensors import Array

MOST_NAMED = 3  # numbers


def window_sentences(right: Windows, yours: Windows) -> list[str]:
    """Each thing in which windows differ from the right ones; none if they are the same."""
    found = [*_of_what(right, yours), *_of_places(right, yours)]
    found += other_sizes(right.reading, yours.reading, _output(right))
    return [*found, *_of_factors(right, yours), *_of_limits(right, yours)]


def _output(windows: Windows) -> Sequence[Axis]:
    return windows.inside if windows.by_cell else windows.owner


def _of_what(right: Windows, yours: Windows) -> Iterator[str]:
    """What is made of the cells: the largest, the smallest, a sum."""
    meant, found = _word(right), _word(yours)
    if not yours.cells and not isinstance(yours.reading, Selection):
        yield f"No output was seen to depend on {' or '.join(yours.reading.tensors)}"
    elif meant != found and _kind(right) != _kind(yours):
        yield f"It takes {found}, not {meant}"


def _kind(windows: Windows) -> int:
    """1 of what takes the largest cell, -1 of what takes the smallest, 0 of sums."""
    return windows.reading.sign if isinstance(windows.reading, Selection) else 0


def _word(windows: Windows) -> str:
    if isinstance(windows.reading, Selection):
        return f"the {CHOSEN[windows.reading.sign]} of each window"
    many = [len(cells) for cells, _ in windows.cells.values()]
    if many and max(many) == 1:
        return "one cell of each window, always the one at the same place"
    return "the mean of each window" if windows.is_mean else "sums of cells"


def _of_places(right: Windows, yours: Windows) -> Iterator[str]:
    """Where windows lie, and how large they are, axis by axis; or an example of what differs."""
    odd = [*yours.differing(right)]
    both = {owner for owner in odd if owner in right.cells and owner in yours.cells}
    missing = {*right.cells} - {*yours.cells}
    if missing and yours.cells and not _resized(right, yours):
        told = where(right.names, missing, {*right.cells})
        does = "Nothing is added to its window" if right.by_cell else "Nothing is read"
        yield f"{does} where {told or f'({_named(right, min(missing))}) is the place'}"
    said = [*_of_extents(right, yours)] if both else []
    yield from said
    if both and not said:
        yield _example(right, yours, both)


def _resized(right: Windows, yours: Windows) -> bool:
    one, other = yours.reading.constant.shape, right.reading.constant.shape
    return bool(one != other)


def _of_extents(right: Windows, yours: Windows) -> Iterator[str]:
    """How windows differ along each axis, where there are formulas for all of them."""
    if yours.gaps - right.gaps:
        return
    if not all(one.known for one in (*right.extents, *yours.extents)):
        return
    for axis, meant, found in zip(right.inside, right.extents, yours.extents):
        if found != meant:
            said = " and ".join(_of_extent(axis, meant, found)) or "other cells are read"
            places, instead = found.told(right.names), meant.told(right.names)
            plural = axis.plural if " to " in places else axis.plural[:-1]
            does = "they are added to" if right.by_cell else "it reads"
            yield f"{said[0].upper()}{said[1:]}: {does} {plural} {places}, not {instead}"


def _of_extent(axis: Axis, meant: Extent, found: Extent) -> Iterator[str]:
    first, plural = found.first, axis.plural
    if first is None or meant.first is None or meant.last is None:
        return
    if axis.letter not in ORDER:
        every = not any(first.factors) and found.length == axis.size > 1
        yield f"all {plural} are taken together" if every else f"other {plural} are taken"
    elif any(first.factors) and first.factors == tuple(-n for n in meant.first.factors):
        mirrored = first.constant == axis.size - 1 - meant.last.constant
        what = plural if mirrored else f"windows along the {plural}"
        yield f"the {what} are read from the last to the first"
    else:
        yield from _of_place(axis, meant, found, (first, meant.first))


def _of_place(
    axis: Axis, meant: Extent, found: Extent, begins: tuple[Affine, Affine]
) -> Iterator[str]:
    """How long windows are, how far apart, and where they lie."""
    (first, right), plural = begins, axis.plural
    if found.length and meant.length and found.length != meant.length:
        yield f"windows have {counted(found.length, plural)}, not {meant.length}"
    apart = _step(first), _step(right)
    if apart[0] != apart[1] > 0:  # 0: there should be one window
        yield f"windows are {counted(apart[0], plural)} apart, not {apart[1]}"
    elif first.factors == right.factors:
        moved = first.constant - right.constant
        if moved and found.length == meant.length:
            yield f"all windows lie {counted(abs(moved), plural)} {ORDER[axis.letter][moved > 0]}"


def _step(one: Affine) -> int:
    """How far windows are apart, if they follow one axis."""
    return max(map(abs, one.factors), default=0)


def _example(right: Windows, yours: Windows, odd: set[Place]) -> str:
    """Of one window, the smallest place first, the cells that it has and those it should have."""
    owner = min(odd)
    told = where(right.names, odd, {*right.cells})
    place = f" where {told}" if told else ""
    does = "Other places are added to" if right.by_cell else "Other cells are read"
    return f"{does}{place}: at ({_named(right, owner)}) {_beside(right, yours, owner)}"


def _beside(right: Windows, yours: Windows, owner: Place) -> str:
    """The cells of a window beside those that it should have: by its sides, or one by one."""
    if owner not in right.ragged | yours.ragged:
        pairs = [*zip(yours.sides(owner), right.sides(owner))]
        return ", ".join(f"{found}, not {meant}" for found, meant in pairs if found != meant)
    more = yours.cells_at(owner) - right.cells_at(owner)
    less = right.cells_at(owner) - yours.cells_at(owner)
    said = [
        f"{_listed_cells(cells)} {word}" for cells, word in ((more, "too"), (less, "not")) if cells
    ]
    return ", but ".join(said) or "some of them more than once"


def _listed_cells(cells: set[Place]) -> str:
    first = sorted(cells)[:MOST_NAMED]
    more = f" and {len(cells) - len(first)} more" if len(cells) > len(first) else ""
    return f"{' and '.join(str(list(cell)) for cell in first)}{more}"


def _named(windows: Windows, owner: Place) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(windows.names, owner))


def _of_factors(right: Windows, yours: Windows) -> Iterator[str]:
    """By what cells are multiplied, if they are not as they should be."""
    if not yours.cells or _kind(right) != _kind(yours):
        return
    if _kind(yours):
        yield from _of_multiples(yours)
        return
    odd = _otherwise_multiplied(right, yours)
    if not odd:
        return
    ratios = _ratios(right, yours)
    if len(ratios) == 1:
        yield f"Everything is multiplied by {_said(ratios.pop())}"
    elif yours.is_mean:
        yield "Each window is divided by the number of its cells that are there"
    elif yours.factor is not None and right.factor is None:
        yield f"Each cell is multiplied by {_said(yours.factor)}, however many there are"
    elif yours.factor is not None:
        yield f"Each cell is multiplied by {_said(yours.factor)}, not {_said(right.factor)}"
    else:
        told = where(right.names, odd, {*right.cells})
        place = f" where {told}" if told else ""
        found, meant = (_factors(one, min(odd)) for one in (yours, right))
        at = f"at ({_named(right, min(odd))}) by {found}, not {meant}"
        yield f"Cells are multiplied by other numbers{place}: {at}"


def _of_multiples(yours: Windows) -> Iterator[str]:
    """By what the largest of some cells is multiplied."""
    if yours.factor is None:
        yield "Cells are multiplied by several numbers before the largest is taken"
    elif yours.factor != 1:
        yield f"The answer is multiplied by {_said(yours.factor)}"


def _otherwise_multiplied(right: Windows, yours: Windows) -> set[Place]:
    """The windows whose cells are multiplied by other numbers than right ones would be.

    Where none has the right cells, those that are not divided by the number of their own.
    """
    alike = {own for own in yours.cells if own in right.cells and _has_its_cells(right, yours, own)}
    if alike:
        pairs = {own: (right.cells[own][1], yours.cells[own][1]) for own in alike}
        return {own for own, (one, other) in pairs.items() if not np.array_equal(one, other)}
    if right.is_mean:
        return set() if yours.is_mean or yours.factor is None else {*yours.cells}
    return {*yours.cells} if yours.factor not in (None, right.factor) else set()


def _ratios(right: Windows, yours: Windows) -> set[float]:
    """By what factors are larger than right ones; none where windows have other cells."""
    if right.factor is not None or any(yours.differing(right)):
        return set()
    pairs = [(right.cells[own][1], factors) for own, (_, factors) in yours.cells.items()]
    ratios = np.concatenate([found / meant for meant, found in pairs])
    return {*np.round(ratios, 12).tolist()}


def _has_its_cells(right: Windows, yours: Windows, owner: Place) -> bool:
    return np.array_equal(right.cells[owner][0], yours.cells[owner][0])


def _said(factor: float | None) -> str:
    return fraction(factor).strip() or "1"


def _factors(windows: Windows, owner: Place) -> str:
    _, factors = windows.cells[owner]
    return ", ".join(_said(value) for value in np.unique(factors)[:MOST_NAMED].tolist())


def _of_limits(right: Windows, yours: Windows) -> Iterator[str]:
    """What an answer cannot be below, or what is added to it."""
    limit = yours.reading.constant
    if isinstance(yours.reading, Selection):
        there = np.isfinite(limit) & yours.read_at
        if there.any():
            side = "below" if yours.reading.sign > 0 else "above"
            yield _of_limit(right, limit, there, side)
    elif limit.any():
        values = ", ".join(f"{v:.6g}" for v in np.unique(limit[limit != 0])[:MOST_NAMED])
        yield f"To {'all' if limit.all() else 'some'} outputs is added {values}"


def _of_limit(right: Windows, limit: Array, there: Array, side: str) -> str:
    """Which number is among those of windows, and at which outputs."""
    values = " or ".join(f"{v:.6g}" for v in np.unique(limit[there])[:MOST_NAMED])
    places = {tuple(place) for place in np.argwhere(there).tolist()}
    every = {*np.ndindex(limit.shape)}
    place = ""
    if not there.all():
        told = where(right.names, places, every)
        some = f"at {len(places)} of {len(every)} places, ({_named(right, min(places))}) first"
        place = f" where {told}" if told else f" {some}"
    if place:
        return f"Of a window{place} no answer is {side} {values}, as if that were one of its cells"
    return f"No answer is {side} {values}, as if that were a cell of every window"
