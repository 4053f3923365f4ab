"""Calls in other people's signatures: each operator as one Python expression, in refcnn's words.

A statement may say how an operator is called, where a file has other names, other
orders of arguments, options in a dict, results in a tuple, or objects with weights:

    conv2d = "conv_forward_naive(x, kernel, bias, {'stride': stride, 'pad': pad})[0]"

Besides the names of the file an expression may use WORDS. They say what is asked in
another form and never do the implementation's work. What a call has no place for is
NotExpressible, to be reported as not implemented: nothing is guessed.
"""

import ast
import builtins
import linecache
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from refcnn.harness.gone import of_numpy
from refcnn.harness.unasked import without_unasked
from refcnn.suite.case import Case
from refcnn.suite.hints import did_you_mean
from refcnn.suite.registry import OPERATORS, USUAL, record
from refcnn.suite.roles import (
    CONVOLUTIONS,
    DILATED,
    GRADIENTS,
    LABELLED,
    MATRIX_PRODUCTS,
    POOLS,
    WINDOWED,
    WITH_X,
)
from refcnn.suite.tensors import Array

LAYOUTS = {"layout": "NHWC", "kernel_layout": "HWIO", "dense_layout": "IO"}  # unless stated

WEIGHTED = (*CONVOLUTIONS, *MATRIX_PRODUCTS)
STRIDES = ("stride_h", "stride_w")
PADS = ("pad_top", "pad_bottom", "pad_left", "pad_right")
SIDES = ("pool_height", "pool_width")
DILATIONS = ("dilation_h", "dilation_w")
# By argument that may be left out: the parts that a call must have place for.
SPOKEN = {"strides": STRIDES, "padding": PADS, "dilation": DILATIONS, "groups": ("groups",)}


class NotExpressible(Exception):  # noqa: N818 - not an error: more is asked than the call can say
    """A call has no place for what a case asks; the message says for what."""


class CallError(ValueError):
    """An expression is wrong, whatever the case; the message is one sentence."""


class Asked:
    """A case as an expression sees it: each word is worked out when it is named."""

    def __init__(self, case: Case, given: Mapping[str, Array], layouts: Mapping[str, str]) -> None:
        """Speak of `case`, whose tensors are `given` in the stated `layouts`."""
        self.attributes, self.given, self.layouts = case.attributes, given, layouts

    def __getitem__(self, word: str) -> Any:
        return WORDS[word].value(self)

    def bias(self) -> Array:
        """The bias, where the call cannot do without."""
        if "bias" not in self.given:
            raise NotExpressible("no place for leaving out the bias")
        return self.given["bias"]

    def strides(self) -> Any:
        """The strides as asked; where they are not, what that means: 1, or the pool size."""
        asked = self.attributes.get("strides")
        return self.attributes.get("pool_size", 1) if asked is None else asked

    def both(self, argument: str) -> tuple[Any, Any]:
        """Height and width of the strides, the dilation or the pool."""
        match value := self[argument]:
            case [height, width]:
                return height, width
            case tuple() | list():
                raise NotExpressible(f"{argument}={value!r}: the call takes one or two numbers")
        return value, value

    def pads(self) -> tuple[Any, Any, Any, Any]:
        """The padding on top, at the bottom, left and right; "same" is not worked out here."""
        match padding := self["padding"]:
            case "valid":
                return 0, 0, 0, 0
            case [[top, bottom], [left, right]]:
                return top, bottom, left, right
            case str() | tuple() | list():
                raise NotExpressible(f"padding={padding!r}: the call takes a number for each side")
        return padding, padding, padding, padding

    def padding_name(self) -> str:
        """The padding as a name; no padding is "valid"."""
        padding = self["padding"]
        if not isinstance(padding, str) and any(self.pads()):
            raise NotExpressible(f"padding={padding!r}: the call takes a name")
        return padding if isinstance(padding, str) else "valid"

    def length(self, layout: str, axis: str) -> int:
        """The length of an axis, named by a letter of the stated layout."""
        tensor, axes = "x" if layout == "layout" else "kernel", self.layouts[layout]
        shape = self.given[tensor].shape
        if len(shape) != len(axes):
            raise NotExpressible(f"{tensor} has {len(shape)} axes: the call takes {len(axes)}")
        return int(shape[axes.index(axis)])

    def one_hot(self) -> Array:
        """Labels as rows, 1 at the class and 0 elsewhere, in the dtype of x."""
        x, labels = self.given["x"], self.given["labels"]
        classes = x.shape[-1]
        if labels.size and not 0 <= labels.min() <= labels.max() < classes:
            raise NotExpressible(f"a label that is none of {classes} classes has no row")
        return np.eye(classes, dtype=x.dtype)[labels]

    def channels(self) -> int:
        """The input channels that a kernel is for; those of x where there is no kernel."""
        if "kernel" in self.given:
            return self.length("kernel_layout", "I") * int(self["groups"])
        return self.length("layout", "C")

    def check(self, carried: set[str]) -> None:
        """Raise NotExpressible if the case has what none of the `carried` parts can say."""
        if "bias" in self.given and "bias" not in carried:
            raise NotExpressible("no place for a bias")
        for argument, parts in SPOKEN.items():
            lost = [part for part in parts if part not in carried]
            if argument in self.attributes and not all(map(self._is_usual, lost)):
                raise NotExpressible(f"no place for {argument}={self.attributes[argument]!r}")

    def _is_usual(self, part: str) -> bool:
        """Whether a part is as it is where nothing is said: no padding; stride 1, or the pool."""
        pool = dict(zip(STRIDES, SIDES)).get(part) if "pool_size" in self.attributes else None
        try:
            return bool(self[part] == (0 if part in PADS else self[pool] if pool else 1))
        except NotExpressible:
            return False


