"""How numbers round that are sums of products: all of it follows from rows and columns.

What each output adds up is a row times a column. Where that is the whole of an operator,
or of one of its outputs, its folder says the rows and columns, and nothing else.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from refcnn.suite import bounds, precise
from refcnn.suite.case import Case
from refcnn.suite.exactness import Products, of_products
from refcnn.suite.numerics import Numerics
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

Form = Callable[[Case], Products]


def in_matrix_form(operator: str, form: Form) -> Numerics:
    """How an output of an operator rounds that is rows times columns, in any order of adding."""

    def more_digits(**given: Any) -> precise.HiLo:
        inputs = {name: given.pop(name) for name in record(operator).tensors if name in given}
        return _to_twice_the_digits(form(Case(operator=operator, inputs=inputs, attributes=given)))

    return Numerics(
        determined=lambda case: of_products(form(case)),
        precise=more_digits,
        bound=lambda case: bounds.summed(*_size(form(case)), case.dtype),
        classes={
            "fast": lambda case: bounds.regrouped(*_reach(form(case)), case.dtype),
            "low-precision": lambda case: bounds.in_eight_bits(*_size(form(case)), case.dtype),
        },
        products=form,
    )


def column_sums(tensor: Array) -> Products:
    """Ones times a tensor: its sum over all axes but the last."""
    ones = np.ones(prod(tensor.shape[:-1]), tensor.dtype)
    return Products(ones, tensor, None, lambda: ones)


def _to_twice_the_digits(asked: Products) -> precise.HiLo:
    rows, columns = asked.rows(), asked.columns
    shape = (*rows.shape[:-1], columns.shape[-1])
    flat = rows.reshape(prod(shape[:-1]), rows.shape[-1])
    hi, lo = precise.product(flat.astype(np.float64), columns.astype(np.float64))
    return hi.reshape(shape), lo.reshape(shape)


def _size(asked: Products) -> tuple[int, Array]:
    """The terms of each sum, and what their absolute values add up to."""
    rows, columns = (np.abs(t).astype(np.float64) for t in (asked.rows(), asked.columns))
    return len(columns), np.asarray(rows @ columns)


def _reach(asked: Products) -> tuple[int, Array]:
    """The same, as if every term were as large as the largest numbers are."""
    terms, size = _size(asked)
    rows, columns = (np.abs(t).max(initial=0.0) for t in (asked.rows(), asked.columns))
    return terms, np.full(size.shape, terms * float(rows) * float(columns))
