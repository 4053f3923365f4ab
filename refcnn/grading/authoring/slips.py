"""Slips: the teacher's own solution with one thing wrong in it, in the signature of the course.

The known mistakes are made in functions of ours. These are made where students make theirs:
an operand left out, an argument that is not heeded, `=` for `+=`, a check that is missing.
"""

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from refcnn.grading.submissions import Submission

MOST_SHOWN = 60  # characters of a piece of code
OTHERS = {  # functions that are easily taken for one another
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "amax": "amin",
    "mean": "sum",
    "sum": "mean",
    "ceil": "floor",
    "floor": "ceil",
    "zeros": "ones",
    "zeros_like": "ones_like",
}
BOUNDS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
}
Put = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Slip:
    """One change of a solution: where, what it is, and the solution with it."""

    line: int
    told: str  # "`y + bias` becomes `y`"
    submission: Submission


def slips(solution: Submission, most: int) -> list[Slip]:
    """At most so many changes of a solution, spread over all that it says in functions.

    None of a file, or of a cell, that Python alone cannot read.
    """
    found = list[Slip]()
    for number, text in enumerate(_texts(solution)):
        found += (
            Slip(line, told, _with(solution, number, changed)) for line, told, changed in _of(text)
        )
    apart = max(1, -(-len(found) // most))
    return found[::apart]


def _texts(solution: Submission) -> list[str]:
    """The text of a file, or those of the cells of a notebook."""
    raw = solution.files[solution.entry].decode("utf-8", "replace")
    return list(json.loads(raw)) if solution.cells else [raw]


def _with(solution: Submission, number: int, text: str) -> Submission:
    """A solution with another text in one place."""
    texts = _texts(solution)
    texts[number] = text
    raw = json.dumps(texts) if solution.cells else text
    return replace(solution, files={**solution.files, solution.entry: raw.encode()})


def _of(text: str) -> Iterator[tuple[int, str, str]]:
    """All changes of a text: the line, what is changed, and the text with it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for function in _outermost(tree):
        inside = [*ast.walk(function)]
        names = {node.arg for node in inside if isinstance(node, ast.arg)}
        for put, old in (place for node in inside for place in _places(node)):
            for new in _instead(old, names):
                put(new)
                changed = ast.unparse(tree)
                put(old)
                yield old.lineno, _told(old, new), changed
        yield from _unheeded(function, tree)


def _outermost(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """Functions and methods that are in no other one."""
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.FunctionDef):
            yield one
        else:
            yield from _outermost(one)


def _places(node: ast.AST) -> Iterator[tuple[Put, Any]]:
    """What lies directly in a node, each with how to put something else there."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            for place, one in enumerate(value):
                if isinstance(one, ast.AST):
                    yield _item(value, place), one
        elif isinstance(value, ast.AST):
            yield _attribute(node, name), value


def _item(values: list[Any], place: int) -> Put:
    return lambda new: values.__setitem__(place, new)


def _attribute(node: ast.AST, name: str) -> Put:
    return lambda new: setattr(node, name, new)


def _instead(node: Any, parameters: set[str]) -> Iterator[ast.AST]:
    """What may stand for a piece of code by a slip."""
    match node:
        case ast.AugAssign(target, _, value):
            yield ast.Assign([target], value, lineno=node.lineno)
        case ast.Expr(ast.Call()) | ast.If(orelse=[]):
            yield ast.Pass()
        case ast.If(_, body, orelse):
            yield from (ast.If(ast.Constant(answer), body, orelse) for answer in (True, False))
        case ast.IfExp(_, one, other):
            yield from (one, other)
        case ast.Call(function, arguments, []):
            yield from _other_calls(function, arguments)
        case ast.Call(ast.Attribute(value, name), arguments, named) if name in OTHERS:
            yield ast.Call(ast.Attribute(value, OTHERS[name]), arguments, named)
        case ast.Subscript(ast.Name(name), ast.Constant(str())) if name in parameters:
            yield from (ast.Constant(0), ast.Constant(1))
        case _:
            yield from _other_numbers(node)


def _other_calls(function: ast.expr, arguments: list[ast.expr]) -> Iterator[ast.AST]:
    """Another function of the same arguments, or one step less of a range."""
    match function, arguments:
        case ast.Name("range"), [*first, last] if len(first) < 2:
            yield ast.Call(function, [*first, ast.BinOp(last, ast.Sub(), ast.Constant(1))], [])
        case ast.Name(name), _ if name in OTHERS:
            yield ast.Call(ast.Name(OTHERS[name]), arguments, [])
        case ast.Attribute(value, name), _ if name in OTHERS:
            yield ast.Call(ast.Attribute(value, OTHERS[name]), arguments, [])


def _other_numbers(node: Any) -> Iterator[ast.AST]:
    """Arithmetic that rounds up instead of down, lacks a part, or takes a bound for another."""
    match node:
        case ast.BinOp(left, ast.FloorDiv(), right):
            rounded = ast.BinOp(ast.UnaryOp(ast.USub(), left), ast.FloorDiv(), right)
            yield ast.UnaryOp(ast.USub(), rounded)
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), _):
            yield left
        case ast.UnaryOp(ast.USub(), operand) if not isinstance(operand, ast.Constant):
            yield operand
        case ast.Compare(left, [relation], [right]) if type(relation) in BOUNDS:
            yield ast.Compare(left, [BOUNDS[type(relation)]], [right])


def _unheeded(function: ast.FunctionDef, tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Each argument with a default, as if it were never given."""
    given = function.args
    placed = [*given.posonlyargs, *given.args]
    pairs = [
        *zip(placed[len(placed) - len(given.defaults) :], given.defaults),
        *zip(given.kwonlyargs, given.kw_defaults),
    ]
    for argument, default in pairs:
        if default is None:
            continue
        ignored = ast.Assign([ast.Name(argument.arg)], default, lineno=function.lineno)
        function.body.insert(0, ignored)
        changed = ast.unparse(tree)
        function.body.pop(0)
        yield function.lineno, f"`{argument.arg}` of {function.name} is not heeded", changed


def _told(old: ast.AST, new: ast.AST) -> str:
    if isinstance(new, ast.Pass):
        return f"{_text(old)} is left out"
    return f"{_text(old)} becomes {_text(new)}"


def _text(node: ast.AST) -> str:
    """The first line of a piece of code, or so much of it as can be read at a glance."""
    line = ast.unparse(node).splitlines()[0]
    return f"`{line[: MOST_SHOWN - 1]}…`" if len(line) > MOST_SHOWN else f"`{line}`"
