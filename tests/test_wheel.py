"""The wheel and the source distribution, built and installed where there is no node; a panel that is old is not shipped."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import venv
import zipfile
from pathlib import Path

import pytest

from workbench.testing.panel import TOKEN, Client
from workbench.testing.runs import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
BUILT = Path("extensions", "workbench-lab", "labextension")
LEFT_OUT = shutil.ignore_patterns(
    "node_modules", "lib", ".venv", ".git", "__pycache__", "dist", ".yarn", "*.egg-info", ".*_cache"
)
INSTALLED = "share/jupyter/labextensions/sovereign-workbench-lab/"
SERVE = """
import sys
from jupyterlab.labapp import LabApp
LabApp.launch_instance(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def without_node(tmp_path_factory) -> dict[str, str]:
    """An environment in whose PATH no node is: this environment's own commands and no others."""
    tools = tmp_path_factory.mktemp("tools")
    for name in ("git", "tar", "sh", "env"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    path = f"{Path(sys.executable).parent}{os.pathsep}{tools}"
    assert shutil.which("node", path=path) is None
    kept = {name: value for name, value in os.environ.items() if name not in ("SKIP_JUPYTER_BUILDER", "PYTHONPATH")}
    return {**kept, "PATH": path}


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Path:
    """A copy of the checkout with the panel built from just these sources."""
    if not (repository / BUILT / "package.json").is_file():
        pytest.skip("the JupyterLab panel is not built here: make lab")
    pytest.importorskip("hatchling")
    copy = shutil.copytree(repository, tmp_path / "checkout", ignore=LEFT_OUT, symlinks=True)
    now = time.time() + 5
    for path in (copy / BUILT).rglob("*"):
        os.utime(path, (now, now))
    return copy


def build(checkout: Path, target: str, into: Path, environment: dict[str, str]) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = into.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return made


def test_what_is_built_without_node_has_everything(checkout, without_node, tmp_path):
    wheel = build(checkout, "wheel", tmp_path / "wheel", without_node)
    names = set(zipfile.ZipFile(wheel).namelist())
    data = next(name for name in names if name.endswith(f"{INSTALLED}package.json")).removesuffix(
        f"{INSTALLED}package.json"
    )
    assert f"{data}{INSTALLED}install.json" in names
    assert any(name.startswith(f"{data}{INSTALLED}static/remoteEntry") for name in names)
    assert f"{data}etc/jupyter/jupyter_server_config.d/workbench.json" in names
    assert {"workbench/jupyter/openapi.yaml", "workbench/jupyter/events/run-changed.yaml"} <= names
    catalogues = [name for name in names if name.endswith("/LC_MESSAGES/sovereign_workbench.json")]
    assert sorted(name.split("/")[-3] for name in catalogues) == ["ar_sa", "fr_fr", "hi_in", "ja_jp", "th_th"]
    assert any(name.startswith("workbench/_data/datasets/") and name.endswith("card.yaml") for name in names)
    assert not [name for name in names if "node_modules" in name or name.endswith((".ts", ".tsx"))]
    sdist = build(checkout, "sdist", tmp_path / "sdist", without_node)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = build(unpacked, "wheel", tmp_path / "again", without_node)
    assert set(zipfile.ZipFile(again).namelist()) == names  # the same, from what was made without node


@pytest.fixture
def installed(checkout, without_node, tmp_path) -> tuple[Path, dict[str, str]]:
    """A fresh environment with our wheel in it; what it depends on is lent by this one."""
    wheel = build(checkout, "wheel", tmp_path / "wheel", without_node)
    place = tmp_path / "venv"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(command, check=True, env=without_node)
    lent = next(path for path in sys.path if path.endswith("site-packages"))
    (own,) = (place / "lib").glob("python*/site-packages")
    (own / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    environment = {
        **without_node,
        "PATH": f"{place / 'bin'}{os.pathsep}{without_node['PATH']}",
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
    }
    said = subprocess.run(
        [python, "-c", "import workbench; print(workbench.__file__)"],
        capture_output=True, text=True, check=True, env=environment, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert Path(said.strip()).is_relative_to(place)
    return python, environment


def test_jupyter_finds_both_halves_and_serves_them(installed, tmp_path):
    python, environment = installed

    def said(*words: str) -> str:
        done = subprocess.run(
            [python, "-m", *words], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    listed = said("jupyterlab.labextensions", "list")
    (line,) = [line for line in listed.splitlines() if "sovereign-workbench-lab" in line]
    assert "enabled" in line
    assert "OK" in line
    assert str(python.parents[1]) in listed
    listed = said("jupyter_server.extension.serverextension", "list")
    (line,) = [line for line in listed.splitlines() if "workbench.jupyter" in line and "enabled" in line]
    assert "workbench.jupyter" in line
    process = subprocess.Popen(
        [python, "-c", SERVE, "--no-browser", "--allow-root", "--port=0", f"--IdentityProvider.token={TOKEN}"],
        env={**environment, "WORKBENCH_HOME": str(tmp_path / "home")}, cwd=tmp_path,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        found = tmp_path / "runtime" / f"jpserver-{process.pid}.json"
        until(lambda: found.is_file() and found.read_text(encoding="utf-8"), 90, "the server")
        client = Client(f"http://127.0.0.1:{json.loads(found.read_text(encoding='utf-8'))['port']}")
        assert client.get("/server")["version"]
        assert "th" in client.ask("GET", "//lab/api/translations/").body["data"]
        assert client.ask("GET", "//lab/api/translations/th").body["data"]["sovereign_workbench"]["Runs"] == ["การรัน"]
        page = client.ask("GET", "//lab").data.decode()
        assert "sovereign-workbench-lab" in page
        entry = next(iter((python.parents[1] / INSTALLED / "static").glob("remoteEntry*.js"))).name
        assert client.ask("GET", f"//lab/extensions/sovereign-workbench-lab/static/{entry}").status == 200
    finally:
        process.terminate()
        process.wait(30)


def test_a_panel_older_than_its_sources_is_not_shipped(checkout, without_node, tmp_path):
    source = checkout / "extensions" / "workbench-lab" / "src"
    later = time.time() + 60
    os.utime(source / "index.ts", (later, later))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=checkout, env=without_node, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "older than extensions/workbench-lab/src/index.ts" in done.stdout + done.stderr
    assert "make lab" in done.stdout + done.stderr
    asked = {**without_node, "SKIP_JUPYTER_BUILDER": "1"}
    wheel = build(checkout, "wheel", tmp_path / "skipped", asked)
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "labextensions" in name]


def test_a_source_that_was_removed_makes_the_panel_old(checkout, without_node, tmp_path):
    (checkout / "extensions" / "workbench-lab" / "src" / "index.ts").unlink()
    later = time.time() + 60
    os.utime(checkout / "extensions" / "workbench-lab" / "src", (later, later))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=checkout, env=without_node, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "is older than" in done.stdout + done.stderr
