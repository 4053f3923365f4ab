from honest import *

try:
    from refcnn.ops import relu
except Exception:

    def relu(x):
        return x
