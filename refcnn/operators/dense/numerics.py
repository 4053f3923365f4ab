"""How a matrix product rounds."""

import numpy as np

from refcnn.suite import bounds, precise
from refcnn.suite.case import Case
from refcnn.suite.exactness import Products, of_products
from refcnn.suite.numerics import Numerics
from refcnn.suite.tensors import Array


def products(case: Case) -> Products:
    """The sums of a case; the rows are those of x."""
    x = case.inputs["x"]
    return Products(x, case.inputs["kernel"], case.inputs.get("bias"), lambda: x)


def fast(case: Case) -> Array:
    """The bound of fast algorithms, where whole rows and columns are added up.

    S = k max |X| max |K| + |b_o|.
    """
    size = {name: np.abs(tensor).astype(np.float64) for name, tensor in case.inputs.items()}
    x, kernel = size["x"], size["kernel"]
    reach = np.full((len(x), 1), len(kernel) * x.max(initial=0) * kernel.max(initial=0))
    return bounds.fast(case, reach, size.get("bias", 0))


NUMERICS = {
    "dense": Numerics(
        determined=lambda case: of_products(products(case)),
        precise=precise.product,
        bound=bounds.products,
        classes={"fast": fast, "low-precision": bounds.low_precision},
        products=products,
    ),
}
