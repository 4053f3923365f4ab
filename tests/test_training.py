"""Training: gradients of whole models, optimizers, epochs, and models in files."""

import json
import math
import subprocess
import sys
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from own_model import training_oracle
from own_model.exact import VARIANTS, exact_model

import refcnn
from refcnn.cnn import gradients, training
from refcnn.cnn.files import described
from refcnn.cnn.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Flatten,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
)
from refcnn.cnn.optimizers import SGD, Adam, Optimizer
from refcnn.operators.softmax.numerics import GAP
from refcnn.suite.data import integers

DTYPES = ("float32", "float64")
STACKS = {
    "max pool": lambda: [
        Conv2D(3, 2, activation="relu", input_shape=(5, 6, 2)),
        MaxPooling2D(2),
        Flatten(),
        Dense(4, activation="relu"),
        Dense(3, activation="softmax"),
    ],
    "overlapping pools, strides, padding": lambda: [
        Conv2D(2, (3, 2), strides=(1, 2), padding="same", activation="relu", input_shape=(4, 5, 1)),
        MaxPooling2D((2, 1), strides=1, padding="same"),
        AveragePooling2D(2, strides=1),
        Flatten(),
        Dense(2),
    ],
    "groups, dilation, no bias, means of maps": lambda: [
        Conv2D(4, 2, groups=2, dilation_rate=2, use_bias=False, input_shape=(4, 4, 2)),
        GlobalAveragePooling2D(),
        Dense(3, use_bias=False, activation="softmax"),
    ],
    "dense alone": lambda: [Dense(3, activation="softmax", input_shape=(4,))],
}


def exact(stack, dtype, seed=0):
    """A model of whole numbers whose logits differ by at least GAP, a batch, and its classes."""
    for number in range(seed, seed + 200):
        model = refcnn.Sequential(STACKS[stack](), dtype=dtype)
        weights = [
            integers((number << 32) + i, w.shape, -1, 1) for i, w in enumerate(model.get_weights())
        ]
        biased = model.layers[-1].weights[1:]
        last = len(weights) - 1 - len(biased)
        far_apart = [w * 4 * GAP[dtype] for w in weights[last:]]
        model.set_weights([*weights[:last], *far_apart])
        x = integers(number + 2**20, (4, *model.layers[0].input_shape), 0, 3, dtype)
        before = [x, *model.activations(x)][-2]
        logits = np.sort(model.layers[-1].preactivation(before), axis=1)
        if (logits[:, -1] - logits[:, -2] >= GAP[dtype]).all():
            return model, x, np.arange(4) % logits.shape[1]
    raise AssertionError(stack)


# --- the gradients of a model


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stack", STACKS)
def test_loss_and_gradients_of_a_model_are_those_of_the_definitions(stack, dtype):
    model, x, labels = exact(stack, dtype)
    weights = list(map(training_oracle.exactly, model.get_weights()))
    loss, exact_ones = training_oracle.step(
        list(map(described, model.layers)), weights, training_oracle.exactly(x), labels, GAP[dtype]
    )
    found = model.step(x, labels)
    assert Fraction(found.metrics.loss) == loss
    assert len(found.gradients) == len(exact_ones) == len(model.get_weights())
    for ours, theirs in zip(found.gradients, exact_ones, strict=True):
        assert ours.dtype == dtype
        assert np.array_equal(training_oracle.exactly(ours), theirs)
    assert all(theirs.any() for theirs in exact_ones)


def test_shares_of_classes_serve_as_well_as_their_numbers():
    model, x, labels = exact("max pool", "float64")
    shares = np.eye(3)[labels]
    by_number, by_share = model.step(x, labels), model.step(x, shares)
    assert by_number.metrics == by_share.metrics
    for one, other in zip(by_number.gradients, by_share.gradients, strict=True):
        assert np.array_equal(one, other)


