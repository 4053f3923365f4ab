"""Values as TOML, as somebody would write them who wants them to be read."""

from collections.abc import Iterator, Sequence

import tomli_w

LONGEST, IN_A_ROW = 80, 6  # characters of a list in one line; strings in a row of a longer one


def toml(value: str | Sequence[str]) -> str:
    """A string, or a list of strings over as many lines as it takes.

    >>> toml("relu")
    '"relu"'
    >>> toml(["conv2d", "relu"])
    '["conv2d", "relu"]'
    """
    if isinstance(value, str):
        return tomli_w.dumps({"value": value}).removeprefix("value = ").rstrip("\n")
    strings = [toml(one) for one in value]
    line = f"[{', '.join(strings)}]"
    if len(line) <= LONGEST:
        return line
    return "[\n" + "".join(f"    {row},\n" for row in _rows(strings)) + "]"


def _rows(strings: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(strings), IN_A_ROW):
        yield ", ".join(strings[start : start + IN_A_ROW])
