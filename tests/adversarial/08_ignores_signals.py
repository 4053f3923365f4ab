import signal

from honest import *

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.alarm(0)


def relu(x):
    while True:
        pass
