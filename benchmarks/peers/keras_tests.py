"""Keras' own tests of its layers and operations, which the package `keras` brings along.

They run on Keras' NumPy backend, where an operator can be replaced by a function on
arrays: under `keras.ops` for convolution, pools, ReLU and softmax, and in the layers
for what Keras composes there (a bias, flattening). Where a test asks for more than
refcnn's operators have, such as groups or integers, Keras answers itself.
"""

import importlib
import os
import sys
import unittest
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

os.environ["KERAS_BACKEND"] = "numpy"

from keras.src import backend
from keras.src.layers import Dense, Flatten
from keras.src.layers.convolutional.base_conv import BaseConv
from peers.suite import Suite, Test, UnlikeError, nchw, nhwc

from refcnn.suite.case import Case
from refcnn.suite.registry import OPERATORS

# Modules of tests, and what the names of the methods must contain.
TESTS = {
    "ops.nn_test": "",
    "ops.numpy_test": "matmul",
    "activations.activations_test": "",
    "layers.activations.activation_test": "",
    "layers.activations.relu_test": "",
    "layers.activations.softmax_test": "",
    "layers.convolutional.conv_test": "",
    "layers.core.dense_test": "",
    "layers.pooling.average_pooling_test": "",
    "layers.pooling.max_pooling_test": "",
    "layers.reshaping.flatten_test": "",
}
RARE = "data_format", "dilation_rate"  # the last arguments of a convolution


def _array(value: Any) -> Any:
    """A tensor or variable as an array."""
    if backend.common.symbolic_scope.in_symbolic_scope():
        raise UnlikeError("shapes alone")  # worked out on uninitialised numbers
    if value is None or type(value) is np.ndarray:
        return value
    if isinstance(value, backend.Variable):
        return np.asarray(backend.convert_to_tensor(value))
    raise UnlikeError(type(value).__name__)


