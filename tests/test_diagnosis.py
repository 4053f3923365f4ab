"""The mistake is named: from the answers alone, in the card, with how sure it is."""

import json

import numpy as np
import pytest
from command import run

from refcnn.check import Options, check
from refcnn.detection.diagnosis import diagnose
from refcnn.detection.observed import same
from refcnn.detection.traits import what_holds
from refcnn.iut.local import LocalIUT
from refcnn.iut.log import Log
from refcnn.iut.python import PythonFunctions
from refcnn.power import REFERENCE
from refcnn.shapes import geometry
from refcnn.spec.case import Case, Crash, Missing, Refusal, Rubbish, Tensor
from refcnn.spec.cases import CASES
from refcnn.spec.domains import question
from refcnn.spec.explore import counted
from refcnn.spec.mutants import compose, mutants
from refcnn.spec.offer import EVERYTHING
from refcnn.spec.predicates import true_of
from refcnn.spec.variants import variants

NAMED = {m.id: m for m in mutants()}


def checked(operator, function, **options):
    functions = {**REFERENCE, operator: function}
    return check("local", LocalIUT(functions), Options(operators=(operator,), **options))


def names(summary, operator):
    return [m.name for m in summary.diagnoses[operator].mistakes]


def log(operator, function, count=150):
    """What a function answers to so many questions, and a way to ask it more."""
    iut = Log(PythonFunctions({operator: function}))
    for index in range(count):
        for case in question(operator, 0, index).cases:
            iut.run(case)
    return iut.entries[operator], EVERYTHING.features[operator], iut.iut.run


# --- one mistake


@pytest.mark.parametrize(
    "name",
    [
        "conv2d/kernel-rotated",
        "conv2d/strides-swapped",
        "conv2d/empty-batch-refused",
        "max_pool2d/zeros-win",
        "avg_pool2d/padding-counted",
        "flatten/channel-first",
        "dense/every-third-call-differs",
        "relu/inputs-changed",
        "relu/one-buffer-for-all",
        "softmax/no-shift",
    ],
)
def test_a_mistake_is_named(name):
    mutant = NAMED[name]
    found = diagnose(mutant.operator, *log(mutant.operator, mutant.build()))
    assert found.mistakes == (mutant,)
    assert found.complete
    assert found.explained == found.failing >= 3


def test_two_mistakes_are_named():
    both = compose((NAMED["dense/bias-twice"], NAMED["dense/inputs-reversed"]))
    found = diagnose("dense", *log("dense", both.build()))
    assert set(found.mistakes) == set(both.parts)
    assert found.complete


def test_a_second_mistake_that_shows_rarely_is_named_too():
    both = compose((NAMED["relu/leaky"], NAMED["relu/empty-batch-answered-with-one"]))
    found = diagnose("relu", *log("relu", both.build()))
    assert set(found.mistakes) == set(both.parts)


def test_rivals_are_told_apart_by_more_questions():
    """On whole images two mistakes in the strides look alike; the right one is found by asking."""
    mutant = NAMED["conv2d/strides-swapped"]
    entries, features, ask = log("conv2d", mutant.build(), count=400)
    few = [e for e in entries if e.case.attributes.get("strides") == (1, 2)][:3]
    assert len(few) == 3
    found = diagnose("conv2d", few, features, ask)
    assert found.mistakes == (mutant,)


def test_the_right_operators_have_no_mistake():
    for operator, function in REFERENCE.items():
        assert diagnose(operator, *log(operator, function, count=60)) is None


def test_another_route_to_the_same_mistake():
    """Sums in another order, where they round: not the same digits, but the same mistake."""

    def conv2d(x, kernel, bias=None, **given):
        if bias is not None and bias.shape != kernel.shape[3:]:
            raise ValueError("a bias of another length")
        kernel = kernel[::-1, ::-1]
        taps = [(m, n) for m in range(kernel.shape[0]) for n in range(kernel.shape[1])]
        y = 0
        for m, n in reversed(taps):
            one = np.zeros_like(kernel)
            one[m, n] = kernel[m, n]
            y = y + REFERENCE["conv2d"](x, one, **given)
        return y if bias is None else y + bias

    summary = checked("conv2d", conv2d)
    assert names(summary, "conv2d") == ["kernel-rotated"]
    assert summary.diagnoses["conv2d"].complete


# --- none that is known


def only_strides_above_two_with_padding(x, kernel, bias=None, *, strides=1, padding="valid"):
    y = REFERENCE["conv2d"](x, kernel, bias, strides=strides, padding=padding)
    place = geometry("kernel", x.shape[1:3], kernel.shape[:2], strides, padding)
    return y + 1 if max(place.strides) > 2 and np.any(place.padding) else y


@pytest.mark.parametrize("profile", ["quick", "standard"])
def test_an_unknown_mistake_in_one_rare_way_fails_and_is_circumscribed(profile):
    """Right in everything but one way: it fails all the same, with a case of a few numbers."""
    summary = checked("conv2d", only_strides_above_two_with_padding, profile=profile)
    assert summary.exit_status == 1
    smallest = min(f.worst.failure.case.size for f in summary.failed if f.worst.failure)
    assert smallest < 12 if profile == "standard" else smallest < 60
    found = summary.diagnoses["conv2d"]
    assert not found.mistakes
    assert "a stride is above 2" in found.holds
    assert "It is wrong" in found.holds


