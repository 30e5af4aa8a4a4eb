"""How sure are we."""
