"""Submissions in every form that they come in, and in every form that is meant to do harm."""

import io
import json
import os
import stat
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refcnn.grading import archives
from refcnn.grading.archives import Archive, ArchiveError
from refcnn.grading.report import Person
from refcnn.grading.submissions import Submission, SubmissionError, collect, find, read

CODE = b"def relu(x):\n    return x * (x > 0)\n"
NOTEBOOK = nbformat.writes(
    nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Mine"), nbformat.v4.new_code_cell(CODE.decode())]
    )
).encode()
SOME = 4096  # bytes of source that are read here
SEVERAL = (
    "it has several files and it is not clear which one counts ({}); name the right one cnn.py"
)


def laid(folder, files):
    """Files in a folder, which is made."""
    for name, raw in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return folder


def member(name, *, mode=0, packed=zipfile.ZIP_DEFLATED):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = packed
    return info


def zipped(members, tamper=lambda _: None):
    """A zip of (name or ZipInfo, bytes); `tamper` may change its directory before it is written."""
    buffer = io.BytesIO()
    with (
        warnings.catch_warnings(action="ignore"),  # about two members of one name
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, raw in members:
            archive.writestr(name, raw)
        tamper(archive)
    return buffer.getvalue()


def collected(*paths, **options):
    return {s.person.id: s for s in collect(paths, **({"most": SOME} | options))}


def problems(*paths, **options):
    """What is wrong with whom, without the words that all have in common."""
    start = "It cannot be graded: "
    found = {name: s.problem for name, s in collected(*paths, **options).items()}
    assert all(said.startswith(start) and said.endswith(".") for said in found.values() if said)
    return {name: said.removeprefix(start).removesuffix(".") for name, said in found.items()}


def of_class(tmp_path, files, packed):
    """A class in a folder, or in a zip."""
    if not packed:
        return laid(tmp_path / "class", files)
    path = tmp_path / "class.zip"
    path.write_bytes(zipped([(packed.format(name), raw) for name, raw in files.items()]))
    return path


PACKINGS = pytest.mark.parametrize(
    "packed", ["", "{}", "hand-ins/{}"], ids=["folder", "zip", "zip with a folder around"]
)

# What is there, and who it is from: (id, name, number, file), files by the names of students.
CLASSES = {
    "one file each": (
        {"ada.py": CODE, "bela.PY": CODE, "cleo.ipynb": NOTEBOOK, "README.md": b"", "a.csv": b""},
        {
            ("ada", "", "", "ada.py"): ["cnn.py"],
            ("bela", "", "", "bela.PY"): ["cnn.py"],
            ("cleo", "", "", "cleo.ipynb"): ["cnn.ipynb"],
        },
    ),
    "a folder each": (
        {
            "ada/work.py": CODE,
            "ada/notes.txt": b"",
            "bela/cnn.py": CODE,
            "bela/helpers.py": b"A = 1",
            "bela/data/table.csv": b"1",
            "cleo/My Notebook.ipynb": NOTEBOOK,
            "dara/final/work/cnn.py": CODE,
            "emil/cnn.py": CODE,
            "emil/old/cnn.py": b"# first try",
            "finn/CNN.ipynb": NOTEBOOK,
            "finn/plots.py": b"A = 1",
        },
        {
            ("ada", "", "", "ada"): ["cnn.py"],
            ("bela", "", "", "bela"): ["cnn.py", "helpers.py"],
            ("cleo", "", "", "cleo"): ["cnn.ipynb"],
            ("dara", "", "", "dara"): ["cnn.py"],
            ("emil", "", "", "emil"): ["cnn.py"],
            ("finn", "", "", "finn"): ["CNN.ipynb", "plots.py"],
        },
    ),
    "Canvas": (
        {
            "lovelaceada_123_456_cnn.py": CODE,
            "babbage-charles_LATE_124_457_cnn-2.py": CODE,
            "hoppergrace_125_458_cnn-1.py": CODE,
            "hoppergrace_125_459_helpers-1.py": b"A = 1",
            "hoppergrace_125_460_helpers.py": b"A = 2",
            "noether_126_461_hand in.zip": zipped([("hw/cnn.py", CODE), ("hw/more.py", b"A=1")]),
        },
        {
            ("lovelaceada_123", "lovelaceada", "123", "lovelaceada_123_456_cnn.py"): ["cnn.py"],
            (
                "babbage-charles_124",
                "babbage-charles",
                "124",
                "babbage-charles_LATE_124_457_cnn-2.py",
            ): ["cnn.py"],
            ("hoppergrace_125", "hoppergrace", "125", "hoppergrace_125_458_cnn-1.py"): [
                "cnn.py",
                "helpers.py",
            ],
            ("noether_126", "noether", "126", "noether_126_461_hand in.zip"): [
                "cnn.py",
                "more.py",
            ],
        },
    ),
    "Moodle": (
        {
            "Ada Lovelace_123_assignsubmission_file_/cnn.py": CODE,
            "Ada Lovelace_123_assignsubmission_file_/helpers.py": b"A = 1",
            "Ada Lovelace_123_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
            "Grace B_ Hopper_7_assignsubmission_file_cnn.py": CODE,
            "Zoë Ω_8_assignsubmission_file/cnn.ipynb": NOTEBOOK,
        },
        {
            (
                "Ada Lovelace_123",
                "Ada Lovelace",
                "123",
                "Ada Lovelace_123_assignsubmission_file_",
            ): [
                "cnn.py",
                "helpers.py",
            ],
            (
                "Grace B_ Hopper_7",
                "Grace B_ Hopper",
                "7",
                "Grace B_ Hopper_7_assignsubmission_file_cnn.py",
            ): ["cnn.py"],
            ("Zoë Ω_8", "Zoë Ω", "8", "Zoë Ω_8_assignsubmission_file"): ["cnn.ipynb"],
        },
    ),
    "Gradescope": (
        {
            "submission_metadata.yml": b"{}",
            "submission_1234567/cnn.py": CODE,
            "submission_1234568/hw.zip": zipped([("cnn.py", CODE)]),
        },
        {
            ("submission_1234567", "", "", "submission_1234567"): ["cnn.py"],
            ("submission_1234568", "", "", "submission_1234568"): ["cnn.py"],
        },
    ),
    "a zip each, from many systems": (
        {
            "ada.zip": zipped([("cnn.py", CODE), ("__MACOSX/._cnn.py", b"\0\5")]),
            "bela.ZIP": zipped([("./src/cnn.py", CODE), ("src/.venv/lib/x.py", b"A=1")]),
            "cleo/work.zip": zipped([("a/b/c/cnn.ipynb", NOTEBOOK)]),
        },
        {
            ("ada", "", "", "ada.zip"): ["cnn.py"],
            ("bela", "", "", "bela.ZIP"): ["cnn.py"],
            ("cleo", "", "", "cleo"): ["cnn.ipynb"],
        },
    ),
}


@PACKINGS
@pytest.mark.parametrize("name", CLASSES)
def test_everybody_in_a_class_is_found(tmp_path, name, packed):
    files, expected = CLASSES[name]
    around = packed.removesuffix("{}") if packed else ""
    found = collected(of_class(tmp_path, files, packed))
    assert {who: s.problem for who, s in found.items() if s.problem} == {}
    people = {(*s.person.model_dump().values(),): sorted(s.files) for s in found.values()}
    assert people == {(*who[:3], around + who[3]): names for who, names in expected.items()}
    assert [*found] == sorted(found)


@PACKINGS
def test_what_is_read_is_what_was_handed_in(tmp_path, packed):
    files = {"ada/cnn.py": b"\xef\xbb\xbfimport more\r\n", "ada/more.py": b"\xff\r", "b.py": CODE}
    found = collected(of_class(tmp_path, files, packed))
    assert found["ada"].files == {"cnn.py": files["ada/cnn.py"], "more.py": b"\xff\r"}
    assert found["ada"].entry == "cnn.py"
    assert found["b"].files == {"cnn.py": CODE}


# What a student calls a file can look like the pattern of another platform.
EVIL = {
    "Canvas": (
        {
            "evilada_123_456_x_999_assignsubmission_file_cnn.py": CODE,
            "victimbob_999_457_cnn.py": CODE,
            "cleo_125_458_cnn.py": CODE,
        },
        {"evilada_123": "123", "victimbob_999": "999", "cleo_125": "125"},
    ),
    "Canvas, without the victim": (
        {
            "evilada_123_456_x_999_assignsubmission_file_cnn.py": CODE,
            "cleo_125_458_cnn.py": CODE,
        },
        {"evilada_123": "123", "cleo_125": "125"},
    ),
    "Moodle": (
        {
            "Ada E_123_assignsubmission_file_Bob V_999_assignsubmission_file_cnn.py": CODE,
            "Bob V_999_assignsubmission_file_cnn.py": CODE,
        },
        {"Ada E_123": "123", "Bob V_999": "999"},
    ),
    "no platform": (
        {"ada.py": CODE, "bela_999_1_cnn.py": CODE, "cleo.py": CODE},
        {"ada": "", "bela_999_1_cnn": "", "cleo": ""},
    ),
}


@PACKINGS
@pytest.mark.parametrize("name", EVIL)
def test_nobody_takes_the_number_of_another_by_the_name_of_a_file(tmp_path, name, packed):
    files, expected = EVIL[name]
    found = collected(of_class(tmp_path, files, packed))
    assert {who: each.person.number for who, each in found.items()} == expected
    assert {each.problem for each in found.values()} == {""}


def test_a_name_that_the_platform_did_not_give_is_refused_by_name(tmp_path):
    files = {"ada_123_456_cnn.py": CODE, "bela_124_457_cnn.py": CODE, "found.py": CODE}
    found = collected(laid(tmp_path, files))
    assert found["found"].conflict
    assert found["found"].problem == (
        "Its name is not one of those that Canvas gives, as most are; rename it, or take it out."
    )
    assert {found[who].problem for who in ("ada_123", "bela_124")} == {""}


def test_a_class_zip_of_one_student_of_moodle_is_no_folder_around_a_class(tmp_path):
    files = {f"Ada_1_assignsubmission_file_/{name}.py": CODE for name in ("cnn", "more")}
    assert [*collected(of_class(tmp_path, files, "{}"))] == ["Ada_1"]


def test_of_canvas_the_plain_name_is_before_the_one_that_was_handed_in_again(tmp_path):
    files, _ = CLASSES["Canvas"]
    found = collected(laid(tmp_path, files))["hoppergrace_125"]
    assert found.files["helpers.py"] == b"A = 2"


def test_a_notebook_becomes_its_cells_of_code_and_outputs_are_of_no_account(tmp_path):
    large = json.loads(NOTEBOOK)
    large["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 9999}]
    laid(tmp_path, {"ada.ipynb": NOTEBOOK, "bela.ipynb": json.dumps(large).encode()})
    ada, bela = collected(tmp_path).values()
    assert ada.cells
    assert json.loads(ada.files["cnn.ipynb"]) == [CODE.decode()]
    assert ada.digest == bela.digest
    assert ada.source == CODE.decode()


def test_single_files_can_be_named_also_by_names_of_canvas(tmp_path):
    files, _ = CLASSES["Canvas"]
    laid(tmp_path, files)
    named, whole = collected(*sorted(tmp_path.iterdir())), collected(tmp_path)
    assert named == whole


def test_a_file_that_is_named_twice_is_one_submission(tmp_path):
    path = laid(tmp_path, {"ada.py": CODE}) / "ada.py"
    assert [s.problem for s in collected(path, path).values()] == [""]


@pytest.mark.parametrize(
    ("name", "raw", "files"),
    [
        ("work.py", CODE, ["cnn.py"]),
        ("work.ipynb", NOTEBOOK, ["cnn.ipynb"]),
        ("hw.zip", zipped([("hw/cnn.py", CODE), ("hw/more.py", CODE)]), ["cnn.py", "more.py"]),
    ],
)
def test_one_submission_is_a_file_or_a_zip(tmp_path, name, raw, files):
    found = collected(laid(tmp_path, {name: raw}) / name, one=True)
    assert {who: sorted(s.files) for who, s in found.items()} == {name.partition(".")[0]: files}


def test_one_submission_is_a_folder_of_any_name(tmp_path, monkeypatch):
    folder = laid(tmp_path / "submission", {"cnn.py": CODE, "more.py": CODE})
    monkeypatch.chdir(folder)
    for path in (folder, Path()):
        found = collected(path, one=True)
        assert [*found] == ["submission"]
        assert sorted(found["submission"].files) == ["cnn.py", "more.py"]


@pytest.mark.parametrize(
    ("files", "entry", "said"),
    [
        ({}, "cnn.py", "there is no .py or .ipynb file in it"),
        ({"x.txt": b"", "sub/notes.md": b""}, "cnn.py", "there is no .py or .ipynb file in it"),
        (
            {"a.py": CODE, "b.py": CODE, "c/d.py": CODE},
            "cnn.py",
            SEVERAL.format("a.py, b.py, d.py"),
        ),
        (
            {"a/cnn.py": CODE, "b/cnn.py": CODE},
            "cnn.py",
            SEVERAL.format("cnn.py, cnn.py"),
        ),
        ({"a.py": CODE, "b.py": CODE}, "b.py", ""),
        ({"B.ipynb": NOTEBOOK, "a.py": CODE}, "b.py", ""),
        ({"cnn.py": CODE, "cnn.ipynb": NOTEBOOK}, "cnn.ipynb", ""),
        ({"cnn.py": b""}, "cnn.py", "the file is empty"),
        ({"cnn.py": b"\xef\xbb\xbf \r\n"}, "cnn.py", "the file is empty"),
        (
            {"cnn.py": CODE.decode().encode("utf-16")},
            "cnn.py",
            "it is saved as UTF-16; save it as UTF-8",
        ),
        ({"cnn.py": b"\0" * SOME}, "cnn.py", ""),
        ({"cnn.py": b"#" * (SOME + 1)}, "cnn.py", "cnn.py has more than 4,096 bytes"),
        (
            {"cnn.py": CODE, "more.py": b"#" * (SOME + 1)},
            "cnn.py",
            "more.py has more than 4,096 bytes",
        ),
        ({"a.ipynb": b"no JSON"}, "cnn.py", "a.ipynb is not a notebook: it is not JSON (line 1)"),
        (
            {f"{i}.py": CODE for i in range(201)},
            "cnn.py",
            "it has 201 files of code; at most 200 are read",
        ),
        (
            {"a.zip": zipped([("cnn.py", CODE)]), "b.zip": zipped([("cnn.py", CODE)])},
            "cnn.py",
            "there are several zip files in it; only one is opened",
        ),
        (
            {"a.zip": zipped([("b.zip", zipped([("cnn.py", CODE)]))])},
            "cnn.py",
            "there is no .py or .ipynb file in it",
        ),
        (
            {"My.zip": b"Rar!"},
            "cnn.py",
            "My.zip is not a zip archive that can be read: File is not a zip file",
        ),
        ({"a/b/c/d/e/f/g/h/cnn.py": CODE}, "cnn.py", "g: it lies in too many folders"),
    ],
)
def test_what_is_wrong_with_a_folder_is_one_sentence(tmp_path, files, entry, said):
    folder = tmp_path / "ada"
    folder.mkdir()
    assert problems(laid(folder, files), entry=entry, one=True) == {"ada": said}


def test_files_that_are_too_many_together_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("refcnn.grading.submissions.MOST_BYTES", 100)
    laid(tmp_path, {"ada/cnn.py": CODE, "ada/more.py": CODE * 2, "bela/cnn.py": CODE})
    assert problems(tmp_path) == {
        "ada": "its files have more than 100 bytes together",
        "bela": "",
    }


def test_a_source_of_50_megabytes_is_not_read_to_its_end(tmp_path):
    with (tmp_path / "ada.py").open("wb") as file:
        file.truncate(50 * 2**20)
    laid(tmp_path, {"bela.py": CODE})
    assert problems(tmp_path) == {"ada": "ada.py has more than 4,096 bytes", "bela": ""}


def test_nobody_vanishes_who_handed_in_another_kind_of_archive(tmp_path):
    laid(tmp_path, {"ada.rar": b"Rar!", "bela.py": CODE})
    assert problems(tmp_path) == {"ada": "there is no .py or .ipynb file in it", "bela": ""}


# Paths that are no submissions: all of them one sentence of the whole run.


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({}, "x", "x does not exist; name a file, a folder or a zip"),
        ({"x/a.txt": b""}, "x", "x has no submission in it: no .py, .ipynb or .zip file"),
        ({"x.txt": b""}, "x.txt", "x.txt is neither a .py, .ipynb or .zip file nor a folder"),
        ({"x.zip": b""}, "x.zip", "x.zip is not a zip archive that can be read: File is not a zip"),
        (
            {"x.zip": zipped([("readme.txt", b"")])},
            "x.zip",
            "x.zip has no submission in it: no .py, .ipynb or .zip file",
        ),
    ],
)
def test_a_path_without_submissions_is_one_sentence(tmp_path, monkeypatch, files, name, said):
    monkeypatch.chdir(laid(tmp_path, files))
    with pytest.raises(SubmissionError) as raised:
        find([Path(name)])
    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


