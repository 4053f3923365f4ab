"""Where grading runs: a pool of processes here, or workers of dask.distributed elsewhere."""

import pickle
import platform
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from typing import Any, Protocol

import numpy as np

from refcnn.grading import worker
from refcnn.grading.cases import Setup
from refcnn.grading.grader import refcnn_version
from refcnn.grading.submissions import Submission
from refcnn.grading.worker import Done


class EngineError(Exception):
    """There are no workers to be had; the message is one sentence."""


class Engine(Protocol):
    """Whatever grades submissions, several at a time."""

    workers: int

    @property
    def broken(self) -> bool:
        """Whether workers have died, so that what was submitted may never be done."""
        ...

    def submit(self, submission: Submission, at_most: float) -> "Future[Done]":
        """Grade one submission some time, in `at_most` seconds, or fail with TooSlowError."""
        ...

    def renew(self) -> None:
        """Begin again with new workers, after some have died."""
        ...

    def close(self) -> None:
        """Let the workers go."""
        ...


def end(pool: ProcessPoolExecutor) -> None:
    """End the processes of a pool, whatever they are doing."""
    for process in [*(pool._processes or {}).values()]:  # noqa: SLF001 - no other way
        process.terminate()
    pool.shutdown(wait=True, cancel_futures=True)


class Local:
    """A pool of processes on this machine."""

    def __init__(self, setup: Setup, workers: int, *, trusted: bool) -> None:
        self.workers = workers
        self._context = get_context("spawn")
        self._begin = (pickle.dumps(setup), trusted)
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.workers, self._context, worker.begin, initargs=self._begin)

    @property
    def broken(self) -> bool:
        """Whether a process has died."""
        return bool(self._pool._broken)  # noqa: SLF001 - no other way

    def submit(self, submission: Submission, at_most: float) -> "Future[Done]":
        """Grade one submission some time; raises BrokenProcessPool if there is no pool any more."""
        try:
            return self._pool.submit(worker.local, submission, at_most)
        except (OSError, ValueError) as error:  # its pipes were closed while a process began
            raise BrokenProcessPool(str(error)) from error

    def renew(self) -> None:
        """Begin again with new processes."""
        self.close()
        self._pool = self._new()

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        end(self._pool)


class Alone:
    """This process, where no pool can be had: its locks need /dev/shm."""

    workers, broken = 1, False

    def __init__(self, setup: Setup, *, trusted: bool) -> None:
        self._job = partial(worker.job, setup, trusted=trusted)

    def submit(self, submission: Submission, at_most: float) -> "Future[Done]":
        """Grade one submission now."""
        future: Future[Done] = Future()
        try:
            future.set_result(self._job(submission, at_most))
        except Exception as error:  # noqa: BLE001 - as it is told by a pool
            future.set_exception(error)
        return future

    def renew(self) -> None:
        """There is nothing that could have died."""

    def close(self) -> None:
        """There is nobody who would have to go."""


class Dask:
    """Workers of a dask.distributed scheduler."""

    def __init__(self, setup: Setup, address: str, *, trusted: bool) -> None:
        """Raises EngineError where there is no scheduler, or its workers differ from here."""
        try:
            distributed = import_module("distributed")
        except ImportError:
            raise EngineError(
                "--dask needs dask.distributed: python -m pip install 'refcnn[dask]'"
            ) from None
        try:
            self._client = distributed.Client(address, timeout=10)
        except (OSError, ValueError, TimeoutError) as error:
            raise EngineError(f"there is no Dask scheduler at {address}: {error}") from None
        found: dict[str, Any] = self._client.run(environment)
        here = environment()
        if not found:
            self.close()
            raise EngineError(f"the Dask scheduler at {address} has no workers; start some")
        for name, there in found.items():
            if there != here:
                self.close()
                raise EngineError(
                    f"the Dask worker {name} has {there}, here is {here}; make them equal"
                )
        self.workers = sum(self._client.nthreads().values())
        self._setup = self._client.scatter(setup, broadcast=True, hash=False)
        self._job = partial(worker.job, trusted=trusted, prove=True)
        self._futures = self._client.get_executor(pure=False, retries=2)

    @property
    def broken(self) -> bool:
        """Dask sees to that itself."""
        return False

    def submit(self, submission: Submission, at_most: float) -> "Future[Done]":
        """Grade one submission some time."""
        future: Future[Done] = self._futures.submit(self._job, self._setup, submission, at_most)
        return future

    def renew(self) -> None:
        """Dask sees to that itself."""

    def close(self) -> None:
        """Leave the scheduler."""
        with suppress(Exception):
            self._client.close()


def environment() -> str:
    """What reports depend on."""
    return f"refcnn {refcnn_version()}, Python {platform.python_version()}, NumPy {np.__version__}"
