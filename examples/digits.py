"""Train a small CNN on handwritten digits, and draw what it has learnt.

    python examples/digits.py [FOLDER]

The digits are the 1,797 images of 8 by 8 pixels that scikit-learn ships (Alpaydin and
Kaynak, 1998): `pip install refcnn[digits]`. Into FOLDER, "digits" if none is named, go four
pictures (learning curve, filters, feature maps of each layer, mistakes) and the model.
"""

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small products: a second thread only waits

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

import refcnn

EPOCHS, TESTED = 20, 360  # of the 1,797 images
SHADES = "viridis"


def network():
    """32 and 64 filters of 3x3, each followed by a pool; 10 classes."""
    layers = refcnn.layers
    return refcnn.Sequential(
        [
            layers.Conv2D(32, 3, padding="same", activation="relu", input_shape=(8, 8, 1)),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ],
        seed=1,
    )


def examples():
    """Training examples (x, y) and test examples (x, y), dealt out once by a fixed seed."""
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    x, y = digits.images[order, ..., np.newaxis] / 16, digits.target[order]
    return (x[TESTED:], y[TESTED:]), (x[:TESTED], y[:TESTED])


def draw_curve(history, path):
    """Loss and accuracy by epoch."""
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    epochs = range(1, EPOCHS + 1)
    for panel, name in zip(panels, ("loss", "accuracy")):
        panel.plot(epochs, history[name], label="training")
        panel.plot(epochs, history[f"val_{name}"], label="test")
        panel.set(xlabel="epoch", title=name, xticks=range(0, EPOCHS + 1, 5))
        panel.legend()
    panels[0].set_yscale("log")
    save(figure, path)


def draw_tiles(figure, images, titles=None):
    """Images side by side in rows of 16 at most, all in the same shades."""
    columns = min(16, len(images))
    rows = -(-len(images) // columns)
    panels = figure.subplots(rows, columns, squeeze=False)
    limits = {"vmin": min(map(np.min, images)), "vmax": max(map(np.max, images))}
    for number, panel in enumerate(panels.flat):
        panel.axis("off")
        if number < len(images):
            panel.imshow(images[number], cmap=SHADES, **limits)
            panel.set_title(titles[number] if titles else "", fontsize=8)


def draw_filters(model, path):
    """The 32 kernels of the first layer."""
    kernel = model.layers[0].weights[0]
    figure = plt.figure(figsize=(9, 1.6), layout="constrained")
    figure.suptitle("the 32 filters of the first layer, 3x3 weights each")
    draw_tiles(figure, list(kernel[:, :, 0].transpose(2, 0, 1)))
    save(figure, path)


def draw_maps(model, image, path):
    """What each layer makes of one image: maps as images, vectors as bars."""
    outputs = [image[np.newaxis], *model.activations(image[np.newaxis])]
    names = ["input", *(f"{one.name} {one.output_shape}" for one in model.layers)]
    shown = [(n, y[0]) for n, y in zip(names, outputs) if not n.startswith("flatten")]
    heights = [0.5 + 0.6 * -(-y.shape[-1] // 16) if y.ndim == 3 else 1.3 for _, y in shown]
    figure = plt.figure(figsize=(9, sum(heights)), layout="constrained")
    parts = figure.subfigures(len(shown), 1, height_ratios=heights)
    for part, (name, y) in zip(parts, shown):
        part.suptitle(name, fontsize=9)
        if y.ndim == 3:
            draw_tiles(part, list(y.transpose(2, 0, 1)))
        else:
            panel = part.subplots()
            panel.bar(range(len(y)), y)
            panel.set_xticks(range(0, len(y), 1 if len(y) < 20 else 10))
    save(figure, path)


def draw_mistakes(x, y, answers, path):
    """The images that were put into a wrong class: which, and with what probability."""
    wrong = np.flatnonzero(answers.argmax(axis=1) != y)
    titles = [f"{y[i]} taken for {answers[i].argmax()}\n({answers[i].max():.0%})" for i in wrong]
    figure = plt.figure(figsize=(max(4, 1.3 * len(wrong)), 2), layout="constrained")
    figure.suptitle(f"{len(wrong)} mistakes in {len(y)}")
    if len(wrong):
        draw_tiles(figure, list(x[wrong, ..., 0]), titles)
    save(figure, path)


def save(figure, path):
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(folder):
    mpl.use("agg")  # pictures into files, no window
    folder.mkdir(parents=True, exist_ok=True)
    training, test = examples()
    model = network()
    model.summary()
    optimizer = refcnn.optimizers.Adam(0.002)
    start = time.perf_counter()
    history = model.fit(*training, epochs=EPOCHS, optimizer=optimizer, validation=test)
    seconds = time.perf_counter() - start
    print(f"{len(test[1])} test images: {history['val_accuracy'][-1]:.2%} right", end=" ")
    print(f"after {EPOCHS} epochs, {seconds:.1f} s")
    draw_curve(history, folder / "learning_curve.png")
    draw_filters(model, folder / "filters.png")
    draw_maps(model, test[0][0], folder / "feature_maps.png")
    draw_mistakes(*test, model.predict(test[0]), folder / "mistakes.png")
    model.save(folder / "digits.safetensors")
    print(f"pictures and model in {folder}")
    return history["val_accuracy"][-1]


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "digits"))
