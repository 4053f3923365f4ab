"""What the gradients of pools are asked: a domain for each clause that vectors are about."""

from typing import Any

from refcnn.operators.pool2d_backward import cases
from refcnn.operators.pool2d_backward.cases import (
    AVG,
    MAKERS,
    MAX,
    PLAIN,
    in_squares,
    overlapping,
)
from refcnn.suite import changes
from refcnn.suite.draw import PADDED, STRIDED
from refcnn.suite.generators import Domain, Domains, broken, changed, in_turn, legal

ONE_MAP: dict[str, Any] = {**PLAIN, "depth": 1}
OF_PADDING: dict[str, Any] = {**PLAIN, "padding": PADDED}
TIES: dict[str, Any] = {**PLAIN, "families": ("ties",)}


def _of(operator: str, *own: Domain) -> Domains:
    pool = MAKERS[operator]
    return Domains(
        make=pool,
        own=(
            *own,
            Domain(("DPOOL-3",), legal(in_squares(pool), **PLAIN)),
            Domain(("DPOOL-4",), legal(in_squares(overlapping), operator=operator, **PLAIN)),
            Domain(("DPOOL-5",), legal(cases.with_gaps, operator=operator, **PLAIN)),
            Domain(("DPOOL-6",), legal(pool, **OF_PADDING)),
            Domain(("DPOOL-8", "DPOOL-10", "DPOOL-11"), legal(pool)),
            Domain(("DPOOL-8",), legal(pool, strides=STRIDED, padding=PADDED)),
            Domain(("DPOOL-9",), legal(pool, made=("general", "spread"))),
            Domain(("DPOOL-13",), in_turn(pool, **PLAIN)),
            Domain(("DPOOL-12",), broken(cases.of_another_shape, operator=operator)),
        ),
        clear={**ONE_MAP},
    )


def _alone(operator: str, **options: Any) -> Any:
    return changed(MAKERS[operator], changes.first_example, **options)


DOMAINS = {
    MAX: _of(
        MAX,
        Domain(("DPOOL-1",), _alone(MAX, **ONE_MAP)),
        Domain(("DPOOL-7",), _alone(MAX, **{**ONE_MAP, **TIES})),
        Domain(("DPOOL-7",), legal(MAKERS[MAX], **{**TIES, "padding": PADDED})),
    ),
    AVG: _of(AVG, Domain(("DPOOL-2",), _alone(AVG, **ONE_MAP))),
}
