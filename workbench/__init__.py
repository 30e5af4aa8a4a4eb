"""Workbench: evaluate local open-weight models on national-language benchmarks, with evidence."""

from workbench._version import __version__

__all__ = ["__version__"]
