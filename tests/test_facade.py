"""The verbs of `import workbench as wb`, in a process where nothing else has been imported."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def python(code: str, home) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "WORKBENCH_HOME": str(home)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("verb", ["models", "benchmarks"])
def test_a_verb_with_a_rooms_name_can_be_called_again(verb, tmp_path):
    code = f"import workbench as wb; print(wb.{verb}() == wb.{verb}())"
    assert python(code, tmp_path) == "True\n"


def test_the_readmes_verbs_can_be_called_in_any_order(tmp_path):
    code = (
        "import workbench as wb\n"
        "first = wb.benchmarks(language='th')\n"
        "assert wb.models() == () and wb.benchmarks('th') == first and wb.models() == ()\n"
        "print([pack.card.name for pack in first if pack.card.name == 'civics'])"
    )
    assert python(code, tmp_path) == "['civics']\n"


def test_rooms_with_a_verbs_name_stay_modules(tmp_path):
    code = (
        "import workbench as wb\n"
        "import workbench.models as models, workbench.benchmarks.card\n"
        "from workbench import benchmarks\n"
        "import workbench.models.gate\n"
        "print(models.gate.__name__, workbench.models is models, benchmarks.card.__name__, wb.models(), callable(models))"
    )
    expected = "gate True workbench.benchmarks.card () True\n"
    assert python(code, tmp_path) == expected


def test_every_public_name_is_there_after_every_room_was_imported(tmp_path):
    code = (
        "import importlib, pkgutil, types, workbench as wb\n"
        "for room in pkgutil.iter_modules(wb.__path__):\n"
        "    if room.name not in ('jupyter', 'testing', 'lm_eval_models'):\n"
        "        importlib.import_module('workbench.' + room.name)\n"
        "print([name for name in wb.__all__ if name != '__version__' and not callable(getattr(wb, name))])"
    )
    assert python(code, tmp_path) == "[]\n"
