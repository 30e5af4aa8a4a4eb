"""Spec, plan, run, journal, result."""
