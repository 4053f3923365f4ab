"""Why an exception came up, where that is known: a table of causes.

A cause is recognised narrowly, by the type of the exception, the beginning of its
message and, where these leave a doubt, the line of the author's that raised it.
The sentence says what is the matter and what to write instead. Of all else nothing
is said.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from refcnn.harness.gone import LIBRARIES, METHODS, NAMES, PYTHON, TENSOR_METHODS, of_numpy


class Seen(NamedTuple):
    """What is known of an exception."""

    error: BaseException
    message: str
    text: str = ""  # the author's line
    direct: bool = True  # that line raised it, or NumPy when called from there; no other library
    call: bool = False  # that line is the expression of a stated call


Words = Mapping[str, str]  # the named groups of the patterns


class Cause(NamedTuple):
    """How a cause is recognised, and the sentence on it; "" if it is another one after all."""

    kind: type[BaseException]
    message: str  # pattern: how the message begins
    why: str | Callable[[Words], str]
    line: str = ""  # pattern: somewhere in the author's line
    slip: bool = True  # a mistake, whoever asks; no way of declining what is asked
    direct: bool = True  # only where no other library has raised it
    call: bool = False  # only in the expression of a stated call


def _of_numpy(found: Words) -> str:
    """What has become of a name in NumPy."""
    return of_numpy(found["name"])


def _of_array(found: Words) -> str:
    """What has become of a method of arrays, or whose method it is."""
    name = found["name"]
    if name in METHODS:
        since, instead = METHODS[name]
        return f"arrays have no {name} since NumPy {since}; {instead} does the same"
    if name in TENSOR_METHODS:
        return f"tensors have {name}, but this is a NumPy array; refcnn gives arrays"
    return ""


def _of_python(found: Words) -> str:
    """What has become of a name in Python."""
    return PYTHON.get(found["name"], "")


def _of_library(found: Words) -> str:
    """What has become of a name in a module of Python's library."""
    return LIBRARIES.get((found["module"], found["name"]), "")


def _of_known(found: Words) -> str:
    """The import that is missing."""
    return f"`{NAMES[found['name']]}` is missing" if found["name"] in NAMES else ""


def _sizes(told: str) -> list[int]:
    return [int(number) for number in told.split(",") if number]


def _cut_off(found: Words) -> str:
    """Whether a slice has come out too short for its place."""
    short, place = _sizes(found["given"]), _sizes(found["place"])
    less = [a < b for a, b in zip(short, place)]
    more = [a > b for a, b in zip(short, place)]
    if len(short) != len(place) or any(more) or not any(less):
        return ""
    return "the slice is smaller than its place: slices end at the edge of the array, silently"


def _axes(found: Words) -> str:
    """How many axes there are, and for how many a line is written."""
    number = found["got"] or ("fewer" if found["which"] == "not enough" else "more")
    axes = "axis" if number == "1" else "axes"
    return f"{found['what']} has {number} {axes} here; the line is written for {found['expected']}"


OF_MATH = r"^(?!.*\b(?:int|float)\().*\bmath\.\w+\("
NUMBER = r"(?:int|float|numpy\.\w+)"
FLOAT = (
    "a float stands where a whole number must be: / always gives a float, "
    "// of whole numbers a whole one"
)
ONE = "one number is taken apart as if it were several; strides, pool_size, padding may be one"
PAIR = "a tuple is used as if it were one number; strides and pool_size may be pairs"
TEXT = 'a text is used as if it were a number; padding may be "valid" or "same"'
BOUND = (
    "an index or a bound is not one whole number; / always gives a float, "
    "and strides and pool_size may be pairs"
)
SINGLE = (
    "an array is taken for a single number; since NumPy 2.4 this is refused even of one element: "
    "a.item() or an index takes it out"
)
MATH = "the functions of math take single numbers; those of NumPy, such as np.exp, take arrays"
COMPILED = "a library that it imports was compiled for another NumPy than the one that is installed"
DECODED = "the file is not in UTF-8: save it as UTF-8"

