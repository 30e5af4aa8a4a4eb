"""BCP-47 tags: from whatever a benchmark's author wrote to the one form used everywhere here."""

from __future__ import annotations

import re
from functools import lru_cache

from workbench.errors import NotFound

_SUBTAG = re.compile(r"[A-Za-z0-9]{1,8}")


@lru_cache(maxsize=2048)
def normalise_tag(code: str) -> str:
    """Return the BCP-47 tag of a language code.

    Accepts BCP-47 (``pt-br``), ISO 639-3 with or without a script or territory as FLORES, NTREX and SIB-200 write
    it (``eng_Latn``, ``srp-Cyrl``, ``zho-CN``, ``apc_Arab_nort3139``), and POSIX-like codes (``zh_TW``). Deprecated
    and three-letter codes become their current shortest form, a member that stands for its macrolanguage becomes
    the macrolanguage (``arb`` → ``ar``, ``pes`` → ``fa``), and a script that the language is written in anyway is
    dropped (``eng_Latn`` → ``en``; ``srp-Cyrl`` → ``sr-Cyrl``, because Serbian has two).

    Raises
    ------
    NotFound
        When the code is no tag, or its language or script is not registered.

    Notes
    -----
    RFC 5646; likely scripts and aliases from CLDR through `langcodes`.
    """
    import langcodes
    from langcodes.tag_parser import LanguageTagError

    # A dialect identifier such as Glottolog's is no registered variant; it stays in the tag and is not looked up.
    written = code.strip().replace("_", "-")
    if not all(_SUBTAG.fullmatch(part) for part in written.split("-")):
        raise _unknown(code)
    try:
        tag = langcodes.standardize_tag(written, macro=True)
        parsed = langcodes.Language.get(tag)
    except LanguageTagError as error:
        raise _unknown(code) from error
    language = parsed.language or "und"
    if not langcodes.Language.make(language=language).is_valid():
        raise _unknown(code)
    if parsed.script and not langcodes.Language.make(language=language, script=parsed.script).is_valid():
        raise _unknown(code)
    return tag


def _unknown(code: str) -> NotFound:
    return NotFound(
        f"{code!r} is not the code of a language",
        remedy="Use a BCP-47 tag such as th or sr-Latn, or ISO 639-3 with a script such as srp_Cyrl.",
    )


def primary_subtag(tag: str) -> str:
    """Return the language alone: ``pt`` of ``pt-BR``."""
    return normalise_tag(tag).split("-", 1)[0]
