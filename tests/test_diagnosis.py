"""The mistake is named: from the answers alone, in the card, with how sure it is."""

import json
from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest
from command import run

from refcnn.cnn.shapes import geometry
from refcnn.diagnosis.diagnosis import diagnose
from refcnn.diagnosis.observed import Observed, key_of, same, seen_at
from refcnn.diagnosis.patient import Patient
from refcnn.diagnosis.plain_facts import what_was_seen
from refcnn.diagnosis.power import REFERENCE
from refcnn.diagnosis.suspects import Suspect, in_right_steps, keeps
from refcnn.diagnosis.traits import what_holds
from refcnn.harness.python import PythonFunctions
from refcnn.implementations.local import LocalIUT
from refcnn.run import Options, check
from refcnn.suite.alternatives import alternatives
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case, Crash, Missing, Refusal, Rubbish
from refcnn.suite.generators import maker, question
from refcnn.suite.mutants import compose, mutants
from refcnn.suite.predicates import true_of
from refcnn.suite.recorder import Entry, Log
from refcnn.suite.sampling import counted

NAMED = {m.id: m for m in mutants()}


def checked(operator, function, **options):
    functions = {**REFERENCE, operator: function}
    return check(
        "local", LocalIUT(functions), Options(operators=(operator,), strict=True, **options)
    )


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


def test_what_never_answers_is_told_with_its_exception():
    def relu(x):
        raise KeyError("weights")

    found = diagnose("relu", *log("relu", relu))
    assert not found.mistakes
    assert found.always == found.unnamed == "It raises KeyError at every call ('weights')."
    assert not found.holds


def test_what_never_answers_for_several_reasons():
    def softmax(x):
        return x.nothing if len(x) == 1 else x["more"]

    found = diagnose("softmax", *log("softmax", softmax))
    assert found.always.startswith("It raises an exception at every call: ")
    assert "AttributeError in " in found.always
    assert "IndexError in " in found.always


def test_the_mistakes_of_another_kind_of_exception_are_not_the_same():
    """An empty batch is refused: by the catalogue's exception, by another, or from two places."""

    def refusing(*raised):
        places = cycle(raised)
        return with_outcome(lambda case: next(places) if not len(case.inputs["x"]) else None)

    named = [NAMED["max_pool2d/empty-batch-refused"]]
    one = diagnose("max_pool2d", *refusing(Refusal("ValueError", "empty", 3)))
    assert [*one.mistakes] == named
    other = diagnose("max_pool2d", *refusing(Refusal("IndexError", "empty", 3)))
    assert not other.mistakes
    assert other.holds.startswith("It raises IndexError (line 3: empty) where the batch is empty (")
    two = (Refusal("ValueError", "empty", 3), Refusal("ValueError", "nothing", 4))
    both = diagnose("max_pool2d", *refusing(*two))
    assert not both.mistakes
    assert both.holds.startswith("It is wrong whenever the batch is empty (")


def with_outcome(answer, operator="max_pool2d", count=800):
    """A log of the right operator, where `answer` has no outcome of its own for a case."""
    functions = PythonFunctions(REFERENCE)

    def run(case):
        return answer(case) or functions.run(case)

    iut = Log(type("Iut", (), {"run": staticmethod(run)})())
    for index in range(count):
        for case in question(operator, 0, index).cases:
            iut.run(case)
    return iut.entries[operator], EVERYTHING.features[operator], run


# --- too little is known


def silent(_):
    return Missing("no more", asked=False)


def test_three_failing_cases_are_needed_and_asked_for():
    mutant = NAMED["max_pool2d/zeros-win"]
    entries, features, ask = log("max_pool2d", mutant.build(), count=300)
    failing = [e for e in entries if seen_at(0, e).fails]
    few = [e for e in entries if e not in failing[1:]]
    asked = diagnose("max_pool2d", few, features, ask)
    assert asked.mistakes == (mutant,)
    assert asked.failing >= 3
    healthy = diagnose("max_pool2d", few, features, PythonFunctions(REFERENCE).run)
    assert not healthy.mistakes
    assert healthy.seen.endswith(" cases failed: 1 gave wrong numbers.")


def test_where_no_more_can_be_asked_the_only_mistake_that_explains_all_is_named():
    mutant = NAMED["max_pool2d/zeros-win"]
    entries, features, _ = log("max_pool2d", mutant.build(), count=300)
    failing = [e for e in entries if seen_at(0, e).fails]
    few = [e for e in entries if e not in failing[1:]]
    assert diagnose("max_pool2d", few, features, silent).mistakes == (mutant,)
    own = [m for m in mutants() if m.operator == "max_pool2d"]

    def alike(entry):
        functions = (PythonFunctions({"max_pool2d": m.build()}) for m in own)
        return sum(same(f.run(entry.case), entry.outcome) for f in functions)

    doubtful = next(e for e in failing if alike(e) > 1)
    assert not diagnose("max_pool2d", [doubtful], features, silent).mistakes


