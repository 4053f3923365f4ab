"""Mistakes that no catalogue has: made of what was read, and held against all that was seen.

What was read at one shape is made a mistake for all of them: windows that lie elsewhere, or are
turned over, everywhere or where failing cases lie. It is named if it gives every wrong answer
that was observed, and a right one to every case that passes, as those of the catalogue do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refcnn.diagnosis.diagnosis import Diagnosis
from refcnn.diagnosis.fits import fit
from refcnn.diagnosis.identify.identified import Identified
from refcnn.diagnosis.identify.moves import Move, Moves
from refcnn.diagnosis.patient import Ask, Patient
from refcnn.diagnosis.suspects import Suspect
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.limits import AND
from refcnn.suite.mutants import Mutant
from refcnn.suite.predicates import true_of
from refcnn.suite.recorder import Entry
from refcnn.suite.registry import record
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array

NAME = "as-read"


def named_as_read(
    found: Diagnosis, entries: Sequence[Entry], features: Features, ask: Ask
) -> Diagnosis:
    """The diagnosis with a mistake that was read, if it explains every failing case.

    The rest is what `diagnose` was given.
    """
    if found.complete or not any(read.moves for read in found.deviation.equations):
        return found
    patient = Patient(found.operator, entries, features, ask)
    for mistake in _mistakes(found):
        explained = fit(Suspect(mistake, patient), patient)
        if explained and explained.whole:
            number = explained.against
            return replace(found, mistakes=(mistake,), explained=number, failing=number)
    return found


def _mistakes(found: Diagnosis) -> Iterator[Mutant]:
    """What was read of an operator, made mistakes: of all cases, and of those alone that fail."""
    places = dict.fromkeys(("", found.trait.where if found.trait else ""))
    for read in found.deviation.equations:
        for where in places if read.moves else ():
            yield _mistake(read, read.moves or (), where)


def _mistake(read: Identified, moves: Moves, where: str) -> Mutant:
    operator = read.case.operator
    sentences = dict.fromkeys(one.partition(": it reads")[0] for one in read.differences)
    told = ", and ".join(sentences)
    only = f", where {where}" if where else ""
    clause = record(operator).basis[0]
    needed = {*where.split(AND)} if where else set[str]()
    hooks = {
        "patches": (_where(needed, operator, lambda _, c: _windows(c, c.x, c.fill, moves)),),
        "counts": (_where(needed, operator, lambda _, c: _counts(c, moves)),),
    }
    return Mutant(operator, NAME, clause, f"{told}{only}.", hooks)


def _where(needed: set[str], operator: str, hook: Hook) -> Hook:
    """A hook for the cases of which all that is `needed` is true."""

    def there(right: Array, c: Call) -> Any:
        if needed and not needed <= true_of(_case(operator, c)):
            return right
        return hook(right, c)

    return there


def _windows(c: Call, x: Array, fill: float, moves: Moves) -> Array:
    """(N, H_out, W_out, C, F_h, F_w): the windows over an image, where they lie instead."""
    for axis, move in enumerate(moves):
        # Rows of the image become rows of windows and of cells in them; columns follow.
        x = _taken(x, _places(c, axis, move), 1 + 2 * axis, fill)
    return np.asarray(x.transpose(0, 1, 3, 5, 2, 4))


def _counts(c: Call, moves: Moves) -> Array:
    """Of means: the cells of the image in each window."""
    ones = np.ones((1, *c.x.shape[1:3], 1), c.x.dtype)
    return np.asarray(_windows(c, ones, 0, moves).sum(axis=(-2, -1)))


def _case(operator: str, c: Call) -> Case:
    """The question that a call is."""
    known = record(operator)
    given = {name: c.given[name] for name in c.given["names"]}
    inputs = {n: given[n] for n in known.tensors if given.get(n) is not None}
    attributes = {n: value for n, value in given.items() if n in known.arguments}
    return Case(operator=operator, inputs=inputs, attributes=attributes)


def _places(c: Call, axis: int, move: Move) -> Array:
    """(windows, cells): the place of the image that each cell of each window reads."""
    first = np.arange(c.sizes[axis]) * c.strides[axis] - c.pads[axis][0]
    meant = first[:, np.newaxis] + np.arange(c.window[axis])
    last = c.x.shape[1 + axis] - 1
    return np.asarray((last - meant if move.turned else meant) + move.by)


def _taken(x: Array, places: Array, axis: int, fill: float) -> Array:
    """Places along an axis, `fill` where there are none; the axis becomes the two of `places`."""
    there = (places >= 0) & (places < x.shape[axis])
    inside = np.take(x, np.where(there, places, 0), axis=axis)
    after = (1,) * (inside.ndim - axis - 2)
    return np.where(there.reshape(there.shape + after), inside, x.dtype.type(fill))