def test_a_link_is_never_followed(tmp_path):
    secret = laid(tmp_path / "elsewhere", {"secret.py": CODE})
    folder = laid(tmp_path / "class", {"ada.py": CODE, "bela/cnn.py": CODE, "gita/cnn.py": CODE})
    (folder / "cleo.py").symlink_to(secret / "secret.py")
    (folder / "dara").symlink_to(secret)
    (folder / "bela" / "more.py").symlink_to(secret / "secret.py")
    (folder / "emil.py").symlink_to("emil.py")
    (folder / "finn").symlink_to("finn")
    (folder / "gita" / "picture.png").symlink_to("/dev/zero")
    link = "it is a symbolic link; the file itself is needed"
    assert problems(folder) == {
        "ada": "",
        "bela": f"more.py: {link}",
        "cleo": f"cleo.py: {link}",
        "dara": f"dara: {link}",
        "emil": f"emil.py: {link}",
        "gita": "",
    }
    assert problems(folder / "cleo.py", folder / "ada.py") == {
        "ada": "",
        "cleo": f"cleo.py: {link}",
    }
    with pytest.raises(SubmissionError, match="dara is a symbolic link; name what it leads to"):
        find([folder / "dara"])


def test_a_file_that_becomes_a_link_after_it_was_found_is_not_followed(tmp_path):
    path = laid(tmp_path, {"ada.py": CODE}) / "ada.py"
    found = find([tmp_path])[0]
    path.unlink()
    path.symlink_to("/etc/passwd")
    said = read(found, "cnn.py", SOME)
    assert said.files == {}
    assert said.problem.startswith("It cannot be graded: ada.py cannot be read: ")


