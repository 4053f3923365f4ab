"""What the author's code raises: told with its line and, where it is a known one, its cause."""

import json
import sys
from pathlib import Path, PurePath

import numpy as np
import pytest

import refcnn
from refcnn.harness import protocol
from refcnn.harness.calls import CallError, bound
from refcnn.harness.causes import Seen, known
from refcnn.harness.exceptions import where
from refcnn.harness.gone import NUMPY, TENSOR_METHODS
from refcnn.harness.python import PythonFunctions
from refcnn.harness.worker import message
from refcnn.implementations.process import CouldNotStart
from refcnn.implementations.sandbox.frames import Frame, as_outcome, of_outcome
from refcnn.implementations.targets import python
from refcnn.suite.case import Case, Refusal
from refcnn.suite.judge import judge

RELU = Case(operator="relu", inputs={"x": np.array([[-1.0, 2.0]])})


def relu(body, **names):
    """The outcome of a relu with some body."""
    names["np"] = np
    exec(f"def relu(x):\n    {body}\n", names)
    return PythonFunctions(names).run(RELU)


def by_protocol(outcome):
    line = protocol.line(3, **message(outcome))
    return protocol.outcome(protocol.answer(line, 3), "relu")


def by_frames(outcome):
    return as_outcome(Frame(json.loads(json.dumps(of_outcome(outcome).header))))


CARRIERS = pytest.mark.parametrize("carried", [by_protocol, by_frames])


# --- what is not offered


class UnsupportedError(NotImplementedError):
    pass


@CARRIERS
@pytest.mark.parametrize(
    ("body", "unsupported"),
    [
        ("raise NotImplementedError", True),
        ("raise UnsupportedError('not yet')", True),
        ("raise RuntimeError('no')", False),
        ("return NotImplementedError.args[7]", False),
    ],
)
def test_a_subclass_of_not_implemented_error_says_the_same(carried, body, unsupported):
    outcome = carried(relu(body, UnsupportedError=UnsupportedError))
    assert isinstance(outcome, Refusal)
    assert outcome.unsupported is unsupported


@pytest.mark.parametrize(
    ("said", "unsupported"),
    [
        ({"kind": "NotImplementedError"}, True),
        ({"kind": "NotImplementedError", "unsupported": False}, False),
        ({"kind": "ValueError", "unsupported": True}, True),
        ({"kind": "ValueError"}, False),
        ({}, False),
    ],
)
def test_what_a_program_says_is_not_offered(said, unsupported):
    line = protocol.line(3, refusal=said)
    outcome = protocol.outcome(protocol.answer(line, 3), "relu")
    assert isinstance(outcome, Refusal)
    assert outcome.unsupported is unsupported


def test_whether_it_is_offered_is_true_or_false():
    line = protocol.line(3, refusal={"unsupported": "yes"})
    with pytest.raises(protocol.ProtocolError, match=r"refusal\.unsupported must be true or false"):
        protocol.answer(line, 3)


# --- why


@pytest.fixture
def outcome(tmp_path):
    """What comes of a relu that an author wrote into a file, as of line 6, and of its calls."""

    def run(body, call="", more=""):
        path = tmp_path / "layers.py"
        path.write_text(f"import math\nimport numpy as np\n{more}\n\ndef relu(x):\n    {body}\n")
        names = {"__file__": str(path)}
        exec(compile(path.read_text(), str(path), "exec"), names)
        calls = {"relu": bound("relu", call, names, {})} if call else {}
        return PythonFunctions(names, str(path), calls).run(RELU)

    return run


