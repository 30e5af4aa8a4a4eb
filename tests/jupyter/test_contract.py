"""The server does what ``openapi.yaml`` says, all of it, and nothing else."""

from __future__ import annotations

import re

import pytest
from jsonschema import Draft202012Validator

from workbench.jupyter.app import all_operations
from workbench.jupyter.contract import FILE, document, operations
from workbench.testing.runs import until


def test_every_route_has_code_and_all_code_a_route():
    assert set(all_operations()) == set(operations())


def test_document_is_whole():
    text = FILE.read_text(encoding="utf-8")
    for reference in set(re.findall(r'\$ref: "#/([^"]+)"', text)):
        found = document()
        for step in reference.split("/"):
            found = found[step]
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    used = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert set(document()["components"]["schemas"]) == used


def test_every_operation_is_named_once_and_says_what_it_needs():
    ids = re.findall(r"operationId: (\w+)", FILE.read_text(encoding="utf-8"))
    assert len(ids) == len(set(ids)) == len(operations())
    for operation in operations().values():
        said = document()["paths"][operation.path][operation.method]
        assert operation.resource.startswith("workbench:")
        assert operation.action in ("read", "write", "execute")
        assert said["responses"]["default"] == {"$ref": "#/components/responses/Error"}
        assert said["summary"].endswith(".")
        assert operation.method != "get" or operation.action == "read"
        if "202" in said["responses"] and operation.id != "getTask":
            assert "x-result" in said, operation.id


def test_every_operation_answers_as_documented(panel, ids, run):
    """One walk over all routes; the client of these tests holds each answer against the contract."""
    name = run.name
    for path in ("/server", "/schema", "/kernels", "/settings", "/models", "/packs", "/runs", "/reports", "/suites"):
        panel.get(path)
    panel.send("PATCH", "/settings", {"page_size": 100})
    panel.task("/doctor")
    model, pack = ids.models["fake-a"], ids.packs["civics"]
    panel.get(f"/models/{model}")
    assert (
        panel.ask("GET", f"/models/{model}/estimate").status == 400
    )  # a fake model has no memory; test_models has one
    assert panel.ask("POST", f"/models/{model}/tokens", {"text": "x"}).status == 400  # nor a tokenizer
    panel.send("POST", "/workers/needs", {"model": model})
    worker = panel.send("POST", "/workers", {"model": model})["id"]
    until(lambda: panel.get(f"/workers/{worker}")["state"] == "serving")
    panel.get("/workers")
    panel.send("POST", f"/workers/{worker}/ask", {"prompt": "x"})
    panel.send("DELETE", f"/workers/{worker}")
    panel.get(f"/packs/{pack}")
    panel.task(f"/packs/{pack}/preview", {"language": "th"})
    panel.task(f"/packs/{pack}/validate")
    panel.task("/plans", ids.draft())
    panel.task("/trials", {"draft": ids.draft(), "items": 2})
    other = panel.task("/runs", {"token": "walk-over-all-routes", "draft": ids.draft("fake-b")})["run"]["id"]
    started = panel.ask("POST", "/doctor", wait=0).body["id"]
    assert panel.ask("GET", f"/tasks/{started}", wait=0).status in (200, 202)
    panel.send("DELETE", f"/tasks/{started}")
    for verb, body in (("pause", None), ("resume", None), ("cancel", {"outcome": "score"}), ("requeue", None)):
        answer = panel.ask("POST", f"/runs/{name}/{verb}", body)
        assert answer.status == 400, answer.body  # it is done; test_verbs tells living ones
    panel.get(f"/runs/{name}")
    row = panel.get(f"/runs/{name}/items")["items"][0]
    item = f"/runs/{name}/items/{row['key']}"
    panel.get(item)
    panel.send("PUT", f"{item}/note", {"tags": ["look"], "note": "why"})
    panel.task(f"{item}/prompt")
    panel.get(f"/runs/{name}/slices", by="domain")
    until(lambda: panel.get(f"/runs/{other}")["run"]["state"] == "done")
    panel.task("/comparisons", {"runs": [name, other]})
    report = panel.task("/reports", {"runs": [name], "format": "md"})["id"]
    panel.get(f"/reports/{report}")
    assert panel.ask("GET", f"/reports/{report}/content").status == 200
    panel.send("DELETE", f"/reports/{report}")
    suite = panel.send("PUT", "/suites", {"name": "walk", "models": [model], "packs": [pack]})["id"]
    panel.get(f"/suites/{suite}")
    panel.send("DELETE", f"/suites/{suite}")
    write_items(panel, pack, model)
    panel.send("POST", "/snippets", {"action": "run", "run": name})
    panel.send("DELETE", f"/runs/{name}")
    assert {operation for operation, _ in panel.answered} == set(operations())


