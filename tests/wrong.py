"""Wrong implementations, each with the clause it must fail: the tests of the tests.

Every one is refcnn's own operator with one thing spoiled.
"""

import numpy as np

import refcnn
from refcnn.shapes import as_padding, as_pair
from refcnn.spec.case import OPERATORS

R = {name: getattr(refcnn, name) for name in OPERATORS}
WRONG = []  # (name, operator, clause, function)


def wrong(clause, *operators):
    """Register a maker: called with the right operator, it returns the wrong one."""

    def register(make):
        for operator in operators:
            WRONG.append((make.__name__, operator, clause, make(R[operator])))
        return make

    return register


POOLS = ("max_pool2d", "avg_pool2d")
WINDOWED = ("conv2d", *POOLS)


def before(change):
    """Spoil the arguments."""
    return lambda right: lambda *args, **kw: right(*change(*args), **kw)


def after(change):
    """Spoil the answer."""
    return lambda right: lambda *args, **kw: change(right(*args, **kw))


def as_padded(x, window, strides, padding, fill):
    """x with its padding laid around it by hand, filled with something else."""
    pads = as_padding(
        padding, x.shape[1:3], as_pair("w", window, least=1), as_pair("s", strides, least=1)
    )
    return np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill)


# --- conv2d


@wrong("CONV-3", "conv2d")
def flipped_kernel(right):
    return before(lambda x, k, *b: (x, k[::-1, ::-1], *b))(right)


@wrong("CONV-2", "conv2d")
def one_column_late(right):
    return after(lambda y: np.roll(y, 1, axis=2) if y.ndim == 4 else y)(right)


@wrong("CONV-1", "conv2d")
def last_tap_dropped(right):
    def conv(x, kernel, *bias, **kw):
        kernel = kernel.copy()
        kernel[-1, -1] = 0
        return right(x, kernel, *bias, **kw)

    return conv


@wrong("CONV-4", "conv2d")
def first_channel_only(right):
    return before(
        lambda x, k, *b: (x[..., :1], k[:, :, :1], *b) if x.ndim == k.ndim == 4 else (x, k, *b)
    )(right)


@wrong("CONV-5", "conv2d")
def maps_in_reverse(right):
    return after(lambda y: y[..., ::-1])(right)


@wrong("CONV-6", "conv2d")
def bias_twice(right):
    return before(lambda x, k, *b: (x, k, *(2 * v for v in b)))(right)


@wrong("DENSE-3", "dense")
def bias_ignored(right):
    return lambda x, kernel, bias=None: right(x, kernel)


@wrong("CONV-7", "conv2d")
def one_row_short(right):
    return after(lambda y: y[:, :-1])(right)


@wrong("CONV-10", "conv2d")
def sizes_rounded_up(right):
    def conv(x, kernel, *bias, strides=1, padding="valid"):
        sh, sw = as_pair("strides", strides, least=1)
        y = right(x, kernel, *bias, strides=strides, padding=padding)
        if padding == "valid":
            extra = [
                (x.shape[1] - kernel.shape[0]) % sh > 0,
                (x.shape[2] - kernel.shape[1]) % sw > 0,
            ]
            return np.pad(y, ((0, 0), (0, extra[0]), (0, extra[1]), (0, 0)))
        return y

    return conv


@wrong("CONV-8", "conv2d")
def stride_starts_late(right):
    def conv(x, kernel, *bias, strides=1, padding="valid"):
        sh, sw = as_pair("strides", strides, least=1)
        y = right(x, kernel, *bias, strides=1, padding=padding)
        return y[:, (sh - 1) % y.shape[1] :: sh, ::sw]

    return conv


@wrong("CONV-9", "conv2d")
@wrong("POOL-6", *POOLS)
def strides_swapped(right):
    def operator(*args, strides=None, **kw):
        swapped = strides[::-1] if isinstance(strides, tuple) else strides
        return right(*args, **kw) if strides is None else right(*args, strides=swapped, **kw)

    return operator


@wrong("CONV-11", "conv2d")
def padded_with_ones(right):
    def conv(x, kernel, *bias, strides=1, padding="valid"):
        if padding == "valid":
            return right(x, kernel, *bias, strides=strides)
        return right(
            as_padded(x, kernel.shape[:2], strides, padding, 1), kernel, *bias, strides=strides
        )

    return conv


@wrong("CONV-12", "conv2d")
def padding_sides_swapped(right):
    def conv(*args, padding="valid", **kw):
        if isinstance(padding, tuple):
            padding = tuple(side[::-1] for side in padding)
        return right(*args, padding=padding, **kw)

    return conv


