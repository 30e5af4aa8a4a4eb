"""`environment.yml` says what `pyproject.toml` says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CONDA_NAMES = {"pytorch": "torch"}
ASKED_FOR = {"jupyterlab", "ipywidgets", "pandas", "transformers", "evaluate", "mlflow", "nbval"}


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Requirement]:
    text = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for group in text["optional-dependencies"].values() for line in group]
    requirements = [Requirement(line) for line in text["dependencies"] + extras]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


@pytest.fixture(scope="module")
def conda(repository: Path) -> list[str | dict[str, list[str]]]:
    return yaml.safe_load((repository / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


def test_every_conda_package_has_the_bounds_of_pyproject(project, conda):
    named = {}
    for line in (entry for entry in conda if isinstance(entry, str)):
        name = re.match(r"[a-z0-9-]+", line)[0]
        named[CONDA_NAMES.get(name, name)] = line.removeprefix(name)
    assert ASKED_FOR <= set(named)
    for name in set(named) - {"python", "pip"}:
        bounds = sorted(str(project[name].specifier).split(","))
        assert sorted(named[name].split(",")) == bounds, name


def test_python_version_is_one_the_project_supports(repository, conda):
    from packaging.specifiers import SpecifierSet

    supported = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    python = next(line for line in conda if isinstance(line, str) and line.startswith("python="))
    assert SpecifierSet(supported).contains(python.removeprefix("python=") + ".0")


def test_pip_installs_this_project_under_the_tested_versions(conda):
    pip = next(entry["pip"] for entry in conda if isinstance(entry, dict))
    assert "-e ." in pip
    assert "-c requirements/constraints.txt" in pip


def test_vllm_stands_in_the_marked_block_only(repository, project, conda):
    text = (repository / "environment.yml").read_text(encoding="utf-8")
    block = re.search(r"# >>> GPU.*?# <<< GPU", text, re.DOTALL)[0]
    assert f"# - vllm{project['vllm'].specifier}" in block
    assert "vllm" not in str(conda)


def test_every_dependency_is_pinned_among_the_tested_versions(repository, project):
    lines = (repository / "requirements" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {
        canonicalize_name(line.split("==")[0]): line.split("==")[1]
        for line in lines
        if line and not line.startswith("#")
    }
    outside = {"torch", "vllm"}  # chosen by the Makefile; only on GPU machines
    for name, requirement in project.items():
        if name not in outside:
            assert name in pinned, f"{name} is not in requirements/constraints.txt: make constraints"
            assert requirement.specifier.contains(pinned[name]), name
