"""`workbench draft` and `workbench compare`, as a person and a program call them."""

from __future__ import annotations

import io
import json

import pytest

from workbench.cli.app import main
from workbench.jobs.launcher import submit
from workbench.jobs.watching import wait
from workbench.policy.home import home
from workbench.testing.runs import fake_spec

DRAFT = {"model": "fake-a", "packs": ["civics"], "settings": {"engine": "fake", "languages": "th,ar", "limit": 4}}


@pytest.fixture
def call(capsys, monkeypatch):
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")

    def run(*words: str, read: object = None) -> tuple[int, str, str]:
        data = read if isinstance(read, bytes) else json.dumps(read).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = 0
        try:
            main(list(words))
        except SystemExit as done:
            code = int(done.code or 0)
        return code, *capsys.readouterr()

    return run


def test_spec_plan_and_trial_agree(call):
    expected = fake_spec(("civics",), languages=("th", "ar"), limit=4).hash
    assert call("draft", "spec", read=DRAFT) == (0, f"{expected}\n", "")
    for verb in ("spec", "plan", "try"):
        code, out, _ = call("draft", verb, "--json", read=DRAFT)
        assert (code, json.loads(out)["spec_hash"]) == (0, expected)
    code, out, _ = call("draft", "plan", read=DRAFT)
    assert (code, "8 items, time unknown" in out) == (0, True)
    code, out, _ = call("draft", "try", read={**DRAFT, "items": 2})
    assert (code, "for 2 items" in out) == (0, True)


@pytest.mark.parametrize(
    "read",
    [b"", b"{", b"[]", b"x" * (1 << 21), {"model": "a"}, {**DRAFT, "nonsense": 1}, {**DRAFT, "settings": {"x": 1}}],
)
def test_what_is_no_draft_is_a_mistake_of_the_call(call, read):
    code, _, err = call("draft", "plan", "--json", read=read)
    assert (code, json.loads(err)["error"]["code"]) == (2, "usage")


def test_preview_of_a_page(call):
    asked = {"pack": "civics", "language": "th", "offset": 22, "limit": 5}
    code, out, _ = call("draft", "preview", "--json", read=asked)
    found = json.loads(out)
    assert (code, len(found["items"]), found["total"]) == (0, 2, 24)
    code, out, _ = call("draft", "preview", read=asked)
    assert (code, out.count("── civics · th")) == (0, 2)


def test_two_runs_are_compared_or_refused(call):
    runs = []
    for model, settings in (("fake-a", {}), ("fake-b", {}), ("fake-b", {"shots": 1})):
        record = submit(fake_spec(model=model, languages=("th",), **settings), home().create())
        wait(home().runs / record.run_id)
        runs.append(record.run_id)
    code, out, _ = call("compare", runs[0], runs[1])
    assert (code, "exact McNemar" in out, "one got right and the other wrong" in out) == (0, True, True)
    code, _, err = call("compare", runs[0], runs[2])
    assert (code, "examples before each question differ: 0 and 1" in err) == (6, True)
    code, out, _ = call("compare", runs[0], runs[2], "--explain", "--json")
    assert (code, json.loads(out)["comparable"]) == (0, False)
    names = {entry["what"] for entry in json.loads(out)["differences"]}
    code, out, _ = call("compare", runs[0], runs[2], *(f"--allow-different={name}" for name in names))
    assert (code, "allowed: examples before each question" in out) == (0, True)
