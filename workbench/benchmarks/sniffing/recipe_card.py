"""A proposal → the card of a recipe, as plain data and as YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from types import MappingProxyType
from typing import Any

import yaml

from workbench.benchmarks.card import ALLOWED, NAME
from workbench.benchmarks.reading import SCHEMA, Gold, Reading
from workbench.benchmarks.records import DataOrigin, Formulation, TaskKind
from workbench.benchmarks.sniffing.asking import Answers
from workbench.benchmarks.sniffing.proposal import TASKS, Proposal
from workbench.errors import UsageError

UNKNOWN = "unknown"
_METRICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "multiple_choice": ("accuracy", "accuracy_norm_chars"), "minimal_pairs": ("accuracy",),
        "classification": ("accuracy", "macro_f1"), "extractive_qa": ("token_f1", "exact_match"),
        "open_qa": ("token_f1", "exact_match"), "math": ("numeric_match",), "translation": ("chrf", "bleu"),
        "correction": ("edit_f05", "exact_match"), "text": ("bits_per_byte",),
    }
)  # fmt: skip
_LONGEST: Mapping[str, int] = MappingProxyType(
    {"extractive_qa": 48, "open_qa": 32, "math": 400, "translation": 200, "correction": 200}
)
_LISTED = (Formulation.LETTERS, Formulation.CLOZE, Formulation.GENERATE)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def card_data(proposal: Proposal, answers: Answers, default_name: str) -> dict[str, Any]:
    """Return the card of a proposal whose kind is known, in the order of its keys.

    Raises
    ------
    UsageError
        A name or an origin that a card cannot have.
    """
    if proposal.reading is None:
        raise UsageError("no card can be written before the kind of task is known")
    task = TASKS[proposal.kind]
    name = answers.get("name") or slug(default_name)
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a benchmark's name",
            remedy="--answer name=… with lower-case letters, digits, . _ and -.",
        )
    origin = answers.get("origin") or DataOrigin.UNKNOWN.value
    if origin not in list(DataOrigin):
        raise UsageError(f"origin is one of {', '.join(DataOrigin)}, not {origin!r}")
    return {
        "schema": SCHEMA, "name": name, "version": answers.get("version") or "1.0.0",
        "title": answers.get("title") or name,
        "description": answers.get("description") or "Added from a folder; how it is read was told by its content.",
        "task": task.value, "formulations": [each.value for each in _formulations(task)],
        "languages": list(proposal.languages), "origin": origin, "licence": answers.get("licence") or UNKNOWN,
        "source": answers.get("url") or UNKNOWN, "citation": answers.get("citation"), "residency": UNKNOWN,
        "transfer": UNKNOWN, "sensitivity": UNKNOWN, "canary": "", "metrics": list(_METRICS[proposal.kind]),
        **_splits(proposal), "notes": _notes(proposal), "files": _files(proposal),
        "read": _reading(proposal.reading, proposal), "wordings": [_wording(proposal, task)],
    }  # fmt: skip


def write_yaml(data: Mapping[str, Any]) -> bytes:
    """Return a card as YAML without anchors, which cards do not have."""

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            del data
            return True

    text: str = yaml.dump(dict(data), Dumper=Plain, allow_unicode=True, sort_keys=False, width=110)
    return text.encode()


def slug(text: str) -> str:
    """Return a name that a card can have, as much of `text` as fits."""
    kept = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    return kept[:64] or "added"


def _formulations(task: TaskKind) -> tuple[Formulation, ...]:
    if task in (TaskKind.MULTIPLE_CHOICE, TaskKind.CLASSIFICATION):
        return _LISTED
    return (Formulation.CLOZE,) if task is TaskKind.MINIMAL_PAIRS else ALLOWED[task]


def _splits(proposal: Proposal) -> dict[str, str]:
    splits = {file.split for file in proposal.files}
    keys = {}
    if "test" not in splits:
        keys["scored_split"] = "validation" if "validation" in splits else min(splits)
    scored = keys.get("scored_split", "test")
    shots = next((split for split in ("train", "validation") if split in splits and split != scored), "")
    return keys | ({"shots_split": shots} if shots else {})


def _notes(proposal: Proposal) -> list[str]:
    notes = ["Licence, origin and reviewers were not told; nobody has checked how it is read but whoever added it."]
    if (
        proposal.reading is not None
        and proposal.reading.names
        and all(name.isdecimal() for name in proposal.reading.names)
    ):
        notes.append("The labels are numbers in the source; a wording's `labels` can say their words.")
    if proposal.kind == "correction":
        notes.append("Grammatical error correction: the references are whole corrected sentences.")
    return notes


def extension(proposal: Proposal) -> str:
    """Return the ending that the files get in the store."""
    shape = proposal.files[0].table.shape
    return {"squad": "json", "lines": "txt"}.get(shape.format, shape.format)


def several(proposal: Proposal) -> bool:
    """Return whether some language has several files in one split: each then has a folder."""
    sets = [(file.language, file.split) for file in proposal.files]
    return len(set(sets)) < len(sets)


def _files(proposal: Proposal) -> dict[str, str]:
    below = "/*" if several(proposal) else ""
    return {
        split: f"{split}/{{language}}{below}.{extension(proposal)}"
        for split in sorted({f.split for f in proposal.files})
    }


def _reading(reading: Reading, proposal: Proposal) -> dict[str, Any]:
    """Return the reader's options, those that are as usual left out."""
    usual = {entry.name: _usual(entry) for entry in fields(Reading)}
    data = {name: value for name, value in asdict(reading).items() if _plain(value) != _plain(usual[name])}
    data["input"] = dict(reading.input)
    if reading.gold is not None:
        defaults = asdict(Gold(""))
        data["gold"] = {
            key: value for key, value in asdict(reading.gold).items() if key == "field" or value != defaults[key]
        }
    companions = {name for file in proposal.files for name in file.companions}
    if companions:
        data["parallel"] = {name: {"*": f"beside/{name}/{{language}}.txt"} for name in sorted(companions)}
    data["drop"] = [
        {
            "field": drop.field,
            "reason": drop.reason,
            **({"missing": True} if drop.missing else {"equals": list(drop.equals)}),
        }
        for drop in reading.drop
    ]
    return {key: _plain(value) for key, value in data.items() if value or key == "input" or value is False}


