"""One language, as a record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from workbench.languages.names import display_name, native_name
from workbench.languages.script import direction_of, script_writes_spaces
from workbench.languages.tags import normalise_tag

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class Language:
    """What is known about a language.

    Attributes
    ----------
    tag
        Normalised BCP-47 tag.
    name, native_name
        In English and in itself.
    script
        ISO 15924 code it is (most likely) written in, e.g. ``Deva``.
    direction
        ``ltr`` or ``rtl``, by the script.
    writes_spaces
        Whether spaces separate words; where not, words come from ICU's dictionaries (`words`).
    """

    tag: str
    name: str
    native_name: str
    script: str
    direction: Direction
    writes_spaces: bool


@lru_cache(maxsize=2048)
def language(code: str) -> Language:
    """Return the record of a language.

    Raises
    ------
    NotFound
        When the code names no language.
    """
    import langcodes

    tag = normalise_tag(code)
    script = langcodes.Language.get(tag).maximize().script or "Zyyy"
    return Language(
        tag=tag,
        name=display_name(tag, "en"),
        native_name=native_name(tag),
        script=script,
        direction=direction_of(script),
        writes_spaces=script_writes_spaces(script),
    )
