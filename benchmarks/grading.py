"""How fast grading is: submissions a second and core, memory, linearity, Dask.

    python benchmarks/grading.py [--submissions 2000] [--dask] [--kills 10]

It makes submissions out of those of examples/course: right ones by several routes and some
with mistakes, each different in a comment, so that none is taken for another. They are
graded as a small assignment (conv2d, max_pool2d and relu) and, a quarter of them, as the
whole one of the example (seven operators). Everything is as in `refcnn grade`: sandbox,
pages, gradebooks, store. `--dask` compares two workers of dask.distributed with one, in turns.
`--kills` ends a run of a quarter of them with kill -9 that often and compares the bytes.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from refcnn.grading.cases import Setup
from refcnn.grading.course import ClassOptions, grade
from refcnn.grading.store import FILE, Store

COURSE = Path(__file__).parents[1] / "examples" / "course"
SMALL = """
title = "Three operators"
total = 10

[[item]]
id = "conv2d"
title = "Convolution"
points = 5
operators = ["conv2d"]

[[item]]
id = "pool"
title = "Max pooling"
points = 3
operators = ["max_pool2d"]

[[item]]
id = "relu"
title = "ReLU"
points = 2
operators = ["relu"]
"""
RIGHT = ("bela.py", "cleo.py", "dara.py", "bela.py", "cleo.py", "dara.py", "cleo.py", "dara.py")
WRONG = ("hana.py", "ivan.py")  # one in five has a mistake


def make(folder: Path, count: int) -> Path:
    """So many submissions, no two alike."""
    folder.mkdir()
    sources = [COURSE / "submissions" / name for name in (*RIGHT, *WRONG)]
    for index in range(count):
        source = sources[index % len(sources)].read_text("utf-8")
        (folder / f"s{index:05}.py").write_text(f"{source}\n# {index}\n", "utf-8")
    return folder


class Memory(threading.Thread):
    """The memory of this process and of all below it, once in a while."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: list[float] = []
        self.over = threading.Event()

    def run(self) -> None:
        """Until it is over."""
        while not self.over.wait(0.5):
            own = psutil.Process()
            total = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.seen.append(total / 2**20)


def small(folder: Path) -> Path:
    """The small assignment."""
    folder.mkdir()
    (folder / "assignment.toml").write_text(SMALL, "utf-8")
    (folder / "seed.txt").write_text("5eed" * 16, "ascii")
    return folder


def timed(setup: Setup, paths: list[Path], **options: object) -> tuple[float, list[float]]:
    """Seconds of a whole run into a fresh folder, and the memory in MiB along it."""
    with tempfile.TemporaryDirectory() as out:
        chosen = ClassOptions(assignment=COURSE / "assignment", out=Path(out), **options)  # type: ignore[arg-type]
        memory = Memory()
        memory.start()
        began = time.perf_counter()
        grade(setup, paths, chosen)
        seconds = time.perf_counter() - began
        memory.over.set()
        return seconds, memory.seen


def speed(setup: Setup, folder: Path, count: int) -> None:
    """All of them and a quarter of them, on two workers; memory in four parts of the time."""
    few = sorted(folder.iterdir())[: count // 4]
    part = folder.parent / "part"
    part.mkdir()
    for path in few:
        shutil.copy(path, part)
    first, _ = timed(setup, [part], workers=2)
    seconds, memory = timed(setup, [folder], workers=2)
    cores = len(os.sched_getaffinity(0))
    print(f"{count} submissions, 2 workers, {cores} cores: {seconds:.1f} s,")
    print(
        f"  {count / seconds:.1f} a second, {count / seconds / min(2, cores):.1f} a second and core"
    )
    print(
        f"{len(few)} of them: {first:.1f} s; four times as many take {seconds / first:.2f} as long"
    )
    quarter = max(1, len(memory) // 4)
    peaks = [max(memory[i : i + quarter], default=0) for i in range(0, 4 * quarter, quarter)]
    print("memory of all processes, MiB, by quarters of the time: ", *(f"{p:.0f}" for p in peaks))


def dask(setup: Setup, folder: Path) -> None:
    """Two workers against one, in turns, three times; the best of each."""
    from distributed import LocalCluster

    best = {1: float("inf"), 2: float("inf")}
    for workers in (1, 2, 2, 1, 1, 2):
        with LocalCluster(
            n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster:
            timed(setup, [min(folder.iterdir())], dask=cluster.scheduler_address)  # warm
            seconds, _ = timed(setup, [folder], dask=cluster.scheduler_address)
            best[workers] = min(best[workers], seconds)
    print(
        f"Dask: 1 worker {best[1]:.1f} s, 2 workers {best[2]:.1f} s: {best[1] / best[2]:.2f} times"
    )


def kills(folder: Path, times: int) -> None:
    """Ends the grader at random moments; the files in the end must be those of a whole run."""
    chance = random.Random(0)
    count = len([*folder.iterdir()])
    with tempfile.TemporaryDirectory() as name:
        whole, broken = Path(name) / "whole", Path(name) / "broken"
        words = [sys.executable, "-m", "refcnn", "grade", str(folder)]
        words += ["-a", str(COURSE / "assignment"), "-o"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*words, str(whole)], check=True, **quiet)  # type: ignore[call-overload]
        ended = []
        for _ in range(times):
            process = subprocess.Popen([*words, str(broken)], **quiet)  # type: ignore[call-overload]
            pages = broken / "pages"
            done = len([*pages.iterdir()]) if pages.is_dir() else 0
            goal = done + chance.randrange(1, max(2, 2 * (count - done) // (times + 1)))
            while process.poll() is None and (not pages.is_dir() or len([*pages.iterdir()]) < goal):
                time.sleep(0.002)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            ended.append(len([*pages.iterdir()]))
        subprocess.run([*words, str(broken)], check=True, **quiet)  # type: ignore[call-overload]
        same = files(whole) == files(broken)
        with Store(broken) as store:
            twice = sum(n > 1 for n in store.times().values())
        print(f"kill -9 with {ended} of {count} pages done: ", end="")
        print(f"{'byte-equal' if same else 'DIFFERENT'} files, {twice} graded twice")


def files(out: Path) -> dict[str, bytes]:
    """All that is written but the database."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and not path.name.startswith(FILE)
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--submissions", type=int, default=2000)
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    chosen = parser.parse_args()
    whole = Setup.of(COURSE / "assignment")
    with tempfile.TemporaryDirectory() as name:
        setup, part = Setup.of(small(Path(name) / "small")), Path(name) / "part"
        speed(setup, make(Path(name) / "all", chosen.submissions), chosen.submissions)
        count = len([*part.iterdir()])
        seconds, _ = timed(whole, [part], workers=2)
        print(f"the whole assignment: {count / seconds:.1f} a second on 2 workers")
        if chosen.dask:
            dask(whole, part)
        if chosen.kills:
            kills(part, chosen.kills)


if __name__ == "__main__":
    main()
