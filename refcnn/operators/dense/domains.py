"""What dense is asked: a domain for each clause that vectors are about."""

from refcnn.operators.dense import cases
from refcnn.operators.dense.cases import dense
from refcnn.suite import changes
from refcnn.suite.generators import Domain, Domains, broken, changed, legal

BIASED = ("xsmall", "biasonly", "xwide")
DOMAINS = {
    "dense": Domains(
        make=dense,
        own=(
            Domain(("DENSE-1",), changed(dense, changes.first_example, bias=False)),
            Domain(("DENSE-2",), legal(dense)),
            Domain(("DENSE-2",), legal(dense, families=("general", "spread"))),
            Domain(("DENSE-3",), legal(dense, bias=True, families=BIASED)),
            Domain(("DENSE-7",), broken(cases.kernel_of_other_height)),
            Domain(("DENSE-8",), broken(cases.dense_bias_of_other_length)),
        ),
        clear={"families": ("xsmall",), "bias": False},
    ),
}
