"""Catalogues; one directory a locale."""
