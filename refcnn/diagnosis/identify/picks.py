"""To which cells of its window an operator sends what comes back, by the numbers in the window."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from refcnn.diagnosis.identify.equation import SYMBOLS, fraction
from refcnn.diagnosis.identify.reading import Reading
from refcnn.suite.tensors import Array

Place = tuple[int, ...]
Sent = dict[Place, float]  # by cell: times what
Rule = Callable[[Array, Array], Sent]


def _to(cells: Array, factor: float = 1.0) -> Sent:
    return {tuple(cell): factor for cell in cells.tolist()}


def _one(cells: Array, place: int) -> Sent:
    return _to(cells[place : place + 1])


def _largest(cells: Array, numbers: Array) -> Array:
    return np.asarray(cells[numbers == numbers.max()])


def _by_columns(cells: Array) -> Array:
    """Cells of an image in the order of their columns."""
    return np.asarray(cells[np.lexsort((cells[:, 1], cells[:, 2]))])


# cells: those of a window, row by row; numbers: what stands in them.
RULES: Mapping[str, Rule] = {
    "the first largest cell of its window": lambda c, n: _one(c, int(n.argmax())),
    "the last largest cell of its window": lambda c, n: _one(_largest(c, n)[::-1], 0),
    "every largest cell of its window": lambda c, n: _to(_largest(c, n)),
    "the largest cells of its window in equal shares": lambda c, n: _to(
        _largest(c, n), 1 / len(_largest(c, n))
    ),
    "the largest cell of its window that comes first column by column": lambda c, n: _one(
        _by_columns(_largest(c, n)), 0
    ),
    "the first smallest cell of its window": lambda c, n: _one(c, int(n.argmin())),
    "every cell of its window": lambda c, _: _to(c),
    "every cell of its window in equal shares": lambda c, _: _to(c, 1 / len(c)),
    "the first cell of its window": lambda c, _: _one(c, 0),
    "the last cell of its window": lambda c, _: _one(c, len(c) - 1),
}


@dataclass(frozen=True, slots=True, eq=False)
class Picks:
    """Where what comes back to each window goes.

    sent: by window, the cells and by what they are multiplied; rule: in words, "" if there is
    none that holds of all windows.
    """

    reading: Reading
    sent: Mapping[Place, Sent]
    rule: str

    @classmethod
    def of(cls, reading: Reading, windows: Reading, x: Array) -> "Picks":
        """Find the rule; windows: the cells that each output of the forward pass is made of."""
        own = reading.constant.ndim
        sent: dict[Place, Sent] = {}
        for row, factor in zip(reading.places[reading.real].tolist(), reading.factors.tolist()):
            sent.setdefault(tuple(row[own:]), {})[tuple(row[:own])] = factor
        cells = _cells_of(windows)
        return cls(reading, sent, next(_fitting(sent, cells, x), ""))

    def told(self) -> str:
        """As it is written: "dX[the first largest cell of its window] += dY[b, i, j, c]"."""
        output = SYMBOLS.get(self.reading.case.looks_at, self.reading.case.looks_at)
        tensor = SYMBOLS.get(self.reading.tensors[0], self.reading.tensors[0])
        return f"{output}[{self.rule or '?'}] += {tensor}[b, i, j, c]"


def _cells_of(windows: Reading) -> dict[Place, Array]:
    rows = windows.places[np.lexsort(windows.places.T[::-1])]
    found: dict[Place, list[list[int]]] = {}
    own = windows.constant.ndim
    for row in rows.tolist():
        found.setdefault(tuple(row[:own]), []).append(row[own:])
    return {place: np.array(cells) for place, cells in found.items()}


def _fitting(sent: Mapping[Place, Sent], cells: Mapping[Place, Array], x: Array) -> Iterator[str]:
    """The rules by which everything is sent where it was seen to go."""
    for name, rule in RULES.items():
        numbers = {place: x[tuple(own.T)] for place, own in cells.items()}
        meant = {place: rule(own, numbers[place]) for place, own in cells.items()}
        if meant == dict(sent):
            yield name


def pick_sentences(right: Picks, yours: Picks, x: Array) -> Iterator[str]:
    """Where what comes back goes instead, by a rule or by an example."""
    if yours.reading.constant.shape != right.reading.constant.shape:
        yield f"dX has the shape {yours.reading.constant.shape}, not {right.reading.constant.shape}"
        return
    ratios = _ratios(right, yours)
    if len(ratios) == 1:
        yield f"Everything is multiplied by {fraction(ratios.pop()).strip()}"
        return
    odd = [p for p in sorted({*right.sent, *yours.sent}) if yours.sent.get(p) != right.sent.get(p)]
    if yours.rule and yours.rule != right.rule:
        yield f"What comes back goes to {yours.rule}, not to {right.rule or 'other cells'}"
    elif odd:
        found, meant = (_goes(one.sent.get(odd[0], {}), x) for one in (yours, right))
        many = f"{len(odd)} of {len({*right.sent, *yours.sent})} windows"
        yield f"Of {many} it goes elsewhere: dY{list(odd[0])} to {found}, not to {meant}"


def _ratios(right: Picks, yours: Picks) -> set[float]:
    """By what all that is sent is multiplied, where it goes to the right cells."""
    pairs = [(own, yours.sent.get(place, {})) for place, own in right.sent.items()]
    if any(meant.keys() != found.keys() for meant, found in pairs):
        return set()
    return {round(found[cell] / meant[cell], 9) for meant, found in pairs for cell in meant}


def _times(factor: float) -> str:
    return "" if factor == 1 else f"{fraction(factor)}times to "


def _goes(sent: Sent, x: Array) -> str:
    said = [
        f"{_times(factor)}dX{list(cell)} (where x is {x[cell]:.6g})"
        for cell, factor in sorted(sent.items())[:2]
    ]
    more = f" and {len(sent) - 2} more" if len(sent) > 2 else ""
    return f"{' and '.join(said)}{more}" or "no cell"
