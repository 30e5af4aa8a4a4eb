"""What a model's own card claims: licence and languages. All of it is *declared*."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.facts import Fact, declared, unknown
from workbench.models.gguf import GGUFHeader
from workbench.models.layout import Layout

CARD = "README.md"
LONGEST_CARD = 1 << 20
"""Characters; front matter stands at the beginning."""
LICENCES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENCE.txt", "LICENCE.md", "COPYING")


def front_matter(path: Path) -> Mapping[str, Any]:
    """Return the YAML block that a model card begins with; empty when there is none that can be read."""
    import yaml

    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(LONGEST_CARD)
    except OSError:
        return {}
    if not text.startswith("---"):
        return {}
    block = text[3:].partition("\n---")[0]
    try:
        fields = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a date such as 2024-99-99
        return {}
    return fields if isinstance(fields, dict) else {}


def card_licence(layout: Layout) -> Fact[str]:
    """Return the licence that the card names, else that a licence text lies there."""
    card = layout.file(CARD)
    fields = front_matter(card) if card is not None else {}
    stated = fields.get("license_name") or fields.get("license")
    if isinstance(stated, list):
        stated = ", ".join(map(str, stated))
    if isinstance(stated, str) and stated:
        return declared(stated, f"{CARD}:license")
    for name in LICENCES:
        if layout.file(name) is not None:
            return declared(f"see {name}", name)
    return unknown(f"{CARD}:license")


def licence_text(model: Path) -> Path | None:
    """Return the licence text that lies in a model's directory; what lies beside a single file may be anything's."""
    return next((model / name for name in LICENCES if (model / name).is_file()), None)


def card_languages(layout: Layout) -> Fact[tuple[str, ...]]:
    """Return the languages that the card names, as BCP-47 tags where they are ones."""
    card = layout.file(CARD)
    fields = front_matter(card) if card is not None else {}
    stated = fields.get("language")
    # YAML reads the Norwegian tag `no` as false
    values = ["no" if value is False else value for value in (stated if isinstance(stated, list) else [stated])]
    tags = tuple(str(value) for value in values if value)
    return declared(tags or None, f"{CARD}:language")


def gguf_licence(header: GGUFHeader) -> Fact[str]:
    """Return the licence that a GGUF file's metadata names."""
    return declared(header.text("general.license") or None, "general.license")


def gguf_languages(header: GGUFHeader) -> Fact[tuple[str, ...]]:
    """Return the languages that a GGUF file's metadata names."""
    return declared(header.texts("general.languages") or None, "general.languages")
