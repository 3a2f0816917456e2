"""Large files over several processes: work goes out in pieces, results come back in order, memory stays bounded."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeVar

from schemas.errors import BadSpec, Failed

Piece = TypeVar("Piece")
Result = TypeVar("Result")

# Starting a process costs as much as a few pieces of work: fewer pieces are done on the spot.
_WORTH = 4


def in_order(
    function: Callable[[Piece], Result], pieces: Iterable[Piece], workers: int | None = None
) -> Iterator[Result]:
    """`map(function, pieces)` over processes, with the results in the order of the pieces.

    Args:
        function: picklable: a module's function, or an instance of a module's class with `__call__`. It is sent to
            a worker once for every piece, so what it carries should be small.
        pieces: read only as far ahead as the workers are busy.
        workers: processes; one a core if missing. 1, or few pieces, means no process at all. A script that asks for
            more needs the usual `if __name__ == "__main__"` around its work, because workers import it.

    Raises:
        BadSpec: fewer than one worker.
        Failed: a worker was killed from outside. What `function` raises comes out as it is.
    """
    if workers is not None and workers < 1:
        raise BadSpec(f"{workers} workers cannot work", where="--workers", do="name one or more")
    count = workers or len(os.sched_getaffinity(0))
    waiting = iter(pieces)
    first = list(islice(waiting, _WORTH)) if count > 1 else []
    if count == 1 or len(first) < _WORTH:
        yield from map(function, chain(first, waiting))
        return
    try:
        yield from _over(count, function, chain(first, waiting))
    except BrokenProcessPool:
        raise Failed(
            "a worker process was killed", do="if memory ran out, run again with --workers 1"
        ) from None


def _over(count: int, function: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    # spawn: a progress bar's thread may hold a lock at this moment, which a forked child would never see released.
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        # Python 3.11 waits at exit until a dead worker has read what was sent to it, which is for ever.
        queue = getattr(pool, "_call_queue", None)
        if queue is not None:
            queue.cancel_join_thread()
        running: deque[Future[Result]] = deque()
        try:
            for piece in pieces:
                with _interrupts_held():
                    running.append(pool.submit(function, piece))
                if len(running) > 2 * count:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold interrupts back for a moment; processes started meanwhile never see one.

    An interrupt is the parent's to handle: a worker that died of it as well would print a traceback, or die so early
    that nobody reads what is being sent to it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
