"""Test data from integers alone, and the families that make answers exact.

All numbers come from SplitMix64 (Steele, Lea & Flood 2014) used as a counter:
number i of seed s is a fixed mix of s + (i + 1) 0x9E3779B97F4A7C15, so that any
language can make the same data. Each exact family keeps
bits(x) + bits(k) + ceil(log2(terms + 1)) <= t, t = 24 or 53 significant bits:
then every partial sum is representable, in whatever order it is taken.
"""

from collections.abc import Callable
from math import ceil, lcm, log2, prod

import numpy as np

from refcnn.suite.tensors import Array

Shape = tuple[int, ...]

GOLDEN = 0x9E3779B97F4A7C15
BITS = {"float32": 24, "float64": 53}
FAR_APART = (-30, 30)  # exponents of data that nothing is added to: the small must not be lost


def stream(seed: int, count: int) -> Array:
    """The first `count` 64-bit numbers of SplitMix64 from `seed`."""
    start = np.array([seed % 2**64], np.uint64)
    z = start + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def integers(seed: int, shape: Shape, low: int, high: int, dtype: str = "float64") -> Array:
    """Integers from low to high, both included, as floats."""
    numbers = stream(seed, prod(shape)) % np.uint64(high - low + 1)
    return np.asarray((numbers.astype(np.int64) + low).astype(dtype).reshape(shape))


def floats(seed: int, shape: Shape, dtype: str, exponents: tuple[int, int] = (-2, 2)) -> Array:
    """Signed floats with full random mantissas, magnitudes 2^e for e in `exponents`."""
    bits = BITS[dtype]
    mantissa = integers(seed, shape, 2 ** (bits - 1), 2**bits - 1)
    sign = integers(seed + 1, shape, 0, 1) * 2 - 1
    exponent = integers(seed + 2, shape, *exponents)
    value = sign * np.ldexp(mantissa, (exponent - bits + 1).astype(np.int64))
    return np.asarray(value.astype(dtype))


