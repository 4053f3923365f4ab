"""What somebody may have meant by a name that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: object, known: Iterable[object]) -> str:
    """The nearest of some names as the end of a sentence, or "" if none is near.

    >>> did_you_mean("conv2D", ["conv2d", "relu"])
    '; did you mean conv2d?'
    >>> did_you_mean("lstm", ["conv2d", "relu"])
    ''
    """
    near = get_close_matches(str(name), [*map(str, known)], n=1)
    return f"; did you mean {near[0]}?" if near else ""


def not_known(name: object, known: Iterable[object]) -> str:
    """That a name is not known, and what may have been meant, or all there are.

    >>> not_known("gelu", ["conv2d", "softmax"])
    "'gelu' is not known; known are conv2d, softmax"
    """
    names = [*map(str, known)]
    return f"{name!r} is not known" + (
        did_you_mean(name, names) or f"; known are {', '.join(names)}"
    )