def test_a_file_that_is_gone_after_it_was_found_is_one_problem(tmp_path):
    path = laid(tmp_path, {"ada.py": CODE}) / "ada.py"
    found = find([tmp_path])[0]
    path.unlink()
    expected = "It cannot be graded: ada.py cannot be read: No such file or directory."
    assert read(found, "cnn.py", SOME).problem == expected


def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "ada.py")
    os.mkfifo(laid(tmp_path, {"bela/cnn.py": CODE}) / "bela" / "data")
    assert problems(tmp_path) == {"ada": "ada.py: it is not a regular file", "bela": ""}
    expected = {"ada": "ada.py is not a regular file"}
    assert problems(tmp_path / "ada.py") == expected


def test_an_unreadable_file_or_folder_hurts_nobody_else(tmp_path, monkeypatch):
    laid(tmp_path, {"ada/cnn.py": CODE, "bela/cnn.py": CODE, "cleo/cnn.py": CODE})

    def refusing(real, where):
        def call(path, *rest):
            if Path(path) == tmp_path / where:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *rest)

        return call

    monkeypatch.setattr(os, "open", refusing(os.open, "ada/cnn.py"))
    monkeypatch.setattr(os, "scandir", refusing(os.scandir, "bela"))
    assert problems(tmp_path) == {
        "ada": "cnn.py cannot be read: Permission denied",
        "bela": "bela: the folder cannot be read: Permission denied",
        "cleo": "",
    }
    with pytest.raises(SubmissionError, match="bela cannot be read: Permission denied"):
        find([tmp_path / "bela"])