def distinct(seed: int, shape: Shape, dtype: str) -> Array:
    """A random order of consecutive integers around zero: no two are equal."""
    order = np.argsort(stream(seed, prod(shape)), kind="stable")
    return np.asarray((order - prod(shape) // 2).astype(dtype).reshape(shape))


def lattice(seed: int, x_shape: Shape, k_shape: Shape) -> Array:
    """Ones so far apart that every window of the kernel's size covers at most one."""
    window, depth = k_shape[:-2], k_shape[-2]
    offsets = [int(v) for v in stream(seed, len(window))]
    cells = np.ones((1,) * len(x_shape))
    for axis, (size, cell, offset) in enumerate(zip(x_shape[1:], window, offsets), start=1):
        line = np.arange(size) % cell == offset % cell
        cells = cells * line.reshape([-1 if a == axis else 1 for a in range(len(x_shape))])
    channel = integers(seed + 1, (x_shape[0],), 0, depth - 1)
    chosen = np.arange(depth) == channel.reshape(-1, *[1] * (len(x_shape) - 1))
    return np.asarray(np.broadcast_to(cells * chosen, x_shape))


def _bounded(x_bits: int, k_bits: int) -> Callable[[int, Shape, Shape, str], tuple[Array, ...]]:
    """Integers of the given bits; 0 stands for the rest of the budget.

    Where some operand is that wide, both are scaled by powers of two.
    """

    def make(seed: int, x_shape: Shape, k_shape: Shape, dtype: str) -> tuple[Array, ...]:
        budget = BITS[dtype] - ceil(log2(prod(k_shape[:-1]) + 2))
        half = budget // 2
        xb = x_bits or (half if not k_bits else budget - k_bits)
        kb = k_bits or (half if not x_bits else budget - x_bits)
        reach = 0 if x_bits and k_bits else 4
        xs, ks = (float(2**e) for e in integers(seed + 3, (2,), -reach, reach))
        x, k, b = 2**xb - 1, 2**kb - 1, 2 ** (xb + kb) - 1
        return (
            integers(seed, x_shape, -x, x, dtype) * np.dtype(dtype).type(xs),
            integers(seed + 1, k_shape, -k, k, dtype) * np.dtype(dtype).type(ks),
            integers(seed + 2, k_shape[-1:], -b, b, dtype) * np.dtype(dtype).type(xs * ks),
        )

    return make


def _impulse(seed: int, x_shape: Shape, k_shape: Shape, dtype: str) -> tuple[Array, ...]:
    """One 1 under every window: the output must be the weights."""
    x = lattice(seed, x_shape, k_shape).astype(dtype)
    return x, floats(seed + 2, k_shape, dtype, FAR_APART), np.zeros(k_shape[-1], dtype)


def _kimpulse(seed: int, x_shape: Shape, k_shape: Shape, dtype: str) -> tuple[Array, ...]:
    """One tap of 1 in every filter: the output must be the shifted input."""
    taps, filters = prod(k_shape[:-1]), k_shape[-1]
    kernel = np.zeros((taps, filters), dtype)
    kernel[stream(seed, filters) % np.uint64(taps), np.arange(filters)] = 1
    return (
        floats(seed + 1, x_shape, dtype, FAR_APART),
        kernel.reshape(k_shape),
        np.zeros(filters, dtype),
    )


def _sparse(seed: int, x_shape: Shape, k_shape: Shape, dtype: str) -> tuple[Array, ...]:
    """One nonzero product in every output: the output must be that product, rounded once."""
    x = lattice(seed, x_shape, k_shape).astype(dtype) * floats(seed + 5, x_shape, dtype, FAR_APART)
    return x, floats(seed + 2, k_shape, dtype), np.zeros(k_shape[-1], dtype)


def _biasonly(seed: int, x_shape: Shape, k_shape: Shape, dtype: str) -> tuple[Array, ...]:
    """A kernel of zeros: the output must be the bias."""
    x, bias = floats(seed, x_shape, dtype), floats(seed + 3, k_shape[-1:], dtype)
    return x, np.zeros(k_shape, dtype), bias


def _general(
    exponents: tuple[int, int],
) -> Callable[[int, Shape, Shape, str], tuple[Array, ...]]:
    """Full mantissas: sums round, and only the derived bound can judge them."""

    def make(seed: int, x_shape: Shape, k_shape: Shape, dtype: str) -> tuple[Array, ...]:
        return (
            floats(seed, x_shape, dtype, exponents),
            floats(seed + 3, k_shape, dtype, exponents),
            floats(seed + 6, k_shape[-1:], dtype, exponents),
        )

    return make


# Families of (x, kernel, bias) for the two operators that sum products.
EXACT_PRODUCTS = {
    "xsmall": _bounded(3, 3),  # indexing, padding, strides, flips
    "xwide": _bounded(0, 0),  # accumulators of too few bits
    "xk": _bounded(1, 0),  # kernels rounded to bfloat16, TF32, float16
    "xx": _bounded(0, 1),  # inputs rounded likewise
    "impulse": _impulse,  # weights off by one unit in the last place; Winograd, FFT
    "kimpulse": _kimpulse,
    "sparse": _sparse,
    "biasonly": _biasonly,
}
GENERAL_PRODUCTS = {"general": _general((-2, 2)), "spread": _general((-20, 20))}
PRODUCTS = {**EXACT_PRODUCTS, **GENERAL_PRODUCTS}


def whole_means(seed: int, shape: Shape, dtype: str, counts: list[int]) -> Array:
    """Integers whose sums over any of `counts` cells divide exactly."""
    return np.asarray(integers(seed, shape, -8, 8, dtype) * np.dtype(dtype).type(lcm(*counts)))


def powers_of_two(seed: int, shape: Shape, dtype: str) -> Array:
    """+-2^-j for j = 0..120, with zeros and large values among them."""
    sign = integers(seed, shape, 0, 1) * 2 - 1
    exponent = -integers(seed + 1, shape, 0, 120)
    kind = integers(seed + 2, shape, 0, 7)
    value = np.select([kind == 0, kind == 1], [0.0, 2.0**100], np.ldexp(1.0, exponent.astype(int)))
    return np.asarray((sign * value).astype(dtype))
