"""A pack described in Croissant 1.1, the JSON-LD vocabulary for machine-learning datasets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from workbench.benchmarks.packs import Pack, PackFile
from workbench.benchmarks.records import DataOrigin, Item

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
    "value": "cr:value",
}
_LICENCES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
}
_MEDIA_TYPES = {
    ".jsonl": "application/jsonlines",
    ".json": "application/json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".html": "text/html",
    ".parquet": "application/x-parquet",
    ".gz": "application/gzip",
    ".zip": "application/zip",
    ".tar": "application/x-tar",
}
_ORIGINS = {
    DataOrigin.NATIVE: "Written in each language.",
    DataOrigin.HUMAN_TRANSLATED: "Translated by people.",
    DataOrigin.MACHINE_TRANSLATED: "Written or translated by a machine.",
    DataOrigin.POST_EDITED: "Translated by a machine and corrected by people.",
    DataOrigin.UNKNOWN: "How it came to be in its languages is not known.",
}


def croissant(pack: Pack) -> bytes:
    """Return the description of a pack as JSON-LD: UTF-8, indented, the same bytes for the same pack.

    A pack's own items are described field by field, one record set a language. Of somebody else's original files
    only the distribution is described: names, sizes and digests.

    Notes
    -----
    Croissant Format Specification 1.1, with properties of Croissant RAI 1.0 for origin and limits.
    """
    card = pack.card
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": card.name,
        "description": card.description,
        "version": card.version,
        "license": _LICENCES.get(card.licence, card.licence),
        "citeAs": card.citation,
        "inLanguage": list(pack.languages),
        "isLiveDataset": False,
        "keywords": ["benchmark", "language model evaluation", card.task.value],
        "rai:dataCollection": _ORIGINS[card.origin],
        "distribution": [_file_object(file) for file in pack.files],
    }
    if card.source.startswith(("http://", "https://")):
        document["url"] = card.source
    if card.published:
        document["datePublished"] = card.published
    if card.notes:
        document["rai:dataLimitations"] = list(card.notes)
    if not pack.document.recipe:
        document["recordSet"] = [_record_set(pack, language) for language in pack.languages]
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _file_object(file: PackFile) -> dict[str, Any]:
    suffix = "." + file.name.rsplit(".", 1)[-1] if "." in file.name else ""
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "encodingFormat": _MEDIA_TYPES.get(suffix, "application/octet-stream"),
        "sha256": file.sha256,
    }


def _record_set(pack: Pack, language: str) -> dict[str, Any]:
    file = pack.location(language, pack.card.scored_split).name
    items = pack.items(language)
    name = f"items-{language}"
    fields = [_field(name, file, "id", "sc:Text")]
    inputs = sorted({key for item in items for key in item.input})
    fields += [_field(name, file, "input", "sc:Text", part=key) for key in inputs]
    fields += [_field(name, file, key, "sc:Text", many=True) for key in ("choices", "references") if _used(items, key)]
    fields += [_field(name, file, "gold", "sc:Integer")] if _used(items, "gold") else []
    fields += [_field(name, file, key, "sc:Text") for key in ("group", "domain", "culture") if _used(items, key)]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{len(items)} items in {language}.",
        "key": {"@id": f"{name}/id"},
        "field": fields,
    }


def _used(items: Sequence[Item], key: str) -> bool:
    return any(getattr(item, key) not in ("", None, ()) for item in items)


def _field(record_set: str, file: str, column: str, kind: str, *, part: str = "", many: bool = False) -> dict[str, Any]:
    """Describe one column; `part` names a key of the objects in it."""
    name = f"{record_set}/{column}" + (f"/{part}" if part else "")
    source: dict[str, Any] = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if part:
        source["transform"] = {"jsonPath": f"$.{part}"}
    described: dict[str, Any] = {"@type": "cr:Field", "@id": name, "name": name, "dataType": kind, "source": source}
    if many:
        described |= {"isArray": True, "arrayShape": "-1"}
    return described
