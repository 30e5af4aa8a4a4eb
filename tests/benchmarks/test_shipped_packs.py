"""This project's own packs are in order."""

from __future__ import annotations

import json
import unicodedata

import pytest

from workbench.benchmarks import load_pack, validate
from workbench.benchmarks.catalogue import shipped_packs

SHIPPED = sorted(path.parent for path in shipped_packs().glob("*/card.yaml"))
every_pack = pytest.mark.parametrize("directory", SHIPPED, ids=lambda path: path.name)


@every_pack
def test_a_shipped_pack_has_neither_errors_nor_warnings(directory):
    report = validate(load_pack(directory))
    assert [(finding.where, finding.item, finding.message) for finding in report.findings] == []


@every_pack
def test_a_shipped_pack_has_every_language_it_declares(directory):
    pack = load_pack(directory)
    assert pack.name == directory.name
    assert pack.languages == pack.card.languages
    assert {path.stem for path in (directory / "items").glob("*.jsonl")} == set(pack.languages)


@every_pack
def test_a_shipped_pack_is_free_marked_and_honest(directory):
    card = load_pack(directory).card
    assert card.licence == "CC0-1.0"
    assert card.canary.startswith("WORKBENCH-CANARY ")
    assert not card.reviewed
    assert any("not been reviewed by a native speaker" in note for note in card.notes)


@every_pack
def test_a_shipped_packs_files_have_one_spelling(directory):
    for path in (directory / "items").glob("*.jsonl"):
        data = path.read_bytes()
        text = data.decode("utf-8")
        assert data.endswith(b"\n")
        assert b"\r" not in data
        assert unicodedata.is_normalized("NFC", text)
        assert all(json.loads(line) for line in text.splitlines())
        assert str(load_pack(directory).card.canary) not in text


def test_the_canaries_differ():
    canaries = [load_pack(directory).card.canary for directory in SHIPPED]
    assert len(canaries) == len(set(canaries))
