"""ONNX Runtime on the CPU: every case is a model of one node, run in a session of its own."""

from functools import lru_cache
from typing import Any

import numpy as np

from refcnn.harness.calls import missing
from refcnn.implementations.adapters import library
from refcnn.implementations.onnx_models import STATED, input_names, model
from refcnn.suite.case import Case
from refcnn.suite.tensors import Array

onnxruntime: Any = library("onnxruntime")
NotImplementedThere: Any = onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented
SILENT, SESSIONS = 4, 256  # errors are raised; models that are kept

STATEMENT = {
    **STATED,
    "implementation": {
        "onnxruntime": str(onnxruntime.__version__),
        "onnx": str(library("onnx").__version__),
    },
}


def conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    dilation: Any = 1,
    groups: int = 1,
    **attributes: Any,
) -> Any:
    """The operator Conv, which says that it does not support auto_pad with a dilation."""
    if attributes.get("padding") == "same" and np.max(dilation) > 1:
        missing('padding="same" together with a dilation')
    given = {"bias": bias} if bias is not None else {}
    attributes |= {"dilation": dilation, "groups": groups}
    return _answer("conv2d", {"x": x, "kernel": kernel, **given}, attributes)


def max_pool2d(x: Array, pool_size: Any, **attributes: Any) -> Any:
    """The operator MaxPool."""
    return _answer("max_pool2d", {"x": x}, {"pool_size": pool_size, **attributes})


def avg_pool2d(x: Array, pool_size: Any, **attributes: Any) -> Any:
    """The operator AveragePool."""
    return _answer("avg_pool2d", {"x": x}, {"pool_size": pool_size, **attributes})


def global_avg_pool2d(x: Array) -> Any:
    """The operator GlobalAveragePool, whose axes of length one are dropped."""
    return _answer("global_avg_pool2d", {"x": x}, {}).reshape(x.shape[:2])


def flatten(x: Array) -> Any:
    """The operator Flatten: in the order of the axes, channels first."""
    return _answer("flatten", {"x": x}, {})


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Any:
    """The operator Gemm."""
    given = {"bias": bias} if bias is not None else {}
    return _answer("dense", {"x": x, "kernel": kernel, **given}, {})


def relu(x: Array) -> Any:
    """The operator Relu."""
    return _answer("relu", {"x": x}, {})


def softmax(x: Array) -> Any:
    """The operator Softmax."""
    return _answer("softmax", {"x": x}, {})


def _answer(operator: str, inputs: dict[str, Array], attributes: dict[str, Any]) -> Any:
    case = Case(operator=operator, inputs=inputs, attributes=attributes)
    named = {name: inputs[name] for name in input_names(case)}
    return _session(model(case).SerializeToString()).run(None, named)[0]


@lru_cache(SESSIONS)
def _session(serialized: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(serialized, options, providers=["CPUExecutionProvider"])
    except NotImplementedThere:
        missing("there is no implementation for this dtype")
