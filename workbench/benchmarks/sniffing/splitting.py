"""Several files of one language: splits of one benchmark, or parts of one split."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from workbench.benchmarks.sniffing.asking import Answers, Question
from workbench.benchmarks.sniffing.tables import Table

SCORED = "test"
_WORDS = MappingProxyType(
    {
        "test": "test", "testing": "test", "eval": "test",
        "dev": "validation", "valid": "validation", "val": "validation",
        "validation": "validation", "train": "train", "training": "train", "fewshot": "train", "shots": "train",
    }
)  # fmt: skip
MOST_SPLITS = 4
TOGETHER = "together"


def find_splits(
    tables: Sequence[Table], tags: Mapping[str, str], answers: Answers
) -> tuple[dict[str, str], list[Question], str]:
    """Return the split of each table by name, what is to be asked, and why.

    Names that say test, dev or train are taken at their word. Otherwise one file a language is the scored split, many
    are its parts, and of two to four of one language a person says what they are.
    """
    by_language: dict[str, list[Table]] = {}
    for table in tables:
        by_language.setdefault(tags[table.name], []).append(table)
    named = {table.name: _by_name(table.name) for table in tables}
    most = max(map(len, by_language.values()))
    if most == 1:
        return dict.fromkeys(named, SCORED), [], "one file a language: the scored split"
    if all(named.values()) and len(set(named.values())) > 1:
        return {name: split or SCORED for name, split in named.items()}, [], "their names say the splits"
    said = answers.listed("splits")
    if said == (TOGETHER,) or (not said and most > MOST_SPLITS):
        return dict.fromkeys(named, SCORED), [], f"up to {most} files of one language: parts of the scored split"
    if said:
        return _by_size(by_language, said), [], "as answered, the largest first"
    sizes = sorted({tuple(sorted((len(t.records) for t in some), reverse=True)) for some in by_language.values()})
    shown = "; ".join(", ".join(map(str, each)) for each in sizes[:3])
    text = f"Some languages have {most} files ({shown} records): are they one set, or which splits, the largest first?"
    options = (TOGETHER, "test,validation", "train,test", "train,test,validation")
    return dict.fromkeys(named, SCORED), [Question("splits", text, options)], ""


def _by_size(by_language: Mapping[str, Sequence[Table]], names: Sequence[str]) -> dict[str, str]:
    found = {}
    for some in by_language.values():
        ordered = sorted(some, key=lambda table: (-len(table.records), table.name))
        for place, table in enumerate(ordered):
            found[table.name] = names[min(place, len(names) - 1)]
    return found


def _by_name(name: str) -> str:
    words = re.split(r"[^a-z]+", name.lower())
    found = [_WORDS[word] for word in words if word in _WORDS]
    return found[-1] if found else ""
