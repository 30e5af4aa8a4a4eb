"""The verb `tokenizer_report`, which puts models, benchmarks and counting together; part of the facade."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.evaluation.tokenizer_costs import TokenizerReport


def tokenizer_report(
    models: str | Path | Sequence[str | Path],
    languages: Sequence[str] = (),
    *,
    benchmark: str | Path = "parallel-sentences",
    reference: str = "en",
) -> TokenizerReport:
    """Return what the same texts cost in tokens, by model, language and script; no weight is read.

    ``report.rows`` and ``report.scripts`` hold counts and ratios: tokens per word (fertility), character and byte, the
    premium over `reference` with its interval, the share of tokens that end inside a character, and how many texts do
    not come back when their tokens are decoded.

    Parameters
    ----------
    models
        One or more, by name or directory.
    languages
        BCP-47 tags; empty: all that the benchmark has.
    benchmark
        Whose texts are counted: one whose items are whole texts.
    reference
        The language that premiums are over.

    Raises
    ------
    NotFound, UsageError
        There is no such model, benchmark or language, or the benchmark has no texts to count.
    NoTokenizer, BenchmarkError
        A tokenizer or the texts cannot be read.
    """
    from workbench.benchmarks import load_pack
    from workbench.evaluation.tokenizer_costs import tokenizer_report as counted
    from workbench.models import ModelStore, inspect
    from workbench.policy.home import home

    named: dict[str, Path] = {}
    for model in [models] if isinstance(models, str | Path) else models:
        path = ModelStore(home()).resolve(model)
        name = inspect(path).name
        named[str(path) if named.get(name, path) != path else name] = path
    asked = (languages,) if isinstance(languages, str) else languages
    return counted(named, load_pack(benchmark), asked, reference=reference)
