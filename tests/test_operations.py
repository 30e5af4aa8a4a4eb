"""`docs/operations.md` names what the code reads; `docs/cli.md` is what the commands say."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.cli.reference import markdown


def test_every_environment_variable_of_ours_is_documented(repository: Path):
    read = set()
    for path in [*(repository / "workbench").rglob("*.py"), *(repository / "tests").rglob("*.py")]:
        read |= set(re.findall(r"[\"'](WORKBENCH_[A-Z_]+|MLFLOW_TRACKING_URI)[\"']", path.read_text(encoding="utf-8")))
    page = (repository / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE))
    assert read == documented


def test_every_command_and_option_is_in_the_reference(repository: Path):
    page = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    assert page == markdown(), "docs/cli.md is stale: make reference"


def test_readme_names_commands_that_exist(repository: Path):
    text = (repository / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^|=1 )make ([a-z-]+)", text, re.MULTILINE)) <= targets
    page = markdown()
    for words in re.findall(r"^workbench ([a-z]+(?: (?:add|list))?)", text, re.MULTILINE):
        assert f"## `workbench {words}`" in page
