"""Packs made on the spot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

QUESTIONS = {"en": "Which river is number {}?", "th": "แม่น้ำหมายเลข {} คือแม่น้ำใด"}


@dataclass(frozen=True)
class Build:
    """Writes packs that are in order, with the changes a test is about."""

    root: Path

    @staticmethod
    def card(**changes: Any) -> dict[str, Any]:
        """Return a card that is in order, with some keys changed; a value of None takes the key out."""
        whole: dict[str, Any] = {
            "schema": 1,
            "name": "river-facts",
            "version": "1.0.0",
            "title": "River facts",
            "description": "Questions about rivers.",
            "task": "multiple_choice",
            "formulations": ["cloze", "letters", "generate"],
            "languages": ["en", "th"],
            "origin": "native",
            "licence": "CC0-1.0",
            "source": "Written for a test.",
            "citation": "None.",
            "residency": "unrestricted",
            "transfer": "unrestricted",
            "sensitivity": "public",
            "canary": "WORKBENCH-CANARY 00000000-0000-4000-8000-000000000000",
            "metrics": ["accuracy"],
            "wordings": [{"name": "plain", "prompt": {"*": "{{ question }}"}}],
            "files": {"test": "items/{language}.jsonl"},
        }
        whole.update(changes)
        return {key: value for key, value in whole.items() if value is not None}

    @staticmethod
    def item(number: int, language: str = "en", **changes: Any) -> dict[str, Any]:
        """Return one item that is in order."""
        whole: dict[str, Any] = {
            "id": f"{language}-{number:03}",
            "input": {"question": QUESTIONS.get(language, QUESTIONS["en"]).format(number)},
            "choices": [f"first {number}", f"second {number}", f"third {number}"],
            "gold": number % 3,
        }
        whole.update(changes)
        return {key: value for key, value in whole.items() if value is not None}

    @staticmethod
    def jsonl(*records: Any) -> bytes:
        """Return records as JSONL."""
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()

    def pack(self, contents: Mapping[str, bytes] | None = None, directory_name: str = "pack", **changes: Any) -> Path:
        """Write a pack and return its directory. `contents` gives bytes by name; by default ten items a language."""
        directory = self.root / directory_name
        directory.mkdir(parents=True, exist_ok=True)
        whole = self.card(**changes)
        text = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)
        (directory / "card.yaml").write_text(text, encoding="utf-8")
        if contents is None:
            contents = {
                f"items/{language}.jsonl": self.jsonl(*(self.item(number, language) for number in range(10)))
                for language in whole.get("languages", ())
            }
        for file, data in contents.items():
            path = directory / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return directory

    def one(self, data: bytes, **changes: Any) -> Path:
        """Write a pack with one English file of its own items."""
        return self.pack({"items/en.jsonl": data}, languages=["en"], **changes)

    def foreign(self, data: bytes, name: str, read: Mapping[str, Any], **changes: Any) -> Path:
        """Write a card that reads one English file of another format."""
        return self.pack({name: data}, languages=["en"], files={"test": name}, read=dict(read), **changes)


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)
