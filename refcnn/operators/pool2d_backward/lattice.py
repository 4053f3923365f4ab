"""How it is found out how the gradients of pools can be called."""

from refcnn.suite.gradients import lattice_of

LATTICE = {name: lattice_of(name) for name in ("max_pool2d_backward", "avg_pool2d_backward")}
