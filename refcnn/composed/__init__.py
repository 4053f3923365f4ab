"""What must hold of models that are composed of the operators."""
