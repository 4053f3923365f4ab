"""What dense_backward is asked: a domain for each clause that vectors are about."""

from refcnn.operators.dense_backward import cases
from refcnn.operators.dense_backward.cases import dense_backward
from refcnn.operators.dense_backward.cases import of_several_examples as several
from refcnn.suite.generators import Domain, Domains, broken, in_turn, legal, of_output

DOMAINS = {
    "dense_backward": Domains(
        make=dense_backward,
        own=(
            Domain(("DDENSE-1",), of_output("dx", dense_backward, bias=False)),
            Domain(("DDENSE-2",), of_output("dkernel", dense_backward, bias=False)),
            Domain(("DDENSE-3",), of_output("dbias", several, bias=True)),
            Domain(("DDENSE-6",), of_output("dkernel", several, families=("small",), bias=False)),
            Domain(("DDENSE-4", "DDENSE-5"), legal(dense_backward)),
            Domain(("DDENSE-4",), legal(dense_backward, families=("general", "spread"))),
            Domain(("DDENSE-8",), in_turn(dense_backward, families=("small",))),
            Domain(("DDENSE-7",), broken(cases.of_another_shape)),
        ),
        clear={"families": ("small",), "bias": False},
    ),
}