CAUSES = (
    # names that are gone
    Cause(
        AttributeError,
        r"module 'numpy' has no attribute '(?P<name>\w+)'",
        _of_numpy,
        direct=False,
    ),
    Cause(
        ImportError,
        r"cannot import name '(?P<name>\w+)' from 'numpy' ",
        _of_numpy,
        direct=False,
    ),
    Cause(AttributeError, r"'numpy\.ndarray' object has no attribute '(?P<name>\w+)'", _of_array),
    Cause(
        AttributeError,
        r"'dict' object has no attribute '(?P<name>has_key|iter(?:keys|values|items))'",
        _of_python,
    ),
    Cause(NameError, r"name '(?P<name>\w+)' is not defined", _of_python),
    Cause(NameError, r"name '(?P<name>\w+)' is not defined", _of_known),
    Cause(
        AttributeError,
        r"module '(?P<module>\w+)' has no attribute '(?P<name>\w+)'",
        _of_library,
        direct=False,
    ),
    Cause(
        ImportError,
        r"cannot import name '(?P<name>\w+)' from '(?P<module>\w+)' ",
        _of_library,
        direct=False,
    ),
    # arrays for single numbers
    Cause(TypeError, "only 0-dimensional arrays can be converted", MATH, line=OF_MATH),
    Cause(TypeError, "only 0-dimensional arrays can be converted", SINGLE),
    Cause(TypeError, r"only (?:length|size)-1 arrays can be converted", MATH, line=OF_MATH),
    Cause(
        TypeError,
        r"only (?:length|size)-1 arrays can be converted",
        "an array of several elements is taken for a single number",
    ),
    Cause(
        ValueError,
        r"setting an array element with a sequence\.$",
        "several numbers, or an array with axes, are put into one element; "
        "a.item() or an index takes one out",
    ),
    Cause(
        ValueError,
        r"setting an array element with a sequence\. The requested array has an inhomogeneous",
        "the parts put together differ in shape; no array is made of such since NumPy 1.24",
    ),
    Cause(
        ValueError,
        "The truth value of an array with more than one element is ambiguous",
        "max() and min() of Python compare whole arrays; np.maximum and np.minimum go number "
        "by number",
        line=r"^(?!.*\b(?:if|and|or|not|while)\b).*(?<![\w.])(?:max|min)\(",
    ),
    Cause(
        ValueError,
        "The truth value of an array with more than one element is ambiguous",
        "one truth is wanted of a whole array; np.where and np.maximum go number by number",
    ),
    # numbers of another kind
    Cause(
        TypeError, r"'(?:float|numpy\.float\d+)' object cannot be interpreted as an integer", FLOAT
    ),
    Cause(
        TypeError,
        r"expected a sequence of integers or a single integer, got '-?\d+\.\d*'",
        FLOAT,
    ),
    Cause(TypeError, r"list indices must be integers or slices, not float", FLOAT),
    Cause(
        TypeError,
        r"list indices must be integers or slices, not tuple",
        "a list is indexed as if it were an array; np.array(...) makes one of it",
    ),
    Cause(
        TypeError, r"`pad_width` must be of integral type", f"np.pad wants whole numbers; {FLOAT}"
    ),
    Cause(TypeError, "slice indices must be integers or None", BOUND, slip=False),
    Cause(IndexError, "only integers, slices ", BOUND, slip=False),
    Cause(
        TypeError,
        r"Cannot cast ufunc '\w+' output from dtype\('(?P<of>(?:float|complex)\d+)'\) "
        r"to dtype\('(?P<to>u?int\d+|bool)'\)",
        "{of} numbers are to go into an array of {to}; make that array of floats, as by "
        "np.zeros(shape, x.dtype)",
    ),
    Cause(
        ValueError,
        r"Integers to negative integer powers are not allowed",
        "integers have no negative powers here; make them floats",
    ),
    Cause(
        OverflowError,
        r"Python integer -?\d+ out of bounds for (?P<to>u?int\d+)",
        "{to} cannot hold this number, which is an error since NumPy 2.0",
    ),
    Cause(
        TypeError,
        r"Cannot interpret '\d+' as a data type",
        "the sizes of a shape go into one tuple, np.zeros((2, 3)): a second argument is the dtype",
        line=r"\b(?:zeros|ones|empty)\(",
    ),
    # other forms of the arguments
    Cause(TypeError, r"'tuple' object cannot be interpreted as an integer", PAIR, slip=False),
    Cause(
        TypeError,
        rf"unsupported operand type\(s\) for \S+: '(?:tuple' and '{NUMBER}'|{NUMBER}' and 'tuple')",
        PAIR,
        slip=False,
    ),
    Cause(
        TypeError,
        rf"'[<>]=?' not supported between instances of '(?:tuple' and '{NUMBER}'"
        rf"|{NUMBER}' and 'tuple')",
        PAIR,
        slip=False,
    ),
    Cause(TypeError, r'can only concatenate tuple \(not "(?:int|float)"\)', PAIR, slip=False),
    Cause(
        TypeError,
        rf"unsupported operand type\(s\) for \S+: '(?:str' and '{NUMBER}'|{NUMBER}' and 'str')",
        TEXT,
        slip=False,
    ),
    Cause(
        TypeError,
        rf"'[<>]=?' not supported between instances of '(?:str' and '{NUMBER}'"
        rf"|{NUMBER}' and 'str')",
        TEXT,
        slip=False,
    ),
    Cause(TypeError, r'can only concatenate str \(not "(?:int|float)"\)', TEXT, slip=False),
    Cause(TypeError, r"cannot unpack non-iterable (?:int|numpy\.int\d+) object", ONE, slip=False),
    Cause(TypeError, r"'int' object is not (?:subscriptable|iterable)", ONE, slip=False),
    Cause(
        ValueError,
        r"(?P<which>not enough|too many) values to unpack "
        r"\(expected (?P<expected>\d+)(?:, got (?P<got>\d+))?\)",
        _axes,
        line=r"^[\w ,]+=\s*(?P<what>[\w.]+)\.shape\s*(?:#.*)?$",
        slip=False,
    ),
    Cause(
        TypeError,
        r"\S+\(\) missing \d+ required (?:positional|keyword-only) arguments?: (?P<which>.+)",
        "the stated call leaves out {which}",
        slip=False,
        call=True,
    ),
    Cause(
        TypeError,
        r"(?P<name>\S+\(\)) got an unexpected keyword argument '(?P<which>\w+)'",
        "the stated call names {which}, which {name} does not take",
        slip=False,
        call=True,
    ),
    Cause(
        TypeError,
        r"(?P<name>\S+\(\)) takes .*positional arguments? but .* given",
        "the stated call gives more arguments than {name} takes",
        slip=False,
        call=True,
    ),
    # memory
    Cause(
        ValueError,
        r"(?:assignment destination|output array|sort array) is read-only",
        "an argument belongs to the caller, and views as of np.broadcast_to or "
        "sliding_window_view cannot be written to; write into a copy",
    ),
    Cause(
        ValueError,
        "Unable to avoid copy while creating an array as requested",
        "copy=False means never since NumPy 2.0; np.asarray copies only where it must",
    ),
    Cause(
        ValueError,
        r"could not broadcast input array from shape \((?P<given>[\d,]+)\) "
        r"into shape \((?P<place>[\d,]+)\)",
        _cut_off,
        line=r"[^=!<>]=\s*[\w.]+\[[^\[\]]*:[^\[\]]*\]\s*(?:#.*)?$",
        slip=False,
    ),
    # how it is written
    Cause(
        SyntaxError,
        r"Missing parentheses in call to '(?P<name>print|exec)'",
        "this is Python 2; in Python 3 {name} is a function",
    ),
    Cause(
        SyntaxError,
        "multiple exception types must be parenthesized",
        "in Python 3 it is `except Kind as error`, or `except (One, Other)`",
    ),
    Cause(SyntaxError, r"\(unicode error\) 'utf-8' codec can't decode", DECODED),
    Cause(SyntaxError, r"Non-UTF-8 code starting with", DECODED),
    Cause(
        TypeError,
        "exceptions must derive from BaseException",
        "NotImplemented is not an exception; NotImplementedError says that this is not offered",
        line=r"^raise NotImplemented\b",
    ),
    Cause(
        TypeError,
        "exceptions must derive from BaseException",
        "a text cannot be raised; raise ValueError(...) with that text",
        line=r"""^raise\s+['"]""",
    ),
    # what it imports
    Cause(
        ImportError,
        "attempted relative import with no known parent package",
        "the file is loaded by itself and as part of no package: leave out the dot, "
        "or name it as a module (refcnn check package.module)",
    ),
    Cause(ImportError, r"numpy\.core\.multiarray failed to import", COMPILED, direct=False),
    Cause(ValueError, r"numpy\.dtype size changed, may indicate binary", COMPILED, direct=False),
    # tensors
    Cause(
        TypeError,
        r".*must be Tensor, not (?:numpy\.)?ndarray",
        "refcnn gives NumPy arrays; torch.from_numpy makes a tensor of one",
    ),
)


def known(seen: Seen) -> tuple[str, bool]:
    """Why an exception came up, and whether by a slip; ("", False) if that is not known."""
    for cause in CAUSES:
        if why := _fits(cause, seen):
            return why, cause.slip
    return "", False


def _fits(cause: Cause, seen: Seen) -> str:
    """The sentence on a cause, if it is the one."""
    if not isinstance(seen.error, cause.kind) or (cause.direct and not seen.direct):
        return ""
    message = re.match(cause.message, seen.message)
    line = re.search(cause.line, seen.text)
    said = not cause.line and re.match(r"(?:raise|assert)\b", seen.text)  # words of the author's
    if not message or not line or said or (cause.call and not seen.call):
        return ""
    found = {**message.groupdict(""), **line.groupdict("")}
    return cause.why.format(**found) if isinstance(cause.why, str) else cause.why(found)
