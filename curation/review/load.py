"""Putting a pool under review: every line is looked at before the first is taken in; what is there already stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from os.path import realpath
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError
from sqlalchemy import Connection, func, select

from curation.counts import Counts
from curation.counts import total as sum_of
from curation.review.chain import rows_digest, text_digest
from curation.review.earlier import Ids
from curation.review.follow import follow
from curation.review.gold import GoldItem
from curation.review.gold_items import answer_text
from curation.review.hints import Hint
from curation.review.process import first_state
from curation.review.reading import searchable
from curation.review.search import begin_load, end_load, index_items
from curation.review.store import ReviewStore
from curation.review.tables import REVISIONS, hint, item, meta, revision
from curation.review.transaction import STORE, Transaction
from curation.workers import in_order
from schemas.errors import BadData
from schemas.instance import Candidate, Instance
from schemas.jsonl import Block, first_reason, line_blocks
from schemas.progress import Progress, Tick, silent

# Items a transaction: annotators who work meanwhile wait for one of them at most.
AT_ONCE = 1_000
ALREADY = "review/already"


class Loaded(NamedTuple):
    """One item on its way in."""

    id: str
    ability: str
    form: str
    answered: bool
    line: str
    text: str


class Looked(NamedTuple):
    """Args: rows: that files hold; abilities, ids: of these rows."""

    rows: int
    abilities: frozenset[str]
    ids: Ids


def look(files: Sequence[Path], *, workers: int | None = None, progress: Progress = silent) -> Looked:
    """Read files that are to be loaded, and no more. Raises MissingFile, BadData: with file and line."""
    abilities, ids = set[str](), Ids()
    for of, named in in_order(_look, _blocks(files), workers):
        abilities |= of
        ids.add(*named)
        progress(Tick("looking", len(ids)))
    return Looked(len(ids), frozenset(abilities), ids)


def load(
    store: ReviewStore,
    files: Sequence[Path],
    *,
    looked: Looked | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> Counts:
    """Put the instances and candidates of files under review, in their order.

    An item whose id is in the store already is counted as rejected with the reason `review/already`, so that an
    interrupted load is finished by the same command.

    Args:
        files: JSON lines; a row whose last message is the user's is a candidate and begins in revision.
        looked: what `look` said of these files, if it was asked before.

    Raises:
        MissingFile, BadData: with file and line; nothing was loaded then.
    """
    total = (looked or look(files, workers=workers, progress=progress)).rows
    done = Counts()
    waiting: list[Loaded] = []
    store.database.write(begin_load)
    for path in files:
        name = realpath(path)
        for rows in in_order(_rows, _blocks([path]), workers):
            waiting += rows
            while len(waiting) >= AT_ONCE:
                done = sum_of([done, _take_in(store, waiting[:AT_ONCE], name)])
                waiting = waiting[AT_ONCE:]
                progress(Tick("loading", done.rows, total))
        done = sum_of([done, _take_in(store, waiting, name)])
        waiting = []
        progress(Tick("loading", done.rows, total))
    store.database.write(end_load)
    store.forget()
    return done.checked("review load")


def _blocks(files: Iterable[Path]) -> Iterator[Block]:
    for path in files:
        yield from line_blocks(path)


def _look(block: Block) -> tuple[set[str], list[str]]:
    rows = _rows(block)
    return {row.ability for row in rows}, [row.id[:16] for row in rows]


def _rows(block: Block) -> list[Loaded]:
    """Raises BadData with file and line."""
    found = []
    for number, line in enumerate(block.data.splitlines(), block.first):
        if not line.strip():
            continue
        where = f"{block.path}:{number}"
        try:
            found.append(_loaded(_content(line)))
        except ValidationError as error:
            raise BadData(
                f"not an instance ({first_reason(error)})", where=where, do="mend the row"
            ) from None
        except orjson.JSONDecodeError:
            raise BadData("not JSON", where=where, do="mend the row") from None
    return found


def _content(line: bytes) -> Instance | Candidate:
    row = orjson.loads(line)
    messages = row.get("messages") if isinstance(row, dict) else None
    last = messages[-1] if isinstance(messages, list) and messages else None
    asked = isinstance(last, dict) and last.get("role") == "user"
    return (Candidate if asked else Instance).model_validate_json(line)


def _loaded(content: Instance | Candidate) -> Loaded:
    answered = isinstance(content, Instance)
    line = content.line().decode()
    return Loaded(content.id, content.ability, content.form, answered, line, searchable(content))


def _take_in(store: ReviewStore, rows: Sequence[Loaded], file: str) -> Counts:
    def act(connection: Connection) -> int:
        new = _new(connection, rows)
        if new:
            states = [first_state(row.answered) for row in new]
            first, digest = _write(store, connection, new, states, [None] * len(new))
            tx = Transaction(connection, store.database, store.process)
            said = {"first": first, "count": len(new), "digest": digest, "file": file}
            follow(tx, tx.append(STORE, "load", 0, said, store.now()))
            tx.flush()
        return len(new)

    loaded = store.database.write(act)
    return _counts(len(rows), loaded)


def _counts(rows: int, loaded: int) -> Counts:
    reasons = {ALREADY: rows - loaded} if rows > loaded else {}
    return Counts(rows=rows, accepted=loaded, rejected=rows - loaded, reasons=reasons)


def _new(connection: Connection, rows: Sequence[Loaded]) -> list[Loaded]:
    """Rows whose ids are not there yet, each once."""
    known: set[str] = set()
    ids = [row.id for row in rows]
    for at in range(0, len(ids), 500):
        known |= set(connection.execute(select(item.c.id).where(item.c.id.in_(ids[at : at + 500]))).scalars())
    fresh = {row.id: row for row in rows if row.id not in known}
    return list(fresh.values())


def _write(
    store: ReviewStore,
    connection: Connection,
    rows: Sequence[Loaded],
    states: Sequence[str],
    answers: Sequence[str | None],
) -> tuple[int, str]:
    """Items with their texts: (number of the first, digest over all)."""
    # Two loads at once would give out the same numbers.
    connection.execute(select(meta.c.value).where(meta.c.key == "version").with_for_update())
    first = int(connection.execute(select(func.coalesce(func.max(item.c.number), 0))).scalar_one()) + 1
    digests = [text_digest(row.line) for row in rows]
    insert = store.database.bulk_insert
    numbered = list(enumerate(rows, first))
    insert(
        connection,
        item,
        [
            (n, row.id, row.ability, row.form, state, 0, n * REVISIONS, gold, 0)
            for (n, row), state, gold in zip(numbered, states, answers, strict=True)
        ],
        ("number", "id", "ability", "form", "state", "revisions", "head", "gold", "flags"),
    )
    insert(
        connection,
        revision,
        [
            (n * REVISIONS, n, row.id, digest, STORE, row.answered, row.line)
            for (n, row), digest in zip(numbered, digests, strict=True)
        ],
        ("number", "item", "id", "digest", "actor", "answered", "line"),
    )
    index_items(connection, [(n, row.text) for n, row in numbered])
    return first, hashlib.sha256("".join(digests).encode()).hexdigest()


def read_gold(path: Path) -> list[GoldItem]:
    """Raises MissingFile, BadData: with file and line."""
    from schemas.jsonl import read_models

    return list(read_models(path, GoldItem))


def load_gold(store: ReviewStore, path: Path) -> Counts:
    """Put gold items into the store: shown among the others, judged by everyone, counted for nobody's pool.

    Raises:
        MissingFile, BadData: with file and line; nothing was loaded then.
    """
    found = read_gold(path)
    rows = [_loaded(one.instance) for one in found]
    answers = {one.instance.id: answer_text(one.approve, one.why) for one in found}

    def act(connection: Connection) -> int:
        new = _new(connection, rows)
        if new:
            texts = [answers[row.id] for row in new]
            first, digest = _write(store, connection, new, ["gold"] * len(new), texts)
            said: dict[str, Any] = {
                "first": first,
                "count": len(new),
                "digest": digest,
                "file": realpath(path),
            }
            said["answers"] = hashlib.sha256(orjson.dumps(texts)).hexdigest()
            store.record(connection, "gold", said)
        return len(new)

    loaded = store.database.write(act)
    store.forget()
    return _counts(len(rows), loaded)


def load_hints(store: ReviewStore, hints: Iterable[Hint]) -> int:
    """Keep what rules and comparisons noticed; shown after a verdict. How many were new and of items in the store."""
    kept, block = 0, []
    for one in hints:
        block.append(one)
        if len(block) == AT_ONCE:
            kept += _keep_hints(store, block)
            block = []
    return kept + _keep_hints(store, block)


def _keep_hints(store: ReviewStore, hints: Sequence[Hint]) -> int:
    def act(connection: Connection) -> int:
        tx = Transaction(connection, store.database, store.process)
        tx.chain(STORE)  # locked: hints are numbered in the order of the events that tell of them
        ids = sorted({h.id for h in hints} | {h.other for h in hints if h.other})
        numbers: dict[str, int] = {}
        for at in range(0, len(ids), 500):
            found = select(item.c.id, item.c.number).where(item.c.id.in_(ids[at : at + 500]))
            numbers |= dict(connection.execute(found).tuples().all())
        known = set()
        places = sorted(numbers.values())
        for at in range(0, len(places), 500):
            there = select(hint.c.item, hint.c.kind, hint.c.text).where(
                hint.c.item.in_(places[at : at + 500])
            )
            known |= {tuple(row) for row in connection.execute(there)}
        rows = dict.fromkeys(
            (numbers[h.id], h.kind, h.text, numbers.get(h.other or ""))
            for h in hints
            if h.id in numbers and (numbers[h.id], h.kind, h.text) not in known
        )
        store.database.bulk_insert(connection, hint, list(rows), ("item", "kind", "text", "other"))
        if rows:
            said = {"count": len(rows), "digest": rows_digest(rows)}
            follow(tx, tx.append(STORE, "hints", 0, said, store.now()))
            tx.flush()
        return len(rows)

    return store.database.write(act) if hints else 0
