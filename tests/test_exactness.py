"""What is called exact is: against sums of fractions, in any order, fused or not.

And nothing that a case maker makes exact loses it.
"""

import re
from fractions import Fraction
from itertools import chain

import numpy as np
import pytest

from refcnn.diagnosis.observed import observed
from refcnn.diagnosis.power import REFERENCE
from refcnn.implementations.local import LocalIUT
from refcnn.run import Options, check
from refcnn.suite import exactness
from refcnn.suite.alternatives import alternatives
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case
from refcnn.suite.context import Context, Record
from refcnn.suite.data import EXACT_PRODUCTS, PRODUCTS, stream
from refcnn.suite.dialects import SetAsideError, ruled
from refcnn.suite.draw import seed
from refcnn.suite.generators import maker, question
from refcnn.suite.judge import Verdict, expect, judge
from refcnn.suite.numerics import bound, determined, held, unrounded
from refcnn.suite.paths import PACKAGE
from refcnn.suite.recorder import Entry
from refcnn.suite.registry import OPERATORS
from refcnn.suite.sampling import counted, explore
from refcnn.suite.vector_files import public
from refcnn.suite.windows import cell_counts, lay_out

BITS = {"float32": 24, "float64": 53}
SUMMING = pytest.mark.parametrize("operator", ["conv2d", "dense"])
EITHER = pytest.mark.parametrize("dtype", ["float32", "float64"])


def dense(x, kernel, bias=None, dtype="float32", **more):
    inputs = {"x": np.array([x], dtype), "kernel": np.array(kernel, dtype).reshape(-1, 1)}
    if bias is not None:
        inputs["bias"] = np.array([bias], dtype)
    return Case(operator="dense", inputs=inputs, **more)


# --- what case makers call exact


def whole(case):
    """Where a mean is exact: sums divide by powers of two; everywhere, of other operators."""
    if case.operator == "global_avg_pool2d":
        counts = np.prod(case.inputs["x"].shape[1:3])
    elif case.operator in ("avg_pool2d", "avg_pool2d_backward"):
        counts = cell_counts(case)
    elif case.family == "certain":  # but for one example, which has two largest logits
        x = case.inputs["x"]
        tops = (x == x.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)
        return tops == 1 if case.looks_at == "dx" else np.zeros((), bool)
    else:
        return np.ones((), bool)
    return np.isin(counts, [1, 2, 4, 8, 16, 32])


def all_exact(case):
    return all(map(is_exact, case.views))


def is_exact(case):
    shape, here = expect(case).hi.shape, whole(case)
    if case.operator == "avg_pool2d_backward":  # a cell has shares of several windows
        here = here.all() & np.ones(shape, bool)
    expected = np.broadcast_to(here, shape)
    return np.array_equal(np.broadcast_to(held(case), shape), expected)


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_question_that_is_made_exact_loses_it(operator):
    asked = (question(operator, 17, index) for index in range(600))
    cases = [case for one in asked if not one.rule for case in one.cases]
    claimed = [case for case in cases if case.exact]
    assert len(claimed) > 20 or operator == "softmax_backward"  # of which all answers round
    assert [case.to_json() for case in claimed if not all_exact(case)] == []


def test_no_public_vector_loses_it():
    frozen = [v for v in chain(*public().values()) if v.regime == "exact"]
    cases = [case for one in frozen for case in one.question.cases]
    assert len(cases) > 100
    assert [case.to_json() for case in cases if any(bound(one).any() for one in case.views)] == []


@pytest.mark.parametrize("family", EXACT_PRODUCTS)
@SUMMING
@explore
def test_no_family_of_products_loses_it(pick, operator, family):
    case = maker(operator)(pick, EVERYTHING.features[operator], families=(family,))
    assert held(case).all()
    assert unrounded(case) or family == "sparse"


# --- by hand

UNIT = 2.0**-10


@pytest.mark.parametrize("scale", [1, UNIT, 2.0**40])
@EITHER
def test_sums_of_t_bits_are_exact_and_no_longer_ones(dtype, scale):
    most = 2.0 ** BITS[dtype] - 2
    for x, exact in (([most, 1], True), ([most, 1, 1], False), ([-most, 1, 1], False)):
        case = dense(np.array(x) * scale, np.ones(len(x)), dtype=dtype, exact=True)
        assert held(case).all() == exact
        assert bound(case).any() != exact
        assert unrounded(case) == exact


@EITHER
def test_the_bias_is_a_term_like_any_other(dtype):
    most = 2.0 ** BITS[dtype] - 2
    for bias, exact in ((1, True), (3, False), (0.5, False), (0, True)):
        case = dense([most, 0], [1, 1], bias, dtype, exact=True)
        assert held(case).all() == exact


