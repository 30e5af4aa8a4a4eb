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
from workbench.jobs.worker_record import read_worker
from workbench.jobs.workers import find_worker
from workbench.jupyter.base import Call, Function
from workbench.jupyter.models.views import find_listed
from workbench.jupyter.runs.drafts import model_reference, pack_reference, resolve

MODULE = "wb"
ENGINE = "transformers"
"""The engine that serves unless another is named."""
CONFIG: Mapping[str, Any] = MappingProxyType({"device": "auto", "dtype": "auto", "max_length": None})
"""Settings of a served model that Python has in its `EngineConfig`, and what they usually are."""


def make_snippet(call: Call) -> dict[str, Any]:
    """Return the code of an action."""
    made = ACTIONS[call.body["action"]](call)
    imports = [ast.unparse(line) for line in made if isinstance(line, ast.ImportFrom)]
    lines = [ast.unparse(line) for line in made if not isinstance(line, ast.ImportFrom)]
    return {"python": "\n".join(["import workbench as wb", *imports, "", *lines]) + "\n"}


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


def _imported(module: str, name: str) -> ast.stmt:
    return ast.ImportFrom(module, [ast.alias(name)], 0)


def _of(name: str, method: str) -> ast.expr:
    return _invoked(ast.Attribute(ast.Name(name), method))


def _submitted(call: Call, draft: Mapping[str, Any], verb: str) -> ast.expr:
    asked = resolve(call.services, draft)
    return _call(verb, asked.model, list(asked.packs), **asked.settings)


def _draft(call: Call) -> list[ast.stmt]:
    verb = call.body["action"]
    name = "run" if verb == "submit" else "result"
    return [_assigned(name, _submitted(call, call.body["draft"], verb)), _shown(ast.Name(name))]


def _suite(call: Call) -> list[ast.stmt]:
    runs = [_submitted(call, draft, "submit") for draft in call.body["drafts"]]
    return [_assigned("runs", ast.List(runs))]


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
    if action == "studio":
        language = [call.body["language"]] if call.body.get("language") else []
        return [_assigned("studio", _call("studio", pack, *language)), _shown(ast.Name("studio"))]
    if action == "preview" and "model" in call.body:
        model = model_reference(find_listed(call.services, call.body["model"]))
        chosen = {name: call.body[name] for name in ("language", "shots") if call.body.get(name)}
        return [_shown(_call("preview", model, pack, **chosen))]
    return [_assigned("benchmark", _call("benchmark", pack)), _shown(ast.Attribute(ast.Name("benchmark"), "card"))]


def _results(call: Call, runs: list[str]) -> list[ast.expr]:
    names = [find_run(call.services.home, run).name for run in runs]
    return [_invoked(ast.Attribute(_call("run", name), "result")) for name in names]


def _compare(call: Call) -> list[ast.stmt]:
    allowed = call.body.get("allow_different")
    more = {"allow_different": allowed} if allowed else {}
    return [_shown(_call("compare", *_results(call, call.body["runs"]), **more))]


def _serve(call: Call) -> list[ast.stmt]:
    """Serve as the panel does: on a socket, with the same settings."""
    asked = call.body["serving"]
    model = find_listed(call.services, asked["model"])
    chosen = {name: asked[name] for name, usual in CONFIG.items() if asked.get(name, usual) != usual}
    engine = "fake" if model.fake else asked.get("engine", ENGINE)
    settings: dict[str, Any] = {"socket": True}
    if "idle_minutes" in asked:
        settings["idle_timeout"] = f"{asked['idle_minutes']:g}m"
    if engine != ENGINE:
        settings["engine"] = engine
    if chosen:
        settings["config"] = _invoked(ast.Name("EngineConfig"), **chosen)
    imports = [_imported("workbench.engines", "EngineConfig")] if chosen else []
    return [*imports, _assigned("model", _call("serve", model_reference(model), **settings))]


def _ask(call: Call) -> list[ast.stmt]:
    """Ask the worker that serves these files, or serve them."""
    spec = read_worker(find_worker(call.services.home, call.body["worker"])).spec
    served = ast.Attribute(ast.Attribute(ast.Attribute(ast.Name("each"), "record"), "spec"), "path")
    same = ast.Compare(served, [ast.Eq()], [_literal(spec.path)])
    loop = ast.comprehension(ast.Name("each"), _call("workers"), [same], 0)
    found = _invoked(ast.Name("next"), ast.GeneratorExp(ast.Name("each"), [loop]), None)
    engine = {} if spec.engine == ENGINE else {"engine": spec.engine}
    model = ast.BoolOp(ast.Or(), [found, _call("serve", spec.path, **engine)])
    imports, asked = _question(call.body["question"])
    return [*imports, _assigned("model", model), _shown(asked)]


def _question(question: Mapping[str, Any]) -> tuple[list[ast.stmt], ast.expr]:
    model = ast.Name("model")
    more = {name: question[name] for name in ("max_new_tokens", "temperature", "stop") if name in question}
    if "continuations" in question:
        return [], _invoked(ast.Attribute(model, "score"), question["context"], question["continuations"])
    if "prompt" in question:
        return [], _invoked(ast.Attribute(model, "generate"), question["prompt"], **more)
    turns = [_invoked(ast.Name("Message"), turn["role"], turn["content"]) for turn in question["messages"]]
    return [_imported("workbench.engines.loaded", "Message")], _invoked(ast.Attribute(model, "chat"), turns, **more)


def _report(call: Call) -> list[ast.stmt]:
    wanted = call.body["report"]
    more = {name: wanted[name] for name in ("language", "title") if wanted.get(name)}
    return [_shown(_call("report", ast.List(_results(call, wanted["runs"])), f"report.{wanted['format']}", **more))]


ACTIONS: Mapping[str, Callable[[Call], list[ast.stmt]]] = MappingProxyType(
    {
        "submit": _draft, "evaluate": _draft, "suite": _suite, "run": _run, "result": _run, "items": _run,
        "model": _model, "load": _model, "serve": _serve, "ask": _ask, "pack": _pack, "preview": _pack,
        "validate": _pack, "studio": _pack, "compare": _compare, "report": _report,
    }
)  # fmt: skip
OPERATIONS: Mapping[str, Function] = MappingProxyType({"makeSnippet": make_snippet})