FLOAT = "a float stands where a whole number must be: / always gives a float"
NUMPY_INT = "np.int is gone since NumPy 1.24; int does the same"
PROVOKED = [
    # by the installed NumPy and Python; slips are no refusals, whoever asks
    ("np.int(3)", NUMPY_INT, True),
    ("x.astype(np.float)", "np.float is gone since NumPy 1.24; float does the same", True),
    ("np.product(x.shape)", "np.product is gone since NumPy 2.0; np.prod does the same", True),
    ("from numpy import float_", "np.float_ is gone since NumPy 2.0; np.float64", True),
    ("x.tostring()", "arrays have no tostring since NumPy 2.3; a.tobytes() does the same", True),
    ("x.detach()", "tensors have detach, but this is a NumPy array", True),
    ("{}.iteritems()", "iteritems is of Python 2; items does the same", True),
    ("range(xrange(3))", "xrange is of Python 2; range does the same", True),
    ("global np; del np; np.max(x)", "`import numpy as np` is missing", True),
    ("from itertools import izip", "izip is of Python 2; zip does the same", True),
    ("from collections import Iterable", "since Python 3.10 Iterable is in collections.abc", True),
    ("import collections; collections.Sized", "since Python 3.10 Sized is in collections.", True),
    ("math.exp(x)", "the functions of math take single numbers", True),
    ("np.zeros(3)[0] = x[0, :1]", "several numbers, or an array with axes, are put into", True),
    ("np.zeros(3)[0] = [1, 2]", "several numbers, or an array with axes, are put into", True),
    ("np.array([x, x[:, :1]])", "the parts put together differ in shape; no array is made", True),
    ("np.array([[1], [1, 2]], float)", "the parts put together differ in shape", True),
    ("max(0, x)", "max() and min() of Python compare whole arrays; np.maximum", True),
    ("return x if x > 0 else 0", "one truth is wanted of a whole array; np.where", True),
    ("np.zeros((x.size / 2, 2))", FLOAT, True),
    ("np.zeros(x.size / 2)", FLOAT, True),
    ("range(x.size / 2)", FLOAT, True),
    ("np.zeros((np.ceil(1.5), 2))", FLOAT, True),
    ("y = [1, 2]; y[2 / 2]", FLOAT, True),
    ("np.pad(x, 2 / 2)", f"np.pad wants whole numbers; {FLOAT}", True),
    ("y = [[1]]; y[0, 0]", "a list is indexed as if it were an array", True),
    ("list(x)[: 2 / 2]", "an index or a bound is not one whole number", False),
    ("y = np.zeros(2, int); y += 0.5", "float64 numbers are to go into an array of int64", True),
    ("y = np.ones(2, int); y /= 2", "float64 numbers are to go into an array of int64", True),
    ("np.arange(3) ** -1", "integers have no negative powers here", True),
    ("np.uint8(3) + 300", "uint8 cannot hold this number, which is an error since NumPy 2.0", True),
    ("np.zeros(2, 3)", "the sizes of a shape go into one tuple, np.zeros((2, 3))", True),
    ("range((1, 1))", "a tuple is used as if it were one number; strides and", False),
    ("3 // (1, 1)", "a tuple is used as if it were one number; strides and", False),
    ("(3, 3) > 2", "a tuple is used as if it were one number; strides and", False),
    ("(3, 3) + 2", "a tuple is used as if it were one number; strides and", False),
    ("3 + 'same'", 'a text is used as if it were a number; padding may be "valid"', False),
    ("'same' > 0", 'a text is used as if it were a number; padding may be "valid"', False),
    ("'same' + 1", 'a text is used as if it were a number; padding may be "valid"', False),
    ("a, b = 3", "one number is taken apart as if it were several", False),
    ("y = 3; y[0]", "one number is taken apart as if it were several", False),
    ("n, h, w, c = x.shape", "x has 2 axes here; the line is written for 4", False),
    ("n, h, w, c = x[0].T.shape", "", False),
    ("n, h, w, c = x.T.shape  # of 4", "x.T has 2 axes here; the line is written for 4", False),
    ("np.broadcast_to(x, (3, 1, 2))[0] = 1", "an argument belongs to the caller, and views", True),
    ("x.flags.writeable = False; x += 1", "an argument belongs to the caller, and views", True),
    ("np.array(x, 'f4', copy=False)", "copy=False means never since NumPy 2.0", True),
    ("np.zeros((1, 3))[:] = x[:, 0:0]", "the slice is smaller than its place: slices end", False),
    ("raise NotImplemented", "NotImplemented is not an exception; NotImplementedError", True),
    ("raise 'no'", "a text cannot be raised; raise ValueError(...) with that text", True),
    ("exec(\"print 'a'\")", "this is Python 2; in Python 3 print is a function", True),
    ("import cPickle", "cPickle is of Python 2; pickle does the same", False),
    ("import no_such", f"no_such is not installed for {sys.executable}, which runs", False),
]  # fmt: skip
if sys.version_info < (3, 14):  # where it has another meaning
    said = "in Python 3 it is `except Kind as error`"
    PROVOKED.append(("exec('try: 0\\nexcept A, B: 0')", said, True))


