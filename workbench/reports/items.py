"""An item as a report shows it: question, choices, what was right, what the model chose or wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.evaluation.result import Result
from workbench.evaluation.rows import ItemRow
from workbench.languages.record import Direction
from workbench.reports.blocks import labels
from workbench.reports.clean import Shown, line, show
from workbench.reports.samples import RIGHT, WRONG, Sample, samples
from workbench.reports.words import Words, direction

ANSWER_LIMIT = 400
MANY = 16


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One choice: its text, its log-likelihood as text, and whether it is correct or chosen, in words."""

    text: Shown
    likelihood: str
    mark: str
    kind: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item. Texts are cleaned (`workbench.reports.clean`) but not yet escaped for any format."""

    id: str
    kind: str
    verdict: str
    query: Shown
    choices: tuple[ChoiceView, ...]
    references: tuple[Shown, ...]
    response: Shown | None
    answer: Shown | None
    error: str


@dataclass(frozen=True, slots=True)
class ItemSection:
    """The items shown of one model, pack and language. `language` is the tag they are written in."""

    title: str
    language: str
    direction: Direction
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class ItemGallery:
    """All items a report shows, and for which models there were none on disk."""

    sections: tuple[ItemSection, ...]
    missing: tuple[str, ...]
    lead: str


def gallery(results: Sequence[Result], words: Words) -> ItemGallery:
    """Return the items to show of each result, read from its run directory."""
    wrong, right = _how_many(sum(len(result.counts) for result in results))
    sections, missing = [], []
    for result, label in zip(results, labels(results), strict=True):
        chosen = samples(result, wrong=wrong, right=right)
        if not chosen:
            missing.append(label)
        titles = {pack.name: pack.title for pack in result.packs}
        for (pack, tag), some in chosen.items():
            language = words.label(tag)
            title = words("items.of", model=label, pack=titles.get(pack, pack), language=language)
            sections.append(ItemSection(title, tag, direction(tag), tuple(view(sample, words) for sample in some)))
    return ItemGallery(tuple(sections), tuple(missing), words("items.lead", wrong=wrong, right=right))


def _how_many(places: int) -> tuple[int, int]:
    """Return how many wrong and right items to show a place, so that a report of 100 languages can be read too."""
    if places <= MANY:
        return WRONG, RIGHT
    return (2, 1) if places <= 3 * MANY else (1, 1)


def view(sample: Sample, words: Words) -> ItemView:
    """Return one item ready to be shown."""
    row = sample.row
    generated = row.formulation == "generate" and not row.error
    answered = generated and row.extraction != "failed"
    return ItemView(
        id=line(row.item_id, 80),
        kind=sample.kind,
        verdict=words(f"item.{sample.kind}"),
        query=show(row.query),
        choices=tuple(_choice(row, index, words) for index in range(len(row.choices))),
        references=tuple(show(reference, ANSWER_LIMIT) for reference in row.references),
        response=show(row.response) if generated else None,
        answer=show(row.answer, ANSWER_LIMIT) if answered else None,
        error=line(row.error, 80),
    )


def _choice(row: ItemRow, index: int, words: Words) -> ChoiceView:
    gold, chosen = index == row.gold, index == row.prediction
    kind = "both" if gold and chosen else "gold" if gold else "chosen" if chosen else ""
    known = index < len(row.log_likelihoods)
    return ChoiceView(
        text=show(row.choices[index], ANSWER_LIMIT),
        likelihood=words.decimal(row.log_likelihoods[index]) if known else words("blank"),
        mark=words(f"item.{kind}") if kind else "",
        kind=kind,
    )
