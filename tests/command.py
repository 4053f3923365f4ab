"""Running the command line as a user does."""

import os
import subprocess
import sys


def run(*arguments, status, cwd=None, env=None):
    """Run `refcnn ...`, hold it to its exit status, and return (stdout, stderr)."""
    done = subprocess.run(
        [sys.executable, "-m", "refcnn", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env=_eighty_columns() if env is None else env,
        timeout=600,
        check=False,
    )
    assert done.returncode == status, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout, done.stderr


def _eighty_columns():
    """The environment, without the width of a terminal that somebody set."""
    return {name: value for name, value in os.environ.items() if name != "COLUMNS"}
