"""What relu_backward is asked: a domain for each clause that vectors are about."""

from refcnn.operators.relu_backward import cases
from refcnn.operators.relu_backward.cases import relu_backward
from refcnn.suite.generators import Domain, Domains, broken, in_turn, legal

DOMAINS = {
    "relu_backward": Domains(
        make=relu_backward,
        own=(
            Domain(("DRELU-1", "DRELU-4"), legal(relu_backward, families=("floats",))),
            Domain(("DRELU-1",), legal(relu_backward, families=("powers",))),
            Domain(("DRELU-2",), legal(cases.at_zero)),
            Domain(("DRELU-3",), legal(cases.of_layers)),
            Domain(("DRELU-5",), legal(cases.of_infinities)),
            Domain(("DRELU-6",), legal(cases.of_other_ranks)),
            Domain(("DRELU-8",), in_turn(relu_backward, families=("distinct",))),
            Domain(("DRELU-7",), broken(cases.of_another_shape)),
        ),
        clear={"families": ("floats",)},
    ),
}
