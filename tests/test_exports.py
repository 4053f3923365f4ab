"""Exports of grades: golden files, hostile names, and files that teachers exported.

After a wanted change, `python tests/test_exports.py` writes the golden files again.
"""

import base64
import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from exports.cohort import BY_ID, EXAMPLE, GRADED, PARTIAL, REST, graded, item, report
from hypothesis import given, settings
from hypothesis import strategies as st

import refcnn
import refcnn.cnn.ops
from refcnn.grading.assignment import Assignment, AssignmentError
from refcnn.grading.exports import canvas, gradescope, junit, moodle, nbgrader, otter, plain
from refcnn.grading.exports.csv_text import FORMULA, NUMBER, ExportError, cell
from refcnn.grading.exports.wheel import wheel
from refcnn.grading.exports.words import clean, line, points
from refcnn.grading.exports.write import EXPORTS, write_all
from refcnn.grading.report import State
from refcnn.implementations.files import write_whole

FILES = Path(__file__).parent / "exports"
SCHEMA = json.loads((FILES / "gradescope.schema.json").read_text("utf-8"))
ASSIGNMENT = Assignment.model_validate(
    {
        "title": "A small CNN",
        "total": 12,
        "item": [
            {"id": "conv", "title": "Convolution", "points": 6, "operators": ["conv2d"]},
            {"id": "pool", "title": "Pooling", "points": 4, "operators": ["max_pool2d"]},
            {"id": "rest", "title": "Rest", "points": 2, "operators": ["relu"], "hidden": True},
        ],
    }
)
CSV_WRITERS = (plain.text, nbgrader.text, otter.text)
WRITERS = [writer for _, writer in EXPORTS.values()]


def given_by_teacher(name):
    return (FILES / name).read_bytes().decode()


CANVAS, MOODLE = given_by_teacher("canvas_in.csv"), given_by_teacher("moodle_in.csv")
GERMAN = given_by_teacher("moodle_german_in.csv")


def as_json(content):
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


GOLDEN = {
    **{file: lambda writer=writer: writer(GRADED) for file, writer in EXPORTS.values()},
    "canvas.csv": lambda: canvas.fill(CANVAS, GRADED).text,
    "moodle.csv": lambda: moodle.fill(MOODLE, GRADED).text,
    "moodle_german.csv": lambda: moodle.fill(GERMAN, GRADED).text,
    "gradescope_pessimistic.json": lambda: as_json(gradescope.pessimistic(ASSIGNMENT)),
    **{
        f"gradescope_{name}.json": lambda who=who: as_json(
            gradescope.results(BY_ID[who], execution_time=1.5)
        )
        for name, who in (
            ("full", "asa@uni.example"),
            ("partial", "ben"),
            ("hidden_failed", '=HYPERLINK("x")'),
            ("not_loaded", "dora"),
            ("grader_error", "eva"),
        )
    },
}


def listed(directory):
    return sorted(path.name for path in directory.iterdir())


