"""The views' scripts in a browser's document model: what they show, and that nothing anybody wrote becomes markup."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from workbench.jupyter.widgets.phrases import phrases
from workbench.jupyter.widgets.view import source

HOSTILE = "<img src=x onerror=alert(1)>\u202e\x1b[31m\x00" + "x" * 6000
RUNNER = """
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(process.argv[2]);
const { JSDOM } = require('jsdom');
const given = JSON.parse(readFileSync(0, 'utf8'));
const dom = new JSDOM('<body><div id="here"></div></body>', { pretendToBeVisual: true });
Object.assign(globalThis, { document: dom.window.document });
const { default: view } = await import('data:text/javascript;base64,' + Buffer.from(given.script).toString('base64'));
const listeners = {};
const asked = [];
const model = {
  get: name => given[name],
  on: (name, heard) => ((listeners[name] ??= []).push(heard)),
  off: (name, heard) => (listeners[name] = (listeners[name] ?? []).filter(each => each !== heard)),
  send: message => {
    asked.push(message);
    const body = given.answers[message.verb];
    const reply = body && body.error ? { answer: message.ask, error: body.error } : { answer: message.ask, body };
    setTimeout(() => (listeners['msg:custom'] ?? []).forEach(heard => heard(reply)), 0);
  }
};
const settle = () => new Promise(resolve => setTimeout(resolve, 30));
const place = document.getElementById('here');
const stop = view.render({ model, el: place });
await settle();
const fire = (name, node, kind = 'click') => node.dispatchEvent(new dom.window.Event(kind, { bubbles: true }));
await new Function('place', 'fire', 'settle', 'given', 'listeners', 'document', 'dom', `return (async () => {${given.act}})()`)(
  place, fire, settle, given, listeners, document, dom
);
await settle();
const html = place.innerHTML;
const text = place.textContent;
const markup = place.querySelectorAll('img, script, iframe, [onerror]').length;
stop();
const left = Object.values(listeners).flat().length;
process.stdout.write(JSON.stringify({ html, text, markup, asked: asked.map(({ verb, body }) => ({ verb, body })), left }));
process.exit(0);
"""


@pytest.fixture(scope="module")
def document(repository: Path, tmp_path_factory):
    """Runs a view in jsdom, which the panel's own tests bring; skipped where that is not installed."""
    modules = repository / "extensions" / "workbench-lab" / "node_modules"
    node = shutil.which("node")
    if node is None or not (modules / "jsdom").is_dir():
        pytest.skip("no node, or no jsdom: `make test-lab` installs it")
    runner = tmp_path_factory.mktemp("front") / "runner.mjs"
    runner.write_text(RUNNER, encoding="utf-8")

    def shown(kind: str, state: object, answers: object = None, act: str = "", **more: object) -> dict:
        given = {
            "script": source(kind), "kind": kind, "state": state, "answers": answers or {}, "act": act,
            "words": dict(phrases()), "language": "en", "direction": "ltr", **more,
        }  # fmt: skip
        done = subprocess.run(
            [node, str(runner), str(modules / "x.js")], input=json.dumps(given), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return shown


def harmless(shown: dict) -> None:
    assert shown["markup"] == 0
    for character in ("\u202e", "\x1b", "\x00"):
        assert character not in shown["html"]
    assert shown["left"] == 0


STATE = {
    "id": "20260101-000000-abcdef", "state": "running", "model": HOSTILE, "packs": ["civics", HOSTILE], "answered": 3,
    "planned": 10, "failed": 1, "rate": 2.5, "remaining": 61.0, "now": HOSTILE, "waiting": "", "verbs": ["pause", "cancel"],
    "scores": [{"pack": HOSTILE, "language": "ar", "mean": 0.5, "low": None, "high": None, "answered": 3, "planned": 10}],
    "error": None, "ended": False,
}  # fmt: skip


def test_a_run_is_shown_and_told(document):
    done = {**STATE, "state": "done", "answered": 10, "verbs": [], "ended": True, "now": ""}
    act = """
      const buttons = [...place.querySelectorAll('button')].filter(each => !each.hidden).map(each => each.textContent);
      given.seen = buttons;
      fire('click', [...place.querySelectorAll('button')].find(each => each.textContent === 'Pause'));
      await settle();
    """
    shown = document("run", STATE, {"tell": done}, act)
    harmless(shown)
    assert shown["asked"] == [{"verb": "tell", "body": {"run": STATE["id"], "verb": "pause"}}]
    assert "done · 10 of 10" in shown["text"]
    assert 'role="status"' in shown["html"]
    assert "more characters" in shown["text"]


def test_an_error_of_the_kernel_is_said_beside_the_buttons(document):
    error = {"error": {"message": HOSTILE[:40], "remedy": "Do something else."}}
    act = "fire('click', place.querySelector('button'))"
    shown = document("run", STATE, {"tell": error}, act)
    harmless(shown)
    assert "Do something else." in shown["text"]
    assert 'role="alert"' in shown["html"]


def test_the_panel_opens_a_result_and_an_item_in_it(document):
    run = {**STATE, "state": "done", "ended": True, "verbs": []}
    score = {
        "language": "ar", "label": "Arabic", "pack": "civics", "metric": "accuracy", "value": "50.0%", "interval": "40–60%",
        "verdict": "✓ above chance", "chance": "25.0%", "n": 24,
    }  # fmt: skip
    row = {
        "key": "k",
        "item_id": HOSTILE,
        "language": "ar",
        "verdict": "wrong",
        "excerpt": HOSTILE,
        "direction": "rtl",
        "error": "",
    }
    item = {
        "item": row, "formulation": "generate", "query": HOSTILE, "response": HOSTILE, "answer": HOSTILE, "rule": "x",
        "references": [HOSTILE], "choices": [{"text": HOSTILE, "log_likelihood": -1.5, "gold": True, "chosen": False}],
    }  # fmt: skip
    answers = {
        "runs": {"runs": [run], "total": 1},
        "run": {"run": run, "result": {"run": run["id"], "model": HOSTILE, "scores": [score], "limits": [HOSTILE]}},
        "items": {"items": [row], "total": 41},
        "item": item,
    }
    act = """
      const button = text => [...place.querySelectorAll('button')].filter(each => each.textContent === text).at(-1);
      fire('click', button('Open')); await settle(); await settle();
      fire('click', button('Open')); await settle();
      fire('click', button('Next')); await settle();
    """
    shown = document("panel", {"tab": "runs", "open": ""}, answers, act)
    harmless(shown)
    assert {"verb": "item", "body": {"run": run["id"], "item": "k"}} in shown["asked"]
    assert shown["asked"][-1]["body"]["offset"] == 20
    assert "21–40 of 41" in shown["text"]


def test_tabs_turn_by_keyboard(document):
    act = """
      const key = name => document.activeElement.dispatchEvent(new dom.window.KeyboardEvent('keydown', { key: name, bubbles: true }));
      place.querySelector('[role=tab]').focus();
      key('ArrowRight'); await settle();
    """
    answers = {"runs": {"runs": [], "total": 0}, "models": {"models": []}}
    shown = document("panel", {"tab": "runs", "open": ""}, answers, act)
    assert shown["asked"][-1]["verb"] == "models"
    assert "No models here yet." in shown["text"]


def test_the_studio_sends_what_is_typed_and_shows_its_checks_by_the_field(document):
    draft = {"id": "0" * 32, "name": HOSTILE, "language": "ar", "revision": 0}
    form = {
        "task": "multiple_choice",
        "fields": ["question"],
        "choices": 2,
        "references": False,
        "next_id": "ar-001",
        "version": "1.0.0",
        "existing": 9,
    }
    item = {"id": "ar-001", "input": {"question": "x"}, "choices": ["a", "b"], "gold": 0}
    check = {
        "severity": "error",
        "code": "script",
        "field": "input.question",
        "message": HOSTILE,
        "remedy": "Write it again.",
    }
    entry = {"item": item, "checks": [check], "ok": False, "prompt": None}
    state = {"draft": draft, "form": form, "items": [], "removed": [], "together": [], "ok": True}
    after = {**state, "draft": {**draft, "revision": 1}, "items": [entry], "ok": False}
    act = """
      const button = text => [...place.querySelectorAll('button')].find(each => each.textContent === text);
      fire('click', button('New item')); await settle();
      const field = place.querySelector('textarea');
      field.value = 'typed'; fire('input', field, 'input');
      await new Promise(resolve => setTimeout(resolve, 600));
      const described = document.getElementById(field.getAttribute('aria-describedby'));
      given.state.found = described.textContent;
      if (!described.textContent.includes('Write it again.') || field.getAttribute('aria-invalid') !== 'true') throw new Error(place.innerHTML);
    """
    shown = document("studio", state, {"draft.put": after}, act)
    harmless(shown)
    puts = [each["body"] for each in shown["asked"] if each["verb"] == "draft.put"]
    assert puts[0]["revision"] == 0
    assert (puts[-1]["revision"], puts[-1]["items"][0]["input"]["question"]) == (1, "typed")
