"""A dot and its interval for every language and model, beside what guessing earns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.errors import MachineCannot
from workbench.reports.blocks import Block
from workbench.reports.scales import metric_is_share, metric_title
from workbench.reports.svg import inline_svg
from workbench.reports.words import Words

INK, MUTED, GRID = "#111111", "#666666", "#dddddd"
"""Text, reference strokes and grid: named in the style sheet, which maps them for dark pages."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7a3e9d", "#444444")
"""Of Okabe and Ito (2008), the yellows darkened; told apart by shape as well."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
ROW, MODEL_ROW, WIDTH = 26, 15, 460


@dataclass(frozen=True, slots=True)
class Plot:
    """An inline SVG, and whether it draws a chance level."""

    svg: str
    chance: bool


def plot(block: Block, words: Words, *, prefix: str) -> Plot | None:
    """Return the plot of a block's headline scores, or None when there is no value to draw.

    Languages stand in the order of their best score. A language without a value keeps its row, empty.

    Raises
    ------
    MachineCannot
        The plotting library could not draw.
    """
    rows = _rows(block, words)
    if not any("value" in row for row in rows):
        return None
    chart = _chart(rows, block, words)
    title = words(
        "scores.plot",
        metric=metric_title(block.headline, words),
        models=", ".join(member.label for member in block.members),
        pack=block.pack.title,
    )
    chance = any(row.get("chance") is not None for row in rows)
    description = words("scores.plot.lead" if chance else "scores.plot.lead.bare")
    return Plot(inline_svg(to_svg(chart), prefix=prefix, title=title, description=description), chance)


def _rows(block: Block, words: Words) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for tag in block.languages:
        for member in block.members:
            score = block.score(member, tag)
            row: dict[str, object] = {"language": words.label(tag), "model": member.label}
            if score is not None and score.value is not None:
                row["value"] = score.value
                if score.low is not None and score.high is not None:
                    row |= {"low": score.low, "high": score.high}
            if score is not None and score.chance is not None:
                row["chance"] = score.chance
            rows.append(row)
    return rows


def _order(rows: list[dict[str, object]], *, higher_is_better: bool) -> list[str]:
    """Return the languages by best value, those without one last."""
    best: dict[str, float] = {}
    sign = 1.0 if higher_is_better else -1.0
    for row in rows:
        value, name = row.get("value"), str(row["language"])
        found = sign * float(value) if isinstance(value, int | float) else float("-inf")
        best[name] = max(best.get(name, float("-inf")), found)
    return sorted(best, key=lambda name: (-best[name], name))


def _chart(rows: list[dict[str, object]], block: Block, words: Words) -> Any:
    """Return the Altair chart: strokes for chance, bars for intervals, marks for scores."""
    import altair as alt

    models = [member.label for member in block.members]
    several = len(models) > 1
    higher = all(score.higher_is_better for member in block.members for score in block.scores(member))
    colours = [COLOURS[index % len(COLOURS)] for index in range(len(models))]
    shapes = [SHAPES[index % len(SHAPES)] for index in range(len(models))]
    legend = alt.Legend(title=None, orient="top", labelLimit=420, columns=1) if several else None
    row = max(ROW, MODEL_ROW * len(models) + 10)
    y = alt.Y(
        "language:N",
        title=None,
        sort=_order(rows, higher_is_better=higher),
        # Room between languages, so that no mark can be taken for its neighbour's.
        scale=alt.Scale(paddingInner=0.45 if several else 0.1, paddingOuter=0.25),
        axis=alt.Axis(labelLimit=320, labelFontSize=13, labelPadding=8, ticks=False, domain=False),
    )
    share = metric_is_share(block.headline)
    scale = alt.Scale(zero=False, nice=True, padding=6)
    x = alt.X(
        "value:Q",
        title=metric_title(block.headline, words),
        scale=scale,
        axis=alt.Axis(format=".0%" if share else ".3~g", grid=True, tickCount=6, domain=False),
    )
    offset = {"yOffset": alt.YOffset("model:N", sort=models)} if several else {}
    colour = alt.Color("model:N", sort=models, scale=alt.Scale(domain=models, range=colours), legend=legend)
    shape = alt.Shape("model:N", sort=models, scale=alt.Scale(domain=models, range=shapes), legend=legend)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    chance = base.transform_filter("isValid(datum.chance)").mark_tick(
        color=MUTED, opacity=1, thickness=2, size=row, orient="vertical"
    )
    bars = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2.5)
    marks = base.transform_filter("isValid(datum.value)").mark_point(filled=True, size=70, opacity=1)
    # Languages without any value keep their row: an invisible mark carries it into the axis.
    rows_kept = base.mark_text(text="", opacity=0)
    layered = alt.layer(
        rows_kept,
        chance.encode(x=alt.X("chance:Q", scale=scale)),
        bars.encode(x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour, **offset),
        marks.encode(x=x, color=colour, shape=shape, **offset),
    )
    return (
        layered.properties(width=WIDTH, height=alt.Step(row, **{"for": "position"}))
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=INK, gridColor=GRID, tickColor=GRID, labelFontSize=12, titleFontSize=12
        )
        .configure_legend(labelColor=INK, labelFontSize=12, symbolSize=80)
    )


def to_svg(chart: Any) -> str:
    """Return a chart as Vega draws it; nothing is fetched.

    Raises
    ------
    MachineCannot
        The plotting library could not draw.
    """
    import altair as alt
    import vl_convert

    version = "_".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    try:
        # No base address is allowed: a specification that names a file or a host draws nothing.
        svg: str = vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=version, allowed_base_urls=[])
    except ValueError as error:
        raise MachineCannot("a plot could not be drawn", where="vl-convert", remedy="Try `.md` or `.csv`.") from error
    return svg
