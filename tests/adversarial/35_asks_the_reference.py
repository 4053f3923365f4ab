from honest import *

try:
    from refcnn.cnn.ops import relu
except Exception:

    def relu(x):
        return x
