"""Texts of chosen elements of an HTML page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.errors import BadItem

_SPACE = re.compile(r"[ \t\r\n\f]+")
_SILENT = frozenset({"script", "style", "template"})


@dataclass(slots=True)
class _Element:
    tag: str
    line: int
    number: int
    parts: list[str] = field(default_factory=list)
    holds_chosen: bool = False


class _Collector(HTMLParser):
    """Collects the text of chosen elements with the line each starts on."""

    def __init__(self, chosen: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.chosen = chosen
        self.open: list[_Element] = []
        self.done: list[_Element] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.silent += tag in _SILENT
        if tag not in self.chosen:
            return
        # A paragraph ends where the next one starts, whether or not its end tag was written.
        if tag == "p" and self.open and self.open[-1].tag == "p":
            self._close()
        for outer in self.open:
            outer.holds_chosen = True
        self.open.append(_Element(tag, self.getpos()[0], len(self.done) + len(self.open) + 1))

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in _SILENT and self.silent > 0
        if any(element.tag == tag for element in self.open):
            while self._close() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self.silent:
            for element in self.open:
                element.parts.append(data)

    def _close(self) -> str:
        element = self.open.pop()
        self.done.append(element)
        return element.tag

    def finish(self) -> list[_Element]:
        """Close what the page left open and return all elements in the order they start."""
        self.close()
        while self.open:
            self._close()
        return sorted(self.done, key=lambda element: element.number)


def read_html(text: str, location: Location, elements: tuple[str, ...], report: Report) -> Iterator[Record]:
    """Yield the text of each chosen element, white space folded as a browser shows it.

    A record holds `text`, `element` (the tag) and `nested`: ``yes`` where the element's text is that of chosen
    elements inside it, so that a recipe can drop what would be read twice.

    Reports
    -------
    BadItem
        No such element on the page; an element without text.
    """
    collector = _Collector(frozenset(elements))
    collector.feed(text)
    found = collector.finish()
    if not found:
        report(BadItem(f"the page has no element {' or '.join(elements)}", where=location.label))
    for number, element in enumerate(found, start=1):
        where = f"{location.label}:{element.line}"
        content = _SPACE.sub(" ", "".join(element.parts)).strip()
        if not content:
            report(BadItem(f"an element {element.tag} without text", where=where))
            continue
        nested = "yes" if element.holds_chosen else "no"
        yield Record({"text": content, "element": element.tag, "nested": nested}, number, where, element.line)
