"""A GGUF file as an ordinary Hugging Face directory: safetensors, config, tokenizer.

The weights are unpacked to float32 once, so that every later load is quick and every tool that reads Hugging Face
directories (transformers, lm-eval, the model store) reads the same numbers. Quantisation is not undone: the values
are the ones the blocks stand for, and the model card says where they come from.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.engines.transformers.gguf_tokenizer import save_tokenizer
from workbench.engines.transformers.memory import require_memory
from workbench.engines.transformers.reading import read_weights
from workbench.errors import DiskFull, UsageError
from workbench.models.gate import check
from workbench.models.gguf import GGUFHeader, read_gguf_header
from workbench.models.layout import read_layout
from workbench.policy.digests import sha256_file
from workbench.policy.storage import FILE_MODE, disk_errors, inside, private_directory, sync_directory, write_atomically

SCHEMA = 1
RECORD = "conversion.json"
FLOAT32_BYTES = 4
PEAK_COPIES = 2
"""transformers holds the unpacked tensors and the model's own parameters side by side for a moment."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a converted directory was made from; kept in it as ``conversion.json``.

    `quantisation` is the type most of the parameters had in the source.
    """

    source: str
    sha256: str
    quantisation: str
    parameters: int
    transformers: str
    schema: int = SCHEMA


def read_conversion(directory: Path) -> Conversion | None:
    """Return what `directory` was converted from, or None when it is no converted directory."""
    try:
        fields = json.loads((directory / RECORD).read_text(encoding="utf-8"))
        return Conversion(**fields)
    except (OSError, ValueError, TypeError):
        return None


def convert_gguf(
    gguf_path: Path,
    destination: Path,
    *,
    sha256: str | None = None,
    title: str = "",
    files: Mapping[str, str] = MappingProxyType({}),
    progress: Progress | None = None,
) -> Path:
    """Convert a GGUF file into a Hugging Face directory with float32 safetensors; return `destination`.

    The directory appears whole or not at all. A directory that was already made from the same bytes is returned
    as it is.

    Parameters
    ----------
    gguf_path
        The file; its llama.cpp architecture must be one that transformers implements.
    destination
        Directory to make.
    sha256
        Digest of the file when the caller has just computed it.
    title
        Name for the model card; the file's own name for itself unless said.
    files
        Further texts to put beside the weights, by file name (a licence, a notice).
    progress
        Called with the name of each step as it begins.

    Raises
    ------
    CorruptGGUF
        Not a GGUF file, a damaged one, or an architecture that transformers cannot read.
    NoTokenizer
        The file carries no vocabulary.
    OutOfMemory, DiskFull
        The float32 weights do not fit.
    UsageError
        `destination` exists and was made from something else.
    """
    tell = progress or (lambda _step: None)
    tell(f"reading {gguf_path.name}")
    check(gguf_path)
    header = read_gguf_header(gguf_path)
    digest = sha256 or sha256_file(gguf_path)
    if destination.exists():
        return _already(destination, gguf_path, digest)
    _require_room(header, destination)
    with _whole_or_absent(destination) as directory:
        record = _write(gguf_path, header, digest, directory, tell)
        for name, text in {"README.md": _model_card(header, record, title), **files}.items():
            write_atomically(inside(directory, name), text.encode())
    return _already(destination, gguf_path, digest)


@contextmanager
def _whole_or_absent(destination: Path) -> Iterator[Path]:
    """Yield a temporary directory that becomes `destination` unless something is raised, or somebody was quicker."""
    temporary = destination.with_name(f".{destination.name}.{secrets.token_hex(4)}.tmp")
    with disk_errors(destination):
        try:
            yield private_directory(temporary)
            _sync(temporary)
            if not destination.exists():
                temporary.replace(destination)
                sync_directory(destination.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _already(destination: Path, gguf_path: Path, digest: str) -> Path:
    made = read_conversion(destination)
    if made is None or made.sha256 != digest:
        raise UsageError(
            f"the directory exists and was not made from {gguf_path.name}",
            where=destination,
            remedy="Name another destination, or remove this directory first.",
        )
    return destination


def _require_room(header: GGUFHeader, destination: Path) -> None:
    weights = header.parameters * FLOAT32_BYTES
    require_memory(weights * PEAK_COPIES, what=f"unpacking {header.path.name} to float32")
    private_directory(destination.parent)
    free = shutil.disk_usage(destination.parent).free
    if free < weights:
        raise DiskFull(f"the unpacked weights need {weights} bytes and {free} are free", where=destination.parent)


def _write(gguf_path: Path, header: GGUFHeader, digest: str, directory: Path, tell: Progress) -> Conversion:
    import transformers

    tell("building the tokenizer")
    save_tokenizer(gguf_path, header, directory)
    tell(f"unpacking {header.parameters:,} parameters to float32")
    model = _unpacked_model(gguf_path)
    tell("writing safetensors")
    model.save_pretrained(directory)
    record = Conversion(gguf_path.name, digest, header.quantisation, header.parameters, transformers.__version__)
    write_atomically(directory / RECORD, json.dumps(asdict(record), indent=2).encode())
    return record


def _unpacked_model(gguf_path: Path) -> Any:
    import torch

    model = read_weights(read_layout(gguf_path), "float32", torch.device("cpu"))
    # The unpacked model is an ordinary one; what marks it as read from blocks would make saving refuse.
    model.hf_quantizer = None
    model.is_quantized = False
    for name in ("quantization_config", "_pre_quantization_dtype", "_model_name_or_path"):
        if hasattr(model.config, name):
            delattr(model.config, name)
    model.config.name_or_path = ""
    return model


def _model_card(header: GGUFHeader, record: Conversion, title: str) -> str:
    """Return a model card that repeats what the GGUF file declares of itself."""
    import yaml

    front: dict[str, object] = {"library_name": "transformers", "pipeline_tag": "text-generation"}
    if licence := header.text("general.license"):
        front["license"] = licence
    if languages := header.texts("general.languages"):
        front["language"] = list(languages)
    name = title or header.text("general.name") or record.source
    return (
        f"---\n{yaml.safe_dump(front, allow_unicode=True)}---\n\n# {name}\n\n"
        f"Converted from `{record.source}` (sha256 `{record.sha256}`), whose weights are mostly "
        f"{record.quantisation}, to float32 safetensors by Workbench with transformers {record.transformers}. "
        "The precision is that of the source: good for trials, not for quoting the original model's score.\n"
    )


def _sync(directory: Path) -> None:
    """Make every file's bytes reach the disk before the rename makes them visible."""
    import os

    for path in directory.rglob("*"):
        if path.is_file():
            path.chmod(FILE_MODE)
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_directory(directory)
