"""What softmax is asked: a domain for each clause that vectors are about."""

from refcnn.operators.softmax import cases
from refcnn.operators.softmax.cases import softmax
from refcnn.suite.generators import Domain, Domains, legal

DOMAINS = {
    "softmax": Domains(
        make=softmax,
        own=(
            Domain(("SOFT-1",), legal(cases.one_row)),
            Domain(("SOFT-2",), legal(cases.several_rows)),
            Domain(("SOFT-6",), legal(softmax, families=("high", "low", "uneven"))),
            Domain(("SOFT-7",), legal(softmax, families=("one-hot",))),
            Domain(("SOFT-8",), legal(cases.minus_infinity_among_logits)),
            Domain(("SOFT-9",), legal(softmax, families=("equal", "two-hot"))),
            Domain(("SOFT-9",), legal(cases.single_class)),
            Domain(("SOFT-10",), legal(cases.nan_among_logits)),
            Domain(("SOFT-11",), legal(cases.infinity_among_logits)),
            Domain(("SOFT-12",), legal(cases.nothing_but_minus_infinity)),
            Domain(("SOFT-13",), legal(cases.rows_of_other_ranks)),
        ),
        clear={"families": ("general",)},
        constant=True,
    ),
}
