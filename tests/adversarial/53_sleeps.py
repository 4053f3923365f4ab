import time

from honest import *


def relu(x):
    time.sleep(1e6)
