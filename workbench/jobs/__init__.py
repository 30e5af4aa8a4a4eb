"""Runs that outlive whoever started them."""
