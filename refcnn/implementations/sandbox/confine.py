"""What the kernel lets a confined process do: compute, and answer over one socket.

Landlock leaves it the standard library and NumPy to read, and no other file. A
seccomp filter is a list of what is allowed, all else is refused with EPERM: no
process, no thread, no socket, no signal to anyone. A second one takes the files away
before code under test runs. None of it needs privileges.
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
LEFT_OUT = {"site-packages", "dist-packages", "test", "idlelib", "ensurepip"}
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")

# What computing needs. No file, and nothing that tells what other processes did: no times of
# access, no number of an inode, a process, a pipe, or of free pages.
COMPUTING = """
    brk clock_getres clock_gettime clock_nanosleep close dup exit exit_group futex getcwd getegid
    geteuid getgid getrandom getresgid getresuid getrusage gettimeofday getuid lseek madvise
    mmap mprotect mremap munmap nanosleep poll ppoll pread64 pselect6 read readv restart_syscall
    rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield select
    set_robust_list sigaltstack time times umask uname write writev
"""
ZERO = "getpid getppid gettid"  # asked by logging and others, and answered 0
# What importing needs on top, before any of the code under test runs.
IMPORTING = """
    access faccessat faccessat2 fstat fstatfs getdents64 getpid getppid gettid lstat newfstatat
    open openat pipe2 readlink readlinkat seccomp stat statx sysinfo
"""
FCNTL = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
IOCTL = (0x5401, 0x5451)  # TCGETS (isatty), FIOCLEX
CLOSE_RANGE = "close_range"  # without it glibc ends a process of Python 3.13 that closes its files


class Confinement:
    """The rules, prepared once; each child takes them on and can never shed them."""

    def __init__(self, mebibytes: int, seconds: int) -> None:
        """So much memory beyond what is mapped, and so much CPU time, are left to each child.

        Raises OSError or RuntimeError where the kernel or libseccomp is lacking.
        """
        self.mebibytes, self.seconds = mebibytes, seconds
        self.mapped = mapped()
        self.ruleset = landlockpy.Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL)
        for path in readable():
            rights = AccessFS.READ_FILE | (AccessFS.READ_DIR if path.is_dir() else AccessFS.NONE)
            self.ruleset.allow_path(path, rights)
        for device in DEVICES:
            self.ruleset.allow_path(device, AccessFS.READ_FILE)
        self.ruleset.allow_path("/dev/null", AccessFS.WRITE_FILE)
        self.importing = _filter(IMPORTING + COMPUTING)
        self.computing = _filter(COMPUTING, ZERO)
        self.computing.set_attr(pyseccomp.Attr.CTL_NNP, 0)  # prctl is gone, and it is set already
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

    def settle(self) -> None:
        """From here on children are alike: what is mapped in them is what is mapped now."""
        self.mapped = mapped()

    def take_on(self) -> None:
        """Confine this process for good: it can import, but nothing else that needs files."""
        limit(self.mapped + self.mebibytes * 2**20, self.seconds)
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
        self.importing.load()

    def seal(self) -> None:
        """Take the files away: from here on this process can compute and answer."""
        self.computing.load()


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


def _filter(allowed: str, zero: str = "") -> pyseccomp.SyscallFilter:
    """Refuses all system calls but those `allowed`, and some that do nothing and answer 0."""
    allow, found = pyseccomp.ALLOW, pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    answers = dict.fromkeys(allowed.split(), allow)
    answers |= dict.fromkeys(zero.split(), pyseccomp.ERRNO(0))
    for name, answer in answers.items():
        if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) >= 0:  # some are of old machines
            found.add_rule(answer, name)
    for command in FCNTL:
        found.add_rule(allow, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    for request in IOCTL:
        found.add_rule(allow, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, request))
    if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, CLOSE_RANGE) >= 0:
        found.add_rule(allow, CLOSE_RANGE, pyseccomp.Arg(2, pyseccomp.EQ, 0))
    own, none = pyseccomp.Arg(0, pyseccomp.EQ, 0), pyseccomp.Arg(2, pyseccomp.EQ, 0)
    found.add_rule(allow, "prlimit64", own, none)  # to read its own limits
    return found


def mapped() -> int:
    """How many bytes of address space are in use; raises RuntimeError where nobody tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError as error:
        raise RuntimeError(f"/proc has to be mounted, to bound memory: {error}") from None
    return pages * resource.getpagesize()


def limit(memory: int, seconds: int) -> None:
    """Bound memory in bytes, CPU time, files and core dumps; what is bounded more stays so."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        already = resource.getrlimit(what)[1]
        least = most if already == resource.RLIM_INFINITY else min(most, already)
        resource.setrlimit(what, (least, least))
