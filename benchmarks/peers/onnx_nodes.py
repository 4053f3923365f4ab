"""ONNX's backend tests, those of single nodes and those converted from PyTorch.

They come with the package `onnx` and are run as ONNX means them to be: by its own
`BackendTest`, on a backend, with its own comparison (rtol 1e-3, atol 1e-7). The
backend is ONNX's reference evaluator with the nodes of an operator replaced. Left
out are the models of the zoo: they are whole networks, and most are downloads.
"""

import unittest
from typing import Any

import numpy as np
from onnx import helper
from onnx.backend.base import Backend, BackendRep
from onnx.backend.test import BackendTest
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from peers.suite import Suite, Test, UnlikeError, nchw, nhwc

from refcnn.cnn.shapes import same_padding
from refcnn.suite.case import Case

POOLS = ("max_pool2d", "avg_pool2d")


def _unless(like: object, what: str) -> None:
    if not like:
        raise UnlikeError(what)


def _layout(node: dict[str, Any], x: Any, window: Any, strides: Any) -> dict[str, Any]:
    """Attributes of ONNX as refcnn's strides and padding."""
    _unless(set(node.get("dilations", (1,))) == {1}, "dilations")
    _unless(not node.get("ceil_mode", 0), "ceil_mode")
    attributes = {} if strides is None else {"strides": tuple(strides)}
    match node.get("auto_pad", b"NOTSET"):
        case b"SAME_UPPER":
            return {**attributes, "padding": "same"}
        case b"SAME_LOWER":  # the same cells, the odd one before
            axes = zip(x.shape[2:], window, strides or (1, 1))
            return {**attributes, "padding": tuple(same_padding(*axis)[::-1] for axis in axes)}
        case b"VALID":
            return {**attributes, "padding": "valid"}
    if "pads" in node:
        top, left, bottom, right = node["pads"]
        attributes["padding"] = ((top, bottom), (left, right))
    return attributes


class OnnxTests(Suite):
    """ONNX's backend tests that come with the package."""

    name = "onnx"
    kinds = "Node", "Simple", "PyTorchConverted", "PyTorchOperator"

    def candidates(self) -> list[tuple[tuple[str, ...], Test]]:
        """All tests, one operator at a time, if their models have a node of it."""
        suite, found, nodes = self, [], set[str]()

        class Spoiled(Backend):
            """The reference evaluator with the plugged operators."""

            @classmethod
            def prepare(cls, model: Any, *_: Any, **__: Any) -> Any:
                """Take a model."""
                if not suite.plugged:  # it is only asked which nodes there are
                    nodes.update(node.op_type for node in model.graph.node)
                    raise unittest.SkipTest
                return Prepared(model)

            @classmethod
            def supports_device(cls, device: str) -> bool:
                """Tests are there for each device."""
                return device == "CPU"

        class Prepared(BackendRep):
            """A model that is ready to run."""

            def __init__(self, model: Any) -> None:
                replaced = [_node(suite, op, kind) for op in suite.plugged for kind in KINDS[op]]
                self.evaluator = ReferenceEvaluator(model, new_ops=replaced)

            def run(self, inputs: Any, **_: Any) -> Any:
                """Run it on arrays."""
                return self.evaluator.run(None, dict(zip(self.evaluator.input_names, inputs)))

        cases = BackendTest(Spoiled, __name__).test_cases
        for case in (cases[f"OnnxBackend{kind}ModelTest"] for kind in self.kinds):
            for method in unittest.defaultTestLoader.getTestCaseNames(case):
                if not method.endswith("_cpu"):
                    continue
                nodes.clear()
                (test := Test(case, method)).passes()
                found += [((op,), test) for op in KINDS if nodes.intersection(KINDS[op])]
        return found

    @staticmethod
    def expresses(case: Case) -> bool:
        """ONNX has no single integers for pairs, and other default strides of pools."""
        given = case.attributes
        whole = any(isinstance(value, int) for value in given.values())
        return not whole and (case.operator not in POOLS or "strides" in given)

    def conv2d(self, node: dict[str, Any], x: Any, kernel: Any, bias: Any = None) -> Any:
        """Conv."""
        _unless(node.get("group", 1) == 1, "groups")
        channels_last = nhwc(x)
        attributes = _layout(node, x, kernel.shape[2:], node.get("strides"))
        y = self.ask("conv2d", channels_last, kernel.transpose(2, 3, 1, 0), bias, **attributes)
        return nchw(y)

    def _pool(self, operator: str, node: dict[str, Any], x: Any) -> Any:
        window, strides = tuple(node["kernel_shape"]), node.get("strides")
        channels_last = nhwc(x)
        attributes = _layout(node, x, window, strides or (1, 1))
        return nchw(self.ask(operator, channels_last, pool_size=window, **attributes))

    def max_pool2d(self, node: dict[str, Any], x: Any) -> Any:
        """MaxPool."""
        return self._pool("max_pool2d", node, x)

    def avg_pool2d(self, node: dict[str, Any], x: Any) -> Any:
        """AveragePool."""
        counted = node.get("count_include_pad", 0) and any(node.get("pads", ()))
        _unless(not counted, "count_include_pad")
        return self._pool("avg_pool2d", node, x)

    def flatten(self, node: dict[str, Any], x: Any) -> Any:
        """Flatten."""
        _unless(x.ndim > 1 and node.get("axis", 1) in (1, 1 - x.ndim), "axis")
        return self.ask("flatten", x)

    def dense(self, node: dict[str, Any], a: Any, b: Any, c: Any = None) -> Any:
        """Gemm, transposed where it says so, and MatMul of matrices."""
        _unless(node.get("alpha", 1) == node.get("beta", 1) == 1, "alpha or beta")
        _unless(a.ndim == b.ndim == 2, "not two matrices")
        x, kernel = a.T if node.get("transA") else a, b.T if node.get("transB") else b
        if c is not None:
            _unless(c.ndim < 2 or len(c) == 1, "a bias for each row")
            c = np.broadcast_to(c, (1, kernel.shape[1]))[0]
        return self.ask("dense", x, kernel, c)

    def relu(self, node: dict[str, Any], x: Any) -> Any:
        """Relu."""
        return self.ask("relu", x)

    def softmax(self, node: dict[str, Any], x: Any) -> Any:
        """Softmax, the axis brought to the end."""
        axis = node.get("axis", -1)
        return np.moveaxis(self.ask("softmax", np.moveaxis(x, axis, -1)), -1, axis)


KINDS = {
    "conv2d": ("Conv",),
    "max_pool2d": ("MaxPool",),
    "avg_pool2d": ("AveragePool",),
    "flatten": ("Flatten",),
    "dense": ("Gemm", "MatMul"),
    "relu": ("Relu",),
    "softmax": ("Softmax",),
}


class OnnxNodeTests(OnnxTests):
    """The tests of nodes alone: what ONNX's standard itself says."""

    name, kinds = "onnx-nodes", ("Node",)


def _node(suite: OnnxTests, operator: str, kind: str) -> type[OpRun]:
    """A kind of node that puts its question to the plugged operator."""

    def run(self: Any, *tensors: Any, **_: Any) -> tuple[Any]:
        given = {a.name: helper.get_attribute_value(a) for a in self.onnx_node.attribute}
        try:
            _unless(len(self.onnx_node.output) == 1, "indices of maxima")
            return (getattr(suite, operator)(given, *tensors),)
        except UnlikeError as error:
            suite.lacking[operator] = str(error)
            raise

    return type(kind, (OpRun,), {"op_domain": "", "_run": run})
