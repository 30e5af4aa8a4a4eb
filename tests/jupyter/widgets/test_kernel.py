"""Views driven through a real kernel: what a notebook shows, keeps, and finds again after a restart."""

from __future__ import annotations

import os
from collections.abc import Iterator

import nbformat
import pytest
from jupyter_core.utils import run_sync
from nbclient import NotebookClient

from workbench.policy.home import home
from workbench.testing.runs import until

VIEW = "application/vnd.jupyter.widget-view+json"
SUBMIT = """
import workbench as wb
run = wb.submit("fake-a", "civics", engine="fake", languages=["th"], limit=12)
print(run.id)
"""
WAIT = "wb.run(run_id).wait().state.value"
UNTIL_STATIC = """
import threading, time
deadline = time.monotonic() + 30
while any(thread.name.startswith("watch ") for thread in threading.enumerate()) and time.monotonic() < deadline:
    time.sleep(0.05)
"""


class Notebook:
    """A notebook that is run cell by cell in a real kernel."""

    def __init__(self) -> None:
        self.notebook = nbformat.v4.new_notebook()
        self.client = NotebookClient(self.notebook, timeout=60, kernel_name="python3")
        self.here: dict[str, str] = {}

    def run(self, code: str) -> list[dict]:
        cell = nbformat.v4.new_code_cell(code)
        self.notebook.cells.append(cell)
        self.client.execute_cell(cell, len(self.notebook.cells) - 1)
        return cell.outputs

    def restart(self) -> None:
        run_sync(self.client.km.restart_kernel)(now=True)
        run_sync(self.client.kc.wait_for_ready)(timeout=60)
        self.run(f"import os\nos.environ.update({self.here!r})")


@pytest.fixture(scope="module")
def kernel() -> Iterator[Notebook]:
    made = Notebook()
    with made.client.setup_kernel(env=dict(os.environ)):
        yield made


@pytest.fixture
def notebook(kernel) -> Notebook:
    """The one kernel, over the data directory of the test."""
    here = {"WORKBENCH_HOME": str(home().create().root), "WORKBENCH_TRACKING": "off", "WORKBENCH_FAKE_DELAY": "0.1"}
    kernel.run(f"import os\nos.environ.update({here!r})")
    kernel.here = here
    return kernel


def started(notebook: Notebook) -> str:
    (printed,) = notebook.run(SUBMIT)
    return printed["text"].strip()


def test_a_run_is_shown_live_found_again_after_a_restart_and_kept_as_html(notebook):
    run_id = started(notebook)
    notebook.run("run.pause()")
    (live,) = notebook.run("run")
    assert {VIEW, "text/html", "text/plain"} == set(live["data"])
    assert run_id in live["data"]["text/html"]
    assert f'wb.run("{run_id}")' in live["data"]["text/html"]
    model = live["data"][VIEW]["model_id"]
    assert notebook.client.widget_state[model]["state"]["id"] == run_id

    notebook.restart()
    (again,) = notebook.run(f"import workbench as wb\nrun_id = {run_id!r}\nwb.run(run_id)")
    view = again["data"][VIEW]["model_id"]
    assert view != model
    before = notebook.client.widget_state[view]["state"]["answered"]
    notebook.run("wb.run(run_id).resume()")
    (state,) = notebook.run(WAIT)
    assert state["data"]["text/plain"] == "'done'"
    notebook.run(UNTIL_STATIC)
    after = notebook.client.widget_state[view]["state"]
    assert (after["state"], after["answered"], after["planned"]) == ("done", 12, 12)
    assert before < 12
    # One output, updated in its place: what is saved needs no kernel.
    (kept,) = notebook.notebook.cells[-4].outputs
    assert set(kept["data"]) == {"text/html", "text/plain"}
    assert "<table>" in kept["data"]["text/html"]
    assert "<script" not in kept["data"]["text/html"]


def test_evaluate_leaves_its_result_alone_under_the_cell(notebook):
    outputs = notebook.run(
        'import workbench as wb\nwb.evaluate("fake-a", "civics", engine="fake", languages=["th"], limit=5)'
    )
    (result,) = [each for each in outputs if each["output_type"] != "stream"]
    assert not [each for each in outputs if each["output_type"] == "stream"]
    assert result["output_type"] == "execute_result"
    assert "<details>" in result["data"]["text/html"]
    assert result["data"]["text/plain"].startswith("<Result of fake-a on civics")


def test_an_interrupted_cell_says_how_to_see_the_run_again(notebook):
    cell = nbformat.v4.new_code_cell(
        "import workbench as wb, _thread, threading, time\n"
        "from workbench.jobs.watching import run_directories\n"
        "from workbench.policy.home import home\n"
        "def interrupt():\n"
        "    while not run_directories(home()): time.sleep(0.02)\n"
        "    time.sleep(1.5)\n"
        "    _thread.interrupt_main()\n"
        "threading.Thread(target=interrupt).start()\n"
        "try:\n"
        '    wb.evaluate("fake-a", "civics", engine="fake", languages=["th"])\n'
        "except KeyboardInterrupt:\n"
        "    pass\n"
        "wb.runs()[0].cancel()"
    )
    notebook.notebook.cells.append(cell)
    notebook.client.execute_cell(cell, len(notebook.notebook.cells) - 1)
    (left,) = cell.outputs
    assert set(left["data"]) == {"text/html", "text/plain"}
    (run,) = [entry.name for entry in home().runs.iterdir() if not entry.name.startswith(".")]
    assert f'wb.run("{run}")' in left["data"]["text/html"]


def test_verbs_of_a_view_reach_the_run_through_its_comm(notebook):
    notebook.run("import os; os.environ['WORKBENCH_FAKE_DELAY'] = '5'")
    run_id = started(notebook)
    (live,) = notebook.run("run")
    comm = live["data"][VIEW]["model_id"]
    asked = {"method": "custom", "content": {"ask": "1", "verb": "tell", "body": {"run": run_id, "verb": "cancel"}}}
    kernel = notebook.client.kc
    message = kernel.session.msg("comm_msg", {"comm_id": comm, "data": asked})
    kernel.shell_channel.send(message)
    notebook.run("None")
    record = home().runs / run_id / "record.json"
    until(lambda: '"cancelled"' in record.read_text(), what="the end of the run")


def test_the_panel_and_the_studio_show_themselves_with_a_twin(notebook):
    (panel,) = notebook.run("import workbench as wb\nwb.panel()")
    (studio,) = notebook.run('wb.studio("civics", "ar")')
    for output, text in ((panel, "wb.panel()"), (studio, "civics")):
        assert {VIEW, "text/html", "text/plain"} == set(output["data"])
        assert text in output["data"]["text/html"]
        state = notebook.client.widget_state[output["data"][VIEW]["model_id"]]
        assert "export default" in state["_esm"]
        assert "http" not in state["_esm"]
    assert len(list((home().root / "drafts").glob("*.json"))) == 1


def test_a_kernel_that_shows_a_run_imports_nothing_heavy(notebook):
    started(notebook)
    notebook.run("run")
    (loaded,) = notebook.run(
        "import sys\n"
        "print(sorted({'jupyter_server', 'torch', 'transformers', 'mlflow', 'pandas', 'datasets'} & set(sys.modules)))"
    )
    assert loaded["text"] == "[]\n"
