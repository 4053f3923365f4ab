"""A case as an ONNX model of one node: the operator, its attributes, the shapes of its tensors.

The case is in the layouts of STATED. The inputs of the model are its tensors, by name
and in order; the output is "y". Needs the package onnx.
"""

from importlib import import_module
from typing import Any

from refcnn.suite.case import Case
from refcnn.suite.registry import record

OPSET, IR_VERSION = 17, 8  # of 2022: whatever reads ONNX reads these
STATED = {
    "layout": "NCHW",
    "kernel_layout": "OIHW",
    "dense_layout": "IO",
    "dialects": ["flatten_channel_first"],
    "attributes": ["dilation", "groups"],
}  # what ONNX says of itself, in the words of a statement
AUTO_PADS = {"same": "SAME_UPPER", "valid": "VALID"}


def input_names(case: Case) -> list[str]:
    """Names of the inputs of the model of a case, in order."""
    return [name for name in record(case.operator).tensors if name in case.inputs]


def attributes(case: Case) -> dict[str, Any]:
    """The attributes of the node, in the words of ONNX; what is not asked has its default."""
    asked, said = case.attributes, dict[str, Any]()
    strides = asked.get("strides")
    if "pool_size" in asked:
        said["kernel_shape"] = _pair(asked["pool_size"])
        strides = asked["pool_size"] if strides is None else strides  # the default of ONNX is 1
    if strides is not None:
        said["strides"] = _pair(strides)
    if "dilation" in asked:
        said["dilations"] = _pair(asked["dilation"])
    if "groups" in asked:
        said["group"] = asked["groups"]
    match asked.get("padding"):
        case str() as name:
            said["auto_pad"] = AUTO_PADS[name]
        case [[top, bottom], [left, right]]:
            said["pads"] = [top, left, bottom, right]
        case int() as cells:
            said["pads"] = [cells] * 4
    return said


def model(case: Case) -> Any:
    """The onnx.ModelProto of a case."""
    onnx: Any = import_module("onnx")
    helper: Any = onnx.helper
    names = input_names(case)
    kind = helper.np_dtype_to_tensor_dtype(case.inputs["x"].dtype)
    outputs = record(case.operator).outputs_of(case.inputs)
    node = helper.make_node(record(case.operator).onnx, names, outputs, **attributes(case))
    inputs = [helper.make_tensor_value_info(n, kind, case.inputs[n].shape) for n in names]
    graph = helper.make_graph(
        [node],
        case.operator,
        inputs,
        [helper.make_tensor_value_info(name, kind, None) for name in outputs],
    )
    opset = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)


def _pair(value: Any) -> list[int]:
    return [*value] if isinstance(value, tuple) else [value, value]