class KerasTests(Suite):
    """Keras' own tests."""

    name = "keras"

    def candidates(self) -> list[tuple[tuple[str, ...], Test]]:
        """All test methods; which operators they ask is found out by running them."""
        self._replace(backend.nn, "conv", "conv2d", self.conv2d)
        self._replace(backend.nn, "max_pool", "max_pool2d", self.pool("max_pool2d"))
        self._replace(backend.nn, "average_pool", "avg_pool2d", self.pool("avg_pool2d"))
        self._replace(backend.nn, "relu", "relu", self.relu)
        self._replace(backend.nn, "softmax", "softmax", self.softmax)
        self._replace(backend.numpy, "matmul", "dense", self.dense)
        self._replace(BaseConv, "call", "conv2d", self.conv_layer)
        self._replace(Dense, "call", "dense", self.dense_layer)
        self._replace(Flatten, "call", "flatten", self.flatten_layer)
        # Some tests import this from the root of Keras' repository, which no wheel holds.
        root = ModuleType("conftest")
        root.skip_if_backend = lambda *_: lambda test: test
        kept, sys.modules["conftest"] = sys.modules.get("conftest"), root
        found = [(OPERATORS, test) for module in TESTS for test in self._tests(module)]
        del sys.modules["conftest"]
        if kept:
            sys.modules["conftest"] = kept
        return found

    @staticmethod
    def _tests(name: str) -> list[Test]:
        module = importlib.import_module(f"keras.src.{name}")
        cases = [v for v in vars(module).values() if isinstance(v, type)]
        return [
            Test(case, method)
            for case in cases
            if issubclass(case, unittest.TestCase) and case.__module__ == module.__name__
            for method in unittest.defaultTestLoader.getTestCaseNames(case)
            if TESTS[name] in method
        ]

    def _replace(self, where: Any, name: str, operator: str, own: Callable[..., Any]) -> None:
        """Let `own` answer while the operator is plugged, and Keras where that will not do."""
        original = getattr(where, name)

        @wraps(original)
        def either(*arguments: Any, **named: Any) -> Any:
            if operator in self.plugged:
                try:
                    return own(*arguments, **named)
                except UnlikeError as error:
                    self.lacking[operator] = str(error)
            return original(*arguments, **named)

        setattr(where, name, either)

    @staticmethod
    def expresses(case: Case) -> bool:
        """Keras pads by rule only."""
        return case.attributes.get("padding", "valid") in ("valid", "same")

    def _conv(self, x, kernel, bias, *, strides, padding, data_format, dilation_rate):
        if set(np.ravel(dilation_rate)) != {1}:
            raise UnlikeError("dilations")
        (x, back), kernel = _channels_last(x, data_format), _array(kernel)
        if kernel.shape[2] != x.shape[3]:
            raise UnlikeError("groups")
        attributes = {"strides": _pair(strides), "padding": _rule(padding)}
        return back(self.ask("conv2d", x, kernel, _array(bias), **attributes))

    def conv2d(self, inputs, kernel, strides=1, padding="valid", *rest, **named):
        """Convolve without a bias."""
        given = {"data_format": None, "dilation_rate": 1, **dict(zip(RARE, rest)), **named}
        return self._conv(inputs, kernel, None, strides=strides, padding=padding, **given)

    def conv_layer(self, layer, inputs):
        """Convolve with the bias of the layer, and activate."""
        if inputs.ndim != 4:
            raise UnlikeError(f"{inputs.ndim - 2}-D images")
        bias = layer.bias if layer.use_bias else None
        given = {name: getattr(layer, name) for name in ("strides", "padding", *RARE)}
        y = self._conv(inputs, layer.kernel, bias, **given)
        return y if layer.activation is None else layer.activation(y)

    def pool(self, operator):
        """Pool, for either operator."""

        def own(inputs, pool_size, strides=None, padding="valid", data_format=None):
            x, back = _channels_last(inputs, data_format)
            strides = None if strides is None else _pair(strides)
            given = {"pool_size": _pair(pool_size), "strides": strides, "padding": _rule(padding)}
            return back(self.ask(operator, x, **given))

        return own

    def relu(self, x):
        """Rectify."""
        return self.ask("relu", _array(x))

    def softmax(self, x, axis=-1):
        """Softmax, the axis brought to the end."""
        x = _array(x)
        if not isinstance(axis, int) or not -x.ndim <= axis < x.ndim:
            raise UnlikeError("several axes")
        return np.moveaxis(self.ask("softmax", np.moveaxis(x, axis, -1)), -1, axis)

    def dense(self, x1, x2, bias=None):
        """Multiply matrices; more axes of the first one are rows."""
        x, kernel = _array(x1), _array(x2)
        if x.ndim < 2 or kernel.ndim != 2 or x.shape[-1] != kernel.shape[0]:
            raise UnlikeError("not two matrices")
        rows = x.reshape(-1, x.shape[-1]) if x.ndim > 2 else x
        y = self.ask("dense", rows, kernel, _array(bias))
        return y.reshape(*x.shape[:-1], -1) if x.ndim > 2 else y

    def dense_layer(self, layer, inputs, training=None):
        """Multiply, add the bias of the layer, and activate."""
        y = self.dense(inputs, layer.kernel, layer.bias)
        return y if layer.activation is None else layer.activation(y)

    def flatten_layer(self, layer, inputs):
        """Flatten, channels last."""
        x = _array(inputs)
        if x.ndim < 2:
            raise UnlikeError("no axes to flatten")
        return self.ask("flatten", np.moveaxis(x, 1, -1) if _first(layer.data_format) else x)


def _first(data_format: str | None) -> bool:
    return backend.standardize_data_format(data_format) == "channels_first"


def _channels_last(x: Any, data_format: str | None) -> tuple[Any, Callable[[Any], Any]]:
    """Images as NHWC, and what brings the answer back."""
    x, first = _array(x), _first(data_format)
    by_channel = nhwc(x)  # refuses what is not an image
    return (by_channel, nchw) if first else (x, lambda y: y)


def _pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else value


def _rule(padding: str) -> str:
    if padding not in ("valid", "same"):
        raise UnlikeError(f"padding {padding}")
    return padding