def test_a_step_leaves_weights_and_examples_as_they_are():
    model, x, labels = exact("max pool", "float32")
    before, given = [w.copy() for w in model.get_weights()], x.copy()
    model.step(x, labels)
    assert all(map(np.array_equal, before, model.get_weights()))
    assert np.array_equal(x, given)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_reference_model_takes_an_exact_step(dtype, variant, monkeypatch):
    """Whole numbers stay whole, so that the layers say the same bits in float64.

    The twin's loss is worked out in `dtype`: there exp of a gap is nothing, in float64 it may
    be something.
    """
    model, x = exact_model(dtype, variant)
    twin = refcnn.reference_model(dtype="float64", weights=model.get_weights())
    labels = np.arange(len(x)) % 10
    ours = model.step(x, labels)

    def loss(logits, targets):
        narrow = gradients.softmax_cross_entropy(logits.astype(dtype), targets.astype(dtype))
        return gradients.Loss(*(one.astype("float64") for one in narrow))

    monkeypatch.setattr("refcnn.cnn.training.softmax_cross_entropy", loss)
    theirs = twin.step(x, labels)
    assert ours.metrics == theirs.metrics
    updated = SGD(2.0**-7).updated(model.get_weights(), ours.gradients)
    for one, w, g in zip(updated, twin.get_weights(), theirs.gradients, strict=True):
        assert one.dtype == dtype
        assert np.array_equal(one, w - g / 128)
        assert g.any()


# --- optimizers


def sgd(momentum, rate, gradients, *, nesterov=False):
    """The weight after these gradients, from 0, by the rule as it is written."""
    weight = velocity = Fraction(0)
    for g in gradients:
        velocity = momentum * velocity - rate * g
        weight += momentum * velocity - rate * g if nesterov else velocity
    return weight


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0, 0.5])
def test_sgd_is_its_rule_on_fractions(momentum, nesterov, dtype):
    """Dyadic numbers: nothing is rounded in 9 steps."""
    gradients, weights = [3, -1, 0, 2, 2, -3, 1, 1, -2], [np.zeros((2, 1), dtype)]
    optimizer = SGD(0.25, momentum, nesterov)
    for g in gradients:
        weights = optimizer.updated(weights, [np.array([[g], [0]], dtype)])
    expected = sgd(Fraction(momentum), Fraction(1, 4), gradients, nesterov=nesterov)
    assert weights[0].dtype == dtype
    assert [Fraction(float(w)) for w in weights[0].ravel()] == [expected, 0]


def adam(rate, gradients, *, epsilon, beta_1=Decimal("0.5"), beta_2=Decimal("0.75")):
    """The same of Adam, to 50 digits; and the sum of the sizes of what is added up."""
    weight = mean = square = size = Decimal(0)
    for t, g in enumerate(map(Decimal, gradients), 1):
        mean = beta_1 * mean + (1 - beta_1) * g
        square = beta_2 * square + (1 - beta_2) * g * g
        corrected = (1 - beta_2**t).sqrt() / (1 - beta_1**t)
        step = rate * corrected * mean / (square.sqrt() + epsilon)
        weight, size = weight - step, size + abs(step)
    return weight, size


@pytest.mark.parametrize("dtype", DTYPES)
def test_adam_is_its_rule_to_50_digits(dtype):
    """Positive gradients: nothing cancels, so each number is within a few roundings of its own.

    After t steps the mean has 3 t roundings, the square 4 t, its root half of them and one, the
    quotient and the constants 6 more, and a sum one a step: less than 80 in 9 steps.
    """
    gradients, weights = [3, 1, 4, 1, 5, 9, 2, 6, 5], [np.zeros(1, dtype)]
    optimizer = Adam(0.25, beta_1=0.5, beta_2=0.75, epsilon=2.0**-20)
    for g in gradients:
        weights = optimizer.updated(weights, [np.array([g], dtype)])
    with localcontext() as context:
        context.prec = 50
        expected, size = adam(Decimal("0.25"), gradients, epsilon=Decimal(2) ** -20)
        error = abs(Decimal(float(weights[0][0])) - expected)
        assert error <= 80 * size * Decimal(float(np.finfo(dtype).eps)) / 2


def test_momentum_may_be_all_that_was():
    """0.5 down, then 1 down."""
    optimizer, weights = SGD(0.5, momentum=1), [np.zeros(1)]
    for _ in range(2):
        weights = optimizer.updated(weights, [np.ones(1)])
    assert weights[0].tolist() == [-1.5]


def test_adam_may_forget_all_that_was():
    """The gradient over its own size: a step of the learning rate."""
    optimizer = Adam(0.5, beta_1=0, beta_2=0, epsilon=0)
    assert optimizer.updated([np.ones(1)], [np.array([7.0])])[0].tolist() == [0.5]


