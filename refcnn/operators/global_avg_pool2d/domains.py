"""What global_avg_pool2d is asked: a domain for each clause that vectors are about."""

from refcnn.operators.global_avg_pool2d import cases
from refcnn.operators.global_avg_pool2d.cases import global_avg_pool2d
from refcnn.suite import changes
from refcnn.suite.generators import Domain, Domains, broken, changed, legal

EXACT = ("whole", "halves")

DOMAINS = {
    "global_avg_pool2d": Domains(
        make=global_avg_pool2d,
        own=(
            Domain(
                ("GAP-1", "GAP-2"),
                changed(global_avg_pool2d, changes.first_example, families=EXACT, depth=1),
            ),
            Domain(("GAP-3",), changed(global_avg_pool2d, changes.first_example, families=EXACT)),
            Domain(("GAP-5",), legal(global_avg_pool2d, families=EXACT)),
            Domain(("GAP-6",), legal(global_avg_pool2d, families=("general", "spread"))),
            Domain(("GAP-9",), broken(cases.other_ranks)),
            Domain(("GAP-10",), broken(cases.no_cells)),
        ),
        clear={"families": ("whole",), "depth": 1},
    ),
}
