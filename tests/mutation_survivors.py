"""Runs mutmut on a copy of the repository; fails unless docs/mutation.md lists the survivors.

Works in the current directory, which must not be the repository. Arguments go to
`mutmut run`. A survivor is known by its function and by the lines that its diff
takes away and puts in, so that the list outlives changes elsewhere in a module.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("conftest.py", "golden", "pyproject.toml", "refcnn", "spec_tests", "tests")
KILLED = ("killed", "timeout", "segfault")  # no test passes where the interpreter ends

Survivor = tuple[str, ...]  # function, then the changed lines, each with its sign


def copy() -> None:
    """What the tests need, in the current directory."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, name)


def mutmut(*arguments: str) -> str:
    """What a command of mutmut prints; ends the run here if it fails."""
    done = subprocess.run(["mutmut", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def statuses() -> dict[str, str]:
    """By name of the mutant, as in refcnn.cnn.ops.x_relu__mutmut_1: what became of it."""
    lines = mutmut("results", "--all", "true").splitlines()
    return dict(line.strip().split(": ") for line in lines if "__mutmut_" in line)


def function(mutant: str) -> str:
    """Module and function of a mutant: refcnn.cnn.ops.relu, refcnn.cnn.optimizers.SGD.start."""
    module, _, name = mutant.rpartition(".")
    name = re.sub(r"^x[_ǁ]|__mutmut_\d+$", "", name)
    return f"{module}.{name.replace('ǁ', '.')}"


def normal(name: str, lines: list[str]) -> Survivor:
    """A survivor, whatever the indentation of its lines and the room between words."""
    return (name, *(f"{line[0]} {' '.join(line[1:].split())}" for line in lines))


def survivor(mutant: str) -> Survivor:
    """A mutant by its diff."""
    diff = mutmut("show", mutant).splitlines()
    changed = [line for line in diff if re.match(r"[-+](?![-+]{2} )", line)]
    return normal(function(mutant), changed)


def listed() -> Counter[Survivor]:
    """The survivors in the diff blocks of docs/mutation.md: `@@ function`, then its lines."""
    page = (ROOT / "docs" / "mutation.md").read_text("utf-8")
    found: Counter[Survivor] = Counter()
    for block in re.findall(r"^```diff\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        for name, *lines in (entry.splitlines() for entry in block.split("@@ ")[1:]):
            found[normal(name, [line for line in lines if line.strip()])] += 1
    return found


def table(found: dict[str, str]) -> str:
    """Mutants, killed and survivors, one row a module."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    rows = ["| module | mutants | killed | equivalent |", "| --- | --: | --: | --: |"]
    for path in [*config["only_mutate"], ""]:
        module = path.removesuffix(".py").replace("/", ".")
        here = [s for m, s in found.items() if m.rpartition(".")[0] == module or not path]
        if not here:
            sys.exit(f"there are no mutants of {path}")
        killed = sum(status in KILLED for status in here)
        name = f"`{path}`" if path else "all"
        rows.append(f"| {name} | {len(here):,} | {killed:,} | {len(here) - killed} |")
    return "\n".join(rows)


def main() -> None:
    """Run, tell, and exit with 1 if the page and the survivors differ."""
    copy()
    subprocess.run(["mutmut", "run", *sys.argv[1:]], check=True)
    found = statuses()
    survivors = Counter(survivor(m) for m, status in found.items() if status not in KILLED)
    sys.stdout.write(f"\n{table(found)}\n")
    differences = {
        "Not in docs/mutation.md, write a test or list it": survivors - listed(),
        "In docs/mutation.md, but no survivor, take it out": listed() - survivors,
    }
    for what, which in differences.items():
        if which:
            entries = "\n".join("\n".join((f"@@ {s[0]}", *s[1:])) for s in which.elements())
            sys.stdout.write(f"\n{what} ({which.total()}):\n\n{entries}\n")
    sys.exit(any(differences.values()))


if __name__ == "__main__":
    main()
