"""The README is true: what it prints is what is printed, what it calls exists."""

import re
import shlex
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from command import run

import refcnn

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_console_shows_what_it_prints():
    block, _ = blocks("console")
    command, *shown = block.splitlines()
    arguments = command.removeprefix("$ refcnn ").split()
    printed, _ = run(*arguments, status=1, cwd=ROOT)
    assert "\n".join(shown) in printed


def test_the_example_class_is_graded_as_shown(tmp_path):
    _, block = blocks("console")
    command, _, *shown = block.splitlines()
    arguments = command.removeprefix("$ refcnn ").split()
    assert arguments[-2:] == ["--out", "graded"]
    printed, _ = run(*arguments[:-1], str(tmp_path), status=0, cwd=ROOT)
    lines = [line.rstrip() for line in printed.splitlines()]
    assert [line for line in shown if line not in lines] == []
    submissions = [*(ROOT / "examples" / "course" / "submissions").iterdir()]
    assert len([*(tmp_path / "pages").glob("*.html")]) == len(submissions) >= 12
    for name in (
        "class.html",
        "grades.csv",
        "grades.json",
        "nbgrader.csv",
        "otter.csv",
        "junit.xml",
    ):
        assert (tmp_path / name).is_file()


def test_the_first_command_is_the_main_job_and_the_second_the_tests():
    main_job, tests = (block.strip() for block in blocks("sh"))
    assert main_job.endswith("/refcnn check examples/plain_loops.py")
    assert tests.endswith("/tox")
    assert "sed -n '/^```sh$/" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_commands_and_links_exist():
    for command in re.findall(r"`refcnn (\w+)", README):
        run(command, "--help", status=0)
    for link in re.findall(r"\]\((\S+?)\)", README):
        assert (ROOT / link.partition("#")[0]).is_file(), link


IN_THE_TABLE = re.findall(r"\| `refcnn check (.+?)`", README)


@pytest.mark.parametrize("line", IN_THE_TABLE)
def test_the_doors_in_the_table_open(line):
    words = shlex.split(line)
    needed = "torch" if words == ["torch"] else "node" if "--exec" in words else ""
    if needed and not (shutil.which(needed) or find_spec(needed)):
        pytest.skip(f"needs {needed}")
    run("check", *words, "--profile", "quick", "--ops", "relu,dense", "--levels", "core,pure",
        status=0, cwd=ROOT)  # fmt: skip


def test_the_table_of_doors_is_there():
    assert len(IN_THE_TABLE) >= 5


def test_the_signatures_are_those_of_the_reference():
    import inspect

    signatures = blocks("python")[0]
    for name in ("conv2d", "max_pool2d"):
        arguments = ", ".join(
            str(p).split(":")[0] + ("=" + repr(p.default) if p.default is not p.empty else "")
            for p in inspect.signature(getattr(refcnn, name)).parameters.values()
        )
        wanted = re.search(rf"{name}\((.*?)\)\s", signatures)[1].replace("*, ", "")
        assert arguments.replace("'", '"') == wanted


def test_the_python_example(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    source = blocks("python")[1]
    names = {"images": np.zeros((2, 32, 32, 3)), "labels": [0, 9]}
    exec("\n".join(line for line in source.splitlines() if "keras" not in line), names)
    assert len(names["history"]["loss"]) == 2
    assert (tmp_path / "model.safetensors").is_file()
    assert "122,570" in capsys.readouterr().out
    assert names["model"](np.zeros((1, 32, 32, 3), "f4")).shape == (1, 10)
