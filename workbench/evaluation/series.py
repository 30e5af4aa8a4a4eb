"""A training run's checkpoints as a series: one run each, all asked the same things in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from workbench.benchmarks.packs import Pack
from workbench.errors import BadInput, UsageError
from workbench.evaluation.build import build_spec, model_reference
from workbench.evaluation.fake_model import fake_model
from workbench.evaluation.spec import ModelRef, RunSpec, SeriesRef
from workbench.models import Checkpoint, Skipped, TrainingRun, find_checkpoints, make_manifest
from workbench.models.checkpoints import FINAL
from workbench.models.manifest import Progress
from workbench.policy.digests import sha256_record

PLACE = frozenset({"model", "series", "device", "ray", "tensor_parallel", "token_budget", "interpreter", "seal"})
"""Fields of a spec in which the runs of one series may differ: where they run, and on which model."""
ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """What a series asks: a spec for each checkpoint, in the order of their steps, and what is left out."""

    id: str
    name: str
    specs: tuple[RunSpec, ...]
    skipped: tuple[Skipped, ...]


def plan_series(
    directory: str | Path,
    benchmarks: str | Path | Pack | Sequence[str | Path | Pack],
    *,
    progress: Progress | None = None,
    **settings: Any,
) -> SeriesPlan:
    """Return the specs of evaluating each checkpoint below `directory` on `benchmarks`.

    Parameters
    ----------
    directory
        A training run's directory; the directory's own model, if it has one, comes last.
    settings
        As `workbench.evaluation.build.build_spec`, without ``adapter``.

    Raises
    ------
    NotFound
        No checkpoints are there, or no such benchmark, language, wording or metric.
    BadInput
        Two checkpoints of one step, or none that can be evaluated; each is named with its reason.
    SpecError, UsageError
        A setting that is unknown or out of range, or an adapter.
    """
    if settings.pop("adapter", None) is not None:
        raise UsageError("checkpoints are evaluated as they are, without an adapter", remedy="Leave --adapter out.")
    root = Path(directory).expanduser().absolute()
    found = find_checkpoints(root)
    if not found.checkpoints:
        raise BadInput(
            f"none of {len(found.skipped)} checkpoints can be evaluated: "
            + "; ".join(f"{entry.name}: {entry.reason}" for entry in found.skipped),
            where=root,
        )
    fake = settings.get("engine") == "fake"
    chosen, skipped = (found.checkpoints, found.skipped) if fake else _without_repeat(found, progress)
    models = [
        fake_model(f"{root.name}/{checkpoint.name}") if fake else model_reference(checkpoint.path, progress=progress)
        for checkpoint in chosen
    ]
    first = build_spec(models[0].path, benchmarks, **settings)
    identity = series_id(first, root)
    return SeriesPlan(
        id=identity,
        name=root.name,
        specs=tuple(
            replace(first, model=model, series=_reference(identity, found, checkpoint))
            for checkpoint, model in zip(chosen, models, strict=True)
        ),
        skipped=skipped,
    )


def series_id(spec: RunSpec, directory: Path) -> str:
    """Return the id of the series of `directory`'s checkpoints that are asked as `spec` asks."""
    asked = {name: value for name, value in asdict(spec).items() if name not in PLACE}
    return f"series-{sha256_record([asked, str(directory.resolve())])[:ID_LENGTH]}"


def _reference(identity: str, found: TrainingRun, checkpoint: Checkpoint) -> SeriesRef:
    unit = cast("Literal['step', 'epoch']", found.unit)
    return SeriesRef(identity, found.directory.name, checkpoint.name, checkpoint.step, unit)


def _without_repeat(
    found: TrainingRun, progress: Progress | None
) -> tuple[tuple[Checkpoint, ...], tuple[Skipped, ...]]:
    """Leave the final model out where it has the very weights of a checkpoint: trainers often save the last twice."""
    *others, last = found.checkpoints
    if last.name != FINAL or not others:
        return found.checkpoints, found.skipped
    weights = _weights(last, progress)
    same = next((other for other in reversed(others) if _weights(other, progress) == weights), None)
    if same is None:
        return found.checkpoints, found.skipped
    reason = f"it has the weights of {same.name}, which is evaluated"
    return tuple(others), (*found.skipped, Skipped(FINAL, "repeated", reason))


def _weights(checkpoint: Checkpoint, progress: Progress | None) -> dict[str, str]:
    files = make_manifest(checkpoint.path, progress).files
    return {name: digest for name, digest in files.items() if name.endswith(".safetensors")}


def same_checkpoint(one: RunSpec, other: RunSpec) -> bool:
    """Return whether two specs put the same questions to the same checkpoint, wherever they run."""
    return one.series == other.series and _bytes(one.model) == _bytes(other.model)


def _bytes(model: ModelRef) -> tuple[str, str | None]:
    return model.digest, model.adapter_digest
