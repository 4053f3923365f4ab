"""What conv2d_backward is asked: a domain for each clause that vectors are about."""

from typing import Any

from refcnn.operators.conv2d_backward import cases
from refcnn.operators.conv2d_backward.cases import PLAIN, conv2d_backward
from refcnn.suite.draw import PADDED, STRIDED
from refcnn.suite.generators import Domain, Domains, asked_of, broken, in_turn, legal, of_output

ONE_MAP: dict[str, Any] = {**PLAIN, "depth": 1, "filters": 1, "batch": (1, 1)}
DEEP: dict[str, Any] = {**PLAIN, "depth": 2, "filters": 3, "batch": (1, 1)}
SQUARE: dict[str, Any] = {**DEEP, "depth": 2, "filters": 2, "window": (3, 3)}
OF_STRIDES: dict[str, Any] = {**PLAIN, "strides": STRIDED}
OF_PADDING: dict[str, Any] = {**PLAIN, "padding": PADDED}
SEVERAL: dict[str, Any] = {**PLAIN, "batch": (2, 3), "square": True}
BIASED: dict[str, Any] = {**SEVERAL, "bias": True}
OF_CHANNELS = ("DCONV-4",)

DOMAINS = {
    "conv2d_backward": Domains(
        make=conv2d_backward,
        own=(
            Domain(("DCONV-1",), of_output("dx", conv2d_backward, **ONE_MAP)),
            Domain(("DCONV-2",), of_output("dkernel", conv2d_backward, **ONE_MAP)),
            Domain(("DCONV-3",), of_output("dbias", conv2d_backward, **BIASED)),
            Domain(OF_CHANNELS, of_output("dx", conv2d_backward, **DEEP)),
            Domain(OF_CHANNELS, of_output("dkernel", conv2d_backward, **DEEP)),
            Domain(OF_CHANNELS, of_output("dx", conv2d_backward, **SQUARE)),
            Domain(OF_CHANNELS, of_output("dkernel", conv2d_backward, **SQUARE)),
            Domain(("DCONV-5",), of_output("dx", conv2d_backward, **OF_STRIDES)),
            Domain(("DCONV-5",), of_output("dkernel", conv2d_backward, **OF_STRIDES)),
            Domain(("DCONV-6",), of_output("dx", conv2d_backward, **OF_PADDING)),
            Domain(("DCONV-6",), of_output("dkernel", conv2d_backward, **OF_PADDING)),
            Domain(("DCONV-7",), of_output("dx", cases.with_cells_left_over, **PLAIN)),
            Domain(("DCONV-8", "DCONV-9", "DCONV-11"), legal(conv2d_backward)),
            Domain(("DCONV-8",), legal(conv2d_backward, strides=STRIDED, padding=PADDED)),
            Domain(("DCONV-8",), legal(conv2d_backward, families=("general", "spread"))),
            Domain(("DCONV-10",), of_output("dkernel", conv2d_backward, **SEVERAL)),
            Domain(("DCONV-13",), in_turn(conv2d_backward, families=("small",))),
            Domain(("DCONV-12",), broken(cases.of_another_shape)),
        ),
        clear={**ONE_MAP, "batch": (1, 2)},
        telling=asked_of("conv2d").telling,
    ),
}