def test_folders_of_the_grader_among_the_submissions_are_left_out(tmp_path, monkeypatch):
    laid(tmp_path, {"ada.py": CODE, "graded/pages/x.html": b"", "hw/solution.py": CODE})
    monkeypatch.chdir(tmp_path)
    found = find([Path()], but=[Path("graded"), tmp_path / "hw", Path("/elsewhere")])
    assert [each.person.id for each in found] == ["ada"]


# Archives that are meant to do harm.


def hostile(members, tamper=lambda _: None):
    return zipped([*members, ("good.py", CODE)], tamper)


def told(archive, name="good.py", **changes):
    """Change what the directory of an archive says of a member."""
    info = next(i for i in archive.filelist if i.filename == name)
    for key, value in changes.items():
        setattr(info, key, value)


def second_of_first(archive):
    """Two members that share their bytes."""
    archive.filelist[1].header_offset = archive.filelist[0].header_offset


OUT = "its path leads out of the archive"
MALFORMED = "its name is malformed"
LINKED = "it is not a regular file but a link or a device"
TWICE = "there are two files of this name"
LOCKED = "it is encrypted; hand it in without a password"
UNUSUAL = "it is packed in an unusual way; an ordinary zip is needed"
TIGHT = "it is packed too tightly to be source code"
SHARED = "bob.py is damaged: File name in directory 'bob.py' and header b'ada.py' differ."
THREATS = {
    "up": (hostile([("../../x.py", CODE)]), {"..": f"x.py: {OUT}"}),
    "up from within": (hostile([("ada/../../x.py", CODE)]), {"ada": f"x.py: {OUT}"}),
    "absolute": (hostile([("/etc/x.py", CODE)]), {"unnamed": f"x.py: {OUT}"}),
    "drive": (hostile([("C:/x.py", CODE)]), {"C:": f"x.py: {OUT}"}),
    "backslash": (hostile([("..\\x.py", CODE)]), {"..\\x": f"..\\x.py: {MALFORMED}"}),
    "no name": (hostile([("ada/", b""), ("@", CODE)]).replace(b"@", b"\0"), {}),
    "NUL": (
        hostile([("ada.py@.txt", CODE)]).replace(b"@", b"\0"),
        {"ada": f"ada.py: {MALFORMED}"},
    ),
    "long": (hostile([("x" * 2000 + "/a.py", CODE)]), {"x" * 200: f"a.py: {MALFORMED}"}),
    "endless": (hostile([("x" * 60_000 + ".py", CODE)]), {"x" * 200: f"{'x' * 200}: {MALFORMED}"}),
    "link": (
        hostile([(member("ada.py", mode=stat.S_IFLNK | 0o777), b"/etc/passwd")]),
        {"ada": f"ada.py: {LINKED}"},
    ),
    "link to a folder": (
        hostile([(member("ada/x", mode=stat.S_IFLNK | 0o777), b"/")]),
        {"ada": "there is no .py or .ipynb file in it"},
    ),
    "device": (
        hostile([(member("ada.py", mode=stat.S_IFCHR | 0o666), b"")]),
        {"ada": f"ada.py: {LINKED}"},
    ),
    "pipe": (
        hostile([(member("ada.py", mode=stat.S_IFIFO | 0o666), b"")]),
        {"ada": f"ada.py: {LINKED}"},
    ),
    "twice": (hostile([("ada.py", CODE), ("ada.py", b"#")]), {"ada": f"ada.py: {TWICE}"}),
    "twice by another way": (
        hostile([("ada/cnn.py", CODE), ("ada/./cnn.py", b"#")]),
        {"ada": f"cnn.py: {TWICE}"},
    ),
    "twice but for case": (
        hostile([("ada/cnn.py", CODE), ("ada/CNN.py", b"#")]),
        {"ada": f"CNN.py: {TWICE}"},
    ),
    "bomb": (hostile([("ada.py", b"\n" * 2**24)]), {"ada": f"ada.py: {TIGHT}"}),
    "bomb that says it is small": (
        hostile([("ada.py", b"\n" * 2**24)], lambda z: told(z, "ada.py", file_size=100)),
        {"ada": "ada.py is damaged: Bad CRC-32 for file 'ada.py'"},
    ),
    "size that is a lie": (
        hostile([("ada.py", CODE)], lambda z: told(z, "ada.py", file_size=2**31)),
        {"ada": f"ada.py: {TIGHT}"},
    ),
    "too large": (
        hostile([("ada.py", os.urandom(SOME + 1))]),
        {"ada": "ada.py has more than 4,096 bytes"},
    ),
    "shared bytes": (
        hostile([("ada.py", CODE), ("bob.py", b"#")], second_of_first),
        {
            "ada": "",
            "bob": SHARED,
        },
    ),
    "encrypted": (
        hostile([("ada.py", CODE)], lambda z: told(z, "ada.py", flag_bits=1)),
        {"ada": f"ada.py: {LOCKED}"},
    ),
    "unusual": (
        hostile([(member("ada.py", packed=zipfile.ZIP_LZMA), CODE)]),
        {"ada": f"ada.py: {UNUSUAL}"},
    ),
    "damaged": (
        hostile([(member("ada.py", packed=zipfile.ZIP_STORED), b"@" * 9)]).replace(
            b"@" * 9, b"!" * 9
        ),
        {"ada": "ada.py is damaged: Bad CRC-32 for file 'ada.py'"},
    ),
    "data that would not be read": (
        hostile([("ada/zeros.npy", bytes(2**24)), ("ada/cnn.py", CODE)]),
        {"ada": ""},
    ),
    "nested": (hostile([("ada.zip", hostile([("../x.py", CODE)]))]), {"ada": f"x.py: {OUT}"}),
    "nested bomb": (
        hostile(
            [("ada.zip", zipped([(member("x.zip", packed=0), zipped([("y", bytes(2**24))]))]))]
        ),
        {"ada": "there is no .py or .ipynb file in it"},
    ),
}


