"""What every notebook has, read from the files; nbval runs them (`notebooks/conftest.py`)."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from workbench.languages import scripts

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").rglob("*.ipynb"))
LARGEST = 400_000


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def sources(notebook, kind: str) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == kind)


def test_it_begins_with_a_question_and_ends_with_errors_read_and_a_report(notebook):
    title, *_ = notebook.cells[0].source.splitlines()
    assert re.fullmatch(r"# .+\?", title)
    headings = re.findall(r"^## .+", sources(notebook, "markdown"), re.MULTILINE)
    assert any(heading.startswith("## Read ") for heading in headings[-3:])
    assert headings[-1].startswith("## A report")
    assert "wb.report(" in sources(notebook, "code")


def test_it_was_run_from_top_to_bottom_and_keeps_nothing_of_the_machine(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kept = nbformat.writes(notebook)
    assert "widgets" not in notebook.metadata
    assert not re.search(r"widget-view\+json|\"/(home|root|work|Users)/|output_type\": \"error\"", kept)
    assert len(kept) < LARGEST


def test_there_are_eight_and_readme_leads_to_each(repository):
    readme = (repository / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\((notebooks/[^)]+\.ipynb)\)", readme))
    assert linked == {path.relative_to(repository).as_posix() for path in NOTEBOOKS}
    assert len(NOTEBOOKS) == 8


def test_together_they_read_at_least_six_scripts():
    shown = "\n".join(path.read_text(encoding="utf-8") for path in NOTEBOOKS)
    found = {share.script for share in scripts(shown) if share.characters >= 50}
    assert len(found) >= 6, found


def test_their_links_lead_somewhere():
    for path in NOTEBOOKS:
        for target in re.findall(r"\]\(([^):]+\.ipynb)\)", sources(nbformat.read(path, as_version=4), "markdown")):
            assert (path.parent / target).is_file(), f"{path.name}: {target}"
