"""A training curve: scores with their intervals against the step, beside what guessing earns."""

from __future__ import annotations

from typing import Any

from workbench.reports.curves import Curve, CurveSection
from workbench.reports.plots import COLOURS, GRID, INK, MUTED, WIDTH, Plot, to_svg
from workbench.reports.scales import metric_is_share
from workbench.reports.svg import inline_svg
from workbench.reports.words import Words

HEIGHT = 190
MOST_TICKS = 8


def curve_plot(section: CurveSection, curve: Curve, words: Words) -> Plot | None:
    """Return the plot of one language's curve, or None when there is no value to draw.

    Raises
    ------
    MachineCannot
        The plotting library could not draw.
    """
    rows = _rows(curve)
    if not any("value" in row for row in rows):
        return None
    chance = any("chance" in row for row in rows)
    title = curve_title(section, curve, words)
    description = words("curves.plot.lead" if chance else "curves.plot.lead.bare")
    chart = _chart(rows, section)
    return Plot(inline_svg(to_svg(chart), prefix=curve.anchor, title=title, description=description), chance)


def curve_title(section: CurveSection, curve: Curve, words: Words) -> str:
    """Return what a curve shows, in words."""
    return words(
        "curves.plot", pack=section.pack, metric=section.metric, language=curve.language, unit=section.unit.lower()
    )


def _rows(curve: Curve) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = []
    for point in curve.points:
        row: dict[str, float] = {"step": point.step}
        score = point.score
        if score is not None:
            known = {"value": score.value, "low": score.low, "high": score.high, "chance": score.chance}
            row |= {name: number for name, number in known.items() if number is not None}
        rows.append(row)
    return rows


def _chart(rows: list[dict[str, float]], section: CurveSection) -> Any:
    import altair as alt

    share = metric_is_share(section.headline)
    steps = sorted({row["step"] for row in rows})
    ticks = {"values": steps} if len(steps) <= MOST_TICKS else {"tickCount": MOST_TICKS, "tickMinStep": 1}
    scale = alt.Scale(zero=False, nice=True, padding=6)
    x = alt.X(
        "step:Q",
        title=section.unit,
        scale=alt.Scale(zero=False, nice=False, padding=12),
        axis=alt.Axis(format=",d", grid=False, labelOverlap=True, **ticks),
    )
    axis = alt.Axis(format=".0%" if share else ".3~g", grid=True, tickCount=5, domain=False)
    y = alt.Y("value:Q", title=section.metric, scale=scale, axis=axis)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x)
    valued = base.transform_filter("isValid(datum.value)")
    chance = base.transform_filter("isValid(datum.chance)").mark_line(color=MUTED, strokeWidth=2, strokeDash=[6, 4])
    bars = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2.5, color=COLOURS[0])
    layered = alt.layer(
        chance.encode(y=alt.Y("chance:Q", scale=scale)),
        valued.mark_line(color=COLOURS[0], strokeWidth=1.5).encode(y=y),
        bars.encode(y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        valued.mark_point(filled=True, size=60, opacity=1, color=COLOURS[0]).encode(y=y),
    )
    return (
        layered.properties(width=WIDTH, height=HEIGHT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=INK, gridColor=GRID, tickColor=GRID, domainColor=GRID, labelFontSize=12,
            titleFontSize=12,
        )
    )  # fmt: skip
