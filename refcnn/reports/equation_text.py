"""An equation, and what it was read of, as text."""

from collections.abc import Iterator, Sequence

from refcnn.suite.case import Case


def about(case: Case) -> str:
    """Shapes, attributes and dtype of a case."""
    shapes = [f"{name} {tensor.shape}" for name, tensor in case.inputs.items()]
    given = [f"{name} {value}" for name, value in case.attributes.items()]
    seen = [f"{case.output} of"] if case.output else []
    return " ".join([*seen, ", ".join([*shapes, *given, case.dtype])])


def beside_each_other(label: str, parts: Sequence[str]) -> Iterator[str]:
    """The parts of a sum below each other."""
    first, *others = parts
    yield f"{label}{first}"
    place = len(label) + first.index("=")
    yield from (f"{' ' * place}+{other[other.index('=') + 1 :]}" for other in others)
