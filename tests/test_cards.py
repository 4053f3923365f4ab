"""Cards follow what is stated (dialects, layouts, calls); their arithmetic is what is expected."""

import json
import re
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from command import run

from refcnn.cnn import ops
from refcnn.diagnosis.diagnosis import diagnose
from refcnn.grading.pictures import example
from refcnn.harness.python import PythonFunctions
from refcnn.harness.statement import statement
from refcnn.implementations import layouts
from refcnn.implementations.local import LocalIUT
from refcnn.implementations.trial import STANDARD
from refcnn.reports.asking import MEMORY, tensor_lines
from refcnn.reports.card import as_json, card_lines
from refcnn.reports.trace import trace
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case, Refusal, Rubbish
from refcnn.suite.context import Failure
from refcnn.suite.dialects import SetAsideError, known_dialects, ruled
from refcnn.suite.generators import domains, question
from refcnn.suite.judge import Verdict, expect, judge, judge_refusal
from refcnn.suite.mutants import mutants
from refcnn.suite.recorder import Entry
from refcnn.suite.roles import WINDOWED
from refcnn.suite.ruling import placed, ruling, sources
from refcnn.suite.tensors import decode
from refcnn.suite.windows import lay_out

ABOUT = [(name, op) for name, dialect in known_dialects().items() for op in dialect.operators]
LAYOUTS = [*product(("NHWC", "NCHW"), ("HWIO", "OIHW", "OHWI", "IOHW"), ("IO", "OI"))]
FEW = 2  # questions of a domain, unless all is asked for


def stating(operator, **said):
    return statement({"name": "ours", "operators": [operator], **said})


def laid_out_as(layout):
    return dict(zip(("layout", "kernel_layout", "dense_layout"), layout))


def questions(operator, clauses, rounds, seed=7):
    """Legal questions of the domains of some clauses, and of every domain if there are many."""
    known = domains(operator)
    for index in range(rounds * len(known)):
        mine = known[index % len(known)]
        if rounds > FEW or {*mine.clauses} & {*clauses}:
            asked = question(operator, seed, index)
            if not asked.rule and not asked.law:
                yield asked.case


def failures(dialect, mutant, *, speaks, rounds):
    """What goes wrong where a dialect is stated and a mistake is made, the dialect kept or not."""
    for asked in questions(mutant.operator, {mutant.clause, *dialect.clauses}, rounds):
        case = replace(asked, dialects=(dialect.name,))
        outcome = answer(mutant, ruled(case) if speaks else asked)
        found = judge(case, outcome)
        if found.verdict is Verdict.FAIL:
            yield Failure(case, outcome, found)


def answer(mutant, case):
    functions = PythonFunctions({mutant.operator: mutant.build()})
    return Refusal("ValueError", "inexact") if case is None else functions.run(case)


def hold(failure, stated):
    """A card can be made in every form, and what it works out is what is expected."""
    lines = card_lines(failure, stated)
    assert json.loads(json.dumps(as_json(failure, stated)))["text"] == lines
    shown = example("conv2d/0", failure, stated)
    judged = failure.judgement
    if judged.index is None or judged.expected is None:
        return
    worked, right = trace(failure.case, judged.index, stated), expect(failure.case)
    off = worked.value - right.hi[judged.index] - np.broadcast_to(right.lo, right.hi.shape)[
        judged.index
    ]  # fmt: skip
    equal = np.array_equal(worked.value, right.hi[judged.index], equal_nan=True)
    assert equal or abs(off) <= right.bound[judged.index], card_lines(failure, stated)
    assert worked.arithmetic[-1] in lines
    assert worked.arithmetic[-1] in shown.lines
    assert {p.role for p in shown.pictures} >= {"input", "expected", "got"}


@pytest.mark.parametrize(("name", "operator"), ABOUT)
def test_whatever_is_wrong_under_a_dialect_the_card_follows_it(name, operator, request):
    thorough = request.config.getoption("iut_profile") == "thorough"
    mine = [m for m in mutants() if m.operator == operator]
    layout = LAYOUTS[len(name) % len(LAYOUTS)]
    stated = stating(operator, dialects=[name], **laid_out_as(layout))
    seen = 0
    with np.errstate(all="ignore"):
        for mutant, speaks in product(mine, (True, False)):
            rounds = 20 if thorough else FEW
            for failure in [
                *failures(known_dialects()[name], mutant, speaks=speaks, rounds=rounds)
            ][:FEW]:
                seen += 1
                hold(failure, stated)
    assert seen > len(mine) / 2


