"""Copied code does what the panel does, and nothing that anybody wrote becomes code."""

from __future__ import annotations

import ast

import pytest

from workbench.evaluation.build import build_spec
from workbench.testing.runs import until


def snippet(panel, **body):
    return panel.send("POST", "/snippets", body)["python"]


def called(code: str):
    """Return the last call of some code as (verb, arguments, settings), all of them literals."""
    tree = ast.parse(code)
    assert ast.unparse(tree.body[0]) == "import workbench as wb"
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = calls[0]
    return (
        found.func.attr,
        [ast.literal_eval(argument) for argument in found.args],
        {word.arg: ast.literal_eval(word.value) for word in found.keywords},
    )


def test_running_the_code_gives_the_same_spec_hash(panel, ids):
    draft = ids.draft("fake-b", shots=2, limit=3, parity=True, suite='a "name" \\ with \u202e and \n lines')
    code = snippet(panel, action="submit", draft=draft)
    verb, (model, packs), settings = called(code)
    assert verb == "submit"
    plan = panel.task("/plans", draft)
    assert build_spec(model, packs, **settings).hash == plan["spec_hash"]
    scope: dict[str, object] = {}
    exec(compile(code.rsplit("\n", 2)[0], "cell", "exec"), scope)  # noqa: S102 — the very point
    run = scope["run"].id
    assert panel.get(f"/runs/{run}")["spec_hash"] == plan["spec_hash"]
    until(lambda: panel.get(f"/runs/{run}")["run"]["state"] == "done")
    result: dict[str, object] = {}
    exec(compile(snippet(panel, action="items", run=run), "cell", "exec"), result)  # noqa: S102
    assert len(result["items"]) == 6


HOSTILE = [
    '"); import os; os.system("x"); ("',
    "'''",
    "\\",
    "\0",
    "\u202e\u2066",
    "\ud7ff\U0001f600",
    "{x}",
    "%s",
    "\n\r\u2028",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_written_stays_a_literal(panel, ids, run, text):
    code = snippet(panel, action="submit", draft=ids.draft(wording=text, suite=text))
    _, _, settings = called(code)
    assert (settings["wording"], settings["suite"]) == (text, text)
    assert all(character.isprintable() or character == "\n" for character in code)
    report = {"runs": [run.name], "format": "html", "title": text}
    code = snippet(panel, action="report", report=report)
    assert text in [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]


def test_names_of_settings_cannot_be_code(panel, ids):
    for name in ("x=__import__('os').getcwd(), y", "shots)", "class", ""):
        answer = panel.ask("POST", "/snippets", {"action": "submit", "draft": ids.draft(**{name: 1})})
        assert (answer.status, answer.body["error"]["code"]) == (422, "spec")


def test_every_action_has_code_that_parses(panel, ids, run):
    model, pack = ids.models["fake-a"], ids.packs["civics"]
    for body in (
        {"action": "evaluate", "draft": ids.draft()},
        {"action": "run", "run": run.name},
        {"action": "result", "run": run.name},
        {"action": "items", "run": run.name},
        {"action": "model", "model": model},
        {"action": "load", "model": model},
        {"action": "pack", "pack": pack},
        {"action": "preview", "pack": pack, "model": model, "language": "th"},
        {"action": "validate", "pack": pack},
        {"action": "studio", "pack": pack, "language": "th"},
        {"action": "compare", "runs": [run.name, run.name]},
        {"action": "compare", "runs": [run.name, run.name], "allow_different": ["shots"]},
        {"action": "suite", "drafts": [ids.draft(), ids.draft("fake-b")]},
        {"action": "serve", "serving": {"model": model, "max_length": 64, "dtype": "float32"}},
        {"action": "report", "report": {"runs": [run.name], "format": "csv", "language": "en"}},
    ):
        code = snippet(panel, **body)
        import workbench

        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "wb":
                assert hasattr(workbench, node.attr), code


def test_code_of_results_runs(panel, ids, run):
    scope: dict[str, object] = {}
    for body in ({"action": "result", "run": run.name}, {"action": "validate", "pack": ids.packs["civics"]}):
        exec(compile(snippet(panel, **body), "cell", "exec"), scope)  # noqa: S102
    assert scope["result"].run_id == run.name


def test_code_of_a_served_model_asks_it(panel, ids):
    """The code serves the model as the panel does, and code copied while it serves asks that very worker."""
    scope: dict[str, object] = {}
    serving = {"model": ids.models["fake-a"], "idle_minutes": 1.5}
    code = snippet(panel, action="serve", serving=serving)
    assert called(code) == ("serve", ["fake-a"], {"socket": True, "idle_timeout": "1.5m", "engine": "fake"})
    exec(compile(code, "cell", "exec"), scope)  # noqa: S102
    worker = scope["model"].id
    try:
        assert panel.get(f"/workers/{worker}")["idle_timeout"] == 90
        question = {"prompt": "ประเทศไทย", "max_new_tokens": 4, "stop": ["\u202e"]}
        code = snippet(panel, action="ask", worker=worker, question=question)
        assert "\u202e" not in code
        exec(compile(code, "cell", "exec"), scope)  # noqa: S102
        assert scope["model"].id == worker
        said = panel.send("POST", f"/workers/{worker}/ask", question)["text"]
        assert scope["model"].generate("ประเทศไทย", max_new_tokens=4, stop=["\u202e"]) == said
        scored = {"context": "a", "continuations": [" b", " c"]}
        assert "model.score('a', [' b', ' c'])" in snippet(panel, action="ask", worker=worker, question=scored)
        chat = {"messages": [{"role": "user", "content": "'"}], "temperature": 0.5}
        code = snippet(panel, action="ask", worker=worker, question=chat)
        assert """model.chat([Message('user', "'")], temperature=0.5)""" in code
        assert "from workbench.engines.loaded import Message" in code
    finally:
        panel.send("DELETE", f"/workers/{worker}")
