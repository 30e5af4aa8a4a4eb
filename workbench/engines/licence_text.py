"""The text of a licence that is kept as a web page, so that it can be shown in a terminal and recorded."""

from __future__ import annotations

import re
from html.parser import HTMLParser

BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "section", "article", "tr", "br"})
SILENT = frozenset({"style", "script", "template", "svg", "button", "nav"})


class _Article(HTMLParser):
    """Collect the text of the page's article, one line a block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.article = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.article += tag == "article"
        self.silent += tag in SILENT
        if tag == "h1":  # what stands above the title is the site's own navigation
            self.pieces.clear()
        if tag in BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.article -= tag == "article"
        self.silent -= tag in SILENT
        if tag in BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self.article > 0 and self.silent <= 0:
            # A line break inside a block is only the page's own layout.
            self.pieces.append(re.sub(r"\s+", " ", data))


def article_text(page: str) -> str:
    """Return the text of an HTML page's ``<article>``, one paragraph a line, without scripts and styles."""
    parser = _Article()
    parser.feed(page)
    parser.close()
    lines = (line.strip() for line in "".join(parser.pieces).split("\n"))
    return "\n\n".join(line for line in lines if line) + "\n"
