"""`workbench draft`: what a run would be, before it is one. The panel asks it; scripts can too.

A draft is JSON on standard input: ``{"model": …, "packs": […], "settings": {…}}``, as `wb.submit` is called.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.benchmarks import Prompt, build_prompt, draw_shots, find_wording, load_pack, plan_items
from workbench.benchmarks.prompt import Turn
from workbench.benchmarks.records import Formulation, Item
from workbench.cli.output import emit, json_option, say, size, table
from workbench.errors import NotFound, UsageError
from workbench.evaluation.build import build_spec
from workbench.evaluation.preview import Piece
from workbench.evaluation.spec import ChatPolicy, FormulationChoice, RunSpec
from workbench.languages import normalise_tag
from workbench.policy.home import home

MOST_BYTES = 1 << 20


class Draft(BaseModel):
    """What is read: names or paths of model and packs, and fields of `RunSpec`."""

    model_config = ConfigDict(extra="forbid")

    model: str
    packs: list[str] = Field(min_length=1)
    settings: dict[str, Any] = {}
    token: str = ""
    items: int = Field(default=5, ge=1, le=20)

    def spec(self) -> RunSpec:
        """Return the spec of the run that the draft describes."""
        unknown = sorted(set(self.settings) - set(RunSpec.__dataclass_fields__) - {"adapter"})
        if unknown:
            raise UsageError(f"unknown setting {', '.join(unknown)}", where="settings")
        return build_spec(self.model, self.packs, **self.settings)


class Asked(BaseModel):
    """Which items are previewed, and how they are asked."""

    model_config = ConfigDict(extra="forbid")

    pack: str
    language: str
    item: str = ""
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=5, ge=1, le=50)
    model: str | None = None
    shots: int = Field(default=0, ge=0, le=100)
    wording: str = ""
    prompt_language: str = "own"
    formulation: FormulationChoice = "auto"
    chat_template: ChatPolicy = "auto"
    seed: int = Field(default=0, ge=0)


class Said(BaseModel):
    """A text or a conversation, and the model that is to read it."""

    model_config = ConfigDict(extra="forbid")

    model: str
    text: str = ""
    messages: list[Turn] = []


@dataclass(frozen=True, slots=True)
class Tokens:
    """A prompt as one model reads it."""

    model: str
    templated: bool
    text: str
    context: Piece
    continuations: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One item as it would be asked."""

    pack: str
    wording: str
    shots: int
    prompt: Prompt
    tokens: Tokens | None


@dataclass(frozen=True, slots=True)
class Previewed:
    """A page of items, and how many there are."""

    items: tuple[PreviewRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Started:
    """The run that a draft became."""

    run_id: str
    spec_hash: str


@click.group("draft", help="Check, cost, try and start a run that is described as JSON on standard input.")
def command() -> None:
    """Group of the commands about a draft."""


def _read(kind: type[BaseModel]) -> Any:
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UsageError(f"the draft is larger than {MOST_BYTES:,} bytes", where="standard input")
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'draft'}: {each['msg']}" for each in error.errors())
        raise UsageError(problems, where="standard input", remedy="Send one JSON object; see docs/panel.md.") from error


@command.command("spec")
@json_option
def spec_command(*, as_json: bool) -> None:
    """Print the spec that a draft makes, and its hash."""
    spec = _read(Draft).spec()
    if as_json:
        emit({"spec": spec, "spec_hash": spec.hash})
    else:
        say(spec.hash)


@command.command("plan")
@json_option
def plan_command(*, as_json: bool) -> None:
    """Say what a run would cost; nothing is loaded or asked."""
    from workbench.jobs.costing import cost

    found = cost(_read(Draft).spec(), home())
    if as_json:
        emit(found)
        return
    rows = [
        [part.pack, part.language, str(part.items), "unknown" if part.tokens is None else f"{part.tokens:,}"]
        for part in found.parts
    ]
    table(["pack", "language", "items", "tokens"], rows, right=(2, 3))
    time = (
        f"about {found.seconds:.0f} s, as run {found.seconds_source}" if found.seconds is not None else "time unknown"
    )
    memory = f", {size(found.memory.total)} of memory" if found.memory else ""
    say(f"\n{found.items:,} items, {time}{memory}")


