"""What a language is called, in any language CLDR knows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from workbench.languages.tags import normalise_tag

if TYPE_CHECKING:
    import langcodes
    from babel import Locale


def cldr_locale(tag: str) -> Locale | None:
    """Return the CLDR locale nearest to `tag`, or None when CLDR has none for its language."""
    from babel import Locale, UnknownLocaleError

    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("-".join(parts[:length]), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def _name_in(parsed: langcodes.Language, locale: Locale) -> str | None:
    """Return CLDR's name of `parsed` in `locale`: the longest compound it lists, the rest in brackets."""
    language, script, territory = parsed.language or "und", parsed.script or "", parsed.territory or ""
    # CLDR has names of its own for a few compounds, e.g. zh_Hans and pt_BR.
    candidates = (
        (f"{language}_{script}", "", territory),
        (f"{language}_{territory}", script, ""),
        (language, script, territory),
    )
    for key, rest_script, rest_territory in candidates:
        name = locale.languages.get(key)
        if name is None:
            continue
        details = [
            locale.scripts.get(rest_script, rest_script),
            locale.territories.get(rest_territory, rest_territory),
        ]
        shown = ", ".join(str(detail) for detail in details if detail)
        return f"{name} ({shown})" if shown else str(name)
    return None


@lru_cache(maxsize=4096)
def display_name(tag: str, in_language: str = "en") -> str:
    """Return the name of a language as speakers of `in_language` write it.

    Parameters
    ----------
    tag
        Any code that `normalise_tag` takes.
    in_language
        Language of the name; where CLDR does not know it there, the English name is returned, and where that is
        unknown too the tag itself.

    Notes
    -----
    Unicode CLDR through `babel`; English names of languages outside CLDR from `langcodes`.
    """
    import langcodes

    tag = normalise_tag(tag)
    parsed = langcodes.Language.get(tag)
    for wanted in (normalise_tag(in_language), "en"):
        locale = cldr_locale(wanted)
        name = _name_in(parsed, locale) if locale is not None else None
        if name is not None:
            return name
    english = parsed.display_name("en")
    return tag if english.startswith("Unknown language") else english


@lru_cache(maxsize=2048)
def native_name(tag: str) -> str:
    """Return what a language calls itself; its English name where nobody recorded it."""
    import langcodes

    tag = normalise_tag(tag)
    if cldr_locale(tag) is not None:
        return display_name(tag, tag)
    autonym = langcodes.Language.get(tag).autonym()
    return display_name(tag, "en") if autonym.startswith("Unknown language") else autonym
