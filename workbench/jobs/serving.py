"""From what a person says to a served model: names become paths, and what the model takes is said before."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from workbench.engines.devices import check_devices
from workbench.engines.protocol import EngineConfig
from workbench.engines.serve.served import Memory
from workbench.errors import UsageError
from workbench.jobs.admission import model_memory
from workbench.jobs.served_model import ServedModel
from workbench.jobs.worker_record import IDLE_SECONDS, ServeSpec, seconds
from workbench.jobs.workers import Report, start_worker
from workbench.models.facts import ModelFacts
from workbench.policy.home import Home


def make_spec(
    model: str | Path,
    home: Home,
    *,
    adapter: str | Path | None = None,
    config: EngineConfig | None = None,
    idle_timeout: str | float | None = IDLE_SECONDS,
    lease: str | float | None = None,
    **settings: Any,
) -> tuple[ServeSpec, Memory]:
    """Return what to serve, and the memory it takes, from headers alone.

    Parameters
    ----------
    model
        A name in the store, a directory or a GGUF file; any name for ``engine="fake"``.
    config
        Device, dtype and context length.
    idle_timeout, lease
        Seconds, or a text like ``15m``; ``never`` or None: without.
    settings
        Further fields of `ServeSpec`: ``engine``, ``host``, ``port``, ``socket``, ``name``.

    Raises
    ------
    NotFound, ModelError, RefusedByPolicy
        There is no such model, or it must not be loaded.
    UsageError
        A setting that is none, or is out of range.
    """
    config = config or EngineConfig()
    chosen = {
        "device": config.device, "dtype": config.dtype, "max_length": config.max_length,
        "tensor_parallel": config.tensor_parallel,
        "idle_timeout": seconds(idle_timeout, "idle_timeout"), "lease": seconds(lease, "lease"),
        **settings,
    }  # fmt: skip
    if chosen.get("engine") == "fake":
        said = {"name": Path(str(model)).name, "path": str(model), "adapter": str(adapter or ""), **chosen}
        return checked(said), Memory(0, 0)
    from workbench.models import ModelStore, check, inspect

    path = ModelStore(home).resolve(model)
    extra = None if adapter is None else Path(adapter).expanduser().absolute()
    check(path, adapter=extra)
    facts = inspect(path, adapter=extra, dtype=config.dtype, context=config.max_length)
    spec = checked({"name": facts.name, "path": str(path), "adapter": str(extra or ""), **chosen})
    return spec, memory_of(spec, facts)


def memory_of(spec: ServeSpec, model: ModelFacts) -> Memory:
    """Return what a model needs and what is reserved for it: an engine on each device named has a model of its own."""
    reserved = model_memory(spec.engine, model).total
    engines = max(1, (spec.device.count(",") + 1) // spec.tensor_parallel)
    return Memory(model.memory.weights * engines, reserved * engines)


def checked(said: dict[str, Any]) -> ServeSpec:
    """Return the spec that is said.

    Raises
    ------
    UsageError
        A field is unknown or has a value that it cannot have; each is named.
    """
    unknown = sorted(set(said) - set(ServeSpec.__dataclass_fields__))
    if unknown:
        raise UsageError(f"there is no setting {', '.join(unknown)}", remedy="See docs/serve.md.")
    try:
        spec = _specs().validate_python(said)
    except ValidationError as error:
        wrong = "; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors()[:5])
        raise UsageError(wrong, remedy="See `workbench serve --help`.") from error
    if spec.tensor_parallel < 1:
        raise UsageError("a model lies on one device at least", where="--tensor-parallel", remedy="Leave it out.")
    check_devices(spec.engine, spec.device, spec.tensor_parallel)
    if not 0 <= spec.port < 1 << 16:
        raise UsageError(f"there is no port {spec.port}", where="--port", remedy="Use one from 1024 to 65535.")
    if spec.max_length is not None and spec.max_length < 1:
        raise UsageError("a sequence has at least one token", where="--max-length", remedy="Leave it out.")
    return spec


@cache
def _specs() -> TypeAdapter[ServeSpec]:
    return TypeAdapter(ServeSpec)


def serve(model: str | Path, home: Home, *, report: Report = lambda _: None, **settings: Any) -> ServedModel:
    """Start a worker, wait until it serves, and return a handle on it; see `make_spec` for settings and errors."""
    spec, memory = make_spec(model, home, **settings)
    return ServedModel(start_worker(spec, memory, home, report).worker_id, home)
