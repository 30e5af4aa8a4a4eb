"""A language as the contract shows it, and where it is spoken."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from workbench.errors import NotFound
from workbench.languages import display_name, native_name
from workbench.languages.names import cldr_locale
from workbench.languages.script import direction_of

UNKNOWN = "Zyyy"


@lru_cache(maxsize=2048)
def country(tag: str) -> str:
    """Return the territory of a tag (ISO 3166), the likely one where it names none; empty where nobody knows."""
    import langcodes
    from langcodes.tag_parser import LanguageTagError

    try:
        return langcodes.Language.get(tag).maximize().territory or ""
    except LanguageTagError:
        return ""


@lru_cache(maxsize=2048)
def script(tag: str) -> str:
    """Return the script of a tag (ISO 15924), the likely one where it names none; ``Zyyy`` where nobody knows."""
    import langcodes
    from langcodes.tag_parser import LanguageTagError

    try:
        return langcodes.Language.get(tag).maximize().script or UNKNOWN
    except LanguageTagError:
        return UNKNOWN


def direction(tag: str) -> str:
    """Return ``ltr`` or ``rtl``; left to right where nobody knows."""
    return direction_of(script(tag))


def name(tag: str, in_language: str) -> str:
    """Return the name of a language; the tag where it has none."""
    try:
        return display_name(tag, in_language)
    except NotFound:
        return tag


def country_name(code: str, in_language: str) -> str:
    """Return the name of a territory; its code where it has none."""
    locale = cldr_locale(in_language) or cldr_locale("en")
    return str(locale.territories.get(code, code)) if locale is not None else code


def script_name(code: str, in_language: str) -> str:
    """Return the name of a script; its code where it has none."""
    locale = cldr_locale(in_language) or cldr_locale("en")
    return str(locale.scripts.get(code, code)) if locale is not None else code


def shown_language(tag: str, in_language: str = "en", *, native: bool = False) -> dict[str, Any]:
    """Return a language as JSON, its name in `in_language`.

    `native` adds what it calls itself: about a megabyte of CLDR for each language, which stays in memory.
    """
    spoken = country(tag)
    return {
        "tag": tag,
        "name": name(tag, in_language),
        **({"native_name": native_name(tag)} if native else {}),
        "script": script(tag),
        "direction": direction(tag),
        "countries": [spoken] if spoken else [],
    }
