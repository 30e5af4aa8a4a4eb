"""Served models, to be tried."""
