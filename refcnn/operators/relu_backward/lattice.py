"""How it is found out how relu_backward can be called."""

from refcnn.suite.gradients import lattice_of

LATTICE = {"relu_backward": lattice_of("relu_backward")}
