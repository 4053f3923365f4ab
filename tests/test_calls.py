"""Calls in other people's signatures: words, what cannot be said, mistakes, presets."""

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest
from command import run

from refcnn.cnn import gradients, ops
from refcnn.harness.calls import HELPERS, WORDS, CallError, NotExpressible, available, bound
from refcnn.suite.capabilities import EVERYTHING
from refcnn.suite.case import Answer, Case
from refcnn.suite.generators import maker
from refcnn.suite.judge import Verdict, judge
from refcnn.suite.registry import OPERATORS, USUAL, record

ROOT = Path(__file__).parents[1]
PRESETS = {path.stem: path for path in (ROOT / "refcnn/harness/presets").glob("*.toml")}
X = np.arange(2 * 5 * 6 * 3.0).reshape(2, 5, 6, 3)  # NHWC
KERNEL = np.arange(2 * 4 * 3 * 7.0).reshape(2, 4, 3, 7)  # HWIO
IMAGES = {"x": X, "kernel": KERNEL}
ROWS = {"x": np.ones((2, 4)), "kernel": np.arange(12.0).reshape(4, 3)}


def said(*arguments):
    return arguments[-1]


def answer(operator, expression, attributes=None, inputs=None, *, names=None, **layouts):
    """What an expression gives for one case."""
    attributes = dict(attributes or {})
    if "pool_size" in record(operator).arguments:
        attributes = {"pool_size": (2, 3), **attributes}
    inputs = inputs or {"conv2d": IMAGES, "dense": ROWS}.get(operator, {"x": X})
    call = bound(operator, expression, names or {"said": said}, layouts)
    return call(Case(operator=operator, inputs=inputs, attributes=attributes), inputs)


def value(operator, word, attributes=None, inputs=None, **layouts):
    """What a word is in one case, in a call that has all else that it must have."""
    needed = {"conv2d": "x, kernel", "dense": "x, kernel", "relu": "x"}.get(
        operator, "x, pool_size"
    )
    return answer(operator, f"said({needed}, {word})", attributes, inputs, **layouts)


FOUR, ZEROS = ((1, 2), (3, 4)), ((0, 0), (0, 0))
SIDES = "(pad_top, pad_bottom, pad_left, pad_right)"
MEANINGS = {
    "conv2d strides": [({}, 1), ({"strides": 2}, 2), ({"strides": (1, 2)}, (1, 2))],
    "max_pool2d strides": [({}, (2, 3)), ({"strides": None}, (2, 3)), ({"strides": 2}, 2)],
    "conv2d strides_or_none": [({}, None), ({"strides": 2}, 2)],
    "avg_pool2d strides_or_none": [({}, None), ({"strides": (1, 2)}, (1, 2))],
    "conv2d stride": [({}, 1), ({"strides": 3}, 3), ({"strides": (2, 2)}, 2), ({"strides": 0}, 0)],
    "max_pool2d stride": [({"pool_size": 3}, 3), ({"pool_size": (3, 3)}, 3), ({"strides": 1}, 1)],
    "conv2d (stride_h, stride_w)": [({}, (1, 1)), ({"strides": 2}, (2, 2)),
                                    ({"strides": (1, 2)}, (1, 2))],
    "avg_pool2d (stride_h, stride_w)": [({}, (2, 3)), ({"strides": 1}, (1, 1))],
    "conv2d padding": [({}, "valid"), ({"padding": "same"}, "same"), ({"padding": 2}, 2)],
    "max_pool2d padding": [({"padding": FOUR}, FOUR)],
    "conv2d padding_name": [({}, "valid"), ({"padding": "valid"}, "valid"),
                            ({"padding": "same"}, "same"), ({"padding": 0}, "valid"),
                            ({"padding": ZEROS}, "valid")],
    "conv2d pad": [({}, 0), ({"padding": "valid"}, 0), ({"padding": 2}, 2), ({"padding": -1}, -1)],
    "avg_pool2d pad": [({"padding": ((1, 1), (1, 1))}, 1)],
    "conv2d (pad_h, pad_w)": [({"padding": ((1, 1), (2, 2))}, (1, 2)), ({"padding": 3}, (3, 3))],
    f"conv2d {SIDES}": [({"padding": FOUR}, (1, 2, 3, 4)), ({"padding": 1}, (1,) * 4),
                        ({}, (0,) * 4)],
    "max_pool2d pool_size": [({}, (2, 3)), ({"pool_size": 2}, 2)],
    "avg_pool2d pool": [({"pool_size": 2}, 2), ({"pool_size": (3, 3)}, 3)],
    "avg_pool2d (pool_height, pool_width)": [({}, (2, 3)), ({"pool_size": 4}, (4, 4))],
    "max_pool2d channels": [({}, 3)],
    "dense (inputs, outputs)": [({}, (4, 3))],
    "dense bias_or_none": [({}, None)],
}  # fmt: skip


