"""An SVG made by Vega, made fit to stand inside a page: no fixed paper, no foreign ids, a name for screen readers."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from workbench.reports.clean import line

LONGEST = 500
NAMESPACE = "http://www.w3.org/2000/svg"
_ALLOWED = frozenset(
    {"svg", "g", "path", "line", "rect", "text", "tspan", "circle", "clipPath", "defs", "title", "desc"}
)
_DROPPED_ATTRIBUTES = ("style", "class", "role", "pointer-events", "href", "font-family", "xlink")
_REFERENCE = re.compile(r"url\(#([\w-]+)\)")


def inline_svg(source: str, *, prefix: str, title: str, description: str) -> str:
    """Return `source` as an SVG element to put into HTML.

    Colours are left as they are: the page's style sheet maps them for light, dark and print. Fonts are the page's.

    Parameters
    ----------
    prefix
        Put before every id, since a page holds several plots.
    title, description
        What a screen reader says.
    """
    root = ET.fromstring(source)  # noqa: S314  # made a moment ago by vl-convert, from numbers and escaped labels
    _clean(root, prefix)
    width, height = root.get("width", "600"), root.get("height", "200")
    kept = {"viewBox": root.get("viewBox", f"0 0 {width} {height}"), "width": width, "height": height}
    root.attrib.clear()
    root.attrib.update(kept | {"role": "img", "aria-labelledby": f"{prefix}-title {prefix}-desc"})
    for name, text in (("desc", description), ("title", title)):
        element = ET.Element(name, {"id": f"{prefix}-{name}"})
        element.text = line(text, LONGEST)
        root.insert(0, element)
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element, prefix: str) -> None:
    element.tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    for name in list(element.attrib):
        if name.startswith(("aria-", "on", "{")) or name in _DROPPED_ATTRIBUTES:
            del element.attrib[name]
        elif name == "id":
            element.set("id", f"{prefix}-{element.attrib['id']}")
        else:
            element.set(name, _REFERENCE.sub(rf"url(#{prefix}-\1)", element.attrib[name]))
    for child in list(element):
        tag = child.tag.removeprefix(f"{{{NAMESPACE}}}")
        paper = tag == "rect" and child.get("fill") == "white"
        # Vega keeps labels that would overlap, at no opacity; a screen reader would read them out.
        hidden = child.get("opacity") == "0" or child.get("display") == "none"
        if tag not in _ALLOWED or paper or hidden:
            element.remove(child)
        else:
            _clean(child, prefix)
