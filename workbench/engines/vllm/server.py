"""vLLM's own server as a private child: a socket in a private directory, a random bearer, and no life of its own."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from workbench.engines.openai.client import Client, Endpoint, NoAnswer
from workbench.engines.protocol import EngineConfig
from workbench.engines.vllm import lifeline
from workbench.engines.vllm.environment import Found
from workbench.engines.vllm.memory import GRAIN, SPACE, STEP_TOKENS, cache_space
from workbench.engines.vllm.planning import BLOCK_TOKENS
from workbench.errors import DeviceUnavailable, EngineUnavailable, Interrupted, WorkbenchError
from workbench.policy.home import home
from workbench.policy.offline import offline_environment
from workbench.policy.storage import private_directory

START_SECONDS = 900
STOP_SECONDS = 15
LOOK_SECONDS = 0.25
DEATH_SECONDS = 5
QUOTED_LINES = 4
NAME = "model"
SPARE = 2
"""Tokens the server's context must have beyond ours: the last token scored is sent too, and one is always written."""
VISIBLE = "CUDA_VISIBLE_DEVICES"
KEPT_OUT = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "WORKBENCH_OPENAI_KEY")


class Server:
    """A running server of one model; closed once. `client` asks it.

    Raises
    ------
    EngineUnavailable
        It does not start; the end of its log is quoted, and the log is kept.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="workbench-vllm-"))  # 0700; short, as socket paths must be
        self.log = self.directory / "log"
        socket, key = self.directory / "socket", secrets.token_urlsafe(32)
        self.client = Client(Endpoint("http://localhost/v1", key, socket))
        self._peak = 0
        began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 — a list of arguments, no shell
                [
                    *(sys.executable, "-I", lifeline.__file__, str(os.getpid()), str(self.directory)),
                    *(*command, "--uds", str(socket)),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**environment, "VLLM_API_KEY": key},
                start_new_session=True,
            )
        try:
            self.model: Mapping[str, Any] = self._ready(began + START_SECONDS)
        except BaseException:
            self.close()
            raise
        self.seconds = time.monotonic() - began

    def post(self, body: dict[str, Any]) -> Any:
        """Send one request of completions.

        Raises
        ------
        Interrupted
            The server died, or no longer answers; what was answered so far stands.
        WorkbenchError
            It refuses the request.
        """
        try:
            return self.client.post("/completions", {"model": NAME, **body})
        except (NoAnswer, EngineUnavailable) as error:
            raise self._lost(error) from error

    def peak_memory(self) -> int | None:
        """Return the most memory seen in the server's processes, bytes; asked while it lives, it looks again."""
        with suppress(psutil.Error):
            root = psutil.Process(self.process.pid)
            now = sum(_most(process) for process in (root, *root.children(recursive=True)))
            self._peak = max(self._peak, now)
        return self._peak or None

    def close(self) -> None:
        """End the server and all its workers; a second call does nothing."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _ready(self, until: float) -> Mapping[str, Any]:
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise self._not_started("vLLM's server does not start")
            try:
                found: Mapping[str, Any] = self.client.get("/models")["data"][0]
            except NoAnswer:
                time.sleep(LOOK_SECONDS)
            else:
                return found
        raise self._not_started(f"vLLM's server was not ready after {START_SECONDS} s")

    def _not_started(self, what: str) -> WorkbenchError:
        kept = private_directory(home().root / "engines") / "vllm-failed.log"
        with suppress(OSError):
            shutil.copyfile(self.log, kept)
            kept.chmod(0o600)
        return EngineUnavailable(
            f"{what}: {quoted(self.log)}", where=kept, remedy="The log says more; `workbench doctor` looks at the rest."
        )

    def _lost(self, error: Exception) -> WorkbenchError:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(DEATH_SECONDS)
        if self.process.poll() is None:
            return Interrupted(f"vLLM's server no longer answers ({error}): {quoted(self.log)}")
        return Interrupted(f"vLLM's server died during the run: {quoted(self.log)}")


def quoted(log: Path) -> str:
    """Return what a log says about a failure: its last line that names an error, and its last lines."""
    try:
        lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        lines = []
    lines = [line for line in lines if line]
    named = [line for line in lines[:-QUOTED_LINES] if re.search(r"\w*Error\b.*:", line)][-1:]
    return " / ".join([*named, *lines[-QUOTED_LINES:]]) or "its log is empty"


def command_line(found: Found, model: Path, config: EngineConfig) -> list[str]:
    """Return the command that serves `model`, without the socket."""
    options = [
        *("--model", str(model), "--served-model-name", NAME, "--dtype", config.dtype, "--seed", str(config.seed)),
        *("--block-size", str(BLOCK_TOKENS), "--enable-prefix-caching", "--enable-prompt-tokens-details"),
        *("--generation-config", "vllm"),  # the publisher's sampling settings would change greedy answers
        *("--max-num-batched-tokens", str(config.token_budget or STEP_TOKENS)),
    ]
    if config.max_length is not None:
        options += ["--max-model-len", str(config.max_length + SPARE)]
    if found.cpu:
        options.append("--enforce-eager")  # compiling takes minutes and a C++ compiler
    if config.tensor_parallel > 1:
        options += ["--tensor-parallel-size", str(config.tensor_parallel), "--distributed-executor-backend", "mp"]
    return [str(found.python), "-m", "vllm.entrypoints.openai.api_server", *options]


def environment(found: Found, config: EngineConfig, one_sequence: int = 0) -> dict[str, str]:
    """Return the server's environment: offline, with its threads, its caches below the data directory.

    `one_sequence` is what keys and values of a full context take, in bytes; see `cache_space`.
    """
    base = {name: value for name, value in os.environ.items() if name not in KEPT_OUT}
    cache = str(home().root / "engines" / "vllm-cache")
    made = offline_environment(base) | {
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_CACHE_ROOT": cache,
        "VLLM_CONFIG_ROOT": cache,
        "TORCHINDUCTOR_CACHE_DIR": f"{cache}/inductor",
        "TRITON_CACHE_DIR": f"{cache}/triton",
    }
    if found.cpu:
        # Left alone it takes one core of two, and memory for its cache from what the weights need.
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        made.setdefault("VLLM_CPU_OMP_THREADS_BIND", cores if config.threads is None else "nobind")
        if config.threads is not None:  # bound to cores, several engines would all take the first ones
            made["OMP_NUM_THREADS"] = str(config.threads)
        made[SPACE] = str(cache_space(one_sequence) // GRAIN)
    elif config.device.startswith("cuda:"):
        made[VISIBLE] = visible_devices(config.device, os.environ.get(VISIBLE, ""))
    return made


def visible_devices(device: str, before: str = "") -> str:
    """Return what CUDA is to see for ``cuda:1`` or ``cuda:0,cuda:1``; numbers count among what it sees now.

    Raises
    ------
    DeviceUnavailable
        A number beyond the devices that may be seen.
    """
    numbers = [int(name.partition(":")[2]) for name in device.split(",")]
    if not before:
        return ",".join(map(str, numbers))
    seen = [name.strip() for name in before.split(",")]
    if max(numbers) >= len(seen):
        raise DeviceUnavailable(f"there is no device {device}", where=f"{VISIBLE}={before}")
    return ",".join(seen[number] for number in numbers)


def _most(process: psutil.Process) -> int:
    """Return the most a process ever held, less what it shares with its relatives, as the kernel counts it now."""
    try:
        now = process.memory_full_info()
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
    except (psutil.Error, OSError):
        return 0
    high = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    most = int(high[1]) * 1024 if high else int(now.rss)
    return most - max(0, int(now.rss) - int(now.pss))
