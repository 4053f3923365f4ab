"""The acts that a sandbox must refuse. None does any harm where it succeeds.

The text of this module is the submission that tries them: `relu` of the number of
an act tries it and answers 1 if it succeeded and 0 if it found nothing. What the
kernel refuses raises.
"""

import ctypes
import errno
import fcntl
import gc
import importlib
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

DENIED = ("PermissionError: [Errno 1]", "PermissionError: [Errno 13]")
NOTHING = ""  # it ran and found nothing
TOLD: dict[str, Any] = {}  # what an act needs to know of its aim; `selftest` appends it


@dataclass(frozen=True)
class Act:
    """One act: what it is, how it is tried, why it must be refused, how a refusal begins."""

    name: str
    attempt: Callable[[], bool]
    why: str
    refusals: tuple[str, ...]


ACTS: list[Act] = []


def relu(x: Any) -> Any:
    """Try the act of that number."""
    succeeded = ACTS[int(x[0])].attempt()
    if type(succeeded) is not bool:
        raise TypeError("the act does not tell what came of it")
    return np.full_like(x, succeeded)


def act(name: str, why: str, *refusals: str) -> Callable[[Callable[[], bool]], None]:
    """Enter a function among the acts."""
    return lambda attempt: ACTS.append(Act(name, attempt, why, refusals or DENIED))


def any_of(*tries: Callable[[], object]) -> bool:
    """Whether one of several ways succeeds; raises what the last is refused with."""
    refused: PermissionError | None = None
    for attempt in tries:
        try:
            attempt()
        except PermissionError as error:
            refused = error
        else:
            return True
    assert refused is not None
    raise refused


def reads(*paths: str) -> bool:
    """Whether one of some files or folders can be read."""
    return any_of(*(partial(_read, Path(path)) for path in paths))


def _read(path: Path) -> object:
    return [*path.iterdir()] if path.is_dir() else path.open("rb").read(1)


def creates(folder: str) -> bool:
    """Whether a file can be made in a folder; it is removed."""
    path = Path(folder) / "refcnn-selftest"
    path.open("xb").close()
    path.unlink()
    return True


