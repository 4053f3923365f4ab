"""Right, but it has tried."""

import ctypes
import fcntl
from multiprocessing import shared_memory

from honest import *

libc = ctypes.CDLL(None)
LEFT = [libc.shmget(99, 4096, 0o1666), libc.semget(99, 1, 0o1666), libc.msgget(99, 0o1666)]
assert LEFT == [-1, -1, -1]
for attempt in (
    lambda: fcntl.flock(open(np.__file__), fcntl.LOCK_EX),
    lambda: fcntl.lockf(open(np.__file__), fcntl.LOCK_SH),
    lambda: shared_memory.SharedMemory("refcnn-was-here", create=True, size=99),
):
    try:
        attempt()
    except OSError:
        continue
    raise AssertionError("something is left")
