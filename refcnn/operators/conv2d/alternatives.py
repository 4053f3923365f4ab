"""conv2d by other routes: the direct ones, then the fast ones."""

from refcnn.operators.conv2d.alternatives_direct import DIRECT
from refcnn.operators.conv2d.alternatives_fast import FAST

ALTERNATIVES = [*DIRECT, *FAST]
