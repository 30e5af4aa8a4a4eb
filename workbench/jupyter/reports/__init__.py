"""Reports written for the panel."""
