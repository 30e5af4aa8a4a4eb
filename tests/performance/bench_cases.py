"""The cases of `make bench`: what our runs would ask, as the engine's own requests.

Packs, wordings and shots are this project's; the files they read lie under WORKBENCH_BENCHMARKS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from workbench.engines.protocol import GenerateRequest, RollingRequest, ScoreRequest

Request = ScoreRequest | RollingRequest | GenerateRequest
T = TypeVar("T")

MODELS = ("gemma-3-270m", "smollm2-135m-instruct")
NEEDS_BOS = ("gemma-3-270m",)
"""Where lm-eval has to be told that a sequence begins with BOS."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table for each model and dtype.

    `required` is the ratio to reach in float32 by model, `memory` the part of lm-eval's memory that may be used.
    `limit` caps the items; None: all there are, as far as lm-eval's time goes.
    """

    key: str
    title: str
    pack: str
    languages: tuple[str, ...]
    formulation: str
    shots: int
    limit: int | None
    required: Mapping[str, float]
    memory: float | None
    max_length: int = 2048
    new_tokens: int = 0
    dtypes: tuple[str, ...] = ("float32",)

    @property
    def one_sequence(self) -> bool:
        """Whether an item costs lm-eval one sequence however many choices it has."""
        return self.formulation != "cloze"


def must(gemma: float, smollm: float) -> Mapping[str, float]:
    return dict(zip(MODELS, (gemma, smollm), strict=True))


CASES = (
    Case("a", "xcopa th, 5-shot", "xcopa", ("th",), "cloze", 5, 100, must(12, 9), 0.35, dtypes=("float32", "bfloat16")),
    # 25 Thai shots are more than 2,048 tokens to SmolLM2's tokenizer: cut, no two items would begin alike.
    Case("b", "xcopa th, 25-shot", "xcopa", ("th",), "cloze", 25, 40, must(30, 20), 0.35, max_length=8192),
    Case("c", "global-mmlu-lite en, cloze", "global-mmlu-lite", ("en",), "cloze", 0, None, must(5, 3.3), 0.35),
    Case("d", "global-mmlu-lite en, letters, 5-shot", "global-mmlu-lite", ("en",), "letters", 5, None, must(9, 4.5), 0.35),
    Case("e", "udhr, whole texts", "udhr", ("en", "th", "sw", "vi"), "rolling", 0, None, must(1, 1), 0.4),
    Case("f", "mgsm en, 5-shot, 128 new tokens", "mgsm", ("en",), "generate", 5, None, must(1.5, 1.5), None, new_tokens=128),
)  # fmt: skip


def case_of(key: str) -> Case:
    return next(case for case in CASES if case.key == key)


def spread(entries: Sequence[T], count: int | None) -> list[T]:
    """`count` entries at equal distances, so that fewer of them are still a picture of all."""
    if count is None or count >= len(entries):
        return list(entries)
    return [entries[number * len(entries) // count] for number in range(count)]


def requests_of(case: Case, model: Path, count: int | None = None) -> list[Request]:
    """What a run of the case asks, or `count` of it; the chat template is left out on both sides."""
    from workbench.benchmarks.catalogue import load_pack
    from workbench.evaluation.asking import ask
    from workbench.evaluation.plan import make_plan
    from workbench.evaluation.spec import ModelRef, PackRef, RunSpec

    pack = load_pack(case.pack)
    spec = RunSpec(
        model=ModelRef(str(model), "bench"),
        packs=(PackRef(pack.name, pack.digest),),
        languages=case.languages,
        shots=case.shots,
        formulation=case.formulation,
        chat_template="never",
        limit=case.limit,
        parity=True,
    )
    plan = make_plan(spec, load_pack)
    asked = [ask(question, spec, None).request for part in plan.parts for question in part.questions]
    return [lengthened(request, case) for request in spread(asked, count)]


def lengthened(request: Request, case: Case) -> Request:
    """An answer of the case's length: without stop texts both sides write all of it, unless the model ends."""
    if isinstance(request, GenerateRequest):
        return replace(request, stop=(), max_new_tokens=case.new_tokens)
    return request


def grown(case: Case, model: Path, count: int) -> list[Request]:
    """The case's items over and over, each context with a suffix of its own."""
    base = requests_of(case, model)
    made = []
    for number in range(count):
        request = base[number % len(base)]
        made.append(replace(request, id=str(number), context=f"{request.context} {number:05d}"))
    return made
