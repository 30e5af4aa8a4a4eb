"""A real model in a detached worker: its numbers, what it takes, and what comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import GenerateRequest, ScoreRequest
from workbench.jobs.serving import serve
from workbench.policy.home import Home

FLOAT32 = EngineConfig(dtype="float32", device="cpu", max_length=512)
ASKED = [
    ScoreRequest(str(number), f"The capital of {country} is", (" Paris", " Berlin", " Rome", " Bangkok"))
    for number, country in enumerate(("France", "Germany", "Italy", "Thailand"))
]


@pytest.mark.slow
@pytest.mark.real_model
def test_a_real_model_served_gives_the_numbers_of_the_one_here_and_its_memory_back(
    demo_models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    model = demo_models["smollm2-135m-instruct"]
    with serve(model, Home(tmp_path / "home"), config=FLOAT32) as served:
        found = served.score_all(ASKED)
        talk = served.chat("What is the capital of France?", max_new_tokens=16)
        written = served.generate("The capital of France is", max_new_tokens=8)
        record = served.record
        monkeypatch.setenv("WORKBENCH_OPENAI_URL", record.address.url)
        monkeypatch.setenv("WORKBENCH_OPENAI_KEY", record.key)
        through = {result.id: result for result in open_engine("openai", model, EngineConfig()).score(ASKED)}
        freed = served.unload()
    engine = open_engine("transformers", model, FLOAT32)
    expected = {result.id: result for result in engine.score(ASKED)}
    (alone,) = engine.generate([GenerateRequest("x", "The capital of France is", max_new_tokens=8)])
    engine.close()
    for result in found:
        values = [score.log_likelihood for score in expected[result.id].continuations]
        assert [score.log_likelihood for score in result.continuations] == pytest.approx(values, abs=1e-4)
        echoed = [score.log_likelihood for score in through[result.id].continuations]
        assert echoed == pytest.approx(values, abs=1e-3)
    assert written == alone.text
    assert "Paris" in talk
    memory = record.memory
    assert memory.needed <= memory.measured <= 2 * memory.reserved
    assert freed >= 0.8 * memory.needed