@pytest.mark.parametrize(("make", "arrays"), [(SGD, 0), (lambda: SGD(momentum=0.9), 1), (Adam, 2)])
def test_what_is_carried_begins_with_zeros_like_the_weight(make, arrays):
    found = make().start(np.ones(2, "f4"))
    assert [one.tolist() for one in found] == [[0, 0]] * arrays
    assert all(one.dtype == "float32" for one in found)


@pytest.mark.parametrize("make", [SGD, Adam])
def test_an_optimizer_belongs_to_one_list_of_weights(make):
    optimizer = make()
    optimizer.updated([np.zeros(2)], [np.zeros(2)])
    told = (
        "^an optimizer needs a gradient for each weight, of one model alone: "
        "another model needs another optimizer$"
    )
    with pytest.raises(ValueError, match=told):
        optimizer.updated([np.zeros(3)], [np.zeros(3)])
    with pytest.raises(ValueError, match=told):
        optimizer.updated([np.zeros(2)] * 2, [np.zeros(2)] * 2)
    with pytest.raises(ValueError, match=told):
        SGD().updated([np.zeros(3)], [np.zeros(2)])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: SGD(0), "learning_rate must be a number above 0, not 0"),
        (lambda: SGD(0.1, momentum=2), "momentum must be from 0 to 1, not 2"),
        (lambda: Adam(float("nan")), "learning_rate must be a number above 0, not nan"),
        (lambda: Adam(math.inf), "learning_rate must be a number above 0, not inf"),
        (lambda: Adam(beta_1=-1), "beta_1 must be at least 0 and below 1, not -1"),
        (lambda: Adam(beta_2=1), "beta_2 must be at least 0 and below 1, not 1"),
    ],
)
def test_an_optimizer_refuses_what_it_cannot_use(make, told):
    with pytest.raises(ValueError, match=f"^{told}$"):
        make()


# --- epochs


def blobs(number=60):
    """Points around three corners of a square, and which."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 3, number)
    corners = np.array([[0, 0], [0, 4], [4, 0]])
    return (corners[labels] + rng.uniform(-1, 1, (number, 2))).astype("float32"), labels


def small(seed=0, **options):
    layers = [Dense(8, activation="relu", input_shape=(2,)), Dense(3, activation="softmax")]
    return refcnn.Sequential(layers, seed=seed, **options)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(0.5),
        lambda: SGD(0.1, 0.9),
        lambda: SGD(0.1, 0.9, nesterov=True),
        lambda: Adam(0.05),
    ],
)
def test_fit_learns_and_tells_its_history(make):
    model, optimizer, (x, labels) = small(), make(), blobs()
    before = model.evaluate(x, labels)
    history = model.fit(
        x, labels, epochs=20, optimizer=optimizer, validation=(x, labels), progress=False
    )
    assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert {len(numbers) for numbers in history.values()} == {20}
    after = model.evaluate(x, labels)
    assert after == (history["val_loss"][-1], history["val_accuracy"][-1])
    assert after.loss < before.loss
    assert after.accuracy == 1
    assert model.predict(x).argmax(axis=1).tolist() == labels.tolist()


def test_an_epoch_is_a_step_for_each_batch_in_order():
    """Without shuffling: the batches as they lie, the last of what is left over."""
    model, by_hand, (x, labels) = small(), small(), blobs(10)
    history = model.fit(x, labels, batch_size=4, optimizer=SGD(0.5), shuffle=False, progress=False)
    losses = []
    for part in (slice(0, 4), slice(4, 8), slice(8, 10)):
        found = by_hand.step(x[part], labels[part])
        losses.append(found.metrics.loss)
        by_hand.set_weights(
            [
                w - np.float32(0.5) * g
                for w, g in zip(by_hand.get_weights(), found.gradients, strict=True)
            ]
        )
    assert all(map(np.array_equal, model.get_weights(), by_hand.get_weights()))
    assert history["loss"] == [np.average(losses, weights=[4, 4, 2])]


def test_the_seed_decides_the_order():
    (x, labels), weights = blobs(), []
    for seed in (0, 0, 1):
        model = small()
        model.fit(x, labels, epochs=2, seed=seed, progress=False)
        weights.append(model.get_weights()[0])
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_predict_and_evaluate_do_not_depend_on_the_batch():
    """Whole numbers, and the mean of each example's loss counts the same in any batch."""
    model, x, labels = exact("max pool", "float64")
    x, labels = np.concatenate([x] * 3)[:11], np.concatenate([labels] * 3)[:11]
    at_once = model(x)
    assert np.array_equal(model.predict(x, batch_size=4), at_once)
    assert np.array_equal(model.predict(x[:0]), at_once[:0])
    one, other = (model.evaluate(x, labels, batch_size=size) for size in (11, 1))
    assert one.accuracy == other.accuracy == (at_once.argmax(axis=1) == labels).mean()
    assert one.loss == other.loss


