"""From a spec to the exact list of what will be asked, each entry under a key that names it for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from workbench.benchmarks.by_language import is_asked_for
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.plan import plan_items
from workbench.benchmarks.prompt import Prompt
from workbench.benchmarks.records import Formulation, Item, Wording
from workbench.benchmarks.render import build_prompt, check_formulation
from workbench.benchmarks.shots import Shots, draw_shots
from workbench.benchmarks.wording import check_spoken, find_wording
from workbench.errors import DigestMismatch, NotFound, SpecError, UsageError
from workbench.evaluation.spec import RunSpec
from workbench.languages import normalise_tag
from workbench.policy.digests import sha256_record

LoadPack = Callable[[str], Pack]


@dataclass(frozen=True, slots=True)
class Question:
    """One item, asked once.

    `key` is the sha256 over pack digest, item id, unrendered prompt hash, model digest, engine parameters and
    repeat: equal keys mean the same question to the same model under the same conditions.
    """

    key: str
    pack: str
    item: Item
    prompt: Prompt
    repeat: int


@dataclass(frozen=True, slots=True)
class Part:
    """All questions of one pack in one language, in the order of the final table."""

    pack: Pack
    language: str
    formulation: Formulation
    wording: Wording
    shots: Shots
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Plan:
    """Everything a run asks."""

    spec: RunSpec
    parts: tuple[Part, ...]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Every key, in the order of the final table."""
        return tuple(question.key for part in self.parts for question in part.questions)


def make_plan(spec: RunSpec, load_pack: LoadPack) -> Plan:
    """Read the packs and render every prompt.

    Raises
    ------
    DigestMismatch
        A pack changed since the spec was made.
    SpecError
        No pack has any of the languages, the formulation does not fit, or a question would be asked twice.
    BenchmarkError, NotFound
        As `load_pack` and reading items.
    """
    check_spec(spec, load_pack)
    parts: list[Part] = []
    for reference in spec.packs:
        pack = load_pack(reference.name)
        if pack.digest != reference.digest:
            raise DigestMismatch(
                f"pack {pack.name} is not the one the spec was made for ({pack.digest[:12]}, not "
                f"{reference.digest[:12]})",
                where=pack.root,
                remedy="Start a new run: its result would not belong to this one's.",
            )
        parts += [_part(spec, pack, language) for language in _languages(spec, pack)]
    plan = Plan(spec, tuple(part for part in parts if part.questions))
    if not plan.parts:
        raise SpecError("there is nothing to ask", remedy="Ask for a language that a pack has, or more items.")
    if len(set(plan.keys)) != len(plan.keys):
        raise SpecError("the same question would be asked twice", remedy="Name each pack once.")
    return plan


def check_spec(spec: RunSpec, load_pack: LoadPack) -> None:
    """Refuse at once what reading every item would refuse later, or what would be noticed only at the end.

    Raises
    ------
    NotFound
        A metric, a wording, its words in the prompt's language, or the one pack's language is not there.
    SpecError
        A pack twice, or one that is not asked in this formulation. A language that none of several packs has: left
        out in silence it would look like an answer.
    UsageError
        Devices that contradict each other, the engine, or Ray; a sealed run that would ask a server outside its seal.
    """
    from workbench.engines.devices import check_devices
    from workbench.metrics import metric

    check_devices(spec.engine, spec.device, spec.tensor_parallel, ray=bool(spec.ray))
    if spec.seal and spec.engine == "openai":
        raise UsageError(
            "a sealed run reaches no server, not even one of this machine",
            remedy="Leave --seal out, or use the engine transformers or vllm: they run inside the seal.",
        )
    for name in spec.metrics:
        metric(name)
    tags: list[str] = []
    names: set[str] = set()
    for reference in spec.packs:
        pack = load_pack(reference.name)
        if pack.name in names:  # by name its scores are told from another's
            raise SpecError(f"two of the packs are called {pack.name}", remedy="Name each pack once.")
        names.add(pack.name)
        check_formulation(pack.card, _formulation(spec, pack))
        check_spoken(find_wording(pack.card, spec.wording), spec.prompt_language)
        tags += _languages(spec, pack)
    missing = [code for code in spec.languages if not any(is_asked_for(tag, normalise_tag(code)) for tag in tags)]
    if missing:
        raise SpecError(
            f"no pack has {', '.join(missing)}", remedy="`workbench benchmarks list --language TAG` finds packs."
        )


def _languages(spec: RunSpec, pack: Pack) -> tuple[str, ...]:
    """Return the pack's languages that the spec asks for; with several packs, one may lack some."""
    if not spec.languages or len(spec.packs) == 1:
        return pack.resolve(spec.languages)
    found: list[str] = []
    for language in spec.languages:
        try:
            found += pack.resolve((language,))
        except NotFound:
            continue
    return tuple(tag for tag in pack.languages if tag in found)


def _part(spec: RunSpec, pack: Pack, language: str) -> Part:
    wording = find_wording(pack.card, spec.wording)
    formulation = _formulation(spec, pack)
    shots = draw_shots(pack, language, spec.shots, spec.seed)
    items = plan_items(pack, language, spec.limit, spec.seed, parity=spec.parity, shots=shots)
    questions = []
    for item in items:
        prompt = build_prompt(pack.card, item, wording, formulation, shots, spec.prompt_language)
        questions += [
            Question(item_key(spec, pack.digest, prompt, repeat), pack.name, item, prompt, repeat)
            for repeat in range(spec.repeats if formulation is Formulation.GENERATE else 1)
        ]
    return Part(pack, language, formulation, wording, shots, tuple(questions))


def _formulation(spec: RunSpec, pack: Pack) -> Formulation:
    return pack.card.formulations[0] if spec.formulation == "auto" else Formulation(spec.formulation)


def item_key(spec: RunSpec, pack_digest: str, prompt: Prompt, repeat: int) -> str:
    """Return the key of one question: what it is, whom it is put to, and how."""
    return sha256_record(
        {
            "pack": pack_digest,
            "item": prompt.item_id,
            "prompt": prompt.hash,
            "model": [spec.model.digest, spec.model.adapter_digest],
            "engine": [
                spec.engine,
                spec.dtype,
                spec.chat_template,
                spec.max_length,
                spec.temperature,
                spec.seed if spec.temperature else None,
                spec.parity,
            ],
            "repeat": repeat,
        }
    )
