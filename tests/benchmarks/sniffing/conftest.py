"""Copies of benchmark folders in which every name is scrambled: only the content is left to tell what they are."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import string
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from workbench.benchmarks.sniffing import opened, read_answers


@dataclass
class Scrambler:
    """Renames folders, files and columns by a seed, each name alike wherever it stands."""

    random: random.Random
    names: dict[str, str] = field(default_factory=dict)

    def word(self, name: str) -> str:
        """Return the scrambled name of a column."""
        while name not in self.names:
            word = "".join(self.random.choices(string.ascii_lowercase, k=self.random.randint(4, 9)))
            if word not in self.names.values():
                self.names[name] = word
        return self.names[name]

    def plain(self, path: str) -> str:
        """Return the original name of a path into a record; what is no scrambled name stays."""
        back = {word: name for name, word in self.names.items()}
        return ".".join(back.get(part, part) for part in path.split("."))

    def json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.word(key): self.json(each) for key, each in value.items()}
        return [self.json(each) for each in value] if isinstance(value, list) else value

    def content(self, data: bytes, name: str) -> bytes:
        """Return a file's bytes with its columns renamed."""
        if name.endswith((".json", ".jsonl")):
            text = data.decode()
            try:
                return json.dumps(self.json(json.loads(text)), ensure_ascii=False).encode()
            except ValueError:
                lines = [
                    json.dumps(self.json(json.loads(line)), ensure_ascii=False) for line in text.splitlines() if line
                ]
                return ("\n".join(lines) + "\n").encode()
        if name.endswith((".csv", ".tsv")) and "mgsm" not in name and "DOCUMENT" not in name:
            head, _, rest = data.partition(b"\n")
            separator = "\t" if name.endswith(".tsv") else ","
            columns = next(csv.reader(io.StringIO(head.decode().rstrip("\r")), delimiter=separator))
            return separator.join(self.word(column) if column else "" for column in columns).encode() + b"\n" + rest
        return data

    def folder(self, source: Path, target: Path) -> Path:
        """Copy a folder, everything in it renamed; archives are packed anew."""
        for path in sorted(source.rglob("*")):
            if not path.is_file():
                continue
            parts = [self.word(f"folder {part}") for part in path.relative_to(source).parts[:-1]]
            place = target.joinpath(*parts, self.word(f"file {path.relative_to(source)}"))
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.name.endswith(".tar.gz"):
                self._tar(path, place)
            elif path.suffix == ".zip":
                self._zip(path, place)
            else:
                place.write_bytes(self.content(path.read_bytes(), path.name))
        return target

    def _tar(self, path: Path, place: Path) -> None:
        with tarfile.open(path) as old, tarfile.open(place, "w:gz") as new:
            for info in old:
                data = self.content(old.extractfile(info).read(), info.name)
                member = tarfile.TarInfo(self.word(f"member {info.name}"))
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))

    def _zip(self, path: Path, place: Path) -> None:
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(self.word(f"member {name}"), self.content(old.read(name), name))


@pytest.fixture
def benchmarks() -> Path:
    configured = os.environ.get("WORKBENCH_BENCHMARKS")
    if not configured:
        pytest.skip("WORKBENCH_BENCHMARKS is not set")
    return Path(configured)


@pytest.fixture
def scrambled(tmp_path: Path):
    """Return what is found in a scrambled copy of a folder, and the names to read it by."""

    def look(source: Path, seed: int, *pairs: str):
        scrambler = Scrambler(random.Random(f"{seed} {source.name}"))  # noqa: S311 - no secret
        copy = scrambler.folder(source, tmp_path / scrambler.word("root"))
        with opened(copy) as opening:
            looked = opening.look(read_answers(pairs))
        shutil.rmtree(copy)
        return looked, scrambler

    return look


@pytest.fixture
def found(tmp_path: Path):
    """Return what is found in files written on the spot, given as bytes by name."""

    def look(contents: dict[str, bytes], *pairs: str):
        root = tmp_path / "given"
        shutil.rmtree(root, ignore_errors=True)
        for name, data in contents.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        with opened(root) as opening:
            return opening.look(read_answers(pairs))

    return look
