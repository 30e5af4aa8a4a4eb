"""Finished runs made of nothing: results and item rows in several scripts, for tests of whatever shows them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter

from workbench.engines.protocol import EngineFacts
from workbench.evaluation.finishing import RESULT
from workbench.evaluation.journal import Journal, encode
from workbench.evaluation.result import Counts, PackFacts, Result, Score, Verdict
from workbench.evaluation.rows import ItemRow
from workbench.evaluation.spec import ModelRef, PackRef, RunSpec
from workbench.evaluation.table import FILE as TABLE
from workbench.evaluation.table import write_table
from workbench.facts import Fact, declared, measured, unknown
from workbench.models.facts import MemoryEstimate, ModelFacts, TokenPolicy

STARTED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """One two-way question in one language."""

    query: str
    choices: tuple[str, str]
    gold: int


QUESTIONS: Mapping[str, tuple[Question, ...]] = MappingProxyType(
    {
        "en": (Question("The street was wet this morning because", ("it had rained.", "the sun was shining."), 0),),
        "ar": (
            Question("كان الشارع مبللا هذا الصباح لأن", ("المطر هطل ليلا.", "الشمس كانت ساطعة."), 0),
            Question("أغلقت ليلى النافذة لأن", ("الغرفة دافئة.", "الريح باردة."), 1),
        ),
        "th": (
            Question("เช้านี้ถนนเปียกเพราะ", ("เมื่อคืนฝนตก", "แดดออกจ้า"), 0),
            Question("เธอปิดหน้าต่างเพราะ", ("ในห้องอบอุ่น", "ลมข้างนอกหนาว"), 1),
        ),
        "hi": (
            Question("आज सुबह सड़क गीली थी क्योंकि", ("रात में बारिश हुई थी।", "धूप तेज़ थी।"), 0),
            Question("उसने खिड़की बंद कर दी क्योंकि", ("कमरा गरम था।", "बाहर ठंडी हवा चल रही थी।"), 1),
        ),
        "ja": (
            Question("今朝、道がぬれていたのは", ("夜に雨が降ったからです。", "日が照っていたからです。"), 0),
            Question("彼女が窓を閉めたのは", ("部屋が暖かかったからです。", "外の風が冷たかったからです。"), 1),
        ),
        "he": (
            Question("הרחוב היה רטוב הבוקר כי", ("ירד גשם בלילה.", "השמש זרחה."), 0),
            Question("היא סגרה את החלון כי", ("בחדר היה חם.", "הרוח הייתה קרה."), 1),
        ),
    }
)


def example_model(name: str = "example-270m", *, licence: str | None = "Apache-2.0") -> ModelFacts:
    """Return facts of a small quantised model that lies in somebody's home directory."""
    digest = _digest(name)
    quantisation: Fact[str] = measured("Q4_K_M", "gguf:general.file_type")
    return ModelFacts(
        path=f"/home/somebody/models/{name}",
        name=name,
        format="gguf",
        family=measured("gemma", "config.json:architectures"),
        architecture=measured("Gemma3ForCausalLM", "config.json:architectures"),
        parameters=measured(268_098_176, "tensor shapes"),
        dtype=measured("float32", "tensor headers"),
        quantisation=quantisation,
        context_length=declared(32_768, "config.json:max_position_embeddings"),
        vocabulary=measured(262_144, "tokenizer.json"),
        tokens=TokenPolicy(2, "<bos>", (1,), add_bos=True, add_eos=False, source="tokenizer_config.json"),
        chat_template=unknown("tokenizer_config.json"),
        licence=declared(licence, "README.md:license"),
        languages=unknown("README.md:language"),
        memory=MemoryEstimate(1_072_392_704, 18_874_368, 268_435_456, 1024, 1, "float32", "268,098,176 × 4 + …"),
        files=6,
        size=240_000_000,
        digest=digest,
        adapter=None,
    )


def example_engine() -> EngineFacts:
    """Return what an engine on a plain CPU says of itself."""
    return EngineFacts(
        engine="transformers",
        versions=(("torch", "2.13.0"), ("transformers", "5.23.0")),
        device="cpu",
        device_name="generic x86-64",
        dtype="float32",
        strategy="padded-batches",
        bos="tokenizer",
        context_length=32_768,
        token_budget=2048,
        peak_memory=1_500_000_000,
        model_memory=1_072_392_704,
        computed_tokens=48_213,
        load_seconds=3.5,
    )


def example_pack(
    name: str, languages: Sequence[str], *, formulation: str = "cloze", wording: str = "native"
) -> PackFacts:
    """Return what a result says of an unreviewed, translated pack."""
    return PackFacts(
        name=name,
        version="1.0.0",
        title=name.replace("-", " ").capitalize(),
        digest=_digest(name),
        task="multiple_choice",
        formulation=formulation,
        wording=wording,
        licence=declared("CC0-1.0", "card.yaml:licence"),
        origin=declared("human-translated", "card.yaml:origin"),
        reviewed=declared(value=False, source="card.yaml:reviewed"),
        source="https://benchmarks.example/cause-effect",
        citation="Example, A. (2026). Cause and effect in many languages.",
        languages=tuple(languages),
    )


