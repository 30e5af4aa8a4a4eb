"""A suite: a YAML file that says which models are asked what, and that expands into run specs.

::

    name: spring-2026
    models:
      - gemma-3-270m
      - {model: ./llama, adapter: ./lora-th, settings: {dtype: bfloat16}}
    packs: [xcopa, civics]
    languages: [th, vi]
    settings:
      - {shots: 0}
      - {shots: 5, limit: 100}

Each model × each entry of `settings` is one run over all packs and languages. A model's own settings win. Paths that
begin with ``.`` are relative to the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from workbench.benchmarks.card_yaml import YamlDocument, read_yaml
from workbench.errors import BenchmarkError, SpecError
from workbench.evaluation.spec import RunSpec

SCHEMA = 1
SUFFIXES = (".yaml", ".yml")
NOT_SETTINGS = frozenset({"model", "packs", "languages", "suite", "series", "schema"})
NAME = r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}"


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One run of a suite: what `workbench.evaluation.build.build_spec` is called with."""

    model: str
    packs: tuple[str, ...]
    settings: Mapping[str, Any]
    """`adapter`, `languages`, `suite` and fields of `RunSpec`."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite as read, already expanded: models vary slowest, settings fastest."""

    name: str
    runs: tuple[SuiteRun, ...]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | Mapping) else value


def _model_entry(value: Any) -> Any:
    return {"model": value} if isinstance(value, str) else value


Word = Annotated[str, Field(min_length=1)]
Words = Annotated[list[Word], BeforeValidator(_listed)]


@cache
def _file_schema() -> type[BaseModel]:
    """Return what a suite file may hold; settings have the types and ranges of `RunSpec`."""
    closed = ConfigDict(extra="forbid")
    hints = get_type_hints(RunSpec, include_extras=True)
    fields: dict[str, Any] = {name: (hint, None) for name, hint in hints.items() if name not in NOT_SETTINGS}
    settings: Any = create_model("settings", __config__=closed, **fields)
    entry: dict[str, Any] = {"model": (Word, ...), "adapter": (Word | None, None), "settings": (settings, settings())}
    model: Any = create_model("model", __config__=closed, **entry)
    models = list[Annotated[model, BeforeValidator(_model_entry)]]
    variants = list[settings]
    suite: dict[str, Any] = {
        "version": (int, Field(SCHEMA, alias="schema", ge=1, le=SCHEMA)),
        "name": (str, Field(pattern=f"^{NAME}$")),
        "models": (Annotated[models, BeforeValidator(_listed)], Field(min_length=1)),
        "packs": (Words, Field(min_length=1)),
        "languages": (Words, []),
        "settings": (Annotated[variants, BeforeValidator(_listed)], Field([settings()], min_length=1)),
    }
    return create_model("suite", __config__=closed, **suite)


def read_suite(path: Path) -> Suite:
    """Read and expand a suite.

    Raises
    ------
    SpecError
        The file is missing, no YAML, or does not say a suite; each problem with its line.
    """
    try:
        document = read_yaml(path)
    except BenchmarkError as error:
        raise SpecError(
            error.message.replace("the card", "the suite"),
            where=error.where,
            remedy="docs/suites.md says what it holds.",
        ) from error
    try:
        said = _file_schema().model_validate(document.data)
    except ValidationError as error:
        raise _problems(error, document, path) from error
    plain = said.model_dump(exclude_unset=True)
    runs = tuple(
        SuiteRun(
            model=_located(entry["model"], path),
            packs=tuple(_located(pack, path) for pack in plain["packs"]),
            settings=MappingProxyType(
                {
                    **variant,
                    **entry.get("settings", {}),
                    **({"adapter": _located(entry["adapter"], path)} if entry.get("adapter") else {}),
                    "languages": tuple(plain.get("languages", ())),
                    "suite": plain["name"],
                }
            ),
        )
        for entry in plain["models"]
        for variant in plain.get("settings", [{}])
    )
    return Suite(plain["name"], runs)


def _problems(error: ValidationError, document: YamlDocument, path: Path) -> SpecError:
    """Return every problem as one error; it stands at the first one's line."""
    found = []
    for problem in error.errors():
        place = _known_path(problem["loc"], document)
        found.append((document.line(place), ".".join(map(str, problem["loc"])) or "suite", problem["msg"]))
    found.sort()
    first = found[0][0]
    text = "; ".join(
        f"{name}: {message}" + (f" (line {line})" if line != first else "") for line, name, message in found
    )
    return SpecError(text, where=f"{path}:{first}")


def _known_path(loc: tuple[int | str, ...], document: YamlDocument) -> tuple[str | int, ...]:
    """Return the part of a validator's path that stands in the file: a lone entry stands for a list of one."""
    here: tuple[str | int, ...] = ()
    for step in loc:
        if (*here, step) in document.lines:
            here = (*here, step)
    return here


def _located(name: str, path: Path) -> str:
    return str((path.parent / name).resolve()) if name.startswith(".") else name
