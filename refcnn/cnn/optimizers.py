"""Rules that change weights by their gradients, with Keras' names, arguments and defaults.

An optimizer remembers what its rule carries from step to step, for one list of weights:
`carried`, a list for each weight. Source: clause MODEL-17.
"""

from dataclasses import dataclass, field
from math import inf

import numpy as np

from refcnn.cnn.ops import Array


@dataclass(eq=False)
class Optimizer:
    """What all rules share: the size of a step, and counting steps.

    Raises ValueError for a learning rate that is not above 0.
    """

    learning_rate: float
    iterations: int = field(default=0, init=False)
    carried: list[list[Array]] = field(default_factory=list, init=False, repr=False)
    shapes: list[tuple[int, ...]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        rate = self.learning_rate
        if not (isinstance(rate, float | int) and 0 < rate < inf):
            raise ValueError(f"learning_rate must be a number above 0, not {rate!r}")

    def updated(self, weights: list[Array], gradients: list[Array]) -> list[Array]:
        """Return the weights after one step; the arrays that were given are left as they are.

        Raises ValueError unless numbers and shapes of weights, of gradients, and of what was
        given before agree.
        """
        shapes = [w.shape for w in weights]
        carried = [one[0].shape for one in self.carried if one]
        before = self.shapes or carried or shapes
        if [g.shape for g in gradients] != shapes or before != shapes:
            raise ValueError(
                "an optimizer needs a gradient for each weight, of one model alone: "
                "another model needs another optimizer"
            )
        self.shapes = shapes
        if not self.carried:
            self.carried = [self.start(w) for w in weights]
        self.iterations += 1
        return [self.step(*one) for one in zip(weights, gradients, self.carried)]

    def start(self, weight: Array) -> list[Array]:
        """What is carried for one weight before the first step."""
        return []

    def step(self, weight: Array, gradient: Array, carried: list[Array]) -> Array:
        """One weight after one step; `carried` is changed in place."""
        raise NotImplementedError


@dataclass(eq=False)
class SGD(Optimizer):
    """Stochastic gradient descent: w - rate g; with momentum, w + v, v = momentum v - rate g.

    With `nesterov`, w + momentum v - rate g of the new v.

    >>> SGD(0.5).updated([np.array([1.0])], [np.array([1.0])])[0].item()
    0.5
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.momentum <= 1:
            raise ValueError(f"momentum must be from 0 to 1, not {self.momentum!r}")

    def start(self, weight: Array) -> list[Array]:
        return [np.zeros_like(weight)] if self.momentum else []

    def step(self, weight: Array, gradient: Array, carried: list[Array]) -> Array:
        down = gradient * self.learning_rate
        if not self.momentum:
            return np.asarray(weight - down)
        carried[0] = velocity = carried[0] * self.momentum - down
        return np.asarray(weight + (velocity * self.momentum - down if self.nesterov else velocity))


@dataclass(eq=False)
class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015), epsilon outside the correction, as in its section 2.

    m = m + (1 - b1) (g - m), v = v + (1 - b2) (g g - v), both from 0; at step t
    w - rate sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon)

    >>> Adam(0.5, epsilon=0.0).updated([np.array([1.0])], [np.array([7.0])])[0].round(6).item()
    0.5
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in (("beta_1", self.beta_1), ("beta_2", self.beta_2)):
            if not 0 <= value < 1:
                raise ValueError(f"{name} must be at least 0 and below 1, not {value!r}")

    def start(self, weight: Array) -> list[Array]:
        return [np.zeros_like(weight), np.zeros_like(weight)]

    def step(self, weight: Array, gradient: Array, carried: list[Array]) -> Array:
        mean, square = carried
        carried[0] = mean = mean + (gradient - mean) * (1 - self.beta_1)
        carried[1] = square = square + (gradient * gradient - square) * (1 - self.beta_2)
        corrected = (1 - self.beta_2**self.iterations) ** 0.5 / (1 - self.beta_1**self.iterations)
        return np.asarray(
            weight - mean * (self.learning_rate * corrected) / (np.sqrt(square) + self.epsilon)
        )
