"""Acts against files, the network and other processes of its own making."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from refcnn.implementations.sandbox.trying import (
    NOTHING,
    SECRETS,
    TOLD,
    act,
    any_of,
    creates,
    descriptors,
    reads,
    system,
)

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


@act("create a file in /tmp or /dev/shm", CHANGES)
def _() -> bool:
    return any_of(lambda: creates("/tmp"), lambda: creates("/dev/shm"))  # noqa: S108 - removed


act("create a file in its current folder", CHANGES)(lambda: creates(str(Path.cwd())))
act("create a file in the grader's working folder", CHANGES)(lambda: creates(TOLD["folder"]))
act("create a file in NumPy or in the standard library", CHANGES)(
    lambda: any_of(lambda: creates(np.__path__[0]), lambda: creates(str(Path(os.__file__).parent)))
)
act("write to a file of the grader", CHANGES)(
    lambda: os.open(TOLD["canary"], os.O_WRONLY | os.O_APPEND) > 0
)


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
