"""The operators: a folder for each, or for several that share their clauses; found by listing."""
