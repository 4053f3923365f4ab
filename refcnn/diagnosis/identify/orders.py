"""What is read where no formula holds: an order in memory, several cells, or an example."""

from collections.abc import Iterator, Sequence

import numpy as np

from refcnn.diagnosis.identify.equation import SYMBOLS, Axis, Equation, axes_of, fraction
from refcnn.diagnosis.identify.fit import Affine
from refcnn.diagnosis.identify.reading import NOWHERE, Reading

MOST_SHOWN = 2  # products that an example names


def in_memory(right: Reading, yours: Reading) -> str:
    """In which order neighbouring axes are read or put, if numbered they follow a formula; or "".

    The axes are those of one tensor, or of the answer; the formula is in all others. Of several
    the one is told that needs the fewest variables that the right one does not have.
    """
    axes, found = axes_of(right), list[tuple[int, int, str]]()
    for tensor in (*right.tensors, ""):
        own, others = _of_tensor(axes, tensor)
        for block in _neighbours(own):
            sizes = [axes[n].size for n in block]
            one, meant = (_flat(reading, others, block, sizes) for reading in (yours, right))
            if one and meant and one != meant:
                told = _of_order(
                    [axes[n] for n in block], [axes[n].name for n in others], one, meant
                )
                found.append((*_strangeness(one, meant), told))
    return min(found, default=(0, 0, ""))[2]


def _strangeness(found: Affine, meant: Affine) -> tuple[int, int]:
    """The number of variables that are not those of the right formula, and of all."""
    strange = sum(bool(one) and not other for one, other in zip(found.factors, meant.factors))
    return strange, sum(map(bool, found.factors))


def _of_order(block: Sequence[Axis], names: Sequence[str], found: Affine, meant: Affine) -> str:
    """The sentence about some axes that follow each other in memory."""
    tensor = block[0].tensor
    does = f"numbered as they lie in memory, are {'read' if tensor else 'put'} in another order"
    numbers = f"number {found.told(names)}, not {meant.told(names)}"
    which = _named([axis.plural for axis in block])
    return f"The {which} of {tensor or 'the answer'}, {does}: {numbers}"


def _of_tensor(axes: Sequence[Axis], tensor: str) -> tuple[list[int], list[int]]:
    """The columns of a tensor, and those of all others that vary."""
    own = [n for n, axis in enumerate(axes) if axis.tensor == tensor]
    return own, [n for n, axis in enumerate(axes) if axis.tensor != tensor and axis.size > 1]


def _neighbours(columns: Sequence[int]) -> Iterator[Sequence[int]]:
    """Two or more columns that follow each other, the fewest first, the last of these first."""
    for number in range(2, len(columns) + 1):
        for end in range(len(columns), number - 1, -1):
            yield columns[end - number : end]


def _named(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


def beyond_in_memory(right: Reading, yours: Reading) -> str:
    """That beyond a border the cell is read that comes next in memory; "" if it is another one.

    Numbered as they lie in memory, all cells then follow the right formula.
    """
    axes = axes_of(right)
    for tensor in right.tensors:
        own, others = _of_tensor(axes, tensor)
        sizes = [axes[n].size for n in own]
        found, meant = (_flat(one, others, own, sizes) for one in (yours, right))
        if found and found == meant:
            return (
                "What lies beyond the border is taken from the neighbouring row, as numbers "
                f"follow each other in memory: number {found.told([axes[n].name for n in others])}"
            )
    return ""


def _flat(
    reading: Reading, others: Sequence[int], block: Sequence[int], sizes: Sequence[int]
) -> Affine | None:
    """The formula of the number of a cell in a block of axes, in all other columns at once."""
    places = reading.places[reading.real]
    if not len(places) or (places[:, [*block]] >= sizes).any():
        return None
    values = np.ravel_multi_index(tuple(places[:, [*block]].T), tuple(sizes))
    columns = np.column_stack([places[:, [*others]], np.ones(len(places), np.int64)])
    answers = np.linalg.lstsq(columns.astype(float), values.astype(float), rcond=None)[0]
    *factors, constant = np.rint(answers).astype(int).tolist()
    found = Affine(tuple(factors), constant)
    return found if bool((found.of(places[:, [*others]]) == values).all()) else None


def several(yours: Equation, column: int) -> str:
    """Which places of an axis are added up together, where one of them should be read; or ""."""
    pattern, reading = yours.pattern, yours.reading
    axis = pattern.axes[column]
    places = reading.places[reading.real]
    sets: dict[tuple[int, ...], set[int]] = {}
    for row, value in zip(places[:, [*pattern.free]].tolist(), places[:, column].tolist()):
        sets.setdefault(tuple(row), set()).add(value)
    if max(map(len, sets.values()), default=0) < 2:
        return ""
    added = f"of {axis.tensor} are added up, not one alone"
    if all(one == {*range(axis.size)} for one in sets.values()):
        return f"All {axis.plural} {added}"
    for place, name in enumerate(pattern.names):
        if all(one == {*range(row[place] + 1)} for row, one in sets.items()):
            return f"{axis.plural.capitalize()} 0 to {name} {added}"
        if all(one == {*range(row[place], axis.size)} for row, one in sets.items()):
            return f"{axis.plural.capitalize()} from {name} on {added}"
    return ""


def example(right: Reading, yours: Reading) -> Iterator[str]:
    """Of the first output that is made of other products, some that it has and some it lacks."""
    own = right.constant.ndim
    terms = [_by_output(reading, own) for reading in (right, yours)]
    for output in sorted({*terms[0], *terms[1]}):
        meant, found = (one.get(output, set()) for one in terms)
        if meant != found:
            more, less = sorted(found - meant), sorted(meant - found)
            said = [
                f"{verb} {_products(right, some)}"
                for verb, some in (("it adds", more), ("it lacks", less))
                if some
            ]
            yield f"At {_cell(right.case.looks_at, output)} {' and '.join(said)}"
            return


def _by_output(reading: Reading, own: int) -> dict[tuple[int, ...], set[tuple[float, ...]]]:
    found: dict[tuple[int, ...], set[tuple[float, ...]]] = {}
    for row, factor in zip(reading.places.tolist(), reading.factors.tolist()):
        found.setdefault(tuple(row[:own]), set()).add((*row[own:], factor))
    return found


def _products(right: Reading, terms: Sequence[tuple[float, ...]]) -> str:
    """Products of cells, a few of them as they are written."""
    said = []
    for *places, factor in terms[:MOST_SHOWN]:
        cells, rest = [], [int(place) for place in places]
        for name in right.tensors:
            rank = right.case.inputs[name].ndim
            cells.append("" if NOWHERE in rest[:rank] else _cell(name, rest[:rank]))
            rest = rest[rank:]
        said.append(f"{fraction(factor)}{' '.join(filter(None, cells))}".strip() or "1")
    more = f" and {len(terms) - len(said)} more" if len(terms) > len(said) else ""
    return f"{' + '.join(said)}{more}"


def _cell(name: str, place: Sequence[float]) -> str:
    return f"{SYMBOLS.get(name, name)}[{', '.join(str(int(n)) for n in place)}]"
