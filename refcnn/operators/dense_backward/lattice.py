"""How it is found out how dense_backward can be called."""

from refcnn.suite.gradients import lattice_of

LATTICE = {"dense_backward": lattice_of("dense_backward")}
