from honest import *

right = relu
del relu


def ReLu(x):
    return right(x)
