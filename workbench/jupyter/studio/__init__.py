"""Items that are being written: drafts, their checks, probes, and saving them."""