def test_a_second_mistake_needs_three_cases_of_its_own():
    both = compose((NAMED["relu/leaky"], NAMED["relu/empty-batch-answered-with-one"]))
    entries, features, _ = log("relu", both.build(), count=300)
    empty = [e for e in entries if not len(e.case.inputs["x"])]
    first = [*{key_of(e.case): e for e in empty}.values()]  # the same question counts once
    assert len(first) >= 3
    for kept in (2, 3):
        known = [e for e in entries if e not in empty or e in first[:kept]]
        found = diagnose("relu", known, features, silent)
        assert len(found.mistakes) == kept - 1
        assert found.complete is (kept == 3)


def test_a_passing_case_speaks_against_a_mistake():
    """All failing cases are explained; of all others one is right where it must be wrong."""
    mutant = NAMED["relu/leaky"]
    entries, features, _ = log("relu", mutant.build(), count=300)
    failing = [n for n, e in enumerate(entries) if seen_at(0, e).fails]
    case = entries[failing[-1]].case
    other = case.given(x=case.inputs["x"] / 2)
    mended = Entry(other, PythonFunctions(REFERENCE).run(other))
    assert diagnose("relu", entries, features, silent).mistakes == (mutant,)
    found = diagnose("relu", [*entries, mended], features, silent)
    assert not found.mistakes


def test_the_rounding_of_another_route_speaks_against_no_mistake():
    """Cases that are called exact and are not: the route of the mutants rounds them otherwise."""
    x = np.random.default_rng(0).random((50, 1, 300), "f4")
    kernel = np.linspace(0.1, 0.9, 300, dtype="f4")[:, None]
    cases = [Case(operator="dense", inputs={"x": r, "kernel": kernel}, exact=True) for r in x]
    answered = [Observed(c, Answer.of(REFERENCE["dense"](**c.inputs)), fails=False) for c in cases]
    assert all(keeps(in_right_steps(one.case), one) for one in answered)  # by their bounds
    patient = Patient("dense", [], EVERYTHING.features["dense"], silent)
    assert Suspect(NAMED["dense/two-examples-only"], patient).stands(answered)
    assert not Suspect(NAMED["dense/inputs-reversed"], patient).stands(answered)


def test_what_is_refused_speaks_only_about_that_rule():
    """The mistake of leaving padding out would answer negative padding; the author refuses it."""
    mutant = NAMED["conv2d/padding-before-only"]
    wrong_function = mutant.build()

    def conv2d(*arguments, **named):
        REFERENCE["conv2d"](*arguments, **named)  # raises at once where the case is illegal
        return wrong_function(*arguments, **named)

    assert diagnose("conv2d", *log("conv2d", conv2d, count=200)).mistakes == (mutant,)


def test_what_is_answered_in_place_of_a_refusal_speaks_only_for_mistakes_about_that_rule():
    """An average over a window that is too large, cut: as if valid padding were same padding."""

    def avg_pool2d(x, pool_size, **named):
        window = np.broadcast_to(pool_size, 2)
        if x.ndim == 4 and not named and np.any(window > x.shape[1:3]):
            pool_size = tuple(np.minimum(window, x.shape[1:3]).tolist())
        return REFERENCE["avg_pool2d"](x, pool_size, **named)

    entries, features, ask = log("avg_pool2d", avg_pool2d, count=300)
    found = diagnose("avg_pool2d", entries, features, ask)
    assert found.failing >= 3
    assert not found.mistakes
    assert "answered what should be refused" in found.seen


@pytest.mark.parametrize(
    "declined", [Missing("not here"), Refusal("Unsupported", "not here", unsupported=True)]
)
def test_what_is_declined_neither_fails_nor_passes(declined):
    def answer(case):
        return declined if case.inputs["x"].ndim > 2 else None

    assert diagnose("softmax", *with_outcome(answer, "softmax")) is None


# --- what is right has no name


@pytest.mark.parametrize("alternative", alternatives(), ids=lambda alternative: alternative.id)
def test_no_name_is_given_to_what_is_right(alternative):
    found = diagnose(
        alternative.operator, *log(alternative.operator, alternative.function, count=90)
    )
    assert found is None or not (found.mistakes or found.undeclared)
    assert found is None or found.algorithm in ("", alternative.algorithm)


