"""Making a preview: the same rendering, split and tokenizer files as a run, without loading a weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.benchmarks.packs import Pack
from workbench.benchmarks.plan import plan_items
from workbench.benchmarks.prompt import Turn
from workbench.benchmarks.records import Formulation
from workbench.benchmarks.render import build_prompt
from workbench.benchmarks.shots import draw_shots
from workbench.benchmarks.wording import OWN, check_spoken, find_wording
from workbench.errors import ChatTemplateError, NotFound, NoTokenizer
from workbench.evaluation.asking import scored_texts, uses_template
from workbench.evaluation.preview import Piece, Preview
from workbench.evaluation.spec import ChatPolicy, ModelRef, PackRef, checked
from workbench.languages import normalise_tag
from workbench.models import ChatTemplate, TokenPolicy, inspect

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Choice:
    """Which item is previewed, and how it is asked; as the fields of a `RunSpec`."""

    language: str = ""
    item_id: str = ""
    shots: int = 0
    wording: str = ""
    prompt_language: str = "own"
    formulation: str = "auto"
    chat_template: ChatPolicy = "auto"
    seed: int = 0


def make_preview(model: Path, pack: Pack, choice: Choice) -> Preview:
    """Return one item exactly as a model would read it.

    Raises
    ------
    NotFound
        No such language or item.
    ModelError, BenchmarkError, SpecError
        As a run with the same settings.
    """
    choice = _checked(choice)
    language = pack.resolve((choice.language,) if choice.language else ())[0]
    shots = draw_shots(pack, language, choice.shots, choice.seed)
    items = plan_items(pack, language, None, choice.seed, shots=shots)
    item = next((entry for entry in items if choice.item_id in ("", entry.id)), None)
    if item is None:
        raise NotFound(f"{pack.name} has no item {choice.item_id!r} to score in {language}", where=pack.root)
    formulation = pack.card.formulations[0] if choice.formulation == "auto" else Formulation(choice.formulation)
    wording = find_wording(pack.card, choice.wording)
    check_spoken(wording, choice.prompt_language)
    prompt = build_prompt(pack.card, item, wording, formulation, shots, choice.prompt_language)
    template = ChatTemplate.load(model)
    templated = bool(prompt.turns) and uses_template(choice.chat_template, formulation, template)
    text = template.render(prompt.turns) if templated and template else prompt.context
    facts = inspect(model)
    reader = _Reader(_tokenizer(model), facts.tokens, templated=templated)
    scored = scored_texts(prompt, templated=templated)
    context, continuations = reader.split(text, scored)
    return Preview(prompt, facts.name, templated, text, context, continuations)


def _checked(choice: Choice) -> Choice:
    """Return the choice, its language of the prompt under the one name it has.

    Raises
    ------
    SpecError
        A value that a spec could not have.
    NotFound
        The language of the prompt is none.
    """
    said = {name: value for name, value in asdict(choice).items() if name not in ("language", "item_id")}
    nothing = {"model": ModelRef("", ""), "packs": (PackRef("", ""),)}
    checked({**said, **nothing}, "the settings of the preview")
    own = choice.prompt_language == OWN
    return choice if own else replace(choice, prompt_language=normalise_tag(choice.prompt_language))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model reads of a text or a conversation; `bos` is the leading token that its tokenizer adds, or None."""

    model: str
    templated: bool
    bos: str | None
    tokens: Piece


def make_reading(model: Path, said: str | Sequence[Turn]) -> Reading:
    """Return exactly what a model reads: `said` as it is, or as its chat template makes it.

    Raises
    ------
    ChatTemplateError
        A conversation, and the model brings no template or refuses it.
    ModelError, NotFound
        The model or its tokenizer cannot be read.
    """
    facts = inspect(model)
    text = said if isinstance(said, str) else _rendered(model, said)
    reader = _Reader(_tokenizer(model), facts.tokens, templated=not isinstance(said, str))
    bos = facts.tokens.bos if facts.tokens.add_bos else None
    return Reading(facts.name, not isinstance(said, str), bos, reader.piece(text, reader.encode(text)))


def _rendered(model: Path, turns: Sequence[Turn]) -> str:
    template = ChatTemplate.load(model)
    if template is None:
        raise ChatTemplateError("the model brings no chat template", where=model)
    return template.render(tuple(turns), add_generation_prompt=True)


def _tokenizer(model: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    path = model / "tokenizer.json"
    if not path.is_file():
        raise NoTokenizer("a preview needs tokenizer.json", where=model, remedy="Convert the GGUF file first.")
    return Tokenizer.from_file(str(path))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Encodes as the engine does: BOS once, one split for all continuations."""

    tokenizer: Tokenizer
    policy: TokenPolicy
    templated: bool

    def encode(self, text: str) -> list[int]:
        ids = list(self.tokenizer.encode(text, add_special_tokens=False).ids)
        bos = self.policy.bos_id
        if self.policy.add_bos and bos is not None and ids[:1] != [bos]:
            return [bos, *ids]
        return ids

    def piece(self, text: str, ids: Sequence[int]) -> Piece:
        return Piece(
            text, tuple(ids), tuple(self.tokenizer.decode([token], skip_special_tokens=False) for token in ids)
        )

    def split(self, context: str, continuations: Sequence[str]) -> tuple[Piece, tuple[Piece, ...]]:
        bare = self.encode(context)
        whole = [self.encode(context + text) for text in continuations]
        cut = min([len(bare), *(_common(bare, ids) for ids in whole)])
        scored = tuple(self.piece(text, ids[cut:]) for text, ids in zip(continuations, whole, strict=True))
        return self.piece(context, bare[:cut] if whole else bare), scored


def _common(first: Sequence[int], second: Sequence[int]) -> int:
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length