@CARRIERS
@pytest.mark.parametrize(("body", "cause", "slip"), PROVOKED, ids=[body for body, *_ in PROVOKED])
def test_a_known_cause_is_told(outcome, carried, body, cause, slip):
    found = carried(outcome(body))
    assert isinstance(found, Refusal)
    assert (found.file, found.line) == ("", 6)
    assert found.cause.startswith(cause)
    assert str(found).endswith(f"(line 6): {found.cause}" if cause else "(line 6)")
    assert not (slip and found.deliberate)


def numpy_since(*version):
    return tuple(map(int, np.__version__.split(".")[:2])) >= version


@pytest.mark.skipif(not numpy_since(2, 4), reason="what was deprecated until then")
@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("float(x[0, :1])", "an array is taken for a single number; since NumPy 2.4 this is"),
        ("int(np.ones((1, 1)))", "an array is taken for a single number; since NumPy 2.4 this is"),
        ("np.in1d(x, x)", "np.in1d is gone since NumPy 2.4; np.isin does the same"),
        ("np.trapz(x)", "np.trapz is gone since NumPy 2.4; np.trapezoid does the same"),
    ],
)
def test_what_numpy_2_4_has_removed(outcome, body, cause):
    assert outcome(body).cause.startswith(cause)


@pytest.mark.filterwarnings("ignore:In the future")
@pytest.mark.parametrize("name", NUMPY)
def test_what_is_said_of_a_name_is_so(outcome, name):
    since, instead = NUMPY[name]
    if numpy_since(*map(int, since.partition(",")[0].split("."))) and name != "bool":
        told = f"np.{name} is gone since NumPy {since}; {instead} does the same"
        assert not hasattr(np, name)
        found = outcome(f"np.{name}")
        assert (
            found.cause == told or instead.strip("-").partition("(")[0] in found.message
        )  # NumPy tells it
        assert outcome(f"from numpy import {name}").cause == told
    a = np.ones((2, 2))
    eval(instead.strip("`").replace("import math", "0"), {"np": np, "a": a[:1, :1]})


@pytest.mark.parametrize("name", sorted(TENSOR_METHODS))
def test_what_tensors_have_arrays_have_not(name):
    assert not hasattr(np.ndarray, name)


BUILT = [  # what other versions, or what is not installed, would raise
    (AttributeError("module 'numpy' has no attribute 'bool'.\n`np.bool` was a deprecated alias"),
     "np.bool is gone since NumPy 1.24, until 2.0; bool does the same"),
    (TypeError("only length-1 arrays can be converted to Python scalars"),
     "an array of several elements is taken for a single number"),
    (ValueError("too many values to unpack (expected 2)"), "x has more axes here"),
    (ValueError("too many values to unpack (expected 2, got 4)"), "x has 4 axes here"),
    (ImportError("numpy.core.multiarray failed to import"), "a library that it imports was"),
    (ValueError("numpy.dtype size changed, may indicate binary incompatibility. Expected 96"),
     "a library that it imports was compiled for another NumPy"),
    (TypeError("linear(): argument 'input' (position 1) must be Tensor, not numpy.ndarray"),
     "refcnn gives NumPy arrays; torch.from_numpy makes a tensor of one"),
    (TypeError("'float' object cannot be interpreted as an integer"), FLOAT),
]  # fmt: skip


@pytest.mark.parametrize(("error", "cause"), BUILT, ids=[str(error)[:40] for error, _ in BUILT])
def test_causes_of_other_versions_by_their_messages(error, cause):
    why, _ = known(Seen(error, str(error), "n, h = x.shape"))
    assert why.startswith(cause)


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('assignment destination is read-only')",  # words of the author's
        "raise TypeError('a list')",
        "np.no_such_name",
        "x.no_such_name",
        "no_such_name",
        "n, h, w, c = tuple(x.shape)",
        "n, h, w, c = x.shape + (1,)",
        "n, h, w = x.T.shape; a, b = x.shape",
        "np.zeros((1, 3))[:] = np.zeros((2, 3))[:, 0:2]",
        "np.zeros((1, 3))[:] = x * 2",
        "np.ones(3) + np.ones(4)",
        "relu()",
        "{}['same']",
        "x[3]",
        "1 / 0",
        "import json; json.loads('{')",
        "import fractions; fractions.Fraction('1', 2.5)",
        "import random; random.sample(range(3), 1.5)",  # a float in a library's own line
    ],
)
def test_of_what_is_not_known_nothing_is_said(outcome, body):
    found = outcome(body)
    assert isinstance(found, Refusal)
    assert found.line == 6
    assert found.cause == ""


