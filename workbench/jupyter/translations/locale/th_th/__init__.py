"""The panel in Thai."""
