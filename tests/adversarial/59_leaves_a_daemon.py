"""Right, but it has tried to stay."""

import os
import subprocess

from honest import *

for attempt in (os.fork, os.setsid, lambda: subprocess.Popen(["sleep", "1000"]), lambda: os.system("sleep 1000 &")):
    try:
        if attempt() == 0 and os.getpid() != 0:
            break
    except OSError:
        pass
