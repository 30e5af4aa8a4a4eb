"""Bytes → text, with a place for everything that is wrong with them."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from workbench.benchmarks.readers.record import Location
from workbench.errors import BadEncoding, BenchmarkError, EmptyFile

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded file; `byte_order_mark` tells whether one was skipped."""

    text: str
    byte_order_mark: bool = False


def decode(data: bytes, encoding: str, location: Location) -> Text:
    """Return `data` as text.

    Raises
    ------
    EmptyFile
        Nothing but white space, or a Git LFS pointer in place of the data.
    BadEncoding
        Bytes that are not `encoding` (byte offset and line are named), a byte order mark of another encoding, NULs.
    """
    label = location.label
    if not data.strip():
        raise EmptyFile("the file is empty" if not data else "the file holds only white space", where=label)
    if data.startswith(LFS_POINTER):
        raise EmptyFile(
            "this is a Git LFS pointer, not the data", where=label, remedy="Run `git lfs pull` where it came from."
        )
    try:
        wanted = codecs.lookup(encoding).name
    except LookupError as error:
        raise BadEncoding(f"the card declares an encoding nobody knows: {encoding!r}", where=label) from error
    if wanted == "utf-8":
        for mark, actual in _MARKS:
            if data.startswith(mark):
                raise BadEncoding(
                    f"the file starts with the byte order mark of {actual.upper()}", where=f"{label}:1",
                    remedy=f"Declare `encoding: {actual}` in the card, or save the file as UTF-8.",
                )  # fmt: skip
    marked = wanted == "utf-8" and data.startswith(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8-sig" if wanted == "utf-8" else wanted)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadEncoding(
            f"byte {error.start} (0x{data[error.start]:02x}) is not {encoding}: {error.reason}", where=f"{label}:{line}"
        ) from error
    except UnicodeError as error:
        raise BadEncoding(f"the file is not {encoding}: {error}", where=label) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadEncoding(
            "a NUL character", where=f"{label}:{line}",
            remedy="The file is binary, damaged, or UTF-16: declare its encoding in the card, or copy it again.",
        )  # fmt: skip
    return Text(text, marked)


def lines_of(text: str) -> list[str]:
    """Return the lines of `text`: ended by LF or CRLF and by nothing else, the last end being optional.

    Unlike `str.splitlines`, which also breaks at U+2028, form feeds and the like, that stand inside real sentences.
    """
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def reject_constant(name: str) -> float:
    """Refuse NaN and infinities, which are no JSON (for `json.loads(parse_constant=…)`)."""
    raise ValueError(f"{name} is not JSON")


def as_benchmark_error(error: BenchmarkError | OSError, location: Location) -> BenchmarkError:
    """Return what the operating system said as an error about the pack."""
    if isinstance(error, BenchmarkError):
        return error
    return BenchmarkError(f"the file cannot be read ({error.strerror})", where=location.label)
