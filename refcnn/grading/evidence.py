"""The evidence on one operator of an assignment: public and private vectors, kept in files.

All are drawn within what the assignment asks: its forms, limits, dialects and calls. The
public ones show what can be seen there at all; private ones must see as much, whatever
the seed. The public ones of the whole specification are those of refcnn.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from refcnn.diagnosis.kinds import of_every_kind
from refcnn.diagnosis.select import NotCoveredError, chosen, hoped, needed, shown, unmet
from refcnn.grading.assignment import Assignment, AssignmentError
from refcnn.grading.kept import Kept
from refcnn.harness.python import PythonFunctions
from refcnn.harness.statement import Statement
from refcnn.implementations.sayable import sayable
from refcnn.suite import vector_files
from refcnn.suite.capabilities import Features, Said, features_of, usual_forms
from refcnn.suite.case import Case, Missing, Outcome
from refcnn.suite.dialects import known_dialects
from refcnn.suite.generators import SUITE
from refcnn.suite.numerics import CLASSES
from refcnn.suite.probe import find_out
from refcnn.suite.registry import record
from refcnn.suite.tensors import DTYPES
from refcnn.suite.terms import Terms, anything, whole
from refcnn.suite.vectors import Vector

RECIPE = "any pair of main things; each mistake, twice at home; oblong, further and square chains"
KILLS, PROOFS = 1, 1
PUBLIC_SEED = 0  # of public vectors, where not the whole specification is asked for

Vectors = tuple[Vector, ...]


def terms_of(stated: Statement, operator: str, features: Features) -> Terms:
    """What an operator is asked within, where its forms and limits are known."""
    dialects = stated.of("dialects", operator)
    own = tuple(name for name in dialects if operator in known_dialects()[name].operators)
    return Terms(operator, features, own, sayable(stated) if stated.calls else anything)


class Evidence:
    """Vectors of one operator, drawn within the terms of an assignment."""

    def __init__(self, assignment: Assignment, operator: str, kept: Kept) -> None:
        """Nothing is drawn before it is needed; what was drawn once is kept."""
        self.assignment, self.operator, self.kept = assignment, operator, kept

    @cached_property
    def terms(self) -> Terms:
        """What the operator is asked within. Raises AssignmentError if that is nothing."""
        stated = self.assignment.stated
        kept = self._file("terms", lambda: json.dumps(sorted(self._features())))
        classes = {stated.algorithm} & {*CLASSES}
        return terms_of(stated, self.operator, frozenset(json.loads(kept)) | classes)

    def public(self) -> Vectors:
        """The public vectors, as they are asked and judged."""
        if self.terms.is_whole:
            return self._asked(vector_files.public()[self.operator])
        return self._drawn("public", PUBLIC_SEED)

    def private(self, seed: int) -> Vectors:
        """The vectors of a seed, as they are asked and judged."""
        return self._drawn(f"private {seed}", seed)

    def _drawn(self, what: str, seed: int) -> Vectors:
        """Vectors of every kind, and for what these do not show others that were chosen for it."""

        def made() -> str:
            plain = of_every_kind(self.terms, seed)
            wanted = {**hoped(self.terms), **self._wanted}
            left = unmet(self.terms, wanted, plain)
            hopes = {need: left[need] for need in left.keys() - self._wanted.keys()}
            musts = {need: left[need] for need in left.keys() - hopes.keys()}
            own = chosen(self.terms, seed, musts, hopes)
            return vector_files.text([*own, *plain], seed)

        return self._asked(vector_files.parsed(self._file(what, made)))

    @property
    def _wanted(self) -> dict[str, int]:
        """What private vectors must show: all that public ones do."""
        wanted = needed(self.terms, KILLS, PROOFS)
        if self.terms.is_whole:
            return wanted
        return {need: times for need, times in wanted.items() if need in self._shown}

    @cached_property
    def _shown(self) -> frozenset[str]:
        kept = self._file("shown", lambda: json.dumps(sorted(shown(self.terms, PUBLIC_SEED))))
        return frozenset(json.loads(kept))

    def _asked(self, vectors: Sequence[Vector]) -> Vectors:
        found = (self.terms.ask(one) for one in vectors)
        return tuple(filter(None, found))

    def _features(self) -> Features:
        """The dtypes, forms and limits that are asked for: found out where a call decides it."""
        stated, left_out = self.assignment.stated, {*self.assignment.without_of(self.operator)}
        limits = frozenset(stated.of("limits", self.operator))
        dtypes = stated.of("dtypes", self.operator)
        forms = usual_forms(self.operator, stated.attributes) - left_out
        if not stated.calls:
            return (forms - {*DTYPES}.difference(dtypes or DTYPES)) | limits
        said = sayable(stated)
        functions = PythonFunctions({self.operator: record(self.operator).reference})

        def run(case: Case) -> Outcome:
            if features_of(case) & left_out or not said(case):
                return Missing("not asked for")
            return functions.run(case)

        found = find_out(run, [self.operator], {self.operator: Said(dtypes, tuple(limits))})
        if self.operator not in found.features:
            raise AssignmentError(
                f"nothing can be asked of {self.operator}: its call is too narrow"
            )
        return found.features[self.operator]

    def _file(self, what: str, made: Callable[[], str]) -> str:
        """The text of a file of the cache. Raises AssignmentError if it cannot be made."""
        try:
            return self.kept.text(
                f"{self.operator}-{what.split(maxsplit=1)[0]}", self._about(what), made
            )
        except NotCoveredError as error:
            raise AssignmentError(f"too little can be asked: {error}") from None

    def _about(self, what: str) -> str:
        """All that a file depends on: other cases have another name."""
        own = tuple(call for call in self.assignment.stated.calls if call[0] == self.operator)
        stated = replace(self.assignment.stated, calls=own)  # what others are called is no matter
        catalogue = sorted(needed(whole(self.operator)))
        return repr(
            (SUITE, RECIPE, what, self.assignment.without_of(self.operator), stated, catalogue)
        )
