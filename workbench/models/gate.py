"""The gate: what must not be loaded is refused here, each with its own error, before anything reads a weight.

There is no switch that opens it. A clean scan of a pickle does not unlock it: the scan only says what is inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
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
from workbench.models.adapters import misfits, read_adapter
from workbench.models.chat import ChatTemplate
from workbench.models.gguf_inspection import inspect_gguf
from workbench.models.inspection import read_config, read_tensors
from workbench.models.layout import (
    ADAPTER_CONFIG,
    CONFIG,
    PICKLE_SUFFIXES,
    Layout,
    Survey,
    outside_links,
    read_json,
    survey,
)
from workbench.models.manifest import Progress, mismatches, model_files
from workbench.models.memory import Need
from workbench.models.pickles import explained, looks_like_a_pickle
from workbench.models.safetensors import read_header
from workbench.models.token_policy import token_policy

SETTINGS = (CONFIG, "tokenizer_config.json", "processor_config.json", "preprocessor_config.json", ADAPTER_CONFIG)
CODE = re.compile(r"(modeling|configuration|tokenization|processing|image_processing|feature_extraction)_.*\.py")
"""Names under which transformers looks for a model's own Python."""
CUSTOM_GENERATE = "custom_generate"
WEIGHTS = (".safetensors", ".gguf")


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


def gate(
    path: Path,
    *,
    adapter: Path | None = None,
    digests: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> GateReport:
    """Look for everything that keeps a model out; nothing is loaded.

    Parameters
    ----------
    adapter
        A LoRA adapter to go on top; it has to pass too, and to fit.
    digests
        Recorded sha256 of each file, by name: every file is hashed and compared.
    progress
        Told while files are hashed.
    """
    found: list[WorkbenchError] = []
    notes: tuple[str, ...] = ()
    try:
        looked = survey(path)
    except WorkbenchError as error:
        found.append(error)
        if path.is_dir() and not isinstance(error, NotFound):  # what is no model is not searched through
            found += _links(path)
    else:
        found += _problems(looked)
        notes = tuple(_notes(looked.layout))
        if adapter is not None:
            found += _adapter(adapter, looked.layout)
    if digests is not None and path.exists():
        found += mismatches(path, digests, progress)
    distinct = {(type(error), error.where, error.message): error for error in map(_with_scan, found)}
    refusals = sorted(distinct.values(), key=lambda error: not isinstance(error, RefusedByPolicy))
    return GateReport(path, tuple(refusals), notes)


def check(path: Path, *, adapter: Path | None = None) -> None:
    """Raise the first refusal of the gate.

    Raises
    ------
    RefusedByPolicy, ModelError, NotFound
        The model may not be loaded; the class says why.
    """
    report = gate(path, adapter=adapter)
    if report.refusals:
        raise report.refusals[0]


def _problems(looked: Survey) -> Iterator[WorkbenchError]:
    layout = looked.layout
    yield from looked.problems
    if layout.gguf is not None:
        yield from _raised(lambda: inspect_gguf(layout, Need()))
        return
    yield from _links(layout.root)
    damaged = tuple(error for shard in layout.shards for error in _raised(lambda shard=shard: read_header(shard)))  # type: ignore[misc]
    yield from damaged
    if not damaged and not looked.problems:
        yield from _raised(lambda: read_tensors(layout))
    yield from _raised(lambda: read_config(layout))
    yield from _raised(lambda: token_policy(layout))
    yield from _raised(lambda: ChatTemplate.load(layout.root)) if not looked.problems else ()
    yield from _remote_code(layout.root)


def _raised(action: Callable[[], object]) -> tuple[WorkbenchError, ...]:
    try:
        action()
    except (ModelError, RefusedByPolicy, NotFound) as error:
        return (error,)
    return ()


def _links(root: Path) -> Iterator[WorkbenchError]:
    for link in outside_links(root):
        yield UnsafePath(f"{link.name} is a link that leads out of the model", where=link)


def _remote_code(root: Path) -> Iterator[WorkbenchError]:
    for name in SETTINGS:
        path = root / name
        if not path.is_file():
            continue
        try:
            mapped = read_json(path).get("auto_map")
        except BadConfig:
            continue  # reported where it is needed
        if mapped:
            yield RemoteCode(f"auto_map asks for the model's own Python ({_first(mapped)})", where=path)
    for file in sorted(root.glob("*.py")):
        if CODE.fullmatch(file.name):
            yield RemoteCode(
                "this is Python that a loader could run",
                where=file,
                remedy="Delete the file if transformers implements this architecture itself; use another model if not.",
            )
    if (root / CUSTOM_GENERATE).is_dir():
        yield RemoteCode("the model brings a generation loop of its own", where=root / CUSTOM_GENERATE)


def _first(mapped: object) -> str:
    values = list(mapped.values()) if isinstance(mapped, dict) else mapped
    return str(values[0] if isinstance(values, list) and values else values)


def _adapter(path: Path, base: Layout) -> Iterator[WorkbenchError]:
    try:
        found = read_adapter(path)
        yield from misfits(found, base)
    except (ModelError, RefusedByPolicy, NotFound) as error:
        yield error
    yield from _links(path)
    yield from _remote_code(path)


def _with_scan(error: WorkbenchError) -> WorkbenchError:
    return explained(error) if isinstance(error, PickleWeights) else error


def _notes(layout: Layout) -> Iterator[str]:
    if layout.pickles and layout.shards:
        yield f"{', '.join(file.name for file in layout.pickles)}: pickles beside the weights, never read"
    others = [file for file in layout.scripts if not CODE.fullmatch(file.name)]
    if others:
        yield f"{', '.join(file.name for file in others)}: Python beside the weights, never run"
    if layout.gguf is None:
        known = {*PICKLE_SUFFIXES, *WEIGHTS}
        for name, file in model_files(layout.root):
            if file.suffix not in known and looks_like_a_pickle(file):
                yield f"{name}: a pickle or an archive under another name, never read"
