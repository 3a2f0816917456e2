"""Worker functions for the tests of the grid; they live at a module's top level so that spawned workers find them."""

import os
import signal
import time
from pathlib import Path

from finetune.grid import cached
from schemas.errors import BadData


def square(number: int) -> int:
    return number * number


def threads(_: object) -> tuple[int, str, int]:
    import torch

    return torch.get_num_threads(), os.environ["OMP_NUM_THREADS"], os.getpid()


def how_often_made(key: str) -> tuple[int, int]:
    made = cached(key, lambda: [0])
    made[0] += 1
    return os.getpid(), made[0]


def append_name(payload: tuple[Path, str]) -> str:
    path, name = payload
    with path.open("a") as file:
        file.write(name + "\n")
    return name


def misbehave(how: str) -> str:
    print(f"about to {how}", flush=True)
    if how == "raise":
        raise RuntimeError("a bug")
    if how == "refuse":
        raise BadData("no good", where="row 7", do="mend it")
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "unpicklable":
        return lambda: 0
    return how


def die_once(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "second try"


def sleep_long(pids: Path) -> None:
    (pids / str(os.getpid())).touch()
    while True:  # busy in Python, as a training step may be
        time.sleep(0.01)
