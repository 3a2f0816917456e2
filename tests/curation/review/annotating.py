"""An annotator without eyes, as a process of its own: judges one item after another, and writes down what was acknowledged.

    python -m tests.curation.review.annotating URL NAME COUNT FILE

It says `ready` when its first item is there, begins at a line on its input, and writes one line of JSON a verdict into
FILE once `judge` has returned: annotator, slot, item, stage, round, whether kept, milliseconds that `judge` took. COUNT 0
begins at once and goes on until nothing waits. A line is one system call, so that whoever kills the process loses none of them.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import select

from curation.review.chain import Event
from curation.review.log import events
from curation.review.store import ReviewStore
from curation.review.tables import slot
from schemas.errors import AbilitymixError
from schemas.instance import Instance, Message, Source

ABILITIES = ("biology", "history", "code", "creative_writing", "chinese", "understanding", "role_play", "reasoning", "math", "ethics")  # fmt: skip


class Acknowledged(NamedTuple):
    actor: str
    slot: int
    item: int
    stage: str
    round: int
    kept: bool
    milliseconds: float


def pool(count: int) -> list[Instance]:
    """Open items of some hundred Chinese characters, one ability after another."""
    random = Random(7)
    letters = [chr(0x4E00 + i) for i in range(3000)]
    return [
        Instance(
            ability=ABILITIES[row % len(ABILITIES)],
            form="open",
            messages=(
                Message(role="user", content=f"第{row}题：{''.join(random.choices(letters, k=40))}"),
                Message(role="assistant", content="".join(random.choices(letters, k=80))),
            ),
            origin="human",
            source=Source(name="made", row=str(row)),
        )
        for row in range(count)
    ]


def annotate(url: str, name: str, count: int, file: Path) -> int:
    """How many were judged before nothing waited any more."""
    random = Random(name)
    with ReviewStore.open(url) as store:
        desk = store.desk(name)
        work = desk.next()
        if count:
            print("ready", flush=True)
            sys.stdin.readline()
            gc.freeze()
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        done = 0
        while work is not None and (count == 0 or done < count):
            kept = random.random() < 0.8
            before = time.perf_counter()
            judged = desk.judge(work, kept, "" if kept else "答案不对", 3.5, then_next=done + 1 != count)
            took = (time.perf_counter() - before) * 1000
            if judged.counted:
                row = Acknowledged(name, work.slot, work.item, work.stage, work.round, kept, round(took, 3))
                os.write(descriptor, json.dumps(row).encode() + b"\n")
            work, done = judged.next, done + 1
        return done


def acknowledged(files: Iterable[Path]) -> list[Acknowledged]:
    return [
        Acknowledged(*json.loads(line))
        for file in files
        if file.exists()
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


class Findings(NamedTuple):
    """What is wrong in a store after annotators were at it; all empty if nothing is."""

    lost: list[Acknowledged]
    double: list[Any]

    @property
    def none(self) -> bool:
        return not self.lost and not self.double


def findings(store: ReviewStore, said: Sequence[Acknowledged]) -> Findings:
    """Compares what was acknowledged with the log and with what follows from it.

    Lost: acknowledged, but not in the log, or not what its slot says. Double: a vote that two events claim, an annotator
    who voted twice in one unit, an acknowledged verdict that the log has more than once.
    """
    with store.database.reading() as connection:
        log = [one for one in events(connection) if one.kind == "verdict" and one.said["counted"]]
        taken = {
            (row.item, row.stage, row.round, row.owner): row
            for row in connection.execute(select(slot).where(slot.c.done.is_not(None)))
        }
    by_voter = Counter(_voter(one) for one in log)
    by_vote = Counter((one.item, one.said["stage"], one.said["round"], one.said["vote"]) for one in log)
    voices = Counter((one.item, one.stage, one.round, one.actor) for one in said)
    kept = {_voter(one): one.said["kept"] for one in log}
    lost = []
    for one in said:
        voter = (one.item, one.stage, one.round, one.actor)
        row = taken.get(voter)
        if kept.get(voter) != one.kept or row is None or row.kept != one.kept or row.number != one.slot:
            lost.append(one)
    double = [key for found in (by_voter, by_vote, voices) for key, times in found.items() if times > 1]
    return Findings(lost, double)


def _voter(one: Event) -> tuple[int, str, int, str]:
    return one.item, one.said["stage"], one.said["round"], one.actor


def nursery() -> None:
    """Forks an annotator for every line of URL, name and file, and says its process id. They need no collecting."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        url, name, file = line.rstrip("\n").split("\t")
        process = os.fork()
        if process:
            print(process, flush=True)
            continue
        try:
            annotate(url, name, 0, Path(file))
        except AbilitymixError:  # the server is gone
            os._exit(1)
        os._exit(0)


if __name__ == "__main__" and sys.argv[1:] == ["nursery"]:
    nursery()
elif __name__ == "__main__":
    annotate(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
