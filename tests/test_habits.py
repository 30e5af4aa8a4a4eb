"""The checkable habits of CONTRIBUTING.md that no linter counts."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
MODULES = sorted((REPOSITORY / "workbench").rglob("*.py"))
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60
HEAVY = (
    "torch",
    "transformers",
    "vllm",
    "mlflow",
    "ray",
    "datasets",
    "pandas",
    "pyarrow",
    "evaluate",
    "sklearn",
    "scipy",
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_module_and_its_functions_are_small(path: Path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            assert lines <= MAX_FUNCTION_LINES, f"{path.name}:{node.lineno} {node.name} has {lines} lines"


def test_importing_the_package_imports_nothing_heavy():
    code = f"import sys, workbench; print(sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_is_called_utils():
    assert not [path for path in MODULES if re.fullmatch(r"(utils?|helpers?|misc|common)", path.stem)]


def test_no_python_lies_under_datasets():
    assert not list((REPOSITORY / "datasets").rglob("*.py"))


def test_changelog_has_an_entry_for_what_is_coming():
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.split(r"^## ", text, flags=re.MULTILINE)[1]
    assert re.search(r"^- \S", newest, re.MULTILINE)


def test_errors_have_a_code_of_their_own_a_remedy_and_stand_in_the_drawn_tree():
    from workbench import errors

    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.WorkbenchError)]
    codes = [c.code for c in classes]
    assert len(codes) == len(set(codes))
    for error in classes:
        assert error.default_remedy.endswith("."), error.__name__
        assert re.search(rf"\b{error.__name__}\b", errors.__doc__), f"{error.__name__} is not drawn in errors.py"
        assert error("something").envelope().exit_code == error.exit_code
