"""What a submission states of itself, as far as the assignment lets it.

A STATEMENT in a file says how its functions are meant: images with channels first, sums by a
fast algorithm. The assignment names the members that students may state; of others the page
says that they were not heard.
"""

import json
from typing import Any

from refcnn.grading.assignment import Assignment
from refcnn.grading.cases import Setup, Vectors
from refcnn.grading.evidence import terms_of
from refcnn.harness.statement import Statement, checked, merged, statement
from refcnn.suite.numerics import CLASSES

ASSIGNMENT = "what is asked, and how, is what the assignment says"


def heard(said: str, assignment: Assignment) -> tuple[Statement, tuple[str, ...]]:
    """By which statement a submission is judged, and notes; `said` is its STATEMENT as JSON, or "".

    What cannot be read is not heard at all.
    """
    if not said:
        return assignment.stated, ()
    try:
        own = checked(json.loads(said), "STATEMENT")
    except (ValueError, RecursionError) as error:
        return assignment.stated, (f"its STATEMENT is not heard, it cannot be read: {error}",)
    taken: dict[str, Any] = {name: own[name] for name in assignment.policy.may_state if name in own}
    left = [name for name in own if name not in taken]
    told = f"its STATEMENT says {' and '.join(left)}, which is not heard here: {ASSIGNMENT}"
    return statement(merged(assignment.said, taken)), (told,) * bool(left)


def put_to(setup: Setup, stated: Statement) -> tuple[Vectors, Vectors]:
    """The private and the public vectors, as they are judged by a submission's own statement."""
    if stated == setup.assignment.stated:
        return setup.private, setup.public
    return _judged_by(stated, setup, setup.private), _judged_by(stated, setup, setup.public)


def _judged_by(stated: Statement, setup: Setup, vectors: Vectors) -> Vectors:
    found = {}
    for operator, own in vectors.items():
        features = setup.features[operator] - {*CLASSES} | ({stated.algorithm} & {*CLASSES})
        terms = terms_of(stated, operator, features)
        asked = (terms.ask(one) for one in own)
        found[operator] = tuple(filter(None, asked))
    return found
