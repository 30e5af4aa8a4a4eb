"""`workbench studio`, as the panel's tasks call it."""

from __future__ import annotations

import io
import json

import pytest

from workbench.cli.app import main
from workbench.jobs.studio import open_studio
from workbench.policy.home import home

ITEM = {
    "input": {"question": "เมืองหลวงของประเทศลาวคือเมืองใด"},
    "choices": ["เวียงจันทน์", "หลวงพระบาง", "ปากเซ"],
    "gold": 0,
}


@pytest.fixture
def studio(capsys, monkeypatch):
    def run(*words: str, read: object = None) -> tuple[int, str]:
        data = read if isinstance(read, bytes) else json.dumps(read).encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = 0
        try:
            main(["studio", *words])
        except SystemExit as done:
            code = int(done.code or 0)
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def draft() -> str:
    opened = open_studio(home(), "civics", "th")
    opened.add(ITEM)
    return opened.id


def test_drafts_are_listed_checked_probed_and_saved(studio, draft):
    assert draft in studio("list")[1]
    assert json.loads(studio("list", "--json")[1])[0]["id"] == draft
    assert json.loads(studio("check", draft, "--json")[1])["items"][0]["checks"] == []
    asked = {"draft": draft, "models": ["fake-a"], "settings": {"engine": "fake"}}
    code, out = studio("probe", "--json", read=asked)
    assert (code, json.loads(out)["items"][0]["models"][0]["as_is"]["variant"]) == (0, "as-is")
    assert studio("probe", read=asked)[0] == 0
    assert "civics-1.1.0 (1 added, 0 replaced, 0 left out)" in studio("save", read={"draft": draft})[1]


def test_what_was_found_is_a_table_for_people(studio, draft):
    opened = open_studio(home(), "civics", "th")
    assert opened.id == draft
    opened.add(ITEM, gold=7)
    assert "outside the 3 choices" in studio("check", draft)[1]


@pytest.mark.parametrize(
    ("verb", "asked", "code"),
    [
        ("probe", {"draft": "0" * 32, "models": ["fake-a"]}, 3),
        ("probe", {"draft": "0" * 32, "models": []}, 2),
        ("probe", {"draft": "0" * 32, "models": ["a"], "settings": {"shots": 5}}, 2),
        ("save", {"draft": "../x"}, 3),
        ("save", {"nonsense": 1}, 2),
        ("save", [], 2),
        ("save", b"{" * (1 << 21), 2),
    ],
)
def test_what_makes_no_sense_ends_with_its_code(studio, verb, asked, code):
    assert studio(verb, "--json", read=asked)[0] == code
