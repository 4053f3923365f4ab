"""Stand-ins for models of Keras, with the attributes that `from_keras` looks at.

They are made from the data of a question; no TensorFlow is needed. That real
models of Keras are no different is tested where there is Keras.
"""

from types import SimpleNamespace
from typing import Any

from own_model.oracle import shapes, strides_of
from own_model.questions import Question
from refcnn.suite.tensors import Array


def _alike(kind: str, **attributes: Any) -> Any:
    """An object of a class of this name that has these attributes and no others."""
    made = type(kind, (), {"__module__": "keras.stand_in"})()
    vars(made).update(attributes)
    return made


def _function(name: str) -> Any:
    def function(x: Any) -> Any:  # pragma: no cover - looked at, never called
        return x

    function.__name__, function.__module__ = name, "keras.stand_in"
    return function


def keras_like(question: Question, weights: list[Array]) -> Any:
    """What `from_keras` looks at in a built keras.Sequential of the question's layers."""
    stack, passing = [], shapes(question.layers, question.input_shape)
    for place, (spec, shape) in enumerate(zip(question.layers, passing)):
        options = {name: value for name, value in spec.items() if name != "kind"}
        defaults: dict[str, Any] = {
            "name": f"{spec['kind'].lower()}_{place}",
            "dtype_policy": SimpleNamespace(name=question.dtype),
            "input": SimpleNamespace(shape=(None, *shape)),
        }
        if "kernel_size" in spec or "pool_size" in spec:
            defaults |= {"padding": "valid", "data_format": "channels_last"}
            defaults |= {"strides": strides_of(spec)}
        if "kernel_size" in spec:
            defaults |= {"dilation_rate": (1, 1), "groups": 1}
        if spec["kind"] in ("Conv2D", "Dense"):
            defaults |= {"use_bias": True}
            options["activation"] = _function(spec.get("activation", "linear"))
        stack.append(_alike(spec["kind"], **{**defaults, **options}))
    return _alike(
        "Sequential",
        name="model",
        built=True,
        layers=stack,
        input_shape=(None, *question.input_shape),
        get_weights=lambda: weights,
    )
