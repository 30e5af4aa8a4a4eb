"""Errors become messages and exit codes; help is quick."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from workbench import errors
from workbench.cli import app


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "workbench.cli", *words], capture_output=True, text=True, check=False)


def test_help_lists_every_command_without_importing_any():
    done = run("--help")
    assert done.returncode == 0
    for name in app.COMMANDS:
        assert f"  {name}" in done.stdout


@pytest.mark.parametrize(
    "words", [["no-such-command"], ["models", "inspect"], ["evaluate", "--shots", "many", "a", "b"]]
)
def test_a_call_that_makes_no_sense_exits_2(words: list[str]):
    done = run(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("error[usage]")
    assert "Traceback" not in done.stderr


def test_json_errors_are_one_envelope():
    done = run("models", "inspect", "/no/such/model", "--json")
    envelope = json.loads(done.stderr)["error"]
    assert done.returncode == 3
    assert envelope["code"] == "not_found"
    assert envelope["remedy"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.WorkbenchError, 1),
        (errors.UsageError, 2),
        (errors.EmptyFile, 3),
        (errors.Interrupted, 4),
        (errors.PickleWeights, 5),
        (errors.NotComparable, 6),
        (errors.OutOfMemory, 7),
    ],
)
def test_the_exit_code_is_that_of_the_errors_class(error, code, monkeypatch, capsys):
    @click.command("fails")
    def command() -> None:
        raise error("it broke", where="file.json:3")

    monkeypatch.setattr(app.LazyCommands, "get_command", lambda *_: command)
    with pytest.raises(SystemExit) as stopped:
        app.main(["fails"])
    assert stopped.value.code == code
    printed = capsys.readouterr().err
    assert "file.json:3: it broke" in printed
    assert error.default_remedy in printed


def test_a_data_directory_that_is_a_file_is_said_not_thrown(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("WORKBENCH_HOME", str(file))
    done = run("evaluate", "a", "civics", "--engine", "fake")
    assert done.returncode == 3
    assert done.stderr.startswith(f"error[bad_input] {file}: no directory can be made here")
    checked = run("doctor", "--json")
    assert checked.returncode == 7
    failed = [check for check in json.loads(checked.stdout) if check["state"] == "failed"]
    assert [check["name"] for check in failed] == ["data directory"]


def test_a_reader_that_leaves_early_is_no_error():
    words = [sys.executable, "-m", "workbench.cli", "benchmarks", "show", "civics", "--json"]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    program.stdout.close()
    assert program.communicate(timeout=60)[1] == b""
    assert program.returncode == 0


def test_a_full_disk_behind_the_output_is_the_machines_fault():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "workbench.cli", "benchmarks", "show", "civics", "--json"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    envelope = json.loads(done.stderr)["error"]
    assert (done.returncode, envelope["code"], envelope["where"]) == (7, "machine_disk", "standard output")


@pytest.mark.parametrize(("words", "traced"), [(["fails"], True), (["fails", "--json"], False)])
def test_what_no_command_foresaw_has_a_remedy_and_a_trace(words, traced, monkeypatch, capsys):
    @click.command("fails")
    @click.option("--json", "as_json", is_flag=True)
    def command(as_json: bool) -> None:
        raise ZeroDivisionError(f"nothing to divide by, {as_json}")

    monkeypatch.setattr(app.LazyCommands, "get_command", lambda *_: command)
    with pytest.raises(SystemExit) as stopped:
        app.main(words)
    printed = capsys.readouterr().err
    assert stopped.value.code == 1
    assert ("Traceback" in printed) is traced
    assert "ZeroDivisionError: nothing to divide by" in printed
    assert errors.WorkbenchError.default_remedy in printed


def test_ctrl_c_does_not_promise_that_a_run_can_be_resumed(monkeypatch, capsys):
    @click.command("waits")
    def command() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app.LazyCommands, "get_command", lambda *_: command)
    with pytest.raises(SystemExit) as stopped:
        app.main(["waits"])
    printed = capsys.readouterr().err
    assert stopped.value.code == 4
    assert "resume" not in printed
    assert "`workbench runs list` shows it" in printed


def test_every_command_that_a_message_names_is_there(repository):
    missing = []
    for path in sorted((repository / "workbench").rglob("*.py")):
        for said in re.findall(r"`workbench ([a-z][^`]*)`", path.read_text(encoding="utf-8")):
            name, *rest = said.split()
            command = app.root.get_command(None, name)
            if isinstance(command, click.Group) and rest:
                names = rest.pop(0)
                command = next((command.commands.get(each) for each in names.split("|")), None)
            options = {word.partition("=")[0] for word in rest if word.startswith("--")} - {"--help"}
            known = {option for entry in command.params for option in entry.opts} if command else set()
            if command is None or not options <= known:
                missing.append(f"{path.name}: {said}")
    assert not missing
