"""The panel in Hindi."""
