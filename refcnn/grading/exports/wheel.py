"""The refcnn that runs, as a wheel: an autograder installs what its assignment was judged by.

The files are those that are imported here, be it installed or in a working copy, so that
a change of one's own, or a version that is in no index, grades in the same way elsewhere.
"""

import csv
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.metadata import Distribution, distribution
from io import BytesIO, StringIO
from pathlib import Path

import refcnn
from refcnn.suite import paths

ABOUT = ("METADATA", "WHEEL", "entry_points.txt")  # what installers need to know
GOLDEN = "refcnn/suite/golden"  # where vectors are in a wheel; a checkout has them elsewhere


def wheel() -> tuple[str, bytes]:
    """The name and the bytes of the wheel; equal files give equal bytes.

    >>> name, content = wheel()
    >>> name.startswith("refcnn-") and name.endswith("-py3-none-any.whl")
    True
    """
    about = distribution("refcnn")
    information = f"refcnn-{about.version}.dist-info"
    files = dict(_package())
    files |= {f"{information}/{name}": text for name, text in _about(about).items()}
    record = f"{information}/RECORD"
    files[record] = _record(files, record)
    return f"refcnn-{about.version}-py3-none-any.whl", packed(files)


def packed(files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> bytes:
    """A zip file of some files, 0o644 unless their `modes` say otherwise; of no date."""
    modes = modes or {}
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (0o100000 | modes.get(name, 0o644)) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def _package() -> Iterator[tuple[str, bytes]]:
    """The package and its suite, as they lie in a wheel."""
    home = Path(refcnn.__file__).parent
    for name, folder in (("refcnn", home), (GOLDEN, paths.golden())):
        for path in folder.rglob("*"):
            place = f"{name}/{path.relative_to(folder).as_posix()}"
            twice = name != GOLDEN and place.startswith(f"{GOLDEN}/")
            if path.is_file() and "__pycache__" not in path.parts and not twice:
                yield place, path.read_bytes()


def _about(found: Distribution) -> dict[str, bytes]:
    """What is said of the package where it is installed."""
    said = {name: found.read_text(name) for name in ABOUT}
    return {name: text.encode() for name, text in said.items() if text}


def _record(files: Mapping[str, bytes], own: str) -> bytes:
    """The list of all files with their digests (packaging.python.org, "Recording installs")."""
    lines = StringIO()
    rows = csv.writer(lines, lineterminator="\n")
    for name, content in sorted(files.items()):
        digest = urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()
        rows.writerow([name, f"sha256={digest}", len(content)])
    rows.writerow([own, "", ""])
    return lines.getvalue().encode()
