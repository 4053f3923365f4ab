"""What the kernel lets a confined process do: compute, and answer over one socket.

Landlock leaves it the standard library and NumPy to read, and no other file. A
seccomp filter is a list of what is allowed, all else is refused with EPERM: no
process, no thread, no socket, no signal to anyone. Neither needs privileges.
"""

import errno
import os
import resource
import signal
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import landlockpy
import numpy as np
import pyprctl
import pyseccomp
from landlockpy import AccessFS, Scope

NOBODY = 65534
OLDEST = 3  # of the ABIs of Landlock: the first that refuses O_TRUNC (Linux 6.2)
LEFT_OUT = {"site-packages", "dist-packages", "test", "idlelib", "ensurepip", "__pycache__"}
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")

ALLOWED = """
    access brk clock_getres clock_gettime clock_nanosleep close dup exit exit_group faccessat
    faccessat2 fstat fstatfs futex getcwd getdents64 getegid geteuid getgid getpid getppid
    getrandom getresgid getresuid getrusage gettid gettimeofday getuid lseek lstat madvise mmap
    mprotect mremap munmap nanosleep newfstatat open openat pipe2 poll ppoll pread64 pselect6
    read readlink readlinkat readv restart_syscall rseq rt_sigaction rt_sigprocmask rt_sigreturn
    sched_getaffinity sched_yield select set_robust_list sigaltstack stat statx sysinfo time
    times umask uname write writev
"""
FCNTL = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
IOCTL = (0x5401, 0x5451)  # TCGETS (isatty), FIOCLEX


class Confinement:
    """The rules, prepared once; each child takes them on and can never shed them."""

    def __init__(self, mebibytes: int, seconds: int) -> None:
        """So much memory beyond what is mapped, and so much CPU time, are left to each child.

        Raises OSError or RuntimeError where the kernel or libseccomp is lacking.
        """
        self.mebibytes, self.seconds = mebibytes, seconds
        self.ruleset = landlockpy.Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL)
        for path in readable():
            rights = AccessFS.READ_FILE | (AccessFS.READ_DIR if path.is_dir() else AccessFS.NONE)
            self.ruleset.allow_path(path, rights)
        for device in DEVICES:
            self.ruleset.allow_path(device, AccessFS.READ_FILE)
        self.ruleset.allow_path("/dev/null", AccessFS.WRITE_FILE)
        self.calls = _filter()
        if self.ruleset.abi_version < OLDEST:
            raise RuntimeError("this Landlock is older than ABI 3 (Linux 6.2): files could be cut")
        if os.geteuid() == 0:
            with suppress(PermissionError):
                pyprctl.capbset.clear()  # of what children may ever have; the zygote keeps its own
        self.as_nobody = os.geteuid() == 0 and _open_to_all(sysconfig.get_path("stdlib"))

    @property
    def name(self) -> str:
        """How a report calls it."""
        return f"Landlock ABI {self.ruleset.abi_version}, seccomp, limits"

    def take_on(self) -> None:
        """Confine this process for good."""
        limit(self.mebibytes, self.seconds)
        with suppress(PermissionError):  # such a root has nothing that it could give up
            if self.as_nobody:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
        pyprctl.CapState().set_current()
        pyprctl.set_dumpable(False)
        pyprctl.set_pdeathsig(signal.SIGKILL)  # after all that would clear it
        if os.getppid() == 1:
            os._exit(1)  # it came too late
        self.ruleset.restrict()
        self.calls.load()


def readable() -> Iterator[Path]:
    """The standard library but for what is installed in it, and NumPy."""
    for folder in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}:
        yield from (path for path in Path(folder).iterdir() if path.name not in LEFT_OUT)
    numpy = Path(np.__file__).parent
    yield numpy
    libraries = numpy.with_name("numpy.libs")  # beside it in wheels
    if libraries.is_dir():
        yield libraries


def _open_to_all(path: str) -> bool:
    """Whether every user may read it: a home of root's may hold the interpreter."""
    parts = [Path(path), *Path(path).parents]
    return all(part.stat().st_mode & 0o5 == 0o5 for part in parts)


def _filter() -> pyseccomp.SyscallFilter:
    allow, found = pyseccomp.ALLOW, pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED.split():
        if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) >= 0:  # some are of old machines
            found.add_rule(allow, name)
    for command in FCNTL:
        found.add_rule(allow, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    for request in IOCTL:
        found.add_rule(allow, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, request))
    own, none = pyseccomp.Arg(0, pyseccomp.EQ, 0), pyseccomp.Arg(2, pyseccomp.EQ, 0)
    found.add_rule(allow, "prlimit64", own, none)  # to read its own limits
    return found


def limit(mebibytes: int, seconds: int) -> None:
    """Bound memory (beyond what is mapped already), CPU time, files and core dumps."""
    mapped = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, mapped + mebibytes * 2**20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))
