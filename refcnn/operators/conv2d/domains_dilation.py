"""What conv2d is asked about dilation: the taps of a kernel lie apart."""

from typing import Any

import numpy as np

from refcnn.operators.conv2d.cases import PLAIN, conv2d
from refcnn.operators.conv2d.domains import SIMPLE
from refcnn.suite.capabilities import Features
from refcnn.suite.draw import ANY_STRIDES, Pick, choose, limited, wrong_forms
from refcnn.suite.generators import Domain, Illegal, Make, Question, broken, legal

ANY = ("dilation_int", "dilation_pair")
# In others there is one number under a window: with gaps there may be several, or none.
FAMILIES = ("xsmall", "xwide", "xk", "xx", "kimpulse", "biasonly")
DILATED: dict[str, Any] = {"dilation": ANY, "families": FAMILIES}
NUMBERED = ("default", "padding_int", "padding_pairs")


def below_one(pick: Pick, features: Features) -> Illegal:
    """CONV-36."""
    case, wrong = conv2d(pick, features, **PLAIN), pick(-1, 0)
    paired = [(wrong, 1), (1, wrong)]
    dilation = choose(pick, wrong_forms(features, [wrong], "dilation", paired))
    return case.with_attributes(dilation=dilation), f"dilation {dilation} has one below 1"


def reaching_too_far(pick: Pick, features: Features) -> Illegal:
    """CONV-37: a kernel that fits, but whose taps reach one cell too far."""
    paired = choose(pick, [form for form in ANY if form in features]) == "dilation_pair"
    window, apart, axis = (pick(2, 3), pick(2, 3)), pick(2, 3), pick(0, 1)
    case = conv2d(pick, features, **PLAIN, window=window)
    size = (window[axis] - 1) * apart  # one cell less than it takes
    x = np.resize(case.inputs["x"], (1, 9, 9, case.inputs["x"].shape[3]))
    short = x[:, :size] if axis == 0 else x[:, :, :size]
    name = ("height", "width")[axis]
    rule = f"kernel {name} {window[axis]}, dilated, takes {size + 1} of {size} cells"
    dilation = (apart, apart) if paired else apart
    return case.given(x=short).with_attributes(dilation=dilation), rule


def _between_taps(form: str) -> Make:
    """Kernels of two or three taps a side: with one there is nothing between."""

    def question(pick: Pick, features: Features) -> Question:
        window = limited((pick(2, 3), pick(2, 3)), features)
        return Question(case=conv2d(pick, features, **SIMPLE, dilation=(form,), window=window))

    return question


DOMAINS = (
    Domain(("CONV-31",), _between_taps("dilation_int")),
    Domain(("CONV-32",), _between_taps("dilation_pair")),
    Domain(("CONV-33",), legal(conv2d, **{**SIMPLE, "strides": ANY_STRIDES}, dilation=ANY)),
    Domain(("CONV-34",), legal(conv2d, **{**SIMPLE, "padding": ("padding_same",)}, dilation=ANY)),
    Domain(("CONV-35",), legal(conv2d, **DILATED)),
    Domain(("CONV-35",), legal(conv2d, **DILATED, padding=NUMBERED)),
    Domain(("CONV-35",), legal(conv2d, dilation=ANY, families=("general", "spread"))),
    Domain(("CONV-36",), broken(below_one)),
    Domain(("CONV-37",), broken(reaching_too_far)),
)
