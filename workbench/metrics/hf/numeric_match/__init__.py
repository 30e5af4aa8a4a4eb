"""Numeric match for `evaluate.load`."""