@pytest.mark.parametrize("name", THREATS)
def test_a_hostile_member_hurts_nobody_else(tmp_path, monkeypatch, name):
    raw, expected = THREATS[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.zip").write_bytes(raw)
    assert problems(tmp_path / "class.zip") == expected | {"good": ""}
    assert os.listdir() == ["class.zip"]  # noqa: PTH208


@pytest.mark.parametrize("why", [OUT, MALFORMED, LINKED, TWICE, TIGHT, LOCKED, UNUSUAL])
def test_a_hostile_member_of_a_zip_of_a_student_is_a_problem_of_that_one(tmp_path, why):
    raw = next(raw for raw, said in THREATS.values() if any(why in text for text in said.values()))
    found = problems(laid(tmp_path, {"bela.zip": raw, "cleo.py": CODE}))
    assert found == {"bela": found["bela"], "cleo": ""}
    assert found["bela"].endswith(f".py: {why}")


def test_names_of_archives_that_are_not_utf_8_are_one_sentence(tmp_path):
    raw = zipped([("ä.py", CODE)]).replace("ä".encode(), b"\xff\xff")
    laid(tmp_path, {"ada.zip": raw, "bela.py": CODE})
    assert problems(tmp_path) == {"ada": "ada.zip has a file whose name is not UTF-8", "bela": ""}
    with pytest.raises(SubmissionError, match=r"ada\.zip has a file whose name is not UTF-8"):
        find([tmp_path / "ada.zip"])


def test_names_in_utf_8_are_read_also_where_the_archive_does_not_say_so(tmp_path):
    raw = zipped([("Zoë.py", CODE)], lambda z: None)
    flagged = zipfile.ZipFile(io.BytesIO(raw)).filelist[0].flag_bits
    assert flagged == 0x800
    (tmp_path / "class.zip").write_bytes(
        raw.replace(b"\0\x08\x08\0", b"\0\0\x08\0").replace(b"\0\x08\0\0", b"\0\0\0\0")
    )
    assert [*collected(tmp_path / "class.zip")] == ["Zoë"]


def test_archives_of_too_many_members_are_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    raw = zipped([(f"{i}.py", CODE) for i in range(4)])
    laid(tmp_path, {"ada.zip": raw, "bela.py": CODE})
    assert problems(tmp_path) == {"ada": "ada.zip has more than 3 members", "bela": ""}
    with pytest.raises(SubmissionError, match=r"ada\.zip has more than 3 members"):
        find([tmp_path / "ada.zip"])


# Ids.


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=HYPERLINK(1).py", "=HYPERLINK(1)"),
        ("a,b\"c'd.py", "a,b\"c'd"),
        ("<script>alert(1)<.py", "<script>alert(1)<"),
        ("two\nlines.py", "two\N{REPLACEMENT CHARACTER}lines"),
        ("\x1b[31mred.py", "\N{REPLACEMENT CHARACTER}[31mred"),
        ("right\N{RIGHT-TO-LEFT OVERRIDE}left.py", "right\N{REPLACEMENT CHARACTER}left"),
        (" .py", "unnamed"),
        ("..  .py", ".."),
        (os.fsdecode(b"caf\xe9.py"), "caf?"),
        ("x" * 240 + ".py", "x" * 200),
        ("Zoë.py", "Zoë"),
    ],
)
def test_hostile_ids_can_be_shown(tmp_path, name, shown):
    laid(tmp_path, {name: CODE, "good.py": CODE})
    expected = {"good": "", shown: ""}
    assert problems(tmp_path) == expected
    assert all(s.person.file.isprintable() for s in collected(tmp_path).values())