@wrong("CONV-13", "conv2d")
def valid_is_same(right):
    def conv(*args, padding=None, **kw):
        if padding is None:
            return right(*args, **kw)
        return right(*args, padding="same" if padding == "valid" else padding, **kw)

    return conv


def same_before(right):
    """The odd row of same padding goes above."""

    def operator(x, window, *rest, padding="valid", **kw):
        if padding == "same":
            size = window.shape[:2] if isinstance(window, np.ndarray) else window
            size, default = (
                as_pair("w", size, least=1),
                1 if isinstance(window, np.ndarray) else size,
            )
            steps = as_pair("s", default if kw.get("strides") is None else kw["strides"], least=1)
            pads = as_padding("same", x.shape[1:3], size, steps)
            padding = tuple(side[::-1] for side in pads)
        return right(x, window, *rest, padding=padding, **kw)

    return operator


wrong("CONV-14", "conv2d")(same_before)
wrong("CONV-15", "conv2d")(same_before)
wrong("POOL-7", *POOLS)(same_before)


@wrong("CONV-16", "conv2d")
@wrong("DENSE-2", "dense")
def kernel_rounded(right):
    def rounded(x, kernel, *bias, **kw):
        coarse = kernel.astype(np.float16 if kernel.dtype == np.float32 else np.float32)
        return right(x, coarse.astype(kernel.dtype), *bias, **kw)

    return rounded


@wrong("CONV-17", "conv2d")
@wrong("POOL-11", "avg_pool2d")
@wrong("SOFT-1", "softmax")
@wrong("DENSE-1", "dense")
def answer_off_by_a_thousandth(right):
    return after(lambda y: y * y.dtype.type(1.001))(right)


@wrong("CONV-18", "conv2d")
@wrong("CONV-22", "conv2d")
@wrong("CONV-23", "conv2d")
@wrong("POOL-15", *POOLS)
def depends_on_the_place(right):
    return after(
        lambda y: y + np.arange(y.shape[1], dtype=y.dtype)[:, None, None] if y.ndim == 4 else y
    )(right)


@wrong("CONV-19", "conv2d")
@wrong("CONV-20", "conv2d")
@wrong("DENSE-5", "dense")
@wrong("DENSE-6", "dense")
@wrong("POOL-13", *POOLS)
@wrong("POOL-14", "avg_pool2d")
def clipped(right):
    return after(lambda y: np.clip(y, -3, 3))(right)


@wrong("CONV-21", "conv2d")
def mean_subtracted(right):
    return before(lambda x, *rest: (x - np.round(x.mean(dtype=np.float64)).astype(x.dtype), *rest))(
        right
    )


@wrong("CONV-24", "conv2d")
def noise_on_the_maps(right):
    def noisy(y):
        noise = np.arange(y.size, dtype=np.int64).reshape(y.shape)
        return y + ((noise * noise * 7919 + noise * 31) % 13).astype(y.dtype)

    return after(noisy)(right)


# --- pools


@wrong("POOL-1", "max_pool2d")
def smallest_value(right):
    return lambda x, *rest, **kw: -right(-x, *rest, **kw)


@wrong("POOL-16", *POOLS)
def top_left_value(right):
    def pool(x, pool_size, *, strides=None, **kw):
        sh, sw = as_pair("s", pool_size if strides is None else strides, least=1)
        y = right(x, pool_size, strides=strides, **kw)
        return x[:, ::sh, ::sw][:, : y.shape[1], : y.shape[2]].copy() if y.size else y

    return pool


@wrong("POOL-2", "avg_pool2d")
def sum_in_place_of_mean(right):
    return lambda x, pool_size, **kw: (
        right(x, pool_size, **kw) * np.prod(as_pair("p", pool_size, least=1)).astype(x.dtype)
    )


@wrong("POOL-3", *POOLS)
def default_stride_of_one(right):
    return lambda x, size, *, strides=None, **kw: right(x, size, strides=strides or 1, **kw)


@wrong("POOL-4", *POOLS)
def last_window_dropped(right):
    return after(lambda y: y[:, :, : max(1, y.shape[2] - 1)])(right)


@wrong("POOL-5", *POOLS)
def channels_mixed(right):
    return after(lambda y: np.sort(y, axis=-1))(right)


@wrong("POOL-8", "max_pool2d")
@wrong("POOL-9", "avg_pool2d")
@wrong("POOL-10", *POOLS)
def padded_with_zeros(right):
    def pool(x, pool_size, *, strides=None, padding="valid"):
        if padding != "valid":
            x = as_padded(x, pool_size, pool_size if strides is None else strides, padding, 0)
        return right(x, pool_size, strides=strides)

    return pool


