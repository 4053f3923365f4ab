from honest import *

right = relu


def relu(x):
    y = right(x)
    return [y.tolist(), (y, {"cache": x}), None, (row for row in y), 0.0][x.size % 5]
