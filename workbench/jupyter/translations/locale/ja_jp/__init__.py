"""The panel in Japanese."""
