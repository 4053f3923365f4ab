"""The reference beside Keras and PyTorch, one thread each: `tox -e bench`.

Asked in turn, so that what else the machine does falls on all alike; the best of many runs.
Into the folder that is named go figures (JSON) and a picture. "products" are the matrix
products of the model alone, by the same library: what no way of arranging them can beat.
"""

import os
import sys

for name in ("OMP", "OPENBLAS", "MKL", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
    os.environ[f"{name}_NUM_THREADS" if "TF" not in name else f"{name}_THREADS"] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}

import json
import platform
import time
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np

import refcnn

BATCHES = {1: 200, 32: 30, 256: 8}  # how often each is asked
STEPS = 20
AXES = {  # what grows, the others as in USUAL
    "batch": (1, 2, 4, 8, 16, 32, 64),
    "extent": (8, 16, 32, 64, 128),
    "channels": (8, 16, 32, 64, 128, 256),
    "filters": (8, 16, 32, 64, 128, 256),
}
USUAL = {"batch": 4, "extent": 32, "channels": 32, "filters": 32}


def images(batch):
    return np.random.default_rng(0).standard_normal((batch, 32, 32, 3)).astype("float32")


def in_turn(functions, runs):
    """The least milliseconds of each function, all asked one after the other."""
    best = dict.fromkeys(functions, np.inf)
    for _ in range(runs + 1):  # the first builds what there is to build
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            best[name] = min(best[name], (time.perf_counter() - start) * 1e3)
    return best


def with_keras():
    """The reference model in Keras, and its forward pass as a tf.function."""
    tensorflow, keras = import_module("tensorflow"), import_module("keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = keras.Sequential([keras.layers.Input((32, 32, 3))])
        for layer in refcnn.reference_model().layers:
            names = ("filters", "kernel_size", "units", "activation", "pool_size")
            given = {name: getattr(layer, name, None) for name in names}
            options = {name: value for name, value in given.items() if value is not None}
            model.add(getattr(keras.layers, type(layer).__name__)(**options))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    forward = tensorflow.function(model)
    return model, lambda x: forward(x).numpy(), tensorflow.constant


def with_torch(torch):
    """The same in PyTorch, channels first as is usual there."""
    torch.set_num_threads(1)
    nn = torch.nn
    return nn.Sequential(
        *(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10)),
    )


def products(batch):
    """The matrix products of the forward pass, on matrices that are there already."""
    sizes = [(900, 27, 32), (169, 288, 64), (16, 576, 64), (1, 1024, 64), (1, 64, 10)]
    pairs = [(np.ones((batch * m, k), "f"), np.ones((k, n), "f")) for m, k, n in sizes]
    return lambda: [a @ b for a, b in pairs]


def forward(ours, keras_model, torch, torch_model):
    """By batch: milliseconds of a forward pass."""
    found = {}
    _, function, constant = keras_model
    for batch, runs in BATCHES.items():
        x = images(batch)
        tensor, asked = constant(x), {"refcnn": lambda x=x: ours.predict(x)}
        asked["tf.function"] = lambda tensor=tensor: function(tensor)
        if torch:
            given = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()
            asked["torch"] = torch.no_grad()(lambda given=given: torch_model(given).numpy())
        asked["products"] = products(batch)
        found[batch] = in_turn(asked, runs)
    return found


def training(ours, keras_model, torch, torch_model):
    """Milliseconds of a step of Adam on 32 images."""
    x, y = images(32), np.arange(32) % 10
    optimizer = refcnn.optimizers.Adam()
    asked = {
        "refcnn": lambda: ours.fit(x, y, optimizer=optimizer, progress=False),
        "train_on_batch": lambda: keras_model[0].train_on_batch(x, y),
    }
    if torch:
        given, labels = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(y)
        adam = torch.optim.Adam(torch_model.parameters())

        def step():
            adam.zero_grad()
            torch.nn.functional.cross_entropy(torch_model(given), labels).backward()
            adam.step()

        asked["torch"] = step
    return in_turn(asked, STEPS)


def scaling():
    """By axis: milliseconds of conv2d as one size grows, and the exponent of its larger half."""
    found = {}
    for axis, values in AXES.items():
        cost = []
        for value in values:
            size = USUAL | {axis: value}
            x = np.ones((size["batch"], size["extent"], size["extent"], size["channels"]), "f")
            kernel = np.ones((3, 3, size["channels"], size["filters"]), "f")
            cost.append(in_turn({"": lambda x=x, k=kernel: refcnn.conv2d(x, k)}, 10)[""])
        half = len(values) // 2
        slope = np.polyfit(np.log(values[half:]), np.log(cost[half:]), 1)[0]
        found[axis] = {"values": values, "ms": cost, "exponent": round(float(slope), 2)}
    return found


def machine():
    """What it ran on."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text("utf-8").splitlines() if cpu.exists() else []
    names = {line.split(":")[1].strip() for line in lines if line.startswith("model name")}
    return {
        "processor": ", ".join(names) or platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def told(report):
    """The figures as text."""
    for batch, cost in report["forward"].items():
        ratios = ", ".join(f"{n} {ms:.2f} ms ({ms / cost['refcnn']:.2f})" for n, ms in cost.items())
        print(f"forward, batch {batch}: {ratios}")
    cost = report["training step, batch 32"]
    ratios = ", ".join(f"{n} {ms:.2f} ms ({ms / cost['refcnn']:.2f})" for n, ms in cost.items())
    print(f"training step, batch 32: {ratios}")
    for axis, one in report["conv2d by size"].items():
        print(f"conv2d, cost by {axis}: exponent {one['exponent']}")
    print("in brackets: how many times as long as refcnn")


def drawn(report, path):
    """Bars of times over those of refcnn, and cost against size."""
    plt = import_module("matplotlib.pyplot")
    figure, (bars, lines) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    rows = {f"forward, batch {b}": cost for b, cost in report["forward"].items()}
    rows["training step, batch 32"] = report["training step, batch 32"]
    for place, cost in enumerate(rows.values()):
        for number, (name, ms) in enumerate(cost.items()):
            bar = bars.barh(place + number * 0.2, ms / cost["refcnn"], 0.18, color=f"C{number}")
            bars.bar_label(bar, [f" {name} {ms:.2f} ms"], fontsize=7)
    bars.set_yticks([n + 0.3 for n in range(len(rows))], rows)
    bars.invert_yaxis()
    bars.set_xlim(0, 2.6)
    bars.set_xlabel("times as long as refcnn, one thread")
    for axis, one in report["conv2d by size"].items():
        lines.loglog(one["values"], one["ms"], "o-", label=f"{axis}: exponent {one['exponent']}")
    lines.set(xlabel="size", ylabel="ms of conv2d")
    lines.legend()
    figure.savefig(path, dpi=110)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    keras_model = with_keras()
    ours = refcnn.from_keras(keras_model[0])
    try:
        torch = import_module("torch")
    except ImportError:
        torch = None
        print("torch is not installed: it is left out")
    peers = ours, keras_model, torch, with_torch(torch) if torch else None
    report = {"machine": machine(), "forward": forward(*peers)}
    report["training step, batch 32"] = training(*peers)
    report["conv2d by size"] = scaling()
    told(report)
    (folder / "reference.json").write_text(json.dumps(report, indent=1), "utf-8")
    drawn(report, folder / "reference.png")
    print(f"figures and picture in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "bench"))
