"""Tensors in the layout that an implementation states, and its answers back again.

Moving axes is a translation, never a repair: the numbers and their order along
every axis stay. What its record calls images or kernels is moved; tensors of any rank are
given as they are.
"""

from dataclasses import replace

from refcnn.harness.calls import LAYOUTS
from refcnn.harness.statement import Statement
from refcnn.suite.case import Answer, Case, Outcome
from refcnn.suite.operator import IMAGES, KERNELS, MATRICES, Input, Output
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

# By axes that a statement may name in another order: the member that names them.
NAMED = {IMAGES: "layout", KERNELS: "kernel_layout", MATRICES: "dense_layout"}


def moved(tensor: Array, axes: str, to: str) -> Array:
    """The tensor with its axes in another order; of another rank (illegal) as it is."""
    if axes == to or tensor.ndim != len(axes):
        return tensor
    return tensor.transpose([axes.index(axis) for axis in to]).copy()


def of(stated: Statement) -> dict[str, str]:
    """The stated layouts by name of member."""
    return {name: getattr(stated, name) for name in LAYOUTS}


def orders(operator: str, stated: Statement) -> dict[str, tuple[str, str]]:
    """By name of a tensor that is moved: its axes in the specification, and as stated."""
    known = record(operator)
    tensors: list[Input | Output] = [*known.inputs, *known.outputs]
    moving = [one for one in tensors if one.axes in NAMED]
    return {one.name: (one.axes, getattr(stated, NAMED[one.axes])) for one in moving}


def asked(case: Case, stated: Statement) -> Case:
    """The case with its tensors in the stated layouts."""
    by_name = orders(case.operator, stated)
    if all(axes == to for axes, to in by_name.values()):
        return case
    return case.given(
        **{n: moved(case.inputs[n], *o) for n, o in by_name.items() if n in case.inputs}
    )


def answered(case: Case, outcome: Outcome, stated: Statement) -> Outcome:
    """The outcome with its tensors in the order of the specification."""
    by_name = orders(case.operator, stated)
    if not isinstance(outcome, Answer) or all(axes == to for axes, to in by_name.values()):
        return outcome
    outputs = dict(outcome.outputs)
    for name in outputs.keys() & by_name.keys():
        axes, to = by_name[name]
        outputs[name] = moved(outputs[name], to, axes)
    return replace(outcome, outputs=outputs)


def as_stated(operator: str, answer: Array, stated: Statement, output: str = "") -> Array:
    """An output (the only one, if none is named) in the order that is stated."""
    name = output or record(operator).answered[0]
    return moved(answer, *orders(operator, stated).get(name, ("", "")))
