"""`evaluate` modules: ours by path and by name, a user's own, without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.errors import BadInput, NotFound, OfflineViolation
from workbench.metrics import METRICS, aggregate, load, metric, module_path
from workbench.policy.offline import offline_environment

TEXT = {"predictions": ["the cat", "กรุงเทพ"], "references": [["cat"], ["กรุงเทพ"]]}
INSTRUCTIONS = {
    "predictions": ["One, two"],
    "references": [['{"id": "punctuation:no_comma"}', '{"id": "startend:end_checker", "end_phrase": "two"}']],
    "language": "en",
}
CALLS = {
    "accuracy": ({"predictions": [0, 1], "references": [0, 0]}, 0.5),
    "accuracy_norm_chars": ({"predictions": [[-4.0, -6.0]], "references": [1], "lengths": [[2, 4]]}, 1.0),
    "accuracy_norm_bytes": ({"predictions": [[-4.0, -6.0]], "references": [0], "lengths": [[2, 4]]}, 0.0),
    "macro_f1": ({"predictions": [0, 1], "references": [0, 1]}, 1.0),
    "mcc": ({"predictions": [0, 1, 0], "references": [0, 1, 0]}, 1.0),
    "exact_match": ({**TEXT, "language": "en"}, 1.0),
    "token_f1": ({**TEXT, "language": "und"}, (2 / 3 + 1) / 2),
    "numeric_match": ({"predictions": ["2.125"], "references": ["2125"], "language": "de"}, 1.0),
    "chrf": ({"predictions": ["ฉันรักภาษาไทย"], "references": ["ฉันรักภาษาไทย"]}, 100.0),
    "bleu": (
        {"predictions": ["私は日本語が好きです"], "references": ["私は日本語が好きです"], "language": "ja"},
        100.0,
    ),
    "rouge_l": ({"predictions": ["a b c"], "references": ["a c"], "language": "und"}, 0.8),
    "all_instructions": (INSTRUCTIONS, 0.0),
    "each_instruction": (INSTRUCTIONS, 0.5),
    "edit_f05": ({"predictions": ["a c"], "references": [["a c", "a b"]], "sentences": ["a b"]}, 1.0),
    "bits_per_byte": ({"predictions": [-4.1588830833596715], "references": ["ไท"]}, 1.0),
}
OFFLINE_SCRIPT = """
import json, socket, sys, evaluate, workbench.metrics as metrics
try:
    socket.create_connection(("192.0.2.1", 80), timeout=2)
    raise SystemExit("the network is on")
except OSError:
    pass
calls = json.load(sys.stdin)
found = {}
for name, arguments in calls.items():
    by_path = evaluate.load(str(metrics.module_path(name)), keep_in_memory=True).compute(**arguments)
    by_name = metrics.load(name).compute(**arguments)
    assert by_path == by_name, name
    found[name] = by_name[name]
print(json.dumps(found))
"""


def test_every_metric_is_called_here():
    assert set(CALLS) == set(METRICS)
    scripts = {
        path.parent.name for path in module_path("accuracy").parent.glob("*/*.py") if path.stem == path.parent.name
    }
    assert scripts == set(METRICS)


@pytest.mark.parametrize("name", CALLS)
def test_module_by_name(name):
    arguments, expected = CALLS[name]
    module = load(name)
    assert module.name == name
    assert module.compute(**arguments)[name] == pytest.approx(expected)
    assert module.keep_in_memory
    assert METRICS[name].source in module.citation


def test_references_may_be_single_texts():
    assert load("exact_match").compute(predictions=["The Cat"], references=["cat"], language="en") == {
        "exact_match": 1.0
    }


def test_every_module_loads_by_path_and_name_in_a_namespace_without_network(tmp_path):
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("unshare -rn is not allowed on this machine")
    environment = offline_environment() | {"HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", OFFLINE_SCRIPT],
        input=json.dumps({name: arguments for name, (arguments, _) in CALLS.items()}),
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for name, (_, expected) in CALLS.items():
        assert found[name] == pytest.approx(expected), name
    written = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert ".arrow" not in written  # no predictions in a cache


def test_a_users_own_metric_works_the_same_way(own_metric, row):
    folder = own_metric("return {'shout': sum(p.isupper() for p in predictions) / len(predictions)}")
    assert load(folder).compute(predictions=["A", "b"], references=["", ""]) == {"shout": 0.5}
    assert load(folder / "shout.py").compute(predictions=["A"], references=[""]) == {"shout": 1.0}
    rows = [row("1", answer="YES", references=("x",)), row("2", answer="no", references=())]
    assert aggregate(str(folder), rows) == 0.5
    record = metric(str(folder))
    assert (record.kind, record.title) == ("corpus", "shout")


def test_a_users_own_metric_gets_lists_or_labels_as_it_asks(own_metric, row):
    lists = own_metric(
        "return {'any': sum(p in r for p, r in zip(predictions, references))}",
        name="lists",
        references="datasets.Sequence(datasets.Value('string'))",
    )
    assert aggregate(str(lists), [row("1", answer="b", references=("a", "b"))]) == 1
    labels = own_metric(
        "return {'labels': sum(p == r for p, r in zip(predictions, references)), 'other': 3}",
        name="labels",
        references="datasets.Value('int64')",
        predictions="int64",
    )
    rows = [row("1", prediction=1, gold=1), row("2", prediction=None, gold=0)]
    assert aggregate(str(labels), rows) == 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return {'a': 1, 'b': 2}", "a, b"),
        ("return {}", "nothing"),
        ("return {'shout': float('nan')}", "nan"),
        ("raise ValueError('no')", "ValueError: no"),
    ],
)
def test_a_users_metric_without_one_number_is_refused(own_metric, row, body, says):
    with pytest.raises(BadInput, match=says):
        aggregate(str(own_metric(body)), [row("1", answer="a", references=("a",))])


def test_nothing_is_looked_for_on_a_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("rouge", "evaluate-metric/rouge", str(tmp_path / "missing"), "missing.py"):
        with pytest.raises(NotFound):
            load(name)
    with pytest.raises(NotFound):
        module_path("rouge")


def test_a_script_that_wants_to_download_is_refused(own_metric):
    folder = own_metric("return {}", imports="import .other  # From: https://example.org/other.py")
    with pytest.raises(OfflineViolation, match=r"example\.org"):
        load(folder)


def test_a_script_that_does_not_load_is_named(own_metric):
    folder = own_metric("return {}", imports="import a_package_nobody_has")
    with pytest.raises(BadInput, match="a_package_nobody_has") as caught:
        load(folder)
    assert "shout.py" in str(caught.value)


def test_importing_the_room_imports_nothing_heavy():
    heavy = ("evaluate", "datasets", "sacrebleu", "sklearn", "scipy", "icu4py", "pandas", "pyarrow", "babel")
    code = f"import sys, workbench.metrics, workbench.statistics; print(sorted(set(sys.modules) & set({heavy!r})))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]"


def test_scripts_import_one_name_a_line():
    for name in METRICS:
        text = (Path(module_path(name)) / f"{name}.py").read_text(encoding="utf-8")
        for line in text.splitlines():
            if line.startswith(("import ", "from ")):
                assert not line.rstrip().endswith(("(", "\\"))
