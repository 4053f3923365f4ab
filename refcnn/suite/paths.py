"""Where the suite's files are: in the installed package, or in the repository."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def golden() -> Path:
    """The directory of frozen vectors and of the reference model."""
    return _directory("golden")


def suite() -> Path:
    """The directory of the specification tests."""
    return _directory("spec_tests")


def _directory(name: str) -> Path:
    places = [PACKAGE / "suite" / name, PACKAGE.parent / name]
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the directory {name} is neither in {places[0]} nor in {places[1]}")