def rows(text, delimiter=","):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def records(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_files_are_met_byte_for_byte(name):
    assert GOLDEN[name]().encode() == (FILES / name).read_bytes()


def test_no_golden_file_is_left_over():
    inputs = {"canvas_in.csv", "moodle_in.csv", "moodle_german_in.csv", "gradescope.schema.json"}
    found = {path.name for path in FILES.iterdir() if path.suffix in {".csv", ".json", ".xml"}}
    assert found == inputs | set(GOLDEN)


# What has no score is blank, which is not 0


@pytest.mark.parametrize(
    ("text", "row", "columns"),
    [
        (plain.text, 6, ("earned", "item:conv", "item:pool", "item:secret")),
        (nbgrader.text, 6, ("raw_score", "late_submission_penalty", "score")),
        (otter.text, 7, ("conv", "pool", "secret", "total_points_earned", "percent_correct")),
    ],
)
def test_after_a_grader_error_there_is_no_score(text, row, columns):
    found = records(text(GRADED))[row - 1]
    assert "eva" in " ".join(found.values())
    assert {found[name] for name in columns} == {""}


def test_the_status_column_of_otter_tells_what_failed():
    status = {row["file"]: row["grading_status"] for row in records(otter.text(GRADED))}
    assert status["eva.py"] == "grader error: to be graded again"
    assert status["dora.py"] == BY_ID["dora"].problem
    assert status["ben.py"] == "Completed"


def test_the_questions_of_otter_are_sorted_and_their_points_are_the_first_row():
    header, worth, *_ = rows(otter.text(GRADED))
    assert header[1:4] == sorted(header[1:4])
    assert worth == ["points-per-question", "6", "4", "2", "12", "1", "--"]


def test_json_has_null_where_there_is_no_score():
    by_id = {one["id"]: one for one in json.loads(plain.json_text(GRADED))["submissions"]}
    assert by_id["eva"]["earned"] is None
    assert {one["earned"] for one in by_id["eva"]["items"]} == {None}
    assert by_id["dora"]["earned"] == 0
    assert by_id["dora"]["problem"] == BY_ID["dora"].problem


def test_a_score_that_is_no_number_is_no_score():
    wild = [graded(report(item("conv", float("nan")), *REST), id="x")]
    assert records(plain.text(wild))[0]["earned"] == ""
    assert "nan" not in "".join(writer(wild).lower() for writer in WRITERS)
    assert "score" not in gradescope.results(wild[0].report)


@pytest.mark.parametrize(
    ("number", "text"),
    [(2.5, "2.5"), (100.0, "100"), (0.0, "0"), (-0.0, "0"), (-1e-9, "0"), (1 / 3, "0.333333"),
     (-2.0, "-2"), (float("inf"), ""), (float("nan"), "")],
)  # fmt: skip
def test_points_are_short_and_finite(number, text):
    assert points(number) == text


def test_a_byte_order_mark_is_written_on_request():
    assert plain.text(GRADED, bom=True) == "\ufeff" + plain.text(GRADED)


# What students typed


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r\n=1", "'=1"),
        ("\x00=1", "'=1"),
        ("\ufeff=1", "'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("-12.5", "-12.5"),
        ("+3e4", "+3e4"),
        ("-\u0663", "'-\u0663"),  # a digit to Python, none to others
        ("a=b", "a=b"),
        ("\x1b[2Ja\u0085\x7f\ud800", "[2Ja"),
        ("a\r\nb\rc\td", "a\nb\nc d"),
        (None, ""),
    ],
)
def test_a_cell_is_never_a_formula(typed, written):
    assert cell(typed) == written


hostile = st.text(st.sampled_from("=+-@\t\r\n,;'\"<>&ab\x00\x1b\ufeff\uff1d\u2028 0.")) | st.text()
people = st.lists(
    st.tuples(hostile.filter(line), hostile, hostile, hostile),
    min_size=1,
    max_size=5,
    unique_by=lambda one: line(one[0]),
)


def cohort_of(drawn):
    return [
        graded(
            report(
                item("conv", 1.5, State.FAIL, happened=reason, mistakes=(reason, name)),
                item("pool", 0.0, State.GRADER_ERROR, happened=name),
                problem=reason,
                acts=(reason,),
                notes=(name,),
                state=State.GRADER_ERROR if reason > name else State.FAIL,
            ),
            id=who,
            name=name,
            file=file,
        )
        for who, name, file, reason in drawn
    ]


@settings(derandomize=True, deadline=None)
@given(people)
def test_whatever_students_type_every_csv_reads_back_and_has_no_formula(drawn):
    cohort = cohort_of(drawn)
    for writer, more in zip(CSV_WRITERS, (1, 1, 2)):
        found = rows(writer(cohort))
        assert len(found) == len(cohort) + more
        assert {len(row) for row in found} == {len(found[0])}
        typed = [text for row in found[more:] for text in row]
        assert not [t for t in typed if t.startswith(FORMULA) and not NUMBER.fullmatch(t)]


@settings(derandomize=True, deadline=None)
@given(people)
def test_whatever_students_type_junit_and_json_read_back(drawn):
    cohort = cohort_of(drawn)
    root = ET.fromstring(junit.text(cohort).encode())
    assert [suite.get("name") for suite in root] == [line(one.person.id) for one in cohort]
    found = json.loads(plain.json_text(cohort))["submissions"]
    assert [one["id"] for one in found] == [line(one.person.id) for one in cohort]
    for one in cohort:
        jsonschema.validate(gradescope.results(one.report), SCHEMA)


