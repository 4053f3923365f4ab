"""What a submission imports is read from its code, none of which is run for it."""

from types import SimpleNamespace

import pytest

from refcnn.implementations.sandbox import imports
from refcnn.implementations.sandbox.imports import _named


@pytest.fixture(autouse=True)
def _nothing_loaded(monkeypatch):
    """What has been imported already is not named again: whoever runs the tests may have."""
    monkeypatch.setattr(imports, "sys", SimpleNamespace(modules={}))


def named(source):
    return {*_named(compile(source, "cnn.py", "exec"))}


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("import numpy as np, os.path", {"numpy", "os.path"}),
        ("from dbm import dumb", {"dbm", "dbm.dumb"}),
        ("def f():\n    import json.decoder", {"json.decoder"}),
        ("class A:\n    def g(self):\n        from wsgiref import validate", {"wsgiref.validate"}),
        ("f = lambda: __import__\nimport argparse", {"argparse"}),
        ("import numpy as np\nnp.testing.assert_allclose(1, 1)", {"numpy", "numpy.testing"}),
        ("if False:\n    pass\nelse:\n    import csv", {"csv"}),
        ("from math import *", {"math"}),
        ("from . import layers", set()),
        ("1 / 0", set()),
    ],
)
def test_imports_are_found_wherever_they_stand(source, wanted):
    assert wanted <= named(source)


def test_names_beyond_a_byte_are_found():
    many = "\n".join(f"name_{i} = other_{i}" for i in range(70_000))
    assert "argparse" in named(f"{many}\nimport argparse\n")
    assert "wsgiref.handlers" in named(f"{many}\nfrom wsgiref import handlers\n")


def test_other_names_are_not_taken_for_modules():
    assert not named("import_this = 1\nthis = antigravity = import_this\n")