def example_result(
    *,
    run_id: str = "20260301-093000-example",
    model: ModelFacts | None = None,
    accuracy: Mapping[str, float] | None = None,
    pack: str = "cause-effect",
    n: int = 200,
    suite: str = "",
    shots: int = 0,
    failed: int = 0,
    directory: Path = Path("/home/somebody/runs/example"),
) -> Result:
    """Return a finished run of one two-way pack.

    Parameters
    ----------
    accuracy
        Accuracy by BCP-47 tag; NaN: no item could be scored.
    n
        Items a language; the interval is Wilson's for that many.
    failed
        Items a language that could not be scored.
    """
    facts = model or example_model()
    values = accuracy or {"ar": 0.52, "th": 0.625, "hi": 0.41, "ja": 0.71, "he": 0.5}
    packs = (example_pack(pack, tuple(values)),)
    spec = RunSpec(
        model=ModelRef(path=facts.path, digest=facts.digest or ""),
        packs=(PackRef(pack, packs[0].digest),),
        languages=tuple(values),
        shots=shots,
        limit=n,
        suite=suite,
        interpreter="/home/somebody/.venv/bin/python",
    )
    return Result(
        run_id=run_id,
        spec=spec,
        spec_hash=_digest(repr(spec)),
        model=facts,
        engine=example_engine(),
        packs=packs,
        scores=tuple(score for tag, value in values.items() for score in _scores(pack, tag, value, n)),
        counts=tuple(_counts(pack, tag, n, failed, value) for tag, value in values.items()),
        started=STARTED,
        finished=STARTED + timedelta(minutes=4),
        seconds=231.5,
        environment=(("torch", "2.13.0"), ("transformers", "5.23.0"), ("numpy", "2.2.0")),
        directory=directory,
    )


def example_rows(result: Result) -> tuple[ItemRow, ...]:
    """Return one row an item of `result`, as many of them right as its accuracy says."""
    rows = []
    for score in result.scores:
        if not score.headline or score.value is None:
            continue
        questions = QUESTIONS.get(score.language, QUESTIONS["en"])
        right = round(score.value * score.n)
        rows += [_row(score, questions[index % len(questions)], index, right=index < right) for index in range(score.n)]
    return tuple(rows)


def write_example_run(directory: Path, result: Result, rows: Sequence[ItemRow] = ()) -> Path:
    """Write a run directory as a runner leaves it, and return it."""
    journal = Journal.create(directory, result.spec)
    journal.items_path.write_bytes(b"".join(encode(row) for row in rows))
    write_table(rows, directory / TABLE)
    (directory / RESULT).write_bytes(TypeAdapter(Result).dump_json(result, indent=1))
    return directory


def _row(score: Score, question: Question, index: int, *, right: bool) -> ItemRow:
    gold = question.gold
    prediction = gold if right else 1 - gold
    margin = 0.25 + (index % 7) * 0.5
    likelihoods = [-14.0 - index % 5, -14.0 - index % 5]
    likelihoods[prediction] += margin
    return ItemRow(
        key=_digest(f"{score.pack}/{score.language}/{index}"),
        pack=score.pack,
        language=score.language,
        item_id=f"{score.language}-{index:04d}",
        group="",
        domain="",
        culture="",
        repeat=0,
        formulation="cloze",
        prompt_hash=_digest(question.query),
        rendered_hash=_digest(question.query),
        query=question.query,
        choices=question.choices,
        gold=gold,
        references=(),
        log_likelihoods=tuple(likelihoods),
        token_counts=(5, 6),
        char_counts=tuple(len(choice) for choice in question.choices),
        byte_counts=tuple(len(choice.encode()) for choice in question.choices),
        greedy=(False, False),
        context_tokens=12,
        prediction=prediction,
        scores=(("accuracy", float(right)),),
    )


def _scores(pack: str, tag: str, value: float, n: int) -> tuple[Score, ...]:
    if math.isnan(value):
        blank = Score(
            pack, tag, "accuracy", None, None, None, "wilson", 0, 0, 0.5, None, True, Verdict.NOT_SCORED, True
        )
        return (blank,)
    low, high = _wilson(value, n)
    verdict = Verdict.ABOVE_CHANCE if low > 0.5 else Verdict.BELOW_CHANCE if high < 0.5 else Verdict.NOT_DISTINGUISHABLE  # noqa: PLR2004
    accuracy = Score(pack, tag, "accuracy", value, low, high, "wilson", n, n, 0.5, 0.515, True, verdict, True)
    macro = max(0.0, value - 0.02)
    low, high = _wilson(macro, n)
    f1 = Score(
        pack, tag, "macro_f1", macro, low, high, "bootstrap", n, n, None, 0.34, True, Verdict.NO_CHANCE_LEVEL, False
    )
    return accuracy, f1


def _counts(pack: str, tag: str, n: int, failed: int, value: float) -> Counts:
    scored = 0 if math.isnan(value) else n
    return Counts(pack, tag, scored + failed, scored, failed, 2, 1, 0, 0, 0)


def _wilson(value: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
