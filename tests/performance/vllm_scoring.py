"""What each way of scoring with vLLM costs: ``python tests/performance/vllm_scoring.py MODEL XCOPA_JSONL [ITEMS]``.

One server and a few XCOPA items: whole choices behind 0, 5 and 15 shots, and one-letter answers behind 5. Each round
begins its prompts with a line of its own, so that `tokens`, which goes first, finds a cold cache; `prompt` uses none;
`auto` has a line of its own again. The best of the rounds counts: other programs of the machine only ever make a round
slower. The last lines fit what a token costs in each way and what a request costs beside its tokens, by least squares
over the processor time of the server, each case counting alike. Three unknowns and eight figures: on a machine that does
other work too, the request's part changes from run to run, and may come out below nothing.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import ScoreRequest

ITEMS, SHOTS, MANY, ROUNDS = 40, 5, 15, 2
FEW = 6
"""Items when this file runs as a program, unless it is told otherwise."""
WORDS = {"cause": "because", "effect": "so"}
CASES = (
    ("choices, 0 shots", 0, False),
    (f"choices, {SHOTS} shots", SHOTS, False),
    (f"choices, {MANY} shots", MANY, False),
    (f"letters, {SHOTS} shots", SHOTS, True),
)
WAYS = ("tokens", "prompt", "auto")


@dataclass(frozen=True, slots=True)
class Took:
    """One way, once: log-likelihoods by request, seconds, tokens computed, requests, the server's processor seconds."""

    found: dict[str, list[float]]
    seconds: float
    tokens: int
    asked: int
    worked: float


def requests(
    path: Path, shots: int, mark: str = "", *, letters: bool = False, items: int = ITEMS
) -> list[ScoreRequest]:
    """The first items as questions, behind the last ones as examples."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]

    def question(row: dict[str, Any]) -> str:
        asked = f"{row['premise'].rstrip('.')} {WORDS[row['question']]}"
        return f"{asked}\nA. {row['choice1']}\nB. {row['choice2']}\nAnswer:" if letters else asked

    def choices(row: dict[str, Any]) -> tuple[str, str]:
        return (" A", " B") if letters else (f" {row['choice1']}", f" {row['choice2']}")

    examples = [f"{question(row)}{choices(row)[row['label']]}\n\n" for row in rows[-shots:] if shots]
    return [
        ScoreRequest(str(number), mark + "".join(examples) + question(row), choices(row))
        for number, row in enumerate(rows[:items])
    ]


def scored(engine: Any, asked: Sequence[ScoreRequest]) -> Took:
    """Ask, and count what it takes."""
    pieces: list[Any] = []
    ask = type(engine)._ask
    engine._ask = lambda piece: pieces.append(piece) or ask(engine, piece)
    before, worked, began = engine.facts().computed_tokens, processor_seconds(engine), time.perf_counter()
    try:
        found = {result.id: [entry.log_likelihood for entry in result.continuations] for result in engine.score(asked)}
        seconds = time.perf_counter() - began
    finally:
        del engine._ask
    worked = processor_seconds(engine) - worked
    return Took(found, seconds, engine.facts().computed_tokens - before, len(pieces), worked)


def processor_seconds(engine: Any) -> float:
    """What the server's processes have had of the processors so far."""
    root = psutil.Process(engine._server.process.pid)
    times = [process.cpu_times() for process in (root, *root.children(recursive=True))]
    return sum(spent.user + spent.system for spent in times)


def apart(one: dict[str, list[float]], other: dict[str, list[float]]) -> float:
    """The largest difference between two log-likelihoods of the same continuation."""
    return max(abs(a - b) for key in one for a, b in zip(one[key], other[key], strict=True))


def same_verdicts(one: dict[str, list[float]], other: dict[str, list[float]]) -> int:
    """Items on which both prefer the same choice."""
    return sum((one[key][0] > one[key][1]) == (other[key][0] > other[key][1]) for key in one)


def main(model: Path, xcopa: Path, items: int = FEW) -> None:
    config = EngineConfig(device="cpu", dtype="float32", max_length=2046)
    engine: Any = open_engine("vllm", model, config)
    best: dict[str, list[Took]] = {way: [] for way in WAYS}
    try:
        say(f"started in {engine.facts().load_seconds:.0f} s, {engine.facts().peak_memory:,} bytes\n")
        for way in WAYS:  # the first requests make vLLM load what it loads late
            engine._method = way
            scored(engine, requests(xcopa, 0, items=2))
        say(
            "\n| case | way | seconds | processor | requests | tokens computed | times `tokens` | apart, same verdicts |\n"
        )
        say("|---|---|---|---|---|---|---|---|\n")
        for number, case in enumerate(CASES):
            rounds = [one_round(engine, xcopa, items, f"{number}{again}", case) for again in range(ROUNDS)]
            for way in WAYS:
                best[way].append(min((found[way] for found in rounds), key=lambda one: one.worked))
                say(line(case[0], way, rounds))
        say(fitted(best["tokens"], best["prompt"]))
        say(f"memory at its most: {engine.facts().peak_memory:,} bytes\n")
    finally:
        engine.close()


def one_round(engine: Any, xcopa: Path, items: int, mark: str, case: tuple[str, int, bool]) -> dict[str, Took]:
    """Each way once, told on standard error as it is done."""
    name, shots, letters = case
    made = {}
    for way in WAYS:
        engine._method = way
        before = f"{mark}{'b' if way == 'auto' else 'a'} Domande\n"
        made[way] = scored(engine, requests(xcopa, shots, before, letters=letters, items=items))
        sys.stderr.write(f"{name}: {way} {made[way].seconds:.1f} s\n")
        sys.stderr.flush()
    return made


def line(case: str, way: str, rounds: Sequence[dict[str, Took]]) -> str:
    """One line of the table: the fastest round."""
    best = min((found[way] for found in rounds), key=lambda one: one.seconds)
    beside = best.seconds / min(found["tokens"].seconds for found in rounds)
    same = ""
    if way == "prompt":
        pairs = [(found[way].found, found["tokens"].found) for found in rounds]
        agree = min(same_verdicts(*pair) for pair in pairs)
        same = f"{max(apart(*pair) for pair in pairs):.1e}, {agree}/{len(best.found)}"
    worked = min(found[way].worked for found in rounds)
    return f"| {case} | {way} | {best.seconds:.1f} | {worked:.1f} | {best.asked} | {best.tokens} | {beside:.2f} | {same} |\n"


def fitted(tokens: Sequence[Took], prompt: Sequence[Took]) -> str:
    """What a token costs in each way and a request in either, so that together they make the times measured."""
    import numpy as np

    took = [*tokens, *prompt]
    rows = [[one.tokens, 0, one.asked] for one in tokens] + [[0, one.tokens, one.asked] for one in prompt]
    scale = np.array([one.worked for one in took])
    (step, whole, request), *_ = np.linalg.lstsq(np.array(rows) / scale[:, None], np.ones(len(took)), rcond=None)
    return (
        f"\na token: {step * 1e3:.2f} ms in `tokens`, {whole * 1e3:.2f} ms in `prompt`; "
        f"a request: {request * 1e3:.1f} ms = {request / whole:.1f} tokens\n"
    )


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:4]))
