"""What an equation says otherwise than the right one, in sentences that are true of it."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from refcnn.diagnosis.identify.equation import Axis, Equation, Pattern, fraction
from refcnn.diagnosis.identify.fit import Affine, affine
from refcnn.diagnosis.identify.orders import beyond_in_memory, example, in_memory, several
from refcnn.diagnosis.identify.reading import Reading
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

Rows = Collection[tuple[int, ...]]  # of the free columns
ORDER = {"H": ("up", "down"), "W": ("left", "right")}
FOLDED = {
    "wrap": "what lies beyond the border is taken from the other side",
    "edge": "beyond the border its last {plural} are repeated",
    "reflect": "beyond the border its {plural} are reflected",
    "mirror": "beyond the border its {plural} are reflected, the outermost repeated",
}


def sentences(right: Equation, yours: Equation) -> list[str]:
    """Each thing in which two equations of one pattern differ; none if they are the same.

    They are of the same question; what is said holds at its shapes.
    """
    if yours.reading.constant.ndim != right.reading.constant.ndim:
        return [*_of_shapes(right, yours)]
    if not len(yours.reading.places):
        return [*_of_shapes(right, yours), f"No output was seen to depend on {_named(yours, 'or')}"]
    if not yours.reading.real.any():
        return [*_of_shapes(right, yours), *_of_border(yours)]
    found = [*_of_formulas(right, yours), *_of_shapes(right, yours)]
    if yours.reading.constant.shape == right.reading.constant.shape:
        found += _of_rows(right, yours)
    found += _of_border(yours)
    return [*found, *_of_factors(right.reading, yours), *_of_constants(yours.reading)]


def same(right: Reading, yours: Reading) -> bool:
    """Whether two readings have the same terms and constants."""
    if not np.array_equal(right.constant, yours.constant):
        return False
    one, other = (_in_order(reading) for reading in (right, yours))
    return one.shape == other.shape and bool((one == other).all())


def _in_order(reading: Reading) -> Array:
    rows = np.column_stack([reading.places, reading.factors])
    return np.asarray(np.unique(rows, axis=0))


def _of_shapes(right: Equation, yours: Equation) -> Iterator[str]:
    return other_sizes(right.reading, yours.reading, right.pattern.axes)


def other_sizes(right: Reading, yours: Reading, axes: Sequence[Axis]) -> Iterator[str]:
    """The sizes that an answer has, and those that it should have, by the axes of the output."""
    one, other = yours.constant.shape, right.constant.shape
    if len(one) != len(other):
        yield f"The answer has {len(one)} axes, not {len(other)}"
        return
    for axis, size, meant in zip(axes, one, other):
        if size != meant:
            yield f"The answer has {counted(size, axis.plural)}, not {meant}"


def _of_formulas(right: Equation, yours: Equation) -> Iterator[str]:
    pattern, operator = right.pattern, right.reading.case.operator
    without = [column for column in pattern.formulas if yours.formulas[column] is None]
    if without and (order := in_memory(right.reading, yours.reading)):
        yield order
        return
    for column, meant in pattern.formulas.items():
        found, axis = yours.formulas[column], pattern.axes[column]
        if found is not None and found != meant:
            told = _of_formula(operator, pattern, axis, meant, found)
            yield f"{told}, where something should be read" if yours.inside else told
    yield from _of_no_formulas(right, yours, without)


def _of_no_formulas(right: Equation, yours: Equation, without: Sequence[int]) -> Iterator[str]:
    """Of columns `without` formulas: what is added up, or that there is none, with an example."""
    axes = [right.pattern.axes[column] for column in without]
    added = [several(yours, column) if axis.tensor else "" for column, axis in zip(without, axes)]
    yield from (said or _of_no_formula(axis) for said, axis in zip(added, axes))
    if not all(added):
        yield from example(right.reading, yours.reading)


def _of_no_formula(axis: Axis) -> str:
    if not axis.tensor:
        return "Numbers are put in an order that follows no plain formula"
    return f"Which {axis.plural} of {axis.tensor} are read follows no plain formula"


def _of_formula(operator: str, pattern: Pattern, axis: Axis, meant: Affine, found: Affine) -> str:
    """How one coordinate of what is read, or of where it is put, differs."""
    plural = axis.plural
    if not axis.tensor:
        places = f"{plural[:-1]} {found.told(pattern.names)}, not {meant.told(pattern.names)}"
        return f"Numbers are put, or added, elsewhere: to {places}"
    both = f"it reads {plural[:-1]} {found.told(pattern.names)}, not {meant.told(pattern.names)}"
    if axis.letter not in ORDER or axis.tensor == "kernel":
        return f"{_of_choice(axis, found, pattern)}: {both}"
    forward = not record(operator).gradient_of
    said = [*_of_window(pattern, axis, meant, found)] if forward else []
    if found.fold:
        said.append(FOLDED[found.fold].format(plural=plural))
    told = " and ".join(said) or f"other {plural} are read"
    return f"{told[0].upper()}{told[1:]}: {both}"


def _of_choice(axis: Axis, found: Affine, pattern: Pattern) -> str:
    """Which channels, filters or examples are taken."""
    plural = axis.plural
    used = [(pattern.axes[c], f) for c, f in zip(pattern.free, found.factors) if f]
    if not used:
        return f"Only {plural[:-1]} {found.constant} of {axis.tensor} is read"
    if len(used) == 1 and used[0][1] == -1 and not found.fold:
        return f"The {plural} of {axis.tensor} are read from the last to the first"
    return f"Other {plural} of {axis.tensor} are read"


def _of_window(pattern: Pattern, axis: Axis, meant: Affine, found: Affine) -> Iterator[str]:
    """Where windows lie, how far apart, and in which order their cells are taken."""
    if _are_swapped(pattern, meant, found):
        yield "rows and columns of the kernel change places"
        return
    if _is_mirrored(axis, meant, found):
        yield f"the {axis.plural} of {axis.tensor} are read from the last to the first"
        return
    turned = 0
    for column, right, yours in zip(pattern.free, meant.factors, found.factors):
        free = pattern.axes[column]
        if right == yours:
            continue
        if free.tensor:
            yield _of_tap(axis, free, right, yours)
            turned += right * (free.size - 1) * (yours == -right)
        elif right:
            yield _of_step(pattern, axis, free, (right, yours), found)
    shift = found.constant - meant.constant - turned
    if shift and _as_far_apart(pattern, meant, found):
        way = ORDER[axis.letter][shift > 0]
        yield f"all windows lie {counted(abs(shift), axis.plural)} {way}"


def _is_mirrored(axis: Axis, meant: Affine, found: Affine) -> bool:
    """Whether what is read is as far from the end as it should be from the beginning."""
    turned = tuple(-factor for factor in meant.factors)
    last = axis.size - 1
    return not found.fold and (found.factors, found.constant) == (turned, last - meant.constant)


def _of_tap(axis: Axis, free: Axis, right: int, yours: int) -> str:
    """How the place that is read follows an axis of the kernel."""
    if free.letter != axis.letter or not yours:
        follows = "also follows" if yours else "does not follow"
        return f"which {axis.plural} are read {follows} the {free.plural} of the {free.tensor}"
    if yours == -right:
        return f"the kernel is turned over, its {axis.plural} from the last to the first"
    return f"neighbouring {axis.plural} of the kernel are {yours} apart, not {right}"


def _of_step(
    pattern: Pattern, axis: Axis, free: Axis, factors: tuple[int, int], found: Affine
) -> str:
    """How the place that is read follows an axis of the output: as it should, and as it does."""
    right, yours = factors
    if yours == -right:
        return f"windows follow each other from the last {axis.plural[:-1]} to the first"
    if yours:
        return f"windows are {counted(yours, axis.plural)} apart, not {right}"
    others = [f for c, f in zip(pattern.free, found.factors) if not pattern.axes[c].tensor]
    moved = "another axis" if any(others) else "none"
    return f"which {axis.plural} are read follows {moved} of the output, not {free.name}"


def _as_far_apart(pattern: Pattern, meant: Affine, found: Affine) -> bool:
    """Whether windows are as far apart as they should be."""
    triples = zip(pattern.free, meant.factors, found.factors)
    return all(right == yours for c, right, yours in triples if not pattern.axes[c].tensor)


def _are_swapped(pattern: Pattern, meant: Affine, found: Affine) -> bool:
    """Whether the two taps of a kernel take each other's places, and nothing else is different."""
    taps = [n for n, column in enumerate(pattern.free) if pattern.axes[column].letter in ORDER]
    taps = [n for n in taps if pattern.axes[pattern.free[n]].tensor]
    if len(taps) != 2 or meant.constant != found.constant or found.fold:
        return False
    one, other = taps
    swapped = list(meant.factors)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    return found.factors == tuple(swapped)


