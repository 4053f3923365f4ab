"""The page about mistakes in models: `PYTHONPATH=tests python -m own_model.page` writes it."""

from own_model.mutants import MUTANTS
from own_model.vectors import killed, load
from refcnn.suite.paths import PACKAGE

PAGE = PACKAGE.parent / "docs" / "model_mistakes.md"


def markdown() -> str:
    """Every mistake with its clause, and how many golden vectors of models it fails."""
    failing = [killed(vector) for vector in load()]
    counts = {mutant.name: sum(mutant.name in names for names in failing) for mutant in MUTANTS}
    out = [
        "# Mistakes in models",
        "",
        f"{len(MUTANTS)} small mistakes in layers and models of refcnn itself. Each fails the",
        "golden vectors of `golden/model.json`, and the tests of its clause in `spec_tests/`.",
        "Made by `PYTHONPATH=tests python -m own_model.page`.",
        "",
        "| mistake | clause | vectors |",
        "| --- | --- | --: |",
    ]
    out += [f"| {m.sentence} | {m.clause} | {counts[m.name]} |" for m in MUTANTS]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    PAGE.write_text(markdown(), "utf-8")
