"""What packs hold, kept between two looks at a draft: a check at each key must not read a pack anew."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from workbench.benchmarks.catalogue import load_pack
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.studio.checks import Corpus


def corpus_of(pack: Pack, language: str) -> Corpus:
    """Return what a pack holds in one language, read again only when one of its files changed.

    Raises
    ------
    BenchmarkError
        An item of the pack cannot be read.
    """
    return _corpus(pack.document.path, language, _state(pack, language))


def _state(pack: Pack, language: str) -> tuple[tuple[str, int, int], ...]:
    paths = [pack.document.path]
    if language in pack.card.languages:
        paths += [pack.location(language, split).path for split in pack.document.files]
    found = [(path, path.stat()) for path in paths if path.exists()]
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found)


@lru_cache(maxsize=8)
def _corpus(card: Path, language: str, _state: tuple[tuple[str, int, int], ...]) -> Corpus:
    return Corpus.of(load_pack(card), language)
