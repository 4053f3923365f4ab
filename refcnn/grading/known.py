"""Sources that a submission may have been copied from: refcnn's own, and what the teacher adds."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import refcnn
from refcnn.grading.similar import fingerprint
from refcnn.grading.submissions import CODE, collect

ADDED = "known"  # a folder in that of the assignment: public solutions, those of last year
OWN = ("cnn/ops.py", "cnn/definition.py")


def known_sources(directory: Path) -> dict[str, tuple[int, ...]]:
    """Fingerprints by name: the reference, the examples, the solution, and the teacher's own."""
    found = {}
    for name, path in _paths(directory):
        with suppress(OSError, ValueError):  # what cannot be read was copied from by nobody
            found[name] = fingerprint(next(collect([path], one=True)).source)
    return found


def _paths(directory: Path) -> Iterator[tuple[str, Path]]:
    package = Path(refcnn.__file__).parent
    for name in OWN:
        yield f"refcnn/{name}", package / name
    examples = package.parent / "examples"  # of a checkout: an installed refcnn has none
    for path in sorted([*examples.glob("*.py"), *examples.glob("*/*.py")]):
        yield path.relative_to(package.parent).as_posix(), path
    for suffix in CODE:
        yield f"the solution{suffix}", directory / f"solution{suffix}"
    for path in sorted((directory / ADDED).glob("**/*")):
        if path.suffix in CODE:
            yield path.relative_to(directory).as_posix(), path
