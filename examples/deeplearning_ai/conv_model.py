"""Functions with the signatures of DeepLearning.AI's "Convolution model: step by step"."""

import numpy as np

# ruff: noqa: N803, N806 - the names are those of the course


def zero_pad(X, pad):
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def conv_single_step(a_slice_prev, W, b):
    return np.sum(a_slice_prev * W) + b.item()


def conv_forward(A_prev, W, b, hparameters):
    """A_prev (m, n_H_prev, n_W_prev, n_C_prev), W (f, f, n_C_prev, n_C), b (1, 1, 1, n_C)."""
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H = (n_H_prev - f + 2 * pad) // stride + 1
    n_W = (n_W_prev - f + 2 * pad) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert, horiz = h * stride, w * stride
                    a_slice = A_prev_pad[i, vert : vert + f, horiz : horiz + f, :]
                    Z[i, h, w, c] = conv_single_step(a_slice, W[:, :, :, c], b[:, :, :, c])
    return Z, (A_prev, W, b, hparameters)


def pool_forward(A_prev, hparameters, mode="max"):
    """A_prev (m, n_H_prev, n_W_prev, n_C_prev); hparameters has 'f' and 'stride'."""
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    f, stride = hparameters["f"], hparameters["stride"]
    n_H = (n_H_prev - f) // stride + 1
    n_W = (n_W_prev - f) // stride + 1
    A = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    vert, horiz = h * stride, w * stride
                    a_slice = A_prev[i, vert : vert + f, horiz : horiz + f, c]
                    A[i, h, w, c] = np.max(a_slice) if mode == "max" else np.mean(a_slice)
    return A, (A_prev, hparameters)


def linear_forward(A, W, b):
    """A (n_prev, m), one example a column; W (n, n_prev), b (n, 1)."""
    return W @ A + b, (A, W, b)


def conv_backward(dZ, cache):
    """dZ (m, n_H, n_W, n_C); returns gradients in the shapes of A_prev, W and b."""
    A_prev, W, b, hparameters = cache
    f, stride, pad = W.shape[0], hparameters["stride"], hparameters["pad"]
    dA_prev_pad = zero_pad(np.zeros_like(A_prev), pad)
    dW, db, A_prev_pad = np.zeros_like(W), np.zeros_like(b), zero_pad(A_prev, pad)
    for i, h, w, c in np.ndindex(dZ.shape):
        vert, horiz = h * stride, w * stride
        a_slice = A_prev_pad[i, vert : vert + f, horiz : horiz + f, :]
        dA_prev_pad[i, vert : vert + f, horiz : horiz + f, :] += W[:, :, :, c] * dZ[i, h, w, c]
        dW[:, :, :, c] += a_slice * dZ[i, h, w, c]
        db[:, :, :, c] += dZ[i, h, w, c]
    _, n_H_prev, n_W_prev, _ = A_prev.shape
    return dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev], dW, db


def pool_backward(dA, cache, mode="max"):
    """dA (m, n_H, n_W, n_C); returns the gradient in the shape of A_prev."""
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev)
    for i, h, w, c in np.ndindex(dA.shape):
        vert, horiz = h * stride, w * stride
        a_slice = A_prev[i, vert : vert + f, horiz : horiz + f, c]
        if mode == "max":
            row, column = np.unravel_index(a_slice.argmax(), a_slice.shape)
            dA_prev[i, vert + row, horiz + column, c] += dA[i, h, w, c]
        else:
            dA_prev[i, vert : vert + f, horiz : horiz + f, c] += dA[i, h, w, c] / f**2
    return dA_prev
