"""Views live in kernels, the extension in the server; neither loads the other, and importing costs little."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.jupyter.widgets import phrases as said
from workbench.jupyter.widgets.view import PARTS, front, source

FRONT = Path(said.__file__).parent / "front"


def loaded(code: str) -> set[str]:
    program = f"import sys, json\n{code}\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}} | set(sys.modules))))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_the_server_loads_no_widget():
    found = loaded("from workbench.jupyter.app import all_operations\nall_operations()")
    assert not found & {"ipywidgets", "anywidget", "IPython"}
    assert not [name for name in found if name.startswith("workbench.jupyter.widgets")]


def test_the_views_load_no_server():
    found = loaded(
        "from workbench.jupyter.widgets import desk, display, live, panel, results, studio_desk, twin, view\n"
        "from workbench.jupyter.runs.views import shown_run"
    )
    assert not found & {"jupyter_server", "mlflow", "torch", "pandas"}


def test_the_facade_loads_widgets_only_when_something_is_shown():
    found = loaded("import workbench as wb\nwb.runs()\nwb.panel()")
    assert not found & {"ipywidgets", "anywidget", "IPython", "jupyter_server"}


@pytest.mark.parametrize("kind", sorted(PARTS))
def test_scripts_reach_for_nothing_outside(kind):
    script = source(kind)
    assert not re.search(
        r"https?:|import\s|import\(|fetch\(|XMLHttpRequest|WebSocket|eval\(|innerHTML|outerHTML", script
    )
    assert script.count("export default") == 1


def test_every_file_of_the_front_is_used():
    used = {f"{part}.js" for parts in PARTS.values() for part in parts} | {"style.css"}
    assert {path.name for path in FRONT.iterdir()} == used


def test_every_phrase_that_a_view_says_is_there_in_every_language():
    scripts = "\n".join(front(path.name) for path in FRONT.glob("*.js"))
    asked = set(re.findall(r"say\('([a-z_.]+)'", scripts))
    known = said.phrases()
    assert not asked - set(known)
    for language in said.languages():
        assert set(said.phrases(language)) == set(known), language
    prefixes = {"state": 9, "verb": 5, "verdict": 5, "severity": 3, "slice": 4}
    for prefix, least in prefixes.items():
        assert len([key for key in known if key.startswith(f"{prefix}.")]) >= least


def test_style_has_a_fallback_for_every_variable_of_lab():
    assert not re.findall(r"var\(--jp-[a-z0-9-]+\)", front("style.css"))
