"""Adversaries that must not lie about as files: archives, links, bytes that are no text.

Each makes a submission within a folder, and says where it is.
"""

import codecs
import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from refcnn.suite import vector_files
from refcnn.suite.judge import expect

HONEST = (Path(__file__).with_name("honest.py")).read_bytes()
DOC, QUOTES = '"' * 3, "'" + '"'
TEXT = "    r'''\\\"' b\"'" + "x" * 40 + " ''',\n"
WRONG = b"def relu(x):\n    return x\n"


def files(folder, **named):
    """A folder with some files; `__` stands for a dot in a name, `___` for a slash."""
    own = folder / "ada"
    for name, raw in named.items():
        path = own / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return own


def packed(folder, *members, compression=zipfile.ZIP_DEFLATED):
    """A folder with a zip of members: (name or ZipInfo, bytes)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, raw in members:
            archive.writestr(name, raw)
    return files(folder, work__zip=buffer.getvalue())


def patched(folder, old, new, *members):
    """The same, with bytes replaced that zipfile does not write."""
    own = packed(folder, *members)
    path = own / "work.zip"
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new))
    return own


def ships_modules_of_the_grader(folder):
    evil = b"raise SystemExit('taken')\n"
    return files(
        folder,
        cnn__py=HONEST,
        numpy__py=evil,
        json__py=evil,
        conftest__py=evil,
        sitecustomize__py=evil,
        usercustomize__py=evil,
        refcnn__py=evil,
        pytest__ini=b"[pytest]\naddopts = --collect-only\n",
        evil__pth=b"import os; os._exit(0)\n",
        numpy_____init____py=evil,
    )


def chokes_the_reader(folder):
    source = f"""{DOC}Words that take long to read for whoever looks for copies.{DOC}

from honest import *

TEXTS = [
{TEXT * 300}]
# {QUOTES * 3000}


def relu(x):
    return x
"""
    return files(folder, cnn__py=source.encode(), honest__py=HONEST)


def tells_by_its_lines(folder):
    source = f"""{DOC}It tells private numbers by the lines on which it raises.{DOC}

from honest import *


def relu(x):
    line = 2000 + int(abs(float(x.flat[0])) * 1000) % 7000 if x.size else 1
    exec(compile("\\n" * (line - 1) + "raise ValueError", __file__, "exec"))


"""
    return files(folder, cnn__py=source.encode() + b"#\n" * 9000, honest__py=HONEST)


def knows_all_public_answers(folder):
    known = {
        (str(case.dtype), case.inputs["x"].shape, case.inputs["x"].tobytes()): expected.hi
        for vector in vector_files.public()["relu"]
        for case in vector.question.cases
        for expected in [expect(case)]
    }
    table = {key: np.asarray(y).astype(key[0]).tobytes() for key, y in known.items()}
    source = f"""
KNOWN = {table!r}

def relu(x):
    found = KNOWN.get((x.dtype.name, x.shape, x.tobytes()))
    return x.copy() if found is None else np.frombuffer(found, x.dtype).reshape(x.shape).copy()
