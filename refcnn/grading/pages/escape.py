"""Foreign text made harmless: for HTML before it is escaped, for Markdown, for a terminal."""

import re
from collections.abc import Iterable

LONGEST = 1_000  # characters of one text

_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]")
# Controls, what turns the direction of writing, what is invisible, halves of surrogate pairs.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
# What Markdown may read as markup; of full stops and colons those of addresses.
_MARKUP = re.compile(r"[\\`*_{}\[\]#|~^$@]|(?<=[wW]{3})\.|:(?=\S)|^[-+=]")
_NUMBERED = re.compile(r"^(\d+)(?=[.)])")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def clean(text: str) -> str:
    r"""The text in one line, with what cannot be seen written out: \x1b, \u202e."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 4]} ..."
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(_written_out, _SPACES.sub(" ", text))


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def markdown(text: str) -> str:
    """The text as plain words of Markdown: no markup, no link, no HTML comes of it."""
    words = _MARKUP.sub(lambda found: "\\" + found[0], clean(text).strip())
    words = re.sub(r"[<>&]", lambda found: _ENTITIES[found[0]], words)
    return _NUMBERED.sub(r"\1\\", words)


def span(text: str) -> str:
    """The text as a span of code in Markdown."""
    words = clean(text) or " "
    fence = "`" * (1 + _longest_run([words]))
    pad = " " if "`" in words[0] + words[-1] else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def block(lines: Iterable[str]) -> list[str]:
    """The lines as a block of code in Markdown."""
    rows = [clean(line) for line in lines]
    fence = "`" * max(3, 1 + _longest_run(rows))
    return [f"{fence}text", *rows, fence]


def _longest_run(rows: list[str]) -> int:
    return max((len(run) for row in rows for run in re.findall(r"`+", row)), default=0)
