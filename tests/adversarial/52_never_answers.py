from honest import *


def relu(x):
    while True:
        pass