@settings(derandomize=True, deadline=None)
@given(people)
def test_whatever_students_type_a_gradebook_keeps_its_rows(drawn):
    cohort = cohort_of(drawn)
    canvas_rows, moodle_rows = rows(CANVAS), rows(MOODLE)
    filled = rows(canvas.fill(CANVAS, cohort).text)
    assert [row[:7] + row[8:] for row in filled] == [row[:7] + row[8:] for row in canvas_rows]
    kept = [row[:5] + row[6:10] for row in rows(moodle.fill(MOODLE, cohort).text)]
    assert kept == [row[:5] + row[6:10] for row in moodle_rows]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("people", "said"),
    [
        (("ben", "1", "ben\n", "2"), "two submissions have the id 'ben'"),
        (("ben", "1", "eva", "1"), "two submissions have the number '1'"),
    ],
)
def test_an_id_that_occurs_twice_is_refused(writer, people, said):
    first, number, second, other = people
    twice = [
        graded(report(*REST), id=first, number=number),
        graded(report(*REST), id=second, number=other),
    ]
    with pytest.raises(ExportError, match=said):
        writer(twice)


def test_submissions_to_different_assignments_are_refused():
    other = graded(report(*REST).model_copy(update={"title": "Another one"}), id="zoe")
    with pytest.raises(ExportError, match="different assignments"):
        plain.text([*GRADED, other])


@pytest.mark.parametrize("writer", WRITERS)
def test_an_empty_class_is_an_empty_file_of_the_format(writer):
    text = writer([])
    if writer in CSV_WRITERS:
        assert len(rows(text)) == 1
    elif writer is junit.text:
        assert ET.fromstring(text.encode()).get("tests") == "0"
    else:
        assert json.loads(text)["submissions"] == []


# JUnit


def test_junit_counts_what_it_holds():
    root = ET.fromstring(junit.text(GRADED).encode())
    for element in (root, *root):
        for attribute, tag in junit.COUNTED.items():
            assert int(element.get(attribute)) == len(list(element.iter(tag)))
    assert [root.get(name) for name in junit.COUNTED] == ["18", "6", "1", "1"]


def suite_of(who):
    root = ET.fromstring(junit.text(GRADED).encode())
    return next(suite for suite in root if suite.get("name") == who)


def test_junit_has_an_error_and_no_score_after_a_grader_error():
    suite = suite_of("eva")
    assert suite.find("testcase/error").text == "The judge stopped."
    assert suite.find("testcase/failure") is None
    assert suite.find("properties/property[@name='earned']") is None
    assert suite_of("ben").find("properties/property[@name='earned']").get("value") == "10.25"


def test_junit_has_an_error_even_if_no_item_tells_of_it():
    one = graded(report(item("conv"), state=State.GRADER_ERROR), id="x")
    root = ET.fromstring(junit.text([one]).encode())
    assert root.find("testsuite/testcase/error").get("message").startswith("grader error")


def test_junit_says_why_a_submission_could_not_be_loaded():
    assert suite_of("dora").find("testcase/failure").get("message") == BY_ID["dora"].problem


# Canvas


def changed(before, after, delimiter=","):
    return {
        (i, j): new
        for i, (one, other) in enumerate(zip(rows(before, delimiter), rows(after, delimiter)))
        for j, (old, new) in enumerate(zip(one, other))
        if old != new
    }


FILLED_IN = {
    (3, 7): "12.00", (4, 7): "10.25", (5, 7): "6.00", (6, 7): "0.00", (8, 7): "6.00",
}  # fmt: skip


