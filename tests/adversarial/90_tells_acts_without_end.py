"""Right, but its acts, and what it calls acts, are more than anybody reads."""

import os

from honest import *

for number in range(10_000):
    try:
        open(f"/tmp/{'x' * 3000}/{number}")
    except OSError:
        pass
