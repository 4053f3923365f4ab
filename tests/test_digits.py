"""The example that learns digits: what it reaches, and that its pictures show something."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import refcnn

pytestmark = pytest.mark.frameworks
EXAMPLE = Path(__file__).parents[1] / "examples" / "digits.py"
PICTURES = ("feature_maps.png", "filters.png", "learning_curve.png", "mistakes.png")


def test_the_example_learns_digits_and_draws_what_it_has_learnt(tmp_path, capsys):
    pytest.importorskip("sklearn", reason="needs refcnn[digits]")
    plt = pytest.importorskip("matplotlib.pyplot", reason="needs refcnn[digits]")
    spec = importlib.util.spec_from_file_location("digits_example", EXAMPLE)
    digits = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(digits)
    assert digits.main(tmp_path) >= 0.975
    assert "360 test images: 9" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digits.safetensors", *PICTURES]
    for name in PICTURES:
        picture = plt.imread(tmp_path / name)
        assert len(np.unique(picture.reshape(-1, picture.shape[2]), axis=0)) > 50
    model, (_, test) = refcnn.Sequential.load(tmp_path / "digits.safetensors"), digits.examples()
    assert model.evaluate(*test).accuracy >= 0.975
