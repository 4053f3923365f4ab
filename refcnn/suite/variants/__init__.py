"""The catalogue of right implementations: every operator by other routes than `refcnn.cnn.ops`.

All of them must conform. What fails one of them is a false alarm of the suite.
"""

from functools import cache

from refcnn.suite.variants import activations, conv2d, conv2d_fast, dense, pool2d
from refcnn.suite.variants.variant import Variant

__all__ = ["Variant", "variants"]


@cache
def variants() -> tuple[Variant, ...]:
    """All variants, operator by operator, in the order of the catalogue."""
    stems = (conv2d, conv2d_fast, pool2d, dense, activations)
    return tuple(found for stem in stems for found in stem.VARIANTS)
