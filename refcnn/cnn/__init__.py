"""The reference CNN: NumPy alone, and nothing else of this package."""