@pytest.mark.parametrize("word", MEANINGS)
def test_a_word_says_what_is_asked(word):
    for attributes, meaning in MEANINGS[word]:
        assert value(*word.split(maxsplit=1), attributes) == meaning


@pytest.mark.parametrize("layout", ["HWIO", "OIHW", "OHWI", "IOHW"])
def test_sizes_of_a_kernel_follow_its_layout(layout):
    inputs = {"x": X, "kernel": moved(KERNEL, "HWIO", layout)}
    words = "(kernel_height, kernel_width, kernel_size, channels, filters)"
    assert value("conv2d", words, {}, inputs, kernel_layout=layout) == (2, 4, (2, 4), 3, 7)


def test_other_sizes_follow_their_layouts():
    turned = {**ROWS, "kernel": ROWS["kernel"].T}
    assert value("dense", "(inputs, outputs)", {}, turned, dense_layout="OI") == (4, 3)
    channels_first = {"x": moved(X, "NHWC", "NCHW")}
    assert value("max_pool2d", "channels", {}, channels_first, layout="NCHW") == 3


def test_the_size_of_a_square_kernel_is_one_number():
    assert value("conv2d", "size", {}, {"x": X, "kernel": np.ones((3, 3, 2, 1))}) == 3


def test_channels_are_those_of_the_kernel_even_where_x_has_others():
    assert value("conv2d", "channels", {}, {"x": X[..., :2], "kernel": KERNEL}) == 3


@pytest.mark.parametrize("word", ["x", "kernel", "bias", "bias_or_none"])
def test_tensors_are_the_ones_given(word):
    inputs = {**IMAGES, "bias": np.arange(7.0)}
    found = answer("conv2d", f"said(x, kernel, bias, {word})", {}, inputs)
    assert found is inputs[word.removesuffix("_or_none")]


UNSAYABLE = [
    ("conv2d", "stride", {"strides": (1, 2)}, "strides 1, 2 differ: the call takes one"),
    ("max_pool2d", "stride", {}, "strides 2, 3 differ: the call takes one"),
    ("conv2d", "stride", {"strides": (1, 2, 3)}, "strides=(1, 2, 3): the call takes one or two"),
    ("conv2d", "stride_h", {"strides": (1, 2)}, "no place for strides=(1, 2)"),
    ("avg_pool2d", "stride_w", {"strides": (1, 3)}, "no place for strides=(1, 3)"),
    ("conv2d", "0", {"strides": 2}, "no place for strides=2"),
    ("avg_pool2d", "0", {"strides": 2}, "no place for strides=2"),
    ("conv2d", "0", {"padding": 1}, "no place for padding=1"),
    ("conv2d", "0", {"padding": "same"}, "no place for padding='same'"),
    ("conv2d", "pad_h", {"padding": "same"}, "no place for padding='same'"),
    ("conv2d", "(pad_top, pad_left)", {"padding": FOUR}, "no place for padding=((1, 2), (3, 4))"),
    ("max_pool2d", "0", {"padding": ((0, 0), (0, 1))}, "no place for padding=((0, 0), (0, 1))"),
    ("conv2d", "pad", {"padding": "same"}, "padding='same': the call takes a number for each"),
    ("conv2d", "pad", {"padding": (1, 2)}, "padding=(1, 2): the call takes a number for each"),
    ("conv2d", "pad", {"padding": FOUR}, "paddings 1, 2, 3, 4 differ: the call takes one"),
    ("conv2d", "(pad_h, pad_w)", {"padding": ((1, 0), (0, 0))}, "paddings 1, 0 differ: the call"),
    ("conv2d", "(pad_h, pad_w)", {"padding": ((1, 1), (0, 2))}, "paddings 0, 2 differ: the call"),
    ("conv2d", "padding_name", {"padding": 1}, "padding=1: the call takes a name"),
    ("max_pool2d", "pool", {}, "pool sizes 2, 3 differ: the call takes one"),
    ("max_pool2d", "pool", {"pool_size": (2,)}, "pool_size=(2,): the call takes one or two"),
    ("conv2d", "size", {}, "kernel sizes 2, 4 differ: the call takes one"),
    ("conv2d", "bias", {}, "no place for leaving out the bias"),
    ("relu", "missing('only at night')", {}, "only at night"),
]


