"""One operator, one folder: nothing is missing there, nothing lies there unused."""

import ast
import re
import shutil
import sys
import tomllib
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest

import refcnn
from refcnn.grading.authoring import outline
from refcnn.suite import registry
from refcnn.suite.clauses import clauses
from refcnn.suite.generators import domains
from refcnn.suite.mutants import mutants
from refcnn.suite.numerics import numerics
from refcnn.suite.paths import golden
from refcnn.suite.registry import (
    EXTENDED,
    HELPERS,
    LISTS,
    OPERATORS,
    OPTIONAL,
    PARTS,
    SAMPLES,
    TABLES,
    TEXTS,
    extension,
    families,
    family_of,
    part,
    record,
)

PACKAGE = Path(refcnn.__file__).parent
FOLDERS = PACKAGE / "operators"


def functions(text):
    return {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def further(operator):
    """The arguments of an operator that go beyond, if there is such an operator."""
    return record(operator).extensions if operator in OPERATORS else ()


def faults(folder, operators):
    """What is missing in the folder of some operators, and what lies there and is not known."""
    name = folder.name
    needed = [*TEXTS, "__init__.py", *(f"{kind}.py" for kind in (*TABLES, *LISTS))]
    beyond = {argument for operator in operators for argument in further(operator)}
    needed += [f"{kind}_{argument}.py" for argument in sorted(beyond) for kind in EXTENDED]
    found = [f"operators/{name} has no {file}" for file in needed if not (folder / file).is_file()]
    known = {*needed, *(f"{kind}.py" for kind in (*OPTIONAL, *HELPERS)), SAMPLES, "__pycache__"}
    for path in sorted(folder.iterdir()):
        helped, helps, _ = path.stem.partition("_")
        helper = path.suffix == ".py" and helps and helped in PARTS
        if path.name not in known and not helper:
            found.append(f"operators/{name}/{path.name} is none of the parts of an operator")
    for file in ("starter.py.tmpl", "solution.py.tmpl"):
        there = functions((folder / file).read_text("utf-8")) if (folder / file).is_file() else ()
        found += [f"operators/{name}/{file} has no function {op}" for op in {*operators} - {*there}]
    return found


@pytest.mark.parametrize("family", families())
def test_nothing_is_missing_and_nothing_is_unknown(family):
    assert faults(FOLDERS / family, [one.name for one in families()[family]]) == []


@pytest.mark.parametrize("family", families())
def test_every_module_of_a_folder_is_used(family):
    for kind in (*TABLES, *LISTS, *OPTIONAL):
        if (FOLDERS / family / f"{kind}.py").is_file():
            import_module(f"refcnn.operators.{family}.{kind}")
    for one, kind in product(families()[family], EXTENDED):
        for argument in one.extensions:
            extension(one.name, argument, kind)
    for path in (FOLDERS / family).glob("*.py"):
        module = f"refcnn.operators.{family}.{path.stem}".removesuffix(".__init__")
        assert module in sys.modules, f"{path} is imported by no part of {family}"


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("kind", TABLES)
def test_every_table_has_every_operator_and_no_other(kind, operator):
    assert part(operator, kind)
    module = import_module(f"refcnn.operators.{family_of(operator)}.{kind}")
    own = {one.name for one in families()[family_of(operator)]}
    assert set(getattr(module, kind.upper())) == own


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_that_rounds_has_a_bound_and_more_digits(operator):
    for output in record(operator).answered:
        known = numerics(operator, output)
        assert (known.bound is None) == (known.precise is None)
    assert record(operator).whole in clauses()


@pytest.mark.parametrize("family", families())
def test_clauses_of_a_folder_are_about_its_operators_and_have_questions_or_laws(family):
    own = {one.name for one in families()[family]}
    text = (FOLDERS / family / "clauses.toml").read_text("utf-8")
    for name, table in tomllib.loads(text).items():
        assert {*table["operators"]} <= own, name
    asked = {name for operator in own for domain in domains(operator) for name in domain.clauses}
    assert asked - {name for name in asked if name.startswith("ANY-")} <= {*tomllib.loads(text)}
    assert {m.clause for m in mutants() if m.operator in own} >= {*tomllib.loads(text)}


def test_every_folder_has_a_file_of_vectors():
    assert {path.stem for path in golden().glob("*.json")} >= {*families()}


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("clauses.toml", "operators/relu has no clauses.toml"),
        ("starter.py.tmpl", "operators/relu has no starter.py.tmpl"),
        ("assignment.toml", "operators/relu has no assignment.toml"),
        ("numerics.py", "operators/relu has no numerics.py"),
        ("trace.py", "operators/relu has no trace.py"),
        ("mutants.py", "operators/relu has no mutants.py"),
    ],
)
def test_what_is_left_out_is_told(tmp_path, file, sentence):
    folder = shutil.copytree(FOLDERS / "relu", tmp_path / "relu")
    (folder / file).unlink()
    assert faults(folder, ["relu"])[0] == sentence


@pytest.mark.parametrize("kind", EXTENDED)
def test_what_is_left_out_of_an_argument_that_goes_beyond_is_told(tmp_path, kind):
    folder = shutil.copytree(FOLDERS / "conv2d", tmp_path / "conv2d")
    (folder / f"{kind}_groups.py").unlink()
    assert faults(folder, ["conv2d"]) == [f"operators/conv2d has no {kind}_groups.py"]


