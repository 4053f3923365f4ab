"""What an implementation computes, as a page, and as a part of one for notebooks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from refcnn.diagnosis.identify.implementation import ReadOperator
from refcnn.reports.equation_text import about, beside_each_other
from refcnn.reports.equations import lines, sure
from refcnn.reports.markup import template
from refcnn.reports.picture_svg import svg


@dataclass(frozen=True, slots=True)
class Explained:
    """What was read of an implementation; a notebook shows it with its pictures."""

    target: str
    found: tuple[ReadOperator, ...]
    layouts: str = ""  # of the specification, if the implementation has others

    def __str__(self) -> str:
        return "\n".join(line for one in self.found for line in (*lines(one), ""))

    def _repr_html_(self) -> str:
        style = template("equations.css").render()
        return f"<style>{style}</style>{self._body()}"

    def page(self) -> str:
        """A page that needs nothing else."""
        page = template("equations.html")
        return page.render(target=self.target, layouts=self.layouts, body=self._body())

    def _body(self) -> Markup:
        told = [*map(_told, self.found)]
        return Markup(template("equations_body.html").render(found=told))  # noqa: S704 - escaped


def explained(target: str, found: Iterable[ReadOperator], layouts: str = "") -> Explained:
    """All that was read, kept."""
    return Explained(target, tuple(found), layouts)


def _told(one: ReadOperator) -> dict[str, Any]:
    """What was read of an operator, in the parts of the page."""
    read = one.read
    common = {"operator": one.operator, "about": one.case and about(one.case)}
    if read is None:
        nothing: dict[str, Any] = {"equations": [], "differences": [], "picture": None}
        return {**common, **nothing, "word": "", "verdict": "not read", "sure": one.why_not}
    equations = [*beside_each_other("yours: ", read.yours)]
    if not read.is_right:
        equations += beside_each_other("right: ", read.right)
    word = "right" if read.is_right else "wrong"
    return {
        **common,
        "word": word,
        "verdict": f"{word} in these shapes",
        "equations": equations,
        "differences": read.differences,
        "picture": read.picture,
        "svg": read.picture and Markup(svg(read.picture)),  # noqa: S704 - escaped
        "sure": sure(read),
    }