@pytest.mark.parametrize("operator", ["conv2d", "max_pool2d", "avg_pool2d", "dense"])
def test_no_core_mistake_is_named_where_nothing_is_refused(operator):
    """Right wherever there is something right to be given, and zeros for everything else."""

    def careless(*arguments, **named):
        try:
            return REFERENCE[operator](*arguments, **named)
        except ValueError:
            return np.zeros((1, 1), np.float32)

    found = diagnose(operator, *log(operator, careless))
    assert not found.mistakes
    assert not found.algorithm
    assert not found.undeclared
    assert not found.holds
    assert found.seen.endswith("answered what should be refused.")


def test_an_undeclared_fast_algorithm_is_told_as_such():
    fft = next(v.function for v in alternatives() if v.id == "conv2d/fft")
    assert checked("conv2d", fft, profile="quick").diagnoses["conv2d"].algorithm == "fast"
    flipped = lambda x, k, *b, **given: fft(x, k[::-1, ::-1], *b, **given)  # noqa: E731
    assert names(checked("conv2d", flipped), "conv2d") == ["kernel-rotated"]


def test_an_exception_is_the_answer_of_no_class_of_algorithms():
    """Everything but exceptions is right by the wider bound, and by the narrow one, too."""

    def answer(case):
        padded = case.attributes.get("padding", "valid") != "valid"
        return Refusal("ValueError", "could not broadcast", 9) if padded else None

    found = diagnose("conv2d", *with_outcome(answer, "conv2d"))
    assert not found.algorithm
    assert not found.mistakes


def test_other_failures_do_not_hide_a_dialect():
    """Nothing illegal is refused, and everything is answered in float64."""

    def conv2d(x, kernel, *arguments, **named):
        try:
            return REFERENCE["conv2d"](x, kernel[::-1, ::-1], *arguments, **named).astype("f8")
        except (ValueError, IndexError):
            return np.zeros((1, 1))

    found = diagnose("conv2d", *log("conv2d", conv2d))
    assert found.undeclared == ("kernel_flipped",)
    assert not found.mistakes


def test_crashes_and_hangs_are_not_explained():
    case = maker("relu")(counted("t", 1), EVERYTHING.features["relu"])
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


IN_PLACE = """
import numpy as np

def softmax(x):
    x -= x.max(axis=-1, keepdims=True)
    powers = np.exp(x)
    return powers / powers.sum(axis=-1, keepdims=True)

def flatten(x):
    x.shape = len(x), int(np.prod(x.shape[1:]))
    return x

def relu(x):
    x[x < 0] = 0
    return x
"""


def test_what_is_changed_in_place_is_named_and_shown_on_digits(tmp_path):
    path = tmp_path / "in_place.py"
    path.write_text(IN_PLACE)
    out, _ = run("check", path, status=1)
    told = " ".join(out.replace("│", " ").split())
    for sentence, shown in (
        ("The largest logit is taken off in the input array itself", "[[-1]]"),
        ("The input array itself is given the new shape, as by `x.shape = ...`.", "[[0]]"),
        ("Negative values become 0 in the input array itself, as by `x[x < 0] = 0`.", "[[-1, 0]]"),
    ):
        card = told.partition(sentence)[2].partition("again:")[0]
        assert f"{shown} side effect: x was changed" in card


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
    one = Answer.of(np.array([1.0, np.nan]))
    assert same(one, Answer.of(np.array([1.0, np.nan])))
    assert not same(one, Answer.of(np.array([1.0, 2.0])))
    assert not same(one, Answer.of(np.array([1.0, np.nan], "f4")))
    assert not same(one, Answer.of(np.array([1.0, np.nan]), ("x was changed",)))
    assert not same(one, Answer.of(np.array([1.5, np.nan])), 0.1)
    assert same(one, Answer.of(np.array([1.05, np.nan])), 0.1)
    assert same(Refusal("ValueError", "a"), Refusal("ValueError", "b", 7))
    assert not same(Refusal("ValueError", "a"), Refusal("TypeError", "a"))
    assert not same(one, Refusal("ValueError", "a"))
    assert same(Rubbish("None"), Rubbish("None"))
    assert not same(Rubbish("None"), Missing("None"))


GARBAGE = Answer.of(np.full((1, 1), 7.0))


def a_case(**attributes):
    x, kernel = np.ones((1, 6, 7, 1), "f4"), np.ones((2, 2, 1, 1), "f4")
    return Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, attributes=attributes)


def wrong(*cases, outcome=GARBAGE):
    return [Observed(case, outcome, fails=True) for case in cases]


def right(*cases, times=10):
    return [Observed(case, GARBAGE, fails=False) for case in cases * times]