@EITHER
def test_one_product_is_rounded_in_one_way_unless_it_leaves_the_range(dtype):
    limits, third = np.finfo(dtype), np.dtype(dtype).type(1 / 3)
    once = dense([third, 0], [third, third], dtype=dtype)
    assert determined(once).all()
    assert not unrounded(once)
    assert unrounded(dense([third, 0], [4, third], dtype=dtype))
    small, large = 2 * limits.tiny, limits.max
    for x, factor, kept in ((small, 1, 1), (small, third, 0), (large, third, 1), (large, 2, 0)):
        alone = dense([x, 0], [factor, third], dtype=dtype)
        assert determined(alone).all() == kept
    assert not determined(dense([third, 0], [third, third], third, dtype)).all()


@EITHER
def test_numbers_that_are_not_finite_are_not_exact(dtype):
    for x in (np.inf, -np.inf, np.nan):
        assert not determined(dense([x, 1], [1, 1], dtype=dtype)).any()
        pool = Case(operator="avg_pool2d", inputs={"x": np.full((1, 1, 1, 1), x, dtype)})
        assert not determined(pool.with_attributes(pool_size=1)).any()
        rows = Case(operator="softmax", inputs={"x": np.array([x])})
        assert determined(rows).all()  # they are NaN
        relu = Case(operator="relu", inputs={"x": np.array([x], dtype)})
        assert held(relu).all()


def test_sums_that_underflow_are_not_exact():
    smallest = 2.0**-126
    for x, exact in (([smallest, smallest], True), ([smallest / 2, smallest], False)):
        assert determined(dense(x, [1, 1])).all() == exact


def test_each_output_is_told_by_its_own_numbers():
    """The first window alone sees a number that is too wide for its neighbours."""
    x = np.array([2.0**24, 1, 1, 1, 1, 2.0**-20], "f4").reshape(1, 1, 6, 1)
    case = Case(operator="conv2d", inputs={"x": x, "kernel": np.ones((1, 2, 1, 1), "f4")})
    assert determined(case).ravel().tolist() == [False, True, True, True, True]
    case = case.given(kernel=np.ones((1, 3, 1, 1), "f4"), bias=np.array([2.0**-22], "f4"))
    assert determined(case).ravel().tolist() == [False, True, True, True]


def test_what_is_claimed_and_not_borne_out_has_the_derived_bound():
    """Of outputs with 3 and 2^24 + 2 the first alone is exact: the answer, and how far off."""
    inputs = {"x": np.array([[2.0**24 - 1, 1, 2]], "f4"), "kernel": np.array([[0, 1]] * 3, "f4")}
    inputs["kernel"][1:, 0] = 1
    plain = Case(operator="dense", inputs=inputs)
    case = Case(operator="dense", inputs=inputs, exact=True)
    assert bound(case)[0, 0] == 0 < bound(case)[0, 1] == bound(plain)[0, 1]
    assert expect(case).hi.tolist() == [[3, 2.0**24 + 2]]
    for y, right in (([3, 2**24], True), ([3, 2**24 + 4], True), ([3.0000002, 2**24], False)):
        verdict = judge(case, Answer.of(np.array([y], "f4"))).verdict
        assert (verdict is not Verdict.FAIL) == right


def test_one_logit_takes_all_only_far_above_the_others():
    def row(*logits, dtype="float32"):
        x = np.array([logits], dtype)
        return bool(determined(Case(operator="softmax", inputs={"x": x})).all())

    assert row(5.5)
    assert row(3, -125)
    assert row(-np.inf, 3, -200)
    assert not row(3, -124)
    assert not row(3, 3, -200)
    assert not row(3, -200, dtype="float64")
    assert row(3, -1021, dtype="float64")


def test_a_mean_over_a_padded_border_that_counts_is_told_by_the_cells_that_count():
    """Twelve cells of multiples of 3: three in the corner divide by 1, 2, 4, or else by 9."""
    x = 3 * np.arange(12.0, dtype="f4").reshape(1, 3, 4, 1)
    attributes = {"pool_size": 3, "strides": 2, "padding": 1}
    given = {"operator": "avg_pool2d", "inputs": {"x": x}, "exact": True}
    case = Case(**given, attributes=attributes)
    assert held(case)[0, ..., 0].tolist() == [[True, False], [True, False]]
    counting = ruled(Case(**given, attributes=attributes, dialects=("avg_pool_counts_padding",)))
    assert not held(counting).any()


