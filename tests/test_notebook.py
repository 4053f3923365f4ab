"""Notebooks: what defines is taken, nothing else is run, and notes explain what is missing."""

import builtins
import inspect
import json
import linecache
import pickle
import random
import subprocess
import sys
import traceback
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import refcnn
from refcnn.harness.cells import cells as code_of
from refcnn.harness.exceptions import refusal
from refcnn.harness.notebook import NotebookError, load

EXAMPLE = Path(__file__).parents[1] / "examples" / "homework.ipynb"


@pytest.fixture(autouse=True)
def _leave_no_trace(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(linecache, "cache", {})
    before = {*sys.modules}
    yield
    for name in {name for name in sys.modules if name.startswith(("iut_", "beside"))} - before:
        del sys.modules[name]


@pytest.fixture
def written(tmp_path):
    """Writes a notebook of the given code cells, or of a whole given dict."""

    def write(*cells, **members):
        code = [{"cell_type": "code", "source": cell} for cell in cells]
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": code, **members}
        path = tmp_path / "homework.ipynb"
        path.write_text(json.dumps(notebook), "utf-8")
        return path

    return write


@pytest.fixture
def taken(written):
    """Loads a notebook of the given code cells."""
    return lambda *cells, **members: load(written(*cells, **members))


@pytest.fixture
def trap(monkeypatch):
    """The calls of `trap`, a function that every notebook can call, also as `beside.trap`."""
    called = []
    beside = ModuleType("beside")
    beside.trap = lambda *given: called.append(given)
    monkeypatch.setitem(sys.modules, "beside", beside)
    monkeypatch.setattr(builtins, "trap", beside.trap, raising=False)
    return called


def test_functions_classes_imports_and_constants_are_taken(taken):
    names, notes = taken(
        "import math\nfrom fractions import Fraction as F\nSIZE: int = 3",
        "def area(r): return math.pi * r ** SIZE\nasync def later(): pass",
        "class Layer:\n    depth = SIZE\n    def double(self): return 2 * self.depth",
        "(a, b), *rest = (1, 2), 3, 4\nSIZE += 1\nLayer.name = 'layer'\ntable = {}\ntable['k'] = a",
    )
    assert notes == ()
    assert names["area"](1) == np.pi
    assert names["F"] is Fraction
    assert names["Layer"]().double() == 6
    assert (names["Layer"].name, names["table"]) == ("layer", {"k": 1})
    assert (names["a"], names["b"], names["rest"], names["SIZE"]) == (1, 2, [3, 4], 4)


LEFT_OUT = {
    "a call": "trap()",
    "a call in an assignment": "W = trap()",
    "a call in a literal": "W = [1, {2: trap()}]",
    "a call in an f-string": "W = f'{trap()}'",
    "a call in a default of a lambda": "act = lambda x, w=trap(): x",
    "a call in an annotation": "W: trap() = 3",
    "a call in a target": "TABLE = {}\nTABLE[trap()] = 3",
    "a call in an argument": "W = float(trap())",
    "a method of a call": "W = trap().copy()",
    "a call in a comprehension": "W = [trap() for _ in range(3)]",
    "a hidden call": "max = trap\nW = max(1, 2)",
    "a call of a call": "from functools import partial\nW = partial(trap, 1)()",
    "a method of what anything made": "W = {1: trap}[1].__call__(2)",
    "a call of a module": "import beside\nW = beside.trap()",
    "a walrus": "(n := trap())",
    "a for loop": "for step in range(3):\n    trap()",
    "a while loop": "while True:\n    trap()",
    "a with-block": "with open('x') as f:\n    trap()",
    "an assertion": "assert trap() == 2",
    "an exception": "raise ValueError(trap())",
    "a deletion": "W = [1]\ndel W[trap()]",
    "a test of an if": "if trap():\n    W = 3",
    "a test of an elif": "if False:\n    W = 3\nelif trap():\n    W = 4",
    "inside an if": "if True:\n    trap()\n    W = trap()",
    "inside a try": "try:\n    trap()\nfinally:\n    trap()",
    "inside a handler": "try:\n    import no_such\nexcept ImportError:\n    trap()",
    "the main program": "if __name__ == '__main__':\n    trap()",
    "a top-level await": "W = await trap()",
    "a match": "match 3:\n    case 3:\n        trap()",
    "a timed line": "%time trap()",
    "a shell command": "!python -c 'trap()'",
    "a script": "%%python\ntrap()",
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_does_not_define_is_not_run(taken, trap, name):
    names, _ = taken(LEFT_OUT[name], "def relu(x): return x")
    assert trap == []
    assert names["relu"](3) == 3


CONSTANTS = {
    "-2 ** 3 + 1.5": -6.5,
    "not (1 < 2 <= 2) or 'yes'": "yes",
    "[1, 2, 3][1:] if True else None": [2, 3],
    "{**{'a': 1}, 'b': {2}}": {"a": 1, "b": {2}},
    "f'{3:02d}'": "03",
    "(lambda: not_yet()) and 1": 1,
    "[2 ** i for i in range(4) if i]": [2, 4, 8],
    "tuple(len(w) for w in ['a', 'bc'])": (1, 2),
    "', '.join(['a', 'b'])": "a, b",
    "float('1e-7')": 1e-7,
    "np.float32(0.5) * np.pi / np.pi": 0.5,
    "np.array([[1, 2], [3, 4]], np.float32).reshape(4)[3]": 4,
    "numbers.zeros((2, 3)).shape": (2, 3),
    "partial(max, 3)(*())": None,
    "math.sqrt(16)": 4,
    "np.random.default_rng(0).bit_generator is not None": True,
}


@pytest.mark.parametrize("expression", CONSTANTS)
def test_constants_are_set(taken, expression):
    imports = "import math\nimport numpy as np, numpy as numbers\nfrom functools import partial"
    names, _ = taken(f"{imports}\nK = {expression}\ndef relu(x): return x")
    if (
        CONSTANTS[expression] is None
    ):  # what is made by a constant is called: that is not a constant
        assert "K" not in names
    else:
        assert names["K"] == CONSTANTS[expression]


MAGICS = [
    "%matplotlib inline",
    "%config InlineBackend.figure_format = 'retina'",
    "!pip install it's",
    "!!ls (",
    "!pip install \\\n  numpy \\\n  scipy",
    "x = !ls *.py",
    "a, b = %timeit -o f(x)",
    "?len",
    "len?",
    "np.zeros??",
    "%timeit?",
    "np.*load*?",
    "/print 1 2",
    ",print 1 2",
    "if True:\n    !pip install x\n    %cd y",
    "try:\n    import math\nexcept ImportError:\n    %pip install math",
]


@pytest.mark.parametrize("magic", MAGICS)
def test_magics_are_left_out_and_lines_stay(taken, magic):
    names, notes = taken(f"A = 1\n{magic}\n\ndef relu(x):\n    return x")
    assert notes == ()
    assert names["A"] == 1
    assert names["relu"].__code__.co_firstlineno == 4 + magic.count("\n")


def test_python_that_looks_like_magics_is_left_alone(taken):
    text = '"""\n%matplotlib\n!ls\nlen?\n"""'
    names, _ = taken(
        f"!ls\nT = {text}  # is it '?\nR = (7\n  % 4)\nS = 7 \\\n  % 4\nU = '''\n!a'''\n# what?\n"
        "def f(x):\n    '''Is it\n    !good?'''\n    x %= 4\n    return x != 3"
    )
    assert names["T"] == eval(text)
    assert (names["R"], names["S"], names["U"], names["f"](7)) == (3, 3, "\n!a", False)
    assert inspect.getdoc(names["f"]) == "Is it\n!good?"


@pytest.mark.parametrize(
    ("first", "kept"),
    [
        ("%%time", True),
        ("%%capture --no-stderr out", True),
        ("\n\n%%time", True),
        ("%%time\n%%capture", True),
        ("%%bash", False),
        ("%%html", False),
        ("%%writefile relu.py", False),
        ("%%time\n%%script node", False),
        ("%%no_such_magic", False),
        ("%%", False),
        ("%%timeit", False),  # names that it sets are local to it
    ],
)
def test_cell_magics(taken, first, kept):
    names, notes = taken("A = 1", f"{first}\ndef relu(x):\n    return x")
    assert ("relu" in names) is kept
    if kept:
        assert names["relu"].__code__.co_firstlineno == first.count("\n") + 2
    else:
        assert notes == (f"cell 2 was left out: it is for {first.split()[0]}",)


def test_a_cell_of_another_language_is_not_worth_a_note(taken):
    assert taken("A = 1", "%%bash\nls")[1] == ()


def test_an_indented_cell_is_taken_as_jupyter_does(taken):
    assert taken("\n    A = 1\n    B = [\n  2]\n")[0]["B"] == [2]
    assert taken("    \n!ls\ndef relu(x):\n    return x")[0]["relu"](3) == 3
    assert taken(f"{' ' * 100_000}\n!ls\n{' ' * 100_000}\nA = 3")[0]["A"] == 3


def test_a_cell_with_a_syntax_error_leaves_the_others(taken):
    names, notes = taken(
        "def relu(x): return x", "A = 1\nprint 'scratch'", "def dense(x): return x"
    )
    assert {"relu", "dense"} <= {*names}
    assert "A" not in names
    (note,) = notes
    assert note.startswith("cell 2 was left out: line 2: Missing parentheses in call to 'print'")


@pytest.mark.parametrize("cell", ["A = 1 + \0", "A = " + "(" * 500 + ")" * 500, "A = '\ud800'"])
def test_a_cell_that_no_parser_takes_leaves_the_others(taken, cell):
    names, notes = taken(cell, "def relu(x): return x")
    assert "A" not in names
    assert names["relu"](1) == 1
    assert len(notes) == 1
    assert notes[0].startswith("cell 1 was left out: ")


def test_deeply_nested_expressions_do_no_harm(taken):
    names, _ = taken(f"A = {'+'.join(['1'] * 3000)}", "def relu(x): return x")
    assert names["relu"](1) == 1


def test_a_statement_that_python_refuses_later_leaves_the_others(taken):
    names, notes = taken("A = 1\nreturn A\ndef f():\n    nonlocal g\nB = 2")
    assert (names["A"], names["B"]) == (1, 2)
    assert notes == (
        "cell 1, line 3: f failed: line 4: no binding for nonlocal 'g' found; left out",
    )


def raw(text):
    return text.encode() if isinstance(text, str) else text


NO_NOTEBOOKS = [
    ("", "homework.ipynb is not a notebook: it is not JSON (line 1)"),
    ('{\n "cells": [\n}', "homework.ipynb is not a notebook: it is not JSON (line 3)"),
    (b"\x80\xff", "homework.ipynb is not a notebook: it is not JSON"),
    ("[" * 100_000, "homework.ipynb is not a notebook: it is not JSON"),
    ('{"nbformat": ' + "1" * 5000 + "}", "homework.ipynb is not a notebook: it is not JSON"),
    ("[1, 2]", "it is JSON whose nbformat is None, not 1 to 4"),
    ('{"a": 1}', "it is JSON whose nbformat is None, not 1 to 4"),
    ('{"nbformat": 5}', "it is JSON whose nbformat is 5, not 1 to 4"),
    ('{"nbformat": [4]}', "it is JSON whose nbformat is [4], not 1 to 4"),
    ('{"nbformat": 4}', "homework.ipynb is damaged: its cells cannot be read"),
    ('{"nbformat": 4, "cells": 3}', "homework.ipynb is damaged: its cells cannot be read"),
    ('{"nbformat": 3, "worksheets": [3]}', "homework.ipynb is damaged: its cells cannot be read"),
    ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "its cells cannot be read"),
    ('{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "its cells cannot be read"),
    ('{"nbformat": 4, "cells": []}', "homework.ipynb has no code cells"),
    ('{"nbformat": 4, "cells": [{"cell_type": "markdown"}]}', "homework.ipynb has no code cells"),
    ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": " \\n"}]}', "has no code cells"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "sentence"), NO_NOTEBOOKS)
def test_a_damaged_notebook_is_refused_in_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "homework.ipynb"
    path.write_bytes(raw(content))
    with pytest.raises(NotebookError) as refused:
        load(path)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "end"),
    [
        ("print(1)", ""),
        ("%%bash\nls", ""),
        ("A = (", ": cell 1 was left out: line 1: '(' was never closed"),
        ("\nimport no", ": cell 1, line 2: import no failed: No module named 'no'; left out"),
    ],
)
def test_a_notebook_that_defines_nothing_is_refused(taken, cell, end):
    with pytest.raises(NotebookError) as refused:
        taken(cell)
    assert str(refused.value) == f"homework.ipynb defines no function, class or constant{end}"


def test_imports_that_fail_are_told_and_left_out(taken):
    names, notes = taken(
        "A = 1\nimport math, no_such.deep as n, json\nfrom math import pi, no_name",
        "from . import sibling\nimport beside_exit\ndef relu(x): return x",
    )
    assert {"math", "json", "pi", "relu"} <= {*names}
    assert notes[0] == (
        "cell 1, line 2: import no_such.deep as n failed: No module named 'no_such'; left out"
    )
    assert notes[1].startswith(
        "cell 1, line 3: from math import no_name failed: ImportError: cannot import name 'no_name'"
    )
    assert notes[2].startswith("cell 2, line 1: from . import sibling failed: ")
    assert len(notes) == 4


def test_an_import_that_exits_is_told_and_left_out(taken, tmp_path):
    (tmp_path / "beside_exit.py").write_text("raise SystemExit('bye')", "utf-8")
    names, notes = taken("import beside_exit\nA = 1")
    assert names["A"] == 1
    assert notes == ("cell 1, line 1: import beside_exit failed: SystemExit: bye; left out",)


def test_guarded_imports_and_version_guards_are_run_without_what_does_not_define(taken):
    names, notes = taken(
        "import sys\ntry:\n    import no_such\n    FOUND = True\nexcept ImportError as error:\n"
        "    print('sorry', error)\n    FOUND = False\n    def fast(f): return f\nelse:\n    A = 0",
        "if sys.version_info >= (3, 11):\n    import math as m\n    print(m)\nelse:\n    m = None",
        "if FOUND:\n    B = 1\nelif m:\n    B = 2\n@fast\ndef relu(x): return x",
    )
    assert notes == ()
    assert (names["FOUND"], names["B"], names["m"].pi) == (False, 2, np.pi)
    assert "A" not in names


def test_a_guarded_import_that_fails_in_the_end_is_told(taken):
    _, notes = taken("A = 1\ntry:\n    import no_such\nexcept ImportError:\n    import no_such")
    assert notes == ("cell 1, line 2: try failed: No module named 'no_such'; left out",)


def test_a_definition_that_fails_is_told_and_left_out(taken):
    names, notes = taken(
        "jit = make_jit()",
        "@jit\ndef conv2d(x):\n    return x\ndef relu(x, rate=RATE): return x",
        "class Layer(Base): pass\ndef dense(x): return x",
    )
    assert "dense" in names
    assert not {"conv2d", "relu", "Layer"} & {*names}
    assert [*notes] == [
        "cell 2, line 2: conv2d failed: NameError: name 'jit' is not defined; left out",
        "cell 2, line 4: relu failed: NameError: name 'RATE' is not defined; left out",
        "cell 3, line 1: Layer failed: NameError: name 'Base' is not defined; left out",
    ]


CONV = "def conv2d(x):\n    def inner(): return [x @ W for _ in x]\n    return inner()"


NOT_RUN = "W is set by a statement that is not run"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("\nW = build(make(3))", f"cell 2, line 2: {NOT_RUN} (it calls build())"),
        ("a, (W, b) = nn.init.draw()", f"{NOT_RUN} (it calls nn.init.draw())"),
        ("W = !cat  weights", f"{NOT_RUN} (it is !cat weights)"),
        ("for i in range(3): W = i", f"{NOT_RUN} (it is a for loop)"),
        ("while True:\n    W = 1", f"{NOT_RUN} (it is a while loop)"),
        ("with open('w') as W: pass", f"{NOT_RUN} (it is a with-block)"),
        ("if gpu():\n    W = 1", f"{NOT_RUN} (it calls gpu())"),
        ("W = (n := 3)", f"{NOT_RUN} (it is not an assignment of a constant)"),
        ("W = await f", NOT_RUN),
        ("A = 1\nW = A / 0", "line 2: W could not be set (ZeroDivisionError: division by zero)"),
        ("W = data[0]", "W could not be set (NameError: name 'data' is not defined)"),
        ("if len([]):\n    W = 1", "cell 2, line 1: W was not set here"),
        ("try:\n    W = load()\nexcept OSError:\n    W = 1", f"cell 2, line 2: {NOT_RUN}"),
    ],
)  # fmt: skip
def test_a_note_explains_a_name_that_a_function_will_miss(taken, cell, why):
    _, notes = taken(CONV, cell)
    assert len(notes) == 1
    assert why in notes[0]
    assert notes[0].endswith("; conv2d uses it")


