"""Another convention of cross-entropy: what is done with the losses of a batch."""

from refcnn.suite.case import Case
from refcnn.suite.dialects import Dialect


def _summed(case: Case) -> Case:
    """The sum over the batch; of one example it is the mean."""
    return case.with_attributes(reduction="sum") if len(case.inputs["x"]) > 1 else case


DIALECTS = (
    Dialect(
        "cross_entropy_sums",
        130,
        "The loss is the sum over the batch, not the mean, and its gradient is that of the sum.",
        ("softmax_cross_entropy",),
        ("SCE-3",),
        _summed,
    ),
)
