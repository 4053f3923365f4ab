"""Automatic differentiation of arrays: `refcnn check examples/autograd.py --like autograd`.

A Tensor remembers what it was worked out from, and how the gradient goes back. Images are
(N, C, H, W), kernels (O, C, H, W), as in PyTorch.
"""

import numpy as np


class Tensor:
    """An array, its gradient, and the way back."""

    def __init__(self, data, parents=(), back=None):
        self.data, self.parents, self.back = np.asarray(data), parents, back
        self.grad = np.zeros_like(self.data)

    def backward(self, dy):
        """Add dy to the own gradient, and what it says of all that this depends on."""
        self.grad = self.grad + dy
        order = in_order(self)
        for tensor in reversed(order):
            if tensor.back:
                for parent, more in zip(tensor.parents, tensor.back(tensor.grad)):
                    parent.grad = parent.grad + more

    def __matmul__(self, other):
        def back(dy):
            return dy @ other.data.T, self.data.T @ dy

        return Tensor(self.data @ other.data, (self, other), back)

    def __add__(self, row):
        """A matrix and a row."""
        return Tensor(self.data + row.data, (self, row), lambda dy: (dy, dy.sum(axis=0)))

    def relu(self):
        mask = (self.data > 0).astype(self.data.dtype)
        return Tensor(np.maximum(self.data, 0), (self,), lambda dy: (dy * mask,))

    def softmax(self):
        powers = np.exp(self.data - self.data.max(axis=-1, keepdims=True))
        y = powers / powers.sum(axis=-1, keepdims=True)
        return Tensor(y, (self,), lambda dy: (y * (dy - (dy * y).sum(axis=-1, keepdims=True)),))


def in_order(tensor):
    """All that a tensor depends on, each after what it depends on itself."""
    order, seen, stack = [], set(), [(tensor, False)]
    while stack:
        one, ready = stack.pop()
        if ready:
            order.append(one)
        elif id(one) not in seen:
            seen.add(id(one))
            stack.append((one, True))
            stack += [(parent, False) for parent in one.parents]
    return order


def places(shape, window, stride):
    """The slices of rows and columns of each window."""
    height, width = shape[2:]
    for i, row in enumerate(range(0, height - window[0] + 1, stride)):
        for j, column in enumerate(range(0, width - window[1] + 1, stride)):
            yield i, j, np.s_[:, :, row : row + window[0], column : column + window[1]]


def conv2d(x, kernel, bias, stride=1, padding=0):
    around = ((0, 0), (0, 0), (padding, padding), (padding, padding))
    padded = np.pad(x.data, around)
    window = kernel.data.shape[2:]
    rows, columns = ((n - w) // stride + 1 for n, w in zip(padded.shape[2:], window))
    y = np.zeros((len(padded), len(kernel.data), rows, columns), padded.dtype)
    for i, j, here in places(padded.shape, window, stride):
        y[:, :, i, j] = np.tensordot(padded[here], kernel.data, ((1, 2, 3), (1, 2, 3))) + bias.data

    def back(dy):
        dpadded, dkernel = np.zeros_like(padded), np.zeros_like(kernel.data)
        for i, j, here in places(padded.shape, window, stride):
            dpadded[here] += np.tensordot(dy[:, :, i, j], kernel.data, 1)
            dkernel += np.tensordot(dy[:, :, i, j].T, padded[here], 1)
        inner = slice(padding, -padding or None)
        return dpadded[:, :, inner, inner], dkernel, dy.sum(axis=(0, 2, 3))

    return Tensor(y, (x, kernel, bias), back)


def max_pool2d(x, size, stride):
    images, depth, height, width = x.data.shape
    rows, columns = ((n - size) // stride + 1 for n in (height, width))
    y = np.zeros((images, depth, rows, columns), x.data.dtype)
    for i, j, here in places(x.data.shape, (size, size), stride):
        y[:, :, i, j] = x.data[here].max(axis=(2, 3))

    def back(dy):
        dx = np.zeros_like(x.data)
        for i, j, here in places(x.data.shape, (size, size), stride):
            flat = x.data[here].reshape(images, depth, size * size)
            first = np.arange(size * size) == flat.argmax(axis=2)[..., None]
            share = first.astype(dy.dtype) * dy[:, :, i, j, None]
            dx[here] += share.reshape(images, depth, size, size)
        return (dx,)

    return Tensor(y, (x,), back)


def avg_pool2d(x, size, stride):
    images, depth, height, width = x.data.shape
    rows, columns = ((n - size) // stride + 1 for n in (height, width))
    y = np.zeros((images, depth, rows, columns), x.data.dtype)
    for i, j, here in places(x.data.shape, (size, size), stride):
        y[:, :, i, j] = x.data[here].mean(axis=(2, 3))

    def back(dy):
        dx = np.zeros_like(x.data)
        for i, j, here in places(x.data.shape, (size, size), stride):
            dx[here] += dy[:, :, i, j, None, None] / (size * size)
        return (dx,)

    return Tensor(y, (x,), back)
