from honest import *


def relu(x, slope, *, inplace):
    return x
