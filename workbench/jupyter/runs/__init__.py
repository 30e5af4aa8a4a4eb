"""Runs: starting, listing and telling them."""
