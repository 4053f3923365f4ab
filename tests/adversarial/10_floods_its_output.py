import os

from honest import *

LINE = b"PASSED " * 10**6
for _ in range(1500):
    os.write(1, LINE)
    os.write(2, LINE)
print("x" * 10**6)
