"""Who goes to the store: one thread, one call after the other. The screen waits for answers and never for the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from curation.review.store import ReviewStore
from schemas.cli import as_known
from schemas.errors import AbilitymixError, Failed
from screens.shift import Face, Shift

Answer = TypeVar("Answer")


class Clerk:
    """The store of one annotator, behind one thread.

    Args:
        store: open; `close` closes it.
        name: of the annotator.

    Attributes:
        shift: what the annotator is at; its methods belong into `ask`.
        abilities: names of those under review when the store was opened.

    Raises:
        BadSpec: nobody of that name is enrolled.
    """

    def __init__(self, store: ReviewStore, name: str) -> None:
        self.store, self.name = store, name
        self.shift = Shift(store.desk(name))
        self.abilities = store.abilities()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._first: Future[Face] | None = None

    def fetch_first(self) -> None:
        """Begin to look for the first item, while the screen is still being put up."""
        self._first = self._thread.submit(self.shift.begin)

    async def first(self) -> Face:
        """Raises AbilitymixError, as `ask`."""
        found, self._first = self._first, None
        return await self.ask(lambda: found.result() if found else self.shift.begin())

    async def ask(self, call: Callable[[], Answer]) -> Answer:
        """What `call` answers in the store's thread.

        Raises:
            AbilitymixError: also for an error of the operating system; nothing was acknowledged then.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except OSError as error:
            raise as_known(error) from error
        except AbilitymixError:
            raise
        except Exception as error:  # a defect: nobody is thrown out of the work for it
            what = f"a defect of this program: {type(error).__name__}: {error}"
            raise Failed(what, do="tell whoever maintains it; what was said to be saved is") from error

    def close(self) -> None:
        """Give back what is leased behind the item on the screen, end the thread, close the store."""
        with suppress(AbilitymixError, OSError):  # the leases end by themselves
            self._thread.submit(self.shift.leave).result()
        self._thread.shutdown()
        self.store.close()
