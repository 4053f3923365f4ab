"""The page of one student: a single HTML file that needs nothing else."""

from dataclasses import fields

from refcnn.grading.pages.telling import Telling, telling
from refcnn.grading.pages.templating import template
from refcnn.grading.report import Graded

_PARTS = [part.name for part in fields(Telling)]


def page(graded: Graded) -> str:
    """The page: of equal reports it is equal, byte by byte."""
    told = telling(graded)
    return template("student.html.j2").render({name: getattr(told, name) for name in _PARTS})
