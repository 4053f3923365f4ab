"""Where the suite's files are: in the installed package, or in the repository."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def golden() -> Path:
    """The directory of frozen vectors and of the reference model."""
    places = [PACKAGE / "suite" / "golden", PACKAGE.parent / "golden"]
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the directory golden is neither in {places[0]} nor in {places[1]}")


def spec_tests() -> Path:
    """The directory of the specification tests: of a checkout, for an installed refcnn has none."""
    return PACKAGE.parent / "spec_tests"
