"""What was not stated but would make it right: a dialect, or a class of algorithms.

Neither has a say in what should be refused, in empty batches, infinities, the layout in
memory, the dtype of the answer or side effects: what is wrong there hides no convention.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations, islice
from typing import Any

import numpy as np

from refcnn.diagnosis.observed import Observed, is_right
from refcnn.diagnosis.patient import Patient
from refcnn.diagnosis.suspects import LEAST
from refcnn.harness.python import PythonFunctions
from refcnn.suite.case import Answer, Case, Outcome
from refcnn.suite.dialects import known_dialects, ruled
from refcnn.suite.generators import question
from refcnn.suite.mutants import Mutant
from refcnn.suite.numerics import classes_of

FIRST = 3  # failing cases, of which all dialects are tried
MOST_COMPARED = 200  # questions on which a mistake is compared with a dialect


def undeclared_class(patient: Patient) -> str:
    """The class of algorithms of which every failing answer would be right, or "".

    An exception is the answer of no class, and some answers must lie further off than the
    rounding of direct sums explains.
    """
    classes = classes_of(patient.operator)
    if not classes:
        return ""
    in_dtype = filter(_in_its_dtype, patient.failing)  # others are rounded by being narrower
    failing = [one for one in map(_numbers, in_dtype) if one.fails and _ordinary(one)]
    too_far = [one for one in failing if not _right(one, exact=False)]
    if len(too_far) < LEAST:
        return ""
    known = (name for name in classes if _all_right_in(name, failing))
    return next(known, "")


def _in_its_dtype(one: Observed) -> bool:
    """Whether whatever was answered has the dtype that was asked for."""
    outputs = one.outcome.outputs.values() if isinstance(one.outcome, Answer) else ()
    return all(array.dtype == one.case.dtype for array in outputs)


def _all_right_in(algorithm: str, failing: Sequence[Observed]) -> bool:
    return all(_right(one, algorithm=algorithm) for one in failing)


def undeclared_dialects(patient: Patient) -> tuple[str, ...]:
    """The dialects, one or two, by which all is right that was answered, if any are.

    Rounding is left aside: it tells nothing of conventions.
    """
    wrong = (one for one in _core(patient.failing) if not _right(one, exact=False))
    few = [*islice(wrong, FIRST)]
    likely = [names for names in _candidates(patient) if _all_by(names, few)]
    if not likely:
        return ()
    failing, passing = [*few, *wrong], [*_core(patient.passing)]
    fitting = (names for names in likely if _all_by(names, failing))
    needed = (names for names in fitting if _all_needed(names, failing))
    known = (names for names in needed if _all_by(names, passing))
    return next(known, ())


def _all_by(names: tuple[str, ...], seen: Sequence[Observed]) -> bool:
    return all(_by(names, one) for one in seen)


def _candidates(patient: Patient) -> Iterator[tuple[str, ...]]:
    """Sets of dialects of the operator that are not stated, single ones first."""
    mine = [name for name, d in known_dialects().items() if patient.operator in d.operators]
    open_ones = [name for name in mine if name not in patient.dialects]
    yield from ((name,) for name in open_ones)
    yield from combinations(open_ones, 2)


def _all_needed(names: tuple[str, ...], failing: Sequence[Observed]) -> bool:
    """Whether each dialect makes at least three cases right that are wrong without it."""
    return all(_needed(name, names, failing) for name in names)


def _needed(name: str, names: tuple[str, ...], failing: Sequence[Observed]) -> bool:
    others = tuple(other for other in names if other != name)
    without = (one for one in failing if not _by(others, one))
    return len(list(islice(without, LEAST))) == LEAST


def _by(names: tuple[str, ...], one: Observed) -> bool:
    return _right(one, dialects=names, exact=False)


def _right(one: Observed, **stated: Any) -> bool:
    return is_right(one.case, one.outcome, **stated)


def _core(seen: Sequence[Observed]) -> Iterator[Observed]:
    """Cases that conventions have a say in, answers as mere numbers."""
    return (_numbers(one) for one in seen if _ordinary(one))


def _ordinary(one: Observed) -> bool:
    """Whether a case is legal and of the ordinary kind."""
    tensors = one.case.inputs.values()
    plain = one.legal and one.case.memory == "plain" and len(one.case.inputs["x"]) > 0
    return plain and all(np.isfinite(tensor).all() for tensor in tensors)


def _numbers(one: Observed) -> Observed:
    """The answer in the dtype that was asked for, free of side effects."""
    if not one.fails or not isinstance(one.outcome, Answer) or not one.legal:
        return one
    with np.errstate(all="ignore"):
        outputs = {name: a.astype(one.case.dtype) for name, a in one.outcome.outputs.items()}
    outcome = Answer(outputs)
    return replace(one, outcome=outcome, fails=not is_right(one.case, outcome))


# --- mistakes that are a stated convention


def is_stated(mutant: Mutant, patient: Patient) -> bool:
    """Whether a mistake is the rule of a stated dialect, or only leaves it out."""
    mine = (n for n in patient.dialects if patient.operator in known_dialects()[n].operators)
    return any(_is_the_rule(mutant, name) for name in mine)


@cache
def _is_the_rule(mutant: Mutant, dialect: str) -> bool:
    """Whether it answers as the dialect does to what is asked, or to its own words as standard."""
    pairs = _ruled_pairs(mutant.operator, dialect)
    functions = PythonFunctions({mutant.operator: mutant.build()})

    def run(case: Case) -> Outcome:
        functions.forget()
        return functions.run(case)

    speaks = all(is_right(plain, run(asked)) for asked, plain in pairs)
    undoes = all(is_right(asked, run(plain)) for asked, plain in pairs)
    return bool(pairs) and (speaks or undoes)


@cache
def _ruled_pairs(operator: str, dialect: str) -> list[tuple[Case, Case]]:
    """Cases on which a dialect has a say, each with the case that the standard answers so."""
    found = []
    for index in range(MOST_COMPARED):
        asked = question(operator, 0, index)
        if asked.rule:
            continue
        stated = replace(asked.case, dialects=(dialect,))
        by_rule = ruled(stated)
        if by_rule is not None and by_rule is not stated:
            found.append((asked.case, by_rule))
    return found