def system(name: str, *arguments: Any) -> int:
    """A system call by name; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    found = int(libc.syscall(ctypes.c_long(TOLD["numbers"][name]), *given))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return found


CALLS = (  # those that `system` is asked for
    *("bpf", "capset", "clone", "io_uring_setup", "keyctl", "memfd_create", "mount", "msgctl"),
    *("msgget", "open_by_handle_at", "perf_event_open", "personality", "pidfd_open", "prctl"),
    *("process_vm_readv", "ptrace", "semctl", "semget", "shmctl", "shmget", "syslog", "unshare"),
    "userfaultfd",
)


def descriptors() -> list[int]:
    """All open file descriptors."""

    def is_open(number: int) -> bool:
        try:
            os.fstat(number)
        except OSError as error:
            if error.errno == errno.EBADF:
                return False
            raise
        return True

    return [number for number in range(4096) if is_open(number)]


SECRETS = "There may be answers, seeds or other people's work."
act("read /etc/passwd", SECRETS)(lambda: reads("/etc/passwd"))


@act("read /etc/passwd by a roundabout way", SECRETS)
def _() -> bool:
    readable, up = np.__path__[0], "/.." * 20
    here = os.open(readable, os.O_RDONLY)
    handle = ctypes.create_string_buffer(128)
    return any_of(
        lambda: reads(f"{readable}{up}/etc/passwd", "/proc/self/root/etc/passwd"),
        lambda: os.open(f"{up[1:]}/etc/passwd", os.O_RDONLY, dir_fd=here),
        lambda: system("open_by_handle_at", here, handle, os.O_RDONLY),
    )


act("list /, /home, /tmp or /proc", SECRETS)(lambda: reads("/", "/home", "/tmp", "/proc"))  # noqa: S108 - only looked at
act("read a file in the grader's working folder", SECRETS)(lambda: reads(TOLD["canary"]))
act("list the grader's working folder", SECRETS)(lambda: reads(TOLD["folder"]))


@act("read the source of refcnn", SECRETS)
def _() -> bool:
    package = TOLD["package"]
    return reads(f"{package}/ops.py", f"{package}/definition.py", package)


act("read the golden vectors", SECRETS)(lambda: reads(TOLD["golden"]))
act("list the installed packages", SECRETS)(lambda: reads(TOLD["site"]))
act("read its own entry in /proc", "It says where the grader lies and how it was started.")(
    lambda: reads("/proc/self/environ", "/proc/self/maps", "/proc/self/fd", "/proc/self/cmdline")
)
act("read the grader's environment or memory", SECRETS)(
    lambda: reads(f"/proc/{TOLD['grader']}/environ", f"/proc/{os.getppid()}/mem")
)


CHANGES = "It would change what the grader or the next submission finds."
act("create a file in /tmp or /dev/shm", CHANGES)(
    lambda: any_of(lambda: creates("/tmp"), lambda: creates("/dev/shm"))
)  # noqa: S108
act("create a file in its current folder", CHANGES)(lambda: creates(str(Path.cwd())))
act("create a file in the grader's working folder", CHANGES)(lambda: creates(TOLD["folder"]))
act("create a file in NumPy or in the standard library", CHANGES)(
    lambda: any_of(lambda: creates(np.__path__[0]), lambda: creates(str(Path(os.__file__).parent)))
)
act("write to a file of the grader", CHANGES)(lambda: bool(Path(TOLD["canary"]).open("ab")))


@act("truncate a file of the grader", CHANGES)
def _() -> bool:
    path = TOLD["canary"]
    return any_of(lambda: os.truncate(path, 3), lambda: os.open(path, os.O_RDONLY | os.O_TRUNC))


@act("remove or rename a file of the grader", CHANGES)
def _() -> bool:
    path = Path(TOLD["canary"])
    return any_of(path.unlink, lambda: path.rename(path.with_name("other")))


@act("make a symbolic link, a hard link or a folder", CHANGES)
def _() -> bool:
    new, old = Path(TOLD["folder"]) / "new", TOLD["canary"]
    return any_of(lambda: new.symlink_to("/etc/passwd"), lambda: new.hardlink_to(old), new.mkdir)


@act("change the mode, the owner or the times of a file", CHANGES)
def _() -> bool:
    path = Path(TOLD["canary"])
    return any_of(
        lambda: path.chmod(0o777),
        lambda: os.chown(path, os.getuid(), os.getgid()),
        lambda: os.utime(path, (0, 0)),
    )


act("change the current folder or the root folder", CHANGES)(
    lambda: any_of(lambda: os.chdir("/"), lambda: os.chroot("/"))
)


NETWORK = "It could send the questions away, or have them answered elsewhere."
act("open a TCP socket", NETWORK)(lambda: bool(socket.socket(socket.AF_INET, socket.SOCK_STREAM)))
act("open a UDP socket", NETWORK)(lambda: bool(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)))
act("open a UNIX socket", NETWORK)(lambda: bool(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)))
act("open a netlink or a raw socket", NETWORK)(
    lambda: any_of(
        lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    )
)
act("make a pair of sockets", NETWORK)(lambda: bool(socket.socketpair()))


@act("pass a file descriptor to the grader", "It would fill the grader's table of files.")
def _() -> bool:
    mine = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=descriptors()[-1])
    try:
        return bool(socket.send_fds(mine, [b""], [0]) or True)
    finally:
        mine.detach()


ESCAPES = "A second process outlives the first, and no limit of time holds it."


@act("fork", ESCAPES)
def _() -> bool:
    if not (pid := os.fork()):
        os._exit(0)
    return bool(os.waitpid(pid, 0))


@act("fork by a system call of its own", ESCAPES)
def _() -> bool:
    if not (pid := system("clone", int(signal.SIGCHLD), 0, 0, 0, 0)):
        os._exit(0)
    return bool(os.waitpid(pid, 0))


@act("start a thread", "It takes more than one processor.", "RuntimeError: can't start new thread")
def _() -> bool:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    return True


@act("become another program", ESCAPES)
def _() -> bool:
    os.execv(sys.executable, [sys.executable, "-c", ""])  # noqa: S606


act("start another program", ESCAPES)(
    lambda: bool(subprocess.run([sys.executable, "-c", ""], check=True))
)


@act("run a command of the shell", ESCAPES, NOTHING)
def _() -> bool:
    status = os.system("exit 7")  # noqa: S605, S607
    return status >= 0 and os.waitstatus_to_exitcode(status) == 7


OTHERS = "Other processes hold the answers, and must not be disturbed."
act("send a signal to the grader", OTHERS)(
    lambda: any_of(lambda: os.kill(TOLD["grader"], 0), lambda: os.kill(os.getppid(), 0))
)
act("send a signal to everybody", OTHERS)(
    lambda: any_of(lambda: os.kill(-1, 0), lambda: os.killpg(0, 0))
)


@act("have the kernel send a signal to the grader", OTHERS)
def _() -> bool:
    fcntl.fcntl(descriptors()[-1], fcntl.F_SETOWN, TOLD["grader"])
    return True


act("trace the process that it was forked from", OTHERS)(
    lambda: system("ptrace", 0x4206, os.getppid(), 0, 0) == 0
)  # PTRACE_SEIZE: it does not stop


@act("read the memory of the process that it was forked from", OTHERS)
def _() -> bool:
    there, here = id(np), ctypes.create_string_buffer(16)
    local = (ctypes.c_void_p * 2)(ctypes.addressof(here), 16)
    remote = (ctypes.c_void_p * 2)(there, 16)
    return system("process_vm_readv", os.getppid(), local, 1, remote, 1, 0) == 16


act("take hold of the grader's process", OTHERS)(
    lambda: system("pidfd_open", TOLD["grader"], 0) > 0
)
act("read the limits of the grader", OTHERS)(
    lambda: bool(resource.prlimit(TOLD["grader"], resource.RLIMIT_NOFILE))
)
act("type on the terminal", OTHERS)(
    lambda: any_of(
        lambda: Path("/dev/tty").open("rb"), lambda: fcntl.ioctl(0, termios.TIOCSTI, b"\0")
    )
)


@act("write to the grader's output", OTHERS, NOTHING)
def _() -> bool:
    null = Path(os.devnull).stat().st_rdev
    found = [os.fstat(number) for number in range(3)]
    return any(not stat.S_ISCHR(each.st_mode) or each.st_rdev != null for each in found)


LIMITS = "A submission must not take more of the machine than its share."
act("take more memory than it may", LIMITS, "MemoryError")(
    lambda: bool(bytearray((TOLD["mebibytes"] + 64) << 20))
)


@act("raise its own limits", LIMITS, "ValueError: not allowed to raise maximum limit")
def _() -> bool:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return True


@act("choose its processors", LIMITS)
def _() -> bool:
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    return True


POWER = "What it may do must only ever become less."
act("change its user or its groups", POWER)(
    lambda: any_of(lambda: os.setuid(0), lambda: os.setgroups([]))
)


@act("change its capabilities", POWER)
def _() -> bool:
    head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    return system("capset", head, sets) == 0


act("let others read its memory", POWER)(
    lambda: system("prctl", 4, 1, 0, 0, 0) == 0
)  # PR_SET_DUMPABLE
act("enter a new namespace", POWER)(
    lambda: any_of(lambda: system("unshare", 0x10000000), lambda: system("unshare", 0x20000))
)


@act("mount a file system", POWER)
def _() -> bool:
    nowhere = f"{TOLD['folder']}/nowhere".encode()
    return system("mount", b"none", nowhere, b"tmpfs", 0, None) == 0


KERNEL = "It is more of the kernel than arithmetic needs, and such corners have had holes."
act("set up io_uring", KERNEL)(
    lambda: system("io_uring_setup", 1, ctypes.create_string_buffer(120)) > 0
)
act("make a file in memory", KERNEL)(lambda: system("memfd_create", b"selftest", 0) > 0)


@act("make shared memory, a semaphore or a queue", "The next submission could find it.")
def _() -> bool:
    def made(kind: str, *arguments: int) -> None:
        number = system(f"{kind}get", 0, *arguments)
        system(f"{kind}ctl", number, *([0] if kind == "sem" else []), 0, None)

    return any_of(
        lambda: made("shm", 4096, 0o600),
        lambda: made("sem", 1, 0o600),
        lambda: made("msg", 0o600),
    )


@act("load a program into the kernel", KERNEL)
def _() -> bool:
    about = (ctypes.c_uint32 * 32)(2, 4, 4, 1)  # an array of one number
    return system("bpf", 0, about, ctypes.sizeof(about)) > 0


act("use the kernel's keyring", "The next submission could find it.")(
    lambda: system("keyctl", 0, -3, 0) > 0
)


@act("count events of the processor", KERNEL)
def _() -> bool:
    about = (ctypes.c_uint32 * 32)(1, 128)
    return system("perf_event_open", about, 0, -1, -1, 0) > 0


act("handle its own page faults", KERNEL)(lambda: system("userfaultfd", 1) > 0)
act("read the kernel's log", KERNEL)(lambda: system("syslog", 10, None, 0) > 0)
act("become a program of another system", KERNEL)(lambda: system("personality", 0xFFFFFFFF) >= 0)


@act("make a system call by another table", KERNEL, "the process was ended by signal 31", *DENIED)
def _() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(ctypes.c_long(0x40000000 + 39))  # getpid of x32, which no machine needs
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


act("find file descriptors beside its own", SECRETS, NOTHING)(
    lambda: len(descriptors()) != 4
)  # three of /dev/null, and the socket to the grader
act("find environment variables of the grader", SECRETS, NOTHING)(
    lambda: bool(set(os.environ) - set(TOLD["known"]))
)
act("import refcnn", SECRETS, "ModuleNotFoundError", *DENIED)(
    lambda: bool(importlib.import_module("refcnn.ops"))
)


@act("find the reference in memory", SECRETS, NOTHING)
def _() -> bool:
    gc.unfreeze()
    found = {f.__module__ for f in gc.get_objects() if type(f) is FunctionType}
    found |= {name for name in sys.modules if name.startswith("refcnn")}
    if "refcnn.iut.python" not in found:
        raise RuntimeError("the search finds not even the harness")
    harness = ("refcnn.iut.", "refcnn.spec.case", "refcnn.spec.tensors")
    return any(str(m).startswith("refcnn.") and not m.startswith(harness) for m in found)