def test_what_never_answers_has_no_diagnosis():
    def relu(x):
        raise KeyError("weights")

    found = checked("relu", relu).diagnoses["relu"]
    assert not found.complete
    assert "another" not in found.holds


def test_an_undeclared_fast_algorithm_is_told_as_such():
    fft = next(v.function for v in variants() if v.id == "conv2d/fft")
    assert checked("conv2d", fft, profile="quick").diagnoses["conv2d"].algorithm == "fast"
    flipped = lambda x, k, *b, **given: fft(x, k[::-1, ::-1], *b, **given)  # noqa: E731
    assert names(checked("conv2d", flipped), "conv2d") == ["kernel-rotated"]


def test_crashes_and_hangs_are_not_explained():
    case = CASES["relu"](counted("t", 1), EVERYTHING.features["relu"])
    iut = Log(type("Dead", (), {"run": staticmethod(lambda _: Crash("exit 1"))})())
    iut.run(case)
    assert diagnose("relu", iut.entries["relu"], EVERYTHING.features["relu"], iut.run) is None


# --- in the card and the report


def test_the_card_names_it_and_there_is_one_card(tmp_path):
    path = tmp_path / "flipped.py"
    path.write_text(
        "import refcnn\n"
        "def conv2d(x, kernel, bias=None, **given):\n"
        "    return refcnn.conv2d(x, kernel[::-1, ::-1], bias, **given)\n",
        "utf-8",
    )
    out, _ = run("check", path, "--json", tmp_path / "report.json", status=1)
    assert out.count("╭─") == 1
    assert "╭─ CONV-3 · conv2d" in out
    text = " ".join(out.replace("│", " ").split())
    assert "diagnosis: The kernel is rotated by 180 degrees: true convolution" in text
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    (said,) = report["diagnoses"]
    assert said["mistakes"][0]["mutant"] == "conv2d/kernel-rotated"
    assert said["mistakes"][0]["clause"] == "CONV-3"
    assert f"(it explains {said['explained']} of {said['failing']} failing cases)" in text
    assert said["explained"] == said["failing"] > 100


def test_two_mistakes_have_two_cards_or_two_lines(tmp_path):
    path = tmp_path / "two.py"
    path.write_text(
        "import numpy as np\n"
        "def dense(x, kernel, bias=None):\n"
        "    if kernel.shape[0] != x.shape[1]:\n"
        "        raise ValueError\n"
        "    if bias is not None and bias.shape != kernel.shape[1:]:\n"
        "        raise ValueError\n"
        "    y = x @ kernel[::-1]\n"
        "    return y if bias is None else y + bias + bias\n",
        "utf-8",
    )
    out, _ = run("check", path, status=1)
    assert out.count("diagnosis:") == 2
    assert "these mistakes together explain" in out


# --- the parts


def test_same_outcomes():
    one = Tensor(np.array([1.0, np.nan]))
    assert same(one, Tensor(np.array([1.0, np.nan])))
    assert not same(one, Tensor(np.array([1.0, 2.0])))
    assert not same(one, Tensor(np.array([1.0, np.nan], "f4")))
    assert not same(one, Tensor(np.array([1.0, np.nan]), ("x was changed",)))
    assert not same(one, Tensor(np.array([1.5, np.nan])), 0.1)
    assert same(one, Tensor(np.array([1.05, np.nan])), 0.1)
    assert same(Refusal("ValueError", "a"), Refusal("TypeError", "b"))
    assert not same(one, Refusal("ValueError", "a"))
    assert same(Rubbish("None"), Rubbish("None"))
    assert not same(Rubbish("None"), Missing("None"))


def a_case(**attributes):
    x, kernel = np.ones((1, 6, 7, 1), "f4"), np.ones((2, 2, 1, 1), "f4")
    return Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, attributes=attributes)


def test_one_trait_that_tells_wrong_from_right():
    wrong, right = [a_case(strides=2), a_case(strides=3)], [a_case()] * 3
    assert what_holds(wrong, right) == (
        "It is wrong whenever strides are given (2 cases) and right otherwise."
    )


def test_two_traits_that_do():
    wrong = [a_case(strides=3, padding=1), a_case(strides=(3, 1), padding=((1, 0), (0, 0)))]
    right = [a_case(strides=3), a_case(padding=1), a_case(strides=2, padding=1)]
    right += [a_case(strides=(3, 1)), a_case(padding=((1, 0), (0, 0)))]
    told = what_holds(wrong, right)
    assert "a stride is above 2 and there is padding" in told


def test_traits_that_only_narrow_it_down():
    wrong, right = [a_case(padding="same")], [a_case(padding="same"), *[a_case()] * 5]
    told = what_holds(wrong, right)
    assert told.startswith("It is wrong only where ")
    assert told.endswith("in 1 of 2 such cases; the other 5 cases are right.")


def test_nothing_is_made_of_too_little():
    assert what_holds([a_case()], [a_case()] * 2) == ""
    assert what_holds([], [a_case()] * 9) == ""
    assert what_holds([a_case()], [a_case()] * 9) == ""


def test_illegal_cases_have_traits_too():
    assert "there is no padding" in true_of(a_case(strides=0))
    assert "there is more than one example" not in true_of(a_case(strides="x"))
    assert true_of(Case(operator="relu", inputs={"x": np.float32(3) * np.ones(())}))