@pytest.mark.parametrize(("name", "operator"), ABOUT)
def test_a_dialect_that_is_kept_is_not_the_mistake(name, operator, request):
    thorough = request.config.getoption("iut_profile") == "thorough"
    convention = same_as(name, operator)
    mine = [m for m in mutants() if m.operator == operator and m.name not in convention]
    for mutant in mine[:: 1 if thorough else 60]:
        entries = [*asked_of(mutant, name)]
        found = diagnose(operator, entries, EVERYTHING.features[operator], by_rule(mutant, name))
        assert not found or name not in found.undeclared
        assert not found or not {m.name for m in found.mistakes} & convention


def test_a_dialect_that_is_not_kept_is_not_a_mistake_of_the_same_name():
    """The kernel is not rotated, where that is stated: nobody is to be told that it is."""
    cases = [replace(c, dialects=("kernel_flipped",)) for c in questions("conv2d", (), FEW + 1)]
    run = PythonFunctions({"conv2d": ops.conv2d}).run
    with np.errstate(all="ignore"):
        entries = [Entry(case, run(case)) for case in cases]
        found = diagnose("conv2d", entries, EVERYTHING.features["conv2d"], run)
    assert found.failing
    assert not {m.name for m in found.mistakes} & same_as("kernel_flipped", "conv2d")


def asked_of(mutant, name):
    with np.errstate(all="ignore"):
        for case in questions(mutant.operator, (), FEW + 1):
            stated = replace(case, dialects=(name,))
            yield Entry(stated, answer(mutant, ruled(stated)))


def by_rule(mutant, name):
    return lambda case: answer(mutant, ruled(replace(case, dialects=(name,))))


@cache
def same_as(name, operator):
    """Names of the mutants that answer as the dialect has it, wherever it has a say."""
    cases = [*questions(operator, (), FEW + 1)]
    with np.errstate(all="ignore"):
        return {m.name for m in mutants() if m.operator == operator and speaks(m, name, cases)}


def speaks(mutant, name, cases):
    stated = [replace(case, dialects=(name,)) for case in cases]
    right = [judge(case, answer(mutant, replace(case, dialects=()))).verdict for case in stated]
    return Verdict.FAIL not in right


def test_a_mutant_is_the_dialect():
    assert "kernel-rotated" in same_as("kernel_flipped", "conv2d")
    assert not same_as("refuses_inexact_sizes", "conv2d") & {"kernel-rotated"}


# --- layouts


def general(operator):
    """A case with different lengths on all axes."""
    x = np.arange(1.0, 37).reshape(1, 3, 4, 3) % 11 - 5
    kernel = np.arange(1.0, 25).reshape(2, 2, 3, 2) % 7 - 3
    inputs = {"conv2d": {"x": x, "kernel": kernel}, "max_pool2d": {"x": x}, "flatten": {"x": x}}
    dense = {"x": np.arange(3.0).reshape(1, 3), "kernel": np.arange(6.0).reshape(3, 2)}
    attributes = {"pool_size": (2, 1)} if operator == "max_pool2d" else {}
    given = {**inputs, "dense": dense}[operator]
    return Case(operator=operator, inputs=given, attributes=attributes, exact=True)


def wrong_at_the_end(case):
    right = getattr(ops, case.operator)(**case.inputs, **case.attributes)
    got = right.copy()
    got.flat[-1] += 1
    return Failure(case, Answer.of(got), judge(case, Answer.of(got))), right


def named(lines, name):
    """Every place "name[...]" in lines."""
    return re.findall(rf"{name}(\[[0-9:,]+\])", "\n".join(lines))


@pytest.mark.parametrize("layout", LAYOUTS, ids="-".join)
@pytest.mark.parametrize("operator", ["conv2d", "max_pool2d", "flatten", "dense"])
def test_places_are_those_of_the_stated_layout(operator, layout):
    stated = stating(operator, **laid_out_as(layout))
    failure, right = wrong_at_the_end(general(operator))
    given = layouts.asked(failure.case, stated).inputs
    as_given = layouts.as_stated(operator, right, stated)
    told, lines = as_json(failure, stated), card_lines(failure, stated)
    assert eval(told["asked"]["output"], {"y": as_given}) == failure.judgement.expected
    assert any(line.startswith(told["asked"]["output"]) for line in lines)
    for name, tensor in told["asked"]["inputs"].items():
        assert np.array_equal(decode(tensor), given[name])
        assert f"{name}: float64 {given[name].shape} =" in lines
    for place in named(lines, "kernel"):
        shown = eval(f"kernel{place}", {"kernel": given["kernel"]})
        assert np.squeeze(np.atleast_2d(shown)[0]).tolist()[0] == numbers_below(lines, place)[0]
    for place in named(lines, "is x"):
        assert eval(f"x{place}", {"x": given["x"]}) == failure.judgement.expected


