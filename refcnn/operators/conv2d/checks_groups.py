"""What must hold of a convolution in groups: each check isolates what its clause adds."""

import numpy as np

from refcnn.operators.conv2d import domains_groups as domains
from refcnn.operators.conv2d.domains_dilation import ANY as ANY_DILATION
from refcnn.operators.conv2d.domains_groups import GROUPED, GROUPS
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.draw import Pick

CHECKS: list[Check] = []
check = registering(CHECKS)


@check("CONV-38")
def filters_see_their_group_alone(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.check(iut.case("conv2d", pick, **domains.several(pick)))


@check("CONV-38")
def groups_are_convolutions_side_by_side(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.needs("conv2d", "no_bias")
    case = iut.case("conv2d", pick, **domains.several(pick))
    x, kernel, groups = case.inputs["x"], case.inputs["kernel"], case.attributes["groups"]
    parts = zip(np.split(x, groups, axis=3), np.split(kernel, groups, axis=3))
    alone = [case.given(x=own, kernel=filters).with_attributes(groups=1) for own, filters in parts]
    maps = np.concatenate([iut.answer(one) for one in alone], axis=3)
    law = f"{groups} groups are {groups} convolutions, each of its own channels and filters"
    iut.same(case, iut.answer(case), maps, law)


@check("CONV-39")
def every_channel_has_filters_of_its_own(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.check(iut.case("conv2d", pick, **domains.depthwise(pick)))


@check("CONV-40", times=WIDELY)
def all_of_it_in_groups(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.check(iut.case("conv2d", pick, **GROUPED))


@check("CONV-40")
def in_groups_and_dilated(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.needs("conv2d", "|".join(ANY_DILATION))
    iut.check(iut.case("conv2d", pick, **GROUPED, dilation=ANY_DILATION))


@check("CONV-40")
def in_groups_within_the_bound(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.check(iut.case("conv2d", pick, groups=GROUPS, families=("general", "spread")))


@check("CONV-41")
def groups_below_one_are_refused(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.refuses(*domains.below_one(pick, iut.features("conv2d")))


@check("CONV-42")
def filters_that_cannot_be_shared_out_are_refused(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.refuses(*domains.uneven_filters(pick, iut.features("conv2d")))


@check("CONV-43")
def filters_of_another_depth_than_a_group_are_refused(iut: Context, pick: Pick) -> None:
    iut.needs("conv2d", "groups")
    iut.refuses(*domains.other_depth(pick, iut.features("conv2d")))
