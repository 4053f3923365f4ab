"""Finding out what an implementation offers, by a search for calls that are answered.

The most usual question is asked first, then others of a small lattice, until one is
answered; from there one value is changed at a time. A form is not offered only if every
question in it is declined: by a signature that has no place for it, by `missing`, or by
NotImplementedError. What is declined is put into words as limits; what is refused by
another exception, although it is legal, fails.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from refcnn.suite.capabilities import NOTHING_SAID, Offer, Refused, Said, features_of
from refcnn.suite.case import Answer, Case, Crash, Outcome, Refusal, declined
from refcnn.suite.lattice import Point, around, case_at, further, searched
from refcnn.suite.limits import told_apart, within
from refcnn.suite.registry import record
from refcnn.suite.tensors import DTYPES

Run = Callable[[Case], Outcome]
MOST_FURTHER = 6  # questions in a form that was not answered, at other points
NOBODY: Mapping[str, Said] = {}


class Tried(NamedTuple):
    """One question of the search, and what came."""

    case: Case
    outcome: Outcome


def find_out(
    run: Run,
    operators: Iterable[str],
    said: Mapping[str, Said] = NOBODY,
    forgive: Callable[[str], None] = lambda _: None,
) -> Offer:
    """Search what an implementation offers of some operators; what is `said` of one is heeded.

    `forgive` is told each operator when its questions have been asked: crashes
    and timeouts that they met do not count against it.
    """
    limits = {op: one.limits for op, one in said.items()}
    offer = Offer({}, {}, {}, limits, {op: one.dialects for op, one in said.items()})
    for operator in operators:
        _Search(run, operator, said.get(operator, NOTHING_SAID)).tell(offer)
        forgive(operator)
    return offer


class _Search:
    """The search for one operator."""

    def __init__(self, run: Run, operator: str, said: Said) -> None:
        self.run, self.operator, self.said = run, operator, said
        self.dtypes = said.dtypes or DTYPES
        self.asked: list[Tried] = []

    def tell(self, offer: Offer) -> None:
        """Search, and put what was found into the offer."""
        anchor = self._anchor()
        if anchor is None:
            self._without_an_answer(offer)
            return
        for dtype in self.dtypes:
            self._vary({**anchor, "dtype": dtype})
        self._look_further(anchor)
        forms = self._forms()
        features = frozenset(form for form, why in forms.items() if not why)
        offer.reasons[self.operator] = {form: why for form, why in forms.items() if why}
        known = self._within_forms(features)
        limits = told_apart(self.operator, *_taken(known, declined)).limits
        names = {limit.name for limit in limits}
        inside = [one for one in known if within(one.case, names)]
        refused = [*self._refused_forms(forms), *self._refused_parts(inside)]
        offer.features[self.operator] = features | {
            *self.said.limits,
            *names,
            *(part.name for one in refused for part in one.limits),
        }
        offer.refused[self.operator] = refused

    def _ask(self, point: Point) -> Outcome | None:
        """Ask at a point, unless no legal question within what is stated is there."""
        try:
            case = case_at(self.operator, point)
        except ValueError:
            return None
        if not within(case, self.said.limits):
            return None
        outcome = self.run(case)
        if getattr(outcome, "asked", True):
            self.asked.append(Tried(case, outcome))
        return outcome

    def _anchor(self) -> Point | None:
        """The first point that is answered with an array."""
        for point in searched(self.operator, self.dtypes):
            outcome = self._ask(point)
            if isinstance(outcome, Answer):
                return point
            if isinstance(outcome, Crash) and not outcome.asked:
                return None
        return None

    def _vary(self, point: Point) -> None:
        for one in (point, *around(self.operator, point)):
            self._ask(one)

    def _look_further(self, anchor: Point) -> None:
        """Ask in forms that were not answered, where other sizes are asked for, too."""
        for form in self._unanswered():
            points = [p for p in around(self.operator, anchor) if self._is_in(form, p)]
            others = [other for p in points for other in further(self.operator, p)]
            for other in others[:MOST_FURTHER]:
                if isinstance(self._ask(other), Answer):
                    break

    def _is_in(self, form: str, point: Point) -> bool:
        try:
            return form in features_of(case_at(self.operator, point))
        except ValueError:  # no legal question is there
            return False

    def _unanswered(self) -> list[str]:
        answered = {f for one in self.asked if _is_answer(one) for f in features_of(one.case)}
        return [form for form in record(self.operator).forms if form not in answered]

    def _forms(self) -> dict[str, str]:
        """By dtype and form: why it is not offered, or ""."""
        forms = {form: self._why_not(form) for form in record(self.operator).forms}
        dtypes = {dtype: self._why_no_dtype(dtype) for dtype in DTYPES}
        if all(dtypes.values()):  # neither is kept: both are asked, and the faults shown
            dtypes = dict.fromkeys(DTYPES, "")
        return {**dtypes, **forms}

    def _within(self, form: str) -> list[Tried]:
        return [one for one in self.asked if form in features_of(one.case)]

    def _why_not(self, form: str) -> str:
        asked = self._within(form)
        if any(map(_is_answer, asked)):
            return ""
        failed = [one.outcome for one in asked if not declined(one.outcome)]
        if failed:
            return f"it never answers: {failed[0]}"
        return _said(asked[0].outcome) if asked else "beyond the limits that are stated"

    def _why_no_dtype(self, dtype: str) -> str:
        if self.said.dtypes:
            return "" if dtype in self.said.dtypes else f"{dtype} is not stated"
        answers = [one.outcome for one in self._within(dtype) if _is_answer(one)]
        dtypes = [*map(_dtypes, answers)]
        if dtypes and {dtype} not in dtypes:  # of several outputs, one at least is another
            return f"it answers {' and '.join(sorted(set().union(*dtypes)))} to {dtype}"
        return "" if dtypes else self._why_not(dtype)

    def _within_forms(self, features: frozenset[str]) -> list[Tried]:
        return [one for one in self.asked if features_of(one.case) <= features]

    def _refused_forms(self, forms: Mapping[str, str]) -> list[Refused]:
        """Forms in which every question fails, each with the first that does."""
        found = []
        for form in forms:
            asked = self._within(form)
            failed = [one for one in asked if not declined(one.outcome)]
            if failed and forms[form] and not any(map(_is_answer, asked)):
                answered = [one.case for one in self.asked if _is_answer(one)]
                beyond = [one.case for one in failed]
                limits = told_apart(self.operator, answered, beyond).limits
                found.append(Refused(self.operator, limits, *failed[0]))
        return found

    def _refused_parts(self, known: Sequence[Tried]) -> list[Refused]:
        """What is refused in forms that are offered, as far as limits tell it apart."""
        answered, failed = _taken(known, lambda o: not isinstance(o, Answer) and not declined(o))
        found = []
        for limit in told_apart(self.operator, answered, failed).limits:
            first = next(one for one in known if not within(one.case, [limit.name]))
            found.append(Refused(self.operator, (limit,), *first))
        return found

    def _without_an_answer(self, offer: Offer) -> None:
        """Nothing was answered: all is declined, or what fails is to be shown."""
        failed = [one for one in self.asked if not declined(one.outcome)]
        if self.asked and not failed:
            offer.reasons[self.operator] = {"all of it": _said(self.asked[0].outcome)}
            return
        tried = {feature for one in failed for feature in features_of(one.case)}
        lacking = [form for form in record(self.operator).forms if form not in tried]
        offer.reasons[self.operator] = {form: self._why_not(form) for form in lacking}
        offer.features[self.operator] = frozenset(tried or self.dtypes) | {*self.said.limits}


def _dtypes(outcome: Outcome) -> set[str]:
    """The dtypes of all outputs of an answer."""
    outputs = outcome.outputs.values() if isinstance(outcome, Answer) else ()
    return {str(array.dtype) for array in outputs}


def _said(outcome: Outcome) -> str:
    """Why something is declined, in the words of whoever declined it."""
    if isinstance(outcome, Refusal) and outcome.message:
        place = f" (line {outcome.line})" if outcome.line else ""
        return f"{outcome.message}{place}"
    return str(outcome)


def _is_answer(one: Tried) -> bool:
    return isinstance(one.outcome, Answer)


def _taken(
    asked: Iterable[Tried], beyond: Callable[[Outcome], bool]
) -> tuple[list[Case], list[Case]]:
    """The cases that are answered, and those that are `beyond`."""
    known = [*asked]
    answered = [one.case for one in known if _is_answer(one)]
    return answered, [one.case for one in known if beyond(one.outcome)]