def test_names_are_explained_only_where_they_are_used_and_missing(taken):
    assert taken(CONV, "V = build()\nx = build()\nfor inner in []: pass")[1] == ()
    assert taken(CONV, "W = build()", "W = 3")[1] == ()
    assert taken(CONV, "W = build()", "def conv2d(x): return x")[1] == ()
    (note,) = taken(CONV, "class Layer:\n    def go(self): return W", "act = lambda: W", "W = f()")[
        1
    ]
    assert note.endswith("; Layer, act, conv2d use it")


def test_notes_come_in_the_order_of_the_notebook_and_are_short(taken):
    _, notes = taken("A = 1", f"W = {'build.' * 50}go()", "import no_such", CONV)
    assert [note[:14] for note in notes] == ["cell 2, line 1", "cell 3, line 1"]
    assert len(notes[0]) < 200
    _, notes = taken("import sys", f"def relu(x=[].{'x' * 1000}): return x", "A = (", "A = 1")
    assert [note[:6] for note in notes] == ["cell 2", "cell 3"]
    with pytest.raises(NotebookError) as refused:
        taken("A = 1", nbformat="4" * 1000)
    assert max(map(len, (*notes, str(refused.value)))) < 300


def test_an_operator_that_is_lost_is_explained(taken):
    _, notes = taken("def relu(x): return relu\nrelu = jit(relu)\nsoftmax = Softmax()\nother = f()")
    why = "is set by a statement that is not run"
    assert notes == (
        f"cell 1, line 2: relu {why} (it calls jit()); an earlier one is checked",
        f"cell 1, line 3: softmax {why} (it calls Softmax()); it is missing",
    )


