"""Writers of one SQLite file go in turn: first come, first served, and nobody asks again and again.

SQLite has one write lock and no queue before it. Whoever tries again after a while of chance length gets it in the end,
but with 32 at work one in a hundred then waits for five times as long as most. So they queue for two locks of the
operating system's, which serves those who wait for a lock in their order: whoever holds NEXT is the next one, and
waits for NOW. Only who holds NEXT can get NOW, so that a quick one can't come round again before it is its turn.

This is about fairness alone. What keeps two writers apart is SQLite's own lock: other programs, and systems without
such locks, are only less fairly served. A killed process leaves no lock behind.
"""

from __future__ import annotations

import os
import struct
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

try:
    import fcntl

    _OPEN_FILE_LOCKS = hasattr(fcntl, "F_OFD_SETLKW") and struct.calcsize("P") == 8
except ImportError:  # not a Unix
    _OPEN_FILE_LOCKS = False

NEXT, NOW = 0, 1  # bytes of the file that are locked; it stays empty


class Turn:
    """One thread's place among all writers of a file.

    Args:
        path: of a file that all of them lock; made if it is not there. Where that can't be done everybody is at once
            in turn.
        like: file whose permissions it gets.
    """

    def __init__(self, path: Path, like: Path) -> None:
        self._path, self._like = path, like
        self._file = self._opened()
        self._waits: SimpleQueue[_Wait | None] | None = None

    def take(self, seconds: float) -> bool:
        """Wait for one's turn; False if it did not come in that time."""
        if self._file is None:
            return True
        try:
            _lock(self._file, NEXT, wait=False)
            _lock(self._file, NOW, wait=False)
        except OSError:  # others are at it; having got NEXT is kept
            return self._wait(seconds)
        _unlock(self._file, NEXT)
        return True

    def give_back(self) -> None:
        if self._file is not None:
            _unlock(self._file, NOW)

    def close(self) -> None:
        if self._waits is not None:
            self._waits.put(None)
        if self._file is not None:
            os.close(self._file)
        self._file = self._waits = None

    def _wait(self, seconds: float) -> bool:
        # The call that waits for a lock has no time limit, so that another thread makes it.
        assert self._file is not None
        if self._waits is None:
            self._waits = SimpleQueue()
            threading.Thread(target=_serve, args=(self._waits,), name="review-queue", daemon=True).start()
        wait = _Wait(self._file)
        self._waits.put(wait)
        try:
            if wait.over.acquire(timeout=seconds):
                return True
        except BaseException:
            self._abandon(wait)
            raise
        return not self._abandon(wait)

    def _abandon(self, wait: _Wait) -> bool:
        """False if the lock came at the last moment. Else the thread, which can't be called back, keeps the file."""
        with wait.settling:
            if wait.got:
                return False
            wait.abandoned = True
        if self._waits is not None:
            self._waits.put(None)
        self._waits, self._file = None, self._opened()
        return True

    def _opened(self) -> int | None:
        if not _OPEN_FILE_LOCKS:
            return None
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
        with suppress(OSError):
            os.fchmod(file, self._like.stat().st_mode & 0o777)
        return file


class _Wait:
    def __init__(self, file: int) -> None:
        self.file = file
        self.over = threading.Lock()
        self.over.acquire()
        self.settling = threading.Lock()
        self.got = self.abandoned = False


def _serve(waits: SimpleQueue[_Wait | None]) -> None:
    while (wait := waits.get()) is not None:
        failed = False
        try:
            _lock(wait.file, NEXT, wait=True)
            _lock(wait.file, NOW, wait=True)
            _unlock(wait.file, NEXT)
        except OSError:  # no locks to be had any more: then everybody is in turn
            failed = True
        with wait.settling:
            wait.got = not wait.abandoned
        if wait.abandoned:
            os.close(wait.file)  # and with it what it has locked
            return
        wait.over.release()
        if failed:
            return


def _lock(file: int, byte: int, *, wait: bool) -> None:
    command = fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK
    fcntl.fcntl(file, command, struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0))


def _unlock(file: int, byte: int) -> None:
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_UNLCK, os.SEEK_SET, byte, 1, 0))
