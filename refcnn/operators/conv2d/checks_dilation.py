"""What must hold of a dilated convolution: each check isolates what its clause adds."""

from refcnn.operators.conv2d import domains_dilation as domains
from refcnn.operators.conv2d.domains import INTEGERS, ONE_MAP, SIMPLE
from refcnn.operators.conv2d.domains_dilation import ANY, DILATED
from refcnn.suite.case import Case
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import ANY_STRIDES, Pick
from refcnn.suite.windows import lay_out, spread_out

EITHER = "dilation_int|dilation_pair"
CHECKS: list[Check] = []
check = registering(CHECKS)


def with_gaps(case: Case) -> Case:
    """The same question, its kernel written out with zeros between the taps."""
    kernel = spread_out(case.inputs["kernel"], lay_out(case).dilation)
    return case.given(kernel=kernel).with_attributes(dilation=1)


@check("CONV-31")
def taps_lie_apart(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "dilation_int")
    case = iut.case("conv2d", pick, **SIMPLE, dilation=("dilation_int",))
    iut.check(case)
    law = f"dilation={case.attributes['dilation']} equals zeros between the taps of the kernel"
    iut.same(case, iut.answer(case), iut.answer(with_gaps(case)), law)


@check("CONV-31")
def a_dilation_of_one_is_none(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "dilation_int")
    case = iut.case("conv2d", pick, **SIMPLE)
    one = case.with_attributes(dilation=1)
    iut.same(one, iut.answer(one), iut.answer(case), "dilation=1 is no dilation")


@check("CONV-32")
def two_dilations_apply_to_height_and_width(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "dilation_pair")
    iut.check(iut.case("conv2d", pick, **SIMPLE, dilation=("dilation_pair",)))


@check("CONV-33")
def as_many_dilated_windows_as_fit(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", EITHER)
    iut.has_shape(iut.case("conv2d", pick, depth=1, filters=1, families=("xsmall",), dilation=ANY))


@check("CONV-34")
def same_counts_the_gaps(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", EITHER)
    iut.needs("conv2d", "padding_same")
    options = {**ONE_MAP, **INTEGERS, "padding": ("padding_same",), "strides": ANY_STRIDES}
    iut.check(iut.case("conv2d", pick, **options, dilation=ANY))


@check("CONV-35", times=WIDELY)
def all_of_it_dilated(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", EITHER)
    iut.check(iut.case("conv2d", pick, **DILATED))


@check("CONV-35")
def dilated_within_the_bound(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", EITHER)
    iut.check(iut.case("conv2d", pick, dilation=ANY, families=("general", "spread")))


@check("CONV-36")
def a_dilation_below_one_is_refused(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", EITHER)
    iut.refuses(*domains.below_one(pick, iut.features("conv2d")))


@check("CONV-37")
def a_kernel_that_reaches_too_far_is_refused(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", EITHER)
    iut.refuses(*domains.reaching_too_far(pick, iut.features("conv2d")))
