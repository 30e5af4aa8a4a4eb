"""A suite says what is asked of which models, and a mistake in it has a line."""

from __future__ import annotations

import pytest

from workbench.errors import SpecError
from workbench.evaluation.build import build_spec
from workbench.evaluation.suite import read_suite

SUITE = """name: spring
models:
  - fake-a
  - {model: fake-b, adapter: ./lora, settings: {dtype: bfloat16}}
packs: [civics, ./packs/rivers]
languages: [th, vi]
settings:
  - {shots: 0}
  - {shots: 5, limit: 10, dtype: float32}
"""


@pytest.fixture
def write(tmp_path):
    def make(text: str):
        path = tmp_path / "suite.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_a_suite_is_every_model_with_every_setting(write, tmp_path):
    suite = read_suite(write(SUITE))
    assert suite.name == "spring"
    assert [(run.model, run.settings.get("shots"), run.settings.get("dtype")) for run in suite.runs] == [
        ("fake-a", 0, None),
        ("fake-a", 5, "float32"),
        ("fake-b", 0, "bfloat16"),
        ("fake-b", 5, "bfloat16"),
    ]
    for run in suite.runs:
        assert run.packs == ("civics", str(tmp_path / "packs" / "rivers"))
        assert (run.settings["suite"], run.settings["languages"]) == ("spring", ("th", "vi"))
    assert suite.runs[2].settings["adapter"] == str(tmp_path / "lora")
    assert "adapter" not in suite.runs[0].settings


def test_a_run_of_a_suite_is_a_spec(write):
    suite = read_suite(write("name: small\nmodels: fake-a\npacks: civics\nsettings: {engine: fake, limit: 3}\n"))
    (run,) = suite.runs
    spec = build_spec(run.model, run.packs, **run.settings)
    assert (spec.suite, spec.limit, spec.engine, spec.languages) == ("small", 3, "fake", ())
    assert spec.packs[0].name == "civics"


def test_settings_may_be_left_out(write):
    (run,) = read_suite(write("name: least\nmodels: [m]\npacks: [p]\n")).runs
    assert dict(run.settings) == {"languages": (), "suite": "least"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("{shots: 0}", "{shots: many}", 8, "settings.0.shots"),
        ("limit: 10", "limit: 0", 9, "settings.1.limit"),
        ("limit: 10", "limits: 10", 9, "settings.1.limits"),
        ("dtype: bfloat16", "dtype: int3", 4, "models.1.settings.dtype"),
        ("{shots: 0}", "{packs: [x]}", 8, "settings.0.packs"),
        ("languages: [th, vi]", "languages: [th, {}]", 6, "languages.1"),
        ("name: spring", "name: a/b", 1, "name"),
        ("name: spring", "name: spring\nowner: me", 2, "owner"),
        ("name: spring", "schema: 2\nname: spring", 1, "schema"),
        ("  - fake-a", "  - {model: ''}", 3, "models.0.model"),
        ("  - fake-a", "  - {modell: fake-a}", 3, "models.0"),
        ("packs: [civics, ./packs/rivers]", "packs: []", 5, "packs"),
        ("packs: [civics, ./packs/rivers]\n", "", 1, "packs: Field required"),
        ("languages: [th, vi]", "languages: [th, vi", 7, "not valid YAML"),
        ("name: spring", "name: spring\nname: autumn", 2, "given twice"),
    ],
)
def test_a_mistake_is_named_with_its_line(write, old, new, line, words):
    assert old in SUITE
    path = write(SUITE.replace(old, new))
    with pytest.raises(SpecError) as failed:
        read_suite(path)
    assert words in failed.value.message
    assert failed.value.where == f"{path}:{line}"


def test_every_problem_is_named_at_once(write):
    with pytest.raises(SpecError, match=r"dtype.*; settings\.0\.shots.*\(line 8\)"):
        read_suite(write(SUITE.replace("bfloat16", "int3").replace("shots: 0", "shots: -1")))


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "3"])
def test_what_is_no_suite_is_refused(write, text):
    with pytest.raises(SpecError):
        read_suite(write(text))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SpecError, match="the suite cannot be read"):
        read_suite(tmp_path / "none.yaml")


def test_a_suite_that_is_no_utf_8_is_a_mistake_in_the_suite(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: fr\u00fchling\n".encode("latin-1"))
    with pytest.raises(SpecError, match=r"latin\.yaml:1: the suite is not UTF-8 at byte 8 → docs/suites\.md"):
        read_suite(path)


def test_the_example_of_the_documentation_is_a_suite(write, repository):
    page = (repository / "docs" / "suites.md").read_text(encoding="utf-8")
    suite = read_suite(write(page.split("```yaml\n")[1].split("```")[0]))
    assert suite.name == "spring-2026"
    assert len(suite.runs) == 4
