from honest import *


def relu(x):
    if x.size % 2:
        return np.broadcast_to(x.dtype.type(0), (10**6, 10**6))
    return np.ones(10**10, x.dtype)
