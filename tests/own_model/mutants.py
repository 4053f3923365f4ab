"""The catalogue of mistakes in layers, in whole models, and in copying a model of Keras."""

from math import prod
from types import SimpleNamespace

import numpy as np

from own_model.changes import (
    ModelMutant,
    added_up,
    architecture,
    arrays_kept,
    averaging,
    bias_last,
    by_default,
    finding,
    input_depth,
    last_layer_first,
    many_first,
    on_any_rank,
    pools_last,
    seeing,
    sides_swapped,
    supported,
    unless,
)
from refcnn.cnn.gradients import Loss, avg_pool2d_backward
from refcnn.suite.tensors import Array

CONV, DENSE, POOL = (
    "refcnn.cnn.layers.Conv2D",
    "refcnn.cnn.layers.Dense",
    "refcnn.cnn.layers._Pooling2D",
)
LAYER, FLATTEN, MODEL = (
    "refcnn.cnn.layers.Layer",
    "refcnn.cnn.layers.Flatten",
    "refcnn.cnn.model.Sequential",
)
MAX, SGD = "refcnn.cnn.layers.MaxPooling2D", "refcnn.cnn.optimizers.SGD"
LOSS = "refcnn.cnn.gradients.softmax_cross_entropy"
ACTIVATIONS = "refcnn.cnn.layers.ACTIVATIONS"
REFERENCE, TABLE = "refcnn.cnn.model.reference_model", "refcnn.cnn.model.shape_table_model"
COPY, COPY_LAYER = "refcnn.cnn.keras.from_keras", "refcnn.cnn.keras._from_keras_layer"


def _without_bias(gradients: list[Array]) -> list[Array]:
    return [gradients[0], *(one * 0 for one in gradients[1:])]


def _first_alone(dlogits: Array) -> Array:
    """The gradient by the logits, of the first example alone."""
    return np.concatenate([dlogits[:1], dlogits[1:] * 0])