def _one(what: str, *values: Any) -> Any:
    """The value that all are; a call that takes one cannot say several."""
    if any(value != values[0] for value in values):
        raise NotExpressible(f"{what} {', '.join(map(str, values))} differ: the call takes one")
    return values[0]


class Word(NamedTuple):
    """What an expression may name: for which operators, and what it carries of a case."""

    operators: tuple[str, ...]
    value: Callable[[Asked], Any]
    carries: tuple[str, ...] = ()


WORDS = {
    "x": Word(WITH_X, lambda a: a.given["x"], ("x",)),
    "dy": Word(GRADIENTS, lambda a: a.given["dy"], ("dy",)),
    "labels": Word(LABELLED, lambda a: a.given["labels"], ("labels",)),
    "one_hot": Word(LABELLED, Asked.one_hot, ("labels",)),
    "kernel": Word(WEIGHTED, lambda a: a.given["kernel"], ("kernel",)),
    "bias": Word(WEIGHTED, Asked.bias, ("bias",)),
    "bias_or_none": Word(WEIGHTED, lambda a: a.given.get("bias"), ("bias",)),
    "strides": Word(WINDOWED, Asked.strides, STRIDES),
    "strides_or_none": Word(WINDOWED, lambda a: a.attributes.get("strides"), STRIDES),
    "stride": Word(WINDOWED, lambda a: _one("strides", *a.both("strides")), STRIDES),
    "stride_h": Word(WINDOWED, lambda a: a.both("strides")[0], STRIDES[:1]),
    "stride_w": Word(WINDOWED, lambda a: a.both("strides")[1], STRIDES[1:]),
    "padding": Word(WINDOWED, lambda a: a.attributes.get("padding", "valid"), PADS),
    "padding_name": Word(WINDOWED, Asked.padding_name, PADS),
    "pad": Word(WINDOWED, lambda a: _one("paddings", *a.pads()), PADS),
    "pad_h": Word(WINDOWED, lambda a: _one("paddings", *a.pads()[:2]), PADS[:2]),
    "pad_w": Word(WINDOWED, lambda a: _one("paddings", *a.pads()[2:]), PADS[2:]),
    "pad_top": Word(WINDOWED, lambda a: a.pads()[0], PADS[:1]),
    "pad_bottom": Word(WINDOWED, lambda a: a.pads()[1], PADS[1:2]),
    "pad_left": Word(WINDOWED, lambda a: a.pads()[2], PADS[2:3]),
    "pad_right": Word(WINDOWED, lambda a: a.pads()[3], PADS[3:]),
    "dilations": Word(DILATED, lambda a: a.attributes.get("dilation", 1), DILATIONS),
    "dilation": Word(DILATED, lambda a: _one("dilations", *a.both("dilations")), DILATIONS),
    "dilation_h": Word(DILATED, lambda a: a.both("dilations")[0], DILATIONS[:1]),
    "dilation_w": Word(DILATED, lambda a: a.both("dilations")[1], DILATIONS[1:]),
    "groups": Word(DILATED, lambda a: a.attributes.get("groups", 1), ("groups",)),
    "pool_size": Word(POOLS, lambda a: a.attributes["pool_size"], SIDES),
    "pool": Word(POOLS, lambda a: _one("pool sizes", *a.both("pool_size")), SIDES),
    "pool_height": Word(POOLS, lambda a: a.both("pool_size")[0], SIDES[:1]),
    "pool_width": Word(POOLS, lambda a: a.both("pool_size")[1], SIDES[1:]),
    "kernel_height": Word(CONVOLUTIONS, lambda a: a.length("kernel_layout", "H")),
    "kernel_width": Word(CONVOLUTIONS, lambda a: a.length("kernel_layout", "W")),
    "kernel_size": Word(CONVOLUTIONS, lambda a: (a["kernel_height"], a["kernel_width"])),
    "size": Word(CONVOLUTIONS, lambda a: _one("kernel sizes", *a["kernel_size"])),
    "filters": Word(CONVOLUTIONS, lambda a: a.length("kernel_layout", "O")),
    "channels": Word(WINDOWED, Asked.channels),
    "inputs": Word(MATRIX_PRODUCTS, lambda a: a.length("dense_layout", "I")),
    "outputs": Word(MATRIX_PRODUCTS, lambda a: a.length("dense_layout", "O")),
}


