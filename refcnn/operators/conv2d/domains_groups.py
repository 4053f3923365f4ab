"""What conv2d is asked about groups: filters that see a part of the channels."""

from collections.abc import Callable
from typing import Any

import numpy as np

from refcnn.operators.conv2d.cases import PLAIN, conv2d
from refcnn.operators.conv2d.domains import INTEGERS, ONE_MAP
from refcnn.operators.conv2d.domains_dilation import ANY as ANY_DILATION
from refcnn.operators.conv2d.domains_dilation import FAMILIES
from refcnn.suite.capabilities import Features
from refcnn.suite.draw import NothingOfferedError, Pick
from refcnn.suite.generators import Domain, Illegal, Make, Question, broken, legal

GROUPS = ("groups",)
GROUPED: dict[str, Any] = {"groups": GROUPS, "families": FAMILIES}
SIMPLE: dict[str, Any] = {**ONE_MAP, **INTEGERS, "groups": GROUPS}
FLAT: dict[str, Any] = {**PLAIN, "window": (2, 2)}


def several(pick: Pick) -> dict[str, Any]:
    """Options of a case: some groups, each of one or two channels and filters."""
    return {**SIMPLE, "depth": pick(1, 2), "filters": pick(1, 2)}


def depthwise(pick: Pick) -> dict[str, Any]:
    """Options of a case: as many groups as channels, each with one to three filters."""
    return {**SIMPLE, "depth": 1, "filters": pick(1, 3)}


def _asked(features: Features) -> None:
    if features.isdisjoint(GROUPS):
        raise NothingOfferedError


def below_one(pick: Pick, features: Features) -> Illegal:
    """CONV-41."""
    _asked(features)
    groups = pick(-1, 0)
    case = conv2d(pick, features, **FLAT, depth=2, filters=2)
    return case.with_attributes(groups=groups), f"{groups} groups"


def uneven_filters(pick: Pick, features: Features) -> Illegal:
    """CONV-42: the channels can be cut into groups, and the filters cannot."""
    _asked(features)
    groups = pick(2, 3)
    filters = groups * pick(1, 2) + pick(1, groups - 1)
    case = conv2d(pick, features, **FLAT, depth=pick(1, 2), filters=filters)
    x = np.concatenate([case.inputs["x"]] * groups, axis=3)
    return case.given(x=x).with_attributes(groups=groups), f"{filters} filters in {groups} groups"


def other_depth(pick: Pick, features: Features) -> Illegal:
    """CONV-43: filters as deep as all channels, or deeper by one than a group is."""
    _asked(features)
    groups, share = pick(2, 3), pick(1, 2)
    depth = groups * share if pick(0, 1) else share + 1
    case = conv2d(pick, features, **FLAT, depth=depth, filters=groups)
    x = np.resize(case.inputs["x"], (*case.inputs["x"].shape[:3], groups * share))
    rule = f"filters {depth} deep, where groups have {share} channels"
    return case.given(x=x).with_attributes(groups=groups), rule


def _drawn(options: Callable[[Pick], dict[str, Any]]) -> Make:
    return lambda pick, features: Question(case=conv2d(pick, features, **options(pick)))


DOMAINS = (
    Domain(("CONV-38",), _drawn(several)),
    Domain(("CONV-39",), _drawn(depthwise)),
    Domain(("CONV-40",), legal(conv2d, **GROUPED)),
    Domain(("CONV-40",), legal(conv2d, **GROUPED, dilation=ANY_DILATION)),
    Domain(("CONV-40",), legal(conv2d, groups=GROUPS, families=("general", "spread"))),
    Domain(("CONV-41",), broken(below_one)),
    Domain(("CONV-42",), broken(uneven_filters)),
    Domain(("CONV-43",), broken(other_depth)),
)
