"""chrF++ for `evaluate.load`."""
