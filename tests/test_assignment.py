"""Assignments: one that is begun is whole and right; one that is not is told so in a sentence."""

import ast
import json
import re
import stat
import tomllib
import zipfile
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from refcnn.cli import assignment as cli_assignment
from refcnn.diagnosis.kinds import of_every_kind
from refcnn.grading import cases
from refcnn.grading.assignment import (
    FORMS,
    Assignment,
    AssignmentError,
    ItemSpec,
    Policy,
    Resources,
)
from refcnn.grading.authoring import checks, mistakes, outline, parts, validate
from refcnn.grading.authoring import init as beginning
from refcnn.grading.evidence import Evidence
from refcnn.implementations.sandbox.nursery import SandboxError
from refcnn.suite.alternatives import Alternative
from refcnn.suite.clauses import clauses
from refcnn.suite.mutants import Mutant
from refcnn.suite.registry import OPERATORS, content
from refcnn.suite.terms import whole
from refcnn.suite.vector_files import public

SEED = "c0ffee" * 10 + "2026"
SMALL = ("relu", "softmax")
RELU = """
title = "One operator"
total = 10

[[item]]
id = "relu"
title = "Negative numbers become zero"
points = 6
operators = ["relu"]
clauses = ["RELU-1", "RELU-3", "RELU-4"]

[[item]]
id = "manners"
title = "Good manners"
points = 4
operators = ["relu"]
requires = ["relu"]
"""
RIGHT = "import numpy as np\n\n\ndef relu(x):\n    return np.maximum(x, 0)\n"
STARTER = "def relu(x):\n    raise NotImplementedError\n"
REFUSALS = """
title = "Refusals without anything that comes before"
total = 10

[[item]]
id = "dense"
title = "Dense"
points = 6
operators = ["dense"]
clauses = ["DENSE-1", "DENSE-2", "DENSE-3"]

[[item]]
id = "refusals"
title = "Bad input"
points = 4
operators = ["dense"]
clauses = ["DENSE-7", "DENSE-8"]
"""


def run(*words):
    return CliRunner().invoke(
        cli_assignment.app, [str(word) for word in words], env={"COLUMNS": "400"}
    )


@cache
def known(operator):
    """The public vectors, and as many more as private ones have."""
    return (*public()[operator], *of_every_kind(whole(operator), 0))


@pytest.fixture
def _public_cases(monkeypatch):
    """Vectors that are made once, in place of private ones, which take seconds to make."""
    monkeypatch.setattr(Evidence, "private", lambda self, _: self._asked(known(self.operator)))


@pytest.fixture
def relu(tmp_path, _public_cases):
    return written(tmp_path / "hw", RELU, RIGHT, STARTER)


def written(directory, toml, solution, starter):
    directory.mkdir()
    files = {"assignment.toml": toml, "seed.txt": SEED}
    files |= {"solution.py": solution, "starter.py": starter}
    for name, text in files.items():
        (directory / name).write_text(text, "utf-8")
    return directory


def begun(directory, operators=OPERATORS):
    beginning.init(directory, beginning.contents(operators, "A title"))
    return directory


