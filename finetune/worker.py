"""What runs inside a worker process of `finetune.grid`: its watchdog, its cache, one job at a time.

No torch at module level, so that the watchdog is on duty before anything slow is loaded.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_any
from pathlib import Path
from typing import Any, TypeVar

from schemas.cli import as_known
from schemas.errors import AbilitymixError

Value = TypeVar("Value")

_CACHE: dict[Hashable, Any] = {}


def cached(key: Hashable, make: Callable[[], Value]) -> Value:
    """`make()` once per process: a worker loads a base model and tokenizes rows for its first job only.

    Whoever gets a cached thing must not change it; `train` copies the base for that reason.
    """
    if key not in _CACHE:
        _CACHE[key] = make()
    found: Value = _CACHE[key]
    return found


@dataclass(frozen=True)
class Outcome:
    value: Any
    error: str
    log: str
    seconds: float
    cause: AbilitymixError | None = None


def begin(leash: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent ends us in order
    os.dup2(2, 1)  # stdout is data, and a worker has none
    threading.Thread(target=_watch, args=(leash,), daemon=True).start()


def _watch(leash: Connection) -> None:
    parent = multiprocessing.parent_process()
    wait_for_any([leash] if parent is None else [leash, parent.sentinel])
    os._exit(1)


def attempt(worker: Callable[[Any], Any], payload: Any, log: Path | None) -> Outcome:
    begun = time.monotonic()
    value, error, trace, cause = None, "", "", None
    with _printing_to(log):
        try:
            value = worker(payload)
        except AbilitymixError as known:
            error, cause = known.line(), known
        except OSError as refused:
            cause = as_known(refused)
            error, trace = cause.line(), traceback.format_exc()
            print(trace, file=sys.stderr)
        except Exception as unknown:
            error, trace = f"{type(unknown).__name__}: {unknown}", traceback.format_exc()
            print(trace, file=sys.stderr)
    return Outcome(value, error, trace, time.monotonic() - begun, cause)


@contextlib.contextmanager
def _printing_to(log: Path | None) -> Iterator[None]:
    """Send this process's stdout and stderr, native code's included, to a file for a while."""
    if log is None:
        yield
        return
    kept = os.dup(1), os.dup(2)
    with log.open("ab") as file:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, fd in enumerate(kept, 1):
            os.dup2(fd, number)
            os.close(fd)
