"""`kill -9` at moments of chance while people judge: nothing acknowledged is lost, and what they held comes free.

A run of 200 kills takes a minute: ABILITYMIX_KILLS=200 pytest tests/curation/review/test_kill.py
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from curation.review import replay
from curation.review.load import load
from curation.review.process import Process
from curation.review.store import ReviewStore
from curation.review.tables import item, slot
from tests.curation.review.annotating import acknowledged, findings, pool
from tests.curation.review.killing import NAMES, kill_at_random
from tests.curation.review.postgres_server import PostgresServer

KILLS = int(os.environ.get("ABILITYMIX_KILLS", "25"))
pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="kills by process descriptors, as Linux has them"
)


def prepare(url: str, folder: Path, kills: int) -> dict[str, Path]:
    """A store with more work than three annotators do between so many kills; where each writes what was acknowledged."""
    (folder / "pool.jsonl").write_bytes(b"".join(one.line() + b"\n" for one in pool(300 + 60 * kills)))
    with ReviewStore.open(url, create=True, process=Process(gold_every=0, training_items=0)) as store:
        load(store, [folder / "pool.jsonl"], workers=1)
        store.enrol_all([*NAMES, "zhao"])
    return {name: folder / f"{name}.jsonl" for name in NAMES}


def check(url: str, files: dict[str, Path]) -> None:
    said = acknowledged(files.values())
    with ReviewStore.open(url) as store:
        found = findings(store, said)
        assert found.none, found
        replay.verify(store)
    leases_recover(url)


def leases_recover(url: str) -> None:
    """What the killed held is theirs while the lease runs, and anyone's after: without anybody sweeping."""
    with ReviewStore.open(url) as store, store.database.reading() as connection:
        held = select(item.c.id).join(slot, slot.c.item == item.c.number)
        held = held.where(slot.c.owner.is_not(None), slot.c.done.is_(None))
        ids = list(connection.execute(held.distinct()).scalars())
    assert 1 <= len(ids) <= len(NAMES)
    later = time.time() + 31 * 60
    with ReviewStore.open(url, clock=lambda: later) as store:
        for one in ids:
            desk = store.desk("zhao")
            work = desk.take(one)
            assert work is not None
            assert desk.judge(work, True).counted
            again = desk.take(one)  # the slot beside it was a colleague's or free, and one has one vote
            assert again is None


def test_annotators_killed_at_random(database_url: str, tmp_path: Path) -> None:
    files = prepare(database_url, tmp_path, KILLS)
    killed = kill_at_random(database_url, files, KILLS)
    assert killed.at_work > KILLS // 3
    check(database_url, files)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT])
def test_a_server_killed_at_random(how: signal.Signals, tmp_path: Path) -> None:
    with PostgresServer() as server, server.database() as url:
        files = prepare(url, tmp_path, 12)

        def crash(kill: int) -> None:
            if kill % 4 == 2:
                server.crash(how)
                server.start()

        kill_at_random(url, files, 12, between=crash, longest=0.4)
        assert len(acknowledged(files.values())) > 12
        check(url, files)


def test_a_whole_store_after_the_first_kill(tmp_path: Path) -> None:
    """The file as the killed leave it, with its log beside it, is all that another machine needs."""
    url = f"sqlite:///{tmp_path / 'review.db'}"
    files = prepare(url, tmp_path, 3)
    kill_at_random(url, files, 3)
    copied = tmp_path / "copy"
    copied.mkdir()
    for part in ("review.db", "review.db-wal"):
        (copied / part).write_bytes((tmp_path / part).read_bytes())
    with ReviewStore.open(str(copied / "review.db")) as store:
        assert findings(store, acknowledged(files.values())).none
        replay.verify(store)