def told(done):
    """What is said to a person, on one line."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.output).split())


def test_what_init_writes_is_valid_with_private_cases_of_its_own(tmp_path):
    done = run("init", tmp_path / "hw", "--operators", "relu,softmax", "--title", 'Say "hi" \\')
    assert done.exit_code == 0, done.output
    assert "Keep seed.txt, solution.py private" in done.output
    (tmp_path / "hw" / "seed.txt").write_text(SEED, "ascii")
    done = run("validate", tmp_path / "hw", "--json", tmp_path / "out.json")
    assert done.exit_code == 0, done.output
    assert "The assignment keeps what it promises." in done.output
    said = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert said["title"] == 'Say "hi" \\'
    assert said["holds"] is True
    assert {check["word"] for check in said["checks"]} == {"ok"}
    assert [check["what"] for check in said["checks"]][:3] == ["cases", "solution", "starter"]


# What right libraries do not agree on, or no network needs: an author may add it.
LEFT_OUT = {"RELU-5", "SCE-9", "RELU-6", "POOL-23", *(f"SOFT-{number}" for number in range(10, 14))}
LEFT_OUT |= {"DRELU-6", "DPOOL-7", "DSOFT-7"}
MANY = ("max_pool2d", "dense", "softmax", "relu_backward", "softmax_cross_entropy")


@pytest.mark.usefixtures("_public_cases")
def test_what_init_writes_for_many_operators_is_valid(tmp_path, pytestconfig):
    """For all of them with --iut-profile thorough; each by itself is a test below."""
    thorough = pytestconfig.getoption("iut_profile") == "thorough"
    operators = OPERATORS if thorough else MANY
    found = validate.validate(begun(tmp_path / "hw", operators), trusted=True)
    assert [(check.what, check.said, check.details) for check in found if check.word != "ok"] == []
    details = next(check.details for check in found if check.what == "mistakes")
    left = {re.match(r"no item asks for (\S+) ", line)[1] for line in details}
    assert left == {name for name in LEFT_OUT if {*clauses()[name].operators} & {*operators}}


@pytest.mark.usefixtures("_public_cases")
@pytest.mark.parametrize("operator", OPERATORS)
def test_the_sample_of_every_operator_has_the_score_that_is_stated(operator, tmp_path):
    found = validate.validate(begun(tmp_path / "hw", [operator]), trusted=True)
    assert [check.what for check in found if check.what.startswith("samples/")]
    assert [(check.what, check.said) for check in found if check.word != "ok"] == []


@pytest.mark.parametrize(
    "operators", [OPERATORS, *[[op] for op in OPERATORS], SMALL, ("conv2d", "avg_pool2d")]
)
def test_only_the_operators_that_were_chosen_are_in_it(operators):
    files = beginning.contents(operators, "A title")
    found = Assignment.model_validate(tomllib.loads(files["assignment.toml"]))
    assert found.operators == tuple(operators)
    assert found.total == 100
    assert {sample.file for sample in found.sample} == {n for n in files if "samples/" in n}
    for name, text in files.items():
        if name.endswith(".py"):
            own = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
            assert own & {*OPERATORS} == {*operators}, name
    assert "import" not in files["starter.py"]


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_solution_has_no_helper_that_it_does_not_need(operator):
    tree = ast.parse(beginning.contents([operator], "A title")["solution.py"])
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {*names} - used == {operator}


@pytest.mark.parametrize("sample", outline.all_samples(), ids=lambda sample: sample.stem)
def test_a_sample_differs_from_the_solution_in_one_function(sample):
    wrong = content(sample.family, f"samples/{sample.stem}.py.tmpl")
    assert [node.name for node in ast.parse(wrong).body] == [sample.operator]


def test_the_comments_of_a_new_assignment_show_every_key_with_its_default():
    text = beginning.contents(OPERATORS, "A title")["assignment.toml"]
    bare = Assignment.model_validate(tomllib.loads(text))
    spoken = re.sub(
        r"^#(entry|without|forbid|carry_|seconds|micro|mebi|kibi)", r"\1", text, flags=re.MULTILINE
    )
    assert spoken.count("\n#") < text.count("\n#") - 8
    assert Assignment.model_validate(tomllib.loads(spoken)) == bare
    for key in Assignment.model_fields:
        assert re.search(rf"^#?\[*{key}\b", text, re.MULTILINE), key


@pytest.mark.parametrize(
    ("prefix", "model"),
    [("", Assignment), ("item.", ItemSpec), ("policy.", Policy), ("limits.", Resources)],
)
def test_the_documentation_has_every_key_in_its_table(prefix, model):
    text = (Path(__file__).parents[1] / "docs" / "assignments.md").read_text("utf-8")
    tables = {"item", "sample", "policy", "limits"}
    keys = {f"{prefix}{key}" for key in model.model_fields if prefix or key not in tables}
    assert keys == {key for key in keys if f"| `{key}` |" in text}
    assert all(f"`{form}`" in text for form in FORMS)


def test_the_statement_in_the_comments_of_a_new_assignment_is_one():
    text = beginning.contents(OPERATORS, "A title")["assignment.toml"]
    lines = text[text.index("#[statement]") : text.index("[policy]")].splitlines()
    wanted = [line[1:] for line in lines if line.startswith("#") and not line.startswith("# ")]
    said = tomllib.loads(text.replace("\n".join(lines), "\n".join(wanted)))
    stated = Assignment.model_validate(said).stated
    assert dict(stated.calls)["relu"] == "ReLU().forward(x)"
    assert stated.layout == "NHWC"  # what is written out wins over `like`


def test_the_seed_is_secret_and_survives_force(tmp_path):
    hw = tmp_path / "hw"
    assert run("init", hw, "--operators", "relu").exit_code == 0
    seed = (hw / "seed.txt").read_text("ascii")
    assert re.fullmatch(r"[0-9a-f]{64}\n", seed)
    assert stat.S_IMODE((hw / "seed.txt").stat().st_mode) == 0o600
    (hw / "solution.py").write_text("mine")
    (hw / "notes.txt").write_text("mine")
    (hw / ".gitignore").write_text("notes.txt\n")
    assert run("init", hw, "--operators", "relu", "--force").exit_code == 0
    assert (hw / "seed.txt").read_text("ascii") == seed
    assert "def relu" in (hw / "solution.py").read_text("utf-8")
    assert (hw / "notes.txt").read_text("utf-8") == "mine"
    assert (hw / ".gitignore").read_text("utf-8").splitlines() == [
        "notes.txt",
        "/.cases/",
        "/gradescope.zip",
    ]


def test_two_assignments_have_different_seeds(tmp_path):
    seeds = {(begun(tmp_path / name, SMALL) / "seed.txt").read_text("ascii") for name in "ab"}
    assert len(seeds) == 2


def test_init_with_gradescope_writes_an_autograder_without_the_solution(tmp_path):
    done = run("init", tmp_path / "hw", "--operators", "relu", "--gradescope")
    assert done.exit_code == 0, done.output
    names = zipfile.ZipFile(tmp_path / "hw" / "gradescope.zip").namelist()
    assert "assignment/assignment.toml" in names
    assert not any("solution" in name or "sample" in name for name in names)
    assert "gradescope.zip private" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["full"], "is not empty; name a new one, or overwrite"),
        (["full/file"], "is not a directory; name a new one"),
        (["full/file/hw"], "cannot be written"),
        (["new", "--operators", "relu,sofmax"], "did you mean softmax?"),
        (["new", "--title", "two\nlines"], "a title is one line of 1 to 200 printable"),
        (["new", "--title", " "], "a title is one line of 1 to 200 printable"),
    ],
)
def test_init_refuses_in_one_sentence_and_writes_nothing(words, said, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    done = run("init", tmp_path / words[0], *words[1:])
    assert done.exit_code == 2
    assert said in told(done)
    assert [*tmp_path.rglob("*")] == [tmp_path / "full", tmp_path / "full" / "file"]


def test_an_assignment_that_cannot_be_written_as_a_whole_is_not_written(tmp_path, monkeypatch):
    def full(path, content):
        if path.name == "solution.py":
            raise OSError(28, "No space left on device", str(path))
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    monkeypatch.setattr(beginning, "write_whole", full)
    (tmp_path / "mine").mkdir()
    for name in ("hw", "mine"):
        done = run("init", tmp_path / name, "--operators", "relu")
        assert done.exit_code == 2
        assert "No space left on device" in told(done)
    assert [*tmp_path.rglob("*")] == [tmp_path / "mine"]


TWICE = "[[item]]\nid = 'more'\ntitle = 'x'\npoints = 4\noperators = ['relu']\nclauses = ['RELU-1']"
FAULTS = {
    "TOML": ("total = 10", "total = ", "assignment.toml cannot be read"),
    "unknown key": ("total = 10", "total = 10\ncolour = 1", "colour is not known"),
    "unknown key of an item": ("points = 6", "points = 6\npoint = 1", "item.0.point is not known"),
    "missing key": ('title = "Good manners"', "", "item.1.title: Field required"),
    "sum": ("points = 6", "points = 5", "the items have 9 points, but total is 10"),
    "no points": ("points = 6", "points = 0", "item.0.points: Input should be greater than 0"),
    "operator": ('["relu"]', '["relo"]', "'relo' is not an operator; they are conv2d"),
    "clause": ('"RELU-3"', '"RELU-33"', "'RELU-33' is not a clause; `refcnn spec` lists them"),
    "form": (
        "total = 10",
        'total = 10\nwithout = ["same"]',
        "'same' is not a form; they are float32",
    ),
    "same id": ('id = "manners"', 'id = "relu"', "two items have the id 'relu'"),
    "no such item": (
        'requires = ["relu"]',
        'requires = ["x"]',
        "requires 'x', which is not an item",
    ),
    "circle": (
        'clauses = ["RELU-1", "RELU-3", "RELU-4"]',
        'clauses = ["RELU-1", "RELU-3", "RELU-4"]\nrequires = ["manners"]',
        "in a circle: relu -> manners -> relu",
    ),
    "credit": ("points = 6", "points = 6\ncredit = 'some'", "item.0.credit: Input should be"),
    "preset": ("[[item]]", "[statement]\nlike = 'cs231'\n[[item]]", "did you mean cs231n?"),
    "clause twice": (
        'clauses = ["RELU-1", "RELU-3", "RELU-4"]',
        'clauses = ["RELU-1", "RELU-3", "RELU-4"]\n' + TWICE,
        "RELU-1 of relu is in the items 'relu' and 'more'",
    ),
    "nothing fails it": (
        'requires = ["relu"]',
        'requires = ["relu"]\n' + TWICE.replace("clauses = ['RELU-1']", ""),
        "item 'more': there is no mistake that it would notice",
    ),
    "no case": ('"RELU-4"', '"RELU-2"', "item 'relu': no case is evidence of RELU-2 for relu"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_assignment_toml_is_told_in_one_sentence(fault, relu):
    old, new, said = FAULTS[fault]
    path = relu / "assignment.toml"
    changed = path.read_text("utf-8").replace(old, new, 1)
    if fault in ("clause twice", "nothing fails it"):
        changed = changed.replace("total = 10", "total = 14")
    assert changed != path.read_text("utf-8")
    path.write_text(changed, "utf-8")
    done = run("validate", relu)
    assert done.exit_code == 2
    assert said in told(done)
    assert len(done.output.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("assignment.toml", None, "`refcnn assignment init"),
        ("seed.txt", None, "seed.txt cannot be read"),
        ("seed.txt", "1234", "must hold 64 hexadecimal digits and nothing else"),
        ("solution.py", None, "has no solution.py and no solution.ipynb; put one there"),
        ("starter.py", None, "has no starter.py and no starter.ipynb; put one there"),
        ("solution.ipynb", "{}", "has solution.py and solution.ipynb; keep one of them"),
    ],
)
def test_a_file_that_is_missing_or_of_no_use_is_told_in_one_sentence(name, text, said, relu):
    (relu / name).unlink(missing_ok=True)
    if text is not None:
        (relu / name).write_text(text, "utf-8")
    done = run("validate", relu)
    assert done.exit_code == 2
    assert said in told(done)
    assert len(done.output.splitlines()) == 1


def test_a_sample_that_is_not_there_is_told(relu):
    add(relu, '\n[[sample]]\nfile = "ada.py"\nscore = 3\n')
    done = run("validate", relu)
    assert done.exit_code == 2
    assert "ada.py does not exist" in told(done)


def add(directory, text, name="assignment.toml"):
    path = directory / name
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def one_item(directory, clauses='["RELU-1", "RELU-3", "RELU-4"]'):
    """The assignment without manners."""
    text = (directory / "assignment.toml").read_text("utf-8").replace("points = 6", "points = 10")
    text = text[: text.rindex("[[item]]")]
    return text.replace('["RELU-1", "RELU-3", "RELU-4"]', clauses)


def judged(directory):
    """The checks by what they are about."""
    return {check.what: check for check in validate.validate(directory, trusted=True)}


def test_a_right_assignment_is_validated_in_the_sandbox(relu):
    done = run("validate", relu)
    assert done.exit_code == 0, done.output
    assert "10 of 10 points" in done.output


def test_slips_in_the_solution_are_asked_as_students_are(relu):
    (relu / "solution.py").write_text(RIGHT.replace("np.maximum(x, 0)", "np.maximum(x + 0.0, 0)"))
    found = judged(relu)["slips"]
    assert (found.word, found.said) == ("ok", "of 2 slips in the solution, 1 cost points")
    assert found.details == (
        "no question of 3 seeds tells them from what is right: line 5: `x + 0.0` becomes `x`",
    )


def test_an_autograder_is_written_again_if_the_assignment_holds(relu):
    done = run("validate", relu, "--trust", "--gradescope")
    assert done.exit_code == 0, done.output
    assert "gradescope.zip; keep it private" in told(done)
    whole = (relu / "gradescope.zip").read_bytes()
    (relu / "solution.py").write_text(RIGHT.replace("np.maximum(x, 0)", "np.abs(x)"))
    done = run("validate", relu, "--trust", "--gradescope")
    assert done.exit_code == 1
    assert "gradescope.zip was not written" in told(done)
    assert (relu / "gradescope.zip").read_bytes() == whole


def test_a_wrong_solution_is_told_with_the_items_that_it_loses(relu):
    (relu / "solution.py").write_text(RIGHT.replace("np.maximum(x, 0)", "np.abs(x)"))
    done = run("validate", relu, "--trust")
    assert done.exit_code == 1
    assert re.search(r"wrong +solution .* of 10 points, not 10", done.output)
    assert "solution: relu: 0 of 6; " in done.output


@pytest.mark.usefixtures("_public_cases")
def test_a_solution_that_lacks_a_form_is_told_which(tmp_path):
    toml = RELU.replace("relu", "dense").replace('clauses = ["RELU-1", "RELU-3", "RELU-4"]', "")
    toml = toml[: toml.index("[[item]]", 60)].replace("points = 6", "points = 10")
    written(tmp_path / "hw", toml, "def dense(x, kernel):\n    return x @ kernel\n", "")
    said = judged(tmp_path / "hw")["solution"]
    assert said.word == "wrong"
    assert said.details[0] == (
        'the solution does not offer a bias (dense): add it, or put "bias" into `without`'
    )


def test_a_solution_without_an_operator_is_told_so(relu):
    (relu / "solution.py").write_text("def rely(x):\n    return x\n")
    said = judged(relu)["solution"]
    assert said.details[0] == "the solution does not offer relu: there is no function relu"


def test_a_solution_that_cannot_be_loaded_is_told_why(relu):
    (relu / "solution.py").write_text("def relu(x:\n")
    said = judged(relu)["solution"]
    assert said.word == "wrong"
    assert "SyntaxError" in said.details[0]


def test_a_solution_that_would_be_pointed_out_is_worth_a_look(relu):
    add(relu, '\n[policy]\nforbid = ["wave"]\n')
    add(relu, "\nimport wave\n", "solution.py")
    found = judged(relu)["solution"]
    assert found.word == "look"
    assert found.details == ("of a submission you would be told that it imports wave",)


def test_a_starter_that_earns_points_is_told_where(relu):
    (relu / "starter.py").write_text(RIGHT)
    done = run("validate", relu, "--trust")
    assert done.exit_code == 1
    assert re.search(r"wrong +starter +10 of 10 points, not 0", done.output)
    assert "starter: relu: 6 points" in done.output


@pytest.mark.parametrize(("score", "status"), [(0, 0), (3, 1)])
def test_a_sample_has_the_score_that_is_stated_or_is_told(score, status, relu):
    (relu / "ada.py").write_text("def relu(x):\n    return -x\n")
    add(relu, f'\n[[sample]]\nfile = "ada.py"\nscore = {score}\n')
    done = run("validate", relu, "--trust")
    assert done.exit_code == status
    assert "ada.py" in done.output
    assert ("0 of 10 points, not 3" in done.output) == bool(status)


@pytest.mark.parametrize("requires", ["", 'requires = ["dense"]'])
@pytest.mark.usefixtures("_public_cases")
def test_refusals_that_require_nothing_are_earned_by_always_raising(requires, tmp_path):
    solution = parts.program(parts.solution(), ["dense"])
    written(tmp_path / "hw", f"{REFUSALS}{requires}\n", solution, "def dense(): 1 / 0\n")
    found = judged(tmp_path / "hw")["laziness"]
    assert found.word == ("ok" if requires else "look")
    if not requires:
        assert "a function that raises an exception earns 4: refusals (4)" in found.details[0]


def test_a_clause_that_no_item_asks_for_is_information(relu):
    (relu / "assignment.toml").write_text(one_item(relu), "utf-8")
    found = judged(relu)["mistakes"]
    assert found.word != "wrong"
    assert any(line.startswith("no item asks for ANY-") for line in found.details)
    told = {one["mistake"]: one["why"] for one in found.data["unnoticed"]}
    assert told["relu/empty-batch-refused"].startswith("no item asks for ANY-2")


def test_a_mistake_that_costs_next_to_nothing_is_named(relu):
    text = (relu / "assignment.toml").read_text("utf-8").replace("points = 4", "points = 0.01")
    (relu / "assignment.toml").write_text(text.replace("total = 10", "total = 6.01"), "utf-8")
    found = judged(relu)["mistakes"]
    assert found.word == "wrong"
    assert re.match(r"it costs less than 0.005 points; .*: relu/\S+", found.details[0])


@pytest.mark.parametrize(
    ("asked", "levels", "word", "why"),
    [
        ('["RELU-1"]', "", "look", "no case of RELU-1 shows it; also ask for RELU-3"),
        ('["RELU-4"]', "", "ok", "no item asks for RELU-3 (relu)"),
        (
            '["RELU-1"]',
            '["pure", "core"]',
            "look",
            "no case of RELU-1 shows it; also ask for RELU-3",
        ),
    ],
)
def test_a_mistake_that_costs_nothing_is_told_with_the_true_reason(
    asked, levels, word, why, relu, monkeypatch
):
    """What is wrong in columns alone is seen by the cases of RELU-3, and of no other clause."""
    rank = Mutant("relu", "columns", "RELU-1", "Of columns.", {"y": (_wrong_for_columns,)})
    monkeypatch.setattr(mistakes, "mutants", lambda: (rank,))
    text = one_item(relu, asked)
    text += f"[statement]\nlevels = {levels}\n" if levels else ""
    (relu / "assignment.toml").write_text(text, "utf-8")
    found = judged(relu)["mistakes"]
    assert found.word == word
    (told,) = found.data["unnoticed"]
    assert told["mistake"] == "relu/columns"
    assert told["why"].startswith(why)
    assert found.details[0].endswith(": relu/columns")


def _wrong_for_columns(y, c):
    return y + 1 if y.shape == (3, 1) else y


def test_a_right_implementation_that_loses_points_is_named(relu, monkeypatch):
    broken = Alternative("relu", "broken", "It changes signs.", lambda x: -x)
    monkeypatch.setattr(checks, "alternatives", lambda: (broken,))
    found = judged(relu)["alternatives"]
    assert found.word == "wrong"
    assert "relu/broken is right (It changes signs.), yet it has 0 points" in found.details[0]


@pytest.mark.usefixtures("_public_cases")
def test_dialects_layouts_and_other_names_are_asked_as_they_are_stated(tmp_path):
    toml = """
