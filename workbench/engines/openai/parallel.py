"""Several questions on their way at once: servers batch what arrives together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(ask: Callable[[T], R], questions: Iterable[T], workers: int) -> Iterator[tuple[T, R]]:
    """Yield (question, answer) as answers come; at most twice `workers` questions are drawn ahead.

    The first error is raised at once, and what has not begun is dropped. So it is when the caller stops listening.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="ask")
    source = iter(questions)
    open_: dict[Future[R], T] = {}
    try:
        while True:
            for question in islice(source, 2 * workers - len(open_)):
                open_[pool.submit(ask, question)] = question
            if not open_:
                return
            done, _ = wait(open_, return_when=FIRST_COMPLETED)
            for future in done:
                yield open_.pop(future), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
