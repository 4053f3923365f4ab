"""The templates, compiled once; whatever they print is made harmless."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from refcnn.diagnosis.identify.picture import Picture
from refcnn.grading.pages.drawing import heats
from refcnn.grading.pages.escape import clean
from refcnn.grading.pages.names import file_name
from refcnn.grading.pages.telling import HIDDEN, points, waiting
from refcnn.reports.picture_svg import svg


def _harmless(value: Any) -> Any:
    """Text without what cannot be seen; markup of ours, which is a kind of text, as it is."""
    return clean(value) if type(value) is str else value


def drawn(picture: Picture) -> Markup:
    """A picture of what is read, as SVG, in which all text is escaped."""
    return Markup(svg(picture))  # noqa: S704 - of a template that escapes


@cache
def template(name: str) -> Template:
    """A template of this package: what it prints is cleaned, then escaped."""
    environment = Environment(
        loader=PackageLoader("refcnn.grading.pages"),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(heats=heats, waiting=waiting, HIDDEN=HIDDEN)
    environment.globals.update(points=points, file_name=file_name, drawn=drawn)
    return environment.get_template(name)
