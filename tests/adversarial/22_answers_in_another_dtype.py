from honest import *

right = relu


def relu(x):
    kind = {0: np.float16, 1: np.complex128, 2: np.int64, 3: np.float64}[x.size % 4]
    return right(x).astype(kind)