@pytest.mark.parametrize(("operator", "word", "attributes", "why"), UNSAYABLE)
def test_what_a_call_has_no_place_for_is_not_asked(operator, word, attributes, why):
    with pytest.raises(NotExpressible, match=f"^{re.escape(why)}"):
        value(operator, word, attributes)


def test_tensors_that_a_call_has_no_place_for_are_not_asked():
    with pytest.raises(NotExpressible, match=r"^no place for a bias$"):
        value("conv2d", "0", {}, {**IMAGES, "bias": np.ones(7)})
    with pytest.raises(NotExpressible, match=r"^kernel has 3 axes: the call takes 4$"):
        value("conv2d", "filters", {}, {"x": X, "kernel": KERNEL[0]})
    with pytest.raises(NotExpressible, match=r"^x has 2 axes: the call takes 4$"):
        value("max_pool2d", "channels", {}, {"x": X[0, 0]})


def test_what_is_always_so_needs_no_place():
    assert value("conv2d", "'asked'", {"strides": 1, "padding": "valid"}) == "asked"
    assert value("conv2d", "'asked'", {"strides": (1, 1), "padding": ZEROS}) == "asked"
    assert value("max_pool2d", "'asked'", {"strides": (2, 3), "padding": 0}) == "asked"
    assert value("max_pool2d", "'asked'", {"pool_size": 2, "strides": (2, 2)}) == "asked"
    assert value("avg_pool2d", "'asked'", {"strides": None}) == "asked"


def test_a_word_is_worked_out_only_where_it_is_needed():
    call = "said(x, kernel, 'none') if bias_or_none is None else said(x, kernel, bias)"
    assert answer("dense", call) == "none"
    assert answer("dense", call, {}, {**ROWS, "bias": "given"}) == "given"


class Layer:
    def __init__(self, filters, bias=0):
        self.filters, self.W, self.b = filters, None, bias

    def forward(self, x):
        return x, self.filters, self.W, self.b


FILE = {"Layer": Layer, "pad": lambda x, p: ("padded", p), "depth": 99, "nn": ast, "said": said}


def test_having_gives_weights_to_an_object():
    call = "having(Layer(filters), W=kernel, b=bias_or_none).forward(x)"
    x, filters, weights, bias = answer("conv2d", call, names=FILE)
    assert x is X
    assert weights is KERNEL
    assert (filters, bias) == (7, None)


def test_having_takes_no_attribute_that_the_object_lacks():
    why = r"^having: a Layer has no attribute 'filter'; did you mean filters\?$"
    with pytest.raises(CallError, match=why):
        answer("conv2d", "having(Layer(filters), filter=kernel).forward(x)", names=FILE)


@pytest.mark.parametrize(
    ("operator", "call", "meaning"),
    [
        ("conv2d", "said(x, kernel, pad(x, pad))", ("padded", 2)),  # a function of the file
        ("conv2d", "said(x, kernel, pad, (lambda n: [n * pad for _ in 'ab'])(3))", [6, 6]),
        ("conv2d", "\n said(x, kernel,\n  (both := (stride, pad)) + both)\n", (1, 2, 1, 2)),
        ("relu", "said(x, depth + nn.literal_eval('1'))", 100),
    ],
)
def test_an_expression_may_be_any_of_python(operator, call, meaning):
    attributes = {"padding": 2} if operator == "conv2d" else {}
    assert answer(operator, call, attributes, names=FILE) == meaning


