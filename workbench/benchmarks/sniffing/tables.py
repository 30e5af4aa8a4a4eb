"""Files → tables: in which format each is, and its records."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.benchmarks.readers import Location, Record, read_records
from workbench.benchmarks.readers.text import decode, lines_of
from workbench.benchmarks.readers.xml_tree import Element, parse_xml
from workbench.benchmarks.reading import Format, Reading
from workbench.benchmarks.sniffing.delimited import Quoting, find_dialect, has_header
from workbench.benchmarks.sniffing.encoding import Encoding, find_encoding
from workbench.benchmarks.sniffing.json_places import find_records
from workbench.benchmarks.sniffing.opening import SetAside, SourceFile
from workbench.errors import BenchmarkError

MOSTLY = 0.9
MANY_LINES = 2000
CONLLU_COLUMNS = 10
_PARQUET = b"PAR1"
_NOWHERE = Path("xml")
_TEXT_TAGS = ("p", "li", "td", "dd", "blockquote", "div")
_CODE = re.compile(r"^\s*(?:import |from \S+ import |def |class |#!|#include|package |function )", re.MULTILINE)
_MARKDOWN = re.compile(r"^(?:#{1,6} |[-*] |```|\[.+\]\(.+\))", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is read, and why that was concluded. `quoting` says whether quotes matter to a table."""

    format: Format
    encoding: Encoding
    evidence: str
    records: str = ""
    header: bool = True
    columns: tuple[str, ...] = ()
    delimiter: str = ""
    quoting: Quoting = "yes"
    elements: tuple[str, ...] = ("p",)

    def reading(self) -> Reading:
        """Return the shape as a recipe's reader options."""
        return Reading(
            format=self.format, input={}, encoding=self.encoding.name, records=self.records, header=self.header,
            columns=self.columns, delimiter="" if (self.format, self.delimiter) in _USUAL else self.delimiter,
            quoted=self.quoting != "no", elements=self.elements,
        )  # fmt: skip


