"""Bits per byte for `evaluate.load`."""
