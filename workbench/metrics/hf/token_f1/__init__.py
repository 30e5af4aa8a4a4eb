"""Token F1 for `evaluate.load`."""
