"""Instructions followed, for `evaluate.load`."""
