from honest import *


def relu(x):
    return np.full_like(x, np.inf)
