"""BLEU for `evaluate.load`."""
