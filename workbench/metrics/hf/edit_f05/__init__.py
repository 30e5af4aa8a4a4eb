"""F0.5 of edits for `evaluate.load`."""
