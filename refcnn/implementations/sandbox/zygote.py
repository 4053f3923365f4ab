"""The process from which confined ones are forked: NumPy and the harness are loaded once.

Run as `python zygote.py ROOT FD trusted|confined MEBIBYTES SECONDS MODULE...`. ROOT is
the folder of refcnn, of which only the harness is imported: not the reference, not the
answers. The modules are what code under test may import beside the standard library and
NumPy. FD is a socket, over which one byte is a command:

    F and a file descriptor  ->  fork; the child talks over it  ->  its pid (0: it failed)
    E and a pid              ->  kill it, if it still runs      ->  how it ended

When the socket is closed, everything here ends.
"""

import gc
import importlib
import os
import random
import signal
import socket
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from types import ModuleType
from typing import Any

MOST_FDS = 1024
# Exit status, largest memory in KiB, and whether somebody else killed it.
PID, ENDED = struct.Struct("<i"), struct.Struct("<iq?")
# What code under test may import, and what needs libraries that it could not read any more.
USUAL = """
    abc array base64 bisect cmath collections.abc contextlib copy csv ctypes dataclasses datetime
    decimal enum fractions functools gc hashlib heapq inspect io itertools json logging math
    numbers operator os.path pathlib pickle pprint queue random re secrets statistics string
    struct textwrap threading time timeit traceback types typing uuid warnings weakref zlib
    numpy numpy.fft numpy.linalg numpy.random numpy.lib.stride_tricks
    bz2 encodings.ascii encodings.latin_1 encodings.utf_16 lzma sqlite3 ssl tracemalloc _strptime
"""
LATE = "_ast_unparse _colorize"  # which newer Pythons import when they need them


Act = Callable[[], None]
Serve = Callable[[int, Act], None]


def prepare(root: str) -> Serve:
    """Import the harness without the package around it; returns what serves a grader."""
    stub = ModuleType("refcnn")
    stub.__path__ = [root]
    sys.modules["refcnn"] = stub
    for name in USUAL.split():
        importlib.import_module(name)
    for name in LATE.split():
        with suppress(ImportError):
            importlib.import_module(name)
    inside = importlib.import_module("refcnn.implementations.sandbox.inside")
    warm_up()
    serve: Serve = inside.serve
    return serve


def settle(*, confined: bool) -> None:
    """Make this process what every child of it begins as: the same for everybody."""
    import numpy as np

    np.random.seed(0)  # noqa: NPY002
    for name in [name for name in sys.modules if name.startswith("refcnn")]:
        del sys.modules[name]  # so that nobody comes to rely on what is there by accident
    sys.argv[:] = sys.orig_argv[:] = [""]
    if confined:  # what cannot be read is not there: an ImportError says more
        own = library()
        sys.path[:] = [path for path in sys.path if path in own]
        for path in {*sys.path_importer_cache} - own:
            del sys.path_importer_cache[path]
        PathFinder.find_spec("nothing")  # lists the folders, which cannot be listed later
        sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder]
    gc.collect()
    gc.freeze()  # so that collections in the children do not touch, and copy, every page


def library() -> set[str]:
    """Folders of the standard library; where it was moved to, if it was moved."""
    base = {"platbase": sys.base_exec_prefix}  # not that of a virtual environment
    pure, platform = sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib", vars=base)
    return {pure, platform, os.path.join(platform, "lib-dynload")}  # noqa: PTH118 - as in sys.path


def warm_up() -> None:
    """Use what every child will use: what is known then need not be found out in each."""
    import numpy as np

    from refcnn.harness.python import PythonFunctions
    from refcnn.implementations.sandbox.frames import as_case, of_case, of_outcome
    from refcnn.suite.case import Case
    from refcnn.suite.registry import simplest

    def function(x: Any) -> Any:
        if x.ndim != 4:
            raise ValueError
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, 1), (2, 2, 2, 2))
        np.einsum("abcdefgh->abcd", windows)
        np.tensordot(windows, np.ones((2, 2, 2, 2)), axes=4)
        return np.maximum(np.exp(x - x.max(axis=-1, keepdims=True)) @ np.eye(2), 0)

    operator = simplest()
    functions = PythonFunctions({operator: function})
    for shape in [(2, 2, 2, 2), (2, 2)] * 20:
        case = Case(operator=operator, inputs={"x": np.zeros(shape)})
        of_outcome(functions.run(as_case(of_case(case)))).packed()


