"""What extremes is asked."""

from refcnn.operators.extremes import cases

from refcnn.suite.generators import Domain, Domains, legal

DOMAINS = {
    "extremes": Domains(
        make=cases.extremes, own=(Domain(("EXTR-1",), legal(cases.extremes)),), clear={}
    ),
}
