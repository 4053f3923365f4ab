"""Right: what it does to generators is done to its own."""

import random

from honest import *

right = relu


def relu(x):
    np.random.seed(0)
    random.seed(0)
    return right(x)
