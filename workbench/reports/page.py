"""The report as one HTML file: nothing loaded, no script, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from workbench._version import __version__
from workbench.reports.clean import visible
from workbench.reports.curve_plots import curve_plot, curve_title
from workbench.reports.document import Document
from workbench.reports.plots import Plot, plot

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = "templates"


def render_html(report: Document) -> str:
    """Return the whole report as one self-contained HTML document."""
    from markupsafe import Markup

    css = files("workbench.reports").joinpath(TEMPLATES, "report.css").read_text(encoding="utf-8")
    plots: dict[str, Plot | None] = {}
    for section in report.sections:
        drawn = plot(section.block, report.words, prefix=section.anchor)
        # Made by us out of numbers and XML-escaped labels (`inline_svg`).
        plots[section.anchor] = drawn and Plot(Markup(drawn.svg), drawn.chance)  # noqa: S704
    drawn_curves = {
        curve.anchor: curve_plot(section, curve, report.words)
        for section in report.curves.sections
        for curve in section.curves
    }
    plots |= {anchor: made and Plot(Markup(made.svg), made.chance) for anchor, made in drawn_curves.items()}  # noqa: S704
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            plots=plots,
            curve_title=curve_title,
            css=Markup(css),  # noqa: S704  # our own style sheet
            policy=content_security_policy(css),
            version=__version__,
        )
    )


def content_security_policy(css: str) -> str:
    """Return a policy under which a page may use this one style sheet and nothing else, inline or loaded."""
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Return the template environment: escaping always on, unknown names are errors."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("workbench.reports", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
