"""What must hold of a model that is composed of the operators."""

import refcnn
from refcnn.cnn.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
)
from refcnn.suite.capabilities import Features
from refcnn.suite.case import Case
from refcnn.suite.checks import Check, registering
from refcnn.suite.context import Context
from refcnn.suite.data import integers
from refcnn.suite.draw import Pick, dtype_of, seed
from refcnn.suite.registry import record
from refcnn.suite.tensors import Array

CHECKS: list[Check] = []
check = registering(CHECKS)
ASKED = ("conv2d", "max_pool2d", "flatten", "dense", "relu", "softmax")
OPERATORS: dict[type[Layer], str] = {
    Conv2D: "conv2d",
    MaxPooling2D: "max_pool2d",
    AveragePooling2D: "avg_pool2d",
    GlobalAveragePooling2D: "global_avg_pool2d",
    Flatten: "flatten",
    Dense: "dense",
}
IN_KERAS = {"dilation": "dilation_rate"}  # what arguments are called there


def layer_case(layer: Layer, x: Array, *, exact: bool = False) -> Case:
    """What a layer asks of its operator for the input x, its activation left out."""
    operator = OPERATORS[type(layer)]
    known = record(operator)
    words = {name: IN_KERAS.get(name, name) for name in known.arguments}
    usual = known.defaults  # of what a layer has no word for
    return Case(
        operator=operator,
        inputs=dict(zip(known.tensors, (x, *layer.weights))),
        attributes={name: getattr(layer, word, usual.get(name)) for name, word in words.items()},
        exact=exact,
    )


def within(case: Case, features: Features) -> Case:
    """The same question in forms of arguments that are offered."""
    given = {k: v for k, v in case.attributes.items() if k == "pool_size"}
    if "pool_size" in given and "pool_pair" not in features:
        given["pool_size"] = 2
    elif "pool_size" in given and "pool_int" not in features:
        given["pool_size"] = (2, 2)
    return Case(operator=case.operator, inputs=case.inputs, attributes=given, exact=case.exact)


@check("MODEL-8")
def the_architecture_composed_of_the_operators(iut: Context, pick: Pick) -> None:
    """The reference architecture with few filters on an 18x18 image, in small integers."""
    for operator in ASKED:
        iut.needs(operator)
    for operator in ("conv2d", "dense"):
        iut.needs(operator, "bias")
    dtypes = frozenset.intersection(*(iut.features(operator) for operator in ASKED))
    dtype = dtype_of(pick, dtypes) if dtypes & {"float32", "float64"} else "float64"
    model = refcnn.Sequential(
        [
            Conv2D(2, 3, activation="relu", input_shape=(18, 18, 3)),
            MaxPooling2D(2),
            Conv2D(3, 3, activation="relu"),
            MaxPooling2D(2),
            Conv2D(3, 3, padding="valid", activation="relu"),
            Flatten(),
            Dense(4, activation="relu"),
            Dense(3, activation="softmax"),
        ],
        dtype=dtype,
    )
    number = seed(pick)
    weights = model.get_weights()
    model.set_weights([integers(number + i, w.shape, -1, 1, dtype) for i, w in enumerate(weights)])
    x = integers(number + 99, (1, 18, 18, 3), 0, 3, dtype)
    for layer in model.layers:
        plain = layer_case(layer, x, exact=True)
        x = iut.check(within(plain, iut.features(plain.operator)))
        if activation := getattr(layer, "activation", None):
            x = iut.check(Case(operator=activation, inputs={"x": x}, exact=activation == "relu"))
