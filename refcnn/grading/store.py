"""What has been graded already: one SQLite file, from which a run goes on after any end.

A report is kept under the digests of all that it follows from. It is written once,
when it is whole; there is nothing to repair after a `kill -9`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Self, overload

from refcnn.grading.report import Graded, Person, Provenance, Report

FILE = "results.sqlite3"
VERSION, OURS = 1, 0x7263_6E6E  # of the tables; whose file it is
GOES_ON = "what is in it stays, and the same command goes on once that is mended"
PATIENCE = 1.0  # seconds for which another process is waited for
FEW = 2000  # people whose grades are kept in memory while they are exported
SCHEMA = """
    CREATE TABLE IF NOT EXISTS report (
        key TEXT PRIMARY KEY, json TEXT NOT NULL, brief TEXT NOT NULL,
        graded INTEGER NOT NULL DEFAULT 1
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS person (
        id TEXT PRIMARY KEY, json TEXT NOT NULL, key TEXT NOT NULL, before TEXT
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS gone (id TEXT PRIMARY KEY, json TEXT NOT NULL, before TEXT NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS regrade (one INTEGER PRIMARY KEY CHECK (one = 1));
"""


class StoreError(Exception):
    """The file of results cannot be used; the message says why."""


def key_of(provenance: Provenance) -> str:
    """What a report is kept under: it changes with all that a report depends on."""
    return sha256(provenance.model_dump_json().encode()).hexdigest()


class Everyone(Sequence[Graded]):
    """All graded people by id, in brief; many are read anew each time: memory stays flat."""

    def __init__(self, store: "Store") -> None:
        self.store = store
        self._few = [*store.graded(whole=False)] if store.count() <= FEW else []

    def __len__(self) -> int:
        return self.store.count()

    def __iter__(self) -> Iterator[Graded]:
        return iter(self._few) if self._few else self.store.graded(whole=False)

    def __reversed__(self) -> Iterator[Graded]:
        return reversed(self._few) if self._few else self.store.graded(whole=False, backwards=True)

    @overload
    def __getitem__(self, index: int) -> Graded: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Graded]: ...
    def __getitem__(self, index: int | slice) -> Graded | Sequence[Graded]:
        return [*self][index] if isinstance(index, slice) else next(islice(self, index, None))


class Store:
    """The results of one output folder."""

    def __init__(self, directory: Path) -> None:
        """Open or make it, for oneself alone until it is closed; raises StoreError.

        A process that has ended, in whatever way, holds no lock.
        """
        self.path = directory / FILE
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None, timeout=PATIENCE)
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._is_ours()
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(SCHEMA)
            self._db.executescript("BEGIN EXCLUSIVE; COMMIT")  # the lock stays
        except sqlite3.Error as error:
            why = f"{self.path} cannot be used: {error}"
            if "locked" in str(error):
                why = (
                    f"another refcnn is at work in {directory}: wait for it, or use another folder"
                )
            raise StoreError(why) from None

    def _is_ours(self) -> None:
        """Raises StoreError for the file of another program, or of another version."""
        number, version = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        )
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master")}
        unnamed = not number and {"report", "person", "regrade"} <= tables  # made before it was
        if not tables or unnamed:
            self._db.execute(f"PRAGMA application_id = {OURS}")
            self._db.execute(f"PRAGMA user_version = {VERSION}")
        elif number != OURS:
            self._db.close()
            raise StoreError(f"{self.path} is not a file of refcnn; use another folder")
        elif version != VERSION:
            self._db.close()
            raise StoreError(
                f"{self.path} was written by another version of refcnn: use that one, or another "
                "folder"
            )

    def report(self, key: str) -> Report | None:
        """A report, if it is there."""
        row = self._db.execute("SELECT json FROM report WHERE key = ?", (key,)).fetchone()
        return Report.model_validate_json(row[0]) if row else None

    def keep(self, key: str, report: str, brief: str) -> None:
        """A report that is whole, as JSON; one more time counts, so that it can be told."""
        self._db.execute(
            "INSERT INTO report (key, json, brief) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
            "SET json = excluded.json, brief = excluded.brief, graded = graded + 1",
            (key, report, brief),
        )

    def name(self, person: Person, key: str) -> None:
        """Whose report it is now."""
        self._db.execute(
            "INSERT INTO person (id, json, key) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET json = excluded.json, key = excluded.key",
            (person.id, person.model_dump_json(), key),
        )

    def has(self, person: Person, key: str) -> bool:
        """Whether this is already somebody's report."""
        row = self._db.execute("SELECT json, key FROM person WHERE id = ?", (person.id,))
        return bool(row.fetchone() == (person.model_dump_json(), key))

    def begin_regrade(self) -> None:
        """Remember the reports of now as those before; not again if one was broken off."""
        if self._db.execute("INSERT OR IGNORE INTO regrade VALUES (1)").rowcount:
            self._db.execute("UPDATE person SET before = key")

    def end_regrade(self) -> None:
        """The next one begins from here."""
        self._db.executescript("DELETE FROM regrade; DELETE FROM gone;")

    def changes(self) -> Iterator[tuple[Person, Report | None, Report | None]]:
        """Everybody whose report has changed in a regrade: before and after, None if none."""
        rows = self._db.execute(
            "SELECT id, json, before, key FROM person WHERE before IS NOT key UNION ALL "
            "SELECT id, json, before, NULL FROM gone WHERE id NOT IN (SELECT id FROM person) "
            "ORDER BY id"
        )
        for _, person, before, key in rows.fetchall():
            old, new = (self.report(each) if each else None for each in (before, key))
            yield Person.model_validate_json(person), old, new

    def others(self, ids: set[str]) -> list[str]:
        """The ids of people who have a report and are not among `ids`."""
        known = self._db.execute("SELECT id FROM person ORDER BY id")
        return [name for (name,) in known if name not in ids]

    def forget(self, names: Iterable[str]) -> None:
        """Leave out people who are not in this run; a regrade tells of those it had."""
        gone = [(name,) for name in names]
        self._db.executemany(
            "INSERT OR IGNORE INTO gone SELECT id, json, before FROM person "
            "WHERE id = ? AND before IS NOT NULL AND EXISTS (SELECT * FROM regrade)",
            gone,
        )
        self._db.executemany("DELETE FROM person WHERE id = ?", gone)

    def graded(self, *, whole: bool = True, backwards: bool = False) -> Iterator[Graded]:
        """Everybody with a report, or what gradebooks need of it, by id."""
        column, order = "json" if whole else "brief", "DESC" if backwards else "ASC"
        rows = self._db.execute(
            f"SELECT person.json, report.{column} FROM person JOIN report USING (key) "  # noqa: S608
            f"ORDER BY id {order}"
        )
        for person, report in rows:
            yield Graded(
                person=Person.model_validate_json(person), report=Report.model_validate_json(report)
            )

    def count(self) -> int:
        """How many people have a report."""
        found: int = self._db.execute("SELECT count(*) FROM person").fetchone()[0]
        return found

    def times(self) -> dict[str, int]:
        """How often each report has been made: more than once only after a change of mind."""
        return dict(self._db.execute("SELECT key, graded FROM report"))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Close it; raises StoreError where the file is damaged, or the disk full."""
        try:
            self.close()
        except sqlite3.Error as failed:
            error = error or failed
        if isinstance(error, sqlite3.Error):
            raise StoreError(f"{self.path} cannot be used: {error}; {GOES_ON}") from None
