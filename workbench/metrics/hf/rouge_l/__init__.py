"""ROUGE-L for `evaluate.load`."""
