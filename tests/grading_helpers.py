"""Small assignments, and submissions to them, for the tests of grading."""

from pathlib import Path

from refcnn.grading.report import Person
from refcnn.grading.submissions import Submission

SEED = "5eed" * 16
RELU = """
title = "One operator"
total = 10

[limits]
seconds = 1.0

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
RIGHT = "import numpy as np\n\ndef relu(x):\n    return np.maximum(x, 0)\n"
WRONG = "import numpy as np\n\ndef relu(x):\n    return np.abs(x)\n"


def write_assignment(directory: Path, text: str = RELU, seed: str = SEED) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "assignment.toml").write_text(text, "utf-8")
    (directory / "seed.txt").write_text(seed, "ascii")
    return directory


def submission(source: str, name: str = "ada") -> Submission:
    return Submission(
        Person(id=name, file=f"{name}.py"), f"{name}.py", {f"{name}.py": source.encode()}
    )