def test_functions_of_other_files_that_are_not_run_are_missed(taken):
    _, notes = taken("A = 1\n%run helpers.ipynb", "%pylab inline\n%load_ext autoreload")
    assert notes == (
        "cell 1, line 2: %run helpers.ipynb is not run; what it defines is missing",
        "cell 2, line 1: %pylab inline is not run; what it defines is missing",
    )


def test_cells_run_from_top_to_bottom_in_one_namespace(taken):
    names, _ = taken(
        "def relu(x): return 1", "def relu(x): return scale()", "def scale(): return 2"
    )
    assert names["relu"](0) == 2
    assert names["relu"].__globals__ is names
    assert names["__name__"] == "iut_homework"
    assert vars(sys.modules["iut_homework"]) is names


def test_display_is_there_and_does_nothing(taken):
    assert taken("def relu(x):\n    display(x, metadata=None)\n    return x")[0]["relu"](3) == 3


def test_dataclasses_named_tuples_and_pickles_work(taken):
    names, notes = taken(
        "from __future__ import annotations\nfrom dataclasses import dataclass, field",
        "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')",
        "@dataclass\nclass Layer:\n    size: No = 3\n    more: list = field(default_factory=list)",
    )
    assert notes == ()
    layer = names["Layer"](4)
    assert pickle.loads(pickle.dumps(layer)) == layer
    assert pickle.loads(pickle.dumps(names["Pair"](1, 2))) == (1, 2)


