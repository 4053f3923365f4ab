"""Functions out of a Jupyter notebook, without running the notebook.

Cells are taken from top to bottom, statement by statement. What defines is run:
functions, classes, imports and assignments of constants, also inside `if` and
`try`. A constant is an expression that calls nothing but CALLS, and METHODS of
what these make. All else (training, plots, prints, magics, shell commands) is
left out; notes say what of it a kept function would need.

Cells are counted as "Restart and run all" numbers them: code cells that are not empty.
"""

import __future__

import ast
import builtins
import dis
import linecache
import re
import sys
import warnings
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from traceback import format_exception_only
from types import CodeType, ModuleType
from typing import Any

from refcnn.suite.registry import OPERATORS


class NotebookError(ValueError):
    """Nothing can be taken from a notebook; the message says why, in one sentence."""


def load(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The names that a notebook defines, and notes on what was left out of it.

    Raises NotebookError if it is damaged, or if it defines nothing.
    """
    from refcnn.harness.cells import cells

    sources = cells(path.read_bytes(), path.name)
    sys.path.append(str(path.parent))  # last, so that nothing beside the file hides a library
    return defined(sources, path)


def defined(sources: Iterable[str], path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The names that cells define, and notes on what was left out; raises NotebookError."""
    module = ModuleType(f"iut_{path.stem}")
    names = vars(module)
    names |= {"__file__": str(path), "__builtins__": builtins, "display": lambda *_, **__: None}
    sys.modules[module.__name__] = module  # where dataclasses and pickle look for it
    own, notebook = {*names}, _Notebook(path.name, names)
    for source in sources:
        notebook.take(re.sub("\r\n?", "\n", source))
    notes = notebook.explained()
    if own.issuperset(names):
        why = f": {notes[0]}" if notes else ""
        raise NotebookError(f"{path.name} defines no function, class or constant{why}")
    return names, notes


# Cell magics that run their body in the notebook itself; names set under %%timeit are lost.
KEEP_BODY = {"capture", "debug", "ipytest", "memit", "prun", "time"}
_MAGIC_LINE = re.compile(
    r"(?m)(?P<before>[ \t]*+(?:[\w., \t\[\]*]+=[ \t]*(?=[%!]))?)"
    r"(?P<magic>(?:[%!?/,;]|[\w.*]+\?\??[ \t]*$)(?:\\\n|[^\n])*)",
)
_TOKEN = re.compile(
    r"""(?s)#[^\n]*|(?P<quote>"{3}|'{3})(?:\\.|.)*?(?P=quote)"""
    r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\\\n|\w+|.""",
)


def as_python(source: str) -> str | None:
    """A cell as Python with the same lines, or None if it is in another language.

    Magics and shell commands become calls of get_ipython, as in IPython.
    """
    while magic := re.match(r"\s*%%(\S*)[^\n]*", source):
        if magic[1] not in KEEP_BODY:
            return None
        source = "\n" * magic[0].count("\n") + source[magic.end() :]
    if indent := re.match(r"(?:[ \t]*+\n)*([ \t]++)(?!\n)", source):  # IPython takes indented cells
        source = re.sub(f"^{indent[1]}", "", source, flags=re.MULTILINE)
    done, at, depth, fresh = "", 0, 0, True  # fresh: at the beginning of a logical line
    while found := (_MAGIC_LINE.match(source, at) if fresh else None) or _TOKEN.match(source, at):
        text = found[0]
        if found.re is _MAGIC_LINE:
            said, lines = " ".join(found["magic"].split()), "\n" * text.count("\n")
            text = f"{found['before']}get_ipython({said!r}){lines}"
        depth += (text in "([{") - (text in ")]}")
        fresh = text == "\n" and depth <= 0
        at = found.end()
        done += text
    return done


# What makes constants. It is recognised by identity, so that it may go by any name.
_MAKERS = {
    "builtins": """abs bool bytes complex dict divmod enumerate float frozenset int len list max
        min object pow range reversed round set slice sorted str sum tuple zip""",
    "numpy": """arange array asarray concatenate dtype empty exp expand_dims eye finfo float16
        float32 float64 full full_like identity iinfo int32 int64 linspace log ones ones_like sqrt
        stack uint8 vectorize zeros zeros_like""",
    "numpy.random": "RandomState default_rng",
    "math": "ceil exp floor log prod sqrt",
    "collections": "OrderedDict namedtuple",
    "functools": "partial",
    "pathlib": "Path",
    "typing": "NamedTuple NewType TypeVar",
}
CALLS = [getattr(import_module(m), name) for m, names in _MAKERS.items() for name in names.split()]
METHODS = {"astype", "copy", "format", "join", "ravel", "repeat", "reshape", "split", "transpose"}

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, getattr(ast, "TypeAlias", ast.Assign))
_NO_CONSTANT = (ast.stmt, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
_KINDS = {ast.For: "a for loop", ast.While: "a while loop", ast.With: "a with-block"}


class _Notebook:
    """The names of a notebook while its cells are taken, and why others are not among them."""

    def __init__(self, name: str, names: dict[str, Any]) -> None:
        self.name, self.names = name, names
        self.uses: dict[str, set[str]] = {}  # of each name that was set: the names it needs
        self.lost: dict[str, tuple[int, int, str]] = {}  # cell, line, why it was not set
        self.notes: list[tuple[int, int, str]] = []  # cell, line or 0 for all of it, what to say
        self.cell, self.file, self.flags = 0, "", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def take(self, source: str) -> None:
        """Run what defines in the next cell."""
        self.cell += 1
        self.file = f"<cell {self.cell} of {self.name}>"
        lines = [f"{line}\n" for line in source.split("\n")]
        linecache.cache[self.file] = (len(source), None, lines, self.file)  # None: never stale
        try:
            if (python := as_python(source)) is None:
                if re.search(r"^\s*(def|cp?def|class)\b", source, re.MULTILINE):
                    self._note(0, f"was left out: it is for {source.split(maxsplit=1)[0]}")
                return
            for statement in self._compiled(python, ast.PyCF_ONLY_AST).body:
                self._run(self._part(statement))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self._note(0, f"was left out: {_told(error)}")

    def explained(self) -> tuple[str, ...]:
        """All notes in the order of the notebook, also on what is lost but used."""
        for name, (cell, line, why) in self.lost.items():
            users = sorted(n for n, used in self.uses.items() if name in used and n != name)
            ends = [f"{', '.join(users)} use{'s' * (len(users) == 1)} it"] if users else []
            if name in OPERATORS:
                ends.append("an earlier one is checked" if name in self.names else "it is missing")
            if ends:
                self.notes.append((cell, line, f"{name} {why}; {'; '.join(ends)}"))
        notes = (f"cell {cell}, line {line}: {said}" for cell, line, said in sorted(self.notes))
        return tuple(note.replace(", line 0:", "", 1) for note in notes)

    def _note(self, line: int, text: str) -> None:
        self.notes.append((self.cell, line, text))

    def _lose(self, statement: ast.stmt, why: str) -> None:
        with suppress(SyntaxError):  # such as a return outside of a function
            for name in _names(self._compiled(statement), "STORE_NAME"):
                self.lost[name] = (self.cell, statement.lineno, why)

    def _compiled(self, given: str | ast.stmt, flags: int = 0) -> Any:
        whole = given if isinstance(given, str) else ast.Module([given], [])
        with warnings.catch_warnings(action="ignore"):  # they are about foreign code
            return compile(whole, self.file, "exec", self.flags | flags, dont_inherit=True)

    def _part(self, statement: ast.stmt) -> ast.stmt:
        """What is run of a statement: all, nothing, or an `if` or `try` with less in it."""
        if isinstance(statement, (*_DEFINITIONS, *_IMPORTS)):
            return statement
        needed: list[ast.AST] = [statement]
        if isinstance(statement, _ASSIGNMENTS):
            needed = [*ast.iter_child_nodes(statement)]
        elif isinstance(statement, ast.If | ast.Try):
            needed = [statement.test] if isinstance(statement, ast.If) else []
        if (obstacle := self._obstacle(needed)) is None:
            for holder in (statement, *getattr(statement, "handlers", ())):
                for name in ("body", "orelse", "finalbody"):
                    inner = getattr(holder, name, [])
                    inner[:] = map(self._part, inner)
            return statement
        why = _why(obstacle)
        if why.startswith(("it is %run", "it is %pylab")):
            self._note(statement.lineno, f"{why[6:]} is not run; what it defines is missing")
        self._lose(statement, f"is set by a statement that is not run ({why})")
        return ast.copy_location(ast.Pass(), statement)

    def _obstacle(self, nodes: Iterable[ast.AST]) -> ast.AST | None:
        """The first thing that keeps expressions from being constants."""
        for node in nodes:
            if isinstance(node, _NO_CONSTANT):
                return node
            if isinstance(node, ast.Call) and not self._makes_constant(node.func):
                return node
            parts = node.args if isinstance(node, ast.Lambda) else node  # its body is not run
            if inner := self._obstacle(ast.iter_child_nodes(parts)):
                return inner
        return None

    def _makes_constant(self, function: ast.expr) -> bool:
        first, *others = ast.unparse(function).split(".")
        if not "".join((first, *others)).isidentifier():  # not a dotted name: a method of a value
            return not METHODS.isdisjoint(others[-1:])
        made = self.names.get(first, getattr(builtins, first, None))
        for name in others:
            made = vars(made).get(name) if isinstance(made, ModuleType) else None
        return any(made is known for known in CALLS)

    def _run(self, statement: ast.stmt) -> None:
        """Run a statement; one that fails is told of, or the names that it would have set."""
        if isinstance(statement, _IMPORTS) and len(statement.names) > 1:
            for alias in statement.names:  # one by one, so that one can fail alone
                self._run(type(statement)(**{**vars(statement), "names": [alias]}))
            return
        try:
            code = self._compiled(statement)
            exec(code, self.names)  # noqa: S102 - it is what was asked for
        except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code raises anything
            if isinstance(error, ImportError) or isinstance(statement, (*_DEFINITIONS, *_IMPORTS)):
                what = getattr(statement, "name", ast.unparse(statement).partition(":\n")[0])
                self._note(statement.lineno, f"{what} failed: {_told(error)}; left out")
            else:
                self._lose(statement, f"could not be set ({_told(error)})")
            return
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            self.flags |= getattr(__future__, statement.names[0].name).compiler_flag
        for name in _names(code, "STORE_NAME"):
            self.uses[name] = _used(code)
            if name in self.names:
                self.lost.pop(name, None)
            else:
                self.lost.setdefault(name, (self.cell, statement.lineno, "was not set here"))


def _why(obstacle: ast.AST) -> str:
    match obstacle.value if isinstance(obstacle, ast.Expr) else obstacle:
        case ast.Call(func=ast.Name(id="get_ipython"), args=[ast.Constant(value=str(said))]):
            return f"it is {said}"
        case ast.Call(func=function):
            return f"it calls {ast.unparse(function)[:60]}()"
    return f"it is {_KINDS.get(type(obstacle), 'not an assignment of a constant')}"


def _names(code: CodeType, step: str) -> set[str]:
    return {each.argval for each in dis.get_instructions(code) if each.opname == step}


def _used(code: CodeType) -> set[str]:
    """Names of the notebook that functions in some code read."""
    inner = (_used(part) for part in code.co_consts if isinstance(part, CodeType))
    return _names(code, "LOAD_GLOBAL").union(*inner)


def _told(error: BaseException) -> str:
    """An error in one line."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f"line {error.lineno}: {error.msg}"
    told = " ".join(format_exception_only(error)[-1].split())[:200]
    return told.removeprefix("ModuleNotFoundError: ")
