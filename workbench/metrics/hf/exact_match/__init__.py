"""Exact match for `evaluate.load`."""
