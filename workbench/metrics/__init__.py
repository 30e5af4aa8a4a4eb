"""Is this answer right."""
