"""Loads the suite's plugin for pytest runs in this repository."""

import signal

pytest_plugins = ["refcnn.pytest_plugin"]

# Where pytest runs in the background, SIGINT is ignored, also by what it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
