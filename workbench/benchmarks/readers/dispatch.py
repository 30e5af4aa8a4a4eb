"""Which reader reads what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from workbench.benchmarks.readers.conllu import read_conllu
from workbench.benchmarks.readers.contents import read_contents
from workbench.benchmarks.readers.delimited import read_delimited
from workbench.benchmarks.readers.html import read_html
from workbench.benchmarks.readers.json_array import read_json
from workbench.benchmarks.readers.jsonl import read_jsonl
from workbench.benchmarks.readers.lines import read_lines
from workbench.benchmarks.readers.m2 import read_m2
from workbench.benchmarks.readers.parquet import read_parquet
from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.benchmarks.readers.snapshot import is_saved, read_saved, snapshot_files
from workbench.benchmarks.readers.squad import read_squad
from workbench.benchmarks.readers.text import decode
from workbench.benchmarks.readers.tmx import read_tmx
from workbench.benchmarks.readers.xml_records import read_xml
from workbench.benchmarks.reading import Format, Reading
from workbench.errors import BenchmarkError

OnMark = Callable[[Location], None]
_FORMATS: Mapping[str, Format] = {"parquet": "parquet", "jsonl": "jsonl", "json": "json", "csv": "csv", "tsv": "tsv"}
_PLAIN: Mapping[str, Callable[[str, Location, Report], Iterator[Record]]] = {
    "items": read_jsonl,
    "jsonl": read_jsonl,
    "squad": read_squad,
    "tmx": read_tmx,
    "m2": read_m2,
    "conllu": read_conllu,
}
"""Readers that need no options."""


def read_records(
    location: Location,
    reading: Reading,
    split: str,
    report: Report,
    *,
    parallel: Mapping[str, Location] | None = None,
    config: str = "",
    on_byte_order_mark: OnMark | None = None,
) -> Iterator[Record]:
    """Yield the records of one file.

    Parameters
    ----------
    location
        The file; a directory for the format ``dataset``.
    reading
        Format and its options.
    split
        Split wanted of a dataset directory.
    report
        Called with each problem.
    parallel
        Line-aligned companions by field name.
    config
        Configuration wanted of a dataset directory.
    on_byte_order_mark
        Called when a byte order mark was skipped.

    Reports
    -------
    BenchmarkError
        Whatever the readers find; problems with the file as a whole end its reading.
    """
    try:
        if reading.format == "dataset":
            yield from _read_dataset(location, reading, split, report, config)
        elif reading.format == "parquet":
            yield from read_parquet(location, report)
        else:
            yield from _read_text(location, reading, report, parallel or {}, on_byte_order_mark)
    except BenchmarkError as error:
        report(error)


def _read_text(
    location: Location,
    reading: Reading,
    report: Report,
    parallel: Mapping[str, Location],
    on_byte_order_mark: OnMark | None,
) -> Iterator[Record]:
    decoded = decode(read_contents(location), reading.encoding, location)
    if decoded.byte_order_mark and on_byte_order_mark is not None:
        on_byte_order_mark(location)
    text = decoded.text
    plain = _PLAIN.get(reading.format)
    if plain is not None:
        yield from plain(text, location, report)
        return
    match reading.format:
        case "json":
            yield from read_json(text, location, reading.records, report)
        case "csv" | "tsv":
            yield from read_delimited(text, location, reading, report)
        case "html":
            yield from read_html(text, location, reading.elements, report)
        case "xml":
            yield from read_xml(text, location, reading.elements, report)
        case _:
            companions = {
                name: decode(read_contents(each), reading.encoding, each).text for name, each in parallel.items()
            }
            yield from read_lines(text, location, companions, report)


def _read_dataset(location: Location, reading: Reading, split: str, report: Report, config: str) -> Iterator[Record]:
    if is_saved(location.path):
        yield from read_saved(location, split, report)
        return
    number = 0
    for file in snapshot_files(location, config, split):
        name = file.name.removesuffix(".gz")
        plain = replace(reading, format=_FORMATS[name.rsplit(".", 1)[-1]], encoding="utf-8")
        for record in read_records(file, plain, split, report):
            number += 1
            yield replace(record, number=number)
