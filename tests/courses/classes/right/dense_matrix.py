"""Route: the layer is written out as one dense matrix that maps the flattened image to the flattened output."""
import numpy as np


class Conv2D:
    def __init__(self, weights, bias, stride=1, padding=0):
        self.weights = weights
        self.bias = bias
        self.stride = stride
        self.padding = padding

    def _matrix(self, H, W, oh, ow):
        oc, ic, kh, kw = self.weights.shape
        M = np.zeros((oc, oh, ow, ic, H, W), dtype=self.weights.dtype)
        for i in range(oh):
            for j in range(ow):
                for u in range(kh):
                    for v in range(kw):
                        r = i * self.stride + u - self.padding
                        c = j * self.stride + v - self.padding
                        if 0 <= r < H and 0 <= c < W:
                            M[:, i, j, :, r, c] = self.weights[:, :, u, v]
        return M.reshape(oc * oh * ow, ic * H * W)

    def forward(self, x):
        N, C, H, W = x.shape
        oc, _, kh, kw = self.weights.shape
        oh = (H + 2 * self.padding - kh) // self.stride + 1
        ow = (W + 2 * self.padding - kw) // self.stride + 1
        M = self._matrix(H, W, oh, ow)
        y = (x.reshape(N, -1) @ M.T).reshape(N, oc, oh, ow)
        y = y + np.reshape(self.bias, (1, oc, 1, 1))
        return y.astype(x.dtype)
