"""A fact without a value is unknown, and only then."""

from __future__ import annotations

import pytest

from workbench.facts import Fact, Origin, declared, human, measured, unknown


def test_a_silent_file_makes_an_unknown_fact():
    assert declared(None, "config.json") == Fact(None, Origin.UNKNOWN, "config.json")
    assert unknown("README.md").origin is Origin.UNKNOWN


def test_each_origin_is_kept():
    assert [fact.origin for fact in (measured(1), declared("MIT"), human(True))] == ["measured", "declared", "human"]


@pytest.mark.parametrize(("value", "origin"), [(None, Origin.MEASURED), (3, Origin.UNKNOWN)])
def test_a_blank_cannot_look_like_a_pass(value, origin):
    with pytest.raises(ValueError, match="exactly when its origin is unknown"):
        Fact(value, origin)
