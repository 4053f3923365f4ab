"""Right: what it changes is its own."""

import locale
import os
import sys
import warnings

from honest import *

np.seterr(all="raise")
np.set_printoptions(precision=1, threshold=2)
warnings.simplefilter("error")
locale.setlocale(locale.LC_ALL, "C")
sys.setrecursionlimit(150)
sys.stdout = sys.stderr = None
for change in (lambda: os.chdir("/tmp"), lambda: os.umask(0), lambda: os.nice(19)):
    try:
        change()
    except OSError:
        pass
