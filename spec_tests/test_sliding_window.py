"""The source's worked example: a 2x2 kernel slides over a 4x4 input (CONV-18)."""

import json

import numpy as np
import pytest

from refcnn.reports.trace import trace
from refcnn.suite.case import Case
from refcnn.suite.paths import golden

EXAMPLE = json.loads((golden() / "sliding_window.json").read_text("utf-8"))


def the_case(dtype: str) -> Case:
    x = np.array(EXAMPLE["input"], dtype).reshape(1, 4, 4, 1)
    kernel = np.array(EXAMPLE["kernel"], dtype).reshape(2, 2, 1, 1)
    return Case(operator="conv2d", inputs={"x": x, "kernel": kernel}, exact=True)


@pytest.mark.own
@pytest.mark.clause("CONV-18")
@pytest.mark.parametrize("step", EXAMPLE["steps"], ids=lambda s: "{}-{}".format(*s["at"]))
def test_each_step_as_printed(step):
    (i, j), x = step["at"], np.array(EXAMPLE["input"])
    assert x[i : i + 2, j : j + 2].tolist() == step["patch"]
    products, terms, total = trace(the_case("float64"), (0, i, j, 0)).arithmetic
    assert (products, terms, total) == (step["products"], f"= {step['terms']}", f"= {step['sum']}")
    assert EXAMPLE["output"][i][j] == int(step["sum"])