def having(thing: Any, /, **attributes: Any) -> Any:
    """Set attributes that an object has, and return it: a layer with these weights."""
    for name, value in attributes.items():
        if not hasattr(thing, name):
            what = f"a {type(thing).__name__} has no attribute {name!r}{_meant(name, dir(thing))}"
            raise CallError(f"having: {what}")
        setattr(thing, name, value)
    return thing


def missing(what: str) -> Any:
    """Say that a case asks for something that the implementation does not mean to offer."""
    raise NotExpressible(what)


array = np.array  # of nested lists
OWN: dict[str, Callable[..., Any]] = {"having": having, "missing": missing}
HELPERS = {**OWN, "array": array}  # a function of the file goes before the last
_ASKED = "<asked>"  # no name that an expression could have


def _assigned(tree: ast.AST) -> set[str]:
    """The names that an expression itself gives a value: parameters of lambdas, targets."""
    nodes = [*ast.walk(tree)]
    parameters = {node.arg for node in nodes if isinstance(node, ast.arg)}
    names = (node for node in nodes if isinstance(node, ast.Name))
    return parameters | {name.id for name in names if isinstance(name.ctx, ast.Store)}


def _values(tree: ast.AST) -> list[ast.Name]:
    """The names in an expression, those of functions apart: a word is never a function."""
    nodes = [*ast.walk(tree)]
    functions = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return [n for n in nodes if isinstance(n, ast.Name) and id(n) not in functions]


class _Call(ast.NodeTransformer):
    """An expression whose words are looked up in what is asked, and which words it uses."""

    def __init__(self, operator: str, expression: object) -> None:
        if operator not in OPERATORS:
            raise CallError(f"there is no operator {operator!r}{_meant(operator, OPERATORS)}")
        self.operator = operator
        self.words = {name: word for name, word in WORDS.items() if operator in word.operators}
        tree = self._parse(expression)
        self.text = " ".join(str(expression).split())
        self.assigned = _assigned(tree)
        if taken := sorted(self.assigned & self.words.keys()):
            raise CallError(f"{operator}: {taken[0]!r} has a meaning here and cannot get another")
        self.asking = [name for name in _values(tree) if name.id in self.words]
        self.used = {name.id for name in self.asking}
        self.carried = {part for word in self.used for part in self.words[word].carries}
        self.body = self.visit(tree.body)

    def _parse(self, expression: object) -> ast.Expression:
        if not isinstance(expression, str):
            raise CallError(f"{self.operator}: a call is text, not {expression!r}")
        try:
            text = expression.strip()
            whole = f"(\n{text}\n)" if text else ""  # over as many lines as its author likes
            compile(whole, "call", "eval")  # refuses more than parsing does
            return ast.parse(whole, mode="eval")
        except (SyntaxError, ValueError) as error:
            why = error.msg if isinstance(error, SyntaxError) else error
            raise CallError(
                f"{self.operator}: the call is not a Python expression: {why}"
            ) from None

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a word by looking it up in what is asked."""
        asked, word = ast.Name(_ASKED, ast.Load()), ast.Constant(node.id)
        return ast.Subscript(asked, word, ast.Load()) if node in self.asking else node

    def unknown(self, names: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Names that nothing defines: each with where it should be, and what is there."""
        known = {*names, *HELPERS, *self.assigned, *vars(builtins), _ASKED}
        for node in ast.walk(self.body):
            if isinstance(node, ast.Name) and node.id not in known:
                yield node.id, Path(str(names.get("__file__") or "the file")).name, names
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                module = names.get(node.value.id)
                if isinstance(module, ModuleType) and not hasattr(module, node.attr):
                    yield node.attr, node.value.id, vars(module)

    def check(self, names: Mapping[str, Any]) -> None:
        """Raise CallError for a name that nothing defines, and for a call that leaves out x."""
        for name, place, there in self.unknown(names):
            raise CallError(f"{self.operator}: {self._unknown(name, place, there, names)}")
        for part in (*record(self.operator).needed_tensors, *SIDES):
            ways = [name for name, word in self.words.items() if part in word.carries]
            if ways and not self.used.intersection(ways):
                raise CallError(f"{self.operator}: the call never uses {' or '.join(ways)}")

    def _unknown(
        self, name: str, place: str, there: Mapping[str, Any], names: Mapping[str, Any]
    ) -> str:
        """What is wrong with a name that nothing defines."""
        if name in WORDS and name not in self.words:
            whose = " and ".join(op for op in WORDS[name].operators if op in USUAL)
            return f"{name!r} is a word of {whose or 'gradients'}"
        if there is vars(np) and (gone := of_numpy(name)):
            return gone
        more = {*self.words, *HELPERS} if there is names and name not in self.words else ()
        return f"{name!r} is not defined in {place}{_meant(name, {*there, *more})}"

    def function(self, names: Mapping[str, Any]) -> Callable[[Asked], Any]:
        """Return the expression as a function of what is asked."""
        parameters = ast.arguments([], [ast.arg(_ASKED)], None, [], [], None, [])
        tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(parameters, self.body)))
        file = f"<call of {self.operator}>"
        linecache.cache[file] = (len(self.text), None, [self.text], file)  # None: never stale
        code = compile(tree, file, "eval")
        made: Callable[[Asked], Any] = eval(code, {**HELPERS, **names, **OWN})  # noqa: S307 - user's own
        return made