@pytest.mark.parametrize(
    "names",
    [
        ("ada.py", "ada.ipynb"),
        ("ada.py", "ada/cnn.py"),
        ("ada.py", "Ada.py"),
        ("Zoe\u0308.py", "Zo\u00eb.py"),
        ("one/ada.py", "two/ada.py"),
    ],
)
def test_of_several_submissions_with_one_id_none_counts(tmp_path, names):
    laid(
        tmp_path, {name: NOTEBOOK if name.endswith("nb") else CODE for name in (*names, "bela.py")}
    )
    paths = [tmp_path]
    if "one" in names[0]:
        paths = [tmp_path / "bela.py", tmp_path / "one", tmp_path / "two"]
    *both, bela = sorted(collect(paths, most=SOME), key=lambda s: s.person.id == "bela")
    assert [s.conflict for s in (*both, bela)] == [True, True, False]
    assert {s.problem for s in both} == {
        "There are several submissions with this id; keep one of them."
    }
    files = ", ".join(
        sorted(
            name.removeprefix("one/").removeprefix("two/").removesuffix("/cnn.py") for name in names
        )
    )
    assert [s.person.file for s in both] == [files, files]
    assert bela.problem == ""


# The digest.

PLAIN = Submission(Person(id="ada"), "cnn.py", {"cnn.py": b"1", "more.py": b"2"})


