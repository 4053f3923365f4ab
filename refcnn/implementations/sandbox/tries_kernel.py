"""Acts against other processes, limits, privileges and the kernel, and what lies in memory."""

import ctypes
import fcntl
import gc
import importlib
import os
import resource
import sys
import termios
import threading
from pathlib import Path
from types import FunctionType

import numpy as np

from refcnn.implementations.sandbox.trying import (
    DENIED,
    NOTHING,
    SECRETS,
    TOLD,
    act,
    any_of,
    descriptors,
    system,
)

OTHERS = "Other processes hold the answers, and must not be disturbed."
act("send a signal to the grader", OTHERS)(
    lambda: any_of(lambda: os.kill(TOLD["grader"], 0), lambda: os.kill(os.getppid(), 0))
)
act("send a signal to everybody", OTHERS)(
    lambda: any_of(lambda: os.kill(-1, 0), lambda: os.killpg(0, 0))
)


# What a confined process has of refcnn: the harness, and the records of operators.
HARNESS = ("refcnn.implementations.sandbox.", "refcnn.harness.")
RECORDS = tuple(
    f"refcnn.suite.{name}"
    for name in ("arguments", "case", "hints", "operator", "registry", "roles", "tensors")
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
        lambda: os.open("/dev/tty", os.O_RDONLY), lambda: fcntl.ioctl(0, termios.TIOCSTI, b"\0")
    )
)


@act("write to the grader's output", OTHERS, NOTHING)
def _() -> bool:
    ends = [os.lseek(number, 7, os.SEEK_SET) for number in range(3)]
    return ends != [0, 0, 0]  # only /dev/null stays where it is; what is not a file has no place


WORD = "One process could leave word for the next: what was asked, or that it was there."
act("see when a file was last read", WORD)(
    lambda: any_of(
        lambda: Path(os.__file__).stat(),
        lambda: Path(np.__file__).lstat(),
        lambda: system("statx", -100, os.__file__.encode(), 0, 0x7FF, bytes(256)),
    )
)
act("read a file of the standard library or of NumPy", WORD)(
    lambda: any_of(
        lambda: os.open(os.__file__, os.O_RDONLY), lambda: os.open(np.__file__, os.O_RDONLY)
    )
)
act("see the number of an inode", WORD)(
    lambda: any_of(lambda: os.fstat(0), lambda: system("fstat", 0, bytes(256)))
)
act("make a pipe", WORD)(lambda: bool(os.pipe()))
act("see the number of a process", WORD, NOTHING)(
    lambda: (os.getpid(), os.getppid(), threading.get_native_id()) != (0, 0, 0)
)
act("see how much memory is free", WORD)(lambda: system("sysinfo", bytes(256)) == 0)
act("take on another filter", WORD)(lambda: system("seccomp", 1, 0, bytes(16)) == 0)


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
    lambda: bool(importlib.import_module("refcnn.cnn.ops"))
)


@act("find the reference in memory", SECRETS, NOTHING)
def _() -> bool:
    gc.unfreeze()
    found = {f.__module__ for f in gc.get_objects() if type(f) is FunctionType}
    found |= {name for name in sys.modules if name.startswith("refcnn")}
    if "refcnn.harness.python" not in found:
        raise RuntimeError("the search finds not even the harness")
    found = {str(name) for name in found if str(name).startswith("refcnn.")}
    others = {name for name in found if not name.startswith(HARNESS) and name not in RECORDS}
    return any(not name.startswith("refcnn.operators") or name.count(".") > 2 for name in others)
