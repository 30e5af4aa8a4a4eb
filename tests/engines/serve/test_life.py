"""A server ends when it is idle, when its lease runs out, or when it is told to, and says which."""

from __future__ import annotations

import pytest

from workbench.engines.serve.life import Life


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def begun(clock: Clock, idle: float | None = None, lease: float | None = None) -> Life:
    life = Life(idle, lease, clock)
    life.begin()
    return life


def test_nothing_counts_before_anybody_can_ask(clock):
    life = Life(10, 10, clock)
    clock.now += 1000
    assert life.over() == ""
    life.begin()
    assert life.over() == ""
    clock.now += 10.5
    assert life.over() == "nobody renewed its lease for 10 s"


def test_idle_is_since_the_end_of_the_last_question(clock):
    life = begun(clock, idle=10)
    with life.question():
        clock.now += 60
        assert (life.over(), life.idle_seconds()) == ("", 0.0)
    clock.now += 9
    assert (life.over(), life.idle_seconds()) == ("", 9.0)
    clock.now += 2
    assert life.over() == "nobody asked anything for 10 s"


def test_a_question_that_fails_ends_too(clock):
    life = begun(clock, idle=10)
    with pytest.raises(ValueError, match="broken"), life.question():
        raise ValueError("broken")
    clock.now += 11
    assert life.over()


def test_a_lease_is_renewed_and_renewing_is_no_question(clock):
    life = begun(clock, idle=30, lease=10)
    for _ in range(3):
        clock.now += 9
        life.renew()
        assert life.over() == ""
    assert (life.lease_left(), life.idle_seconds()) == (10.0, 27.0)
    clock.now += 9
    life.renew()
    assert life.over() == "nobody asked anything for 30 s"


def test_without_limits_it_goes_on_until_told_and_the_first_reason_stands(clock):
    life = begun(clock)
    clock.now += 1e9
    assert (life.over(), life.lease_left()) == ("", None)
    life.stop("told to")
    life.stop("told again")
    life.wait(60)  # returns at once
    assert life.over() == "told to"
