"""Accuracy by log-likelihood per character for `evaluate.load`."""
