"""JSON documents whose objects know the line they start on."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from json import decoder, scanner
from typing import Any

from workbench.benchmarks.readers.record import Location
from workbench.benchmarks.readers.text import reject_constant
from workbench.errors import BadItem


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A parsed document and, for each object in it (by identity), the line it starts on."""

    root: Any
    starts: Mapping[int, int]

    def line(self, value: object) -> int:
        """Return the line an object starts on; 0 when it is no object of the document, or that is all one line."""
        return self.starts.get(id(value), 0)


class _Decoder(json.JSONDecoder):
    """The standard decoder in its Python form, noting where each object starts."""

    def __init__(self) -> None:
        super().__init__(parse_constant=reject_constant)
        self.offsets: dict[int, int] = {}
        standard: Any = decoder.JSONObject  # type: ignore[attr-defined]

        def noting(s_and_end: tuple[str, int], *rest: Any) -> tuple[Any, int]:
            value, end = standard(s_and_end, *rest)
            self.offsets[id(value)] = s_and_end[1]
            return value, end

        self.parse_object = noting
        # The scanner in C calls its own object parser and would not come past `noting`.
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]


def parse_json(text: str, location: Location) -> JsonDocument:
    """Parse a document.

    Raises
    ------
    BadItem
        Not JSON, or cut short; line and column are named.
    """
    parser = _Decoder()
    try:
        root = parser.decode(text)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip())
        message = "the file ends inside the JSON document" if cut else "the file is not JSON"
        remedy = "Copy the file again." if cut else None
        if error.msg == "Extra data":
            remedy = "If every line is an object of its own, declare `format: jsonl`."
        raise BadItem(
            f"{message}: {error.msg} at column {error.colno}", where=f"{location.label}:{error.lineno}", remedy=remedy
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadItem(f"the file is not JSON: {error}", where=location.label) from error
    newlines = [index for index, character in enumerate(text) if character == "\n"]
    # Offsets point behind the opening brace.
    if len(newlines) <= 1:
        return JsonDocument(root, {})
    starts = {key: bisect_right(newlines, offset - 1) + 1 for key, offset in parser.offsets.items()}
    return JsonDocument(root, starts)