def test_modules_beside_the_notebook_can_be_imported_but_hide_nothing(taken, tmp_path):
    (tmp_path / "beside_me.py").write_text("A = 3", "utf-8")
    (tmp_path / "numpy.py").write_text("raise RuntimeError", "utf-8")
    names, notes = taken("import numpy\nfrom beside_me import *\ndef relu(x): return A")
    assert notes == ()
    assert names["relu"](0) == 3
    assert sys.path[-1] == str(tmp_path)


def raised(function, *arguments):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any, to be looked at
        function(*arguments)
    return caught.value


def place(error):
    return refusal(error, "").place


def test_the_place_of_an_error_is_its_innermost_cell_and_line(taken):
    names, _ = taken(
        "\n%time\ndef check(x):\n    if x < 0:\n        raise ValueError('no')\n    int('x')",
        "import json\ndef relu(x):\n    check(x)\ndef dense(x):\n    return json.loads(x)",
    )
    error = raised(names["relu"], -1)
    assert place(error) == "cell 1, line 5"
    assert traceback.extract_tb(error.__traceback__)[-1].line == "raise ValueError('no')"
    assert refusal(error, "").deliberate
    assert not refusal(raised(names["relu"], 1), "").deliberate
    assert place(raised(names["dense"], "{")) == "cell 2, line 5"
    assert place(raised(int, "x")) == ""
    assert place(ValueError()) == ""