def test_canvas_gets_one_column_and_nothing_else():
    filled = canvas.fill(CANVAS, GRADED)
    assert changed(CANVAS, filled.text) == FILLED_IN
    assert filled.filled == 5
    assert filled.unmatched_rows == ("Idle, Ida", "Student, Test")
    assert filled.unmatched_submissions == ()
    assert filled.told == (
        "Evil, Mallory is EX in Canvas and stays so.",
        "No score because of a grader error, so nothing written: eva.",
    )


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("last_end", [True, False])
def test_canvas_keeps_the_form_of_the_file(bom, end, delimiter, last_end):
    lines = [
        delimiter.join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in r) for r in rows(CANVAS)
    ]
    text = bom + end.join(lines) + (end if last_end else "")
    filled = canvas.fill(text, GRADED).text
    assert changed(text.removeprefix(bom), filled.removeprefix(bom), delimiter) == FILLED_IN
    untouched = [i for i in range(len(lines)) if (i, 7) not in FILLED_IN]
    assert [filled.removeprefix(bom).split(end)[i] for i in untouched] == [
        lines[i] for i in untouched
    ]
    assert filled.startswith("\ufeff") == bool(bom)
    assert filled.endswith(end) == last_end
    assert filled.count("\n") == text.count("\n")
    assert filled.count("\r") == text.count("\r")


@pytest.mark.parametrize("column", ["Warm-up (900)", "Warm-up", "900", " Warm-up\n"])
def test_canvas_column_can_be_named(column):
    filled = canvas.fill(CANVAS, GRADED, column)
    assert {j for _, j in changed(CANVAS, filled.text)} == {6}
    assert "Canvas has 5.00 points possible, the assignment 12" in filled.told[0]


HEADER = "Student,ID,SIS Login ID,Section"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a CSV file"),
        ("just words\n", "not a CSV file"),
        ("id,name,earned\n1,2,3\n", "its header must begin with Student, ID"),
        ("Student,ID,SIS Login ID,A small CNN (1)\n", "its header must begin with Student, ID"),
        (f"{HEADER},Other (1),Final Score\n", "no column has the title 'A small CNN'.*'Other"),
        (f"{HEADER}\n", "it has none"),
        (f"{HEADER},A small CNN (1),A small CNN (2)\n", "2 columns have the title"),
        (f"{HEADER},A small CNN (1)\n    Points Possible,,,,(read only)\n", "is read-only"),
        (f'{HEADER},A small CNN (1)\n"a"b,1,ben,,\n', "line 2 of the file of Canvas is not CSV"),
        (f'{HEADER},A small CNN (1)\n"a,1,ben,,\n', "line 2 of the file of Canvas is not CSV"),
        (f"{HEADER},A small CNN (1)\na,1,x,,\nb,1,y,,\n", "Canvas ID '1' occurs 2 times .line 2"),
        (f"{HEADER},A small CNN (1)\na,,ben,s\n", "line 2 has 4 cells, fewer than the header"),
    ],
)
def test_canvas_file_that_cannot_be_filled_is_refused_in_one_sentence(text, said):
    with pytest.raises(ExportError, match=said):
        canvas.fill(text, GRADED)


SCORED = graded(report(PARTIAL, *REST), id="jd.zip", name="Jane Doe")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f'{HEADER},A small CNN (1)\n"Doe, Jane",7,jane,,\n', "Jane Doe"),
        (f"{HEADER},A small CNN (1)\nJane Doe,7,jane,,\n", "Doe, Jane"),
        (
            "LastName,FirstName,ID,SIS Login ID,Section,A small CNN (1)\nDoe,Jane,7,j,,\n",
            "Jane Doe",
        ),
    ],
)
def test_canvas_names_match_if_nothing_better_does(text, name):
    one = SCORED.model_copy(update={"person": SCORED.person.model_copy(update={"name": name})})
    filled = canvas.fill(text, [one])
    assert [*changed(text, filled.text).values()] == ["10.25"]


def test_canvas_people_of_the_same_name_are_not_guessed():
    text = f'{HEADER},A small CNN (1)\n"Doe, Jane",7,j1,,\n"Doe, Jane",8,j2,,\n'
    filled = canvas.fill(text, [SCORED])
    assert filled.text == text
    assert filled.unmatched_rows == ("Doe, Jane", "Doe, Jane")
    assert filled.unmatched_submissions == ("jd.zip",)


def test_canvas_submissions_under_the_same_name_are_not_guessed():
    text = f'{HEADER},A small CNN (1)\n"Doe, Jane",7,j1,,\n'
    namesake = SCORED.model_copy(update={"person": SCORED.person.model_copy(update={"id": "jd2"})})
    filled = canvas.fill(text, [SCORED, namesake])
    assert (filled.text, filled.unmatched_submissions) == (text, ("jd.zip", "jd2"))


