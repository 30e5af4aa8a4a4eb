from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from workbench.engines import demo_models
from workbench.engines.demo_models import DEMO_MODELS, demo_model_installed, licence_text, prepare_demo_model
from workbench.engines.licence_text import article_text
from workbench.errors import DigestMismatch, EngineUnavailable, NotFound

PARTS = (b"GGUF first half, ", b"second half")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A demo model whose two distributions lie in a directory on sys.path."""
    site = tmp_path / "site"
    for number, data in enumerate(PARTS):
        metadata = site / f"wbdemo{number}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: wbdemo{number}\nVersion: 1.0\n")
        (metadata / "LICENSE").write_text("Do as you like.")
        (site / f"part{number}").write_bytes(data)
        (metadata / "RECORD").write_text(f"part{number},,\n{metadata.name}/LICENSE,,\n")
    monkeypatch.syspath_prepend(str(site))
    source = dataclasses.replace(
        DEMO_MODELS["gemma-3-270m"],
        name="tiny",
        parts=(("wbdemo0", "part0"), ("wbdemo1", "part1")),
        sha256=hashlib.sha256(b"".join(PARTS)).hexdigest(),
        licence=("wbdemo0", "LICENSE"),
    )
    monkeypatch.setattr(demo_models, "DEMO_MODELS", {"tiny": source})
    return "tiny"


def test_parts_are_joined_and_their_digest_checked(installed: str, tmp_path: Path):
    source = demo_models.DEMO_MODELS[installed]
    assert demo_model_installed(installed)
    assert licence_text(installed) == "Do as you like."
    with demo_models._assembled(source, tmp_path / "out") as gguf:
        assert gguf.read_bytes() == b"".join(PARTS)
    assert not list(tmp_path.glob(".demo-*"))


def test_other_bytes_are_refused(installed: str, tmp_path: Path):
    (tmp_path / "site" / "part1").write_bytes(b"changed")
    with pytest.raises(DigestMismatch, match="sha256"):
        prepare_demo_model(installed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_missing_packages_and_names(installed: str, tmp_path: Path):
    (tmp_path / "site" / "wbdemo1-1.0.dist-info" / "METADATA").unlink()
    for path in (tmp_path / "site" / "wbdemo1-1.0.dist-info").iterdir():
        path.unlink()
    (tmp_path / "site" / "wbdemo1-1.0.dist-info").rmdir()
    assert not demo_model_installed(installed)
    with pytest.raises(EngineUnavailable, match="wbdemo1 is not installed"):
        prepare_demo_model(installed, tmp_path / "out")
    with pytest.raises(NotFound, match="no demo model 'other'"):
        demo_model_installed("other")


def test_a_page_becomes_its_articles_text():
    page = """<html><head><style>p {}</style></head><body><nav>Menu</nav><article><a>Home</a>
      <h1>Terms  of
      Use</h1><p>By using &amp; copying <b>it</b>,
      you agree.</p><script>x()</script><ul><li>One</li><li>Two</li></ul></article><p>Footer</p></body></html>"""
    assert article_text(page) == "Terms of Use\n\nBy using & copying it, you agree.\n\nOne\n\nTwo\n"


def test_the_shipped_licences_are_readable_text():
    for name, source in DEMO_MODELS.items():
        if not demo_model_installed(name):
            pytest.skip(f"the packages of {name} are not installed")
        text = licence_text(name)
        assert "<" not in text[:500]
        assert {"apache-2.0": "Apache License", "gemma": "Gemma Terms of Use"}[source.licence_id] in text[:400]


@pytest.mark.real_model
@pytest.mark.timeout(600)
def test_the_prepared_models_are_what_is_pinned(demo_models):
    for name, directory in demo_models.items():
        record = json.loads((directory / "conversion.json").read_text())
        assert record["sha256"] == DEMO_MODELS[name].sha256
        assert (directory / "LICENSE").is_file()


@pytest.mark.real_model
@pytest.mark.timeout(600)
def test_gemma_begins_with_bos_and_smollm_splits_numbers(demo_models):
    from tokenizers import Tokenizer

    gemma = Tokenizer.from_file(str(demo_models["gemma-3-270m"] / "tokenizer.json"))
    assert gemma.encode("Hello 2023  12").tokens == ["<bos>", "Hello", "▁", "2", "0", "2", "3", "▁▁", "1", "2"]
    smollm = Tokenizer.from_file(str(demo_models["smollm2-135m-instruct"] / "tokenizer.json"))
    assert smollm.encode("Hello 2023  12").tokens == ["Hello", "Ġ", "2", "0", "2", "3", "ĠĠ", "1", "2"]
