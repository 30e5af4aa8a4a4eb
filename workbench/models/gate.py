"""The gate: what must not be loaded is refused here, each with its own error, before anything reads a weight.

There is no switch that opens it. A clean scan of a pickle does not unlock it: the scan only says what is inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import (
    BadConfig,
    ModelError,
    NotFound,
    PickleWeights,
    RefusedByPolicy,
    RemoteCode,
    UnsafePath,
    WorkbenchError,
)
from workbench.models.inspection import inspect
from workbench.models.layout import CONFIG, Layout, outside_links, read_json, read_layout
from workbench.models.manifest import model_files
from workbench.models.safetensors import read_header
from workbench.models.token_policy import token_policy


@dataclass(frozen=True, slots=True)
class GateReport:
    """Everything that keeps a model out, and what was seen and is not used.

    Attributes
    ----------
    refusals
        Errors, the gravest kind first; empty when the model may be loaded.
    notes
        Sentences about files that lie there and are never read or run.
    """

    path: Path
    refusals: tuple[WorkbenchError, ...]
    notes: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether the model may be loaded."""
        return not self.refusals


def gate(path: Path) -> GateReport:
    """Look for everything that keeps a model out; nothing is loaded."""
    try:
        layout = read_layout(path)
    except PickleWeights as error:
        return GateReport(path, (explained(error, _pickles(path)),), ())
    except WorkbenchError as error:
        return GateReport(path, (error,), ())
    found = list(_problems(layout))
    found.sort(key=lambda error: not isinstance(error, RefusedByPolicy))
    return GateReport(path, tuple(found), tuple(_notes(layout)))


def check(path: Path) -> None:
    """Raise the first refusal of the gate.

    Raises
    ------
    RefusedByPolicy, ModelError, NotFound
        The model may not be loaded; the class says why.
    """
    report = gate(path)
    if report.refusals:
        raise report.refusals[0]


def _problems(layout: Layout) -> Iterator[WorkbenchError]:
    known: tuple[WorkbenchError, ...] = ()
    if layout.gguf is None:
        links = outside_links(layout.root, tuple(file for _, file in model_files(layout.root)))
        for link in links:
            yield UnsafePath(f"{link.name} is a link that leads out of the model", where=link)
        for shard in layout.shards:
            yield from _raised(lambda shard=shard: read_header(shard))  # type: ignore[misc]
        yield from _remote_code(layout)
        known = _raised(lambda: token_policy(layout))
        yield from known
    yield from _rest(layout, known)


def _rest(layout: Layout, known: tuple[WorkbenchError, ...]) -> Iterator[WorkbenchError]:
    """Yield what only the whole inspection finds, unless it is one of `known` or a shard's own."""
    seen = {(type(error), error.where) for error in known}
    for error in _raised(lambda: inspect(layout.root)):
        shards = set() if layout.gguf else {str(shard) for shard in layout.shards}
        if (type(error), error.where) not in seen and error.where not in shards:
            yield error


def _raised(action: Callable[[], object]) -> tuple[WorkbenchError, ...]:
    try:
        action()
    except (ModelError, RefusedByPolicy, NotFound) as error:
        return (error,)
    return ()


def _remote_code(layout: Layout) -> Iterator[WorkbenchError]:
    for name in (CONFIG, "tokenizer_config.json", "processor_config.json", "preprocessor_config.json"):
        path = layout.file(name)
        if path is None:
            continue
        try:
            mapped = read_json(path).get("auto_map")
        except BadConfig:
            continue  # the inspection reports it
        if mapped:
            yield RemoteCode(f"auto_map asks for the model's own Python ({_first(mapped)})", where=path)


def _first(mapped: object) -> str:
    values = list(mapped.values()) if isinstance(mapped, dict) else mapped
    return str(values[0] if isinstance(values, list) and values else values)


def _notes(layout: Layout) -> Iterator[str]:
    if layout.pickles:
        yield f"{', '.join(file.name for file in layout.pickles)}: pickles beside the weights, never read"
    if layout.scripts:
        yield f"{', '.join(file.name for file in layout.scripts)}: Python beside the weights, never run"


def _pickles(path: Path) -> tuple[Path, ...]:
    try:
        return tuple(file for _, file in model_files(path) if file.suffix in (".bin", ".pt", ".pth", ".ckpt", ".pkl"))
    except NotFound:
        return ()


def explained(error: PickleWeights, pickles: tuple[Path, ...]) -> PickleWeights:
    """Return the refusal with what picklescan finds inside the first of the files."""
    from picklescan.scanner import scan_file_path

    if not pickles:
        return error
    try:
        result = scan_file_path(str(pickles[0]))
    except Exception as problem:  # noqa: BLE001 — the scanner fails in its own ways on damaged files; refused all the same
        return PickleWeights(f"{error.message}; picklescan could not read it ({problem})", where=error.where)
    names = sorted({f"{entry.module}.{entry.name}" for entry in result.globals})
    inside = f"it imports {', '.join(names[:5])}" if names else "it imports nothing"
    verdict = f"{result.issues_count} of them dangerous" if result.issues_count else "a clean scan does not unlock it"
    return PickleWeights(f"{error.message}; {inside} ({verdict})", where=error.where)
