"""What each way of scoring with vLLM costs: ``python tests/performance/vllm_scoring.py MODEL XCOPA_JSONL``.

One server, 40 XCOPA items, with no shots and behind 5 shots. `tokens` goes first, on a cold cache; `prompt` uses none;
`auto` has prompts of its own (a line in front), so that it finds none either. The last column says how far the
log-likelihoods lie from those of `tokens`, and on how many items the verdict is the same.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import ScoreRequest

ITEMS, SHOTS = 40, 5
WORDS = {"cause": "because", "effect": "so"}


def requests(path: Path, shots: int, mark: str = "") -> list[ScoreRequest]:
    """The first items as cloze questions, behind the last ones as examples."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]

    def question(row: dict[str, Any]) -> str:
        return f"{row['premise'].rstrip('.')} {WORDS[row['question']]}"

    examples = [
        f"{question(row)} {row['choice2' if row['label'] else 'choice1']}\n\n" for row in rows[-shots:] if shots
    ]
    return [
        ScoreRequest(
            str(number), mark + "".join(examples) + question(row), (f" {row['choice1']}", f" {row['choice2']}")
        )
        for number, row in enumerate(rows[:ITEMS])
    ]


def scored(engine: Any, asked: Sequence[ScoreRequest]) -> tuple[dict[str, list[float]], float, int]:
    """Log-likelihoods by request, seconds, and tokens computed."""
    before, began = engine.facts().computed_tokens, time.perf_counter()
    found = {result.id: [entry.log_likelihood for entry in result.continuations] for result in engine.score(asked)}
    return found, time.perf_counter() - began, engine.facts().computed_tokens - before


def apart(one: dict[str, list[float]], other: dict[str, list[float]]) -> float:
    """The largest difference between two log-likelihoods of the same continuation."""
    return max(abs(a - b) for key in one for a, b in zip(one[key], other[key], strict=True))


def same_verdicts(one: dict[str, list[float]], other: dict[str, list[float]]) -> int:
    """Items on which both prefer the same choice."""
    return sum((one[key][0] > one[key][1]) == (other[key][0] > other[key][1]) for key in one)


def main(model: Path, xcopa: Path) -> None:
    config = EngineConfig(device="cpu", dtype="float32", max_length=2046)
    engine: Any = open_engine("vllm", model, config)
    try:
        say(f"started in {engine.facts().load_seconds:.0f} s\n")
        scored(engine, requests(xcopa, 0)[:1])  # the first request makes vLLM load what it loads late
        say("| shots | method | seconds | tokens computed | beside `tokens` |\n|---|---|---|---|---|\n")
        for shots in (0, SHOTS):
            engine._method = "tokens"
            reference, seconds, tokens = scored(engine, requests(xcopa, shots))
            say(f"| {shots} | tokens | {seconds:.1f} | {tokens} | |\n")
            engine._method = "prompt"
            found, seconds, tokens = scored(engine, requests(xcopa, shots))
            same = f"{apart(found, reference):.1e}, {same_verdicts(found, reference)}/{ITEMS}"
            say(f"| {shots} | prompt | {seconds:.1f} | {tokens} | {same} |\n")
            engine._method = "auto"
            _, seconds, tokens = scored(engine, requests(xcopa, shots, "Domande\n"))
            say(f"| {shots} | auto | {seconds:.1f} | {tokens} | |\n")
    finally:
        engine.close()


def say(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
