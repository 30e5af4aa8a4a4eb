"""The extension in a Jupyter server of its own process: enabled by its wheel, light, and quick to load."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.jupyter.app import WorkbenchApp

HEAVY = ("torch", "transformers", "pandas", "pyarrow", "mlflow", "scipy", "numpy", "datasets", "ray")
BEGIN = """
import json, os, sys
from jupyter_server.serverapp import ServerApp
def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
server = ServerApp(config_file_name="")
server.port, server.open_browser, server.allow_root = 0, False, True
server.jpserver_extensions = json.loads(sys.argv[1])
server.initialize(argv=[], find_extensions=False)
print(json.dumps({"rss": rss(), "loaded": sorted(set(sys.modules) & set(json.loads(sys.argv[2])))}))
"""


def server(extensions: dict[str, bool], directory: Path) -> dict[str, object]:
    words = [sys.executable, "-c", BEGIN, json.dumps(extensions), json.dumps(HEAVY)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=directory, timeout=60)
    return json.loads(done.stdout.splitlines()[-1])


def test_an_idle_extension_is_light_and_imports_nothing_heavy(tmp_path):
    without = server({}, tmp_path)
    with_it = server({"workbench.jupyter": True}, tmp_path)
    assert with_it["loaded"] == []
    assert with_it["rss"] - without["rss"] <= 30 * 2**20


def test_views_that_are_used_load_nothing_heavy_either(tmp_path):
    code = """
import json, sys
from pathlib import Path
from workbench.testing.panel import panel_server
with panel_server(Path(sys.argv[1]) / "jupyter", fake_models=["fake-a"]) as client:
    for path in ("server", "schema", "kernels", "settings", "models", "packs", "runs", "reports", "suites"):
        client.get(f"/{path}")
    client.task("/doctor")
print(json.dumps(sorted(set(sys.modules) & set(json.loads(sys.argv[2])))))
"""
    words = [sys.executable, "-c", code, str(tmp_path), json.dumps(HEAVY)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=100)
    assert set(json.loads(done.stdout.splitlines()[-1])) <= {"numpy"}


def test_the_wheel_carries_the_file_that_enables_it(repository):
    import tomllib

    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    (file,) = [source for source, target in shared.items() if "jupyter_server_config.d" in target]
    assert shared[file] == file
    said = json.loads((repository / file).read_text(encoding="utf-8"))
    assert said == {"ServerApp": {"jpserver_extensions": {"workbench.jupyter": True}}}


def test_server_extension_list_shows_it_enabled_and_valid(repository, tmp_path):
    """With the wheel's file in a configuration directory, as an installation puts it there."""
    shutil.copytree(repository / "etc" / "jupyter", tmp_path / "jupyter")
    environment = {
        "PATH": str(Path(sys.executable).parent),
        "HOME": str(tmp_path),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "server", "extension", "list"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=100,
    )
    shown = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    assert "workbench.jupyter enabled" in shown
    assert "workbench.jupyter" in shown.partition("Validating workbench.jupyter")[2]
    assert "X" not in shown.partition("Validating workbench.jupyter")[2].split("Validating")[0]


@pytest.mark.parametrize("trait", WorkbenchApp.class_own_traits(config=True).values(), ids=lambda trait: trait.name)
def test_every_setting_says_what_it_does(trait, repository):
    assert trait.help.endswith(".")
    page = (repository / "docs" / "panel.md").read_text(encoding="utf-8")
    assert f"`WorkbenchApp.{trait.name}`" in page
