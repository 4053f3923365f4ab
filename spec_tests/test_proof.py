"""The output-size formulas for all integers: proved where counting has to end.

The functions of refcnn.cnn.shapes themselves are run on unknown integers (`run`), and z3 shows
that the negation of each claim has no solution. Without z3 these tests fail; `refcnn check`,
which leaves them out, does without it, and so it is imported only where it is used.

No induction over the windows is needed. Their number i is one more unknown: where window i
fits exactly if i < n, for every i >= 0, the windows that fit are 0, 1, ..., n - 1: n of them.
"""

import numpy as np
import pytest

import refcnn
from refcnn.cnn.definition import pads, positions
from refcnn.cnn.shapes import output_size, same_padding

pytestmark = pytest.mark.own

POOLS = ("max_pool2d", "avg_pool2d")

# The effort allowed, in steps and not in seconds: the same everywhere. No claim takes 100,000.
STEPS = 3_000_000


class UndecidedError(Exception):
    """The code asked for the truth of a comparison that may be true or false."""


def unknown(names):
    import z3

    return z3.Ints(names)


def floor(a, b):
    """Python's a // b; z3's a / b is Euclid's, which is the same for b > 0 alone."""
    import z3

    return z3.If(b > 0, a / b, -a / -b)


def run(code, *numbers, answers=()):
    """What the code returns for unknown numbers: terms over them.

    Where it needs to know a comparison (as max does), it is run again with either answer,
    `answers` being those so far, and the two results are joined by If.
    """
    import z3

    asked = []

    def truth(comparison):
        asked.append(comparison)
        if len(asked) > len(answers):
            raise UndecidedError
        return answers[len(asked) - 1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(z3.ArithRef, "__floordiv__", floor, raising=False)
        patch.setattr(z3.BoolRef, "__bool__", truth)
        try:
            return code(*numbers)
        except UndecidedError:
            pass
    pairs = zip(*(run(code, *numbers, answers=(*answers, answer)) for answer in (True, False)))
    return tuple(z3.If(asked[-1], yes, no) for yes, no in pairs)


def solve(*facts):
    """A solution by name, or None if there is none; that z3 gives up is neither."""
    import z3

    solver = z3.Solver()
    solver.set(random_seed=0, rlimit=STEPS)
    solver.add(*facts)
    answer = solver.check()
    if answer == z3.unknown:
        pytest.fail(f"z3 gave up ({solver.reason_unknown()}) and so proved nothing: {facts[-1]}")
    if answer == z3.unsat:
        return None
    model = solver.model()
    return {str(name): model[name].as_long() for name in model if not name.arity()}


def prove(given, *steps):
    """Each step follows from what is given and the steps before it."""
    import z3

    assert solve(*given) is not None, (
        f"what is given contradicts itself, anything would follow: {given}"
    )
    for n, step in enumerate(steps):
        example = solve(*given, *steps[:n], z3.Not(step))
        assert example is None, f"false at {example}: {step}"


def refute(given, *steps):
    """A counterexample, small enough to be read and counted."""
    import z3
    from z3.z3util import get_vars

    small = [number <= 9 for number in get_vars(z3.And(given))]
    example = solve(*given, *small, z3.Not(z3.And(steps)))
    assert example is not None, "a mistake passes for a truth: there is no small counterexample"
    return example


def exactly_n_fit(code):
    """Window i fits exactly if i < n, and there is one at all exactly if window 0 fits.

    The last step is about `positions`, the second oracle, which looks only at windows that
    start within the axis: no window that fits starts beyond.
    """
    h, f, s, before, after, i = unknown("h f s before after i")
    padded, n = h + before + after, run(code, h, f, before, after, s)
    fits = i * s + f <= padded
    given = [h >= 1, f >= 1, s >= 1, before >= 0, after >= 0, i >= 0]
    return given, fits == (i < n), (n >= 1) == (f <= padded), fits == (fits & (i * s < padded))


def least_that_keep_every_stride(code):
    """With c = ceil(H / S): c windows fit, and with p cells in all exactly if p >= P_total.

    c windows fit exactly if window c - 1 does. c is defined by (c - 1) S < H <= c S; the first
    step, a lemma without which z3 gives up, is that the code's own -(-H // S) is this c.
    """
    h, f, s, c, p = unknown("h f s c p")
    before, after = run(code, h, f, s)
    given = [h >= 1, f >= 1, s >= 1, (c - 1) * s < h, h <= c * s, p >= 0]
    return (
        given,
        run(lambda: -(-h // s)) == c,
        ((c - 1) * s + f <= h + p) == (p >= before + after),
        run(output_size, h, f, before, after, s) == c,
        before >= 0,
        before <= after,
        after <= before + 1,
    )


def shape(operator, padding="valid", **strides):
    """What becomes of 7 by 9 cells under a window of 2 by 3: an example of who is proved."""
    x = np.zeros((1, 7, 9, 1), "f4")
    window = np.zeros((2, 3, 1, 1), "f4") if operator == "conv2d" else (2, 3)
    return getattr(refcnn, operator)(x, window, padding=padding, **strides).shape[1:3]


@pytest.mark.parametrize(
    "operator",
    [
        pytest.param("conv2d", marks=pytest.mark.clause("CONV-10")),
        *(pytest.param(pool, marks=pytest.mark.clause("POOL-4")) for pool in POOLS),
    ],
)
def test_formula_counts_the_windows_of_every_size(operator):
    prove(*exactly_n_fit(output_size))
    expected = output_size(7, 2, 1, 0, 3), output_size(9, 3, 0, 1, 2)
    assert shape(operator, ((1, 0), (0, 1)), strides=(3, 2)) == expected


@pytest.mark.parametrize(
    "operator",
    [
        pytest.param("conv2d", marks=pytest.mark.clause("CONV-15")),
        *(pytest.param(pool, marks=pytest.mark.clause("POOL-7")) for pool in POOLS),
    ],
)
def test_same_is_the_least_padding_of_every_size(operator):
    prove(*least_that_keep_every_stride(same_padding))
    assert shape(operator, "same", strides=(3, 2)) == (3, 5)


@pytest.mark.clause("CONV-14")
def test_same_keeps_every_size_at_stride_1():
    h, f = unknown("h f")
    before, after = run(same_padding, h, f, 1)
    kept = run(output_size, h, f, before, after, 1) == h
    prove([h >= 1, f >= 1], kept, before + after == f - 1, before == run(lambda: (f - 1) // 2))


@pytest.mark.clause("CONV-7")
def test_output_is_smaller_by_the_kernel_less_one():
    h, f = unknown("h f")
    prove([h >= 1, f >= 1], run(output_size, h, f, 0, 0, 1) == h - f + 1)


@pytest.mark.clause("CONV-8")
def test_every_stride_th_of_all_windows():
    """`ops` takes a slice [::S] of the windows at stride 1: of those there are, i S is the i-th."""
    h, f, s, p, i = unknown("h f s p i")
    dense, sparse = (run(output_size, h, f, p, 0, stride) for stride in (1, s))
    prove([h >= 1, f >= 1, s >= 1, p >= 0, i >= 0], (i * s < dense) == (i < sparse))


@pytest.mark.clause("POOL-3")
@pytest.mark.parametrize("operator", POOLS)
def test_windows_side_by_side_are_as_many_as_the_quotient(operator):
    """Without strides floor(H / F) windows: n F <= H < (n + 1) F."""
    h, f = unknown("h f")
    n = run(output_size, h, f, 0, 0, f)
    prove([h >= 1, f >= 1], n * f <= h, h < (n + 1) * f)
    assert shape(operator) == (7 // 2, 9 // 3)


@pytest.mark.clause("POOL-9")
def test_every_mean_has_a_cell_to_count():
    """Window i starts before the input ends and ends after it starts: nothing is divided by 0.

    `ops` refuses pads of F cells and more; the second proof is that "same" never has them.
    """
    h, f, s, before, after, i = unknown("h f s before after i")
    given = [h >= 1, f >= 1, s >= 1, before >= 0, before < f, after >= 0, after < f, i >= 0]
    start = i * s - before
    prove([*given, start + f <= h + after], start < h, start + f > 0)
    prove([h >= 1, f >= 1, s >= 1], *(pad < f for pad in run(same_padding, h, f, s)))


@pytest.mark.clause("MODEL-13")
def test_two_layers_see_what_one_larger_window_sees():
    """(F, S) and then (G, T) are one layer with the window r = F + (G - 1) S at stride S T.

    By induction the recurrence holds for every chain: (F, S) may be the r and j of all the
    layers before. First the sizes agree, then the first and the last cell that output i sees.
    """
    h, f, s, g, t, i = unknown("h f s g t i")
    between, field = run(output_size, h, f, 0, 0, s), f + (g - 1) * s
    both, one = run(output_size, between, g, 0, 0, t), run(output_size, h, field, 0, 0, s * t)
    first, last = i * t, i * t + g - 1
    prove(
        [h >= 1, f >= 1, s >= 1, g >= 1, t >= 1, i >= 0],
        both == one,
        first * s == i * (s * t),
        last * s + f == i * (s * t) + field,
    )


@pytest.mark.clause("CONV-10")
@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(lambda h, f, b, a, s: -(-(h + b + a - f) // s) + 1, id="ceil-for-floor"),
        pytest.param(lambda h, f, b, a, s: (h + b + a - f) // s, id="1-missing"),
        pytest.param(lambda h, f, b, a, s: (h + b + a - f + 1) // s, id="1-inside"),
        pytest.param(lambda h, f, b, _a, s: (h + 2 * b - f) // s + 1, id="twice-before"),
    ],
)
def test_mistaken_sizes_are_refuted(mistake):
    found = refute(*exactly_n_fit(mistake))
    h, f, s, before, after = (found[name] for name in ("h", "f", "s", "before", "after"))
    counted = len(positions(h + before + after, f, s))
    assert mistake(h, f, before, after, s) != counted
    assert max(output_size(h, f, before, after, s), 0) == counted


@pytest.mark.clause("CONV-15")
@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(lambda h, f, s: same_padding(h, f, s)[::-1], id="odd-cell-before"),
        pytest.param(lambda h, f, s: same_padding(h - h % s, f, s), id="floor-for-ceil"),
        pytest.param(lambda h, f, _s: same_padding(h, f, 1), id="stride-forgotten"),
        pytest.param(lambda _h, f, _s: (f // 2, f // 2), id="half-the-kernel"),
        pytest.param(lambda h, f, s: same_padding(h, f + 1, s), id="one-cell-too-many"),
        pytest.param(lambda h, f, s: (0, (-(-h // s) - 1) * s + f - h), id="max-missing"),
    ],
)
def test_mistaken_padding_is_refuted(mistake):
    found = refute(*least_that_keep_every_stride(mistake))
    h, f, s = (found[name] for name in "hfs")
    assert mistake(h, f, s) != pads("same", [h], [f], [s])[0] == same_padding(h, f, s)


@pytest.mark.clause("CONV-10")
def test_unknown_numbers_are_computed_with_as_python_does():
    """The terms that are proved, with numbers put in, are what Python makes of the numbers."""
    import z3

    def number(term):
        return z3.simplify(term).as_long()

    for a in range(-9, 10):
        for b in (*range(-4, 0), *range(1, 5)):
            assert number(floor(z3.IntVal(a), z3.IntVal(b))) == a // b
            if a > 0 and b > 0:
                terms = run(same_padding, *map(z3.IntVal, (a, 3, b)))
                assert tuple(map(number, terms)) == same_padding(a, 3, b)


@pytest.mark.clause("CONV-10")
def test_giving_up_and_contradiction_are_no_proof():
    x, y, z = unknown("x y z")
    with pytest.raises(pytest.fail.Exception, match=r"z3 gave up \(.+\) and so proved nothing"):
        prove([x >= 1, y >= 1, z >= 1], x * x * x + y * y * y != z * z * z)
    with pytest.raises(AssertionError, match="what is given contradicts itself"):
        prove([x >= 1, x < 1], x == x + 1)
    with pytest.raises(AssertionError, match=r"false at \{'x': \d+\}"):
        prove([x >= 1], x > 5)
