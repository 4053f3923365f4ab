"""JUnit XML: a suite for each submission, a case for each item."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from refcnn.grading.exports import csv_text
from refcnn.grading.exports.words import line, points, score, summary, trouble
from refcnn.grading.report import Graded, Item, State

# What loses points must not leave a pipeline green: only what rests on another failure is skipped.
OUTCOMES = {
    State.FAIL: "failure",
    State.NOT_IMPLEMENTED: "failure",
    State.NOT_RUN: "skipped",
    State.GRADER_ERROR: "error",
}
COUNTED = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


def text(graded: Sequence[Graded]) -> str:
    """The whole class as one file."""
    csv_text.checked(graded)
    root = ET.Element("testsuites", name=line(graded[0].report.title) if graded else "")
    root.extend(map(_suite, graded))
    _count(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(one: Graded) -> ET.Element:
    person, report = one.person, one.report
    suite = ET.Element("testsuite", name=line(person.id))
    earned = score(report)
    known = {"name": person.name, "number": person.number, "file": person.file}
    known |= {} if earned is None else {"earned": points(earned)}
    _properties(suite, known | {"total": points(report.total)})
    for item in report.items:
        suite.append(_case(item, person.id))
    if (told := trouble(report)) and suite.find("testcase/error") is None:
        case = ET.SubElement(suite, "testcase", classname=line(person.id), name="submission")
        ET.SubElement(case, "failure" if report.settled else "error", message=told)
    _count(suite)
    return suite


def _case(item: Item, owner: str) -> ET.Element:
    case = ET.Element("testcase", classname=line(owner), name=line(f"{item.id}: {item.title}"))
    if outcome := OUTCOMES.get(item.state):
        earned = f"{points(item.earned)} of " if outcome != "error" else ""
        said = f"{item.state.value}, {earned}{points(item.points)} points"
        ET.SubElement(case, outcome, message=said).text = summary(item)
    return case


def _properties(suite: ET.Element, known: dict[str, str]) -> None:
    properties = ET.SubElement(suite, "properties")
    for name, value in known.items():
        if value:
            ET.SubElement(properties, "property", name=name, value=line(value))


def _count(element: ET.Element) -> None:
    for attribute, tag in COUNTED.items():
        element.set(attribute, str(sum(1 for _ in element.iter(tag))))
