"""What a language is."""

from workbench.languages.names import display_name, native_name
from workbench.languages.normalise import (
    RULES,
    Normalised,
    Normaliser,
    default_normaliser,
)
from workbench.languages.numbers import Number, NumberSymbols, number_symbols, numbers
from workbench.languages.record import Direction, Language, language
from workbench.languages.script import ScriptShare, script_of, scripts
from workbench.languages.segment import segmentation_signature, sentences, words
from workbench.languages.tags import normalise_tag, primary_subtag

__all__ = [
    "RULES",
    "Direction",
    "Language",
    "Normalised",
    "Normaliser",
    "Number",
    "NumberSymbols",
    "ScriptShare",
    "default_normaliser",
    "display_name",
    "language",
    "native_name",
    "normalise_tag",
    "number_symbols",
    "numbers",
    "primary_subtag",
    "script_of",
    "scripts",
    "segmentation_signature",
    "sentences",
    "words",
]
