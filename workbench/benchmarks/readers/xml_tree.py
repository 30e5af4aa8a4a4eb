"""An XML document as plain elements that know their line; nothing outside the document is ever looked up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from workbench.benchmarks.readers.record import Location
from workbench.errors import BadItem, TooLarge

MAX_DEPTH = 64
_SPACE_NAME = "http://www.w3.org/XML/1998/namespace"


@dataclass(slots=True)
class Element:
    """One element: its local name, attributes, texts and children in their order, and the line it starts on."""

    tag: str
    attributes: dict[str, str]
    line: int
    parts: list[str | Element] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        """The elements right inside this one."""
        return [part for part in self.parts if isinstance(part, Element)]

    @property
    def text(self) -> str:
        """All text inside, white space at the ends taken off."""
        return "".join(self.texts()).strip()

    def texts(self) -> Iterator[str]:
        """Yield the pieces of text inside, in their order."""
        for part in self.parts:
            if isinstance(part, str):
                yield part
            else:
                yield from part.texts()

    def walk(self) -> Iterator[Element]:
        """Yield this element and all below it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse_xml(text: str, location: Location) -> Element:
    """Parse a document.

    Raises
    ------
    BadItem
        Not well-formed XML (line and column are named), or it declares entities, which are refused: they can name
        other files, or grow without end.
    TooLarge
        Elements nested deeper than makes sense.
    """
    document = Element("", {}, 1)
    opened = [document]
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator="|")
    parser.buffer_text = True

    def where() -> str:
        return f"{location.label}:{parser.CurrentLineNumber}"

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(opened) > MAX_DEPTH:
            raise TooLarge(f"elements nested more than {MAX_DEPTH} deep", where=where())
        element = Element(_local(tag), {_local(name): value for name, value in attributes.items()}, 0)
        element.line = parser.CurrentLineNumber
        opened[-1].parts.append(element)
        opened.append(element)

    def characters(data: str) -> None:
        opened[-1].parts.append(data)

    def refuse(*_: object) -> None:
        remedy = "Take the document type declaration out of the file."
        raise BadItem("the document declares entities, which are not read", where=where(), remedy=remedy)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: opened.pop()
    parser.CharacterDataHandler = characters
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = lambda *_: 0
    try:
        # The text was decoded already: what its first line says of its encoding no longer holds.
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        message = f"not well-formed XML: {expat.ErrorString(error.code)} at column {error.offset + 1}"
        raise BadItem(message, where=f"{location.label}:{error.lineno}") from error
    return document.children[0]


def _local(name: str) -> str:
    """Return a name without its namespace; ``xml:lang`` keeps its usual form."""
    space, _, local = name.rpartition("|")
    return f"xml:{local}" if space == _SPACE_NAME else local
