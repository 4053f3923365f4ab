"""Loads the suite's plugin for pytest runs in this repository."""

pytest_plugins = ["refcnn.pytest_plugin"]
