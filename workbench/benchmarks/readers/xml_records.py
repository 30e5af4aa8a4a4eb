"""XML: one record for each element of chosen names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.benchmarks.readers.xml_tree import Element, parse_xml
from workbench.errors import BadItem

TEXT = "text"
"""Key of an element's own text, where it has attributes or children as well."""


def read_xml(text: str, location: Location, elements: tuple[str, ...], report: Report) -> Iterator[Record]:
    """Yield one record for each element named in `elements`.

    A record holds the element's attributes and its children by their names: a child's text where it has nothing else,
    an object where it has, a list where the name stands there more than once. `text` is the element's own text.

    Reports
    -------
    BadItem
        Not well-formed, declared entities, or no such element.
    """
    number = 0
    for element in parse_xml(text, location).walk():
        if element.tag in elements:
            number += 1
            data = value_of(element)
            record = data if isinstance(data, dict) else {TEXT: data}
            yield Record(record, number, f"{location.label}:{element.line}", element.line)
    if not number:
        report(BadItem(f"the document has no element {' or '.join(elements)}", where=location.label))


def value_of(element: Element) -> Any:
    """Return an element as JSON would hold it."""
    if not element.attributes and not element.children:
        return element.text
    data: dict[str, Any] = dict(element.attributes)
    own = "".join(part for part in element.parts if isinstance(part, str)).strip()
    if own:
        data[TEXT] = own
    seen: dict[str, list[Any]] = {}
    for child in element.children:
        seen.setdefault(child.tag, []).append(value_of(child))
    for tag, values in seen.items():
        # An attribute of the same name comes first, so that nothing is lost.
        together = [data[tag], *values] if tag in data else values
        data[tag] = together[0] if len(together) == 1 else together
    return data
