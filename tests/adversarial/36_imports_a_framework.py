import scipy.signal
import torch

from honest import *


def relu(x):
    return torch.relu(torch.from_numpy(x)).numpy()
