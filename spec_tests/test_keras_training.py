"""Training held against Keras: gradients, an exact step, and the rules of its optimizers."""

from dataclasses import fields, replace
from operator import methodcaller

import numpy as np
import pytest
from own_model.exact import VARIANTS, exact_model

from refcnn.cnn.optimizers import SGD, Adam
from refcnn.suite import data
from refcnn.suite.bounds import roundoff

pytestmark = [pytest.mark.keras, pytest.mark.own]

DTYPES = ("float32", "float64")
LABELS = np.array([3, 0, 9, 7])
RATE = 2.0**-7


def copied(witness, model):
    """The same model in Keras, with the same weights."""
    theirs = witness.reference_model(str(model.dtype))
    theirs.set_weights(model.get_weights())
    return theirs


def same(ours, theirs):
    return [a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)]


@pytest.mark.clause("MODEL-16")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_exact_step_of_training_is_that_of_keras_bit_for_bit(witness, dtype, variant):
    """Loss, ten gradients and ten updated weights, in any order of summation."""
    model, x = exact_model(dtype, variant)
    theirs = copied(witness, model)
    loss, gradients = witness.loss_and_gradients(theirs, x, LABELS)
    ours = model.step(x, LABELS)
    assert ours.metrics.loss == loss
    assert all(same(ours.gradients, gradients))
    assert sum(g.any() for g in gradients) == len(gradients) == 10
    witness.keras.optimizers.SGD(RATE).apply(gradients, theirs.trainable_variables)
    updated = SGD(RATE).updated(model.get_weights(), ours.gradients)
    assert all(same(updated, theirs.get_weights()))
    assert not any(same(updated, model.get_weights()))


@pytest.mark.clause("MODEL-16")
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_exact_step_sees_a_batch_that_is_summed_and_not_averaged(witness, dtype):
    model, x = exact_model(dtype, "narrow")
    _, gradients = witness.loss_and_gradients(copied(witness, model), x, LABELS)
    summed = [len(x) * g for g in model.step(x, LABELS).gradients]
    assert not any(same(summed, gradients))


# --- optimizers: each of 20 steps judged by the rule, from what Keras held before it

# Keras rounds every constant of a rule to float32, for weights of float64, too: these are exact.
RULES = {
    "sgd": SGD(2.0**-4),
    "momentum": SGD(2.0**-5, 0.875),
    "nesterov": SGD(2.0**-5, 0.875, nesterov=True),
    "adam": Adam(2.0**-8, beta_1=0.875, beta_2=1 - 2.0**-10, epsilon=2.0**-23),
}


@pytest.mark.clause("MODEL-17")
@pytest.mark.parametrize("kind", [SGD, Adam])
def test_names_and_defaults_are_those_of_keras(witness, kind):
    theirs = getattr(witness.keras.optimizers, kind.__name__)().get_config()
    ours = {one.name: one.default for one in fields(kind) if one.init}
    found = {name: theirs[name] for name in ours}
    rate = np.float32(ours["learning_rate"])
    assert found == ours | {"learning_rate": rate}


def in_keras(witness, rule):
    """The same rule there; what it has carried for each weight, at any time."""
    numbers = methodcaller("numpy")
    options = {one.name: getattr(rule, one.name) for one in fields(rule) if one.init}
    theirs = getattr(witness.keras.optimizers, type(rule).__name__)(**options)
    if isinstance(rule, SGD):
        return theirs, lambda: [[numbers(one)] for one in theirs.momentums]

    def carried():
        """Mean and square of each weight, after the number of steps and the rate."""
        slots = list(map(numbers, theirs.variables[2:]))
        return list(zip(slots[::2], slots[1::2]))

    return theirs, carried


def after_sgd(rule, w, g, carried, _):
    """The weight after a step, and the sum of the sizes of all terms: at most 7 roundings."""
    v = carried[0] if carried else w * 0
    down, moved = rule.learning_rate * g, rule.momentum * v
    velocity, size = moved - down, abs(moved) + abs(down)
    if rule.nesterov:
        velocity, size = rule.momentum * velocity - down, rule.momentum * size + abs(down)
    return w + velocity, 8 * (abs(w) + size)


