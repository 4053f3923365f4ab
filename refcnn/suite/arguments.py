"""Arguments that several operators have: strides and other sizes by axis, padding, pools."""

from typing import Any

from refcnn.suite.operator import Attribute, Form


def _is_number(value: object) -> bool:
    return not isinstance(value, str | tuple)


def _is_tuple(value: object) -> bool:
    return isinstance(value, tuple)


def _named(name: str) -> Form:
    return Form(f"padding_{name}", f'padding="{name}"', lambda value: bool(value == name))


POOL_SIZE = Attribute(
    "pool_size",
    "pool",
    "size",
    (
        Form("pool_pair", "pool_size as a pair", _is_tuple),
        Form("pool_int", "pool_size as an integer", _is_number),
    ),
)


def by_axis(name: str, default: int | None, **more: Any) -> Attribute:
    """A number for height and width, or one for both, which is `default` if nothing is said."""
    forms = (
        Form(f"{name}_int", f"{name} as an integer", _is_number),
        Form(f"{name}_pair", f"{name} as a pair", _is_tuple),
    )
    return Attribute(name, name, "size", forms, default, **more)


def strides(default: int | None) -> Attribute:
    """Strides, which are `default` if nothing is said."""
    return by_axis("strides", default)


def count(name: str, default: int, **more: Any) -> Attribute:
    """A number of parts, which is `default` if nothing is said."""
    return Attribute(name, name, "count", (Form(name, name, _is_number),), default, **more)


PADDING = Attribute(
    "padding",
    "padding",
    "padding",
    (
        _named("valid"),
        _named("same"),
        Form("padding_int", "padding as an integer", _is_number),
        Form("padding_pairs", "padding as ((top, bottom), (left, right))", _is_tuple),
    ),
    "valid",
)
