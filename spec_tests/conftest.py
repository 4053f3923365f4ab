"""Fixtures of the parity tests."""

import pytest


@pytest.fixture
def witness():
    """Keras as a witness; TensorFlow is imported only when a test asks for it."""
    return pytest.importorskip("own_model.keras_witness", reason="needs refcnn[keras]")
