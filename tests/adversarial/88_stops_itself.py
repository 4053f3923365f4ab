"""Right, but it has tried to stop its process, in which case nobody can wait for it."""

import os
import signal

from honest import *

right = relu


def relu(x):
    for number in (signal.SIGSTOP, signal.SIGTSTP):
        try:
            os.kill(os.getpid(), number)
        except OSError:
            pass
    return right(x)