_USUAL = (("csv", ","), ("tsv", "\t"))


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the source with its records and what is wrong with them."""

    file: SourceFile
    shape: Shape
    records: tuple[Record, ...]
    problems: tuple[BenchmarkError, ...]

    @property
    def name(self) -> str:
        """What the source calls the file."""
        return self.file.name


def read_tables(files: Iterable[SourceFile], encodings: dict[str, str]) -> tuple[list[Table], list[SetAside]]:
    """Return the tables of a source, and the files that hold none.

    Parameters
    ----------
    encodings
        What a person said of a file's encoding, by file name; ``*`` for all.
    """
    tables, aside = [], []
    for file in files:
        try:
            found = _shape(file, encodings)
        except BenchmarkError as error:
            aside.append(SetAside(file.name, error.message))
            continue
        if isinstance(found, str):
            aside.append(SetAside(file.name, found))
            continue
        table = read_table(file, found)
        if table.records:
            tables.append(table)
        else:
            why = table.problems[0].message if table.problems else "it holds no records"
            aside.append(SetAside(file.name, why))
    return tables, aside


def read_table(file: SourceFile, shape: Shape) -> Table:
    """Read a file as a shape says."""
    problems: list[BenchmarkError] = []
    records = tuple(read_records(Location(file.path, file.name), shape.reading(), "test", problems.append))
    return Table(file, shape, records, tuple(problems))


def _shape(file: SourceFile, encodings: dict[str, str]) -> Shape | str:
    """Return how a file is read, or why it is not."""
    data = file.path.read_bytes()
    if data.startswith(_PARQUET):
        return Shape("parquet", Encoding("utf-8", sure=True, evidence="Parquet"), "starts with the mark of Parquet")
    said = encodings.get(file.name) or encodings.get("*")
    encoding = Encoding(said, sure=True, evidence="as answered") if said else find_encoding(data)
    if encoding is None:
        return "no text in any encoding known here"
    if not data.strip():
        return "it is empty"
    try:
        text = decode(data, encoding.name, Location(file.path, file.name)).text
    except BenchmarkError:
        # Damaged bytes: the shape is found in what is left, and the reader reports the place.
        text = data.decode(encoding.name, "replace")
    text = text.lstrip("\ufeff")
    shape = _structured(text, encoding) or _by_line(text, encoding)
    if shape.format == "lines" and _is_document(text):
        return "prose about the data, or code"
    return shape


def _structured(text: str, encoding: Encoding) -> Shape | None:
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return _json(text, encoding)
    if start == "<":
        return _markup(text, encoding)
    return None


def _json(text: str, encoding: Encoding) -> Shape | None:
    lines = [line for line in lines_of(text) if line.strip()]
    objects = sum(_is_object(line) for line in lines[:MANY_LINES])
    if len(lines) > 1 and objects >= MOSTLY * min(len(lines), MANY_LINES):
        return Shape("jsonl", encoding, f"{len(lines)} lines, each a JSON object")
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        return Shape("jsonl", encoding, "lines of JSON, some damaged") if objects else None
    if _is_squad(root):
        return Shape("squad", encoding, "passages with questions in SQuAD nesting")
    path = find_records(root)
    if path is None:
        return None
    return Shape("json", encoding, f"one JSON document, its records at {path or 'the top'}", records=path)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _is_squad(root: Any) -> bool:
    try:
        return isinstance(root["data"][0]["paragraphs"][0]["qas"], list)
    except (KeyError, IndexError, TypeError):
        return False


def _markup(text: str, encoding: Encoding) -> Shape | None:
    lowered = text[:2000].lower()
    if "<html" in lowered or "<!doctype html" in lowered:
        tags = Counter(re.findall(r"<([a-z]+)[\s>]", text.lower()))
        chosen = next((tag for tag in _TEXT_TAGS if tags[tag] >= 2), "p")  # noqa: PLR2004
        return Shape("html", encoding, f"an HTML page with {tags[chosen]} elements {chosen}", elements=(chosen,))
    try:
        root = parse_xml(text, Location(_NOWHERE, "xml"))
    except BenchmarkError:
        return None
    if root.tag == "tmx":
        return Shape("tmx", encoding, "a translation memory (TMX)")
    element = _repeated(root)
    if element is None:
        return None
    tag, count = element
    return Shape("xml", encoding, f"an XML document with {count} elements {tag}", elements=(tag,))


def _repeated(root: Element) -> tuple[str, int] | None:
    """Return the outermost element that stands there again and again and holds nearly all of the text."""
    level = [root]
    whole = len(root.text) or 1
    while level:
        children = [child for element in level for child in element.children]
        for tag, count in Counter(child.tag for child in children).most_common(3):
            held = sum(
                len(child.text) + sum(map(len, child.attributes.values())) for child in children if child.tag == tag
            )
            if count > 2 and held >= MOSTLY / 2 * whole:  # noqa: PLR2004
                return tag, count
        level = children
    return None


def _by_line(text: str, encoding: Encoding) -> Shape:
    lines = [line for line in lines_of(text) if line.strip()]
    if _share(lines, lambda line: line[:2] in ("S ", "A ", "S")) and "|||" in text:
        return Shape("m2", encoding, "sentences (S) with edits (A): M2")
    words = [line for line in lines if not line.startswith("#")]
    if _share(words, lambda line: line.count("\t") == CONLLU_COLUMNS - 1 and line[0].isdigit()):
        return Shape("conllu", encoding, "ten columns a word, sentences between empty lines: CoNLL-U")
    dialect = find_dialect(text)
    if dialect is None:
        return Shape("lines", encoding, f"{len(lines)} lines of text")
    header = has_header(dialect.rows)
    names = _names(dialect.rows[0] if header else (), dialect.width)
    evidence = f"{dialect.evidence}; {'the first row names them' if header else 'no row names them'}"
    return Shape(
        "tsv" if dialect.delimiter == "\t" else "csv", encoding, evidence, header=header, columns=names,
        delimiter=dialect.delimiter, quoting=dialect.quoting,
    )  # fmt: skip


def _names(first: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Return names for the columns: none where the header's own serve, that is are there, differ and are plain."""
    own = [name.strip() for name in first]
    if own and len(set(own)) == len(own) and all(own) and not any(name.startswith("@") for name in own):
        return ()
    names = []
    for place in range(width):
        name = own[place] if own and own[place] and not own[place].startswith("@") else f"column{place + 1}"
        names.append(name if name not in names else f"{name}-{place + 1}")
    return tuple(names)


def _share(lines: list[str], holds: Any) -> bool:
    return bool(lines) and sum(map(holds, lines)) >= MOSTLY * len(lines)


def _is_document(text: str) -> bool:
    """Return whether a text is a read-me or a program rather than data."""
    lines = [line for line in lines_of(text) if line.strip()]
    marked = len(_MARKDOWN.findall(text)) + len(_CODE.findall(text))
    return marked >= max(3, len(lines) // 5)


def with_quoting(table: Table, quoting: Quoting) -> Table:
    """Return a table read with or without quotes, if that is another way than it was read."""
    if table.shape.quoting == quoting or table.shape.format not in ("csv", "tsv"):
        return table
    return read_table(table.file, replace(table.shape, quoting=quoting))
