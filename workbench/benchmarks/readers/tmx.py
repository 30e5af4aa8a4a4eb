"""Translation memories in TMX 1.4: one record a translation unit."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.benchmarks.readers.xml_tree import Element, parse_xml
from workbench.errors import BadItem

PAIR = 2


def read_tmx(text: str, location: Location, report: Report) -> Iterator[Record]:
    """Yield one record a unit.

    A record holds `id` (the unit's ``tuid``), `texts` by the file's own language codes, and the properties of the unit
    under `properties`. Where a unit has two languages, `source` is the text in the language that the header (or the
    unit) calls its source, `target` the other; `source_language` and `target_language` are their codes.

    Reports
    -------
    BadItem
        Not well-formed, no unit, or a unit without text in a language, or with one language twice.
    """
    root = parse_xml(text, location)
    header = next((element for element in root.children if element.tag == "header"), None)
    source = header.attributes.get("srclang", "") if header is not None else ""
    number = 0
    for unit in root.walk():
        if unit.tag != "tu":
            continue
        number += 1
        where = f"{location.label}:{unit.line}"
        texts = _texts(unit, where, report)
        if texts is not None:
            yield Record(_data(unit, texts, unit.attributes.get("srclang", source)), number, where, unit.line)
    if not number:
        report(BadItem("the document has no translation unit (tu)", where=location.label))


def _texts(unit: Element, where: str, report: Report) -> dict[str, str] | None:
    texts: dict[str, str] = {}
    for variant in unit.children:
        if variant.tag != "tuv":
            continue
        code = variant.attributes.get("xml:lang") or variant.attributes.get("lang", "")
        segment = next((child.text for child in variant.children if child.tag == "seg"), "")
        if not code or not segment or code in texts:
            fault = "no language" if not code else f"no text in {code}" if not segment else f"{code} twice"
            report(BadItem(f"the translation unit has {fault}", where=where))
            return None
        texts[code] = segment
    if not texts:
        report(BadItem("the translation unit has no text", where=where))
        return None
    return texts


def _data(unit: Element, texts: dict[str, str], source: str) -> dict[str, object]:
    properties: dict[str, str] = {}
    for child in unit.children:
        if child.tag == "prop":
            properties.setdefault(child.attributes.get("type", "prop"), child.text)
    data: dict[str, object] = {"texts": texts, "properties": properties}
    if "tuid" in unit.attributes:
        data["id"] = unit.attributes["tuid"]
    first = source if source in texts else next(iter(texts))
    if len(texts) == PAIR:
        (other,) = (code for code in texts if code != first)
        data |= {"source": texts[first], "target": texts[other]}
        data |= {"source_language": first, "target_language": other}
    return data
