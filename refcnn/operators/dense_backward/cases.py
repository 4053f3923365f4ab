"""Cases of dense_backward: a dense layer, and a dy that fits its answer."""

from collections.abc import Sequence
from typing import Any

from refcnn.suite import changes, gradients
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.draw import Pick, choose
from refcnn.suite.generators import Illegal, maker

NAME = "dense_backward"


def dense_backward(
    pick: Pick,
    features: Features,
    *,
    families: Sequence[str] = gradients.EXACT_WEIGHTED,
    bias: bool | None = None,
) -> Case:
    """The gradients of a legal dense layer."""
    family = choose(pick, families)
    tensors, made = gradients.WEIGHTED[family]
    asked = maker("dense")(pick, features, families=(tensors,), bias=bias)
    return gradients.backward(pick, asked, NAME, family, made)


def of_several_examples(pick: Pick, features: Features, **options: Any) -> Case:
    """The gradients of a layer that is given more than one example."""
    return changes.two_images(dense_backward(pick, features, **options))


def of_another_shape(pick: Pick, features: Features) -> Illegal:
    """DDENSE-7."""
    return gradients.of_another_shape(
        pick, dense_backward(pick, features, families=("small",), bias=False)
    )