def test_a_variable_of_the_file_does_not_hide_a_word_of_the_operator():
    assert answer("conv2d", "said(x, kernel, stride)", names={**FILE, "stride": 99}) == 1
    assert answer("relu", "said(x, stride)", names={**FILE, "stride": 99}) == 99


def test_what_the_foreign_code_raises_passes_through():
    with pytest.raises(ZeroDivisionError):
        answer("relu", "said(x, 1 / 0)")


SMALL = {"conv_forward_naive": said, "_hidden": said, "nn": ast, "__file__": "/a/b/layers.py"}
CONV = "conv_forward_naive(x, kernel, stride, pad)"
NO_PYTHON = "conv2d: the call is not a Python expression: "
MISTAKES = [
    ("conv2D", CONV, "there is no operator 'conv2D'; did you mean conv2d?"),
    ("lstm", CONV, "there is no operator 'lstm'"),
    ("conv2d", 3, "conv2d: a call is text, not 3"),
    ("conv2d", "f(x", f"{NO_PYTHON}'(' was never closed"),
    ("conv2d", "(yield x)", f"{NO_PYTHON}'yield' outside function"),
    ("conv2d", "y = f(x)", NO_PYTHON),
    ("conv2d", "", NO_PYTHON),
    ("conv2d", "x\0", NO_PYTHON),
    ("conv2d", "conv_forward(x, kernel)",
     "conv2d: 'conv_forward' is not defined in layers.py; did you mean conv_forward_naive?"),
    ("conv2d", "conv_forward_naive(x, kernel, strid)",
     "conv2d: 'strid' is not defined in layers.py; did you mean stride?"),
    ("conv2d", "pad(x, kernel)", "conv2d: 'pad' is not defined in layers.py"),
    ("conv2d", "nn.Conv2d(x, kernel)", "conv2d: 'Conv2d' is not defined in nn"),
    ("conv2d", "nn.parze(x, kernel)", "conv2d: 'parze' is not defined in nn; did you mean parse?"),
    ("dense", "conv_forward_naive(x, kernel, stride)",
     "dense: 'stride' is a word of conv2d and max_pool2d and avg_pool2d"),
    ("conv2d", "conv_forward_naive(kernel)", "conv2d: the call never uses x"),
    ("dense", "conv_forward_naive(x)", "dense: the call never uses kernel"),
    ("max_pool2d", "conv_forward_naive(x, pool_height)",
     "max_pool2d: the call never uses pool_size or pool or pool_width"),
    ("relu", "(lambda x: x)(x)", "relu: 'x' has a meaning here and cannot get another"),
    ("conv2d", "[pad for pad in kernel]",
     "conv2d: 'pad' has a meaning here and cannot get another"),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "expression", "sentence"), MISTAKES)
def test_a_mistake_is_told_in_one_sentence_before_anything_is_asked(operator, expression, sentence):
    end = "" if sentence == NO_PYTHON else "$"
    with pytest.raises(CallError, match=f"^{re.escape(sentence)}{end}"):
        bound(operator, expression, SMALL, {})


def test_a_file_without_a_name_is_called_the_file():
    with pytest.raises(CallError, match=r"'f' is not defined in the file$"):
        bound("relu", "f(x)", {}, {})


def test_available_keeps_the_calls_whose_functions_exist():
    calls = {"conv2d": CONV, "relu": "relu_forward(x)[0]", "flatten": "x.reshape(len(x), -1)"}
    assert available(calls, SMALL) == ({k: calls[k] for k in ("conv2d", "flatten")}, ())


def test_available_asks_about_near_misses_once():
    calls = {"max_pool2d": "pool_forward(x, pool, 1)", "avg_pool2d": "pool_forward(x, pool, 0)"}
    near = {"pool_foward": said, "_pool_forward": said, "pool_forwards": 3}
    question = "found 'pool_foward'; is it meant to be 'pool_forward'?"
    assert available({**calls, "conv2d": CONV}, {**SMALL, **near}) == (
        {"conv2d": CONV},
        (question,),
    )


def test_available_takes_no_function_that_another_call_needs_for_a_near_miss():
    calls = {"conv2d": CONV, "max_pool2d": "pool_forward_naive(x, pool)"}
    assert available(calls, SMALL) == ({"conv2d": CONV}, ())


