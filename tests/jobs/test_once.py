"""One token, one run: also when whoever asked was killed in between."""

from __future__ import annotations

import pytest

from workbench.errors import JournalError, UsageError
from workbench.jobs import once
from workbench.jobs.once import TOKENS, submit_once
from workbench.jobs.record import State

TOKEN = "a-wish-of-somebody"  # noqa: S105 — of a wish, not of a user


def test_the_same_token_gives_the_same_run(jobs):
    spec = jobs.spec()
    first = submit_once(spec, jobs.home, TOKEN)
    assert submit_once(spec, jobs.home, TOKEN).run_id == first.run_id
    assert submit_once(spec, jobs.home, "another-wish").run_id != first.run_id
    with pytest.raises(UsageError, match="another run"):
        submit_once(jobs.spec(shots=1), jobs.home, TOKEN)
    jobs.until_state(jobs.home.runs / first.run_id, State.DONE)


def test_whoever_was_killed_before_the_run_began_starts_that_very_run(jobs, monkeypatch):
    spec, started = jobs.spec(), []

    def killed(_spec, _home, *, run_id):
        started.append(run_id)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(once, "submit", killed)
        with pytest.raises(KeyboardInterrupt):
            submit_once(spec, jobs.home, TOKEN)
    assert submit_once(spec, jobs.home, TOKEN).run_id == started[0]
    assert len([path for path in jobs.home.runs.iterdir() if not path.name.startswith(".")]) == 1


def test_a_token_is_not_written_down(jobs):
    submit_once(jobs.spec(), jobs.home, TOKEN)
    (kept,) = (jobs.home.runs / TOKENS).glob("*.json")
    assert TOKEN not in kept.name
    assert TOKEN not in kept.read_text(encoding="utf-8")
    kept.write_text("{", encoding="utf-8")
    with pytest.raises(JournalError):
        submit_once(jobs.spec(), jobs.home, TOKEN)
