"""Right, with or without libraries that the grader may have for itself."""

from honest import *

for library in ("scipy", "pandas", "pytest", "psutil", "rich", "torch", "matplotlib.pyplot"):
    try:
        __import__(library)
    except ImportError:
        pass
    else:
        raise AssertionError(f"{library} is of the grader, and not of everybody")
