"""What relu is asked: a domain for each clause that vectors are about."""

from refcnn.operators.relu import cases
from refcnn.suite.generators import Domain, Domains, legal

DOMAINS = {
    "relu": Domains(
        make=cases.relu,
        own=(
            Domain(("RELU-1",), legal(cases.relu)),
            Domain(("RELU-3",), legal(cases.relu_of_layers)),
            Domain(("RELU-4",), legal(cases.relu_of_infinities)),
            Domain(("RELU-5",), legal(cases.relu_of_nan)),
            Domain(("RELU-6",), legal(cases.relu_of_other_ranks)),
        ),
        clear={"families": ("distinct",)},  # some of it negative, and so changed if done in place
    ),
}
