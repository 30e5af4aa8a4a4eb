"""What a run says to MLflow: pure records, before any client exists.

One parent run a Workbench run (one model), one nested run a pack × language. MLflow's limits (lengths, characters,
batch sizes) are met here or by the sender; nothing is dropped silently: a value that is not known is not sent,
and what a missing score means stands beside it as a verdict tag.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime

from workbench._version import __version__
from workbench.evaluation.result import Counts, PackFacts, Result, Score
from workbench.evaluation.spec import RunSpec
from workbench.models.facts import ModelFacts
from workbench.policy.digests import sha256_record
from workbench.tracking.scrub import last_part, scrub

DEFAULT_EXPERIMENT = "workbench"
Pairs = tuple[tuple[str, str], ...]
Metrics = tuple[tuple[str, float], ...]
_NOT_IN_KEYS = re.compile(r"[^\w\-. :/]", re.ASCII)
_NOT_IN_MODEL_NAMES = re.compile(r"[/:.%\"'\s]+")


@dataclass(frozen=True, slots=True)
class DatasetPayload:
    """One pack in one language, by name and digest alone."""

    name: str
    version: str
    digest: str
    language: str
    items: int


@dataclass(frozen=True, slots=True)
class ModelPayload:
    """The model, recorded without its weights."""

    name: str
    digest: str
    params: Pairs


@dataclass(frozen=True, slots=True)
class RunPayload:
    """One MLflow run. `key` tells it from the other runs of the same Workbench run; the parent's is empty."""

    key: str
    name: str
    params: Pairs
    metrics: Metrics
    tags: Pairs
    dataset: DatasetPayload | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """A finished run as MLflow gets it."""

    experiment: str
    run_id: str
    model: ModelPayload
    parent: RunPayload
    children: tuple[RunPayload, ...]
    started: datetime
    finished: datetime

    @property
    def digest(self) -> str:
        """sha256 of everything that is sent; equal payloads need no second delivery."""
        return sha256_record(
            [
                self.experiment,
                [self.model.name, self.model.digest, self.model.params],
                [[run.key, run.name, run.params, run.metrics, run.tags] for run in (self.parent, *self.children)],
            ]
        )


def experiment_name(spec: RunSpec) -> str:
    """Return the experiment a run belongs to: its suite, else the default one."""
    return spec.suite or DEFAULT_EXPERIMENT


def build(result: Result) -> Payload:
    """Return what MLflow gets of a finished run. Paths are scrubbed here; a `Result` holds no item text."""
    clean = scrub(result)
    counts = {(entry.pack, entry.language): entry for entry in clean.counts}
    packs = {pack.name: pack for pack in clean.packs}
    places = dict.fromkeys([*counts, *((score.pack, score.language) for score in clean.scores)])
    children = tuple(
        _child(clean, packs.get(pack), pack, language, counts.get((pack, language))) for pack, language in places
    )
    return Payload(
        experiment=experiment_name(clean.spec),
        run_id=clean.run_id,
        model=_model(clean.model),
        parent=_parent(clean),
        children=children,
        started=clean.started,
        finished=clean.finished,
    )


def spec_params(spec: RunSpec) -> Pairs:
    """Return how a run was asked for, as MLflow params."""
    return _pairs(
        model=last_part(spec.model.path),
        model_digest=spec.model.digest,
        adapter=None if spec.model.adapter is None else last_part(spec.model.adapter),
        adapter_digest=spec.model.adapter_digest,
        packs=", ".join(last_part(pack.name) for pack in spec.packs),
        languages=", ".join(spec.languages) or "all",
        shots=spec.shots,
        wording=spec.wording or "first",
        prompt_language=spec.prompt_language,
        formulation=spec.formulation,
        chat_template=spec.chat_template,
        engine=spec.engine,
        device=spec.device,
        tensor_parallel=spec.tensor_parallel if spec.tensor_parallel > 1 else None,
        dtype=spec.dtype,
        max_length=spec.max_length,
        token_budget=spec.token_budget,
        limit="all" if spec.limit is None else spec.limit,
        repeats=spec.repeats,
        temperature=spec.temperature,
        seed=spec.seed,
        parity=spec.parity,
        seal=spec.seal,
    )


def series_tags(spec: RunSpec) -> dict[str, object]:
    """Return which training run a run's model is a checkpoint of, as tags; empty when of none."""
    series = spec.series
    if series is None:
        return {}
    return {
        "workbench.series": series.id,
        "workbench.series_name": series.name,
        "workbench.checkpoint": series.checkpoint,
        f"workbench.series_{series.unit}": series.step,
    }


def metric_key(*parts: str) -> str:
    """Return a metric name of characters that MLflow takes; others become ``_``."""
    return _NOT_IN_KEYS.sub("_", "/".join(parts))[:250]


