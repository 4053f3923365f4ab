"""How it is found out how softmax_backward can be called."""

from refcnn.suite.gradients import lattice_of

LATTICE = {"softmax_backward": lattice_of("softmax_backward")}
