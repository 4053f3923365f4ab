"""What softmax_cross_entropy is asked: a domain for each clause that vectors are about."""

from refcnn.operators.softmax_cross_entropy import cases
from refcnn.operators.softmax_cross_entropy.cases import LARGE, softmax_cross_entropy
from refcnn.suite.generators import Domain, Domains, broken, in_turn, legal, of_output

DOMAINS = {
    "softmax_cross_entropy": Domains(
        make=softmax_cross_entropy,
        own=(
            Domain(("SCE-1", "SCE-6"), of_output("loss", cases.one_row)),
            Domain(("SCE-2", "SCE-7"), of_output("dx", cases.one_row)),
            Domain(("SCE-3", "SCE-4"), legal(cases.several_rows)),
            Domain(("SCE-3",), legal(softmax_cross_entropy)),
            Domain(("SCE-3",), legal(cases.wrong_and_certain)),
            Domain(("SCE-5",), legal(softmax_cross_entropy, families=LARGE)),
            Domain(("SCE-8",), legal(cases.certain_but_one)),
            Domain(("SCE-9",), legal(cases.ruled_out)),
            Domain(("SCE-10",), in_turn(softmax_cross_entropy, families=("general",))),
            Domain(("SCE-11",), broken(cases.of_no_class)),
            Domain(("SCE-12",), broken(cases.of_another_number)),
            Domain(("SCE-13",), broken(cases.empty)),
        ),
        clear={"families": ("general",)},
        constant=True,
    ),
}
