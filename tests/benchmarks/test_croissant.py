"""Packs described in Croissant 1.1, as mlcroissant reads it."""

from __future__ import annotations

import json

import pytest

from workbench.benchmarks import croissant, load_pack
from workbench.benchmarks.catalogue import shipped_packs

SHIPPED = sorted(path.parent for path in shipped_packs().glob("*/card.yaml"))


def described(pack, path):
    import mlcroissant

    path.write_bytes(croissant(pack))
    return mlcroissant.Dataset(str(path))


def test_a_pack_is_described_so_that_its_records_can_be_read(build):
    pack = load_pack(build.pack(published="2026-11-23"))
    dataset = described(pack, pack.root / "croissant.json")
    assert dataset.metadata.issues.errors == set()
    assert dataset.metadata.issues.warnings == set()
    assert str(dataset.metadata.ctx.conforms_to.value).endswith("/1.1")
    (first, *rest) = list(dataset.records("items-th"))
    assert first["items-th/id"] == b"th-000"
    assert first["items-th/input/question"] == "แม่น้ำหมายเลข 0 คือแม่น้ำใด".encode()
    assert first["items-th/gold"] == 0
    assert first["items-th/choices"] == [b"first 0", b"second 0", b"third 0"]
    assert len(rest) == 9


def test_the_description_is_the_same_for_the_same_bytes(build):
    directory = build.pack()
    assert croissant(load_pack(directory)) == croissant(load_pack(directory))


def test_somebody_elses_files_are_only_named_and_hashed(build):
    read = {"format": "csv", "id": "id", "input": {"question": "q"}, "choices": ["a", "b"], "gold": {"field": "g"}}
    pack = load_pack(build.foreign(b"id,q,a,b,g\n1,?,x,y,0\n", "x.csv", read))
    dataset = described(pack, pack.root / "croissant.json")
    assert dataset.metadata.issues.errors == set()
    document = json.loads((pack.root / "croissant.json").read_bytes())
    assert [file["sha256"] for file in document["distribution"]] == [pack.files[0].sha256]
    assert "recordSet" not in document


@pytest.mark.parametrize("directory", SHIPPED, ids=lambda path: path.name)
def test_shipped_packs_are_described_in_croissant(directory, tmp_path):
    dataset = described(load_pack(directory), tmp_path / "croissant.json")
    assert dataset.metadata.issues.errors == set()


@pytest.mark.parametrize(
    "directory", [path for path in SHIPPED if (path / "croissant.json").is_file()], ids=lambda path: path.name
)
def test_the_description_beside_a_shipped_pack_is_current(directory):
    assert (directory / "croissant.json").read_bytes() == croissant(load_pack(directory))
