from honest import *

right = relu


def relu(x):
    return right(x)[None]
