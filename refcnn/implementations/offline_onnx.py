"""Prompts as folders of ONNX's backend tests, and responses from the outputs in them.

DIR/onnx/test_refcnn_conv2d_42/ has model.onnx and test_data_set_0/input_0.pb, input_1.pb
and so on: a runner of such folders puts output_0.pb beside them. Tensors are in ONNX's
layouts.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from refcnn.harness.python import native
from refcnn.harness.statement import Statement
from refcnn.implementations import layouts
from refcnn.implementations.onnx_models import STATED as ONNX
from refcnn.implementations.onnx_models import input_names, model
from refcnn.implementations.responses import Inbox
from refcnn.suite.case import Answer, Case, Outcome, Rubbish
from refcnn.suite.judge import expectations, shape_of
from refcnn.suite.offline_questions import Prompt
from refcnn.suite.registry import record, simplest
from refcnn.suite.tensors import DTYPES, Array

# What a model of one node does, whoever runs it: Flatten takes the axes as they come.
# In which order the axes of matrices come is left to whoever exports.
STATED: Mapping[str, Any] = MappingProxyType(
    {name: said for name, said in ONNX.items() if name != "dense_layout"}
)
SET = "test_data_set_0"


def files(
    directory: Path, prompts: Sequence[Prompt], stated: Statement, *, answers: bool
) -> dict[Path, bytes]:
    """The files of all prompts, with their answers if wanted.

    Raises ValueError if onnx is not installed, or where answers would be taken for
    responses.
    """
    _needs_onnx()
    place = directory / "onnx"
    if answers and (directory / "prompts").exists():
        raise ValueError(f"{directory} has prompts: write the answers to another directory")
    if not answers and place.exists() and not (directory / "prompts").exists():
        raise ValueError(f"{place} is there, but no prompts: it may hold answers; remove it")
    folders = _folders([p.id for p in prompts])
    if foreign := [p for p in sorted(place.glob("*")) if p.name not in folders]:
        raise ValueError(f"{foreign[0]} is not of this export: remove it")
    found: dict[Path, bytes] = {}
    for folder, prompt in zip(folders, prompts):
        case = layouts.asked(prompt.case, stated)
        found[place / folder / "model.onnx"] = _model(case, prompt.case)
        names = enumerate(input_names(case))
        tensors = {f"input_{number}": (name, case.inputs[name]) for number, name in names}
        if answers:
            right = enumerate(_answers(prompt, stated).items())
            tensors |= {f"output_{number}": one for number, one in right}
        for file, (name, tensor) in tensors.items():
            found[place / folder / SET / f"{file}.pb"] = _proto(tensor, name)
    return found


def read(directory: Path, inbox: Inbox) -> bool:
    """Take every output that was written beside the inputs; return whether there are any."""
    folders = sorted({path.parent for path in (directory / "onnx").glob(f"*/{SET}/output_*.pb")})
    names = _folders(inbox.known)
    if folders:
        _needs_onnx()
    for folder in folders:
        name, where = folder.parent.name, f"onnx/{folder.parent.name}/{SET}"
        name = names.get(name, name)
        try:
            inbox.take(name, _outcome(folder, inbox.known.get(name, simplest())), where)
        except ValueError as error:
            inbox.fault(name, str(error), where)
    return bool(folders)


def _folders(names: Collection[str]) -> dict[str, str]:
    """By folder, the id of the prompt."""
    return {f"test_refcnn_{re.sub('[^0-9A-Za-z]+', '_', n.removesuffix('.0'))}": n for n in names}


def _needs_onnx() -> None:
    if not find_spec("onnx"):
        raise ValueError(
            "onnx is not installed; python -m pip install 'refcnn[onnxruntime]' does that"
        )


def _answers(prompt: Prompt, stated: Statement) -> dict[str, Array]:
    """What is right, as far as its dtype can hold it, in the stated layout, by output."""
    case = replace(prompt.case, dialects=(*STATED["dialects"],))
    right = {name: one.hi.astype(case.dtype) for name, one in expectations(case).items()}
    return {
        name: layouts.as_stated(case.operator, array, stated, name) for name, array in right.items()
    }


def _model(case: Case, plain: Case) -> bytes:
    """The model of a case, which in the layouts of the specification is `plain`.

    Its outputs have axes of any length.
    """
    found, helper = model(case), import_module("onnx").helper
    for output, view in zip(found.graph.output, plain.views, strict=True):
        kind, axes = output.type.tensor_type.elem_type, len(shape_of(view))
        output.CopyFrom(helper.make_tensor_value_info(output.name, kind, [None] * axes))
    return _bytes(found)


def _proto(tensor: Array, name: str) -> bytes:
    onnx: Any = import_module("onnx")
    return _bytes(onnx.numpy_helper.from_array(tensor, name))


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _outcome(folder: Path, operator: str) -> Outcome:
    """The outputs in the files of a folder; raises ValueError if one holds none."""
    outputs = {}
    for number, name in enumerate(record(operator).answered):
        path = folder / f"output_{number}.pb"
        if path.is_file():
            outputs[name] = _tensor(path)
    for array in outputs.values():
        if array.dtype.name not in DTYPES:
            return Rubbish(f"returned an array of {array.dtype}, not of float32 or float64")
    return Answer({name: native(array) for name, array in outputs.items()})


def _tensor(path: Path) -> Array:
    """The tensor in a file; raises ValueError if there is none."""
    onnx: Any = import_module("onnx")
    try:
        array: Array = onnx.numpy_helper.to_array(onnx.load_tensor(path))
    except Exception as error:  # noqa: BLE001 - whatever a foreign file does to the parser
        raise ValueError(f"{path.name} holds no tensor ({type(error).__name__})") from None
    return array
