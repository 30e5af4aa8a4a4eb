"""How the numbers came about, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.reports.blocks import Block
from workbench.reports.scales import is_share, metric_description, metric_title
from workbench.reports.words import Words

ASKED = ("cloze", "letters", "generate", "rolling")


@dataclass(frozen=True, slots=True)
class Method:
    """How one block was asked and judged: sentences in reading order."""

    title: str
    sentences: tuple[str, ...]


def method(block: Block, words: Words) -> Method:
    """Return how a block's scores came about."""
    spec = block.members[0].result.spec
    scores = [score for member in block.members for score in block.scores(member)]
    sentences = []
    if block.pack.formulation in ASKED:
        sentences.append(words(f"method.{block.pack.formulation}"))
    sentences.append(words("method.shots", n=spec.shots, seed=spec.seed) if spec.shots else words("method.shots.zero"))
    prompt_language = (
        words("method.own") if spec.prompt_language == "own" else words.language_name(spec.prompt_language)
    )
    sentences.append(words("method.wording", wording=block.pack.wording, prompt_language=prompt_language))
    sentences.append(words(f"method.chat.{spec.chat_template}"))
    if spec.repeats > 1:
        sentences.append(words("method.repeats", n=words.number(spec.repeats)))
    if spec.parity:
        sentences.append(words("method.parity"))
    measured = {name: metric_description(name) for name in dict.fromkeys(score.metric for score in scores)}
    sentences += [
        words("method.metric", metric=metric_title(name, words), description=description)
        for name, description in measured.items()
        if description
    ]
    methods = dict.fromkeys(score.interval for score in scores if score.low is not None and score.interval)
    if methods:
        named = ", ".join(words.name("method.interval", name) for name in methods)
        sentences.append(words("method.interval", methods=named))
    chances = {score.chance: score for score in scores if score.metric == block.headline and score.chance is not None}
    if chances:
        sentences.append(words("method.verdict"))
        level, score = next(iter(chances.items()))
        sentences.append(
            words("method.chance", chance=words.score(level, share=is_share(score)))
            if len(chances) == 1
            else words("method.chance.varies")
        )
    title = words("method.of", pack=block.pack.title, models=", ".join(member.label for member in block.members))
    return Method(title + (f" ({block.apart})" if block.apart else ""), tuple(sentences))