def test_canvas_person_of_another_id_is_another_person():
    other = SCORED.person.model_copy(update={"number": "9"})
    text = f'{HEADER},A small CNN (1)\n"Doe, Jane",7,j1,,\n'
    assert canvas.fill(text, [SCORED]).filled == 1
    assert canvas.fill(text, [SCORED.model_copy(update={"person": other})]).filled == 0


def test_canvas_id_wins_over_a_login_that_somebody_chose():
    text = f"{HEADER},A small CNN (1)\nA,1,2,s,\nB,2,x,s,\n"
    one = graded(report(item("conv")), id="b", number="2")
    two = graded(report(PARTIAL), id="2")
    assert changed(text, canvas.fill(text, [one, two]).text) == {(2, 4): "6.00", (1, 4): "4.25"}


@pytest.mark.parametrize("kept", ["EX", "ex", "N/A"])
def test_canvas_excused_stays_excused(kept):
    text = f"{HEADER},A small CNN (1)\nA,1,jd.zip,s,{kept}\n"
    filled = canvas.fill(text, [SCORED])
    assert filled.text == text
    assert filled.told == (f"A is {kept} in Canvas and stays so.",)


def test_canvas_score_after_a_grader_error_stays_what_it_was():
    text = f"{HEADER},A small CNN (1)\nA,1,eva,s,7.00\n"
    filled = canvas.fill(text, [one for one in GRADED if one.person.id == "eva"])
    assert (filled.text, filled.filled) == (text, 0)


def test_a_class_without_submissions_leaves_the_files_as_they_came():
    assert canvas.fill(CANVAS, []).text == CANVAS
    assert moodle.fill(MOODLE, []).text == MOODLE


# Moodle


def test_moodle_gets_grades_and_comments_and_nothing_else():
    filled = moodle.fill(MOODLE, GRADED)
    cells = changed(MOODLE.removeprefix("\ufeff"), filled.text.removeprefix("\ufeff"))
    grades = {at: text for at, text in cells.items() if at[1] == 5}
    assert grades == {(1, 5): "12.00", (2, 5): "10.25", (3, 5): "6.00", (4, 5): "0.00"}
    assert set(cells) - set(grades) == {(1, 10), (2, 10), (4, 10)}
    assert filled.text.startswith("\ufeff")
    assert filled.unmatched_rows == ("Participant 2008",)
    assert filled.unmatched_submissions == ('=HYPERLINK("x")',)
    assert filled.told == (
        "The grade of o'brien <script> is locked in Moodle and stays as it is.",
        "The comment on carla that is there already was kept.",
        "No score because of a grader error, so nothing written: eva.",
    )


def test_moodle_comment_is_html_in_which_nothing_is_markup_but_line_breaks():
    text = "Identifier,Grade,Feedback comments\nParticipant 1006,,\n"
    (_, (_, grade, comment)) = rows(moodle.fill(text, GRADED).text)
    assert grade == "6.00"
    assert "&lt;b&gt;x&lt;/b&gt; &amp; more." in comment
    assert "<" not in comment.replace("<br>", "")


def test_moodle_comment_has_no_example():
    comments = [row[10] for row in rows(moodle.fill(MOODLE, GRADED).text)]
    assert "The kernel is flipped." in comments[2]
    assert not any("y[0,1,0,0]" in comment for comment in comments)


def test_moodle_columns_are_found_by_place_in_another_language():
    filled = moodle.fill(GERMAN, GRADED)
    assert changed(GERMAN, filled.text, ";") == {(1, 3): "12.00", (2, 3): "10.25"}
    assert "so no feedback was written" in filled.told[0]


def test_moodle_columns_can_be_named():
    text = "Note,Kommentar,Wer,Max\n,,Teilnehmer/in1002,9\n"
    filled = moodle.fill(text, GRADED, identifier="Wer", grade="note", feedback="Kommentar")
    ((_, note), (_, comment)) = changed(text, filled.text).items()
    assert note == "10.25"
    assert comment.startswith(moodle.OURS)