def after_adam(rule, w, g, carried, t):
    """The same for Adam, in units of the roundoff, to first order.

    1 - b^t cancels: the t + 3 roundings of b^t count b^t / (1 - b^t) times. The root of v has
    half of the 5 roundings of v. The quotient and the sum have 10 more.
    """
    m, v = carried
    mean, square = m + (g - m) * (1 - rule.beta_1), v + (g * g - v) * (1 - rule.beta_2)
    mean_size = abs(m) + 2 * (abs(g) + abs(m)) * (1 - rule.beta_1)
    square_size = v + (g * g + v) * (1 - rule.beta_2)
    first, second = rule.beta_1**t, rule.beta_2**t
    rate = rule.learning_rate * np.sqrt(1 - second) / (1 - first)
    under = np.sqrt(square) + rule.epsilon
    relative = 14 + (t + 3) * (first / (1 - first) + second / (1 - second) / 2)
    of_root = 5 / 2 * square_size / np.where(square > 0, square, 1)
    size = mean_size * rate / under
    return w - mean * rate / under, abs(w) + size * (relative + of_root)


def judged(rule, before, answers, t):
    """The largest error of answers, over what roundings allow; twice the first order."""
    after = after_adam if isinstance(rule, Adam) else after_sgd
    fractions = []
    for w, g, carried, answer in zip(*before, answers, strict=True):
        wide = [np.asarray(one, np.longdouble) for one in (w, g, *carried)]
        right, size = after(rule, *wide[:2], wide[2:], t)
        allowed = 2 * roundoff(str(w.dtype)) * size
        fractions.append(float((abs(answer - right) / allowed).max()))
    return max(fractions)


@pytest.mark.clause("MODEL-17")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", RULES)
def test_twenty_steps_of_each_optimizer_follow_its_rule(witness, name, dtype, record_property):
    rule = RULES[name]
    model = witness.reference_model(dtype)
    theirs, carried = in_keras(witness, rule)
    theirs.build(model.trainable_variables)
    x, labels = data.floats(1, (8, 32, 32, 3), dtype, (-4, 0)), np.arange(8)
    losses, errors = [], []
    for t in range(1, 21):
        loss, gradients = witness.loss_and_gradients(model, x, labels)
        before = model.get_weights(), gradients, carried() or [[]] * len(gradients)
        ours = replace(rule)
        ours.iterations, ours.carried = t - 1, [list(one) for one in before[2]]
        updated = ours.updated(*before[:2])
        theirs.apply(gradients, model.trainable_variables)
        errors.append([judged(rule, before, one, t) for one in (model.get_weights(), updated)])
        losses.append(loss)
    record_property("largest error over bound: Keras, refcnn", np.max(errors, axis=0).tolist())
    assert np.max(errors) <= 1
    assert losses[-1] < losses[0]


@pytest.mark.clause("MODEL-17")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("sgd", SGD(2.0**-4 * (1 + 2.0**-16))),
        ("momentum", SGD(2.0**-5, 0.875, nesterov=True)),
        ("nesterov", SGD(2.0**-5, 0.875)),
        ("adam", replace(RULES["adam"], epsilon=2.0**-13)),
        ("adam", replace(RULES["adam"], beta_1=0.9)),
    ],
)
def test_the_judge_of_steps_sees_another_rule(name, wrong, dtype):
    """A rate wrong in its fifth digit, and each rule for its neighbour."""
    w, g = (data.floats(seed, (50,), dtype, (-4, 0)) for seed in (1, 2))
    moved = data.floats(3, (50,), dtype, (-4, 0))
    carried = [moved, abs(moved)] if name == "adam" else [moved]
    wrong.iterations, wrong.carried = 4, [list(carried)]
    answers = wrong.updated([w], [g])
    assert judged(RULES[name], ([w], [g], [carried]), answers, 5) > 1
