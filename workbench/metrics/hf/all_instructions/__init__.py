"""All instructions followed, for `evaluate.load`."""