def child(fd: int, serve: Serve, confine: Act, seal: Act) -> None:
    """Become a confined process that talks over `fd`."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    confine()
    os.closerange(3, fd)
    os.closerange(fd + 1, MOST_FDS)
    random.seed(0)  # which seeds itself anew after a fork
    serve(fd, seal)


def attempt(confine: Act, seal: Act) -> None:
    """Confine a child that does nothing else; raises RuntimeError that says why it cannot be."""
    ours, theirs = os.pipe()
    if not (pid := os.fork()):
        try:
            confine()
            seal()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
            os.write(theirs, repr(error).encode()[:200] or b"?")
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        said = pipe.read().decode("utf-8", "replace")
    if said or os.waitpid(pid, 0)[1]:
        raise RuntimeError(f"a process cannot be confined: {said or 'it ended'}")


def fork(control: socket.socket, serve: Serve, confine: Act, seal: Act) -> int:
    """A child for the file descriptor that comes next; 0 if there can be none."""
    _, fds, _, _ = socket.recv_fds(control, 1, 1)
    try:
        pid = os.fork()
    except OSError:
        pid = -1
    if pid == 0:
        try:
            child(fds[0], serve, confine, seal)
        finally:
            os._exit(1)
    for fd in fds:
        os.close(fd)
    return max(pid, 0)


def end(pid: int, children: set[int], seconds: float) -> bytes:
    """Kill a child and say how it ended: its own end, if it came first.

    No child may send itself a signal: one that was killed before its `seconds` of CPU were
    over was killed by somebody else.
    """
    if pid not in children:
        return ENDED.pack(0, 0, 0)
    children.discard(pid)
    found, status, usage = os.wait4(pid, os.WNOHANG)
    if not found:
        os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    early = usage.ru_utime + usage.ru_stime < seconds - 1
    return ENDED.pack(status, usage.ru_maxrss, bool(found) and killed and early)


def bring(modules: Iterable[str]) -> None:
    """Import what is allowed beside the library; raises ValueError that names what is not there."""
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ValueError(
                f"{name}, which is allowed, cannot be imported here: {error}"
            ) from None


def main(root: str, fd: str, mode: str, mebibytes: str, seconds: str, *modules: str) -> None:
    """Obey until the grader is gone."""
    serve = prepare(root)
    confine = seal = lambda: None
    name = "none: trusted"
    control = socket.socket(fileno=int(fd))
    try:
        bring(modules)
    except ValueError as error:
        control.sendall(f"!{error}\n".encode())
        return
    if mode == "confined":
        from refcnn.implementations.sandbox.confine import Confinement

        try:
            confinement = Confinement(int(mebibytes), int(seconds))
            confine, seal, name = confinement.take_on, confinement.seal, confinement.name
            attempt(confine, seal)
        except (OSError, RuntimeError, ValueError) as error:
            control.sendall(f"!{error}\n".encode())
            return
    settle(confined=mode == "confined")
    if mode == "confined":
        confinement.settle()
    control.sendall(f"{name}\n".encode())
    children: set[int] = set()
    limit = float(seconds) if mode == "confined" else 0.0
    try:
        while command := control.recv(1):
            if command == b"F":
                pid = fork(control, serve, confine, seal)
                children.add(pid)
                control.sendall(PID.pack(pid))
            else:
                pid = PID.unpack(control.recv(PID.size, socket.MSG_WAITALL))[0]
                control.sendall(end(pid, children, limit))
    except (ConnectionError, KeyboardInterrupt):
        pass
    for pid in children - {0}:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when it is over
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would take the ends of children
    main(*sys.argv[1:])
