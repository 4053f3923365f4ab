"""Clauses of conv2d: what must be refused."""

import pytest

from refcnn.operators.conv2d import cases
from refcnn.suite.sampling import explore


@pytest.mark.clause("CONV-25")
@explore
def test_a_kernel_larger_than_the_input_is_refused(iut, pick):
    iut.refuses(*cases.kernel_too_large(pick, iut.features("conv2d")))


@pytest.mark.clause("CONV-26")
@explore
def test_a_stride_below_one_is_refused(iut, pick):
    iut.needs("conv2d", "strides_int|strides_pair")
    iut.refuses(*cases.stride_below_one(pick, iut.features("conv2d")))


@pytest.mark.clause("CONV-27")
@explore
def test_negative_padding_is_refused(iut, pick):
    iut.needs("conv2d", "padding_int|padding_pairs")
    iut.refuses(*cases.negative_padding(pick, iut.features("conv2d")))


@pytest.mark.clause("CONV-28")
@explore
def test_a_kernel_of_another_depth_is_refused(iut, pick):
    iut.refuses(*cases.other_depth(pick, iut.features("conv2d")))


@pytest.mark.clause("CONV-29")
@explore
def test_other_ranks_are_refused(iut, pick):
    iut.refuses(*cases.other_ranks(pick, iut.features("conv2d")))


@pytest.mark.clause("CONV-30")
@explore
def test_a_bias_of_another_length_is_refused(iut, pick):
    iut.needs("conv2d", "bias")
    iut.refuses(*cases.bias_of_other_length(pick, iut.features("conv2d")))
