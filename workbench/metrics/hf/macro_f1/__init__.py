"""Macro F1 for `evaluate.load`."""
