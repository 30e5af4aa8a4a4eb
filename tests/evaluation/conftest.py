"""Small packs of every kind of task, written to disk and read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workbench.benchmarks.catalogue import load_pack
from workbench.engines.fake import FakeEngine, FakeSettings
from workbench.evaluation.fake_model import fake_model, fake_model_facts
from workbench.evaluation.finishing import Timing, finish
from workbench.evaluation.journal import Journal
from workbench.evaluation.plan import Plan, make_plan
from workbench.evaluation.result import Result
from workbench.evaluation.running import run
from workbench.evaluation.spec import PackRef, RunSpec

CARD = """schema: 1
name: {name}
version: 1.0.0
title: A small pack
description: Questions for a test.
task: {task}
formulations: [{formulations}]
languages: [{languages}]
origin: native
licence: CC0-1.0
source: Written for a test.
citation: None.
residency: unrestricted
transfer: unrestricted
sensitivity: public
canary: WORKBENCH-CANARY 00000000-0000-4000-8000-000000000001
metrics: [{metrics}]
wordings:
  - name: plain
    prompt: {{"*": "{prompt}"}}
  - name: second
    prompt: {{"*": "Please: {prompt}"}}
files:
  test: "items/{{language}}.jsonl"
"""


def choice_items(language: str, count: int = 12, *, groups: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{language}-{n}",
            "input": {"text": f"What is number {n} in {language}?"},
            "choices": [f"one {n}", f"another {n}", f"a third one {n}"],
            "gold": n % 3,
            **({"group": f"passage-{n % groups}"} if groups else {}),
        }
        for n in range(count)
    ]


@pytest.fixture
def make_pack(tmp_path: Path) -> Callable[..., str]:
    """Write a pack and return the path to load it by."""

    def make(
        name: str = "numbers",
        *,
        task: str = "multiple_choice",
        formulations: str = "cloze, letters, generate",
        metrics: str = "accuracy, accuracy_norm_chars",
        items: dict[str, list[dict[str, Any]]] | None = None,
        prompt: str = "{{ text }}",
    ) -> str:
        items = items or {"en": choice_items("en"), "th": choice_items("th")}
        directory = tmp_path / name
        (directory / "items").mkdir(parents=True, exist_ok=True)
        card = CARD.format(
            name=name,
            task=task,
            formulations=formulations,
            metrics=metrics,
            languages=", ".join(items),
            prompt=prompt,
        )
        (directory / "card.yaml").write_text(card, encoding="utf-8")
        for language, rows in items.items():
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (directory / "items" / f"{language}.jsonl").write_text(lines, encoding="utf-8")
        return str(directory)

    return make


@pytest.fixture
def spec_of() -> Callable[..., RunSpec]:
    """Make the spec of a run of the fake engine on packs by path."""

    def make(*packs: str, **settings: Any) -> RunSpec:
        references = tuple(PackRef(path, load_pack(path).digest) for path in packs)
        return RunSpec(model=fake_model("fake-a"), packs=references, engine="fake", **settings)

    return make


@pytest.fixture
def plan_of(make_pack: Callable[..., str], spec_of: Callable[..., RunSpec]) -> Callable[..., Plan]:
    """Plan a run on the one small pack."""

    def make(**settings: Any) -> Plan:
        return make_plan(spec_of(make_pack(), **settings), load_pack)

    return make


@pytest.fixture
def result(tmp_path: Path) -> Callable[..., Result]:
    """Run the fake engine here and now."""

    def made(model: str = "fake-a", *, pack: str = "", name: str = "", fail: str = "", **settings: Any) -> Result:
        spec = RunSpec(fake_model(model), (PackRef(pack, load_pack(pack).digest),), engine="fake", **settings)
        plan = make_plan(spec, load_pack)
        number = len(list(tmp_path.glob("run-*")))
        journal = Journal.create(tmp_path / f"run-{number}{name}", spec)
        engine = FakeEngine(model, settings=FakeSettings(fail=fail))
        run(plan, engine, journal)
        now = datetime.now(UTC)
        return finish(plan, journal, fake_model_facts(spec.model), engine.facts(), Timing(now, now, 1.0))

    return made
