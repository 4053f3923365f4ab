"""Prompts as ONNX's backend tests, and the outputs of a runner as responses."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from device import export, judged, refcnn_says

from refcnn.implementations import offline, offline_onnx
from refcnn.suite.case import Crash, Rubbish
from refcnn.suite.judge import Verdict
from refcnn.suite.offline_questions import prompts
from refcnn.suite.vector_files import public

pytestmark = pytest.mark.frameworks  # ONNX Runtime is one


def run_onnx(directory):
    """Run every folder and write its output, as a runner of such tests would."""
    onnx = pytest.importorskip("onnx", reason="needs refcnn[onnxruntime]")
    runtime = pytest.importorskip("onnxruntime", reason="needs refcnn[onnxruntime]")
    from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument, RuntimeException

    options = runtime.SessionOptions()
    options.log_severity_level = 4
    for folder in sorted((directory / "onnx").iterdir()):
        model = onnx.load(folder / "model.onnx")
        onnx.checker.check_model(model)
        inputs = sorted((folder / "test_data_set_0").glob("input_*.pb"))
        arrays = [onnx.numpy_helper.to_array(onnx.load_tensor(path)) for path in inputs]
        names = [value.name for value in model.graph.input]
        session = runtime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        try:
            (y,) = session.run(None, dict(zip(names, arrays)))
        except (InvalidArgument, RuntimeException):  # a limit of the runtime: it leaves no output
            continue
        output = folder / "test_data_set_0" / "output_0.pb"
        output.write_bytes(onnx.numpy_helper.from_array(y, "y").SerializeToString())


ONNX = {"format": "onnx", "given": {"dtypes": ("float32",)}}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """ONNX's folders, answered by ONNX Runtime; not to be changed."""
    pytest.importorskip("onnx", reason="needs refcnn[onnxruntime]")
    directory = tmp_path_factory.mktemp("onnx")
    export(directory, **ONNX)
    run_onnx(directory)
    return directory


def test_onnx_runtime_answers_its_folders(folders):
    summary = judged(folders)
    good = ("conv2d", "flatten", "dense", "relu", "softmax")
    right = [f for f in summary.findings if f.operator in good]
    failing = {f.clause.id for f in right if f.verdict is Verdict.FAIL}
    # There is no output for "same" padding with a dilation.
    assert failing == {"CONV-34", "CONV-35", "CONV-40"}
    assert sum(f.verdict is Verdict.PASS for f in right) > 40
    assert summary.violations == ()
    assert summary.statement.dialects == ("flatten_channel_first",)


def test_onnx_folders_are_standard_and_have_no_answers(folders, tmp_path):
    export(tmp_path, **ONNX)
    names = {p.name for p in (tmp_path / "onnx").iterdir()}
    conv2d = {f"test_refcnn_{v.id.replace('/', '_')}": v for v in public()["conv2d"]}
    legal = {name for name in names if name in conv2d}
    assert len(legal) > 10
    assert not any(conv2d[name].question.rule or conv2d[name].question.law for name in legal)
    assert "test_refcnn_probe_relu_float32" in names
    written = {p.name for p in (tmp_path / "onnx").rglob("*") if p.is_file()}
    assert written == {"model.onnx", "input_0.pb", "input_1.pb", "input_2.pb"}
    for path in (p for p in (tmp_path / "onnx").rglob("*") if p.is_file()):
        assert path.read_bytes() == (folders / path.relative_to(tmp_path)).read_bytes()


def test_answers_are_for_other_runners(tmp_path):
    onnx = pytest.importorskip("onnx", reason="needs refcnn[onnxruntime]")
    options = ("--format", "onnx", "--answers", "--ops", "conv2d,flatten,dense,softmax")
    options += ("--dtypes", "float32")
    refcnn_says("export", tmp_path, *options, status=0)
    assert [p.name for p in tmp_path.iterdir()] == ["onnx"]
    files = sorted((tmp_path / "onnx").glob("*/*/output_0.pb"))
    wanted = [onnx.numpy_helper.to_array(onnx.load_tensor(path)) for path in files]
    assert len(files) > 60
    run_onnx(tmp_path)
    for path, expected in zip(files, wanted):
        found = onnx.numpy_helper.to_array(onnx.load_tensor(path))
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-7)  # as ONNX does
    assert "it may hold answers" in refcnn_says("export", tmp_path, "--format", "onnx", status=2)


def test_answers_do_not_become_responses(folders):
    with pytest.raises(ValueError, match="write the answers to another directory"):
        export(folders, **ONNX, answers=True, force=True)


def test_outputs_that_are_none(folders, tmp_path):
    onnx = pytest.importorskip("onnx", reason="needs refcnn[onnxruntime]")
    directory = Path(shutil.copytree(folders, tmp_path / "copy"))
    outputs = sorted((directory / "onnx").glob("test_refcnn_relu_*"))[:3]
    files = [folder / "test_data_set_0" / "output_0.pb" for folder in outputs]
    files[0].write_bytes(b"no protobuf")
    files[2].write_bytes(files[2].read_bytes()[:-3])
    files[1].write_bytes(onnx.numpy_helper.from_array(np.array([1]), "y").SerializeToString())
    shutil.copytree(outputs[1], directory / "onnx" / "test_refcnn_nothing")
    iut = offline.load(directory, public())
    unknown, *malformed = iut.violations
    assert unknown.endswith("no prompt has the id 'test_refcnn_nothing'")
    assert [v.rpartition(": ")[2] for v in malformed] == [
        "output_0.pb holds no tensor (DecodeError)"
    ] * 2
    questions = prompts(public(), ["relu"], ("float32",))
    outcomes = [iut.run(prompt.case) for prompt in questions if prompt.legal]
    assert sum(isinstance(outcome, Crash) for outcome in outcomes) == 2
    assert Rubbish("returned an array of int64, not of float32 or float64") in outcomes
    assert judged(directory, operators=("relu",)).exit_status == 1
    with pytest.raises(ValueError, match="is not of this export: remove it"):
        export(directory, **ONNX, force=True)


def test_without_onnx_one_sentence_tells_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(offline_onnx, "find_spec", lambda _: None)
    out = refcnn_says("export", tmp_path, "--format", "onnx", status=2)
    assert "python -m pip install 'refcnn[onnxruntime]' does that" in out
