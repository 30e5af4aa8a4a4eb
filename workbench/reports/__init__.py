"""Views of results: HTML, Markdown, JSON, CSV, Parquet, and in a notebook's cell."""

from __future__ import annotations

from workbench.reports.notebook import register, result_html, result_markdown
from workbench.reports.words import available
from workbench.reports.write import FORMATS, write_report

__all__ = ["FORMATS", "available", "register", "result_html", "result_markdown", "write_report"]