def counted(number: int, plural: str) -> str:
    """A number and what is counted: "1 row"."""
    return f"{number} {plural[:-1] if number == 1 else plural}"


def _of_rows(right: Equation, yours: Equation) -> Iterator[str]:
    """Products that are left out, and those that are too many."""
    pattern = right.pattern
    rows = set(map(tuple, pattern.of_rows(yours.reading)[yours.reading.real].tolist()))
    if (yours.inside or yours.formulas == pattern.formulas) and (missing := pattern.rows - rows):
        none = _where(pattern, missing, pattern.rows)
        only = "" if none else _where(pattern, rows & pattern.rows, pattern.rows)
        bias = yours.reading.tensors == ("bias",)
        if none:
            yield f"{'The bias is not added' if bias else 'Nothing is read'} where {none}"
        elif only:
            yield f"{'The bias is added' if bias else 'Something is read'} only where {only}"
        else:
            many = f"{len(missing)} of {len(pattern.rows)} cells are not read that should be"
            if None not in yours.formulas.values():
                yield _followed(pattern, rows) or many
    if yours.inside and (more := rows - pattern.rows):
        yield _of_more(right, yours, more, rows)


def _of_more(right: Equation, yours: Equation, more: Rows, rows: Rows) -> str:
    """What is read where nothing should be."""
    pattern = right.pattern
    if told := _where(pattern, more, rows):
        return f"Something is read where {told}, where nothing should be"
    if neighbour := beyond_in_memory(right.reading, yours.reading):
        return neighbour
    shown = next(example(right.reading, yours.reading), "")
    return f"{len(more)} times something is read where nothing should be. {shown}".rstrip(". ")


