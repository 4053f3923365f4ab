"""Tensors in the layout that an implementation states, and its answers back again.

Moving axes is a translation, never a repair: the numbers and their order along
every axis stay. Activations of conv2d and the pools and the input of flatten are
images; relu and softmax know no axes but the last one, and are given x as it is.
"""

from dataclasses import replace

from refcnn.harness.calls import LAYOUTS
from refcnn.harness.statement import Statement
from refcnn.suite.case import Case, Outcome, Tensor
from refcnn.suite.tensors import Array

IMAGES = {"conv2d": True, "max_pool2d": True, "avg_pool2d": True, "flatten": False}  # answers too


def moved(tensor: Array, axes: str, to: str) -> Array:
    """The tensor with its axes in another order; of another rank (illegal) as it is."""
    if axes == to or tensor.ndim != len(axes):
        return tensor
    return tensor.transpose([axes.index(axis) for axis in to]).copy()


def of(stated: Statement) -> dict[str, str]:
    """The stated layouts by name of member."""
    return {name: getattr(stated, name) for name in LAYOUTS}


def orders(operator: str, stated: Statement) -> dict[str, tuple[str, str]]:
    """By name of an input: its axes in the specification, and as stated."""
    if operator == "dense":
        return {"kernel": ("IO", stated.dense_layout)}
    x = stated.layout if operator in IMAGES else "NHWC"
    return {"x": ("NHWC", x), "kernel": ("HWIO", stated.kernel_layout)}


def asked(case: Case, stated: Statement) -> Case:
    """The case with its tensors in the stated layouts."""
    by_name = orders(case.operator, stated)
    if all(axes == to for axes, to in by_name.values()):
        return case
    return case.given(
        **{n: moved(case.inputs[n], *o) for n, o in by_name.items() if n in case.inputs}
    )


def answered(case: Case, outcome: Outcome, stated: Statement) -> Outcome:
    """The outcome with an image in (batch, height, width, channels)."""
    if stated.layout == "NHWC" or not IMAGES.get(case.operator) or not isinstance(outcome, Tensor):
        return outcome
    return replace(outcome, array=moved(outcome.array, stated.layout, "NHWC"))
