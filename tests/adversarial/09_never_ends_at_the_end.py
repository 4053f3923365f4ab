import atexit

from honest import *


class Forever:
    def __del__(self):
        while True:
            pass


KEPT = Forever()
LAST = Forever()
atexit.register(LAST.__del__)
relu.kept = KEPT
