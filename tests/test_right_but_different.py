"""Right implementations that look unusual must conform: dtypes, memory, precision inside."""

import pytest
from command import run

ALL = """
import numpy as np
import refcnn

def of(change, operator):
    right = getattr(refcnn, operator)
    def call(*args, **kw):
        return change(right, args, kw)
    return call

{change}

for name in ("conv2d", "max_pool2d", "avg_pool2d", "flatten", "dense", "relu", "softmax"):
    globals()[name] = of(change, name)
"""

CHANGES = {
    "fortran order": "np.asfortranarray(right(*args, **kw))",
    "every other number of a larger array": ("np.repeat(right(*args, **kw), 2, axis=-1)[..., ::2]"),
    "negative strides": "np.flip(np.flip(right(*args, **kw)).copy())",
    "big-endian": "(y := right(*args, **kw)).astype(y.dtype.newbyteorder('>'))",
    "float32 only": "right(*(cast(a, 'f4') for a in args), **kw)",
    "float64 only": "right(*(cast(a, 'f8') for a in args), **kw)",
    "float64 inside": "right(*(cast(a, 'f8') for a in args), **kw).astype(args[0].dtype)",
}
CAST = """
def cast(value, dtype):
    return value.astype(dtype) if isinstance(value, np.ndarray) else value
def change(right, args, kw):
    return {expression}
"""
READ_ONLY = """
def change(right, args, kw):
    y = right(*args, **kw)
    y.flags.writeable = False
    return y
"""


@pytest.mark.parametrize("name", [*CHANGES, "read-only"])
def test_it_conforms(tmp_path, name):
    change = CAST.format(expression=CHANGES[name]) if name in CHANGES else READ_ONLY
    path = tmp_path / "subject.py"
    path.write_text(ALL.format(change=change), "utf-8")
    out, _ = run("check", path, status=0)
    assert "CONFORMS" in out
    assert "FAIL" not in out
    one_dtype = name in ("float32 only", "float64 only")
    assert ("limits: conv2d: float" in out) == one_dtype
