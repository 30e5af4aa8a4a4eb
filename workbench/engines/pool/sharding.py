"""Requests → chunks whose members share prefixes.

Sorted by text, neighbours share the longest prefixes there are; a contiguous piece of that order keeps most of what
an engine may compute once. Pieces are equal in characters rather than in number, since that is what takes time.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.engines.pool.messages import Request
from workbench.engines.protocol import RollingRequest, ScoreRequest

CHUNKS_PER_WORKER = 4
"""More would share less; fewer would leave workers idle at the end, and cost more when one is lost."""


def text_of(request: Request) -> str:
    """Return the text that a request begins with."""
    return request.text if isinstance(request, RollingRequest) else request.context


def weight(request: Request) -> int:
    """Return how many characters a request puts to the model, never 0."""
    rest = sum(map(len, request.continuations)) if isinstance(request, ScoreRequest) else 0
    return 1 + len(text_of(request)) + rest


def chunks(requests: Iterable[Request], workers: int) -> list[tuple[Request, ...]]:
    """Return all requests in at most `CHUNKS_PER_WORKER` × `workers` chunks, none of them empty.

    The same requests make the same chunks, in whatever order they come.
    """
    ordered = sorted(requests, key=lambda request: (text_of(request), request.id))
    wanted = min(len(ordered), CHUNKS_PER_WORKER * max(workers, 1))
    total = sum(map(weight, ordered))
    made: list[list[Request]] = [[] for _ in range(wanted)]
    before = 0
    for request in ordered:
        own = weight(request)
        # Where its middle falls: a request larger than a chunk then still goes to one place.
        made[(2 * before + own) * wanted // (2 * total)].append(request)
        before += own
    return [tuple(chunk) for chunk in made if chunk]
