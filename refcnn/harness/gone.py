"""Names that NumPy and Python once had, each with what does the same today."""

# Of np: the release in which it went, and what to write.
NUMPY = {
    "int": ("1.24", "int"),
    "float": ("1.24", "float"),
    "bool": ("1.24, until 2.0", "bool"),
    "complex": ("1.24", "complex"),
    "object": ("1.24", "object"),
    "str": ("1.24", "str"),
    "unicode": ("1.24", "str"),
    "asscalar": ("1.23", "a.item()"),
    "alen": ("1.23", "len"),
    "rank": ("1.18", "np.ndim"),
    "product": ("2.0", "np.prod"),
    "cumproduct": ("2.0", "np.cumprod"),
    "sometrue": ("2.0", "np.any"),
    "alltrue": ("2.0", "np.all"),
    "msort": ("2.0", "np.sort(a, axis=0)"),
    "round_": ("2.0", "np.round"),
    "mat": ("2.0", "np.asmatrix"),
    "asfarray": ("2.0", "np.asarray(a, float)"),
    "math": ("2.0", "`import math`"),
    "float_": ("2.0", "np.float64"),
    "complex_": ("2.0", "np.complex128"),
    "unicode_": ("2.0", "np.str_"),
    "string_": ("2.0", "np.bytes_"),
    "bool8": ("2.0", "np.bool_"),
    "Inf": ("2.0", "np.inf"),
    "Infinity": ("2.0", "np.inf"),
    "infty": ("2.0", "np.inf"),
    "PINF": ("2.0", "np.inf"),
    "NINF": ("2.0", "-np.inf"),
    "NaN": ("2.0", "np.nan"),
    "AxisError": ("2.0", "np.exceptions.AxisError"),
    "ComplexWarning": ("2.0", "np.exceptions.ComplexWarning"),
    "RankWarning": ("2.0", "np.exceptions.RankWarning"),
    "VisibleDeprecationWarning": ("2.0", "np.exceptions.VisibleDeprecationWarning"),
    "in1d": ("2.4", "np.isin"),
    "trapz": ("2.4", "np.trapezoid"),
}


def of_numpy(name: str) -> str:
    """What has become of a name of np, in a sentence; "" if that is not known."""
    if name not in NUMPY:
        return ""
    since, instead = NUMPY[name]
    return f"np.{name} is gone since NumPy {since}; {instead} does the same"


# Of arrays.
METHODS = {
    "itemset": ("2.0", "a[index] = value"),
    "newbyteorder": ("2.0", "a.view(a.dtype.newbyteorder(order))"),
    "ptp": ("2.0", "np.ptp(a)"),
    "tostring": ("2.3", "a.tobytes()"),
}
TENSOR_METHODS = {
    *("cpu", "cuda", "detach", "numpy", "unsqueeze", "permute", "contiguous", "requires_grad"),
    *("unfold", "data_ptr", "matmul", "clamp", "backward"),
}

# Of Python 2, and methods of its dicts.
PYTHON = {
    "xrange": "xrange is of Python 2; range does the same",
    "raw_input": "raw_input is of Python 2; input does the same",
    "unicode": "unicode is of Python 2; str does the same",
    "basestring": "basestring is of Python 2; str does the same",
    "long": "long is of Python 2; int does the same",
    "unichr": "unichr is of Python 2; chr does the same",
    "reduce": "since Python 3 reduce is imported: `from functools import reduce`",
    "has_key": "has_key is of Python 2; `key in d` does the same",
    "iteritems": "iteritems is of Python 2; items does the same",
    "iterkeys": "iterkeys is of Python 2; keys does the same",
    "itervalues": "itervalues is of Python 2; values does the same",
}

# By module and name: what went from the library of Python.
_ABSTRACT = ("Callable", "Hashable", "Iterable", "Iterator", "Mapping", "MutableMapping")
_COLLECTIONS = (*_ABSTRACT, "MutableSequence", "Sequence", "Set", "Sized")
LIBRARIES = {
    ("itertools", "izip"): "izip is of Python 2; zip does the same",
    ("itertools", "imap"): "imap is of Python 2; map does the same",
    ("itertools", "ifilter"): "ifilter is of Python 2; filter does the same",
    ("itertools", "izip_longest"): "izip_longest is of Python 2; zip_longest does the same",
    **{
        ("collections", name): f"since Python 3.10 {name} is in collections.abc alone"
        for name in _COLLECTIONS
    },
}

# Names by which everybody knows a module, and their import.
NAMES = {
    "np": "import numpy as np",
    "numpy": "import numpy",
    "math": "import math",
    "torch": "import torch",
}

# Modules, and what has become of them.
MODULES = {
    "cPickle": "cPickle is of Python 2; pickle does the same",
    "StringIO": "StringIO is of Python 2; io.StringIO does the same",
    "cStringIO": "cStringIO is of Python 2; io.StringIO does the same",
    "Queue": "Queue is of Python 2; queue does the same",
    "urllib2": "urllib2 is of Python 2; urllib.request does the same",
    "ConfigParser": "ConfigParser is of Python 2; configparser does the same",
    "Tkinter": "Tkinter is of Python 2; tkinter does the same",
    "__builtin__": "__builtin__ is of Python 2; builtins does the same",
    "past": "past is for Python 2; range does what its xrange does",
    "distutils": "distutils is gone since Python 3.12",
    "imp": "imp is gone since Python 3.12; importlib does the same",
}