def test_moodle_with_another_maximum_is_told():
    text = "Identifier,Grade,Maximum Grade\nParticipant 1002,,10.00\n"
    assert "maximum grade of 10.00, the assignment 12" in moodle.fill(text, GRADED).told[0]


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("First name,Grade\nÅsa,\n", {}, "not an offline grading worksheet"),
        ("Identifier,Nota\nParticipant 1,\n", {}, "column of grades was not found.*'Nota'"),
        ("Identifier,Grade\nParticipant 1,\n", {"grade": "Mark"}, "has no column 'Mark'; it has"),
        ("Identifier,Grade\nParticipant 1,\n", {"identifier": "Id"}, "has no column 'Id'"),
        ("Identifier,Grade\nParticipant 1,\nParticipant 1,\n", {}, "'Participant 1' occurs 2"),
        ("ID;A;B;C\nx1;1;12;12\n", {}, "column of grades was not found"),
        ('Identifier,Grade\n"Participant" 1,\n', {}, "line 2 of the file of Moodle is not CSV"),
    ],
)
def test_moodle_file_that_cannot_be_filled_is_refused_in_one_sentence(text, names, said):
    with pytest.raises(ExportError, match=said):
        moodle.fill(text, GRADED, **names)


# Gradescope


def visible(results):
    shown = [test for test in results["tests"] if test["visibility"] != "hidden"]
    return json.dumps({**results, "tests": shown})


@pytest.mark.parametrize("one", GRADED, ids=lambda one: one.person.file)
def test_gradescope_results_are_valid_and_strict(one):
    results = gradescope.results(one.report, execution_time=1.5)
    jsonschema.validate(results, SCHEMA)
    assert json.loads(as_json(results)) == results
    assert results["execution_time"] == 1.5
    if one.report.settled:
        assert results["score"] == one.report.earned
        earned = sum(test.get("score", 0) for test in results["tests"])
        assert earned == one.report.earned


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"score": "44"},
        {"score": 1, "tests": [{"name": "no score, no status"}]},
        {"score": 1, "tests": [{"status": "ok"}]},
        {"score": 1, "visibility": "shown"},
        {"score": 1, "execution_time": "0.00"},
        {"score": 1, "unknown": 1},
    ],
)
def test_the_schema_of_gradescope_refuses_what_is_wrong(wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_gradescope_shows_acts_to_the_teacher_alone():
    results = gradescope.results(BY_ID['=HYPERLINK("x")'])
    assert "imports torch" in results["tests"][-1]["output"]
    assert "score" not in results["tests"][-1]
    assert "imports torch" not in visible(results)


@pytest.mark.parametrize("when", ["hidden", "after_due_date", "visible"])
def test_gradescope_hides_hidden_items_until_it_is_told(when):
    results = gradescope.results(BY_ID['=HYPERLINK("x")'], hidden=when)
    assert [test["visibility"] for test in results["tests"][:3]] == ["visible", "visible", when]


def test_examples_are_shown_of_public_items_only():
    shown = gradescope.results(BY_ID["ben"])["tests"][0]["output"]
    assert all(text in shown for text in (EXAMPLE.call, EXAMPLE.reason, *EXAMPLE.lines))
    hidden = gradescope.results(BY_ID['=HYPERLINK("x")'])["tests"][2]["output"]
    assert hidden == "Hidden cases fail.\n- Wrong for odd sizes."


def test_gradescope_has_no_score_after_a_grader_error():
    results = gradescope.results(BY_ID["eva"])
    assert not [part for part in (results, *results["tests"]) if "score" in part]
    assert results["output"] == "The grader failed, not you: no score yet."


def test_gradescope_says_why_a_submission_could_not_be_loaded():
    results = gradescope.results(BY_ID["dora"])
    assert (results["score"], results["output"]) == (0, BY_ID["dora"].problem)


@pytest.mark.parametrize("time", [None, float("nan"), float("inf")])
def test_a_time_that_is_none_is_left_out(time):
    assert "execution_time" not in gradescope.results(BY_ID["ben"], execution_time=time)


def test_the_pessimistic_file_is_whole_and_has_no_points():
    results = gradescope.pessimistic(ASSIGNMENT)
    jsonschema.validate(results, SCHEMA)
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 0
    assert [test["max_score"] for test in results["tests"]] == [6, 4, 2]
    assert results["tests"][2]["visibility"] == "after_published"


# Files


def test_a_file_is_replaced_whole_or_stays(tmp_path):
    path = tmp_path / "results.json"
    gradescope.write(path, gradescope.pessimistic(ASSIGNMENT))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="JSON"):
        gradescope.write(path, {"score": float("nan")})
    assert path.read_bytes() == before
    gradescope.write(path, {"score": 1.0})
    assert json.loads(path.read_bytes()) == {"score": 1.0}
    assert listed(tmp_path) == ["results.json"]


