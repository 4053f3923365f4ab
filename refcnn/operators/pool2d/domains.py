"""What pools are asked: a domain for each clause that vectors are about."""

from functools import partial
from typing import Any

from refcnn.operators.pool2d import cases
from refcnn.operators.pool2d.cases import MAKERS, avg_pool2d, max_pool2d
from refcnn.suite import changes
from refcnn.suite.draw import ONE_STEP, PADDED, STRIDED
from refcnn.suite.generators import Domain, Domains, broken, changed, legal

EXACT = {"max_pool2d": ("distinct", "negative", "ties"), "avg_pool2d": ("whole",)}
ANY = {"max_pool2d": (*EXACT["max_pool2d"], "floats"), "avg_pool2d": EXACT["avg_pool2d"]}


def _plain(operator: str) -> dict[str, Any]:
    return {**ONE_STEP, "families": EXACT[operator]}


def _alone(operator: str, **options: Any) -> Any:
    return changed(MAKERS[operator], changes.first_example, **options)


def _of_a_maximum() -> tuple[Domain, ...]:
    window = legal(cases.one_window, operator="max_pool2d", **_plain("max_pool2d"))
    return (
        Domain(("POOL-1",), window),
        Domain(("POOL-8",), _alone("max_pool2d", padding=PADDED, families=("negative",))),
        Domain(("POOL-17",), legal(cases.infinity_in_a_pool)),
        Domain(("POOL-24",), legal(cases.lowest_in_a_pool)),
        Domain(("POOL-23",), legal(cases.nan_in_a_pool)),
    )


def _of_a_mean() -> tuple[Domain, ...]:
    window = legal(cases.one_window, operator="avg_pool2d", **_plain("avg_pool2d"))
    return (
        Domain(("POOL-2",), window),
        Domain(("POOL-9",), _alone("avg_pool2d", padding=PADDED, families=("whole",))),
        Domain(("POOL-11",), legal(avg_pool2d, families=("general", "spread"))),
    )


def _of_both(operator: str) -> tuple[Domain, ...]:
    pool, exact, plain = MAKERS[operator], EXACT[operator], _plain(operator)
    alone = partial(_alone, operator)
    return (
        Domain(("POOL-3", "POOL-4"), alone(**plain, depth=1)),
        Domain(("POOL-5",), alone(**plain)),
        Domain(("POOL-6",), alone(strides=STRIDED, padding=("default",), families=exact)),
        Domain(("POOL-7",), alone(padding=("padding_same",), families=exact)),
        Domain(("POOL-10",), legal(pool, families=ANY[operator])),
        Domain(("POOL-10",), legal(pool, strides=STRIDED, padding=PADDED, families=exact)),
        Domain(("POOL-18",), broken(cases.window_too_large, operator=operator)),
        Domain(("POOL-19",), broken(cases.sizes_below_one, operator=operator)),
        Domain(("POOL-20",), broken(cases.negative_pool_padding, operator=operator)),
        Domain(("POOL-21",), broken(cases.other_pool_ranks, operator=operator)),
    )


def _clear(operator: str) -> dict[str, Any]:
    return {**ONE_STEP, "depth": 1, "families": (cases.PLAINEST[operator],)}


DOMAINS = {
    "max_pool2d": Domains(
        make=max_pool2d,
        own=(*_of_a_maximum(), *_of_both("max_pool2d")),
        clear=_clear("max_pool2d"),
    ),
    "avg_pool2d": Domains(
        make=avg_pool2d,
        own=(*_of_a_mean(), *_of_both("avg_pool2d")),
        clear=_clear("avg_pool2d"),
    ),
}
