"""File names for ids that may be anything."""

import re
from hashlib import sha256

LONGEST = 40  # characters of an id that stay readable
_PLAIN = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST - 1}}}")
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # no names of files on Windows


def file_name(person_id: str) -> str:
    """A name for the page of a person, without ".html"; different ids have different ones.

    It is safe on every file system, also where upper and lower case are one. An id
    that is not plain keeps its letters and digits, and a hash of all of it.
    """
    if _PLAIN.fullmatch(person_id) and not _DEVICES.fullmatch(person_id):
        return person_id
    letters = re.sub(r"[^a-z0-9]+", "-", person_id.lower())[:LONGEST].strip("-")
    mark = sha256(person_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    # a dot, which no plain name has, and a first word that is not a device
    return f"{'of-' if _DEVICES.fullmatch(letters) else ''}{letters or 'id'}.{mark}"