@command.command("try")
@json_option
def try_command(*, as_json: bool) -> None:
    """Ask a few items of a run for real; nothing is kept."""
    from workbench.jobs.trial import try_out

    draft = _read(Draft)
    found = try_out(draft.spec(), home(), draft.items)
    if as_json:
        emit(found)
        return
    rows = [
        [row.pack, row.language, row.item_id, row.error or ", ".join(f"{name} {value:g}" for name, value in row.scores)]
        for row in found.rows
    ]
    table(["pack", "language", "item", "score"], rows)
    say(f"\n{found.seconds:.1f} s for {len(found.rows)} items")


@command.command("start")
@json_option
def start_command(*, as_json: bool) -> None:
    """Start a run; with a "token" in the draft, the same run only once."""
    from workbench.jobs.launcher import submit
    from workbench.jobs.once import submit_once

    draft = _read(Draft)
    spec = draft.spec()
    record = submit_once(spec, home(), draft.token) if draft.token else submit(spec, home())
    if as_json:
        emit(Started(record.run_id, record.spec_hash))
    else:
        say(record.run_id)


@command.command("preview")
@json_option
def preview_command(*, as_json: bool) -> None:
    """Show items of a benchmark with their exact prompts; with a model, to the token."""
    found = previewed(_read(Asked))
    if as_json:
        emit(found)
        return
    for row in found.items:
        say(f"── {row.pack} · {row.prompt.language} · {row.prompt.item_id}\n{row.prompt.context}")


@command.command("tokens")
@json_option
def tokens_command(*, as_json: bool) -> None:
    """Show exactly what a model reads of a text or a conversation."""
    from workbench.evaluation.previewing import make_reading
    from workbench.models import ModelStore

    said = _read(Said)
    found = make_reading(ModelStore(home()).resolve(said.model), said.messages or said.text)
    if as_json:
        emit(found)
    else:
        say(f"{len(found.tokens.token_ids)} tokens: {' · '.join(found.tokens.pieces)}")


def previewed(asked: Asked) -> Previewed:
    """Return the items that are asked for, as a run with the same settings would ask them.

    Raises
    ------
    NotFound, BenchmarkError, SpecError, ModelError
        As such a run.
    """
    pack = load_pack(asked.pack)
    (tag, *_) = pack.resolve([asked.language])
    shots = draw_shots(pack, tag, asked.shots, asked.seed)
    wording = find_wording(pack.card, asked.wording)
    formulation = pack.card.formulations[0] if asked.formulation == "auto" else Formulation(asked.formulation)
    own = asked.prompt_language if asked.prompt_language == "own" else normalise_tag(asked.prompt_language)
    items = plan_items(pack, tag, None, asked.seed, shots=shots)
    chosen = items[asked.offset : asked.offset + asked.limit]
    if asked.item:
        chosen = tuple(item for item in items if item.id == asked.item)
        if not chosen:
            raise NotFound(f"{pack.name} has no item {asked.item!r} to score in {tag}", where=pack.document.path)
    rows = tuple(
        PreviewRow(
            pack.name, wording.name, len(shots.items),
            build_prompt(pack.card, item, wording, formulation, shots, own), _tokens(asked, item, tag),
        )
        for item in chosen
    )  # fmt: skip
    return Previewed(rows, len(items))


def _tokens(asked: Asked, item: Item, tag: str) -> Tokens | None:
    if asked.model is None:
        return None
    from workbench.evaluation.previewing import Choice, make_preview
    from workbench.models import ModelStore

    choice = Choice(
        tag, item.id, asked.shots, asked.wording, asked.prompt_language, asked.formulation, asked.chat_template,
        asked.seed,
    )  # fmt: skip
    path: Path = ModelStore(home()).resolve(asked.model)
    made = make_preview(path, load_pack(asked.pack), choice)
    return Tokens(made.model, made.templated, made.text, made.context, made.continuations)
