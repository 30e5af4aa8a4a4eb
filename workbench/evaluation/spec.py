"""What is run, on what, and how: one model × many packs, as one hashed record.

The Lab panel, a notebook and the command line build the same `RunSpec`; equal specs have equal hashes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from workbench.errors import SpecError
from workbench.policy.digests import canonical_json, sha256_bytes

SCHEMA = 1
RAY = r"^$|^auto$|^local:[1-9][0-9]{0,3}$|^[A-Za-z0-9._-]+:[1-9][0-9]{0,4}$|^\[[0-9A-Fa-f:]+\]:[1-9][0-9]{0,4}$"
SERIES = r"^series-[0-9a-f]{12}$"
FormulationChoice = Literal["auto", "cloze", "letters", "generate", "rolling"]
ChatPolicy = Literal["auto", "never", "always"]


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model: a directory or GGUF file, an optional adapter, and the digests they had."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    path: str
    digest: str
    adapter: str | None = None
    adapter_digest: str | None = None


@dataclass(frozen=True, slots=True)
class PackRef:
    """Which pack: name or path, and the digest it had."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class SeriesRef:
    """Which training run a model is a checkpoint of, and where in it.

    Attributes
    ----------
    id
        The same for all runs that ask a training run's checkpoints the same things in the same way.
    name
        Of the directory of checkpoints.
    checkpoint
        Of this one's directory, or ``final``.
    step
        Its number, counted in `unit`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=SERIES)]
    name: Annotated[str, Field(min_length=1, max_length=255)]
    checkpoint: Annotated[str, Field(min_length=1, max_length=255)]
    step: Annotated[int, Field(ge=0)]
    unit: Literal["step", "epoch"] = "step"


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run.

    Attributes
    ----------
    model, packs
        What is evaluated on what; digests make the spec a statement about bytes, not names.
    languages
        BCP-47 tags; empty: every language of each pack.
    shots
        Examples before each question.
    wording
        Name of a wording; empty: each card's first.
    prompt_language
        ``own`` (the item's) or a BCP-47 tag whose wording is used for all items.
    formulation
        ``auto``: each card's first.
    chat_template
        ``auto``: used when the model has one and the formulation is `generate`; ``always``; ``never``.
    engine, device, dtype, token_budget, max_length
        As in `workbench.engines.EngineConfig`.
    limit
        Items per pack and language; None: all. The first `limit` of a seeded permutation unless `parity`.
    repeats
        How often each item is asked (sampled generation).
    seal
        Refuse the network for the whole run.
    seed
        Draws shots and, with `limit`, items.
    parity
        Cut, truncate, tie and order as lm-eval 0.4.13.
    metrics
        Names; empty: each card's.
    interpreter
        Python that runs the model; empty: the one that submits.
    ray
        Where to spread the run: ``auto``, ``local:N`` or ``HOST:PORT``; empty: nowhere. Changes no number, so no key.
    tensor_parallel
        Devices that one model is divided over. Like `device` a matter of place: in the spec, in no key.
    series
        The training run that the model is a checkpoint of.
    """

    model: ModelRef
    packs: Annotated[tuple[PackRef, ...], Field(min_length=1)]
    languages: tuple[str, ...] = ()
    shots: Annotated[int, Field(ge=0, le=100)] = 0
    wording: str = ""
    prompt_language: str = "own"
    formulation: FormulationChoice = "auto"
    chat_template: ChatPolicy = "auto"
    engine: Literal["transformers", "vllm", "openai", "fake"] = "transformers"
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    max_length: Annotated[int | None, Field(ge=8)] = None
    token_budget: Annotated[int | None, Field(ge=8)] = None
    limit: Annotated[int | None, Field(ge=1)] = None
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    temperature: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    seal: bool = False
    seed: Annotated[int, Field(ge=0)] = 0
    parity: bool = False
    metrics: tuple[str, ...] = ()
    interpreter: str = ""
    suite: str = ""
    """Name of the suite this run belongs to: the MLflow experiment."""
    ray: Annotated[str, Field(pattern=RAY)] = ""
    tensor_parallel: Annotated[int, Field(ge=1, le=1024)] = 1
    series: SeriesRef | None = None
    schema: Annotated[int, Field(ge=1)] = SCHEMA

    def canonical(self) -> bytes:
        """Return the spec as canonical JSON: equal specs are equal bytes.

        A field that came later stands in it only where it is used, so that older specs keep their hash.
        """
        later = {"ray": "", "tensor_parallel": 1, "series": None}
        return canonical_json({name: value for name, value in asdict(self).items() if value != later.get(name, ...)})

    @property
    def hash(self) -> str:
        """sha256 of the canonical JSON."""
        return sha256_bytes(self.canonical())


@cache
def adapter() -> TypeAdapter[RunSpec]:
    """Return the validator of specs, built once."""
    return TypeAdapter(RunSpec)


def spec_from_json(data: bytes | str, where: str = "spec") -> RunSpec:
    """Read a spec, every field checked.

    Raises
    ------
    SpecError
        Not JSON, an unknown field, or a value out of range; each problem is named.
    """
    try:
        fields = json.loads(data)
        return checked(fields, where)
    except ValueError as error:
        raise SpecError(f"this is no JSON ({error})", where=where) from error


def checked(fields: Any, where: str = "spec") -> RunSpec:
    """Return the spec that `fields` describe.

    Raises
    ------
    SpecError
        An unknown field or a value out of range; each problem is named.
    """
    if isinstance(fields, dict):
        unknown = sorted(set(fields) - set(RunSpec.__dataclass_fields__))
        if unknown:
            raise SpecError(f"unknown field {', '.join(unknown)}", where=where)
        schema = fields.get("schema", SCHEMA)
        if isinstance(schema, int) and schema > SCHEMA:
            raise SpecError(f"schema {schema} is newer than this Workbench knows ({SCHEMA})", where=where)
    try:
        return adapter().validate_python(fields)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'spec'}: {problem['msg']}" for problem in error.errors()
        )
        raise SpecError(problems, where=where) from error


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a spec, which the panel builds its form from."""
    return adapter().json_schema()
