"""The contract of the REST interface, ``openapi.yaml``, as what the server checks every request against.

A route, its parameters, its body, and the resource and action that a user needs stand in that file and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.errors import UsageError

FILE = Path(__file__).with_name("openapi.yaml")
DOCUMENT = "urn:sovereign-workbench:openapi"
METHODS = ("get", "put", "post", "patch", "delete")
NOT_OURS = frozenset({"no_track_activity", "token", "_xsrf"})
"""Query parameters that Jupyter itself reads."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a route: `place` is ``path`` or ``query``; `schema` has its references resolved."""

    name: str
    place: str
    required: bool
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route.

    Attributes
    ----------
    resource, action
        What the authorizer is asked.
    body
        JSON pointer of the body's schema in the document; None where no body is taken.
    """

    id: str
    path: str
    method: str
    resource: str
    action: str
    parameters: tuple[Parameter, ...]
    body: str | None


@cache
def document() -> Mapping[str, Any]:
    """Return the contract as parsed, read once."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with FILE.open("rb") as file:
        found: Mapping[str, Any] = yaml.load(file, loader)  # noqa: S506 — a safe loader, whichever it is
    return found


@cache
def operations() -> Mapping[str, Operation]:
    """Return every operation by its id."""
    return {entry.id: entry for entry in _operations()}


def _operations() -> Iterator[Operation]:
    for path, item in document()["paths"].items():
        shared = item.get("parameters", [])
        for method in METHODS:
            if method not in item:
                continue
            said = item[method]
            needs = said["x-authorization"]
            body = None
            if "requestBody" in said:
                escaped = path.replace("~", "~0").replace("/", "~1")
                body = f"/paths/{escaped}/{method}/requestBody/content/application~1json/schema"
            yield Operation(
                id=said["operationId"],
                path=path,
                method=method,
                resource=needs["resource"],
                action=needs["action"],
                parameters=tuple(_parameter(entry) for entry in (*shared, *said.get("parameters", []))),
                body=body,
            )


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    said = resolved(entry)
    return Parameter(said["name"], said["in"], said.get("required", False), resolved(said["schema"]))


def resolved(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `entry`, or what its ``$ref`` points at; what stands beside the reference is kept."""
    if "$ref" not in entry:
        return entry
    found: Any = document()
    for step in entry["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return {**resolved(found), **{key: value for key, value in entry.items() if key != "$ref"}}


def pattern(path: str) -> str:
    """Return the regular expression of a route: each parameter matches what its schema allows, and nothing else."""
    names = {
        parameter.name: parameter.schema["pattern"].removeprefix("^").removesuffix("$")
        for operation in operations().values()
        if operation.path == path
        for parameter in operation.parameters
        if parameter.place == "path"
    }
    return re.sub(r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>{names[found[1]]})", path)


@cache
def _validator(pointer: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    whole: Resource[Any] = Resource.from_contents(dict(document()), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(DOCUMENT, whole)
    return Draft202012Validator({"$ref": f"{DOCUMENT}#{pointer}"}, registry=registry)


def problems(pointer: str, value: Any) -> tuple[str, ...]:
    """Return what is wrong with `value`, by the schema at a JSON pointer of the contract; nothing when it fits."""
    found = []
    for error in sorted(_validator(pointer).iter_errors(value), key=lambda error: list(map(str, error.absolute_path))):
        place = ".".join(map(str, error.absolute_path)) or "the body"
        found.append(f"{place}: {error.message[:200]}")
    return tuple(found)


def read_body(operation: Operation, value: Any) -> Mapping[str, Any]:
    """Return a request's body, checked, with the schema's defaults filled in.

    Raises
    ------
    UsageError
        It is not what the contract says; every problem is named.
    """
    pointer = operation.body or ""
    wrong = problems(pointer, value)
    if wrong:
        raise UsageError(
            "; ".join(wrong[:5]), where=f"{operation.method.upper()} {operation.path}", remedy=_SEE
        )  # fmt: skip
    return {**_defaults(_at(pointer)), **value}


def _at(pointer: str) -> Mapping[str, Any]:
    found: Any = document()
    for step in pointer.removeprefix("/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return resolved(found)


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: resolved(entry) for name, entry in schema.get("properties", {}).items()}
    return {name: entry["default"] for name, entry in known.items() if "default" in entry}


def read_query(operation: Operation, arguments: Mapping[str, list[bytes]]) -> dict[str, Any]:
    """Return the query's parameters with their types and defaults.

    Raises
    ------
    UsageError
        An unknown parameter, one that is said twice, or a value out of range.
    """
    known = {parameter.name: parameter for parameter in operation.parameters if parameter.place == "query"}
    where = f"{operation.method.upper()} {operation.path}"
    unknown = sorted(set(arguments) - set(known) - NOT_OURS)
    if unknown:
        raise UsageError(f"unknown parameter {', '.join(unknown)}"[:300], where=where, remedy=_SEE)
    values: dict[str, Any] = {}
    for name, parameter in known.items():
        given = arguments.get(name, [])
        if len(given) > 1:
            raise UsageError(f"{name} is said {len(given)} times", where=where, remedy=_SEE)
        if given:
            values[name] = _typed(parameter, given[0], where)
        elif parameter.required:
            raise UsageError(f"{name} is missing", where=where, remedy=_SEE)
        elif "default" in parameter.schema:
            values[name] = parameter.schema["default"]
    return values


_SEE = "The contract is workbench/jupyter/openapi.yaml."
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def _typed(parameter: Parameter, data: bytes, where: str) -> Any:
    """Return one parameter's value as its schema's type."""
    from jsonschema import Draft202012Validator

    kind = parameter.schema.get("type")
    try:
        text = data.decode()
        value: Any = text
        if kind == "integer":
            value = int(text)
        elif kind == "number":
            value = float(text)
        elif kind == "boolean":
            value = _TRUTH[text.lower()]
    except (ValueError, KeyError) as error:
        raise UsageError(f"{parameter.name} is no {kind}", where=where, remedy=_SEE) from error
    wrong = next(Draft202012Validator(dict(parameter.schema)).iter_errors(value), None)
    if wrong is not None:
        raise UsageError(f"{parameter.name}: {wrong.message[:200]}", where=where, remedy=_SEE)
    return value