def test_a_library_that_uses_what_is_gone_is_not_the_author(outcome, monkeypatch):
    import statistics

    code = compile("def old():\n    return np.int(3)\n", statistics.__file__, "exec")
    exec(code, vars(statistics) | {"np": np}, names := {})
    names["old"].__globals__["np"] = np
    monkeypatch.setattr(statistics, "old", names["old"], raising=False)
    found = outcome("import statistics; statistics.old()")
    assert (found.line, found.cause) == (6, NUMPY_INT)


# --- where


def test_what_numpy_raises_is_told_with_the_line_that_called_it(outcome):
    found = outcome("np.stack([x, x[0]])")
    assert str(found) == "ValueError: all input arrays must have the same shape (line 6)"


def test_a_module_in_the_same_folder_is_the_authors_too(outcome, tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "__init__.py").write_text("from deep.inner import act\n")
    (tmp_path / "deep" / "inner.py").write_text("import numpy as np\n\ndef act(x):\n    np.int\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = outcome("return deep.act(x)", more="import deep")
    assert (found.file, found.line, found.cause) == ("deep/inner.py", 4, NUMPY_INT)
    said = "AttributeError: module 'numpy' has no attribute 'int' (deep/inner.py, line 4)"
    assert str(found) == f"{said}: {NUMPY_INT}"


@pytest.mark.parametrize("folder", ["site-packages", "deep/site-packages", "dist-packages"])
def test_an_installed_library_below_the_folder_is_not(outcome, tmp_path, monkeypatch, folder):
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "bought.py").write_text("def act(x):\n    return x[9]\n")
    monkeypatch.syspath_prepend(str(tmp_path / folder))
    monkeypatch.delitem(sys.modules, "bought", raising=False)
    found = outcome("return bought.act(x)", more="import bought")
    assert (found.file, found.line) == ("", 6)


def test_nor_are_the_libraries_of_python_and_refcnn(tmp_path):
    error = raised("import json; json.loads('{')")
    above = [*PurePath(json.__file__).parents][2]
    assert where(error, str(above / "mine.py")).line is None
    error = raised("from refcnn import ops; ops.relu(3, 4, 5); ops.relu()")
    place = where(error, str(Path(refcnn.__file__).parents[1] / "mine.py"))
    assert not place.file.startswith("refcnn")


def raised(body):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any, to be looked at
        exec(body, {})
    return caught.value


CALLED = "the call of relu, "


@pytest.mark.parametrize(
    ("call", "place", "cause"),
    [
        ("relu(x, 3)", f"{CALLED}relu(x, 3)", "the stated call gives more arguments than relu()"),
        ("two(x)", f"{CALLED}two(x)", "the stated call leaves out 'y'"),
        ("two(x, z=3)", f"{CALLED}two(x, z=3)", "the stated call names z, which two() does not"),
        ("(lambda a: a[0, 0, 0])(x)", f"{CALLED}(lambda a: a[0, 0, 0])(x)", ""),
        (
            "two(x, lambda a: 3 + (1, 1))",
            f"{CALLED}two(x, lambda a: 3 + (1, 1))",
            "a tuple is used",
        ),
        ("two(\n  x,\n  1 / 0)", f"{CALLED}two( x, 1 / 0)", ""),
        ("two(x, 3)", "line 3", ""),
        ("float(x)", f"{CALLED}float(x)", "an array is taken for a single number"),
    ],
)
def test_the_expression_of_a_call_is_told(outcome, call, place, cause):
    more = "def two(x, y): return y(x)"
    found = outcome("return x", call, more)
    assert isinstance(found, Refusal)
    assert found.place == place
    assert found.cause.startswith(cause)
    assert bool(found.cause) == bool(cause)


def test_a_name_that_is_gone_is_told_of_a_call_before_it_is_called(outcome):
    with pytest.raises(CallError, match=r"relu: np\.int is gone since NumPy 1\.24; int"):
        outcome("return x", "relu(np.int(x))")


def test_a_long_expression_is_cut(outcome):
    found = outcome("return x", f"(x, {', '.join('123456789')}, {'1 + ' * 100}1)[99]")
    assert len(found.place) < 140
    assert found.place.endswith(" …")