@explore
def test_what_a_law_reckons_with_is_reckoned_exactly(pick):
    dtype = ("float32", "float64")[pick(0, 1)]
    arrays = [np.array([pick(-(2**20), 2**20), pick(-3, 3)], dtype) for _ in range(pick(1, 3))]
    factors = [pick(-(2**6), 2**6) for _ in arrays]
    found = exactness.combination(*zip(factors, arrays))
    columns = zip(*(array.tolist() for array in arrays))
    exact = [sum(Fraction(f) * Fraction(v) for f, v in zip(factors, c)) for c in columns]
    if found is None:
        assert max(map(abs, exact)) > 2**20
        assert dtype == "float32"
    else:
        assert found.dtype == dtype
        assert [Fraction(v) for v in found.tolist()] == exact


# --- against fractions: no order of summation rounds

CHANGES = {
    "as it is": lambda x: x,
    "one more": lambda x: x + 1,
    "backwards and one more": lambda x: np.flip(x) + 1,
    "minus twice and one more": lambda x: x * -2 + 1,
    "half": lambda x: x * x.dtype.type(0.5),
    "one larger": lambda x: np.where(np.arange(x.size).reshape(x.shape) == 1, x * 4096, x),
    "tiny": lambda x: x * x.dtype.type(np.finfo(x.dtype).tiny),
}


def terms_of(case):
    """By index of an output, the two factors of each of its terms; a bias has the factor 1."""
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    if case.operator == "dense":
        x, kernel = x[:, None, None], kernel[None, None]
    image = Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, attributes=case.attributes)
    place = lay_out(image)
    padded = np.pad(x, ((0, 0), *place.padding, (0, 0)))
    (height, width), (down, along) = place.window, place.strides
    for b, i, j, o in np.ndindex(len(x), *place.output, kernel.shape[3]):
        patch = padded[b, i * down : i * down + height, j * along : j * along + width]
        found = list(zip(patch.ravel().tolist(), kernel[..., o].ravel().tolist()))
        if "bias" in case.inputs:
            found.append((1.0, float(case.inputs["bias"][o])))
        yield ((b, o) if case.operator == "dense" else (b, i, j, o)), found


def nearest(value, dtype):
    """A fraction rounded to the dtype: once for float64, where Python does it right."""
    near = np.dtype(dtype).type(float(value))
    if dtype == "float64" or Fraction(float(value)) == value:
        return Fraction(float(near))
    around = [
        Fraction(float(near)),
        *(Fraction(float(np.nextafter(near, near.dtype.type(s)))) for s in (-np.inf, np.inf)),
    ]
    return min(around, key=lambda v: abs(v - value))


def added(terms, dtype, *, fused):
    """The sum in this order: each product rounded, or together with the addition."""
    total = Fraction(0)
    for a, k in terms:
        product = Fraction(a) * Fraction(k)
        total = nearest(total + (product if fused else nearest(product, dtype)), dtype)
    return total


def halved(terms, dtype):
    """Pairwise, each product rounded."""
    if len(terms) < 2:
        return added(terms, dtype, fused=False)
    middle = len(terms) // 2
    return nearest(halved(terms[:middle], dtype) + halved(terms[middle:], dtype), dtype)


def sums(terms, dtype, number):
    """What right implementations may answer: orders, fused or not, and in a wider dtype."""
    shuffled = [terms[i] for i in np.argsort(stream(number, len(terms)))]
    by_size = sorted(terms, key=lambda t: -abs(t[0] * t[1]))
    for order in (terms, terms[::-1], shuffled, by_size):
        yield from (added(order, dtype, fused=fused) for fused in (False, True))
    yield halved(shuffled, dtype)
    yield nearest(added(shuffled, "float64", fused=False), dtype)


def outputs(pick, operator, change):
    """Some outputs of a case: whether it is called exact, all possible answers, the right one."""
    options = {"depth": pick(1, 2), "filters": 1} if operator == "conv2d" else {}
    case = maker(operator)(pick, EVERYTHING.features[operator], families=(*PRODUCTS,), **options)
    with np.errstate(all="ignore"):
        case = case.given(x=CHANGES[change](case.inputs["x"]))
    exact = np.broadcast_to(determined(case), expect(case).hi.shape)
    for index, terms in list(terms_of(case))[:: pick(1, 20)][:4]:
        total = sum(Fraction(a) * Fraction(k) for a, k in terms)
        answers = set(sums(terms, case.dtype, seed(pick)))
        yield exact[index], answers, nearest(total, case.dtype)


@pytest.mark.parametrize("change", CHANGES)
@SUMMING
@explore
def test_no_order_of_summation_rounds_what_is_exact(pick, operator, change):
    """Exact data, and what laws and dialects make of them."""
    for exact, answers, right in outputs(pick, operator, change):
        assert answers == {right} or not exact


