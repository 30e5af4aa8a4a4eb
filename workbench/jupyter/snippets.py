"""Python that does what the panel does, to be copied or put into a cell.

The code is made as a syntax tree and written by Python itself: whatever a name or a setting holds, it stands in the
code as a literal, with everything that cannot be seen escaped.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from workbench.jobs.watching import find_run
from workbench.jupyter.base import Call, Function
from workbench.jupyter.models.views import find_listed
from workbench.jupyter.runs.drafts import model_reference, pack_reference, resolve

MODULE = "wb"


def make_snippet(call: Call) -> dict[str, Any]:
    """Return the code of an action."""
    lines = ACTIONS[call.body["action"]](call)
    return {"python": "\n".join(["import workbench as wb", "", *map(ast.unparse, lines)]) + "\n"}


def _call(verb: str, *arguments: Any, **settings: Any) -> ast.expr:
    return _invoked(ast.Attribute(ast.Name(MODULE), verb), *arguments, **settings)


def _invoked(function: ast.expr, *arguments: Any, **settings: Any) -> ast.expr:
    words = [ast.keyword(name, _literal(value)) for name, value in settings.items()]
    return ast.Call(function, [_literal(value) for value in arguments], words)


def _literal(value: Any) -> ast.expr:
    """Return a JSON value as a literal; code that was made already stays as it is."""
    if isinstance(value, ast.expr):
        return value
    if isinstance(value, list | tuple):
        return ast.List([_literal(entry) for entry in value])
    if isinstance(value, Mapping):
        return ast.Dict([ast.Constant(str(key)) for key in value], [_literal(entry) for entry in value.values()])
    return ast.Constant(value)


def _assigned(name: str, value: ast.expr) -> ast.stmt:
    return ast.fix_missing_locations(ast.Assign([ast.Name(name)], value))


def _shown(value: ast.expr) -> ast.stmt:
    return ast.fix_missing_locations(ast.Expr(value))


def _of(name: str, method: str) -> ast.expr:
    return _invoked(ast.Attribute(ast.Name(name), method))


def _draft(call: Call) -> list[ast.stmt]:
    asked = resolve(call.services, call.body["draft"])
    verb = call.body["action"]
    made = _call(verb, asked.model, list(asked.packs), **asked.settings)
    name = "run" if verb == "submit" else "result"
    return [_assigned(name, made), _shown(ast.Name(name))]


def _run(call: Call) -> list[ast.stmt]:
    found = _call("run", find_run(call.services.home, call.body["run"]).name)
    if call.body["action"] == "run":
        return [_assigned("run", found), _shown(_of("run", "status"))]
    result = _assigned("result", _invoked(ast.Attribute(found, "result")))
    if call.body["action"] == "result":
        return [result, _shown(ast.Name("result"))]
    return [result, _assigned("items", _call("items", ast.Name("result")))]


def _model(call: Call) -> list[ast.stmt]:
    name = model_reference(find_listed(call.services, call.body["model"]))
    if call.body["action"] == "load":
        return [_assigned("model", _call("load", name))]
    return [_shown(_call("inspect", name))]


def _pack(call: Call) -> list[ast.stmt]:
    action, pack = call.body["action"], pack_reference(call.body["pack"])
    if action == "validate":
        return [_shown(_call("validate", pack))]
    if action == "preview" and "model" in call.body:
        model = model_reference(find_listed(call.services, call.body["model"]))
        language = {"language": call.body["language"]} if "language" in call.body else {}
        return [_shown(_call("preview", model, pack, **language))]
    return [_assigned("benchmark", _call("benchmark", pack)), _shown(ast.Attribute(ast.Name("benchmark"), "card"))]


def _results(call: Call, runs: list[str]) -> list[ast.expr]:
    names = [find_run(call.services.home, run).name for run in runs]
    return [_invoked(ast.Attribute(_call("run", name), "result")) for name in names]


def _compare(call: Call) -> list[ast.stmt]:
    return [_shown(_call("compare", *_results(call, call.body["runs"])))]


def _report(call: Call) -> list[ast.stmt]:
    wanted = call.body["report"]
    more = {name: wanted[name] for name in ("language", "title") if wanted.get(name)}
    return [_shown(_call("report", ast.List(_results(call, wanted["runs"])), f"report.{wanted['format']}", **more))]


ACTIONS: Mapping[str, Callable[[Call], list[ast.stmt]]] = MappingProxyType(
    {
        "submit": _draft, "evaluate": _draft, "run": _run, "result": _run, "items": _run, "model": _model,
        "load": _model, "pack": _pack, "preview": _pack, "validate": _pack, "compare": _compare, "report": _report,
    }
)  # fmt: skip
OPERATIONS: Mapping[str, Function] = MappingProxyType({"makeSnippet": make_snippet})
