"""Matthews correlation for `evaluate.load`."""
