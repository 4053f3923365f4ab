"""What must hold of global_avg_pool2d."""

import numpy as np

from refcnn.operators.global_avg_pool2d import cases
from refcnn.operators.global_avg_pool2d.domains import EXACT
from refcnn.suite.case import Case
from refcnn.suite.changes import first_example
from refcnn.suite.checks import WIDELY, Check, registering
from refcnn.suite.context import Context
from refcnn.suite.data import stream
from refcnn.suite.draw import Pick, choose, seed
from refcnn.suite.judge import expect

NAME = "global_avg_pool2d"
CHECKS: list[Check] = []
check = registering(CHECKS)


@check("GAP-1")
def the_mean_of_one_map(iut: Context, pick: Pick) -> None:
    iut.check(first_example(iut.case(NAME, pick, families=EXACT, depth=1)))


@check("GAP-2")
def one_number_a_channel_whatever_the_size(iut: Context, pick: Pick) -> None:
    iut.has_shape(iut.case(NAME, pick, families=EXACT))


@check("GAP-3")
def every_channel_has_its_own_mean(iut: Context, pick: Pick) -> None:
    case = iut.case(NAME, pick, families=EXACT)
    parts = np.split(case.inputs["x"], case.inputs["x"].shape[3], 3)
    alone = np.concatenate([iut.answer(case.given(x=part)) for part in parts], 1)
    law = "the channels, each averaged alone, side by side"
    iut.same(case, iut.answer(case), alone, law, 2 * expect(case).bound)


@check("GAP-4")
def where_a_value_lies_does_not_matter(iut: Context, pick: Pick) -> None:
    case = iut.case(NAME, pick, families=EXACT)
    x = case.inputs["x"]
    cells = x.reshape(len(x), x.shape[1] * x.shape[2], x.shape[3])
    order = np.argsort(stream(seed(pick), cells.shape[1]), kind="stable")
    moved = case.given(x=cells[:, order].reshape(x.shape))
    law = "the cells of the maps in another order have the same mean"
    iut.same(moved, iut.answer(moved), iut.answer(case), law, 2 * expect(case).bound)


@check("GAP-5", times=WIDELY)
def the_whole_definition(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick, families=EXACT))


@check("GAP-6")
def means_within_the_bound(iut: Context, pick: Pick) -> None:
    iut.check(iut.case(NAME, pick, families=("general", "spread")))


@check("GAP-7")
def moving_and_scaling_pass_through(iut: Context, pick: Pick) -> None:
    case = iut.case(NAME, pick, families=("halves",))
    scale, move = choose(pick, [2, -4, 8]), pick(-50, 50)
    dtype = np.dtype(case.dtype).type
    moved = case.given(x=case.inputs["x"] * dtype(scale) + dtype(move))
    expected = iut.answer(case).astype(np.float64) * scale + move
    law = f"mean({scale} X + {move}) = {scale} mean(X) + {move}"
    allowed = expect(moved).bound + abs(scale) * expect(case).bound
    iut.same(moved, iut.answer(moved), expected, law, allowed)


@check("GAP-8")
def it_is_an_average_pool_of_one_window(iut: Context, pick: Pick) -> None:
    iut.needs("avg_pool2d", "pool_pair")
    case = iut.case(NAME, pick, families=EXACT)
    x = case.inputs["x"]
    pool = Case(
        operator="avg_pool2d",
        inputs=case.inputs,
        attributes={"pool_size": x.shape[1:3]},
        exact=True,
        family="whole",
    )
    law = "the mean of a map is that of an average pool whose window is the map"
    expected = iut.helper(pool)[:, 0, 0]
    allowed = expect(case).bound + expect(pool).bound[:, 0, 0]
    iut.same(case, iut.answer(case), expected, law, allowed)


@check("GAP-9")
def other_ranks_are_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.other_ranks(pick, iut.features(NAME)))


@check("GAP-10")
def maps_without_cells_are_refused(iut: Context, pick: Pick) -> None:
    iut.refuses(*cases.no_cells(pick, iut.features(NAME)))