def write_items(panel, pack: str, model: str) -> None:
    draft = panel.send("POST", "/studio", {"pack": pack, "language": "th"})["draft"]["id"]
    panel.get("/studio")
    item = {"id": "x", "input": {"question": "เมืองหลวงของลาวคือเมืองใด"}, "choices": ["เวียงจันทน์", "ปากเซ"], "gold": 0}
    panel.send("PUT", f"/studio/{draft}", {"items": [item], "revision": 0})
    panel.get(f"/studio/{draft}")
    panel.get(f"/studio/{draft}/items")
    panel.task(f"/studio/{draft}/probe", {"models": [model]})
    panel.task(f"/studio/{draft}/save", {})
    panel.send("DELETE", f"/studio/{draft}")


@pytest.mark.parametrize("name", sorted(operations()))
def test_unknown_parameters_bodies_and_types_are_refused(panel, name):
    operation = operations()[name]
    path = re.sub(r"\{(\w+)\}", lambda found: _sample(found[1]), operation.path)
    method = operation.method.upper()
    answer = panel.ask(method, path, {} if operation.body else None, nonsense=1)
    assert (answer.status, answer.body["error"]["code"]) == (400, "usage")
    if operation.body:
        for body in (None, [], "text", {"nonsense": 1}):
            answer = panel.ask(method, path, body)
            assert (answer.status, answer.body["error"]["code"]) == (400, "usage"), body
        for data in (b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": NaN'):
            assert panel.ask(method, path, data=data).status == 400
    for parameter in operation.parameters:
        if parameter.place == "query" and parameter.schema.get("type") in ("integer", "number", "boolean"):
            assert panel.ask(method, path, **{parameter.name: "many"}).status == 400
        if parameter.place == "query" and "maximum" in parameter.schema:
            assert panel.ask(method, path, **{parameter.name: parameter.schema["maximum"] + 1}).status == 400


def _sample(parameter: str) -> str:
    return {"run": "20260101-000000-000000", "worker": "20260101-000000-000000", "item": "0" * 64}.get(
        parameter, "0" * 32
    )


@pytest.mark.parametrize("name", [name for name, operation in sorted(operations().items()) if "{" in operation.path])
def test_ids_that_nobody_gave_out_are_not_found(panel, name):
    operation = operations()[name]
    path = re.sub(r"\{(\w+)\}", lambda found: _sample(found[1]), operation.path)
    bodies = {
        "cancelRun": {"outcome": "score"},
        "putNote": {"tags": [], "note": ""},
        "putDraft": {"items": [], "revision": 0},
        "startPreview": {"language": "th"},
        "startSave": {},
        "startProbe": {"models": ["0" * 32]},
        "startTokens": {"text": "x"},
        "askWorker": {"prompt": "x"},
    }
    query = {"by": "domain"} if name == "listSlices" else {}
    answer = panel.ask(operation.method.upper(), path, bodies.get(name), **query)
    assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")


def test_methods_that_a_path_does_not_have(panel):
    assert panel.ask("DELETE", "/models").status == 405
    assert panel.ask("PUT", "/runs").status == 405


def test_an_unknown_route_is_an_error_in_the_one_shape(panel):
    for path in ("/nothing", "/runs/not-a-run", "/models/..", "/", ""):
        answer = panel.ask("GET", path)
        assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
