"""The widget: one class for all views. This module imports anywidget, and is itself imported when one is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import anywidget
import traitlets

from workbench.errors import WorkbenchError
from workbench.jupyter.widgets.phrases import phrases

PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "run": ("dom", "run"),
        "panel": ("dom", "run", "result", "compare", "panel"),
        "studio": ("dom", "studio"),
    }
)
"""Files of `front/` that a view is made of, in their order; they share one scope."""
ENTRY = "\nexport default { render: start };\n"
VIEW = "application/vnd.jupyter.widget-view+json"
Answer = Callable[[str, Mapping[str, Any]], Any]
"""Answers a view: the verb, what goes with it → JSON."""
Twin = Callable[[], str]


class View(anywidget.AnyWidget):
    """One view. `state` is what it shows at first, and what a run's view shows from then on."""

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)
    direction = traitlets.Unicode("ltr").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, kind: str, state: Mapping[str, Any], answer: Answer, twin: Twin, plain: str) -> None:
        self._answer, self._twin, self._plain = answer, twin, plain
        super().__init__(
            _esm=source(kind), _css=front("style.css"), kind=kind, state=dict(state), words=dict(phrases())
        )
        self.on_msg(self._asked)

    def _asked(self, _widget: object, message: object, _buffers: object) -> None:
        """Answer what the view asks; an error goes to the view, never into a cell's output."""
        if not isinstance(message, dict) or not isinstance(message.get("ask"), str):
            return
        asked, verb, body = message["ask"], message.get("verb"), message.get("body")
        try:
            answered = self._answer(str(verb), body if isinstance(body, dict) else {})
        except WorkbenchError as error:
            self.send({"answer": asked, "error": {"message": error.message, "remedy": error.remedy}})
        except Exception as error:  # noqa: BLE001 — whatever it is, the view says it; a kernel has nobody else to tell
            told = {"message": f"{type(error).__name__}: {error}", "remedy": "This is a bug in Workbench."}
            self.send({"answer": asked, "error": told})
        else:
            self.send({"answer": asked, "body": answered})

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the view as IPython displays it."""
        return self.bundle(), {}

    def bundle(self) -> dict[str, Any]:
        """Return the view, and beside it what a saved notebook shows of it without a kernel."""
        return {
            VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.model_id},
            "text/html": self._twin(),
            "text/plain": self._plain,
        }

    def __repr__(self) -> str:
        """Return the line of text that stands for the view."""
        return self._plain


def source(kind: str) -> str:
    """Return the script of a view."""
    return "\n".join(front(f"{part}.js") for part in PARTS[kind]) + ENTRY


def front(name: str) -> str:
    """Return a file of `front/`."""
    return files("workbench.jupyter.widgets").joinpath("front", name).read_text(encoding="utf-8")