def test_a_planted_link_is_not_followed(tmp_path):
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / f".grades.csv.{os.getpid()}.part").symlink_to(other)
    write_whole(tmp_path / "grades.csv", "x")
    assert other.read_text() == "mine"
    assert not (tmp_path / "grades.csv").is_symlink()


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "grades.csv" / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"Is a directory.*grades\.csv'$"):
        write_whole(tmp_path / "grades.csv", "x")
    assert listed(tmp_path) == ["grades.csv"]
    with pytest.raises(OSError, match=r"No such file or directory.*/nowhere/grades\.csv'$"):
        write_whole(tmp_path / "nowhere" / "grades.csv", "x")


def test_a_link_is_written_to(tmp_path):
    """As /dev/stdout is one: what it leads to changes, the link stays."""
    link, target = tmp_path / "link", tmp_path / "target"
    link.symlink_to(target)
    write_whole(link, "x")
    assert (target.read_text(), link.is_symlink()) == ("x", True)


@pytest.fixture
def assignment(tmp_path):
    directory = tmp_path / "assignment"
    (directory / "samples").mkdir(parents=True)
    (directory / "samples" / "solution.py").write_text("secret")
    (directory / "solution.py").write_text("secret")
    (directory / "seed.txt").write_text(f"{'42' * 32}\n")
    (directory / "assignment.toml").write_text(
        'title = "T"\ntotal = 1\n'
        '[[item]]\nid = "a"\ntitle = "A"\npoints = 1\noperators = ["relu"]\n'
    )
    return directory