def test_cells_are_numbered_as_restart_and_run_all_does(taken):
    cells = [
        {"cell_type": "markdown", "source": "# Title"},
        {"cell_type": "code", "source": "A = 1", "execution_count": 17},
        {"cell_type": "code", "source": " \n"},
        {"cell_type": "raw", "source": "def f("},
        {"cell_type": "code", "source": ["def relu(x):\n", "    return 1 / 0"]},
    ]
    names, _ = taken(cells=cells)
    assert place(raised(names["relu"], 1)) == "cell 2, line 2"


LINES = ["A = 1\n", "def relu(x): return A"]


@pytest.mark.parametrize(
    ("version", "source"), [(1, "".join(LINES)), (2, "".join(LINES)), (2, LINES), (3, LINES)]
)
def test_older_formats(tmp_path, version, source):
    cell = {"cell_type": "code", ("code" if version == 1 else "input"): source, "outputs": [3]}
    cells = [{"cell_type": "heading", "level": 1, "source": "x"}, {**cell, "language": "python"}]
    notebook = {"nbformat": version, "metadata": {"name": ""}}
    notebook |= {"cells": cells} if version == 1 else {"worksheets": [{"cells": cells}]}
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    assert load(path)[0]["relu"](0) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(written, encoding, end):
    path = written(f"!ls{end}π = 3{end}def relu(x):{end}    return π / 0")
    path.write_text(path.read_text("utf-8"), encoding)
    error = raised(load(path)[0]["relu"], 1)
    assert place(error) == "cell 1, line 4"
    assert traceback.extract_tb(error.__traceback__)[-1].line == "return π / 0"


