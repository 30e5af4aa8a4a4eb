"""Facts with how each is known, licences, and how to get the same numbers again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from workbench.evaluation.result import PackFacts, Result
from workbench.facts import Fact, Origin, declared, measured
from workbench.reports.blocks import Block, labels
from workbench.reports.words import Words


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact as a table's row; `known` is False where there is no value."""

    name: str
    value: str
    origin: str
    source: str
    known: bool


@dataclass(frozen=True, slots=True)
class FactTable:
    """The facts of one model, run or pack."""

    title: str
    lines: tuple[FactLine, ...]


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """The licence of one model or pack."""

    kind: str
    name: str
    fact: FactLine


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to run one result again: the command, the digests and the packages."""

    title: str
    command: str
    spec_hash: str
    digests: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]


def fact_tables(results: Sequence[Result], blocks: Sequence[Block], words: Words) -> tuple[FactTable, ...]:
    """Return every fact there is about the models, runs and packs of a report."""
    named = zip(results, labels(results), strict=True)
    return (
        *(FactTable(words("facts.model", model=label), _model(result, words)) for result, label in named),
        *(FactTable(words("facts.run", run=result.run_id), _run(result, words)) for result in results),
        *(FactTable(words("facts.pack", pack=pack.title), _pack(pack, words)) for pack in _packs(blocks)),
    )


def licences(results: Sequence[Result], blocks: Sequence[Block], words: Words) -> tuple[LicenceLine, ...]:
    """Return the licences of models, then of packs."""
    models = {result.model.name: result.model.licence for result in results}
    lines = [LicenceLine(words("licence.model"), name, _line("licence", fact, words)) for name, fact in models.items()]
    return (
        *lines,
        *(
            LicenceLine(words("licence.pack"), pack.title, _line("licence", pack.licence, words))
            for pack in _packs(blocks)
        ),
    )


def recipes(results: Sequence[Result], words: Words) -> tuple[Recipe, ...]:
    """Return how to run each result again."""
    return tuple(
        Recipe(
            title=words("reproduce.of", run=result.run_id),
            command=command(result),
            spec_hash=result.spec_hash,
            digests=(
                (result.model.name, result.model.digest or result.spec.model.digest or words("origin.unknown")),
                *((f"{pack.name} {pack.version}", pack.digest) for pack in result.packs),
            ),
            environment=result.environment,
        )
        for result in results
    )


def command(result: Result) -> str:
    """Return the command line that asks the same again. Model and packs are named, not located."""
    spec = result.spec
    parts = ["workbench", "evaluate", result.model.name, *(PurePath(pack.name).name for pack in spec.packs)]
    options: list[tuple[str, object, object]] = [
        ("--adapter", PurePath(spec.model.adapter).name if spec.model.adapter else None, None),
        ("--languages", ",".join(spec.languages), ""),
        ("--shots", spec.shots, 0),
        ("--limit", spec.limit, None),
        ("--wording", spec.wording, ""),
        ("--prompt-language", spec.prompt_language, "own"),
        ("--formulation", spec.formulation, "auto"),
        ("--chat-template", spec.chat_template, "auto"),
        ("--engine", spec.engine, "transformers"),
        ("--device", spec.device, "auto"),
        ("--dtype", spec.dtype, "auto"),
        ("--max-length", spec.max_length, None),
        ("--repeats", spec.repeats, 1),
        ("--temperature", spec.temperature, 0.0),
        ("--seed", spec.seed, 0),
        ("--metrics", ",".join(spec.metrics), ""),
        ("--ray", spec.ray, ""),
        ("--tensor-parallel", spec.tensor_parallel, 1),
    ]
    for name, value, usual in options:
        if value != usual:
            parts += [name, str(value)]
    if spec.parity:
        parts.append("--parity")
    if spec.seal:
        parts.append("--seal")
    return shlex.join(parts)


def _packs(blocks: Sequence[Block]) -> list[PackFacts]:
    return list({(block.pack.name, block.pack.digest): block.pack for block in blocks}.values())


def _model(result: Result, words: Words) -> tuple[FactLine, ...]:
    model = result.model
    lines = [
        _line("family", model.family, words),
        _line("architecture", model.architecture, words),
        _line("parameters", model.parameters, words),
        _line("dtype", model.dtype, words),
        _line("quantisation", model.quantisation, words),
        _line("context_length", model.context_length, words),
        _line("vocabulary", model.vocabulary, words),
        _line("bos", declared(model.tokens.add_bos, model.tokens.source), words),
        _line("chat_template", model.chat_template, words),
        _line("languages", model.languages, words),
        _line("licence", model.licence, words),
        _line("size", measured(words.size(model.size)), words),
        _line("digest", _perhaps(model.digest), words),
    ]
    if model.adapter is not None:
        lines += [
            _line("adapter", measured(PurePath(model.adapter).name), words),
            _line("adapter_digest", _perhaps(model.adapter_digest), words),
        ]
    return tuple(lines)


def _run(result: Result, words: Words) -> tuple[FactLine, ...]:
    engine = result.engine
    versions = ", ".join(f"{name} {version}" for name, version in engine.versions)
    environment = ", ".join(f"{name} {version}" for name, version in result.environment)
    memory = None if engine.peak_memory is None else words.size(engine.peak_memory)
    device = engine.device if engine.device_name in ("", engine.device) else f"{engine.device} ({engine.device_name})"
    return (
        _line("engine", measured(f"{engine.engine} ({versions})" if versions else engine.engine), words),
        _line("device", measured(device), words),
        _line("computed_in", measured(engine.dtype), words),
        _line("strategy", measured(engine.strategy), words),
        _line("tokens", measured(engine.computed_tokens), words),
        _line("peak_memory", _perhaps(memory), words),
        _line("seconds", measured(f"{words.decimal(result.seconds, 1)} s"), words),
        _line("started", measured(words.date(result.started)), words),
        _line("environment", measured(environment) if environment else _perhaps(None), words),
    )


def _pack(pack: PackFacts, words: Words) -> tuple[FactLine, ...]:
    return (
        _line("origin", pack.origin, words),
        _line("reviewed", pack.reviewed, words),
        _line("licence", pack.licence, words),
        _line("where", declared(pack.source or None, "card.yaml"), words),
        _line("citation", declared(pack.citation or None, "card.yaml"), words),
        _line("digest", measured(pack.digest), words),
    )


def _perhaps(value: str | None) -> Fact[str]:
    return Fact(None, Origin.UNKNOWN) if value is None else measured(value)


def _line(key: str, fact: Fact[object] | Fact[str] | Fact[int] | Fact[bool], words: Words) -> FactLine:
    return FactLine(
        name=words(f"fact.{key}"),
        value=_plain(fact.value, words),
        origin=words(f"origin.{fact.origin.value}"),
        source=fact.source,
        known=fact.origin is not Origin.UNKNOWN,
    )


def _plain(value: object, words: Words) -> str:
    if value is None:
        return words("origin.unknown")
    if isinstance(value, bool):
        return words("yes") if value else words("no")
    if isinstance(value, int):
        return words.number(value)
    if isinstance(value, tuple):
        return ", ".join(str(entry) for entry in value)
    return str(value)