def test_available_does_not_hide_an_expression_that_is_wrong():
    with pytest.raises(CallError, match=r"^relu: the call is not a Python expression"):
        available({"relu": "f(x"}, SMALL)


def moved(tensor, axes, to):
    """The tensor with its axes in another order; one without named axes as it is."""
    return tensor if axes == to else tensor.transpose([axes.index(axis) for axis in to])


def all_moved(call, case, statement):
    """The same for gradients: every tensor by its axes."""
    known = record(case.operator)
    said = {"NHWC": "layout", "HWIO": "kernel_layout", "IO": "dense_layout"}
    to = {axes: statement[name] for axes, name in said.items()}
    given = {
        name: moved(tensor, known.axes_of(name), to.get(known.axes_of(name), known.axes_of(name)))
        for name, tensor in case.inputs.items()
    }
    found = call(case, given)
    outputs = found if isinstance(found, tuple) else (found,)
    answered = {}
    for one, array in zip(known.outputs, outputs, strict=True):
        answered[one.name] = moved(array, to.get(one.axes, one.axes), one.axes)
    return answered


def asked(call, case, statement):
    """What a call answers to a case, with all axes moved to the stated layouts and back."""
    if len(record(case.operator).outputs) > 1 or record(case.operator).gradient_of:
        return all_moved(call, case, statement)
    given, layout = dict(case.inputs), statement["layout"]
    if case.operator == "conv2d":
        given["kernel"] = moved(given["kernel"], "HWIO", statement["kernel_layout"])
    if case.operator == "dense":
        given["kernel"] = moved(given["kernel"], "IO", statement["dense_layout"])
    if case.operator not in ("conv2d", "max_pool2d", "avg_pool2d"):
        return call(case, given)
    given["x"] = moved(given["x"], "NHWC", layout)
    return moved(call(case, given), layout, "NHWC")


def wrong_of(operator, call, statement, enough=30):
    """How many of some cases that can be asked are not answered as refcnn's oracle does."""
    rng, seen, wrong = Random(5), 0, 0
    while seen < enough:
        case = maker(operator)(rng.randint, EVERYTHING.features[operator])
        try:
            with np.errstate(all="ignore"):
                y = asked(call, case, statement)
            outputs = y if isinstance(y, dict) else {"y": y}
            answer = Answer({name: t.astype(case.dtype) for name, t in outputs.items()})
            right = judge(case, answer).verdict is not Verdict.FAIL
        except NotExpressible:
            continue
        except ValueError:  # of NumPy: the window does not fit
            right = False
        seen, wrong = seen + 1, wrong + (not right)
    return wrong


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):  # noqa: N803 - the book's name
        self.kernel, self.options = moved(W, "OIHW", "HWIO"), {"strides": stride, "padding": pad}
        self.b = b

    def forward(self, x):
        self.x = moved(x, "NCHW", "NHWC")
        y = ops.conv2d(self.x, self.kernel, self.b, **self.options)
        return moved(y, "NHWC", "NCHW")

    def backward(self, dout):
        dy = moved(dout, "NCHW", "NHWC")
        given = (dy, self.x, self.kernel, self.b)
        dx, kernel, self.db = gradients.conv2d_backward(*given, **self.options)
        self.dW = moved(kernel, "HWIO", "OIHW")
        return moved(dx, "NHWC", "NCHW")


class Pooling:
    def __init__(self, pool_h, pool_w, stride=1, pad=0):
        self.size, self.options = (pool_h, pool_w), {"strides": stride, "padding": pad}

    def forward(self, x):
        self.x = moved(x, "NCHW", "NHWC")
        return moved(ops.max_pool2d(self.x, self.size, **self.options), "NHWC", "NCHW")

    def backward(self, dout):
        dy = moved(dout, "NCHW", "NHWC")
        dx = gradients.max_pool2d_backward(dy, self.x, self.size, **self.options)
        return moved(dx, "NHWC", "NCHW")


class Affine:
    def __init__(self, W, b):  # noqa: N803 - the book's name
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class Relu:
    def forward(self, x):
        self.mask = x <= 0
        return np.maximum(x, 0)

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


