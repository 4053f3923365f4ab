"""Mistakes in a convolution in groups."""

from collections.abc import Callable, Iterable

import numpy as np

from refcnn.operators.conv2d.mutants_windows import conv2d
from refcnn.suite.steps import Call, Hook
from refcnn.suite.tensors import Array


def seeing(channels: Callable[[int, Call], Iterable[int]]) -> Hook:
    """Filter o sees these channels, in this order, where there are several groups."""

    def hook(whole: Array, c: Call) -> Array:
        if c.groups == 1:
            return whole
        wrong = np.zeros_like(whole)
        for o in range(whole.shape[3]):
            for place, channel in enumerate(channels(o, c)):
                wrong[:, :, channel, o] += c.kernel[:, :, place % c.kernel.shape[2], o]
        return wrong

    return hook


def group_of(o: int, c: Call) -> int:
    """The group of a filter."""
    return int(o * c.groups // c.kernel.shape[3])


def share(group: int, c: Call) -> range:
    """The channels of a group."""
    depth = c.kernel.shape[2]
    return range(group * depth, (group + 1) * depth)


def grouped(change: Callable[[Array, Call], Array]) -> Hook:
    """A change where there are several groups."""
    return lambda value, c: change(value, c) if c.groups > 1 else value


def _multiplier_first(y: Array, c: Call) -> Array:
    """Maps of all channels for the first filter, then those for the second."""
    maps = y.reshape(*y.shape[:3], c.groups, -1) if y.size else y
    return np.asarray(maps.swapaxes(3, 4).reshape(y.shape) if y.size else y)


def _first_maps_for_all(y: Array, c: Call) -> Array:
    own = y.shape[3] // c.groups
    return np.concatenate([y[..., :own]] * c.groups, axis=3)


def _last_left_out(y: Array, c: Call) -> Array:
    y = y.copy()
    y[..., y.shape[3] - y.shape[3] // c.groups :] = 0
    return y


def _added_up(y: Array, c: Call) -> Array:
    """The maps of all groups are added up, as channels are without groups."""
    own = y.shape[3] // c.groups
    total = sum(y[..., g * own : (g + 1) * own] for g in range(c.groups))
    return np.concatenate([total] * c.groups, axis=3)


def _bias_of_group(y: Array, c: Call) -> Array:
    groups = [group_of(o, c) for o in range(c.kernel.shape[3])]
    return y if c.bias is None else np.asarray(c.sums + c.bias[groups])


def _strided(c: Call) -> bool:
    return c.given_strides not in (1, (1, 1))


def _whole_filters(kernel: Array, c: Call) -> Array:
    """As many filters as can be cut into groups; the others are left out."""
    groups = c.given.get("groups", 1)
    if kernel.ndim != 4 or groups < 2 or kernel.shape[3] < groups:
        return kernel
    return np.asarray(kernel[..., : kernel.shape[3] // groups * groups])


def _as_deep_as_a_group(kernel: Array, c: Call) -> Array:
    """The first channels of a kernel that is deeper than a group."""
    groups = c.given.get("groups", 1)
    if kernel.ndim != 4 or c.x.ndim != 4 or groups < 2:
        return kernel
    return np.asarray(kernel[:, :, : c.x.shape[3] // groups])


MUTANTS = [
    conv2d(
        "groups-ignored",
        "CONV-38",
        "Every filter sees the first channels: groups are only a filter that is less deep.",
        whole=seeing(lambda _, c: share(0, c)),
    ),
    conv2d(
        "groups-interleaved-channels",
        "CONV-38",
        "Channels are dealt out to the groups in turn: channel c goes to group c mod G.",
        whole=seeing(lambda o, c: range(group_of(o, c), c.x.shape[3], c.groups)),
    ),
    conv2d(
        "groups-interleaved-filters",
        "CONV-38",
        "Filters are dealt out to the groups in turn: filter o goes to group o mod G.",
        whole=seeing(lambda o, c: share(o % c.groups, c)),
    ),
    conv2d(
        "groups-reversed",
        "CONV-38",
        "The groups of channels are taken in reverse.",
        whole=seeing(lambda o, c: share(c.groups - 1 - group_of(o, c), c)),
    ),
    conv2d(
        "groups-see-all",
        "CONV-38",
        "Every filter is laid over all groups of channels, and the sums are added up.",
        whole=seeing(lambda _, c: range(c.x.shape[3])),
    ),
    conv2d(
        "groups-above-two-cut",
        "CONV-38",
        "There are two groups at most: further filters see the channels of the second.",
        whole=seeing(lambda o, c: share(min(group_of(o, c), 1), c)),
    ),
    conv2d(
        "groups-first-filters-for-all",
        "CONV-38",
        "The maps of the first group come out for every group.",
        sums=grouped(_first_maps_for_all),
    ),
    conv2d(
        "groups-last-left-out",
        "CONV-38",
        "The last group is never computed: its maps are zero.",
        sums=grouped(_last_left_out),
    ),
    conv2d(
        "groups-averaged",
        "CONV-38",
        "Sums are divided by the number of groups.",
        sums=grouped(lambda y, c: y / c.groups),
    ),
    conv2d(
        "groups-added-up",
        "CONV-38",
        "The maps of the groups are added up, as those of channels are.",
        sums=grouped(_added_up),
    ),
    conv2d(
        "depthwise-multiplier-first",
        "CONV-39",
        "Maps come out in another order: the first of every channel, then the second of every "
        "channel.",
        sums=grouped(_multiplier_first),
    ),
    conv2d(
        "groups-bias-of-group",
        "CONV-40",
        "The bias of the group is added, in place of that of the filter.",
        biased=grouped(_bias_of_group),
    ),
    conv2d(
        "groups-bias-forgotten",
        "CONV-40",
        "Where there are groups the bias is not added.",
        biased=grouped(lambda _, c: c.sums),
    ),
    conv2d(
        "groups-ignored-when-strided",
        "CONV-40",
        "With strides above 1 every filter sees the first channels.",
        whole=seeing(lambda o, c: share(0 if _strided(c) else group_of(o, c), c)),
    ),
    conv2d(
        "groups-ignored-when-same",
        "CONV-40",
        'With padding "same" every filter sees the first channels.',
        whole=seeing(lambda o, c: share(0 if c.given_padding == "same" else group_of(o, c), c)),
    ),
    conv2d(
        "groups-below-one-is-one",
        "CONV-41",
        "A number of groups of 0 or less is taken as 1.",
        groups=lambda g, _: max(g, 1),
    ),
    conv2d(
        "groups-filters-left-out",
        "CONV-42",
        "Filters that are left over, where they cannot be cut into groups, are left out.",
        kernel=_whole_filters,
    ),
    conv2d(
        "groups-depth-cut",
        "CONV-43",
        "Of filters that are deeper than a group only the first channels are used.",
        kernel=_as_deep_as_a_group,
    ),
]