def numbers_below(lines, place):
    """The numbers of the first row of the matrix that has a title."""
    row = next(i for i, line in enumerate(lines) if f"kernel{place}" in line)
    column = lines[row].index(f"kernel{place}")
    return [float(n) for n in re.findall(r"-?\d+", lines[row + 1][column:])]


@pytest.mark.parametrize("layout", LAYOUTS, ids="-".join)
def test_pictures_are_those_of_the_stated_layout(layout):
    stated = stating("conv2d", **laid_out_as(layout))
    failure, right = wrong_at_the_end(general("conv2d"))
    given = layouts.asked(failure.case, stated).inputs
    given = {**given, "y": layouts.moved(right, "NHWC", stated.layout)}
    shown = example("conv2d/0", failure, stated)
    drawn = [p for p in shown.pictures if p.role in ("input", "kernel", "expected")]
    assert len(drawn) == 7
    for picture in drawn:
        cells = eval(picture.title, dict(given))
        assert np.array_equal(np.array(picture.rows, float), cells)


def test_slices_of_any_layout_are_what_numpy_has_there():
    tensor = np.arange(24.0).reshape(1, 2, 3, 4)
    for axes in ("NHWC", "NCHW", "HWIO", "OIHW", "OHWI", "IOHW"):
        lines = "\n".join(tensor_lines("t", tensor, axes))
        titles = re.findall(r"\[[0-9:,]+\]", lines)
        places = [t for t in titles if ":" in t]
        assert len(places) == np.prod(
            [n for n, axis in zip(tensor.shape, axes) if axis not in "HW"]
        )
        assert all(eval(f"t{place}", {"t": tensor}).ndim == 2 for place in places)
    assert "[1,2,:,:]" not in "\n".join(tensor_lines("t", tensor, "NCHW"))


def test_shapes_are_those_of_the_stated_layout():
    case, stated = general("conv2d"), stating("conv2d", layout="NCHW")
    for shape, told in (
        ((1, 2, 2, 2), "(1, 2, 2, 2)"),
        ((1, 3, 4, 2), "(1, 2, 3, 4)"),
        ((4,), "(4,)"),
    ):
        outcome = Answer.of(np.zeros(shape))
        lines = card_lines(Failure(case, outcome, judge(case, outcome)), stated)
        assert f"wrong shape: expected (1, 2, 2, 3), got {told}" in lines
    refused = judge_refusal(Answer.of(np.zeros((1, 3, 4, 2))), "no")
    assert as_json(Failure(case, Answer.of(np.zeros((1, 3, 4, 2))), refused, "no"), stated)[
        "reason"
    ] == "no, yet it answered with an array of shape (1, 2, 3, 4)"  # fmt: skip


# --- dialects


def mean(x, *dialects, **attributes):
    x = np.array(x, np.float64).reshape(1, 1, -1, 1)
    return Case(operator="avg_pool2d", inputs={"x": x}, attributes=attributes, dialects=dialects)


def card_of(case, got, stated=STANDARD):
    return card_lines(Failure(case, Answer.of(got), judge(case, Answer.of(got))), stated)


def test_a_zero_that_counts_is_told_from_padding_that_does_not():
    pads = {"pool_size": (1, 3), "strides": 1, "padding": "same"}
    plain = card_of(mean([2, 4], **pads), np.full((1, 1, 2, 1), 9.0))
    assert "window, channel 0, . is padding" in plain
    assert "y[0,0,0,0] = (2 + 4) / 2" in plain
    counts = card_of(mean([2, 4], "avg_pool_counts_padding", **pads), np.full((1, 1, 2, 1), 9.0))
    assert "window, channel 0, (0) is padding that counts" in counts
    assert "[[(0),   2,   4]]" in counts
    assert "y[0,0,0,0] = (0 + 2 + 4) / 3" in counts
    said = known_dialects()["avg_pool_counts_padding"].sentence
    assert f"by the stated dialect avg_pool_counts_padding: {said}" in counts


