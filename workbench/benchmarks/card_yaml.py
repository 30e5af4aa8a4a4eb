"""YAML as cards need it: plain data, and the line of every key.

Stricter and duller than YAML 1.1: ``no`` is Norwegian, not false; ``1.0.0`` and dates stay text; anchors, tags and
keys given twice are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workbench.errors import BadCard, BadEncoding

MAX_BYTES = 1 << 20
Path_ = tuple[str | int, ...]
"""Where in the document: keys and indices."""

_BOOL = re.compile(r"true|True|false|False")
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_NULL = re.compile(r"~|null|Null|")


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """Plain data, with the line (from 1) on which each key or list entry stands."""

    data: Any
    lines: Mapping[Path_, int]

    def line(self, path: Path_) -> int:
        """Return the line of `path`, or of the nearest thing that holds it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_yaml(path: Path) -> YamlDocument:
    """Read a YAML file.

    Raises
    ------
    BadCard
        Missing, larger than a megabyte, or not the YAML described above; the line is named.
    BadEncoding
        Not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadCard(f"the card cannot be read ({error.strerror})", where=path) from error
    if len(raw) > MAX_BYTES:
        raise BadCard(f"the card has {len(raw)} bytes; at most {MAX_BYTES} make sense", where=path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadEncoding(f"the card is not UTF-8 at byte {error.start}", where=f"{path}:{line}") from error
    return _parse(text, path)


def _parse(text: str, path: Path) -> YamlDocument:
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1 if event.start_mark is not None else 1
                raise BadCard("anchors and aliases are not read", where=f"{path}:{line}")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        problem = getattr(error, "problem", None) or "not YAML"
        raise BadCard(f"not valid YAML: {problem}", where=place) from error
    except RecursionError as error:
        raise BadCard("nested too deeply", where=path) from error
    lines: dict[Path_, int] = {(): 1}
    data = None if root is None else _plain(root, (), lines, path)
    return YamlDocument(data, lines)


def _plain(node: yaml.Node, here: Path_, lines: dict[Path_, int], path: Path) -> Any:
    """Return a node as plain data, noting lines on the way."""
    lines.setdefault(here, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise BadCard("a key must be a word", where=f"{path}:{line}")
            key = str(key_node.value)
            if key in result:
                raise BadCard(f"the key {key!r} is given twice", where=f"{path}:{line}")
            lines[(*here, key)] = line
            result[key] = _plain(value_node, (*here, key), lines, path)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, (*here, index), lines, path) for index, each in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> str | bool | int | float | None:
    """Return a scalar: text when quoted or a block; else true/false, a number, nothing, or text."""
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
