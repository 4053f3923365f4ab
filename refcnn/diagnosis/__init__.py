"""How much the suite can detect: kills of mutants, the choice of vectors, diagnosis."""
