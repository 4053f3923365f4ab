"""Assignments for teachers: a first one is written, and one is held to what it promises."""