BAD = [
    (
        lambda m, x, y: m.fit(x, y[:-1]),
        "60 examples and 59 labels: there must be at least one, and as many",
    ),
    (lambda m, x, y: m.fit(x[:0], y[:0]), "0 examples and 0 labels"),
    (lambda m, x, y: m.fit(x, None), "60 examples and no labels"),
    (lambda m, x, y: m.fit(x, y, optimizer="adam"), "optimizer must be SGD.*, not 'adam'"),
    (lambda m, x, y: m.fit(x, y, optimizer=Adam), "optimizer must be SGD.*, not <class"),
    (lambda m, x, y: m.fit(x, y, validation=x), "validation must be a pair"),
    (lambda m, x, y: m.fit(x, y, validation=()), "validation must be a pair"),
    (lambda m, x, y: m.fit(x, 2 * np.eye(3)[y]), "shares that add up to 1 in each row"),
    (lambda m, x, y: m.fit(x, -np.eye(3)[y]), "shares that add up to 1 in each row"),
    (lambda m, x, y: m.fit(x, np.nan * np.eye(3)[y]), "shares that add up to 1 in each row"),
    (lambda m, x, y: m.fit(x, y, epochs=0), "epochs must be an integer of at least 1, not 0"),
    (lambda m, x, y: m.fit(x, y, batch_size=0), "batch_size must be an integer of at least 1"),
    (lambda m, x, y: m.fit(x, y + 1), "labels must be from 0 to 2, not 1 and 3"),
    (lambda m, x, y: m.fit(x, y / 2), "labels must be .60,. whole numbers"),
    (lambda m, x, y: m.evaluate(x[:, :1], y), "x must be .N, ..2,.., not .60, 1."),
    (
        lambda m, x, y: m.fit(x, y, validation=(x, y[1:])),
        "60 examples and 59 labels: there must be at least one, and as many",
    ),
]


@pytest.mark.parametrize(("do", "told"), BAD)
def test_bad_examples_are_refused_before_anything_is_trained(do, told):
    model, (x, labels) = small(), blobs()
    before = model.get_weights()
    with pytest.raises(ValueError, match=told):
        do(model, x, labels)
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (lambda: Dense(3, activation="relu", input_shape=(2,)), "through relu"),
        (lambda: Conv2D(1, 1, input_shape=(2, 2, 1)), r"answers \(N, \*\(2, 2, 1\)\)"),
    ],
)
def test_a_model_that_answers_no_classes_has_no_loss(layer, told):
    model = refcnn.Sequential([layer()])
    with pytest.raises(ValueError, match=told):
        model.step(np.zeros((1, *model.layers[0].input_shape)), [0])


def test_a_terminal_shows_a_bar_and_nothing_else_does():
    """Standard output stays the user's own."""
    code = (
        "import numpy as np, refcnn\n"
        "model = refcnn.Sequential([refcnn.layers.Dense(2, input_shape=(1,))])\n"
        "model.fit(np.zeros((4, 1)), [0, 1, 0, 1], epochs=2)\n"
    )
    for forced in ("", "1"):
        environment = {"FORCE_COLOR": forced} if forced else {}
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        assert done.stdout == ""
        assert ("epoch 2 of 2" in done.stderr) == bool(forced)


