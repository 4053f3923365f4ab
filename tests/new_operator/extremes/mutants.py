"""Mistakes in extremes."""

from refcnn.suite.mutants.common import edges
from refcnn.suite.mutants.mutant import of

extremes = of("extremes")

MUTANTS = [
    extremes(
        "smallest-of-all",
        "EXTR-1",
        "The smallest number of the whole batch is given for every example.",
        smallest=lambda y, c: y * 0 + c.x.min(initial=0),
    ),
    extremes(
        "swapped",
        "EXTR-1",
        "The smallest number is given first.",
        largest=lambda y, c: c.x.min(axis=1, keepdims=True),
        smallest=lambda y, c: c.x.max(axis=1, keepdims=True),
    ),
    *edges("extremes"),
]
