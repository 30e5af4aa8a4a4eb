"""What a model wrote, or a pack asks, is text wherever the panel's server shows it: no markup, no order, no flood."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from workbench.evaluation.journal import Journal, encode
from workbench.jupyter.items.columns import EXCERPT, LONGEST
from workbench.policy.home import home
from workbench.testing.panel import Client, panel_server
from workbench.testing.results import example_result, example_rows, write_example_run

RUN = "20260301-093000-abcdef"
HOSTILE = {
    "script": "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" style=\'position:fixed\'',
    "link": "[click](javascript:alert(1)) <a href='javascript:alert(1)'>x</a> http://elsewhere.example/?q=",
    "template": "{{ 7*7 }} ${7*7} {% raw %} <%= 7*7 %> $$\\write18{id}$$",
    "bidi": "\u202eright\u2066 over\u2069 left\u202c\u200f",
    "ansi": "\x1b[31mred\x1b[0m\x07\x08\x1b]8;;http://elsewhere.example\x1b\\link\x1b]8;;\x1b\\",
    "null": "before\0after",
    "surrogate": "half \ud83d of one",
    "combining": "Z" + "\u0301" * 5000,
    "megabytes": "ก" * (LONGEST * 8),
    "lines": "\r\n\u2028\u2029\x85\x0b\x0c",
    "json": '"}],"total":0,"x":[{"',
}


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Client:
    with panel_server(tmp_path_factory.mktemp("hostile") / "jupyter", fake_models=["fake-a"]) as made:
        yield made


def hostile_run(text: str, count: int = 3) -> Journal:
    """Write a finished run all of whose texts are `text`."""
    directory = home().create().runs / RUN
    result = example_result(run_id=RUN, n=count)
    rows = [
        replace(
            row, query=text, response=text, answer=text, item_id=f"{text[:LONGEST]} {number}", domain=text[:LONGEST],
            culture=text[:LONGEST], group=text[:LONGEST], choices=(text, "two"), references=(text,),
        )
        for number, row in enumerate(example_rows(result))
    ]  # fmt: skip
    write_example_run(directory, result, rows)
    return Journal(directory)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_journal_and_a_table_hold_it(kind):
    journal = hostile_run(HOSTILE[kind])
    assert all(row.response == HOSTILE[kind] for row in journal.rows())
    for line in journal.items_path.read_bytes().splitlines():
        assert json.loads(line)["response"] == HOSTILE[kind]
    row = next(journal.rows())
    assert encode(row).count(b"\n") == 1


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_route_that_shows_items_shows_it_as_text(client, kind):
    text = HOSTILE[kind]
    hostile_run(text)
    answer = client.ask("GET", f"/runs/{RUN}/items")
    assert answer.status == 200, answer.data[:500]
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = answer.body
    assert page["total"] == len(page["items"]) > 0
    for row in page["items"]:
        assert max(len(value) for value in row.values() if isinstance(value, str)) <= max(EXCERPT, 64)
        item = client.get(f"/runs/{RUN}/items/{row['key']}")
        assert len(item["response"]) <= LONGEST
        if kind not in ("surrogate", "megabytes"):
            assert item["response"] == item["choices"][0]["text"] == text
    by = client.get(f"/runs/{RUN}/slices", by="domain")
    assert by["total"] == 1
    found = client.get(f"/runs/{RUN}/items", domain=by["slices"][0]["value"])
    assert found["total"] == page["total"] or by["slices"][0]["value"] == ""
    if kind not in ("surrogate", "null", "megabytes", "lines"):
        assert client.get(f"/runs/{RUN}/items", q=text[:200])["total"] == page["total"]


def test_a_page_of_megabytes_is_small(client):
    hostile_run("ก" * LONGEST, count=10)
    answer = client.ask("GET", f"/runs/{RUN}/items", limit=100)
    assert answer.status == 200
    assert len(answer.data) < 5000 * len(answer.body["items"])


def test_a_report_of_it_does_nothing(client):
    hostile_run(
        "\n".join(HOSTILE[kind] for kind in ("script", "attribute", "link", "bidi", "ansi", "null", "surrogate"))
    )
    report = client.task("/reports", {"runs": [RUN], "format": "html"})["id"]
    answer = client.ask("GET", f"/reports/{report}/content")
    assert answer.status == 200
    page = answer.data.decode()
    assert "<script>alert" not in page
    assert "onerror=alert" not in page.replace("onerror=alert(1)&gt;", "")
    assert 'onmouseover="alert' not in page
    assert "href='javascript" not in page
    assert 'href="javascript' not in page
    for character in "\u202e\x1b\x07\0":
        assert character not in page
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_a_name_that_is_hostile_is_text_in_the_list_of_runs(client):
    journal = hostile_run("x")
    spec = json.loads((journal.directory / "spec.json").read_bytes())
    spec["model"]["path"] = "/models/<img src=x onerror=alert(1)>\u202e\x1b[31m"
    (journal.directory / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    (run,) = client.get("/runs")["runs"]
    assert run["model"] == "<img src=x onerror=alert(1)>\u202e\x1b[31m"  # text for the view, which escapes it