# --- files


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("stack", STACKS)
def test_a_model_comes_back_as_it_was_saved(stack, dtype, tmp_path):
    model, x, _ = exact(stack, dtype)
    model.save(tmp_path / "model.safetensors")
    again = refcnn.Sequential.load(tmp_path / "model.safetensors")
    assert again.dtype == model.dtype
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert all(map(np.array_equal, again.get_weights(), model.get_weights()))
    assert np.array_equal(again(x), model(x))
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def changed(old, new):
    return lambda content: content.replace(old, new)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: b"", "is not a model that refcnn has saved"),
        (lambda content: content[:-1], "is not a model that refcnn has saved"),
        (lambda content: content[:40], "is not a model that refcnn has saved"),
        (lambda content: b"\x80\x04N." + content, "is not a model that refcnn has saved"),
        (changed(b'"refcnn"', b'"refxnn"'), "its header has no layers"),
        (changed(b"Dense", b"Dance"), "there is no layer 'Dance', only Conv2D"),
        (changed(b'\\"units\\"', b'\\"unitz\\"'), "is not a model that refcnn has saved"),
        (changed(b"float32", b"float16"), "its dtype is 'float16'"),
        (changed(b'\\"input_shape\\": [2]', b'\\"input_shape\\":  2 '), "do not fit"),
        (changed(b'\\"input_shape\\": [2]', b'\\"input_shape\\":  []'), "do not fit"),
        (changed(b'\\"units\\": 8', b'\\"units\\": 9'), "needs a weight of shape .2, 9."),
        (changed(b'\\"units\\": 8', b'\\"units\\":-8'), "units must be an integer of at least 1"),
    ],
)
def test_a_bad_file_is_one_clear_sentence(change, told, tmp_path):
    path = tmp_path / "model.safetensors"
    small().save(path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=told) as caught:
        refcnn.Sequential.load(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_what_a_file_says_of_sizes_is_not_believed(tmp_path):
    """A layer of 10^12 numbers is refused by the weights that are there, not made."""
    path = tmp_path / "model.safetensors"
    small().save(path)
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    told = json.loads(header["__metadata__"]["refcnn"])
    told["layers"][0]["units"] = 10**12
    header["__metadata__"]["refcnn"] = json.dumps(told)
    larger = json.dumps(header).encode()
    path.write_bytes(len(larger).to_bytes(8, "little") + larger + content[8 + length :])
    with pytest.raises(ValueError, match="needs a weight of shape"):
        refcnn.Sequential.load(path)


def test_a_window_of_many_cells_is_not_walked_through(tmp_path):
    path = tmp_path / "model.safetensors"
    layers = [MaxPooling2D(100, input_shape=(1000, 1000, 1)), Flatten()]
    refcnn.Sequential(layers).save(path)
    refcnn.Sequential.load(path)
    path.write_bytes(path.read_bytes().replace(b"100,", b"900,").replace(b" 100}", b" 900}"))
    with pytest.raises(ValueError, match="a window has more than 16384 cells"):
        refcnn.Sequential.load(path)


def test_a_model_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(OSError, match="model"):
        small().save(tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_model_is_float32_or_float64():
    with pytest.raises(ValueError, match="must be float32 or float64, not float16"):
        small(dtype="float16")


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"nothing\.safetensors cannot be read"):
        refcnn.Sequential.load(tmp_path / "nothing.safetensors")
    with pytest.raises(ValueError, match="is a directory"):
        refcnn.Sequential.load(tmp_path)
    with pytest.raises(OSError, match="no such folder"):
        small().save(tmp_path / "no such folder" / "model.safetensors")


def test_a_kind_of_layer_and_of_optimizer_must_say_what_it_does():
    class Nothing(Layer):
        pass

    with pytest.raises(NotImplementedError):
        Nothing().preactivation(np.zeros((1, 1)))
    with pytest.raises(NotImplementedError):
        Nothing().backward(np.zeros((1, 1)), np.zeros((1, 1)))
    with pytest.raises(NotImplementedError):
        Optimizer(0.1).updated([np.zeros(1)], [np.zeros(1)])


def test_weights_are_as_many_as_the_layers_need():
    weights = small().get_weights()
    with pytest.raises(ValueError, match="the model has 4 weight arrays, not 5"):
        small(weights=[*weights, weights[0]])
    with pytest.raises(ValueError, match="layer 'dense_2': it needs a weight of shape"):
        small(weights=weights[:3])


def test_a_bar_hands_on_every_batch(capsys):
    assert list(training.watched([1, 2, 3], "epoch 1 of 1", progress=True)) == [1, 2, 3]
    assert training.watched([1], "epoch 1 of 1", progress=False) == [1]
    assert capsys.readouterr().out == ""