def test_outputs_metadata_and_widgets_never_matter(taken):
    cell = {"cell_type": "code", "source": "A = 1", "id": 7, "execution_count": "x"}
    cells = [
        {**cell, "outputs": outputs, "metadata": metadata}
        for outputs in ([], None, 3, [{"output_type": "no such"}], [{"data": 3}])
        for metadata in ({}, None, [3])
    ]
    widgets = {"widgets": {"application/vnd.jupyter.widget-state+json": 3}, "kernelspec": "R"}
    for metadata in (widgets, None, 3):
        names, notes = taken(cells=cells, metadata=metadata, nbformat_minor="x", other=[1])
        assert (names["A"], notes) == (1, ())


def test_warnings_about_the_code_are_not_ours(taken):
    assert taken("A = '\\d'\nB = A is 'x'\ndef relu(x): return '\\w'")[1] == ()


def test_nbformat_is_imported_only_for_a_notebook():
    code = "import refcnn, refcnn.harness.worker, sys; print('nbformat' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_example_has_one_mistake_and_is_not_trained():
    names, notes = load(EXAMPLE)
    assert all("matplotlib" in note for note in notes)
    assert names["history"] == []
    assert not {"weights", "x_train", "digits"} & {*names}
    x = np.arange(-24.0, 24).reshape(1, 4, 4, 3)
    kernel = np.arange(36.0).reshape(2, 2, 3, 3)
    for padding in ("valid", "same", 1, ((0, 1), (1, 0))):
        given = {"strides": (1, 2), "padding": padding}
        assert np.array_equal(
            names["conv2d"](x, kernel, **given), refcnn.conv2d(x, kernel, **given)
        )
        right, own = (f["max_pool2d"](x, (3, 2), **given) for f in (vars(refcnn), names))
        assert np.array_equal(own, right)
        right, own = (f["avg_pool2d"](x, 3, **given) for f in (vars(refcnn), names))
        assert np.allclose(own, right) is (padding == "valid")


