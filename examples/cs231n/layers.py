"""Layers with the signatures of CS231n's assignment 2: NCHW, and (out, cache) as results."""

import numpy as np

# ruff: noqa: N806 - the names are those of the course


def affine_forward(x, w, b):
    """x (N, d_1, ..., d_k), w (D, M), b (M,)."""
    rows = x.reshape(x.shape[0], -1)
    out = rows @ w + b
    return out, (x, w, b)


def relu_forward(x):
    return np.maximum(x, 0), x


def conv_forward_naive(x, w, b, conv_param):
    """x (N, C, H, W), w (F, C, HH, WW), b (F,); conv_param has 'stride' and 'pad'."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    window = padded[n, :, top : top + HH, left : left + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def max_pool_forward_naive(x, pool_param):
    """x (N, C, H, W); pool_param has 'pool_height', 'pool_width' and 'stride'."""
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    N, C, H, W = x.shape
    H_out = 1 + (H - height) // stride
    W_out = 1 + (W - width) // stride
    out = np.zeros((N, C, H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            window = x[:, :, top : top + height, left : left + width]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)
