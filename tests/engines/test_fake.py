from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.fake import FakeEngine, FakeSettings
from workbench.engines.protocol import REQUEST_ERRORS, Engine, GenerateRequest, RollingRequest, ScoreRequest
from workbench.errors import MachineCannot

REQUESTS = [ScoreRequest(str(i), f"question {i}", (" one", " two words")) for i in range(5)]


def open_fake(config: EngineConfig | None = None) -> Engine:
    return open_engine("fake", Path("models/some-model"), config or EngineConfig())


def test_it_is_an_engine():
    assert isinstance(open_fake(), Engine)
    assert open_fake().facts().engine == "fake"


def test_the_same_question_has_the_same_answer_alone_or_among_others():
    together = list(open_fake().score(REQUESTS))
    alone = [next(iter(open_fake().score([request]))) for request in REQUESTS]
    assert together == alone
    assert len({c.log_likelihood for result in together for c in result.continuations}) == 10
    assert all(c.log_likelihood < 0 for result in together for c in result.continuations)


def test_another_model_answers_otherwise():
    one, two = FakeEngine("one"), FakeEngine("two")
    assert list(one.score(REQUESTS)) != list(two.score(REQUESTS))


def test_answers_of_another_process_are_equal():
    code = (
        "from pathlib import Path; from workbench.engines import *; from workbench.engines.protocol import *;"
        "e = open_engine('fake', Path('models/some-model'), EngineConfig());"
        "print(next(iter(e.score([ScoreRequest('0', 'question 0', (' one', ' two words'))]))));"
        "import sys; assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(next(iter(open_fake().score(REQUESTS[:1]))))


def test_rolling_and_generation():
    engine = open_fake(EngineConfig(max_length=10))
    (whole,) = engine.rolling([RollingRequest("x", "one two three four five six")])
    assert whole.tokens > 10
    assert whole.windows == 2
    (answer,) = engine.generate([GenerateRequest("x", "question", max_new_tokens=8)])
    (stopped,) = engine.generate([GenerateRequest("x", "question", max_new_tokens=8, stop=(" ",))])
    assert answer.finish == "eos"
    assert (stopped.finish, stopped.text) == ("stop", answer.text.split(" ", maxsplit=1)[0])
    (short,) = engine.generate([GenerateRequest("x", "question", max_new_tokens=1)])
    assert (short.finish, short.tokens) == ("length", 1)


def test_sampling_depends_on_the_seed():
    def write(seed: int) -> list[str]:
        requests = [GenerateRequest(str(i), "q", temperature=1.0) for i in range(20)]
        return [result.text for result in open_fake(EngineConfig(seed=seed)).generate(requests)]

    assert write(0) == write(0)
    assert write(0) != write(1)


def test_truncation_and_errors_per_request():
    engine = open_fake(EngineConfig(max_length=8))
    found = {
        result.id: result
        for result in engine.score(
            [
                ScoreRequest("cut", "a b c d e f g h", ("x",)),
                ScoreRequest("empty", "a", ("",)),
                ScoreRequest("none", "a", ()),
                ScoreRequest("long", "a", ("x y z x y z",)),
            ]
        )
    }
    assert found["cut"].truncated == 8
    assert [found[i].error for i in ("empty", "none", "long")] == [
        "empty_continuation",
        "no_continuations",
        "continuation_too_long",
    ]
    assert next(iter(engine.rolling([RollingRequest("x", "")]))).error == "empty_text"
    assert next(iter(engine.generate([GenerateRequest("x", "a", max_new_tokens=8)]))).error == "no_room"


def test_failures_can_be_ordered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKBENCH_FAKE_FAIL", "question 3")
    monkeypatch.setenv("WORKBENCH_FAKE_CRASH_AFTER", "4")
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.001")
    engine = open_fake()
    assert engine.settings == FakeSettings(0.001, "question 3", 4)
    answers = engine.score(REQUESTS)
    assert [next(answers).error for _ in range(4)] == ["", "", "", "injected"]
    with pytest.raises(MachineCannot, match="after 4 answers"):
        next(answers)


def test_every_error_has_a_sentence():
    assert all(code.replace("_", "").isalpha() and sentence for code, sentence in REQUEST_ERRORS.items())
