"""What flatten is asked: a domain for each clause that vectors are about."""

from refcnn.operators.flatten.cases import every_value, flatten
from refcnn.suite.generators import Domain, Domains, legal

DOMAINS = {
    "flatten": Domains(
        make=flatten,
        own=(
            Domain(("FLAT-1", "FLAT-2"), legal(flatten)),
            Domain(("FLAT-3",), legal(every_value)),
        ),
    ),
}