@wrong("POOL-12", *POOLS)
@wrong("POOL-22", *POOLS)
def absolute_value(right):
    return after(np.abs)(right)


@wrong("POOL-17", "max_pool2d")
@wrong("RELU-4", "relu")
@wrong("FLAT-3", "flatten")
def infinities_lost(right):
    return after(lambda y: np.nan_to_num(y, posinf=1, neginf=1))(right)


# --- flatten, dense, activations


@wrong("FLAT-1", "flatten")
def all_in_one_vector(right):
    return lambda x: right(x).ravel()[None] if len(x) else right(x)[:, :1]


@wrong("FLAT-2", "flatten")
def channel_first(right):
    return lambda x: right(np.moveaxis(x, -1, 1)) if x.ndim == 4 else right(x)


@wrong("DENSE-4", "dense")
@wrong("DENSE-9", "dense")
def last_input_ignored(right):
    return before(
        lambda x, *rest: (x * (np.arange(x.shape[-1]) < x.shape[-1] - 1).astype(x.dtype), *rest)
    )(right)


@wrong("RELU-1", "relu")
def leaky(right):
    return lambda x: right(x) + np.minimum(x, 0) * x.dtype.type(0.01)


@wrong("RELU-2", "relu")
def shifted(right):
    return lambda x: right(x - 1)


@wrong("RELU-3", "relu")
def two_axes_only(right):
    return lambda x: right(x).reshape(len(x), -1) if x.ndim > 2 else right(x)


@wrong("SOFT-2", "softmax")
def first_axis(right):
    return lambda x: right(x.T).T


@wrong("SOFT-3", "softmax")
def adds_up_to_two(right):
    return after(lambda p: 2 * p)(right)


@wrong("SOFT-4", "softmax")
def not_exponential(right):
    return lambda x: (x * x + 1) / (x * x + 1).sum(axis=-1, keepdims=True)


@wrong("SOFT-5", "softmax")
def softmin(right):
    return lambda x: right(-x)


@wrong("SOFT-6", "softmax")
def without_shift(right):
    def softmax(x):
        with np.errstate(all="ignore"):
            return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)

    return softmax


@wrong("SOFT-7", "softmax")
@wrong("SOFT-8", "softmax")
@wrong("SOFT-9", "softmax")
def epsilon_added(right):
    return after(lambda p: (p + p.dtype.type(1e-7)) / (1 + p.dtype.type(1e-6)))(right)


# --- every operator


@wrong("ANY-1", *OPERATORS)
def first_example_for_all(right):
    return after(lambda y: np.repeat(y[:1], len(y), axis=0) if len(y) else y)(right)


@wrong("ANY-2", *OPERATORS)
def empty_batch_gets_one(right):
    return after(lambda y: y if len(y) else np.zeros((1, *y.shape[1:]), y.dtype))(right)


@wrong("ANY-3", *OPERATORS)
def inputs_changed(right):
    def operator(x, *rest, **kw):
        y = right(x, *rest, **kw).copy()
        if x.flags.writeable and x.size:
            x += 1
        return y

    return operator


@wrong("ANY-4", *OPERATORS)
def every_third_answer_differs(right):
    calls = []

    def operator(*args, **kw):
        calls.append(1)
        y = right(*args, **kw)
        return y + 1 if len(calls) % 3 == 0 else y

    return operator


@wrong("ANY-5", *OPERATORS)
def one_buffer_for_all(right):
    buffers = {}

    def operator(*args, **kw):
        y = right(*args, **kw)
        buffer = buffers.setdefault((y.shape, y.dtype), np.zeros_like(y))
        buffer[...] = y
        return buffer

    return operator


@wrong("ANY-6", *OPERATORS)
def always_float64(right):
    return after(lambda y: y.astype(np.float64))(right)


@wrong("ANY-7", *OPERATORS)
def reads_memory_order(right):
    def operator(x, *rest, **kw):
        if not x.flags.writeable or not x.flags.c_contiguous:
            x = np.ascontiguousarray(x[..., ::-1]) + 1
        return right(x, *rest, **kw)

    return operator


def refuses_nothing(right):
    """Answers with something where it should raise."""

    def operator(x, *rest, **kw):
        try:
            return right(x, *rest, **kw)
        except ValueError:
            return np.zeros((1, 1), np.float32)

    return operator


for number in range(25, 31):
    wrong(f"CONV-{number}", "conv2d")(refuses_nothing)
for number in range(18, 22):
    wrong(f"POOL-{number}", *POOLS)(refuses_nothing)
for number in (7, 8):
    wrong(f"DENSE-{number}", "dense")(refuses_nothing)