def _parent(result: Result) -> RunPayload:
    engine = result.engine
    headlines = [score for score in result.scores if score.headline]
    metrics: list[tuple[str, float]] = []
    for score in headlines:
        metrics += score_metrics(score, metric_key(score.pack, score.language, score.metric), bounds_only=True)
    environment = tuple((f"workbench.environment.{name}", version) for name, version in result.environment)
    tags = _pairs(
        **{
            "workbench.version": __version__,
            "workbench.spec_hash": result.spec_hash,
            "workbench.model_digest": result.model.digest or result.spec.model.digest,
            "workbench.engine": engine.engine,
            "workbench.device": engine.device,
            "workbench.device_name": engine.device_name,
            "workbench.dtype": engine.dtype,
            "workbench.strategy": engine.strategy,
            "workbench.licence": result.model.licence.value,
            "workbench.quantisation": result.model.quantisation.value,
            **series_tags(result.spec),
            "mlflow.note.content": _note(result, headlines),
        }
    )
    numbers = {
        "seconds": result.seconds,
        "load_seconds": engine.load_seconds,
        "computed_tokens": engine.computed_tokens,
        "peak_memory_bytes": engine.peak_memory,
        "items_scored": sum(entry.scored for entry in result.counts),
        "items_failed": sum(entry.failed for entry in result.counts),
    }
    metrics += [(name, float(value)) for name, value in numbers.items() if value is not None]
    return RunPayload(
        key="",
        name=result.model.name,
        params=spec_params(result.spec),
        metrics=tuple(metrics),
        tags=tags + environment,
    )


def _child(result: Result, pack: PackFacts | None, name: str, language: str, counts: Counts | None) -> RunPayload:
    scores = [score for score in result.scores if (score.pack, score.language) == (name, language)]
    metrics: list[tuple[str, float]] = []
    verdicts: dict[str, object] = {}
    for score in scores:
        metrics += score_metrics(score, metric_key(score.metric))
        verdicts[f"workbench.verdict.{score.metric}"] = score.verdict.value
        verdicts[f"workbench.interval.{score.metric}"] = score.interval
    if counts is not None:
        metrics += [
            (f"items_{what}", float(getattr(counts, what)))
            for what in ("planned", "scored", "failed", "tied", "truncated")
        ]
        metrics += [
            ("answers_parsed", float(counts.parsed)),
            ("answers_fallback", float(counts.fallback)),
            ("answers_failed", float(counts.extraction_failed)),
        ]
    params = _pairs(
        model=result.model.name,
        model_digest=result.model.digest or result.spec.model.digest,
        pack=name,
        language=language,
        pack_version=pack and pack.version,
        pack_digest=pack and pack.digest,
        task=pack and pack.task,
        formulation=pack and pack.formulation,
        wording=pack and pack.wording,
        shots=result.spec.shots,
        seed=result.spec.seed,
        limit="all" if result.spec.limit is None else result.spec.limit,
    )
    tags = _pairs(
        **{
            "workbench.version": __version__,
            "workbench.pack": name,
            "workbench.pack_digest": pack and pack.digest,
            "workbench.language": language,
            "workbench.licence": pack and pack.licence.value,
            "workbench.origin": pack and pack.origin.value,
            **verdicts,
        }
    )
    scored = counts.scored if counts else 0
    dataset = None if pack is None else DatasetPayload(name, pack.version, pack.digest, language, scored)
    return RunPayload(f"{name}/{language}", f"{name} · {language}", params, tuple(metrics), tags, dataset)


def score_metrics(score: Score, key: str, *, bounds_only: bool = False) -> list[tuple[str, float]]:
    """Return a score and its interval (and, unless `bounds_only`, what it is measured against) as metrics."""
    numbers: dict[str, float | None] = {"": score.value, "_low": score.low, "_high": score.high}
    if not bounds_only:
        numbers |= {"_chance": score.chance, "_majority": score.majority, "_n": score.n, "_groups": score.groups}
    return [
        (key + suffix, float(number))
        for suffix, number in numbers.items()
        if number is not None and math.isfinite(number)
    ]


def _model(facts: ModelFacts) -> ModelPayload:
    name = _NOT_IN_MODEL_NAMES.sub("-", facts.name).strip("-") or "model"
    params = _pairs(
        name=facts.name,
        format=facts.format,
        digest=facts.digest,
        adapter=facts.adapter,
        adapter_digest=facts.adapter_digest,
        family=facts.family.value,
        architecture=facts.architecture.value,
        parameters=facts.parameters.value,
        dtype=facts.dtype.value,
        quantisation=facts.quantisation.value,
        context_length=facts.context_length.value,
        vocabulary=facts.vocabulary.value,
        chat_template=facts.chat_template.value,
        licence=facts.licence.value,
        bytes=facts.size,
    )
    return ModelPayload(name, facts.digest or "", params)


def _note(result: Result, headlines: list[Score]) -> str:
    """Say the verdicts in words, in Markdown, where MLflow shows a run's description."""
    lines = [f"**{result.model.name}** · Workbench run `{result.run_id}`", ""]
    for score in headlines[:100]:
        value = "no value" if score.value is None else f"{score.value:.4g}"
        bounds = "" if score.low is None or score.high is None else f" [{score.low:.4g}, {score.high:.4g}]"
        lines.append(f"- {score.pack} · {score.language} · {score.metric}: {value}{bounds}, {score.verdict.value}")
    return "\n".join(lines)


def _pairs(**values: object) -> Pairs:
    return tuple((name, str(value)) for name, value in values.items() if value is not None and value != "")
