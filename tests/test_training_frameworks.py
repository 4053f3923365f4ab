"""An exact step of training in other frameworks: the same bits, by their own differentiation."""

import numpy as np
import pytest
from own_model.exact import VARIANTS, exact_model

from refcnn.cnn.optimizers import SGD

pytestmark = pytest.mark.frameworks

LABELS = np.array([3, 0, 9, 7])
RATE = 2.0**-7
KINDS = [(dtype, variant) for dtype in ("float32", "float64") for variant in VARIANTS]


def by_torch(weights, x, labels):
    """Loss and gradients of the reference model, its weights and examples as refcnn's."""
    torch = pytest.importorskip("torch", reason="needs refcnn[torch]")
    functional = torch.nn.functional
    given = [torch.from_numpy(w).requires_grad_() for w in weights]
    rest, z = iter(given), torch.from_numpy(x).permute(0, 3, 1, 2)
    for pooled in (True, True, False):
        kernel, bias = next(rest), next(rest)
        z = functional.relu(functional.conv2d(z, kernel.permute(3, 2, 0, 1), bias))
        z = functional.max_pool2d(z, 2) if pooled else z
    z = functional.relu(z.permute(0, 2, 3, 1).flatten(1) @ next(rest) + next(rest))
    logits = z @ next(rest) + next(rest)
    loss = functional.cross_entropy(logits, torch.from_numpy(labels))
    loss.backward()
    return loss.item(), [one.grad.numpy() for one in given]


def by_jax(weights, x, labels):
    jax = pytest.importorskip("jax", reason="needs refcnn[jax]")
    lax, nothing = jax.lax, -np.inf

    def loss(weights):
        rest, z = iter(weights), x
        for pooled in (True, True, False):
            layout = ("NHWC", "HWIO", "NHWC")
            z = lax.conv_general_dilated(z, next(rest), (1, 1), "VALID", dimension_numbers=layout)
            z = jax.nn.relu(z + next(rest))
            window = (1, 2, 2, 1)
            z = lax.reduce_window(z, nothing, lax.max, window, window, "VALID") if pooled else z
        z = jax.nn.relu(z.reshape(len(x), -1) @ next(rest) + next(rest))
        logits = z @ next(rest) + next(rest)
        return -jax.nn.log_softmax(logits)[np.arange(len(x)), labels].mean()

    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - the only form there is
    found, gradients = jax.value_and_grad(loss)(list(weights))
    return float(found), [np.asarray(one) for one in gradients]


@pytest.mark.parametrize("framework", [by_torch, by_jax])
@pytest.mark.parametrize(("dtype", "variant"), KINDS)
def test_an_exact_step_is_that_of_a_framework_bit_for_bit(framework, dtype, variant):
    model, x = exact_model(dtype, variant)
    loss, gradients = framework(model.get_weights(), x, LABELS)
    ours = model.step(x, LABELS)
    assert ours.metrics.loss == loss
    for one, other in zip(ours.gradients, gradients, strict=True):
        assert one.dtype == other.dtype == dtype
        assert np.array_equal(one, other)
        assert other.any()
    updated = SGD(RATE).updated(model.get_weights(), ours.gradients)
    for w, old, g in zip(updated, model.get_weights(), gradients, strict=True):
        assert np.array_equal(w, old - np.asarray(RATE, dtype) * g)
