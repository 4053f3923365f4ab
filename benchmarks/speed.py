"""How long things take, side by side in one run: `python benchmarks/speed.py`.

Prints the best of several runs and ratios; a test never looks at a clock.
"""

import sys
import time
from pathlib import Path

import numpy as np

import refcnn
from refcnn.cnn import definition
from refcnn.implementations.targets import python
from refcnn.operators.conv2d.numerics import to_twice_the_digits
from refcnn.run import Options, check

ROOT = Path(__file__).parents[1]
SMALL = (1, 12, 12, 3)
KERNEL = (3, 3, 3, 4)


def best(function, repeats=5):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def operators():
    rng = np.random.default_rng(0)
    x, kernel = rng.standard_normal(SMALL), rng.standard_normal(KERNEL)
    routes = {
        "ops": lambda: refcnn.conv2d(x, kernel),
        "precise (twice the digits)": lambda: to_twice_the_digits(x, kernel),
        "definition (loops)": lambda: definition.conv2d(x, kernel),
    }
    if "--keras" in sys.argv:
        sys.path.append(str(Path(__file__).parents[1] / "tests"))
        from own_model.keras_witness import keras

        routes["keras.ops"] = lambda: np.asarray(keras.ops.conv(x, kernel))
    unit = best(routes["ops"])
    print(f"conv2d, x {SMALL}, kernel {KERNEL}, float64")
    for name, function in routes.items():
        seconds = best(function)
        print(f"  {name:<28}{seconds * 1e3:>9.3f} ms {seconds / unit:>9.1f} x ops")


def checks():
    print("refcnn check, standard profile, import and start-up not included")
    for path in sorted((ROOT / "examples").glob("*.py")):
        with python(str(path)) as iut:
            summary = check(path.name, iut, Options())
        rate = summary.cases / summary.seconds
        print(f"  {path.name:<28}{summary.seconds:>7.2f} s {rate:>9.0f} cases a second")


if __name__ == "__main__":
    operators()
    checks()