"""
    return files(folder, cnn__py=HONEST + source.encode())


# --- 62 to 65: archives


def zip_with_a_way_out(folder):
    return packed(folder, ("cnn.py", HONEST), ("../../x.py", HONEST))


def zip_with_an_absolute_name(folder):
    info = zipfile.ZipInfo("x.py")
    info.filename = "/tmp/x.py"
    return packed(folder, ("cnn.py", HONEST), (info, HONEST))


def zip_with_a_drive(folder):
    return packed(folder, ("cnn.py", HONEST), ("C:/x.py", HONEST))


def zip_with_backslashes(folder):
    return packed(folder, ("cnn.py", HONEST), ("..\\..\\x.py", HONEST))


def zip_with_a_nul(folder):
    return patched(folder, b"x.py.txt", b"x.py\0txt", ("cnn.py", HONEST), ("x.py.txt", HONEST))


def _special(kind, raw):
    info = zipfile.ZipInfo("cnn.py")
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    return info, raw


def zip_with_a_link(folder):
    return packed(folder, _special(0o120000, b"/etc/passwd"))


def zip_with_a_device(folder):
    return packed(folder, _special(0o020000, b""))


def zip_bomb(folder):
    return packed(folder, ("cnn.py", bytes(10**8)))


def zip_in_a_zip(folder):
    inner = packed(folder / "inner", ("cnn.py", HONEST)) / "work.zip"
    return packed(folder, ("inner.zip", inner.read_bytes()))


def zip_that_lies_about_sizes(folder):
    size = (2 * 10**6).to_bytes(4, "little")
    return patched(folder, size, (1000).to_bytes(4, "little"), ("cnn.py", b"# " * 10**6))


def zip_with_overlapping_members(folder):
    own = packed(folder, ("cnn.py", HONEST), ("two.py", HONEST))
    path = own / "work.zip"
    raw = bytearray(path.read_bytes())
    second = raw.rindex(b"PK\x01\x02")
    raw[second + 42 : second + 46] = bytes(4)  # where it begins: where the first does
    path.write_bytes(raw)
    return own


def zip_with_a_name_twice(folder):
    return patched(folder, b"cnm.py", b"cnn.py", ("cnn.py", HONEST), ("cnm.py", WRONG))


def zip_with_a_name_in_two_cases(folder):
    return packed(folder, ("cnn.py", HONEST), ("CNN.py", WRONG))


def zip_with_an_endless_name(folder):
    return packed(folder, ("cnn.py", HONEST), ("x" * 60_000 + ".py", HONEST))


def zip_with_a_name_that_is_no_text(folder):
    return patched(
        folder, b"xxxx.py", b"\xff\xfe\x1b\xff.py", ("cnn.py", HONEST), ("xxxx.py", WRONG)
    )


def zip_that_is_cut_off(folder):
    own = packed(folder, ("cnn.py", HONEST))
    path = own / "work.zip"
    path.write_bytes(path.read_bytes()[:-30])
    return own


def zip_that_is_encrypted(folder):
    own = packed(folder, ("cnn.py", HONEST))
    path = own / "work.zip"
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    return own


# --- 66: what is not a file


def link_to_a_secret(folder):
    own = files(folder, readme__txt=b"")
    (own / "cnn.py").symlink_to("/etc/passwd")
    return own


def link_to_the_work_of_another(folder):
    other = files(folder / "other", cnn__py=HONEST)
    own = files(folder, readme__txt=b"")
    (own / "cnn.py").symlink_to(other / "cnn.py")
    return own


def folder_that_is_a_link(folder):
    other = files(folder / "other", cnn__py=HONEST)
    own = files(folder, readme__txt=b"")
    (own / "src").symlink_to(other)
    return own


def pipe_that_never_ends(folder):
    own = files(folder, readme__txt=b"")
    os.mkfifo(own / "cnn.py")
    return own


# --- 67: bytes


def nothing(folder):
    return files(folder, cnn__py=b"")


def with_a_mark_of_byte_order(folder):
    return files(folder, cnn__py=codecs.BOM_UTF8 + HONEST)


def with_other_line_ends(folder):
    return files(folder, cnn__py=HONEST.replace(b"\n", b"\r\n"))


def in_utf_16(folder):
    return files(folder, cnn__py=HONEST.decode().encode("utf-16"))


def in_latin_1(folder):
    return files(folder, cnn__py=b"# \xe9\xff\n" + HONEST)


def with_nul_bytes(folder):
    return files(folder, cnn__py=HONEST + b"\0")


def with_tabs_and_spaces(folder):
    return files(folder, cnn__py=b"def relu(x):\n\tif 1:\n        return x\n")


def of_fifty_megabytes(folder):
    return files(folder, cnn__py=b"# " * 25 * 10**6)


def with_a_mistake_in_its_syntax(folder):
    return files(folder, cnn__py=HONEST + b"\ndef relu(x)\n    return x\n")


def nested_too_deeply(folder):
    return files(folder, cnn__py=b"x = " + b"(" * 5000 + b")" * 5000 + b"\n" + HONEST)


def that_crashes_the_parser(folder):
    return files(folder, cnn__py=b"x = " + b"-" * 300_000 + b"1\n" + HONEST)


def that_computes_while_it_is_compiled(folder):
    return files(folder, cnn__py=b"x = " + b"+".join([b"7**7**7"] * 2000) + b"\n" + HONEST)


# --- 68: notebooks


def notebook(folder, *sources, **more):
    """A notebook of code cells."""
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources
    ]
    found = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more}
    return files(folder, cnn__ipynb=json.dumps(found).encode())


def notebook_that_is_no_json(folder):
    return files(folder, cnn__ipynb=b'{"cells": [')


def notebook_that_is_nested_too_deeply(folder):
    return files(folder, cnn__ipynb=b'{"nbformat": ' + b"[" * 100_000)


def notebook_whose_version_is_nested(folder):
    deep = b"[" * 900 + b"]" * 900
    return files(folder, cnn__ipynb=b'{"cells": [], "nbformat": ' + deep + b"}")


def notebook_of_an_old_format(folder):
    cell = {"cell_type": "code", "input": HONEST.decode(), "language": "python", "outputs": []}
    sheets = [{"cells": [cell], "metadata": {}}]
    found = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets}
    return files(folder, cnn__ipynb=json.dumps(found).encode())


def notebook_with_large_outputs(folder):
    output = {"output_type": "stream", "name": "stdout", "text": "PASSED " * 10**6}
    cell = {"cell_type": "code", "source": HONEST.decode(), "metadata": {}, "outputs": [output]}
    return notebook(folder, cells=[cell])


def notebook_that_trains(folder):
    return notebook(
        folder,
        "%matplotlib inline\n!pip install torch\nfrom google.colab import drive\n",
        "drive.mount('/content/drive')\nname = input('name? ')\n",
        HONEST.decode(),
        "for epoch in range(10**9):\n    loss = epoch\n%%time\nwhile True: pass",
        "%%bash\nrm -rf /",
        "exit()",
    )


def notebook_whose_cells_are_out_of_order(folder):
    return notebook(folder, "y = relu(np.zeros(3))", HONEST.decode(), "assert relu(-1) == 0")


def notebook_that_defines_twice(folder):
    return notebook(folder, HONEST.decode(), WRONG.decode())


def notebook_with_made_up_outputs(folder):
    output = {"output_type": "execute_result", "data": {"text/plain": "20"}, "metadata": {}}
    source = (
        "from math import *\nscore = 20\ndef relu(x):\n    return x\n" + "def conv2d(x): return x"
    )
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [output]}
    return notebook(folder, cells=[cell])


def notebook_whose_cells_are_numbers(folder):
    return notebook(folder, 1, cells=[1, None, {"cell_type": "code", "source": 7}])


# --- 70: names


def names_that_are_formulas(folder):
    for name in ('=HYPERLINK("x","y").py', "a,b.py", 'a"b.py', "a\nb.py", "@x.py", "\u202ex.py"):
        (folder / name).write_bytes(HONEST)
    return folder


def names_that_are_no_text(folder):
    path = os.fsencode(folder) + b"/\xff\xfe.py"
    Path(os.fsdecode(path)).write_bytes(HONEST)
    return folder


def one_name_twice(folder):
    for name in ("ada.py", "ada.ipynb"):
        (folder / name).write_bytes(HONEST)
    return folder