def test_one_trait_that_tells_wrong_from_right():
    failing = wrong(*[a_case(strides=2), a_case(strides=3)] * 5)
    assert what_holds(failing, right(a_case())).told() == (
        "It is wrong whenever strides are given (10 cases) and right otherwise."
    )


def test_two_traits_that_do():
    failing = wrong(*[a_case(strides=3, padding=1), a_case(strides=(3, 1), padding=1)] * 5)
    others = [a_case(strides=3), a_case(padding=1), a_case(strides=2, padding=1)]
    told = what_holds(failing, right(*others, a_case(strides=(3, 1)))).told()
    assert "a stride is above 2 and there is padding" in told


def test_traits_that_only_narrow_it_down():
    failing = wrong(*[a_case(padding="same")] * 10)
    passing = [*right(a_case(padding="same"), times=3), *right(a_case())]
    told = what_holds(failing, passing).told()
    assert told.startswith("It is wrong only where ")
    assert told.endswith("in 10 of 13 such cases; the other 10 cases are right.")


def test_two_traits_are_told_where_they_say_much_more_than_one():
    failing = wrong(*[a_case(strides=3, padding=1)] * 10)
    both = right(a_case(strides=3, padding=1), times=2)
    ones = right(a_case(strides=3), a_case(padding=1))
    trait = what_holds(failing, [*both, *ones, *right(a_case(), times=30)])
    assert " and " in trait.where
    assert (trait.right_there, trait.right_elsewhere) == (2, 50)


def test_an_exception_of_one_place_is_told_with_it():
    one, padded = Refusal("IndexError", "index 3 is  out", 7), a_case(padding=1)
    failing = wrong(*[padded] * 10, outcome=one)
    assert what_holds(failing, right(a_case())).told() == (
        "It raises IndexError (line 7: index 3 is out) where there is padding (10 cases), "
        "and is right otherwise."
    )
    failing += wrong(padded, outcome=replace(one, line=8))
    assert "raises" not in what_holds(failing, right(a_case())).told()


def test_nothing_is_made_of_too_little():
    padded = a_case(padding=1)
    assert what_holds(wrong(*[padded] * 10), right(a_case())) is not None
    assert what_holds(wrong(*[padded] * 9), right(a_case())) is None
    assert what_holds(wrong(*[padded] * 10), right(a_case(), times=9)) is None
    assert what_holds([], right(a_case())) is None
    assert what_holds(wrong(*[a_case()] * 10), right(a_case())) is None


def test_what_should_be_refused_counts_on_neither_side():
    illegal = Observed(a_case(strides=0), GARBAGE, fails=True, legal=False)
    refused = Observed(a_case(strides=0), Refusal("ValueError", ""), fails=False, legal=False)
    failing, passing = wrong(*[a_case(padding=1)] * 10), right(a_case())
    trait = what_holds([*failing, *[illegal] * 9], [*passing, *[refused] * 9])
    assert (trait.wrong, trait.right_there, trait.right_elsewhere) == (10, 0, 10)
    assert what_holds([*failing[:9], illegal], passing) is None
    assert what_holds(failing, [*passing[:9], refused]) is None


def test_what_was_seen_in_one_sentence():
    kind = Refusal("KeyError", "k", 4)
    fourth, fifth = wrong(a_case(), outcome=kind), wrong(a_case(), outcome=replace(kind, line=5))
    by_line = [*fourth, *fourth, *fifth]
    shape = [Observed(a_case(), GARBAGE, fails=True, reason="wrong shape: expected ...")]
    illegal = [Observed(a_case(), GARBAGE, fails=True, legal=False)]
    changed = [Observed(a_case(), Answer.of(GARBAGE.array, ("x was changed",)), fails=True)]
    assert what_was_seen([*by_line, *shape * 3], right(a_case())) == (
        "6 of 16 cases failed: 3 gave a wrong shape, 2 raised KeyError (line 4) "
        "and 1 raised KeyError (line 5)."
    )
    every = [
        *by_line,
        *shape,
        *illegal,
        *changed,
        *wrong(a_case(), outcome=Rubbish("")) * 2,
    ]
    assert what_was_seen(every, []).endswith(
        "2 raised KeyError (line 4), 2 returned no array of float32 or float64, "
        "1 raised KeyError (line 5), 1 gave a wrong shape and 2 failed in other ways."
    )
    assert what_was_seen(illegal, []).endswith("1 answered what should be refused.")
    assert what_was_seen(changed, []).endswith("1 had a side effect.")


def test_illegal_cases_have_traits_too():
    assert "there is no padding" in true_of(a_case(strides=0))
    assert "there is more than one example" not in true_of(a_case(strides="x"))
    assert true_of(Case(operator="relu", inputs={"x": np.float32(3) * np.ones(())}))
