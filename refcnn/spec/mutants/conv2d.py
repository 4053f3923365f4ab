"""Mistakes in conv2d."""

import numpy as np

from refcnn.spec.mutants.mutant import of

conv2d = of("conv2d")

MUTANTS = [
    conv2d(
        "kernel-rotated",
        "CONV-3",
        "The kernel is rotated by 180 degrees: true convolution in place of cross-correlation.",
        kernel=lambda k, c: k[::-1, ::-1],
    ),
    conv2d(
        "strides-swapped",
        "CONV-9",
        "The two strides are swapped: that of the width is used for the height.",
        strides=lambda s, c: s[::-1],
    ),
    conv2d(
        "padded-with-ones",
        "CONV-11",
        "The border is filled with ones in place of zeros.",
        fill=lambda f, c: 1,
    ),
    conv2d(
        "sizes-rounded-up",
        "CONV-10",
        "The output size is rounded up: a last window hangs over the edge.",
        sizes=lambda s, c: [-(-(n - f) // t) + 1 for n, f, t in zip(c.padded.shape[1:3], c.window, c.strides)],
    ),
    conv2d(
        "one-channel-only",
        "CONV-4",
        "Only the first channel of the input is used.",
        patches=lambda p, c: np.where(np.arange(p.shape[3])[:, None, None] == 0, p, 0),
    ),
]
