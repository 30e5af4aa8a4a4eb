"""Accuracy for `evaluate.load`."""
