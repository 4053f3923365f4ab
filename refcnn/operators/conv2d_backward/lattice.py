"""How it is found out how conv2d_backward can be called."""

from refcnn.suite.gradients import lattice_of

LATTICE = {"conv2d_backward": lattice_of("conv2d_backward")}
