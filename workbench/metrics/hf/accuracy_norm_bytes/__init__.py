"""Accuracy by log-likelihood per byte for `evaluate.load`."""