def test_the_autograder_has_what_it_needs_and_no_solutions(assignment, tmp_path):
    gradescope.autograder_zip(assignment, tmp_path / "autograder.zip")
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
        assert archive.read("assignment/seed.txt") == b"42" * 32 + b"\n"
        scripts = {name: archive.read(name).decode() for name in ("setup.sh", "run_autograder")}
    wheel = f"refcnn-{refcnn.__version__}-py3-none-any.whl"
    cases = [name for name in modes if name.startswith("assignment/.cases/relu-")]
    assert len(cases) == 2
    assert modes == {
        "assignment/assignment.toml": 0o100600,
        "assignment/seed.txt": 0o100600,
        **dict.fromkeys(cases, 0o100600),
        "run_autograder": 0o100755,
        "setup.sh": 0o100755,
        wheel: 0o100644,
    }
    assert f"pip install --no-cache-dir /autograder/source/{wheel}" in scripts["setup.sh"]
    assert "libseccomp2" in scripts["setup.sh"]
    run = " ".join(scripts["run_autograder"].replace("\\\n", " ").split())
    assert (
        "refcnn grade /autograder/submission --one --assignment /autograder/source/assignment"
        " --gradescope /autograder/results/results.json" in run
    )
    for script in scripts.values():
        assert script.startswith("#!/usr/bin/env bash\n")
        assert "\r" not in script
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_equal_assignments_give_equal_autograders(assignment, tmp_path):
    gradescope.autograder_zip(assignment, tmp_path / "one.zip")
    os.utime(assignment / "seed.txt", (0, 0))
    gradescope.autograder_zip(assignment, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_an_autograder_grades_with_what_is_in_it(assignment, tmp_path):
    """As its scripts have it: by the refcnn and the cases of the zip file, and no others."""
    gradescope.autograder_zip(assignment, tmp_path / "autograder.zip")
    source, site, results = (tmp_path / name for name in ("source", "site", "results.json"))
    zipfile.ZipFile(tmp_path / "autograder.zip").extractall(source)
    zipfile.ZipFile(next(source.glob("*.whl"))).extractall(site)
    (tmp_path / "ada.py").write_text("import numpy as np\ndef relu(x): return np.maximum(x, 0)\n")
    there = {path: path.read_bytes() for path in (source / "assignment").rglob("*.json")}
    words = ["-m", "refcnn", "grade", "ada.py", "--one", "-a", source / "assignment"]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    asked = [sys.executable, "-P", "-c", "import refcnn; print(refcnn.__file__)"]
    where = subprocess.run(asked, env=environment, check=True, capture_output=True, text=True)
    assert where.stdout.startswith(str(site))
    command = [sys.executable, "-P", *map(str, words), "--gradescope", str(results)]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert json.loads(results.read_text("utf-8"))["score"] == 1
    assert {p: p.read_bytes() for p in (source / "assignment").rglob("*.json")} == there


def test_the_wheel_has_a_digest_of_every_file():
    name, content = wheel()
    archive = zipfile.ZipFile(io.BytesIO(content))
    record = next(each for each in archive.namelist() if each.endswith(".dist-info/RECORD"))
    rows = {row[0]: row for row in csv.reader(archive.read(record).decode().splitlines())}
    assert set(rows) == set(archive.namelist())
    assert (
        rows["refcnn/cnn/ops.py"][1] == f"sha256={b64(Path(refcnn.cnn.ops.__file__).read_bytes())}"
    )
    assert "refcnn/operators/conv2d/clauses.toml" in rows
    assert "refcnn/suite/golden/conv2d.json" in rows
    assert archive.read(record.replace("RECORD", "METADATA")).startswith(b"Metadata-Version")
    assert name == f"refcnn-{refcnn.__version__}-py3-none-any.whl"


def b64(content):
    return base64.urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")


def test_an_autograder_needs_the_seed_and_the_assignment(assignment, tmp_path):
    (assignment / "seed.txt").unlink()
    with pytest.raises(AssignmentError, match=r"seed\.txt cannot be read: .*No such file"):
        gradescope.autograder_zip(assignment, tmp_path / "autograder.zip")
    with pytest.raises(AssignmentError, match=r"there is no .*assignment\.toml"):
        gradescope.autograder_zip(tmp_path, tmp_path / "autograder.zip")
    assert not (tmp_path / "autograder.zip").exists()


def test_all_exports_are_written_and_the_teacher_is_told(tmp_path):
    told = write_all(
        tmp_path / "out", GRADED, FILES / "canvas_in.csv", None, FILES / "moodle_in.csv"
    )
    names = [*(file for file, _ in EXPORTS.values()), "canvas.csv", "moodle.csv"]
    assert listed(tmp_path / "out") == sorted(names)
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == (FILES / name).read_bytes()
    assert told[0] == "canvas.csv: Grades filled in: 5."
    assert told[1].startswith("canvas.csv: No submission was found for Idle, Ida; Student, Test;")
    assert "moodle.csv: Not in the file, hence without a grade there: " in told[6]


def test_without_files_of_a_teacher_there_is_nothing_to_tell(tmp_path):
    assert write_all(tmp_path, GRADED, None, None, None) == ()
    assert listed(tmp_path) == sorted(file for file, _ in EXPORTS.values())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (CANVAS.encode("utf-16"), "is not UTF-8"),
        (b"a,b\n", "not a gradebook of Canvas"),
    ],
)
def test_a_teachers_file_that_is_no_use_stops_all_before_it_begins(tmp_path, content, said):
    path = tmp_path / "canvas_in.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ExportError, match=said):
        write_all(tmp_path / "out", GRADED, path, None, None)
    assert not (tmp_path / "out").exists()


def test_the_file_of_the_teacher_is_never_overwritten(tmp_path):
    path = tmp_path / "moodle.csv"
    path.write_text(MOODLE, "utf-8")
    with pytest.raises(ExportError, match="would be overwritten"):
        write_all(tmp_path, GRADED, None, None, path)
    assert path.read_text("utf-8") == MOODLE


def test_what_cannot_be_text_is_left_out():
    assert clean("a\ud800b\ufffec") == "abc"


if __name__ == "__main__":
    for name, made in GOLDEN.items():
        (FILES / name).write_bytes(made().encode())
