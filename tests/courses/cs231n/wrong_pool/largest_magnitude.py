"""Wrong: picks the value with the largest absolute value, which may be a negative one."""
import numpy as np


def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho = (H - ph) // s + 1
    Wo = (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo), dtype=x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    flat = x[n, c, i*s:i*s+ph, j*s:j*s+pw].ravel()
                    out[n, c, i, j] = flat[np.argmax(np.abs(flat))]
    return out, (x, pool_param)
