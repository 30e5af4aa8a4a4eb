"""One item, a wording and examples → the exact prompt."""

from __future__ import annotations

from dataclasses import asdict, replace

from workbench.benchmarks.card import ALLOWED
from workbench.benchmarks.items import WITH_CHOICES
from workbench.benchmarks.prompt import Prompt, Turn
from workbench.benchmarks.records import Card, Formulation, Item, TaskKind, Wording
from workbench.benchmarks.shots import Shots
from workbench.benchmarks.wording import OWN, Speaker
from workbench.errors import BadItem, SpecError
from workbench.policy.digests import sha256_record


def build_prompt(  # noqa: PLR0917 - the order in which a prompt is put together
    card: Card,
    item: Item,
    wording: Wording,
    formulation: Formulation,
    shots: Shots | None = None,
    prompt_language: str = OWN,
) -> Prompt:
    """Render one item.

    Parameters
    ----------
    shots
        Examples; rendered like the item, each followed by its answer. Ignored where whole texts are scored
        (`rolling`, and minimal pairs in `cloze`).
    prompt_language
        ``own``, or the BCP-47 tag whose wording and label words are used for every item.

    Raises
    ------
    SpecError
        The formulation does not fit the task, or the card does not allow it.
    BadCard
        A template that cannot be rendered; wording, language and item are named.
    BadItem
        An item without the text that `rolling` scores.
    """
    check_formulation(card, formulation)
    speaker = Speaker(wording, item.language if prompt_language == OWN else prompt_language, formulation)
    if formulation is Formulation.ROLLING:
        return _whole_text(item, formulation)
    if card.task is TaskKind.MINIMAL_PAIRS and formulation is Formulation.CLOZE:
        return _whole_sentences(item, formulation)
    return _asked(card, item, speaker, shots.items if shots is not None else ())


def check_formulation(card: Card, formulation: Formulation) -> None:
    """Refuse a formulation that does not fit the task, or that the card does not allow.

    Raises
    ------
    SpecError
        With those it can be asked in.
    """
    if formulation not in card.formulations or formulation not in ALLOWED[card.task]:
        allowed = ", ".join(each for each in card.formulations if each in ALLOWED[card.task])
        raise SpecError(
            f"{card.name} ({card.task}) is not asked as {formulation}", remedy=f"Use --formulation with: {allowed}."
        )


def _hashed(prompt: Prompt) -> Prompt:
    content = asdict(prompt)
    del content["hash"]
    if not prompt.no_answer:
        del content["no_answer"]
    return replace(prompt, hash=sha256_record(content))


def _whole_text(item: Item, formulation: Formulation) -> Prompt:
    text = item.input.get("text", "")
    if not text:
        raise BadItem(f"item {item.id} has no field 'text', which rolling log-likelihood scores", where=item.source)
    return _hashed(_scored_alone(item, formulation, (text,), (), None))


def _whole_sentences(item: Item, formulation: Formulation) -> Prompt:
    return _hashed(_scored_alone(item, formulation, item.choices, item.choices, item.gold))


def _scored_alone(
    item: Item, formulation: Formulation, texts: tuple[str, ...], choices: tuple[str, ...], gold: int | None
) -> Prompt:
    """Return a prompt with nothing before its continuations."""
    return Prompt(
        item_id=item.id,
        language=item.language,
        formulation=formulation,
        context="",
        turns=(),
        query="",
        continuations=texts,
        chat_continuations=texts,
        choices=choices,
        letters=(),
        gold=gold,
        references=item.references,
        stop=(),
        max_new_tokens=0,
        hash="",
    )


def _query(item: Item, speaker: Speaker, letters: tuple[str, ...]) -> str:
    """Return the item's question: the prompt, the options where they are listed, and what introduces the answer."""
    if speaker.formulation is Formulation.CLOZE:
        return speaker.prompt(item)
    parts = [speaker.prompt(item)]
    parts += [f"{letter}. {word.strip()}" for letter, word in zip(letters, speaker.words(item), strict=False)]
    parts.append(speaker.answer(item))
    return "\n".join(part for part in parts if part)


def _target(item: Item, speaker: Speaker, letters: tuple[str, ...]) -> str:
    """Return an example's answer."""
    if item.gold is None:
        return item.references[0] or speaker.no_answer
    return letters[item.gold] if letters else speaker.choice(item, item.gold)


def _letters(item: Item, speaker: Speaker) -> tuple[str, ...]:
    if speaker.formulation is Formulation.CLOZE or not item.choices:
        return ()
    return speaker.letters(len(item.choices))


def _asked(card: Card, item: Item, speaker: Speaker, shots: tuple[Item, ...]) -> Prompt:
    wording, delimiter = speaker.wording, speaker.delimiter
    letters = _letters(item, speaker)
    query = _query(item, speaker, letters)
    examples = []
    for shot in shots:
        shot_letters = _letters(shot, speaker)
        examples.append((_query(shot, speaker, shot_letters), _target(shot, speaker, shot_letters)))
    blocks = [speaker.instruction] if speaker.instruction else []
    blocks += [f"{asked}{delimiter}{target}" for asked, target in examples]
    blocks.append(query)
    turns = [
        turn
        for asked, target in examples
        for turn in (Turn("user", asked), Turn("assistant", target))
    ] + [Turn("user", query)]  # fmt: skip
    if speaker.instruction:
        turns[0] = Turn("user", f"{speaker.instruction}\n\n{turns[0].content}")
    spoken: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    if card.task in WITH_CHOICES:
        cloze = speaker.formulation is Formulation.CLOZE
        choices = tuple(
            speaker.choice(item, index) if cloze else word.strip() for index, word in enumerate(speaker.words(item))
        )
        spoken = choices if cloze else letters
    generating = speaker.formulation is Formulation.GENERATE
    prompt = Prompt(
        item_id=item.id,
        language=item.language,
        formulation=speaker.formulation,
        context=wording.shots_delimiter.join(blocks),
        turns=tuple(turns),
        query=query,
        continuations=() if generating else tuple(delimiter + text for text in spoken),
        chat_continuations=() if generating else spoken,
        choices=choices,
        letters=letters,
        gold=item.gold,
        references=item.references,
        stop=wording.stop if generating else (),
        max_new_tokens=wording.max_new_tokens if generating else 0,
        hash="",
        no_answer=speaker.no_answer if card.task is TaskKind.EXTRACTIVE_QA else "",
    )
    return _hashed(prompt)
