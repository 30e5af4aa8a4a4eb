"""The panel in French."""