BOOK = {f.__name__: f for f in (Convolution, Pooling, Affine, Relu, ops.softmax)}
ENGINE = '''
class Value:
    """A number, as in micrograd."""

    def __init__(self, data, children=()):
        self.data, self.grad, self.back, self.children = data, 0, lambda: None, set(children)

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def back():
            self.grad += out.grad
            other.grad += out.grad

        out.back = back
        return out

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def back():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.back = back
        return out

    def relu(self):
        out = Value(0 if self.data < 0 else self.data, (self,))

        def back():
            self.grad += (out.data > 0) * out.grad

        out.back = back
        return out

    def backward(self):
        order, seen = [], set()

        def build(one):
            if one not in seen:
                seen.add(one)
                for child in one.children:
                    build(child)
                order.append(one)

        build(self)
        self.grad = 1
        for one in reversed(order):
            one.back()
'''
exec(ENGINE, engine := {})
NAMES = {"deep-learning-from-scratch": BOOK, "micrograd": engine}
FILES = {
    "autograd": ROOT / "examples/autograd.py",
    "cs231n": ROOT / "examples/cs231n/layers.py",
    "deeplearning-ai": ROOT / "examples/deeplearning_ai/conv_model.py",
    "layer_classes": ROOT / "examples/layer_classes.py",
}
STATEMENTS = {**PRESETS, "layer_classes": ROOT / "examples/layer_classes.toml"}


def checked(name, change=("import numpy", "import numpy")):
    """A statement, the names of the file for it with one change made, and its calls, bound."""
    statement, names = tomllib.loads(STATEMENTS[name].read_text("utf-8")), NAMES.get(name)
    if name in FILES:
        source = FILES[name].read_text("utf-8")
        assert source.count(change[0]) == 1
        names = vars(ModuleType(name))
        exec(source.replace(*change), names)
    assert available(statement["calls"], names) == (statement["calls"], ())
    return statement, {op: bound(op, c, names, statement) for op, c in statement["calls"].items()}


OFFERED = {
    "autograd": "conv2d max_pool2d avg_pool2d dense relu softmax conv2d_backward "
    "max_pool2d_backward avg_pool2d_backward dense_backward relu_backward softmax_backward",
    "micrograd": "relu relu_backward dense dense_backward",
    "cs231n": "conv2d max_pool2d dense relu "
    "conv2d_backward max_pool2d_backward dense_backward relu_backward softmax_cross_entropy",
    "deeplearning-ai": "conv2d max_pool2d avg_pool2d dense "
    "conv2d_backward max_pool2d_backward avg_pool2d_backward",
    "deep-learning-from-scratch": "conv2d max_pool2d dense relu softmax "
    "conv2d_backward max_pool2d_backward dense_backward relu_backward",
    "layer_classes": "conv2d max_pool2d avg_pool2d flatten dense relu softmax",
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_fit_their_files_and_the_numbers_agree(name):
    statement, calls = checked(name)
    wrong = {op: wrong_of(op, call, statement) for op, call in calls.items()}
    assert wrong == dict.fromkeys(OFFERED[name].split(), 0)


@pytest.mark.parametrize(
    ("name", "operator", "right", "slip"),
    [
        ("cs231n", "conv2d", "2 * pad - WW", "1 * pad - WW"),
        ("cs231n", "conv2d", "w[f]) + b[f]", "w[f]) - b[f]"),
        ("cs231n", "dense", "w + b", "w - b"),
        ("autograd", "dense_backward", "dy.sum(axis=0)", "dy.mean(axis=0)"),
        ("autograd", "conv2d_backward", "dpadded[here] +=", "dpadded[here] -="),
        ("autograd", "relu_backward", "(dy * mask,)", "(dy,)"),
        ("cs231n", "softmax_cross_entropy", "dx / N", "dx / 1"),
        (
            "cs231n",
            "max_pool2d",
            "window = x[:, :, top : top + height, left : left + width]",
            "window = x[:, :, top : top + height, left : left + height]",
        ),
        ("deeplearning-ai", "conv2d", "n_H_prev - f + 2", "n_H_prev - f + 1"),
        ("deeplearning-ai", "avg_pool2d", "np.mean(", "np.min("),
        ("layer_classes", "conv2d", "axes=((1, 2, 3)", "axes=((2, 1, 3)"),
        ("layer_classes", "softmax", "powers.sum(axis=-1", "powers.sum(axis=+0"),
    ],
)
def test_one_slip_in_a_file_is_seen_in_the_numbers(name, operator, right, slip):
    statement, calls = checked(name, (right, slip))
    assert wrong_of(operator, calls[operator], statement) > 0


def test_the_deeplearning_ai_preset_asks_for_square_kernels_only():
    _, calls = checked("deeplearning-ai")
    inputs = {**IMAGES, "bias": np.ones(7)}
    with pytest.raises(NotExpressible, match=r"^the kernel must be square$"):
        calls["conv2d"](Case(operator="conv2d", inputs=inputs), inputs)


PAGE = (ROOT / "docs/signatures.md").read_text("utf-8")
PYTHON, TOML = (
    re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) for language in ("python", "toml")
)