def _meant(name: str, known: Iterable[str]) -> str:
    return did_you_mean(name, sorted({*known} - {name}))


def bound(
    operator: str, expression: str, names: Mapping[str, Any], layouts: Mapping[str, str]
) -> Callable[[Case, Mapping[str, Array]], Any]:
    """Return a function of a case and the tensors to give, which calls what `expression` says.

    `names` are what the file defines; `layouts` (see LAYOUTS) are those of the
    tensors to give. Raises CallError at once if the expression is wrong. The
    function raises NotExpressible, or whatever the foreign code raises.
    """
    stated = {key: layouts.get(key, usual) for key, usual in LAYOUTS.items()}
    call = _Call(operator, expression)
    call.check(names)
    function, known = call.function(names), record(operator)
    lacks = {*known.optional} - call.carried

    def run(case: Case, given: Mapping[str, Array]) -> Any:
        asked = Asked(case, given, stated)
        asked.check(call.carried)
        return without_unasked(known, function(asked), lacks)

    return run


def named(operator: str, expression: str) -> list[str]:
    """The names of the file that an expression uses. Raises CallError if it is wrong."""
    call = _Call(operator, expression)
    return [name for name, _, there in call.unknown({}) if not there]


def spoken(operator: str, expression: str, asked: Asked) -> tuple[str, dict[str, Any]]:
    """An expression on one line, and the words that it uses, with what they say of what is asked.

    Raises NotExpressible if the call cannot say it, CallError if it is wrong whatever is asked.
    """
    call = _Call(operator, expression)
    asked.check(call.carried)
    words = {word: asked[word] for word in WORDS if word in call.used}
    return ast.unparse(ast.parse(expression.strip(), mode="eval")), words


def available(
    calls: Mapping[str, str], names: Mapping[str, Any]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return those calls of a preset whose functions the file has, and questions on near misses."""
    parsed = {operator: _Call(operator, expression) for operator, expression in calls.items()}
    unknown = {operator: [*call.unknown(names)] for operator, call in parsed.items()}
    wanted = {n.id for c in parsed.values() for n in ast.walk(c.body) if isinstance(n, ast.Name)}
    notes = []
    for name, _, there in chain(*unknown.values()):
        public = {n for n, value in there.items() if callable(value) and not n.startswith("_")}
        if near := get_close_matches(name, sorted(public - wanted), n=1, cutoff=0.75):
            notes.append(f"found {near[0]!r}; is it meant to be {name!r}?")
    return {op: calls[op] for op in calls if not unknown[op]}, tuple(dict.fromkeys(notes))