FUZZED = (
    "%matplotlib inline\nimport math\nimport no_such as n\nSIZE = [1, 2.5, 'x'][0]",
    "%%time\ndef relu(x, rate=0.5):\n    '''Doc?'''\n    return x * SIZE if x > 0 else rate",
    "W = trap(1)\ntrap(W)\nx = !trap()",
    "for i in range(3):\n    trap(i)\nwith open('w') as f:\n    trap(f)",
    "try:\n    import json\n    trap()\nexcept ImportError:\n    trap()",
    "class Layer:\n    size: int = 3\n    def go(self):\n        raise ValueError(W)",
)


def test_damage_anywhere_is_refused_or_survived_and_never_runs_what_is_left_out(written, trap):
    path = written(*FUZZED)
    whole, draw = path.read_bytes(), random.Random(20)
    ended = {"taken": 0, "refused": 0}
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(draw.choice((1, 1, 2, 8))):
            at = draw.randrange(len(damaged))
            match draw.randrange(4):
                case 0:
                    damaged[at] = draw.randrange(256)
                case 1:
                    del damaged[at : at + draw.randrange(1, 9)]
                case 2:
                    damaged[at:at] = damaged[draw.randrange(len(damaged)) :][:9]
                case _:
                    damaged[at] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        try:
            _, notes = load(path)
        except NotebookError as error:
            ended["refused"] += 1
            notes = (str(error),)
        else:
            ended["taken"] += 1
        assert all("\n" not in note and len(note) < 500 for note in notes)
        assert trap == []
    assert min(ended.values()) > 50


def test_damaged_code_is_survived_and_never_runs_what_is_left_out(written, trap):
    draw, found = random.Random(7), 0
    for _ in range(300):
        cells = [list(cell) for cell in FUZZED]
        for _ in range(draw.choice((1, 2, 5))):
            cell = draw.choice(cells)
            cell[draw.randrange(len(cell))] = draw.choice("(){}[]'\"\\\n\t%!?#:=@,;. aπ0\0")
        names, _ = load(written(*map("".join, cells)))
        found += "relu" in names
        assert trap == []
    assert found > 100


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (6_000, "x.ipynb has 6,000 cells; at most 5,000 are read"),
        (600_000, "x.ipynb has more than 1,000,000 values; clear its outputs"),
    ],
)
def test_more_cells_than_anybody_writes_are_refused_before_they_take_memory(cells, said):
    cell = '{"cell_type":"code","source":"1"}'
    raw = f'{{"nbformat":4,"cells":[{",".join([cell] * cells)}]}}'.encode()
    with pytest.raises(NotebookError, match=said):
        code_of(raw, "x.ipynb")