FIRST = [op for op in OPERATORS if not record(op).gradient_of]
GROUPS = {"all": " ".join(FIRST), "pools": "max_pool2d avg_pool2d", "gradients": ""}
WITHOUT = {"dilations", "dilation", "dilation_h", "dilation_w", "groups"}  # gradients have none


def and_gradients(word, operators):
    """Operators, and those that give gradients of them; "dy" is a word of these alone."""
    gradients = [op for op in OPERATORS if record(op).gradient_of in (operators or USUAL)]
    return {*operators, *([] if word in WITHOUT else gradients)}


def test_the_page_lists_all_words_and_presets():
    _, words, presets = re.split("## The words|## Presets", PAGE)
    listed = {}
    for names, operators in re.findall(r"^\| (`.*?) \| .* \| (.*?) \|$", words, re.MULTILINE):
        each = [GROUPS.get(operator, operator).split() for operator in operators.split(", ")]
        for word in re.findall(r"`(\w+)", names):
            listed[word] = and_gradients(word, [*chain(*each)])
    operators = {name: {*word.operators} for name, word in WORDS.items()}
    assert listed == operators | {key: {*OPERATORS} for key in HELPERS}
    assert sorted(re.findall(r"^\| `(.+?)`", presets, re.MULTILINE)) == sorted(PRESETS)


def test_the_expressions_of_the_page_are_right():
    names = {"linear": lambda x, kernel: x @ kernel, "halve": lambda x: ops.max_pool2d(x, 2)}
    exec(PYTHON[0], names)
    wrong = []
    for text in TOML:
        statement = {"layout": "NHWC", "kernel_layout": "HWIO", "dense_layout": "IO"}
        statement |= tomllib.loads(text)
        for op, call in statement["calls"].items():
            wrong.append((op, wrong_of(op, bound(op, call, names, statement), statement, 5)))
    assert wrong == [("dense", 0), ("conv2d", 0), ("dense", 0), ("max_pool2d", 0)]


def test_lists_become_an_array_where_the_call_says_so():
    names = {"twice": lambda rows: [[2 * v for v in row] for row in rows]}
    found = answer("relu", "array(twice(x.tolist()))", inputs={"x": np.ones((2, 3))}, names=names)
    assert (found.dtype, found.tolist()) == (np.float64, [[2.0] * 3] * 2)


def test_a_function_of_the_file_goes_before_the_helper_for_lists():
    names = {"array": lambda x: "mine"}
    assert answer("relu", "array(x)", inputs={"x": np.ones((2, 3))}, names=names) == "mine"


def test_an_expression_may_have_several_lines():
    assert answer("relu", "said(\n  x)  # the input\n", inputs={"x": X}) is X


@pytest.mark.parametrize("name", ["autograd", "micrograd"])
def test_gradients_by_automatic_differentiation_conform(name, tmp_path):
    """Nothing is wrong, and nothing could not be judged for a fault of ours."""
    path = FILES.get(name, tmp_path / "engine.py")
    if name == "micrograd":
        path.write_text(ENGINE, "utf-8")
    printed, _ = run("check", str(path), "--like", name, status=0)
    assert "CONFORMS in all that it implements" in " ".join(printed.split())
