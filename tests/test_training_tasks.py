"""Other people's training loops: the right one passes, each known mistake is named."""

from pathlib import Path

import numpy as np
import pytest
from own_model.vectors import load

from refcnn import optimizers, testing
from refcnn.training_tasks import MISTAKES, Loop, trained, training_tasks

ROOT = Path(__file__).parents[1]
TASKS = training_tasks()


def by_fit(task):
    """The weights and losses of refcnn's own loop."""
    model = task.model()
    options = {name: value for name, value in task.optimizer.items() if name != "kind"}
    history = model.fit(
        task.x,
        task.labels,
        epochs=task.epochs,
        batch_size=task.batch_size,
        optimizer=optimizers.SGD(**options),
        shuffle=False,
        progress=False,
    )
    return model.get_weights(), history["loss"]


def test_the_tasks_are_the_training_vectors():
    assert {task.name for task in TASKS} == {
        vector.id.removeprefix("model/") for vector in load() if vector.trained
    }
    assert testing.training_tasks() is TASKS
    assert len(TASKS) >= 4


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_a_right_loop_passes(task):
    task.judge(*by_fit(task))
    task.judge(trained(task, Loop()))


def loop_by_hand(task, *, keep=False, average=True):
    """As a student writes it, for the task of dense layers: no part of refcnn."""
    x = task.x.reshape(len(task.x), -1)
    first, kernel, bias = (w.copy() for w in task.weights)
    dfirst, dkernel, dbias = np.zeros_like(first), np.zeros_like(kernel), np.zeros_like(bias)
    losses = []
    for _ in range(task.epochs):
        total = 0.0
        for start in range(0, len(x), task.batch_size):
            images, labels = (a[start : start + task.batch_size] for a in (x, task.labels))
            hidden = np.maximum(images @ first, 0)
            logits = hidden @ kernel + bias
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            y = powers / powers.sum(axis=1, keepdims=True)
            rows = np.arange(len(labels))
            each = logits.max(axis=1) + np.log(powers.sum(axis=1)) - logits[rows, labels]
            total += each.sum()
            dlogits = (y - np.eye(len(bias))[labels]) / (len(images) if average else 1)
            dhidden = dlogits @ kernel.T * (hidden > 0)
            if not keep:
                dfirst, dkernel, dbias = 0 * dfirst, 0 * dkernel, 0 * dbias
            dfirst, dkernel = dfirst + images.T @ dhidden, dkernel + hidden.T @ dlogits
            dbias = dbias + dlogits.sum(axis=0)
            rate = task.optimizer["learning_rate"]
            first, kernel, bias = (
                first - rate * dfirst,
                kernel - rate * dkernel,
                bias - rate * dbias,
            )
        losses.append(total / len(x))
    return [first, kernel, bias], losses


PLAIN = next(task for task in TASKS if task.name == "two-epochs")


def test_a_loop_by_hand_passes_and_its_mistakes_are_named():
    PLAIN.judge(*loop_by_hand(PLAIN))
    with pytest.raises(AssertionError, match="never set back to zero"):
        PLAIN.judge(*loop_by_hand(PLAIN, keep=True))
    both = "of the sum over a batch, not of its mean, or where a step is twice as long"
    with pytest.raises(AssertionError, match=both):
        PLAIN.judge(*loop_by_hand(PLAIN, average=False))


def test_the_message_of_the_page_is_the_one_that_comes():
    with pytest.raises(AssertionError) as told:
        PLAIN.judge(loop_by_hand(PLAIN, keep=True)[0])
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    assert str(told.value) in " ".join(page.split())


def test_infinite_losses_are_told_as_such():
    weights, losses = by_fit(PLAIN)
    with pytest.raises(AssertionError, match="logarithm of a probability of 0 is infinite"):
        PLAIN.judge(weights, [np.inf] * len(losses))


@pytest.mark.parametrize("sentence", MISTAKES)
def test_each_mistake_fails_some_task_and_is_named(sentence):
    """With others beside it, where these come to the same weights."""
    told = []
    for task in TASKS:
        try:
            task.judge(trained(task, MISTAKES[sentence]))
        except AssertionError as error:
            told.append(str(error))
    assert any(f" where {sentence}" in one for one in told)
    for one in told:
        assert ": so it is where " in one
        assert "\n" not in one


def test_what_is_in_no_catalogue_has_a_place_and_no_name():
    weights, losses = by_fit(PLAIN)
    weights[1] = weights[1] + 0.5
    place = r"weight 1 at \[0, 0\] after the last step is"
    with pytest.raises(AssertionError, match=place) as told:
        PLAIN.judge(weights, losses)
    assert "so it is" not in str(told.value)


def test_shapes_and_losses_are_told():
    weights, losses = by_fit(PLAIN)
    with pytest.raises(AssertionError, match="the weights have the shapes"):
        PLAIN.judge(weights[:-1])
    with pytest.raises(AssertionError, match="the weights are right, but the losses are"):
        PLAIN.judge(weights, [0.0, *losses[1:]])
    with pytest.raises(ValueError, match="read-only"):
        PLAIN.x[...] = 0
