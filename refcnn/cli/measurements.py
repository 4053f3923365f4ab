"""Long work about the suite itself, in front of a person: its power, scoreboards, vectors."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.text import Text

from refcnn.cli.screen import Screen, progress
from refcnn.diagnosis.power import Power
from refcnn.diagnosis.power import measure as measure_power
from refcnn.diagnosis.select import build
from refcnn.implementations.files import write_whole
from refcnn.implementations.process import Allowance
from refcnn.reports import detection, scoreboard
from refcnn.reports.scoreboard import Judged
from refcnn.run import Options, killing_properties
from refcnn.scoreboard import measure
from refcnn.suite.alternatives import alternatives
from refcnn.suite.mutants import mutants
from refcnn.suite.registry import OPERATORS
from refcnn.suite.vector_files import STEMS, load, public, text


def run_mutants(
    operators: Sequence[str], directory: Path | None, *, each: bool, properties: bool
) -> tuple[Power, dict[str, list[str]]]:
    """Measure and print the detection power; by properties too, if asked for."""
    asked = public() if directory is None else load(directory)
    chosen = [m for m in mutants() if m.operator in operators]
    others = [v for v in alternatives() if v.operator in operators]
    power = measure_power({op: asked[op] for op in operators}, chosen, others)
    found: dict[str, list[str]] = {}
    if properties:
        with progress() as bar, ProcessPoolExecutor() as pool:
            task = bar.add_task("properties", total=len(chosen))
            work = pool.map(killing_properties, [m.id for m in chosen])
            for mutant, names in zip(chosen, work):
                found[mutant.id] = names
                bar.advance(task)
    detection.show(power, found, Screen(), each=each)
    return power, found


def run_scoreboard(
    targets: Sequence[str], directory: Path, options: Options, limits: Allowance
) -> list[Judged]:
    """Check all targets and write the pages and badges, with a progress bar on a terminal."""
    with progress() as bar:
        task = bar.add_task("scoreboard", total=len(targets))

        def begin(name: str) -> None:
            bar.update(task, description=f"checking {name}")
            bar.advance(task, 0 if name == targets[0] else 1)

        entries = measure(targets, options, limits, begin)
    badges = directory / "badges"
    badges.mkdir(parents=True, exist_ok=True)
    write_whole(directory / "scoreboard.md", scoreboard.markdown(entries, options.profile))
    write_whole(directory / "scoreboard.html", scoreboard.html(entries, options.profile))
    for entry in entries:
        write_whole(badges / f"{Path(entry.name).stem}.svg", scoreboard.badge(entry))
        Screen().print(Text(scoreboard.line(entry)))
    return entries


def run_build(directory: Path, seed: int) -> None:
    """Choose vectors and write them, with a progress bar on a terminal."""
    with progress() as bar:
        task = bar.add_task("choosing vectors", total=len(OPERATORS))
        built = build(seed, OPERATORS, done=lambda _: bar.advance(task))
    directory.mkdir(parents=True, exist_ok=True)
    for stem, operators in STEMS.items():
        write_whole(
            directory / f"{stem}.json", text([v for o in operators for v in built[o]], seed)
        )
    vectors = [*chain(*built.values())]
    numbers = sum(vector.size for vector in vectors)
    Console().print(f"wrote {len(vectors)} vectors of {numbers:,} numbers in all to {directory}")