def test_equal_work_has_an_equal_digest(tmp_path):
    laid(
        tmp_path,
        {
            "ada.py": CODE,
            "bela/work.py": CODE,
            "cleo_1_2_cnn-1.py": CODE,
            "dara.zip": zipped([("hw/x.py", CODE)]),
            "emil/cnn.py": CODE,
            "emil/more.py": b"1",
            "finn.zip": zipped([("more.py", b"1"), ("cnn.py", CODE)]),
        },
    )
    found = {who: s.digest for who, s in collected(tmp_path).items()}
    assert len({found[who] for who in ("ada", "bela", "cleo_1_2_cnn-1", "dara")}) == 1
    assert found["emil"] == found["finn"] != found["ada"]


@pytest.mark.parametrize(
    "change",
    [
        {"entry": "more.py"},
        {"files": {"cnn.py": b"1", "more.py": b"3"}},
        {"files": {"cnn.py": b"1", "other.py": b"2"}},
        {"files": {"cnn.py": b"1"}},
        {"files": {"cnn.py": b"1", "more.py": b"2", "other.py": b""}},
        {"files": {"cnn.py": b'1["more.py", 1]2'}},
        {"cells": True},
        {"problem": "It cannot be graded: no."},
        {"conflict": True},
    ],
)
def test_all_that_matters_changes_the_digest(change):
    about = {"entry": PLAIN.entry, "files": PLAIN.files} | change
    assert Submission(PLAIN.person, **about).digest != PLAIN.digest


