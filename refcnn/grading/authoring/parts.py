"""Files for students and teachers, made of the functions that are wanted of a longer one."""

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from refcnn.implementations.toml_text import toml
from refcnn.suite.registry import content, families


def text(name: str) -> str:
    """A template as it is."""
    return (files(__package__) / "templates" / name).read_text("utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__package__),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - TOML, whose strings the filter makes
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["toml"] = toml
    return made


def rendered(name: str, **values: Any) -> str:
    """A template with values in it."""
    return _environment().get_template(name).render(values)


def starter() -> str:
    """What students begin with, for all operators."""
    return "\n\n".join(_of_families("starter.py.tmpl"))


def solution() -> str:
    """The teacher's solution, for all operators."""
    return "\n\n".join((text("solution.py.tmpl"), *_of_families("solution.py.tmpl")))


def _of_families(name: str) -> Iterator[str]:
    """A file of every family."""
    return (content(family, name) for family in families())


def program(source: str, operators: Collection[str], about: str = "", mistake: str = "") -> str:
    """Of a program: its docstring (or `about`), some operators, and what they need.

    Functions of the program `mistake` take the place of those with their names.
    """
    blocks = _functions(source) | _functions(mistake)
    wanted = _needed(blocks, operators)
    body = [block for name, block in blocks.items() if name in wanted]
    tree = ast.parse(source)
    about = f'"""{about}"""' if about else _segment(source, tree.body[0])
    imports = _imports(tree, body)
    head = [about, "\n".join(imports)] if imports else [about]
    return "\n\n".join(head) + "\n\n\n" + "\n\n\n".join(body) + "\n"


def _needed(blocks: Mapping[str, str], operators: Collection[str]) -> set[str]:
    """The functions of some operators, and those that they use."""
    wanted: set[str] = set()
    more = {*operators} & blocks.keys()
    while more:
        wanted |= more
        used = set[str]().union(*(_names(blocks[name]) for name in more))
        more = (used & blocks.keys()) - wanted
    return wanted


def _imports(tree: ast.Module, body: Collection[str]) -> list[str]:
    """The imports of a program that some functions need."""
    used = set[str]().union(*map(_names, body))
    found = (node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    return [ast.unparse(node) for node in found if used & {*map(_bound_by, node.names)}]


def _bound_by(alias: ast.alias) -> str:
    """The name that an import gives."""
    return alias.asname or alias.name


def _functions(source: str) -> dict[str, str]:
    """The source of every function, by name, in its order."""
    found = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return {node.name: _segment(source, node) for node in found}


def _segment(source: str, node: ast.stmt) -> str:
    return "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])


def _names(source: str) -> set[str]:
    """Names that a function uses."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
