"""Chunks: everything once, neighbours together, even in size, the same whatever the order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.engines.pool.sharding import CHUNKS_PER_WORKER, chunks, text_of, weight
from workbench.engines.protocol import RollingRequest, ScoreRequest


@given(st.lists(st.text(max_size=40), max_size=60), st.integers(1, 5))
def test_every_request_is_in_one_chunk_and_the_chunks_are_in_order(texts, workers):
    requests = [RollingRequest(str(n), text) for n, text in enumerate(texts)]
    made = chunks(requests, workers)
    flat = [request for chunk in made for request in chunk]
    assert sorted(flat, key=lambda request: int(request.id)) == requests
    assert [text_of(request) for request in flat] == sorted(texts)
    assert all(made)
    assert len(made) <= CHUNKS_PER_WORKER * workers


def test_the_order_of_arrival_does_not_matter(questions):
    mixed = questions[::-2] + questions[::2]
    assert mixed != questions
    assert chunks(mixed, 3) == chunks(questions, 3)


def test_requests_with_one_prefix_stay_together(questions):
    made = chunks(questions, 2)
    assert len(made) == 8
    prefixes = [{request.context.split(".")[0] for request in chunk} for chunk in made]
    assert max(map(len, prefixes)) <= 2


def test_chunks_are_even_in_characters():
    requests = [ScoreRequest(str(n), "x" * (n * 10), ("a",)) for n in range(200)]
    sizes = [sum(map(weight, chunk)) for chunk in chunks(requests, 4)]
    assert max(sizes) < 1.3 * min(sizes)


def test_nothing_makes_no_chunk():
    assert chunks([], 4) == []