title = "Channels first"
total = 5
[statement]
layout = "NCHW"
dialects = ["flatten_channel_first"]
[statement.calls]
flatten = "ravel(x)"
[[item]]
id = "flatten"
title = "Flatten"
points = 5
operators = ["flatten"]
"""
    solution = (
        "import numpy as np\n\ndef ravel(x):\n"
        "    return x.reshape(len(x), int(np.prod(x.shape[1:])))\n"
    )
    written(tmp_path / "hw", toml, solution, "")
    found = judged(tmp_path / "hw")
    assert [found[what].word for what in ("solution", "mistakes", "alternatives")] == ["ok"] * 3


def test_without_a_sandbox_nothing_is_run_unless_it_is_trusted(relu, monkeypatch):
    def none(*_, trusted):
        raise SandboxError("the kernel has no Landlock")

    monkeypatch.setattr(validate, "Zygote", none)
    done = run("validate", relu)
    assert done.exit_code == 2
    assert "the sandbox is not available: the kernel has no Landlock; --trust runs" in told(done)


def test_json_that_cannot_be_written_is_refused_before_anything_is_done(relu):
    done = run("validate", relu, "--json", relu)
    assert done.exit_code == 2
    assert "--json: no file can be written at" in told(done)


def test_every_step_that_is_announced_is_told(relu):
    done = []
    validate.validate(relu, done.append, trusted=True)
    assert len(done) == validate.steps(cases.load(relu))


def test_too_little_that_can_be_asked_is_an_error_of_the_assignment(relu, monkeypatch):
    def none(*_):
        raise AssignmentError("too little can be asked: relu")

    monkeypatch.setattr(Evidence, "private", none)
    done = run("validate", relu)
    assert (done.exit_code, done.output.count("too little can be asked")) == (2, 1)
