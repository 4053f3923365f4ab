"""A convolutional network by hand, in NumPy alone.

Activations are (batch, height, width, channels), kernels (height, width, channels,
filters). The answer has the dtype of the input, float32 or float64. Inputs are never
changed. Arguments that make no sense are refused with a ValueError.

Where there are windows: `strides` and `pool_size` are an integer or a pair (down, to the
right). `padding` is "valid" (none), "same" (the fewest cells that give ceil(size / stride)
rows and columns; of an odd number the extra one goes below and to the right), an integer
(so many cells on each side) or ((top, bottom), (left, right)).
"""


def conv2d(x, kernel, bias=None, *, strides=1, padding="valid"):
    """Slide each filter over x, unflipped, and add its bias; padded cells are zero."""
    raise NotImplementedError


def max_pool2d(x, pool_size, *, strides=None, padding="valid"):
    """Take the largest value of every window; a padded cell never wins.

    Without strides the windows lie side by side.
    """
    raise NotImplementedError


def avg_pool2d(x, pool_size, *, strides=None, padding="valid"):
    """Take the mean of every window; padded cells do not count."""
    raise NotImplementedError


def flatten(x):
    """Make one vector of every example: row by row, the channels fastest."""
    raise NotImplementedError


def dense(x, kernel, bias=None):
    """Multiply x (batch, inputs) by kernel (inputs, outputs) and add the bias."""
    raise NotImplementedError


def relu(x):
    """Keep what is positive, in an array of any shape; the rest becomes zero."""
    raise NotImplementedError


def softmax(x):
    """Turn logits into probabilities along the last axis, however large they are."""
    raise NotImplementedError
