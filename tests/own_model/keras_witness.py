"""Keras as a witness: the same questions put to an independent implementation.

Importing this module imports Keras (and TensorFlow) and scikit-image, the extra
`refcnn[keras]`. A witness must agree with the specification; it is never the
oracle.
"""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np

from own_model.parity import source_model
from refcnn.cnn.shapes import geometry
from refcnn.suite import data
from refcnn.suite.case import Case
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

# Read by TensorFlow when it is first imported; what the user has set stays.
ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTRAOP_THREADS": "2",
    "TF_NUM_INTEROP_THREADS": "1",
}
for _name, _value in ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the libraries, about one another
    keras: Any = import_module("keras")
    tensorflow: Any = import_module("tensorflow")
    skimage_data: Any = import_module("skimage.data")

# Colour photographs that come with scikit-image itself, without a download.
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "hubble_deep_field", "rocket")

OPERATORS: dict[str, Callable[..., Any]] = {
    "conv2d": lambda x, kernel, bias=0, **options: keras.ops.conv(x, kernel, **options) + bias,
    "max_pool2d": keras.ops.max_pool,
    "avg_pool2d": keras.ops.average_pool,
    "global_avg_pool2d": lambda x: keras.layers.GlobalAveragePooling2D(dtype=x.dtype)(x),
    "flatten": lambda x: keras.layers.Flatten(dtype=x.dtype)(x),
    "dense": lambda x, kernel, bias=0: keras.ops.matmul(x, kernel) + bias,
    "relu": keras.ops.relu,
    "softmax": keras.ops.softmax,
}


def answer(case: Case) -> Array:
    """What Keras' public operations answer to a case.

    They are given tensors: of a float64 NumPy array, `max_pool` answers float32.
    """
    tensors = record(case.operator).tensors
    given = [case.inputs[name] for name in tensors if name in case.inputs]
    converted = [keras.ops.convert_to_tensor(array) for array in given]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are using a softmax over axis -1")  # of one class
        y = OPERATORS[case.operator](*converted, **case.attributes)
    return np.asarray(keras.ops.convert_to_numpy(y))


def unreliable(case: Case) -> bool:
    """Whether TensorFlow is known to answer a case wrongly, so that it cannot be a witness.

    With oneDNN (TensorFlow 2.21, float32), a convolution of several images of
    one channel that moves down by 1 and along by more reads beyond the input
    where its output has one column. With TF_ENABLE_ONEDNN_OPTS=0 it is right.
    """
    if case.operator != "conv2d" or case.dtype != "float32":
        return False
    x, kernel = case.inputs["x"], case.inputs["kernel"]
    strides, padding = case.attributes.get("strides", 1), case.attributes.get("padding", "valid")
    place = geometry("kernel", x.shape[1:3], kernel.shape[:2], strides, padding)
    down, along = place.strides
    return x.shape[3] == 1 < len(x) and down == 1 < along and place.output[1] == 1


def layer_answer(layer: Any, x: Array) -> Array:
    """Output of one Keras layer, called eagerly."""
    return np.asarray(keras.ops.convert_to_numpy(layer(x)))


def activations(model: Any, x: Array) -> list[Array]:
    """Outputs of all layers of a Keras model, in order."""
    outputs = []
    for layer in model.layers:
        outputs.append(x := layer_answer(layer, x))
    return outputs


def loss_and_gradients(model: Any, x: Array, labels: Array) -> tuple[float, list[Array]]:
    """Mean cross-entropy of a batch, and its gradients by all weights, by TensorFlow's tape.

    From the logits: of probabilities, Keras clips what is below 1e-7. The last layer is dense.
    """
    *before, last = model.layers
    with tensorflow.GradientTape() as tape:
        given = keras.ops.convert_to_tensor(x)
        for layer in before:
            given = layer(given)
        logits = keras.ops.matmul(given, last.kernel) + last.bias
        each = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
        loss = keras.ops.mean(each)
    found = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    return float(loss), [np.asarray(one) for one in found]


@contextmanager
def everything_in(dtype: str) -> Iterator[None]:
    """Models made inside hold and compute `dtype` throughout, also where their code names none.

    The dtype policy alone would not do: the input that Keras puts before the
    first layer follows floatx, and float64 data would silently become float32.
    """
    policy, floatx = keras.config.dtype_policy(), keras.config.floatx()
    keras.config.set_dtype_policy(dtype)
    keras.config.set_floatx(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floatx)


def reference_model(dtype: str = "float32", seed: int = 0) -> Any:
    """The source's model in Keras: kernels as Keras draws them, biases drawn here.

    Keras starts biases at zero, where a forgotten bias would not be seen.
    """
    keras.utils.set_random_seed(seed)
    keras.utils.clear_session()  # layers are named from the start again
    with everything_in(dtype), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Do not pass an `input_shape`")  # as the source does
        model = source_model(keras.layers, keras.models)
    for i, layer in enumerate(model.layers):
        if weights := layer.get_weights():
            bias = data.floats(seed + 3 * i, weights[1].shape, "float32", (-6, -4))
            layer.set_weights([weights[0], bias])
    return model


def photograph(name: str) -> Array:
    """One of PHOTOGRAPHS as (32, 32, 3) in [0, 1]: means over the square blocks of its middle."""
    image = getattr(skimage_data, name)() / 255
    block = min(image.shape[:2]) // 32
    top, left = ((size - 32 * block) // 2 for size in image.shape[:2])
    square = image[top : top + 32 * block, left : left + 32 * block]
    return np.asarray(square.reshape(32, block, 32, block, 3).mean(axis=(1, 3)))
