"""`docs/metrics.md` says what the code does."""

from __future__ import annotations

import pytest
import yaml

from workbench.languages import RULES
from workbench.metrics import METRICS


@pytest.fixture(scope="module")
def page(repository):
    return (repository / "docs" / "metrics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", METRICS)
def test_each_metric_stands_in_the_docs_with_formula_and_source(page, name):
    known = METRICS[name]
    section = page.split(f"### {known.title} (`{name}`)\n", 1)[1].split("\n#", 1)[0]
    assert known.description in section
    assert f"    {known.formula}\n" in section
    assert known.source in section
    assert ("Higher is better" in section) == known.higher_is_better


def test_the_docs_describe_no_metric_that_is_not_there(page):
    assert page.count("\n### ") == len(METRICS)


@pytest.mark.parametrize("name", RULES)
def test_each_rule_stands_in_the_docs(page, name):
    assert f"| `{name}` |" in page


def test_each_interval_of_a_result_stands_in_the_docs(page):
    for method in ("wilson", "t", "clustered t", "BCa bootstrap", "cluster BCa bootstrap"):
        assert f"| `{method}` |" in page
    assert "| `wilson on scores`, `wilson on groups` |" in page


def test_every_card_names_metrics_that_exist(repository):
    cards = [*repository.glob("datasets/*/card.yaml"), *repository.glob("workbench/benchmarks/recipes/*.yaml")]
    assert len(cards) >= 10
    for path in cards:
        named = yaml.safe_load(path.read_text(encoding="utf-8"))["metrics"]
        assert set(named) <= set(METRICS), path.name