def test_that_is_no_empty_promise():
    """Much is called exact, and much depends on the order."""
    seen = [o for c in CHANGES for i in range(16) for o in outputs(counted("o", i), "dense", c)]
    assert sum(bool(exact) for exact, _, _ in seen) > 30
    assert sum(len(answers) > 1 for _, answers, _ in seen) > 30


def test_where_there_is_no_output_nothing_rounds():
    """Full mantissas in an empty batch, or with no filter: whatever way is taken."""
    third, x = np.full((1, 3, 4, 2), 1 / 3), np.zeros((0, 3, 4, 2))
    for images, filters in ((x, third), (third, third[..., :0])):
        case = Case(operator="conv2d", inputs={"x": images, "kernel": filters}, exact=True)
        assert unrounded(case)
        assert not bound(case).any()
    pool = Case(operator="avg_pool2d", inputs={"x": x}, attributes={"pool_size": 3})
    assert unrounded(pool)


# --- laws that are held to the last bit


def asked(subject, *cases):
    return [subject.answer(case) for case in cases]


def test_a_law_without_a_bound_is_tested_on_exact_answers_alone():
    """And on all that the test has had since it began."""
    plain, third = dense([1, 2], [3, 4], exact=True), np.float32(1 / 3)
    rounded = dense([third, 1], [third, 1], exact=True)
    once = dense([third, 0], [third, 1], exact=True)  # one product: there is one number to give
    for other in (rounded, once):
        subject = Context(LocalIUT(REFERENCE), EVERYTHING, Record())
        y, _ = asked(subject, plain, other)
        with pytest.raises(SetAsideError, match="its numbers are rounded"):
            subject.same(plain, y, y, "it is what it is")
        subject.same(plain, y, y, "it is what it is", bound=0)
        assert subject.record.set_aside
        assert subject.record.cases == 1
        subject.begin()
        subject.same(plain, *asked(subject, plain, plain), "it is what it is")
        assert subject.record.cases == 2


def test_a_sum_that_rounds_says_nothing_about_a_law():
    subject = Context(LocalIUT(REFERENCE), EVERYTHING, Record())
    wide = np.array([2.0**24 - 1], "f4")
    assert subject.exactly((2, wide[:1] / 2)) == wide
    with pytest.raises(SetAsideError, match="its numbers are rounded"):
        subject.exactly((1, wide), (3, wide))


@explore
def begins_anew(pick, iut):
    iut.tries.append([])
    iut.tries[-1].append(pick(0, 9))


def test_a_subject_is_told_when_a_test_is_tried_again():
    class Told:
        begun, tries = 0, []

        def begin(self):
            assert self.begun == len(self.tries)
            self.begun += 1

    told = Told()
    begins_anew(iut=told)
    assert told.begun == len(told.tries) > 5


CHECKS = [*(PACKAGE / "operators").glob("*/checks.py"), PACKAGE / "suite" / "common_checks.py"]


@pytest.mark.parametrize("path", sorted(CHECKS), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nothing_but_determinism_is_held_to_the_last_bit_unseen(path):
    """A bound of 0 asks for equality whatever the data: of one and the same question."""
    tests = re.split(r"^def ", path.read_text("utf-8"), flags=re.MULTILINE)
    given = [t.partition("(")[0] for t in tests if re.search(r"bound=0\b|, 0\)$", t, re.MULTILINE)]
    allowed = ["the_same_question_gets_the_same_answer"] if path.stem == "common_checks" else []
    assert given == allowed


# --- right implementations that add in other orders


class Recording(LocalIUT):
    """An implementation, and everything that it was asked about one operator."""

    def __init__(self, alternative):
        functions = {**REFERENCE, alternative.operator: alternative.function}
        super().__init__(functions, dtypes=(), algorithm=alternative.algorithm)
        self.operator, self.entries = alternative.operator, []

    def run(self, case):
        outcome = super().run(case)
        if case.operator == self.operator:
            self.entries.append(Entry(case, outcome))
        return outcome


ROUNDING = [v for v in alternatives() if v.name == "order-by-content"]


@pytest.mark.parametrize("alternative", ROUNDING, ids=lambda alternative: alternative.id)
def test_every_answer_of_a_right_implementation_is_judged_right(alternative):
    """What the suite asked, laws of ANY-5 and CONV-21 included, as a diagnosis will see it."""
    iut = Recording(alternative)
    check("local", iut, Options(operators=(alternative.operator,)), name_mistakes=False)
    seen = [observed(entry) for entry in iut.entries]
    assert len(seen) > 300
    assert [one.case.to_json() for one in seen if one.legal and one.fails] == []