def _followed(pattern: Pattern, rows: Rows) -> str:
    """Which cells alone are read, where the place of the output decides that; or ""."""
    if not rows:
        return ""
    there = np.array(sorted(rows))
    of_output = [n for n, column in enumerate(pattern.free) if not pattern.axes[column].tensor]
    for place, column in enumerate(pattern.free):
        axis, values = pattern.axes[column], there[:, place]
        if axis.tensor and np.ptp(values):
            names = [pattern.names[n] for n in of_output]
            for like in _each_variable(len(of_output)):
                if found := affine(there[:, of_output], values, axis.size, like):
                    return f"Of the {axis.name} only {found.told(names)} is read"
    return ""


def _each_variable(number: int) -> Iterator[Affine]:
    for place in range(number):
        yield Affine(tuple(int(n == place) for n in range(number)), 0)


def _where(pattern: Pattern, some: Rows, every: Rows) -> str:
    return where(pattern.names, some, every)


def where(names: Sequence[str], some: Rows, every: Rows) -> str:
    """In words, which of some rows these are, or "" where there are none for it.

    names: of the columns.
    """
    if not some:
        return ""
    chosen, known = np.array(sorted(some)), np.array(sorted(every))
    conditions = []
    for place, name in enumerate(names):
        values, there = np.unique(chosen[:, place]), np.unique(known[:, place])
        if len(values) < len(there):
            conditions.append((place, f"{name} is {_listed(values.tolist())}"))
    within = np.ones(len(known), bool)
    for place, _ in conditions:
        within &= np.isin(known[:, place], np.unique(chosen[:, place]))
    if conditions and within.sum() == len(chosen):
        return " and ".join(told for _, told in conditions)
    return ""


def _listed(numbers: list[int]) -> str:
    if len(numbers) > 2 and numbers == [*range(numbers[0], numbers[-1] + 1)]:
        return f"{numbers[0]} to {numbers[-1]}"
    return " or ".join(map(str, numbers))


def _of_border(yours: Equation) -> Iterator[str]:
    """What is read where there is no cell."""
    reading = yours.reading
    if not reading.real.all():
        values = " or ".join(f"{v:.6g}" for v in np.unique(reading.factors[~reading.real])[:3])
        yield f"{values} is read where there should be a cell, or padding"


def _of_factors(right: Reading, yours: Equation) -> Iterator[str]:
    factor, meant = yours.factor, np.unique(right.factors)
    if len(meant) == 1 and factor is not None and factor != meant[0]:
        ratio = fraction(float(factor / meant[0])).strip() or "1"
        yield f"{_named(yours, 'times')} is multiplied by {ratio}".capitalize()
    elif len(meant) == 1 and factor is None:
        factors = np.unique(yours.reading.factors[yours.reading.real])
        told = ", ".join(f"{v:.6g}" for v in factors[:4])
        yield f"{_named(yours, 'times')} is multiplied by several numbers: {told}".capitalize()


def _named(yours: Equation, word: str) -> str:
    return f" {word} ".join(yours.reading.tensors)


def _of_constants(yours: Reading) -> Iterator[str]:
    if yours.constant.any() and yours.tensors != ("bias",):  # told of the others already
        given = " or ".join(yours.tensors)
        values = np.unique(yours.constant[yours.constant != 0])
        told = ", ".join(f"{v:.6g}" for v in values[:4])
        many = "all outputs" if yours.constant.all() else "some outputs"
        yield f"To {many} is added what does not depend on {given}: {told}"
