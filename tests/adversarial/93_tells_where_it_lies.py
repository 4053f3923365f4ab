"""What it says depends on where its objects lie: its report must not."""

from honest import *


def relu(x):
    raise ValueError(object(), relu)