def test_a_zero_that_counts_is_drawn_as_one():
    case = mean([2, 4], "avg_pool_counts_padding", pool_size=(1, 3), strides=1, padding="same")
    outcome = Answer.of(np.full((1, 1, 2, 1), 9.0))
    shown = example("avg_pool2d/0", Failure(case, outcome, judge(case, outcome)))
    (picture,) = (p for p in shown.pictures if p.role == "input")
    assert picture.rows == (("(0)", "2", "4"),)
    assert picture.title == "x[0,:,:,0], (0) is padding that counts"
    assert "columns of the window: j·S - P = 0·1 - 1 = -1, so -1 to 1" in shown.lines


def test_sizes_are_worked_out_by_the_dialect():
    wrong = np.zeros((1, 1, 1, 1))
    lines = card_of(mean([2, 4, 8], "pool_sizes_round_up", pool_size=(1, 2)), wrong)
    assert "width: floor((3 + 0 + 1 - 2) / 2) + 1 = 2" in lines
    both = ("pool_sizes_round_up", "avg_pool_counts_padding")
    lines = card_of(mean([2, 4, 8], *both, pool_size=(1, 2)), wrong)
    assert "width: floor((3 + 0 + 1 - 2) / 2) + 1 = 2" in lines
    assert sum(line.startswith("by the stated dialect") for line in lines) == 2


def test_a_rotated_kernel_is_shown_as_it_slides():
    x, kernel = np.array([[3.0, 5]]).reshape(1, 1, 2, 1), np.array([1.0, 2]).reshape(1, 2, 1, 1)
    case = Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, dialects=("kernel_flipped",))
    lines = card_of(replace(case, exact=True), np.full((1, 1, 1, 1), 13.0))
    assert "[[1, 2]]" in "".join(lines)  # as it was given
    assert "patch, channel 0   kernel[:,:,0,0] by kernel_flipped" in lines
    assert "y[0,0,0,0] = (3·2) + (5·1)" in lines


def test_a_place_of_flatten_is_told_of_x_as_it_was_given():
    x = np.arange(12.0).reshape(1, 2, 2, 3)
    case = Case(operator="flatten", inputs={"x": x}, dialects=("flatten_channel_first",))
    got = expect(case).hi.copy()
    got[0, 7] = -1
    assert "y[0,7] = place 7 is x[0,1,1,1]" in card_of(case, got)
    assert "y[0,7] = place 7 is x[0,1,1,1]" in card_of(case, got, stating("flatten", layout="NCHW"))
    got[0, 7], got[0, 4] = x[0, 1, 1, 1], -1
    assert "y[0,4] = place 4 is x[0,1,0,0]" in card_of(case, got, stating("flatten", layout="NCHW"))


@pytest.mark.parametrize(("name", "operator"), ABOUT)
def test_every_number_of_a_ruling_has_its_source(name, operator):
    for case in questions(operator, (), FEW + 1):
        stated = replace(case, dialects=(name,))
        if ruled(stated) is None:
            with pytest.raises(SetAsideError):
                ruling(stated)
            continue
        found, where = ruling(stated), sources(stated)
        x = np.append(0, case.inputs["x"].ravel())
        moved, ruled_x = x[where], found.case.inputs["x"]
        differ = ~((moved == ruled_x) | (np.isnan(moved) & np.isnan(ruled_x)))
        special = ~np.isfinite(moved).all(axis=-1, keepdims=True)  # rows that hold such a value
        if operator == "relu_backward":  # whose cards tell x as it was asked
            special = moved == 0
        assert np.broadcast_to(special, moved.shape)[differ].all()
        assert np.array_equal(found.case.inputs["x"], ruled(stated).inputs["x"], equal_nan=True)
        assert bool(found.names) == (ruled(stated) is not stated)
        if operator in WINDOWED:
            assert placed(stated).output == lay_out(found.case).output
            assert placed(replace(stated, dialects=())) == lay_out(case)


# --- calls


CONV = "conv_forward(x, kernel, bias, {'stride': stride, 'pad': pad})[0]"


def conv_case(**attributes):
    x, kernel = np.ones((1, 3, 3, 1), np.float32), np.ones((2, 2, 1, 1), np.float32)
    inputs = {"x": x, "kernel": kernel, "bias": np.zeros(1, np.float32)}
    return Case(operator="conv2d", inputs=inputs, attributes=attributes, exact=True)