MUTANTS = (
    ModelMutant(
        "padded-by-default",
        "MODEL-1",
        "A convolution pads where no padding is asked for, so that the maps keep their size.",
        {f"{CONV}.__init__": lambda right: lambda *a, **k: right(*a, **{"padding": "same", **k})},
    ),
    ModelMutant(
        "dense-64-missing",
        "MODEL-2",
        "The hidden dense layer of 64 units is missing: the 1024 features lead straight to the "
        "classes.",
        {REFERENCE: architecture(lambda layers: [*layers[:-2], layers[-1]])},
    ),
    ModelMutant(
        "third-convolution-missing",
        "MODEL-2",
        "The third convolution is missing: flatten follows the second pool.",
        {REFERENCE: architecture(lambda layers: [*layers[:4], *layers[5:]])},
    ),
    ModelMutant(
        "average-for-max",
        "MODEL-2",
        "The reference model pools by the average in place of the maximum.",
        {REFERENCE: architecture(averaging)},
    ),
    ModelMutant(
        "bias-not-counted",
        "MODEL-3",
        "Only the kernels are counted as parameters; the biases are left out.",
        {f"{LAYER}.count_params": lambda _: lambda self: sum(w.size for w in self.weights[:1])},
    ),
    ModelMutant(
        "counted-with-the-image",
        "MODEL-4",
        "The parameters of a convolution are counted once for every place of the window, as if "
        "its weights were not shared.",
        {
            f"{CONV}.count_params": lambda right: (
                lambda self: right(self) * prod(self.output_shape[:2])
            )
        },
    ),
    ModelMutant(
        "dense-counted-as-a-sum",
        "MODEL-5",
        "A dense layer is counted as inputs plus outputs, where every pair of them has a weight.",
        {
            f"{DENSE}.count_params": lambda _: (
                lambda self: sum(map(sum, map(np.shape, self.weights)))
            )
        },
    ),
    ModelMutant(
        "pooling-with-parameters",
        "MODEL-6",
        "Pooling and flatten have a coefficient and a bias to learn for every channel.",
        {f"{LAYER}.weight_shapes": lambda _: lambda self, input_shape: [input_shape[-1:]] * 2},
    ),
    ModelMutant(
        "depth-of-the-input",
        "MODEL-7",
        "A convolution is said to have the depth of its input, not as many maps as filters.",
        {f"{CONV}.build": input_depth},
    ),
    ModelMutant(
        "activation-before-bias",
        "MODEL-8",
        "The activation is applied before the bias is added.",
        {f"{CONV}.__call__": bias_last, f"{DENSE}.__call__": bias_last},
    ),
    ModelMutant(
        "strides-ignored",
        "MODEL-8",
        "The strides of a layer are ignored: windows move as they do where none are given.",
        {
            f"{CONV}.__call__": finding(strides=lambda _: 1),
            f"{POOL}.__call__": finding(strides=lambda _: None),
        },
    ),
    ModelMutant(
        "padding-ignored",
        "MODEL-8",
        "The padding of a layer is ignored: windows stay within the input.",
        {
            place: finding(padding=lambda _: "valid")
            for place in (f"{CONV}.__call__", f"{POOL}.__call__")
        },
    ),
    ModelMutant(
        "pool-size-ignored",
        "MODEL-8",
        "Every pool takes windows of 2x2, whatever its size is.",
        {f"{POOL}.__call__": finding(pool_size=lambda _: (2, 2))},
    ),
    ModelMutant(
        "kernel-channels-swapped",
        "MODEL-8",
        "The kernel of a convolution is laid out (height, width, filters, channels).",
        {
            f"{CONV}.weight_shapes": lambda right: (
                lambda *given: [
                    (*shape[:2], shape[3], shape[2]) if len(shape) == 4 else shape
                    for shape in right(*given)
                ]
            ),
            f"{CONV}.__call__": finding(
                weights=lambda layer: [layer.weights[0].swapaxes(2, 3), *layer.weights[1:]]
            ),
        },
    ),
    ModelMutant(
        "layers-by-name",
        "MODEL-8",
        "The layers are run in the alphabetical order of their names, not in that of the model.",
        {
            f"{MODEL}.activations": finding(
                layers=lambda m: sorted(m.layers, key=lambda one: one.name)
            )
        },
    ),
    ModelMutant(
        "softmax-forgotten",
        "MODEL-8",
        "The softmax at the end is forgotten: the model answers logits, not probabilities.",
        {ACTIVATIONS: lambda right: {**right, "softmax": lambda x: x}},
    ),
    ModelMutant(
        "softmax-twice",
        "MODEL-8",
        "Softmax is applied twice: in the layer, and once more to its probabilities.",
        {
            ACTIVATIONS: lambda right: {
                **right,
                "softmax": lambda x: right["softmax"](right["softmax"](x)),
            }
        },
    ),
    ModelMutant(
        "weights-from-the-last-layer",
        "MODEL-9",
        "The weights are dealt out from the last layer to the first.",
        {f"{MODEL}.set_weights": last_layer_first},
    ),
    ModelMutant(
        "convolution-without-activation",
        "MODEL-9",
        "The activation of a convolution is forgotten.",
        {f"{CONV}.__call__": finding(activation=lambda _: None)},
    ),
    ModelMutant(
        "bias-not-used",
        "MODEL-9",
        "The biases are there, but they are never added.",
        {
            f"{CONV}.__call__": finding(weights=lambda layer: layer.weights[:1]),
            f"{DENSE}.__call__": finding(weights=lambda layer: layer.weights[:1]),
        },
    ),
    ModelMutant(
        "flatten-channels-first",
        "MODEL-10",
        "Flatten lays out one map after the other, where the numbers of a pixel belong together.",
        {f"{FLATTEN}.__call__": lambda right: lambda self, x: right(self, np.moveaxis(x, -1, 1))},
    ),
    ModelMutant(
        "dense-without-activation",
        "MODEL-10",
        "The relu of a dense layer is forgotten.",
        {f"{DENSE}.__call__": finding(activation=unless("relu"))},
    ),
    ModelMutant(
        "always-float32",
        "MODEL-10",
        "The dtype of a model is ignored: weights and activations are always float32.",
        {f"{MODEL}.__init__": lambda right: lambda *a, **k: right(*a, **{**k, "dtype": "float32"})},
    ),
    ModelMutant(
        "weights-not-copied",
        "MODEL-11",
        "The arrays that weights are set from are kept: what is written to them later changes the "
        "model.",
        {f"{LAYER}.set_weights": arrays_kept},
    ),
    ModelMutant(
        "kernels-transposed",
        "MODEL-11",
        "Height and width of the kernels are swapped when they are copied from Keras.",
        {COPY: seeing(get_weights=sides_swapped)},
    ),
    ModelMutant(
        "options-not-copied",
        "MODEL-11",
        "Strides, padding, pool size and activation are not copied from Keras: the defaults stand.",
        {COPY_LAYER: by_default},
    ),
    ModelMutant(
        "unsupported-accepted",
        "MODEL-11",
        "What has no counterpart is left out silently: other layers, other layouts.",
        {COPY: seeing(layers=supported), "refcnn.cnn.keras.FIXED": lambda _: {}},
    ),
    ModelMutant(
        "dense-on-maps",
        "MODEL-11",
        "A dense layer takes maps that were not flattened, and answers for every pixel by itself.",
        {
            f"{DENSE}.__call__": on_any_rank,
            COPY_LAYER: seeing(input=lambda _: SimpleNamespace(shape=(None, None))),
        },
    ),
    ModelMutant(
        "odd-cell-before",
        "MODEL-12",
        'Where padding "same" is an odd number of cells, the odd one goes before, not after.',
        {"refcnn.cnn.shapes.same_padding": lambda right: lambda *given: right(*given)[::-1]},
    ),
    ModelMutant(
        "pool-stride-one",
        "MODEL-13",
        "A pool moves by one cell where no strides are given, not by its own size.",
        {f"{POOL}.__call__": finding(strides=lambda layer: layer.strides or 1)},
    ),
    ModelMutant(
        "pools-last",
        "MODEL-14",
        "The pools come after all convolutions, where they spare none of them any work.",
        {REFERENCE: architecture(pools_last), TABLE: architecture(pools_last)},
    ),
    ModelMutant(
        "many-filters-first",
        "MODEL-15",
        "The numbers of filters are the wrong way round: 64 early and 32 deep.",
        {REFERENCE: architecture(many_first), TABLE: architecture(many_first)},
    ),
    ModelMutant(
        "batch-summed",
        "MODEL-16",
        "The gradient of the loss is that of its sum over the batch, not of its mean.",
        {LOSS: lambda right: lambda z, t: Loss(right(z, t).loss, right(z, t).dlogits * len(z))},
    ),
    ModelMutant(
        "loss-summed",
        "MODEL-16",
        "The loss is the sum over the batch, not the mean.",
        {LOSS: lambda right: lambda z, t: Loss(right(z, t).loss * len(z), right(z, t).dlogits)},
    ),
    ModelMutant(
        "no-way-back-through-activations",
        "MODEL-16",
        "The way back leaves out the activations: units that were cut off learn, too.",
        {f"{LAYER}.before_activation": lambda _: lambda self, dy, z: dy},
    ),
    ModelMutant(
        "bias-not-learnt",
        "MODEL-16",
        "The biases have no gradient: they stay as they are.",
        {
            f"{place}.backward": lambda right: (
                lambda self, dy, x: (right(self, dy, x)[0], _without_bias(right(self, dy, x)[1]))
            )
            for place in (CONV, DENSE)
        },
    ),
    ModelMutant(
        "pools-pass-everything-back",
        "MODEL-16",
        "A max pool gives the gradient back as an average pool does, to every cell of its window.",
        {f"{MAX}.gradient": lambda _: avg_pool2d_backward},
    ),
    ModelMutant(
        "gradient-of-the-first-example",
        "MODEL-16",
        "Only the first example of a batch has a gradient.",
        {LOSS: lambda right: lambda z, t: Loss(right(z, t).loss, _first_alone(right(z, t)[1]))},
    ),
    ModelMutant(
        "uphill",
        "MODEL-17",
        "A step goes up the gradient, not down.",
        {f"{SGD}.step": lambda right: lambda self, w, g, carried: right(self, w, -g, carried)},
    ),
    ModelMutant(
        "rate-squared",
        "MODEL-17",
        "The learning rate counts twice.",
        {
            f"{SGD}.step": lambda right: (
                lambda self, w, g, carried: right(self, w, g * self.learning_rate, carried)
            )
        },
    ),
    ModelMutant(
        "momentum-forgotten",
        "MODEL-17",
        "Every step starts without the velocity of those before.",
        {
            f"{SGD}.step": lambda right: (
                lambda self, w, g, carried: right(self, w, g, [one * 0 for one in carried])
            )
        },
    ),
    ModelMutant(
        "nesterov-ignored",
        "MODEL-17",
        "Nesterov's look ahead is left out.",
        {f"{SGD}.step": finding(nesterov=lambda _: False)},
    ),
    ModelMutant(
        "last-batch-dropped",
        "MODEL-17",
        "The examples that do not fill a batch are left out.",
        {
            "refcnn.cnn.model._parts": lambda right: (
                lambda number, size: right(max(size, number - number % size), size)
            )
        },
    ),
    ModelMutant(
        "always-shuffled",
        "MODEL-17",
        "The examples are shuffled where their own order was asked for.",
        {f"{MODEL}.fit": lambda right: lambda *a, **k: right(*a, **{**k, "shuffle": True})},
    ),
    ModelMutant(
        "gradients-added-up",
        "MODEL-17",
        "The gradients of a batch are added to those of the batches before it.",
        {"refcnn.cnn.training.backpropagated": added_up},
    ),
)
