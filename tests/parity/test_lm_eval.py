"""In parity mode the engine gives what lm-eval 0.4.13 gives for the same requests, on real weights in float32."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from workbench.engines.protocol import GenerateRequest, RollingRequest, ScoreRequest

pytestmark = [pytest.mark.real_model, pytest.mark.timeout(600)]  # the first use converts the models

TOLERANCE = 1e-3
MODELS = ("smollm2-135m-instruct", "gemma-3-270m")
NEEDS_BOS = ("gemma-3-270m",)


@dataclass(frozen=True)
class Pair:
    """One model, loaded by each side from the same directory."""

    engine: Any
    reference: Any

    @contextmanager
    def limited(self, max_length: int) -> Iterator[Any]:
        """Both sides with a shorter context; yields the engine."""
        from workbench.engines.transformers.engine import TransformersEngine

        loaded = replace(self.engine._loaded, context_length=max_length)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.reference, "_max_length", max_length)
            yield TransformersEngine(loaded, self.engine._config)


@pytest.fixture(scope="module", params=MODELS)
def pair(request: pytest.FixtureRequest, demo_models: Mapping[str, Path]) -> Iterator[Pair]:
    """This project's engine in parity mode and lm-eval, float32 on the CPU."""
    from lm_eval.models.huggingface import HFLM

    from workbench.engines import EngineConfig, open_engine

    directory = demo_models[request.param]
    engine = open_engine("transformers", directory, EngineConfig(device="cpu", dtype="float32", parity=True))
    bos = True if request.param in NEEDS_BOS else None
    reference = HFLM(pretrained=str(directory), dtype="float32", device="cpu", batch_size=8, add_bos_token=bos)
    yield Pair(engine, reference)
    engine.close()


def asked(kind: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Return lm-eval's request records."""
    from lm_eval.api.instance import Instance

    return [Instance(request_type=kind, doc={}, arguments=entry, idx=i) for i, entry in enumerate(arguments)]


def lm_eval_scores(model: Any, requests: Sequence[ScoreRequest]) -> dict[str, list[tuple[float, bool]]]:
    """Return lm-eval's (log-likelihood, greedy) of every continuation by request id."""
    pairs = [(request.context, text) for request in requests for text in request.continuations]
    answers = iter(model.loglikelihood(asked("loglikelihood", pairs), disable_tqdm=True))
    return {request.id: [next(answers) for _ in request.continuations] for request in requests}


def verdict(log_likelihoods: Sequence[float]) -> int:
    """Return the index of the largest; the first wins, as in lm-eval."""
    return max(range(len(log_likelihoods)), key=lambda i: (log_likelihoods[i], -i))


def assert_equal_scores(found: Mapping[str, Any], expected: Mapping[str, list[tuple[float, bool]]]) -> None:
    """Same verdicts, log-likelihoods within `TOLERANCE`, the same tokens the model's first choice."""
    assert set(found) == set(expected)
    for identity, scores in expected.items():
        result = found[identity]
        assert result.error == ""
        ours = [c.log_likelihood for c in result.continuations]
        theirs = [value for value, _ in scores]
        assert ours == pytest.approx(theirs, abs=TOLERANCE), identity
        assert verdict(ours) == verdict(theirs), identity
        assert [c.greedy for c in result.continuations] == [greedy for _, greedy in scores], identity


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def xcopa_requests(source: Path, language: str, limit: int, shots: int) -> list[ScoreRequest]:
    """XCOPA's test items with examples from its validation split, delimiter a space as lm-eval's default."""

    def question(item: dict[str, Any]) -> str:
        return f"{item['premise']} {item['question']}:"

    def read(split: str) -> list[dict[str, Any]]:
        (path,) = (source / "xcopa").rglob(f"{split}.{language}.jsonl")
        return read_lines(path)

    examples = "".join(f"{question(x)} {x['choice' + str(x['label'] + 1)]}\n\n" for x in read("val")[:shots])
    return [
        ScoreRequest(f"{language}-{i}", examples + question(x), (f" {x['choice1']}", f" {x['choice2']}"))
        for i, x in enumerate(read("test")[:limit])
    ]


def four_items(repository: Path) -> list[ScoreRequest]:
    """Two continuations each, made of this project's own parallel sentences: the right translation and another."""
    folder = repository / "datasets" / "parallel-sentences" / "items"
    english = read_lines(folder / "en.jsonl")
    found = []
    for number, language in enumerate(("th", "vi", "sw", "zh")):
        lines = [item["input"]["text"] for item in read_lines(folder / f"{language}.jsonl")]
        source = [item["input"]["text"] for item in english]
        shots = "".join(f"{source[i]} = {lines[i]}\n" for i in (10, 11))
        found.append(
            ScoreRequest(language, f"{shots}{source[number]} =", (f" {lines[number]}", f" {lines[number + 1]}"))
        )
    return found


def test_four_items(pair: Pair, repository: Path):
    requests = four_items(repository)
    found = {result.id: result for result in pair.engine.score(requests)}
    assert_equal_scores(found, lm_eval_scores(pair.reference, requests))


def test_corners_of_the_cut(pair: Pair):
    requests = [
        ScoreRequest("letters", "Which?\nA. cat\nB. dog\nAnswer:", (" A", " B")),
        ScoreRequest("trailing space", "The capital of France is ", ("Paris", "Rome")),
        ScoreRequest("no context", "", ("The cat sat.", "Sat cat the.")),
        ScoreRequest("joined", "这个人打开了水", ("龙头", "瓶")),
        ScoreRequest("no space", "ผู้ชายคนนั้นเปิดก๊อก", ("น้ำ", "ไฟ")),
        ScoreRequest("too long", "one two three four five six seven eight " * 12, (" nine", " ten eleven twelve")),
    ]
    with pair.limited(64) as engine:
        found = {result.id: result for result in engine.score(requests)}
        expected = lm_eval_scores(pair.reference, requests)
    assert found["too long"].truncated > 0
    assert_equal_scores(found, expected)


def test_whole_texts_in_windows(pair: Pair):
    texts = ["The cat sat on the mat. " * 9, "ผู้ชายคนนั้นเปิดก๊อกน้ำ", "Mtu yule alifungua bomba, kwa hiyo maji yalitoka."]
    with pair.limited(24) as engine:
        found = {result.id: result for result in engine.rolling(RollingRequest(text, text) for text in texts)}
        expected = pair.reference.loglikelihood_rolling(
            asked("loglikelihood_rolling", [(text,) for text in texts]), disable_tqdm=True
        )
    assert [found[text].log_likelihood for text in texts] == pytest.approx(expected, abs=TOLERANCE)
    assert found[texts[0]].windows > 2


def test_greedy_answers(pair: Pair):
    contexts = ["Question: What is the capital of France?\nAnswer:", "1, 2, 3, 4,", "The cat"]
    options = {"until": ["\n", "."], "max_gen_toks": 12, "do_sample": False}
    expected = pair.reference.generate_until(
        asked("generate_until", [(c, options) for c in contexts]), disable_tqdm=True
    )
    requests = [GenerateRequest(context, context, stop=("\n", "."), max_new_tokens=12) for context in contexts]
    found = {result.id: result.text for result in pair.engine.generate(requests)}
    assert [found[context] for context in contexts] == expected


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("language", ["th", "vi", "sw"])
def test_sixty_items_of_xcopa_with_five_shots(language: str, pair: Pair, benchmark_files: Path):
    requests = xcopa_requests(benchmark_files, language, limit=20, shots=5)
    found = {result.id: result for result in pair.engine.score(requests)}
    assert_equal_scores(found, lm_eval_scores(pair.reference, requests))
