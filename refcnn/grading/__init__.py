"""Grading submissions: assignments, reports, points, the batch and its store."""
