"""Suites: runs that are saved to be run again."""
