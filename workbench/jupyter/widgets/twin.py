"""Static twins: what a view shows, as HTML that needs no kernel, server, script or style sheet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workbench.evaluation.comparing import Comparison
from workbench.evaluation.result import Result
from workbench.jupyter.widgets.phrases import phrases
from workbench.reports.items import gallery
from workbench.reports.notebook import result_html
from workbench.reports.page import environment
from workbench.reports.samples import rows_of
from workbench.reports.scales import metric_is_share
from workbench.reports.words import Words, direction, words
from workbench.statistics import wilson

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = "templates"
MOST_SECTIONS = 24
MOST_SLICES = 40
MOST_FLIPS = 20
SLICED = ("domain", "culture")


@dataclass(frozen=True, slots=True)
class Slice:
    """One value of a property in one language, with its mean score as text."""

    value: str
    mean: str
    interval: str
    n: str


@dataclass(frozen=True, slots=True)
class SliceTable:
    """The slices by one property of a benchmark's items in one language."""

    title: str
    rows: tuple[Slice, ...]


def result_twin(result: Result) -> str:
    """Return a result: scores and limits; behind them, to be opened, slices and items, the wrong ones first."""
    said = words("en")
    sections = gallery([result], said).sections
    return result_html(result) + _rendered(
        "items.html.j2",
        w=said,
        sections=sections[:MOST_SECTIONS],
        more=len(sections) - MOST_SECTIONS,
        tables=list(_slices(result, said))[:MOST_SLICES],
    )


def comparison_twin(comparison: Comparison) -> str:
    """Return a comparison: whether there may be one, differences with intervals, items on which the two part."""
    said = words("en")
    return _rendered(
        "comparison.html.j2",
        w=said,
        one=comparison,
        flips=comparison.flips[:MOST_FLIPS],
        labels={pair.language: said.label(pair.language) for pair in comparison.pairs},
        direction=direction,
        number=lambda value, places=3: said("blank") if value is None else said.decimal(value, places),
    )


def run_twin(state: Mapping[str, Any]) -> str:
    """Return how a run stood, and how to see how it stands."""
    return _rendered("run.html.j2", state=state)


def panel_twin(count: int) -> str:
    """Return what stands for the panel in a saved notebook."""
    return _rendered("panel.html.j2", count=count)


def studio_twin(state: Mapping[str, Any]) -> str:
    """Return the items of a draft with what was found in them."""
    return _rendered("studio.html.j2", state=state)


def _slices(result: Result, said: Words) -> Iterator[SliceTable]:
    """Yield the slices of the headline metric, where it is a share and there is more than one value."""
    headlines = {
        (score.pack, score.language): score.metric
        for score in result.scores
        if score.headline and metric_is_share(score.metric)
    }
    found: dict[tuple[str, str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows_of(result):
        value = dict(row.scores).get(headlines.get((row.pack, row.language), ""))
        for by in SLICED if value is not None else ():
            if getattr(row, by):
                found[row.pack, row.language, by][getattr(row, by)].append(value or 0.0)
    for (pack, tag, by), values in found.items():
        if len(values) > 1:
            title = f"{phrases()[f'slice.{by}']} · {pack} · {said.label(tag)}"
            ordered = sorted(values.items(), key=lambda entry: (-len(entry[1]), entry[0]))
            yield SliceTable(title, tuple(_slice(name, scores, said) for name, scores in ordered))


def _slice(name: str, scores: list[float], said: Words) -> Slice:
    whole = all(score in (0.0, 1.0) for score in scores)
    interval = wilson(round(sum(scores)), len(scores)) if whole else None
    return Slice(
        name,
        said.percent(sum(scores) / len(scores)),
        said.interval(interval.low, interval.high, share=True) if interval else said("blank"),
        said.number(len(scores)),
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """Return the reports' environment, escaping and all, with the templates of this folder first."""
    from jinja2 import ChoiceLoader, PackageLoader

    places = [PackageLoader("workbench.jupyter.widgets", TEMPLATES), PackageLoader("workbench.reports", TEMPLATES)]
    return environment().overlay(loader=ChoiceLoader(places))


def _rendered(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(say=phrases(), **values)
