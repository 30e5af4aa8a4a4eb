"""Workbench: evaluate local open-weight models on national-language benchmarks, with evidence.

The verbs below span rooms and are put together here and nowhere else. Importing this package imports nothing
heavy; each verb imports what it needs.

    >>> import workbench as wb
    >>> result = wb.evaluate("gemma-3-270m", "cause-effect", languages=["th"])  # doctest: +SKIP
    >>> wb.report([result], "report.html")  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from workbench._version import __version__
from workbench.callable_rooms import keep_verbs
from workbench.checkpoint_series import Series
from workbench.comparison_verbs import compare, plan, rank
from workbench.policy.offline import switch_off
from workbench.tokenizer_verb import tokenizer_report

if TYPE_CHECKING:
    from workbench.benchmarks import Pack, PackEntry, ValidationReport
    from workbench.engines.loaded import LoadedModel
    from workbench.engines.protocol import EngineConfig
    from workbench.evaluation.preview import Preview
    from workbench.evaluation.result import Result
    from workbench.evaluation.rows import ItemRow
    from workbench.evaluation.spec import RunSpec
    from workbench.jobs.run import Run
    from workbench.jobs.served_model import ServedModel
    from workbench.jobs.studio import Studio
    from workbench.jobs.watching import RunStatus
    from workbench.jobs.worker_record import WorkerRecord
    from workbench.jupyter.widgets.panel import Panel
    from workbench.models import FoundModel, ModelFacts

T = TypeVar("T")

__all__ = [
    "Series",
    "__version__",
    "benchmark",
    "benchmarks",
    "compare",
    "evaluate",
    "evaluate_checkpoints",
    "inspect",
    "items",
    "load",
    "models",
    "panel",
    "plan",
    "preview",
    "rank",
    "report",
    "run",
    "runs",
    "serve",
    "studio",
    "submit",
    "tokenizer_report",
    "validate",
    "workers",
]


def models(*folders: str | Path) -> tuple[FoundModel, ...]:
    """Return the models on this machine: the store's, the hub cache's, and those below `folders`.

    Models that may not be loaded are listed with the reason.
    """
    from workbench.models import find_models
    from workbench.policy.home import home

    return find_models(home(), [Path(folder).expanduser() for folder in folders])


def inspect(model: str | Path, *, adapter: str | Path | None = None, digest: bool = False) -> ModelFacts:
    """Return what is known about a model without loading it; each fact says how it is known.

    Raises
    ------
    NotFound, ModelError, RefusedByPolicy
        There is no such model, or it cannot be used.
    """
    from workbench.models import inspect as read

    return read(_path(model), adapter=None if adapter is None else Path(adapter), digest=digest)


def load(model: str | Path, *, adapter: str | Path | None = None, config: EngineConfig | None = None) -> LoadedModel:
    """Load a model into this process, to try it out; `unload` it when done.

    Raises
    ------
    RefusedByPolicy, ModelError
        The gate is closed.
    MachineCannot
        It does not fit, or the device is not here.
    """
    switch_off()
    from workbench.engines import EngineConfig as Config
    from workbench.engines import open_engine
    from workbench.engines.loaded import LoadedModel
    from workbench.models import ChatTemplate, check

    path = _path(model)
    check(path)
    extra = None if adapter is None else Path(adapter)
    engine = open_engine("transformers", path, config or Config(), adapter=extra)
    return LoadedModel(inspect(path, adapter=extra), ChatTemplate.load(path), engine)


def serve(model: str | Path, *, report: Callable[[WorkerRecord], None] | None = None, **settings: Any) -> ServedModel:
    """Serve a model from a process of its own, to this notebook and to others; `unload` ends it.

    The handle has the verbs of `load` (``score``, ``generate``, ``chat``, ``unload``); the process outlives this one,
    ends after a quarter of an hour without a question, and `report` is told each of its states while it loads.

    Parameters
    ----------
    settings
        ``engine``, ``adapter``, ``config``, ``idle_timeout``, ``lease``, ``host``, ``port``, ``socket``, ``name``;
        see `workbench.jobs.serving.make_spec`.

    Raises
    ------
    RefusedByPolicy, ModelError
        The gate is closed.
    MachineCannot
        It does not fit, or the port is taken.
    """
    from workbench.jobs.serving import serve as start
    from workbench.policy.home import home

    return start(model, home(), report=report or (lambda _: None), **settings)


def workers() -> tuple[ServedModel, ...]:
    """Return a handle on every model that is served now, whoever started it, the newest first."""
    from workbench.jobs.served_model import ServedModel
    from workbench.jobs.worker_record import WorkerState
    from workbench.jobs.workers import list_workers
    from workbench.policy.home import home

    serving = [record for record in list_workers(home()) if record.state is WorkerState.SERVING]
    return tuple(ServedModel(record.worker_id, home()) for record in serving)


def benchmarks(language: str | None = None) -> tuple[Pack, ...]:
    """Return the packs and recipes that can be asked here, those that have `language` when one is named."""
    from workbench.errors import NotFound

    usable = [benchmark(entry.name) for entry in _entries() if entry.error is None]
    if language is None:
        return tuple(usable)
    found = []
    for pack in usable:
        try:
            pack.resolve((language,))
        except NotFound:
            continue
        found.append(pack)
    return tuple(found)


def benchmark(name: str | Path) -> Pack:
    """Return one pack, by name or by the path of its directory.

    Raises
    ------
    NotFound, BenchmarkError
        There is none, or it cannot be used.
    """
    from workbench.benchmarks import load_pack

    return load_pack(name)


def validate(benchmark: str | Path) -> ValidationReport:
    """Read every line of a pack and return every problem at once, with its file and line."""
    from workbench.benchmarks import validate_path

    return validate_path(benchmark)


def preview(model: str | Path, benchmark: str | Path, *, language: str = "", shots: int = 0, **more: Any) -> Preview:
    """Return the exact prompt of one item: text, tokens, choices and gold, as a run would ask it.

    Parameters
    ----------
    more
        ``item_id``, ``wording``, ``prompt_language``, ``formulation``, ``chat_template``, ``seed``.

    Raises
    ------
    NotFound, ModelError, BenchmarkError, SpecError
        As a run with the same settings.
    """
    from workbench.benchmarks import load_pack
    from workbench.evaluation.previewing import Choice, make_preview

    return make_preview(_path(model), load_pack(benchmark), Choice(language, shots=shots, **more))


def submit(model: str | Path, benchmarks: str | Path | Sequence[str | Path], **settings: Any) -> Run:
    """Start a run and return at once; it is a process of its own and outlives this one.

    Parameters
    ----------
    settings
        Fields of `workbench.evaluation.spec.RunSpec`: ``languages``, ``shots``, ``limit``, ``dtype``…, and
        ``adapter``.

    Raises
    ------
    NotFound, SpecError, RefusedByPolicy, ModelError, BenchmarkError
        It cannot be run.
    """
    from workbench.evaluation.build import build_spec

    return start(build_spec(model, benchmarks, **settings))


def start(spec: RunSpec) -> Run:
    """Start the run that a spec describes."""
    from workbench.jobs.launcher import submit as launch
    from workbench.jobs.run import Run
    from workbench.policy.home import home

    return _shown(Run(launch(spec, home()).run_id, home()))


def evaluate(
    model: str | Path,
    benchmarks: str | Path | Sequence[str | Path],
    *,
    report: Callable[[RunStatus], None] | None = None,
    **settings: Any,
) -> Result:
    """Evaluate a model: submit, show progress, wait, return the result.

    Interrupting the cell or the program leaves the run alone; ``wb.run(id).result()`` waits for it again.

    Raises
    ------
    WorkbenchError
        As `submit`, or as the run itself failed.
    """
    from workbench.jupyter.widgets.live import waited

    return _shown(waited(submit(model, benchmarks, **settings), report))


def evaluate_checkpoints(
    directory: str | Path,
    benchmarks: str | Path | Sequence[str | Path],
    *,
    report: Callable[[RunStatus], None] | None = None,
    **settings: Any,
) -> Series:
    """Evaluate a training run's checkpoints one after the other, and return them as a series.

    Those that were evaluated before with the same settings are not evaluated again; those that cannot be evaluated
    are in `Series.skipped`, with the reason. ``wb.report(series.results, "curve.html")`` draws the curve.

    Parameters
    ----------
    directory
        Holds ``checkpoint-500``, ``step-500``, ``epoch_3`` or ``iter_0000500``…; its own model, if any, is ``final``.
    settings
        As `evaluate`, without ``adapter``.

    Raises
    ------
    WorkbenchError
        As `submit`, or as a run itself failed; the runs behind it go on.
    """
    from workbench.evaluation.series import plan_series
    from workbench.jobs.series import submit_series
    from workbench.jupyter.widgets.live import waited
    from workbench.policy.home import home

    record = submit_series(plan_series(directory, benchmarks, **settings), home())
    results = [_shown(waited(run(member.run_id), report)) for member in record.members]
    return Series(record.id, record.name, tuple(results), record.skipped)


def runs() -> tuple[Run, ...]:
    """Return every run of this data directory, the newest first."""
    from workbench.jobs.run import Run
    from workbench.jobs.watching import run_directories
    from workbench.policy.home import home

    return _shown(tuple(Run(directory.name, home()) for directory in run_directories(home())))


def run(run_id: str) -> Run:
    """Return one run by its id, or by the beginning of it.

    Raises
    ------
    NotFound
        There is none, or several begin so.
    """
    from workbench.jobs.run import Run
    from workbench.jobs.watching import find_run
    from workbench.policy.home import home

    return _shown(Run(find_run(home(), run_id).name, home()))


def items(result: Result) -> tuple[ItemRow, ...]:
    """Return every item of a result: what was asked, what was answered, what it was worth."""
    from workbench.evaluation.finishing import item_rows

    return tuple(item_rows(result))


def report(results: Sequence[Result], path: str | Path, *, language: str = "en", title: str | None = None) -> Path:
    """Write a report of one or more results and return its path; the suffix chooses the format.

    ``.html`` (one self-contained file), ``.md``, ``.json``, ``.csv``, ``.parquet``.
    """
    from workbench.reports import write_report

    return write_report(results, Path(path), language=language, title=title)


def panel(what: str | Run | Result = "runs") -> Panel:
    """Return the panel, which shows itself in a notebook's cell: ``runs``, ``models``, ``benchmarks``, or a run.

    Raises
    ------
    UsageError
        It has no such tab.
    """
    from workbench.jupyter.widgets.panel import make_panel
    from workbench.policy.home import home

    return _shown(make_panel(home(), what))


def studio(pack: str | Path, language: str = "", *, new: bool = False) -> Studio:
    """Return the item studio for a pack and language: in a notebook's cell a form with live checks, else verbs.

    It opens the draft that was changed last; ``new=True`` begins another. What is written is on disk at once.

    Raises
    ------
    NotFound, BenchmarkError, UsageError
        There is no such pack or language, or its items are somebody else's original files.
    """
    from workbench.jobs.studio import open_studio
    from workbench.policy.home import home

    return _shown(open_studio(home(), pack, language, new=new))


def _shown(value: T) -> T:
    """Return `value`, which IPython, where there is one, knows how to show from now on."""
    from workbench.jupyter.widgets.display import register

    register()
    return value


def _path(model: str | Path) -> Path:
    from workbench.models import ModelStore
    from workbench.policy.home import home

    return ModelStore(home()).resolve(model)


def _entries() -> tuple[PackEntry, ...]:
    from workbench.benchmarks import find_packs

    return find_packs()


keep_verbs(__name__)
