"""How requests reach the model, so that every answer is kept as soon as it can be.

A model in this process answers a batch at once. An endpoint answers one by one: each answer is written down when it
arrives, nobody waits for the slowest of a batch, and a stop costs the requests in flight only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

from schemas.errors import BadData
from schemas.instance import Message
from synth.journal import Answer, Request
from synth.spec import GenerateSpec

if TYPE_CHECKING:
    from inference.backends import Generator

Asked = tuple[Request, tuple[Message, ...]]
Keep = Callable[[list[Answer]], None]
Item = TypeVar("Item")


def ask_all(backend: Generator, spec: GenerateSpec, asked: Sequence[Asked], keep: Keep) -> None:
    """Answer every request; `keep` is called in this thread with answers as they come.

    Raises what the backend raises when it cannot go on, and KeyboardInterrupt, after keeping what was answered.
    """
    if spec.backend == "openai":
        _one_by_one(backend, spec, asked, keep)
    else:
        for batch in _batches(asked, spec.batch_size):
            keep(list(ask(backend, spec, batch)))


def ask(backend: Generator, spec: GenerateSpec, batch: Sequence[Asked]) -> Iterator[Answer]:
    """The batch's answers. A request that the backend cannot take is found by halving and kept as refused."""
    try:
        replies = backend.generate(
            [messages for _, messages in batch],
            spec.max_new_tokens,
            temperature=spec.temperature,
            top_p=spec.top_p,
            seed=spec.seed,
            seeds=[request.seed for request, _ in batch],
        )
    except BadData as error:
        if len(batch) == 1:
            yield Answer(**vars(batch[0][0]), refused=error.what)
            return
        middle = len(batch) // 2
        yield from ask(backend, spec, batch[:middle])
        yield from ask(backend, spec, batch[middle:])
        return
    for (request, _), reply in zip(batch, replies, strict=True):
        yield Answer(**vars(request), text=reply.text, tokens=reply.tokens, finished=reply.finished)


def _one_by_one(backend: Generator, spec: GenerateSpec, asked: Sequence[Asked], keep: Keep) -> None:
    left = iter(asked)
    flying: set[Future[list[Answer]]] = set()

    def collect(done: set[Future[list[Answer]]]) -> None:
        whole = [f for f in done if f.exception() is None]
        if whole:
            keep([answer for future in whole for answer in future.result()])
        for future in done:
            future.result()  # raises what went wrong, after the others were kept

    with ThreadPoolExecutor(spec.concurrency) as pool:
        try:
            while True:
                for one in left:
                    flying.add(pool.submit(lambda item: list(ask(backend, spec, [item])), one))
                    if len(flying) >= spec.concurrency:
                        break
                if not flying:
                    return
                done, flying = wait(flying, return_when=FIRST_COMPLETED)
                collect(done)
        except BaseException:
            done, _ = wait(flying)
            kept = [f.result() for f in done if f.exception() is None]
            if kept:
                keep([answer for answers in kept for answer in answers])
            raise


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
