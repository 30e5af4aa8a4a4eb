"""In parity mode the engine gives what lm-eval 0.4.13 gives for the same requests, on real weights in float32."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from workbench.engines.protocol import GenerateRequest, RollingRequest, ScoreRequest

TOLERANCE = 1e-3
MODELS = ("smollm2-135m-instruct", "gemma-3-270m")
NEEDS_BOS = ("gemma-3-270m",)


@pytest.fixture
def engine_for(demo_models: Mapping[str, Path]) -> Iterator[Callable[..., Any]]:
    """Open a demo model in parity mode, float32 on the CPU; closed after the test."""
    from workbench.engines import EngineConfig, open_engine

    opened = []

    def make(name: str, **options: Any) -> Any:
        config = EngineConfig(device="cpu", dtype="float32", parity=True, **options)
        opened.append(open_engine("transformers", demo_models[name], config))
        return opened[-1]

    yield make
    for engine in opened:
        engine.close()


@pytest.fixture
def lm_eval_for(demo_models: Mapping[str, Path]) -> Callable[..., Any]:
    """Open a demo model in lm-eval."""
    from lm_eval.models.huggingface import HFLM

    def make(name: str, **options: Any) -> Any:
        bos = True if name in NEEDS_BOS else None
        return HFLM(
            pretrained=str(demo_models[name]), dtype="float32", device="cpu", batch_size=8, add_bos_token=bos, **options
        )

    return make


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
        lines = [next(iter(item["input"].values())) for item in read_lines(folder / f"{language}.jsonl")]
        source = [next(iter(item["input"].values())) for item in english]
        shots = "".join(f"{source[i]} = {lines[i]}\n" for i in (10, 11))
        found.append(
            ScoreRequest(language, f"{shots}{source[number]} =", (f" {lines[number]}", f" {lines[number + 1]}"))
        )
    return found


@pytest.mark.real_model
@pytest.mark.parametrize("name", MODELS)
def test_four_items(name: str, engine_for, lm_eval_for, repository: Path):
    requests = four_items(repository)
    found = {result.id: result for result in engine_for(name).score(requests)}
    assert_equal_scores(found, lm_eval_scores(lm_eval_for(name), requests))


@pytest.mark.real_model
@pytest.mark.parametrize("name", MODELS)
def test_corners_of_the_cut(name: str, engine_for, lm_eval_for):
    requests = [
        ScoreRequest("letters", "Which?\nA. cat\nB. dog\nAnswer:", (" A", " B")),
        ScoreRequest("trailing space", "The capital of France is ", ("Paris", "Rome")),
        ScoreRequest("no context", "", ("The cat sat.", "Sat cat the.")),
        ScoreRequest("joined", "这个人打开了水", ("龙头", "瓶")),
        ScoreRequest("no space", "ผู้ชายคนนั้นเปิดก๊อก", ("น้ำ", "ไฟ")),
        ScoreRequest("too long", "one two three four five six seven eight " * 12, (" nine", " ten eleven twelve")),
    ]
    found = {result.id: result for result in engine_for(name, max_length=64).score(requests)}
    assert found["too long"].truncated > 0
    assert_equal_scores(found, lm_eval_scores(lm_eval_for(name, max_length=64), requests))


@pytest.mark.real_model
@pytest.mark.parametrize("name", MODELS)
def test_whole_texts_in_windows(name: str, engine_for, lm_eval_for):
    texts = ["The cat sat on the mat. " * 9, "ผู้ชายคนนั้นเปิดก๊อกน้ำ", "Mtu yule alifungua bomba, kwa hiyo maji yalitoka."]
    engine, reference = engine_for(name, max_length=24), lm_eval_for(name, max_length=24)
    found = {result.id: result for result in engine.rolling(RollingRequest(text, text) for text in texts)}
    expected = reference.loglikelihood_rolling(asked("loglikelihood_rolling", [(t,) for t in texts]), disable_tqdm=True)
    assert [found[text].log_likelihood for text in texts] == pytest.approx(expected, abs=TOLERANCE)
    assert found[texts[0]].windows > 2


@pytest.mark.real_model
@pytest.mark.parametrize("name", MODELS)
def test_greedy_answers(name: str, engine_for, lm_eval_for):
    contexts = ["Question: What is the capital of France?\nAnswer:", "1, 2, 3, 4,", "The cat"]
    options = {"until": ["\n", "."], "max_gen_toks": 12, "do_sample": False}
    expected = lm_eval_for(name).generate_until(
        asked("generate_until", [(c, options) for c in contexts]), disable_tqdm=True
    )
    requests = [GenerateRequest(context, context, stop=("\n", "."), max_new_tokens=12) for context in contexts]
    found = {result.id: result.text for result in engine_for(name).generate(requests)}
    assert [found[context] for context in contexts] == expected


@pytest.mark.slow
@pytest.mark.real_model
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("language", ["th", "vi", "sw"])
@pytest.mark.parametrize("name", MODELS)
def test_sixty_items_of_xcopa_with_five_shots(name: str, language: str, engine_for, lm_eval_for, benchmark_files: Path):
    requests = xcopa_requests(benchmark_files, language, limit=20, shots=5)
    found = {result.id: result for result in engine_for(name).score(requests)}
    assert_equal_scores(found, lm_eval_scores(lm_eval_for(name), requests))