def test_the_stated_call_is_shown_with_its_words():
    outcome = Rubbish("returned list, not numpy.ndarray")
    case = conv_case(strides=(2, 2), padding=1)
    failure = Failure(case, outcome, judge(case, outcome))
    stated = stating("conv2d", calls={"conv2d": CONV})
    assert card_lines(failure, stated)[:2] == [f"asked: {CONV}", "with stride = 2, pad = 1"]
    assert as_json(failure, stated)["asked"]["words"] == {"stride": "2", "pad": "1"}
    plain = "conv2d(x, kernel, bias, strides=(2, 2), padding=1)"
    assert card_lines(failure)[0] == f"asked: {plain}"
    assert example("conv2d/0", failure, stated).call == f"{CONV}; with stride = 2, pad = 1"


def test_a_call_that_cannot_say_it_is_not_shown():
    case = conv_case(strides=(2, 1))  # one stride
    outcome = Rubbish("it offers this, and then answered that it is missing")
    failure = Failure(case, outcome, judge(case, outcome))
    stated = stating("conv2d", calls={"conv2d": CONV})
    assert card_lines(failure, stated)[0] == "asked: conv2d(x, kernel, bias, strides=(2, 1))"
    broken = stating("conv2d", calls={"conv2d": "f(x"})  # a program may state anything
    assert card_lines(failure, broken)[0] == "asked: conv2d(x, kernel, bias, strides=(2, 1))"


def test_a_bias_or_none_is_told():
    stated = stating("conv2d", calls={"conv2d": "conv(x, kernel, bias_or_none)"})
    outcome = Rubbish("returned list, not numpy.ndarray")
    for case, said in (
        (conv_case(), "bias"),
        (replace(conv_case(), inputs={n: conv_case().inputs[n] for n in ("x", "kernel")}), "None"),
    ):
        failure = Failure(case, outcome, judge(case, outcome))
        assert card_lines(failure, stated)[1] == f"with bias_or_none = {said}"


@pytest.mark.parametrize("memory", MEMORY)
def test_how_tensors_lie_in_memory_is_told(memory):
    case = replace(conv_case(), memory=memory)
    assert MEMORY[memory] in card_of(case, np.zeros((1, 2, 2, 1), np.float32))


# --- as a user sees it


WRONG = """
import numpy as np
STATEMENT = {"layout": "NCHW", "kernel_layout": "OIHW", "levels": ["core"],
             "dialects": ["same_padding_symmetric"]}

def conv2d(x, kernel, *, padding="valid"):
    if padding not in ("valid", "same"):
        raise NotImplementedError("valid or same")
    _, _, fh, fw = kernel.shape
    p, q = (fh // 2, fw // 2) if padding == "same" else (0, 0)
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)))
    view = np.lib.stride_tricks.sliding_window_view(x, (fh, fw), (2, 3))
    out = np.einsum("nchwij,ocij->nohw", view, kernel).astype(x.dtype)
    if padding == "same":
        out[:, :, -1:] = 0
    return out
"""


def test_a_report_under_a_dialect_and_its_explanation(tmp_path):
    (tmp_path / "wrong.py").write_text(WRONG, "utf-8")
    only = ("--ops", "conv2d", "--clauses", "CONV-14,CONV-16")
    out, _ = run("check", "wrong.py", "--json", "r.json", *only, status=1, cwd=tmp_path)
    assert "stated layouts: NCHW" in out
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    failed = {f["clause"]: f["failure"] for f in report["findings"] if f["failure"]}
    assert {*failed} & {"CONV-14", "CONV-16"}
    clause, failure = next((c, f) for c, f in failed.items() if f["asked"]["output"])
    told, _ = run("explain", "r.json", "--clause", clause, cwd=tmp_path, status=0)
    assert told.startswith(failure["asked"]["call"])
    shape = tuple(failure["asked"]["inputs"]["x"]["shape"])
    assert f"x: {failure['asked']['inputs']['x']['dtype']} {shape}" in told
    at = failure["asked"]["output"]
    step, _ = run("explain", "r.json", "--clause", clause, "--at", at[2:-1], status=0, cwd=tmp_path)
    assert f"Step 1: {at}" in step
    assert f"= {failure['expected']}" in step


def test_in_a_test_suite_too():
    iut = LocalIUT({"flatten": lambda x: ops.flatten(x)[:, ::-1]}, layout="NCHW")
    case = general("flatten")
    outcome = iut.run(case)
    lines = card_lines(Failure(case, outcome, judge(case, outcome)), iut.statement)
    assert "x: float64 (1, 3, 3, 4) =" in lines