def test_a_file_that_nobody_knows_is_told(tmp_path):
    folder = shutil.copytree(FOLDERS / "relu", tmp_path / "relu")
    (folder / "gradient.py").write_text("", "utf-8")
    (folder / "mutants_more.py").write_text("", "utf-8")
    unknown = "operators/relu/gradient.py is none of the parts of an operator"
    assert faults(folder, ["relu"]) == [unknown]
    assert faults(folder, ["gelu"])[1:] == [
        "operators/relu/starter.py.tmpl has no function gelu",
        "operators/relu/solution.py.tmpl has no function gelu",
    ]


def test_an_operator_without_its_part_of_an_assignment_is_told(monkeypatch):
    monkeypatch.setattr(outline, "_tables", lambda: {name: {} for name in families()})
    told = r"operators/conv2d/assignment\.toml has no \[shared\.conv2d\]"
    with pytest.raises(LookupError, match=told):
        outline.shared()


def test_a_table_without_an_operator_is_told_where_it_is_asked(monkeypatch):
    part = registry.part.__wrapped__  # it is asked for once
    monkeypatch.setattr("refcnn.operators.relu.trace.TRACE", {})
    with pytest.raises(LookupError, match=r"operators/relu/trace\.py says nothing of relu"):
        part("relu", "trace")
    monkeypatch.setattr(registry, "_has", lambda *_: False)
    with pytest.raises(LookupError, match=r"operators/relu has no trace\.py"):
        part("relu", "trace")


# --- no other module names an operator

NAMES = re.compile(rf"\b({'|'.join(OPERATORS)})\b")
OWN = ("operators", "cnn", "composed", "adapters")  # folders that may
FRONT = ("__init__.py", "reports/explain.py")  # the public names, and the worked example


def naming(source):
    """The lines of a module that name an operator, docstrings apart."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            named = NAMES.search(node.value)
        else:
            name = getattr(node, "id", getattr(node, "attr", getattr(node, "name", None)))
            named = isinstance(name, str) and NAMES.fullmatch(name)
        if named:
            yield node.lineno


def test_no_other_module_names_an_operator():
    found = []
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE)
        if not {*place.parts} & {*OWN} and place.as_posix() not in FRONT:
            found += [f"{place}:{line}" for line in naming(path.read_text("utf-8"))]
    assert found == []


def test_what_all_operators_share_names_none_in_its_clauses():
    for path in (PACKAGE / "suite" / "clauses").glob("*.toml"):
        for name, table in tomllib.loads(path.read_text("utf-8")).items():
            assert table.get("operators", []) in ([], ["model"]), name
    assert set(clauses()["ANY-3"].operators) == set(OPERATORS)
    averaging = {operator for operator in OPERATORS if record(operator).averages}
    assert averaging
    for name in ("ANY-1", "ANY-2"):
        assert set(clauses()[name].operators) == {*OPERATORS} - averaging
    assert set(clauses()["ANY-1"].requires) >= {*record("relu").basis}


@pytest.mark.parametrize(
    "source", ["x = 'conv2d'", "ops.relu(x)", "def dense(x): pass", "relu", "f'of {x} and relu'"]
)
def test_a_name_would_be_seen(source):
    assert [*naming(source)] == [1]


def test_a_docstring_may_name_operators():
    assert [*naming('"""conv2d."""\nx = "convolution"')] == []


# --- no function has too many ways through it

MOST_WAYS = 15


def ways(function):
    """Ways through a function: branches, loops, conditions, comprehensions, handlers, and 1."""
    found = 1
    for node in ast.walk(function):
        match node:
            case ast.If() | ast.For() | ast.While() | ast.IfExp() | ast.ExceptHandler():
                found += 1
            case ast.Assert() | ast.match_case():
                found += 1
            case ast.BoolOp(values=values):
                found += len(values) - 1
            case ast.comprehension(ifs=ifs):
                found += 1 + len(ifs)
    return found


def test_no_function_has_too_many_ways_through_it():
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and ways(node) > MOST_WAYS:
                found.append(f"{path.name}:{node.name} has {ways(node)}")
    assert found == []


def test_ways_are_counted():
    body = "def f(x):\n    if x and x > 1: pass\n    return [y for y in x if y] if x else 0\n"
    assert ways(ast.parse(body).body[0]) == 6


# --- one name, one meaning


def test_no_two_classes_have_one_name():
    places = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def inner_comprehensions(source):
    """The lines of comprehensions that hold another one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, COMPREHENSIONS):
            inside = [one for one in ast.walk(node) if isinstance(one, COMPREHENSIONS)]
            if len(inside) > 1:
                yield node.lineno


def test_no_comprehension_holds_another():
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        lines = inner_comprehensions(path.read_text("utf-8"))
        found += [f"{path.relative_to(PACKAGE)}:{line}" for line in lines]
    assert found == []
    assert [*inner_comprehensions("[[1 for _ in a] for a in b]")] == [1]
    assert not [*inner_comprehensions("[1 for a in b for _ in a]; {a: 1 for a in b}")]
