"""Tensors and cases as JSON: every value comes back, everything malformed is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from refcnn.suite.case import Case
from refcnn.suite.tensors import decode, encode


@given(
    hnp.arrays(hnp.floating_dtypes(sizes=(32, 64), endianness="="), hnp.array_shapes(min_dims=0))
)
def test_every_value_comes_back(array):
    again = decode(json.loads(json.dumps(encode(array), allow_nan=False)))
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert np.array_equal(again, array, equal_nan=True)


def test_row_major_whatever_the_memory():
    array = np.arange(6.0).reshape(2, 3).T
    assert encode(array) == {"dtype": "float64", "shape": [3, 2], "data": [0, 3, 1, 4, 2, 5]}


@given(hnp.from_dtype(np.dtype("float32"), allow_nan=False, allow_infinity=False))
def test_nine_digits_are_enough_for_float32(value):
    text = f'{{"dtype": "float32", "shape": [], "data": [{value:.9g}]}}'
    assert decode(json.loads(text)) == value


GOOD = {"dtype": "float32", "shape": [2], "data": [1, 2.5]}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (None, "members dtype, shape and data"),
        ({**GOOD, "more": 1}, "members dtype, shape and data"),
        ({**GOOD, "dtype": "int8"}, "dtype must be one of float32, float64, not 'int8'"),
        ({**GOOD, "dtype": ["float32"]}, "dtype must be one of"),
        ({**GOOD, "shape": [-2]}, "shape must be a list of integers of at least 0"),
        ({**GOOD, "shape": [True]}, "shape must be a list of integers"),
        ({**GOOD, "shape": 2}, "shape must be a list of integers"),
        ({**GOOD, "shape": [3]}, "needs 3 numbers, but data has 2"),
        ({**GOOD, "shape": [10**30]}, "numbers, but data has 2"),
        ({**GOOD, "data": {}}, "data has no"),
        ({**GOOD, "data": [1, None]}, "data must be numbers, not None"),
        ({**GOOD, "data": [1, True]}, "data must be numbers, not True"),
        ({**GOOD, "data": [1, "nan"]}, "data must be numbers, not 'nan'"),
        ({**GOOD, "data": [1, [2]]}, "data must be numbers"),
        ({**GOOD, "data": [1, 10**400]}, "too large for float64"),
        ({**GOOD, "data": [1, 1e300]}, "a number beyond the range of float32"),
    ],
)
def test_malformed_tensors(wrong, sentence):
    with pytest.raises(ValueError, match=r"tensor|dtype|shape|data") as error:
        decode(wrong)
    assert sentence in str(error.value)


CASE = {
    "operator": "max_pool2d",
    "inputs": {"x": {"dtype": "float32", "shape": [1, 1, 1, 1], "data": [1]}},
    "attributes": {"pool_size": [1, 1], "padding": [[0, 0], [0, 0]]},
}


def test_a_case_comes_back():
    case = Case.from_json(CASE)
    assert case.attributes == {"pool_size": (1, 1), "padding": ((0, 0), (0, 0))}
    again = Case.from_json(json.loads(json.dumps(case.to_json())))
    assert again.to_json() == case.to_json()
    assert Case.from_json({**CASE, "memory": "fortran"}).to_json()["memory"] == "fortran"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ([], "must name one of the operators"),
        ({**CASE, "operator": "conv3d"}, "must name one of the operators"),
        ({**CASE, "inputs": 3}, "must have the objects inputs and attributes"),
        ({**CASE, "attributes": []}, "must have the objects inputs and attributes"),
        ({**CASE, "attributes": {"pool": 1}}, "max_pool2d has no argument 'pool'"),
        ({**CASE, "attributes": {}}, "max_pool2d needs the argument 'pool_size'"),
        ({**CASE, "memory": "disk"}, "memory must be one of"),
        ({**CASE, "operator": "dense", "attributes": {}}, "dense needs the argument 'kernel'"),
    ],
)
def test_malformed_cases(wrong, sentence):
    with pytest.raises(ValueError, match=r"case|argument|memory") as error:
        Case.from_json(wrong)
    assert sentence in str(error.value)