def _usual(entry: Any) -> Any:
    return entry.default_factory() if entry.default_factory is not MISSING else entry.default


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _wording(proposal: Proposal, task: TaskKind) -> dict[str, Any]:
    """Return a wording that adds as little as can be: the fields as they are, one below the other."""
    names = list(proposal.reading.input) if proposal.reading is not None else []
    prompt = "\n".join(f"{{{{ {name} | trim }}}}" for name in _in_order(names))
    wording: dict[str, Any] = {"name": "plain", "prompt": {"*": prompt}}
    if proposal.kind == "translation":
        wording |= {"prompt": {"*": "Translate into {{ language_name }}: {{ source | trim }}"}, "answer": {"*": "="}}
    if proposal.kind == "correction":
        wording |= {"prompt": {"*": "Correct this sentence: {{ sentence | trim }}"}, "answer": {"*": "="}}
    if task in (TaskKind.MINIMAL_PAIRS, TaskKind.TEXT):
        wording["prompt"] = {"*": prompt or "{{ choices | first }}"}
    if task is TaskKind.CLASSIFICATION:
        wording["letters"] = {"*": _LETTERS}
    if proposal.kind in _LONGEST:
        wording["max_new_tokens"] = _LONGEST[proposal.kind]
    if proposal.kind == "math":
        wording["stop"] = ["\n\n"]
    return wording


def _in_order(names: list[str]) -> list[str]:
    """Return input fields with what is asked behind what it is asked about."""
    return sorted(names, key=lambda name: (name in ("question", "hypothesis"), name.startswith("asked_for")))
