from honest import *


def relu(x):
    return np.zeros((0,) * x.ndim, x.dtype)
