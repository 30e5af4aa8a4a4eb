"""What a language costs a model before it has answered anything: how its tokenizer cuts the same texts up.

Fertility, and the premium that a language pays over another for the same sentences, follow Rust et al. 2021 ("How
Good is Your Tokenizer?", ACL) and Petrov et al. 2023 ("Language Model Tokenizers Introduce Unfairness Between
Languages", NeurIPS).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from workbench.benchmarks import Formulation, Item, Pack
from workbench.errors import UsageError
from workbench.languages import language, normalise_tag, words
from workbench.models.tokenizer import TextTokenizer
from workbench.statistics.bootstrap import ratio_interval

PARALLEL = "parallel-sentences"
"""The texts that are counted unless others are named."""
REFERENCE = "en"
REPLACEMENT = "\ufffd"
"""What a decoder writes for bytes that are no whole character."""


@dataclass(frozen=True, slots=True)
class TokenCost:
    """What the texts of one language, or of all languages of one script, cost one tokenizer.

    Attributes
    ----------
    model, pack
        Whose tokenizer, and which texts.
    language, script
        BCP-47 tag (empty where a whole script is meant) and ISO 15924 code.
    languages, texts, tokens, words, characters, bytes
        How many: words as `workbench.languages.words` finds them, characters are code points, bytes UTF-8. Tokens
        without those that the tokenizer puts around a text.
    tokens_per_word, tokens_per_character, tokens_per_byte
        Fertility; None without words.
    fragments, fragment_share
        Tokens that end inside a character (a byte on its own, as byte fallback writes it), and their share.
    lost
        Texts that do not come back when their tokens are decoded, Unicode normalisation and spaces at the ends left
        aside. Where there are any, the other numbers count tokens of a text that the model never saw whole.
    premium, low, high
        Tokens over the tokens of the same texts in the reference language, with its 95 % bootstrap interval over
        texts; None where the texts are not parallel to the reference's.
    """

    model: str
    pack: str
    language: str
    script: str
    languages: int
    texts: int
    tokens: int
    words: int
    characters: int
    bytes: int
    tokens_per_word: float | None
    tokens_per_character: float
    tokens_per_byte: float
    fragments: int
    fragment_share: float
    lost: int
    premium: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class TokenizerReport:
    """Tokenizers on the texts of one pack.

    Attributes
    ----------
    reference
        The language that premiums are over.
    rows
        One a model and language, in the order they were asked for.
    scripts
        The same added up over the languages of each script.
    """

    pack: str
    reference: str
    rows: tuple[TokenCost, ...]
    scripts: tuple[TokenCost, ...]

    def _repr_html_(self) -> str:
        """Show the table in a cell."""
        from workbench.evaluation.tokenizer_table import report_html

        return report_html(self)


@dataclass(frozen=True, slots=True)
class _Text:
    """One text and what it costs; `group` names texts that are not independent of each other."""

    item: str
    group: str
    tokens: int
    words: int
    characters: int
    bytes: int
    fragments: int
    lost: bool


class _Counter:
    """Counts with one tokenizer."""

    def __init__(self, model: Path) -> None:
        self._tokenizer = TextTokenizer.load(model)
        self._partial: dict[int, bool] = {}

    def count(self, item: Item) -> _Text:
        text = item.input["text"]
        ids = self._tokenizer.encode(text)
        return _Text(
            item=item.id,
            group=item.group,
            tokens=len(ids),
            words=len(words(text, item.language)),
            characters=len(text),
            bytes=len(text.encode()),
            fragments=sum(map(self._is_partial, ids)),
            lost=_plain(self._tokenizer.decode(ids)) != _plain(text),
        )

    def _is_partial(self, token: int) -> bool:
        known = self._partial.get(token)
        if known is None:
            known = self._partial[token] = REPLACEMENT in self._tokenizer.decode([token])
        return known


@dataclass(frozen=True)
class _Counted:
    """The texts of one language, counted."""

    tag: str
    texts: tuple[_Text, ...]

    @cached_property
    def script(self) -> str:
        return language(self.tag).script


def tokenizer_report(
    models: Mapping[str, Path], pack: Pack, languages: Sequence[str] = (), *, reference: str = REFERENCE
) -> TokenizerReport:
    """Count the texts of a pack with the tokenizers of some models; no weight is read.

    Parameters
    ----------
    models
        Name → directory.
    pack
        One whose items are whole texts: parallel sentences, a declaration.
    languages
        BCP-47 tags; empty: all that the pack has.
    reference
        The language that premiums are over; it need not be among `languages`.

    Raises
    ------
    UsageError
        The pack's items are no texts, or no model is named.
    NotFound
        The pack does not have a language.
    NoTokenizer, BenchmarkError
        A tokenizer or a file cannot be read.
    """
    if Formulation.ROLLING not in pack.card.formulations:
        raise UsageError(
            f"the items of {pack.name} are no whole texts", where=pack.document.path,
            remedy=f"Name a benchmark that is scored by bits per byte, such as {PARALLEL}.",
        )  # fmt: skip
    if not models:
        raise UsageError("no model is named", remedy="Name at least one.")
    tags, over = pack.resolve(languages), pack.resolve((reference,))[0]
    rows, scripts = list[TokenCost](), list[TokenCost]()
    for name, path in models.items():
        counter = _Counter(path)
        found = {tag: _Counted(tag, tuple(map(counter.count, pack.items(tag)))) for tag in (*tags, over)}
        wanted = [found[tag] for tag in tags]
        rows += [_cost(name, pack.name, (each,), found[over]) for each in wanted]
        scripts += [_cost(name, pack.name, each, found[over]) for each in _by_script(wanted)]
    return TokenizerReport(pack.name, normalise_tag(over), tuple(rows), tuple(scripts))


def _by_script(counted: Sequence[_Counted]) -> Iterator[tuple[_Counted, ...]]:
    ordered = sorted(counted, key=lambda each: each.script)
    for _, same in groupby(ordered, key=lambda each: each.script):
        yield tuple(same)


def _cost(model: str, pack: str, counted: Sequence[_Counted], over: _Counted) -> TokenCost:
    texts = [text for each in counted for text in each.texts]
    tokens, fragments = sum(text.tokens for text in texts), sum(text.fragments for text in texts)
    word_count, characters = sum(text.words for text in texts), sum(text.characters for text in texts)
    size = sum(text.bytes for text in texts)
    premium, low, high = _premium(counted, over)
    return TokenCost(
        model=model,
        pack=pack,
        language=counted[0].tag if len(counted) == 1 else "",
        script=counted[0].script,
        languages=len(counted),
        texts=len(texts),
        tokens=tokens,
        words=word_count,
        characters=characters,
        bytes=size,
        tokens_per_word=tokens / word_count if word_count else None,
        tokens_per_character=tokens / characters,
        tokens_per_byte=tokens / size,
        fragments=fragments,
        fragment_share=fragments / tokens if tokens else 0.0,
        lost=sum(text.lost for text in texts),
        premium=premium,
        low=low,
        high=high,
    )


def _premium(counted: Sequence[_Counted], over: _Counted) -> tuple[float | None, float | None, float | None]:
    """Return the ratio of sums over pairs of parallel texts, with its interval; blanks where a language has none."""
    mine, theirs, groups = list[int](), list[int](), list[str]()
    for each in counted:
        pairs = _pairs(each.texts, over.texts)
        if not pairs:
            return None, None, None
        for ours, reference in pairs:
            mine.append(ours.tokens)
            theirs.append(reference.tokens)
            groups.append(reference.group or reference.item)
    if not sum(theirs):
        return None, None, None
    interval = ratio_interval(mine, theirs, groups)
    return interval.value, interval.low, interval.high


def _pairs(texts: Sequence[_Text], over: Sequence[_Text]) -> list[tuple[_Text, _Text]]:
    """Return texts beside those they translate: of one id, else of one group; nothing where neither says which."""
    for key in (attrgetter("item"), attrgetter("group")):
        ours, theirs = {str(key(text)): text for text in texts}, {str(key(text)): text for text in over}
        whole = len(ours) == len(texts) and len(theirs) == len(over)
        if whole and ours.keys() == theirs.keys():
            return [(ours[name], theirs[name]) for name in theirs]
    return []


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
