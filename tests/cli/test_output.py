"""What others wrote reaches a terminal as text, and a program as valid JSON."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.testing.checkpoints import write_checkpoint

EVIL = "evil\x1b[31m\x1b]0;owned\x07\u202e"


def run(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "workbench.cli", *words], capture_output=True, check=False)


def on_a_terminal(*words: str) -> bytes:
    """Return what a command sends to a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "workbench.cli", *words], stdout=theirs, stderr=theirs) as program:
        os.close(theirs)
        sent = b""
        try:
            while piece := os.read(ours, 65536):
                sent += piece
        except OSError:  # the other end is closed
            pass
        assert program.wait(60) == 0, sent
    os.close(ours)
    return sent


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_checkpoint(tmp_path / EVIL)
    write_checkpoint(tmp_path / "two\nlines")
    return tmp_path


@pytest.fixture
def pack(tmp_path: Path, repository: Path) -> Path:
    directory = tmp_path / "pack"
    (directory / "items").mkdir(parents=True)
    card = (repository / "datasets" / "cause-effect" / "card.yaml").read_text(encoding="utf-8")
    lines = ["languages: [th]" if line.startswith("languages:") else line for line in card.splitlines()]
    (directory / "card.yaml").write_text("\n".join(lines).replace("cause-effect", "hostile", 1), encoding="utf-8")
    item = {"id": "th-1", "input": {"premise": EVIL, "question": "cause"}, "choices": ["a", "b"], "gold": 0}
    (directory / "items" / "th.jsonl").write_text(json.dumps(item) + "\n", encoding="utf-8")
    return directory


def test_a_terminal_obeys_no_models_name(models):
    sent = on_a_terminal("models", "list", str(models))
    assert "evil␛[31m".encode() in sent
    assert b"\x1b]0;" not in sent
    assert b"\x1b[31m" not in sent
    assert "\u202e".encode() not in sent


def test_a_terminal_obeys_no_item(pack):
    sent = on_a_terminal("benchmarks", "preview", str(pack), "--language", "th")
    assert "evil␛[31m".encode() in sent
    assert b"\x1b" not in sent


def test_a_model_is_a_row_whatever_its_name(models):
    done = run("models", "list", str(models))
    assert len(done.stdout.decode().splitlines()) == 3
    assert "two␊lines" in done.stdout.decode()


def test_json_says_the_name_itself(models):
    done = run("models", "list", str(models), "--json")
    assert {model["name"] for model in json.loads(done.stdout)} == {EVIL, "two\nlines"}
    assert "\u202e".encode() not in done.stdout


def test_a_name_that_is_no_utf_8_is_still_valid_json(tmp_path):
    write_checkpoint(tmp_path / "model").rename(tmp_path / os.fsdecode(b"caf\xe9"))
    done = run("models", "list", str(tmp_path), "--json")
    (model,) = json.loads(done.stdout.decode())
    assert os.fsencode(model["name"]) == b"caf\xe9"


def test_a_stream_that_lacks_a_character_shows_its_escape():
    words = [sys.executable, "-m", "workbench.cli", "benchmarks", "preview", "civics", "--language", "th"]
    narrow = {**os.environ, "PYTHONIOENCODING": "iso8859-1"}
    done = subprocess.run(words, capture_output=True, check=False, env=narrow)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u0e04" in done.stdout
    listed = subprocess.run([*words, "--json"], capture_output=True, check=False, env=narrow)
    assert json.loads(listed.stdout.decode())[0]["prompt"]["language"] == "th"


@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2), (0, 1, 2)])
def test_closed_streams_lead_nowhere(closed, workbench_home):
    words = ["evaluate", "fake-a", "civics", "--engine", "fake", "--languages", "th", "--limit", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", *words],
        capture_output=True,
        check=False,
        env={**os.environ, "WORKBENCH_TRACKING": "off"},
        preexec_fn=lambda: [os.close(number) for number in closed],
    )
    assert done.returncode == 0, done.stderr
    assert b"error" not in done.stderr
    if 1 not in closed:
        assert json.loads(done.stdout)["counts"][0]["planned"] == 1
    (result,) = workbench_home.glob("runs/*/result.json")
    assert json.loads(result.read_bytes())["run_id"] == result.parent.name