def test_an_exception_that_was_raised_from_another(outcome):
    found = outcome(
        "try: np.int\n    except AttributeError as e:\n        raise KeyError(3) from e"
    )
    first = f"AttributeError: module 'numpy' has no attribute 'int' (line 6): {NUMPY_INT}"
    assert str(found) == f"KeyError: 3 (line 8): it comes of {first}"
    assert found.line == 8


def test_a_ring_of_exceptions_has_an_end(outcome):
    found = outcome("try: 1 / 0\n    except ZeroDivisionError as e:\n        raise e from e")
    said = "ZeroDivisionError: division by zero"
    assert str(found).startswith(f"{said} (line ")
    assert str(found).count(said) == 2


@CARRIERS
def test_an_error_of_syntax_that_the_author_makes_up_is_one(outcome, carried):
    found = carried(outcome("raise SyntaxError('no', (__file__, 'x', 1, 'text'))"))
    assert str(found) == "SyntaxError: no"


@pytest.mark.parametrize("end", ["from None", ""])
def test_what_an_exception_does_not_come_of_is_not_told(outcome, end):
    found = outcome(f"try: np.int\n    except AttributeError:\n        raise RuntimeError {end}")
    assert str(found) == "RuntimeError (line 8)"


@CARRIERS
def test_a_message_of_many_lines_stays_one_sentence(outcome, carried):
    said = str(carried(outcome(r"raise ValueError('one\n\ntwo \x1b[31m' + 'x' * 5000)")))
    assert said.startswith("ValueError: one two ")
    assert said.endswith("x… (line 6)")
    assert "\n" not in said
    assert len(said) < 400


def test_an_exception_that_cannot_be_read_is_one_nevertheless(outcome):
    more = "class Odd(ValueError):\n    def __str__(self): raise KeyError('no')"
    found = outcome("raise Odd", more=more)
    assert str(found) == "Odd: (its message raised another exception) (line 7)"


# --- while it is loaded


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"main.py": "import old\n", "old.py": "x = 1\nprint 'a'\n"},
            "(old.py, line 2): this is Python 2; in Python 3 print is a function",
        ),
        (
            {"main.py": "import old\n", "old.py": "import numpy as np\nA = np.float(3)\n"},
            "(old.py, line 2): np.float is gone since NumPy 1.24; float does the same",
        ),
        (
            {"main.py": "from .old import x\n", "old.py": "x = 1\n"},
            "(line 1): the file is loaded by itself and as part of no package",
        ),
        (
            {"main.py": "x = 1\nimport no_such_library.inner\n"},
            f"(line 2): no_such_library is not installed for {sys.executable}",
        ),
        (
            {"main.py": "import beside\n", "../beside.py": ""},
            "(line 1): beside is in FOLDER, which is not searched: set PYTHONPATH=FOLDER",
        ),
        ({"main.py": b"x = '\xe4'\n"}, "the file is not in UTF-8: save it as UTF-8"),
    ],
)
def test_why_a_file_cannot_be_loaded(tmp_path, files, told):
    folder = tmp_path / "work"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CouldNotStart) as caught:
        python(str(folder / "main.py"))
    assert told.replace("FOLDER", str(tmp_path)) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_why_a_module_cannot_be_loaded(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("")
    (tmp_path / "mine" / "ops.py").write_text("from . import other\n")
    (tmp_path / "mine" / "other.py").write_text("import numpy as np\nnp.int\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CouldNotStart, match=r"\(other\.py, line 2\): np\.int is gone"):
        python("mine.ops")


def test_a_check_tells_it_on_the_card(tmp_path):
    path = tmp_path / "main.py"
    path.write_text("import numpy as np\ndef relu(x):\n    return np.float(x)\n")
    with python(str(path)) as iut:
        found = iut.run(RELU)
    said = "raised AttributeError: module 'numpy' has no attribute 'float' (line 3)"
    assert judge(RELU, found).reason == (
        f"{said}: np.float is gone since NumPy 1.24; float does the same"
    )


# --- what a program says


def test_what_a_program_says_of_its_errors_stays_on_one_line():
    said = {"kind": "E", "message": "m", "line": 3, "file": "a\nb.js", "cause": "why\x1b[31m\nnot"}
    found = protocol.outcome(protocol.answer(protocol.line(3, refusal=said), 3), "relu")
    assert str(found) == "E: m (a b.js, line 3): why\N{REPLACEMENT CHARACTER}[31m not"