def test_the_person_and_the_order_of_files_do_not_change_the_digest():
    files = dict(reversed(PLAIN.files.items()))
    assert Submission(Person(id="bela"), "cnn.py", files).digest == PLAIN.digest


# Whatever an archive has in it.

PARTS = st.sampled_from(
    ["cnn.py", "ada.py", "a.ipynb", "..", ".", "", "\\", "C:", "x.zip", "ada", "a_1_2_x.py", "\n"]
)
NAMES = st.lists(PARTS | st.text(max_size=5), max_size=4).map("/".join).filter(len)
INNER = zipped([("cnn.py", CODE), ("more.py", b"A = 1")])
CONTENTS = st.sampled_from([CODE, NOTEBOOK, INNER, b"", bytes(10**5)]) | st.binary(max_size=99)
MODES = st.sampled_from([0, 0o100644, stat.S_IFLNK | 0o777, 0o040755]) | st.integers(0, 0xFFFF)
METHODS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
MEMBERS = st.lists(st.tuples(NAMES, MODES, METHODS, CONTENTS), max_size=6)
CHANGES = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("archives")


@settings(max_examples=400, deadline=None, derandomize=True)
@given(members=MEMBERS, changes=CHANGES)
def test_no_archive_is_more_than_a_problem(folder, members, changes):
    raw = bytearray(
        zipped([(member(name, mode=mode, packed=how), data) for name, mode, how, data in members])
    )
    for where, byte in changes:
        raw[-1 - where % len(raw)] = byte  # the directory is at the end
    (folder / "class.zip").write_bytes(raw)
    (folder / "good.py").write_bytes(CODE)
    found = []
    with suppress(SubmissionError):
        found = [read(each, "cnn.py", SOME) for each in find([folder / "class.zip"])]
    for each in found:
        assert each.person.id.isprintable()
        assert bool(each.problem) is not bool(each.files)
        assert each.problem.isprintable()
        assert all(len(data) <= SOME for data in each.files.values())
    hurt, good = collected(folder, one=False).values()
    assert (hurt.person.id, good.person.id, good.problem) == ("class", "good", "")
    assert sorted(os.listdir(folder)) == ["class.zip", "good.py"]  # noqa: PTH208


@settings(max_examples=200, deadline=None, derandomize=True)
@given(raw=st.binary(max_size=300), tail=st.booleans())
def test_bytes_that_are_no_archive_are_never_more_than_an_archive_error(raw, tail):
    held = raw + zipped([])[:-2] + raw[:40] if tail else raw
    with suppress(ArchiveError):
        assert [*Archive(held, "x.zip").names()] == []
