"""The panel in Arabic."""
