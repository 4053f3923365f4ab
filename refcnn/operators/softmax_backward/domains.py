"""What softmax_backward is asked: a domain for each clause that vectors are about."""

from refcnn.operators.softmax_backward import cases
from refcnn.operators.softmax_backward.cases import softmax_backward
from refcnn.suite.generators import Domain, Domains, broken, in_turn, legal

LARGE = ("high", "low", "uneven")

DOMAINS = {
    "softmax_backward": Domains(
        make=softmax_backward,
        own=(
            Domain(("DSOFT-1", "DSOFT-3", "DSOFT-4", "DSOFT-6"), legal(cases.one_row)),
            Domain(("DSOFT-2",), legal(cases.several_rows)),
            Domain(("DSOFT-1",), legal(softmax_backward)),
            Domain(("DSOFT-5",), legal(softmax_backward, families=LARGE)),
            Domain(("DSOFT-7",), legal(cases.of_other_ranks)),
            Domain(("DSOFT-9",), in_turn(softmax_backward, families=("general",))),
            Domain(("DSOFT-8",), broken(cases.of_another_shape, families=("general",))),
        ),
        clear={"families": ("general",)},
        constant=True,
    ),
}
