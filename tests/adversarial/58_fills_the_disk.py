"""Right, but it has tried."""

import os

from honest import *

for folder in (".", "/tmp", "/dev/shm", "/var/tmp", os.path.dirname(np.__file__)):
    for number in range(3):
        try:
            with open(f"{folder}/refcnn-was-here-{number}", "wb") as file:
                file.truncate(2**40)
        except OSError:
            pass
