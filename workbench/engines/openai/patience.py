"""Asking again: a server that fails or is busy now may answer in a moment."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception
from tenacity.nap import sleep_using_event
from tenacity.stop import stop_before_delay, stop_when_event_set
from tenacity.wait import wait_exponential, wait_random

from workbench.engines.openai.client import NoAnswer

T = TypeVar("T")
PATIENCE = 120.0
"""Seconds after which a question that got no answer is given up, waits that the server asked for included."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0


def patiently(ask: Callable[[], T], given_up: Event, *, connecting: bool = True) -> T:
    """Return what `ask` gives, asking again while asking again may help.

    Waits double from `FIRST_WAIT` to `LONGEST_WAIT`, with a random part so that threads do not ask in step. A server
    that says how long to wait (``Retry-After``, with 429 and 503) is left alone for that long.

    Parameters
    ----------
    given_up
        Once it is set, nobody waits any longer.
    connecting
        Whether to try again where no connection was made, or it broke.

    Raises
    ------
    NoAnswer
        As `ask` raised it last: `PATIENCE` ran out, the server wants a longer wait than that, or asking again is
        of no use.
    """

    def passing(error: BaseException) -> bool:
        return isinstance(error, NoAnswer) and error.again and (connecting or error.status is not None)

    again = Retrying(
        retry=retry_if_exception(passing),
        wait=_wait,
        stop=stop_before_delay(PATIENCE) | stop_when_event_set(given_up),
        sleep=sleep_using_event(given_up),
        reraise=True,
    )
    return again(ask)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.after if isinstance(error, NoAnswer) else None
    wait = wait_exponential(FIRST_WAIT, LONGEST_WAIT) + wait_random(0, FIRST_WAIT)
    return max(asked or 0.0, wait(state))
