"""Whoever owns the file changes it, without the annotators' heads: what he did is named, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from curation.review import replay
from curation.review.chain import START, Event, chained
from curation.review.export import export
from curation.review.exported import restore, verify_export
from curation.review.manifest import read_manifest
from curation.review.store import ReviewStore
from schemas.errors import BadData, MissingFile
from tests.curation.review.eventful import eventful_store, unguarded


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[ReviewStore]:
    with eventful_store(database_url, tmp_path) as made:
        replay.verify(made)
        yield made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An export; of either database it is the same."""
    with eventful_store(str(tmp_path / "review.db"), tmp_path) as made:
        export(made, tmp_path / "out")
    verify_export(tmp_path / "out")
    return tmp_path / "out"


EVENTS = [
    ("UPDATE event SET body = replace(body, 'no date', 'a date!')", "the log was changed here"),
    ("DELETE FROM event WHERE actor = 'wang' AND number = 2", "does not follow on"),
    ("DELETE FROM event WHERE actor = 'zhao'", "should have"),
    ("UPDATE event SET body = 'x' WHERE actor = 'wang' AND number = 2", "the log was changed here"),
    ("DELETE FROM event", "there is no event in it"),
]
TEXTS = [
    ("UPDATE revision SET line = replace(line, '221', '212') WHERE parent IS NULL", "item 1: the text was changed"),
    ("DELETE FROM revision WHERE number = 2 * 1024 + 1", "item 2: a text of it is missing"),
    ("DELETE FROM revision WHERE number = 3 * 1024", "item 3: a text of it is missing"),
    ("UPDATE revision SET actor = 'wang' WHERE number = 2 * 1024 + 1", "item 2: not the revision that the log tells of"),
    ("UPDATE revision SET parent = NULL WHERE number = 2 * 1024 + 1", "item 2: not the revision that the log tells of"),
    ("UPDATE revision SET number = 2 * 1024 + 2 WHERE number = 2 * 1024 + 1", "item 2: nobody wrote this text"),
    ("UPDATE revision SET answered = (1 = 0) WHERE number = 1024", "something is in it that no review wrote"),
    (
        "INSERT INTO revision SELECT 4 * 1024 + 1, 4, id, digest, 4 * 1024, 'lin', answered, line FROM revision"
        " WHERE number = 2 * 1024 + 1",
        "item 4: nobody wrote this text",
    ),
    (
        "INSERT INTO revision SELECT 99 * 1024, 99, id, digest, NULL, '', answered, line FROM revision WHERE number = 1024",
        "item .*: (a text of it is missing|nobody loaded this text)",
    ),
]  # fmt: skip
BESIDE = [
    ("UPDATE meta SET value = replace(value, '\"filter_votes\":2', '\"filter_votes\":1')", "the rules of the process"),
    ("UPDATE item SET ability = 'math' WHERE number = 5", "the row of an item .item 5."),
    ("UPDATE item SET form = 'choice' WHERE number = 5", "the row of an item .item 5."),
    ("UPDATE item SET id = 'x' WHERE number = 5", "the row of an item .item 5."),
    ("DELETE FROM item WHERE number = 6", "the row of an item .item 6."),
    ("UPDATE slot SET ability = 'math' WHERE item = 15", "which verdicts are missing .item 15."),
    ("UPDATE slot SET kept = (1 = 0) WHERE item = 4", "who judged what .item 4."),
    ("UPDATE pace SET verdicts = verdicts + 1 WHERE actor = 'lin'", "the pace of an annotator"),
    ("UPDATE pace SET seconds = seconds + 1 WHERE actor = 'lin'", "the pace of an annotator"),
    ("UPDATE annotator SET stages = '[]' WHERE name = 'lin'", "who is enrolled"),
    ("UPDATE comment SET text = '好' WHERE actor = 'wang'", "a comment .item 1."),
    ("DELETE FROM seen", "what was seen"),
    ("DELETE FROM skip", "what was skipped"),
    ("UPDATE tally SET count = count + 1 WHERE actor = 'lin'", "a count of the dashboard"),
]  # fmt: skip
NOTED = [
    ("UPDATE hint SET text = 'even' WHERE kind = 'rule'", "not the hints that were found"),
    ("UPDATE hint SET other = 4 WHERE other = 3", "not the hints that were found"),
    ("DELETE FROM hint", "not the hints that were found"),
    ("INSERT INTO hint (item, kind, text) VALUES (5, 'leak', 'reject it')", "a hint that nobody found"),
    ("UPDATE item SET gold = replace(gold, 'true', 'false') WHERE gold IS NOT NULL", "the right verdicts of items"),
    ("UPDATE item SET gold = (SELECT max(gold) FROM item) WHERE number = 1", "item 1: nobody loaded it as a gold item"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "said"), EVENTS + TEXTS + NOTED)
def test_what_happened_cannot_be_changed_unnoticed_nor_rebuilt_from(
    store: ReviewStore, statement: str, said: str, tmp_path: Path
) -> None:
    unguarded(store, statement)
    with pytest.raises(BadData, match=said):
        replay.verify(store)
    with pytest.raises(BadData, match=said):
        replay.rebuild(store)
    if "should have" not in said:  # a copy takes the chain for what it is; its heads lie elsewhere
        with pytest.raises(BadData, match=said):
            replay.copy(store, str(tmp_path / "copy.db"))
        assert not list(tmp_path.glob("copy.db*"))


@pytest.mark.parametrize(("statement", "said"), BESIDE)
def test_what_follows_cannot_be_changed_unnoticed_and_is_made_anew(
    store: ReviewStore, statement: str, said: str
) -> None:
    unguarded(store, statement)
    with pytest.raises(BadData, match=said):
        replay.verify(store)
    replay.rebuild(store)
    replay.verify(store)


@pytest.mark.parametrize("what", ["emptied", "one item less", "another word"])
def test_a_search_index_that_was_changed_is_noticed_and_made_anew(store: ReviewStore, what: str) -> None:
    sqlite = store.database.dialect == "sqlite"
    statement = {
        ("emptied", True): "INSERT INTO gram(gram) VALUES ('delete-all')",
        ("emptied", False): "DELETE FROM gram",
        ("one item less", True): "INSERT INTO gram(gram, rowid, grams) VALUES ('delete', 5, '221')",
        ("one item less", False): "DELETE FROM gram WHERE item = 5",
        ("another word", True): "INSERT INTO gram(rowid, grams) VALUES (5, '嬴政')",
        ("another word", False): "UPDATE gram SET grams = grams || 7 WHERE item = 5",
    }[what, sqlite]
    if what == "one item less" and sqlite:
        statement = statement.replace("221", "22")
    with store.database.writing() as connection:
        connection.exec_driver_sql(statement)
    with pytest.raises(BadData, match="the search index is not that of the texts"):
        replay.verify(store)
    replay.rebuild(store)
    replay.verify(store)
    assert [hit.item for hit in store.search("lin", "嬴政").hits] == [2]


def test_a_store_that_says_junk_of_itself_is_not_opened(store: ReviewStore, database_url: str) -> None:
    for key, value in (("version", "junk"), ("process", "junk"), ("process", '{"filter_votes": "many"}')):
        with store.database.writing() as connection:
            connection.exec_driver_sql(f"UPDATE meta SET value = '{value}' WHERE key = '{key}'")
        with pytest.raises(BadData, match="can't be read"):
            ReviewStore.open(database_url)
        replay.rebuild(store)


def test_the_guards_refuse_and_are_missed(store: ReviewStore) -> None:
    postgres = store.database.dialect == "postgresql"
    tries = ["UPDATE event SET body = '{}'", "DELETE FROM event", "DELETE FROM revision"]
    if postgres:
        tries += ["TRUNCATE event", "TRUNCATE revision"]
    else:
        tries += [
            "INSERT OR REPLACE INTO event SELECT * FROM event WHERE seq = 2",
            "INSERT OR REPLACE INTO event SELECT seq + 900, actor, number, kind, item, body, at, previous, hash FROM event"
            " WHERE seq = 2",
            "INSERT OR REPLACE INTO revision SELECT * FROM revision WHERE number = 1024",
            "INSERT OR REPLACE INTO revision SELECT 1025, item, id, digest, parent, actor, answered, line FROM revision"
            " WHERE number = 1024",
        ]
    for statement in tries:
        with pytest.raises(DBAPIError, match="append-only"), store.database.writing() as connection:
            connection.exec_driver_sql(statement)
    replay.verify(store)
    with store.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER event_stays_DELETE" + (" ON event" if postgres else ""))
    with pytest.raises(BadData, match="not the trigger that a store has"):
        replay.verify(store)


def lines(path: Path) -> list[list[Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def put(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def signed_again(out: Path) -> None:
    """What a forger does to the manifest, so that it tells of his files."""
    path = out / "review.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    names = [n for n in (*manifest["files"], "agreement.json") if (out / n).exists()]
    manifest["files"] = {name: sha256((out / name).read_bytes()).hexdigest() for name in names}
    path.write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("instances.jsonl", "221", "212"),
        ("pending.jsonl", "第15问", "第九问"),
        ("decisions.jsonl", "nothing to mend", "everything to mend"),
        ("agreement.json", '"items":', '"items":1'),
        ("log/events.jsonl", "no date", "a date!"),
        ("log/texts.jsonl", "嬴政称帝", "刘邦称帝"),
        ("log/gold.jsonl", "true", "false"),
        ("log/hints.jsonl", "odd", "even"),
    ],
)
def test_every_file_of_an_export_is_looked_at(out: Path, name: str, old: str, new: str, signed: bool) -> None:
    path = out / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    if signed:
        signed_again(out)
    with pytest.raises(BadData):
        verify_export(out)


@pytest.mark.parametrize(
    "name", ["decisions.jsonl", "agreement.json", "step.json", "log/hints.jsonl", "review.json"]
)
def test_a_file_that_is_gone_is_missed(out: Path, name: str) -> None:
    (out / name).unlink()
    with pytest.raises((BadData, MissingFile)):
        verify_export(out)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("process", {"filter_votes": 1}),
        ("counts", {"rows": 16, "accepted": 16}),
        ("log", False),
        ("anonymous", True),
        ("heads", {}),
    ],
)
@pytest.mark.parametrize("name", ["review.json", "step.json"])
def test_a_manifest_and_a_step_that_say_something_else_are_named(
    out: Path, name: str, field: str, value: Any
) -> None:
    said = json.loads((out / name).read_text(encoding="utf-8"))
    field = {"process": "settings", "log": "stage", "anonymous": "inputs", "heads": "inputs"}[field] if (
        name == "step.json" and field != "counts"
    ) else field  # fmt: skip
    said[field] = {"stage": "check", "inputs": ["/elsewhere.jsonl"]}.get(field, value)
    (out / name).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(BadData):
        verify_export(out)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("events", 1, "1"),
        ("events", 4, 1.5),
        ("events", 5, None),
        ("texts", 0, None),
        ("texts", 0, 1 << 63),
        ("texts", 3, 7),
        ("texts", 6, 1),
        ("texts", 7, {"a": 1}),
        ("gold", 0, "8"),
        ("gold", 1, None),
        ("gold", 1, True),
        ("hints", 0, [1]),
        ("hints", 3, "1"),
    ],
)
def test_wrong_types_in_a_log_are_told_with_file_and_line(
    out: Path, tmp_path: Path, name: str, column: int, value: Any
) -> None:
    path = out / "log" / f"{name}.jsonl"
    rows = lines(path)
    rows[1][column] = value
    put(path, rows)
    signed_again(out)
    for look in (lambda: verify_export(out), lambda: restore(out, str(tmp_path / "again.db"))):
        with pytest.raises(BadData, match=rf"{name}\.jsonl:2: not "):
            look()
    assert not list(tmp_path.glob("again.db*"))


def chained_again(rows: list[list[Any]]) -> list[list[Any]]:
    """Every chain made to hold again: what a forger who has the whole log can always do."""
    heads: dict[str, tuple[int, str]] = {}
    for row in rows:
        number, previous = heads.get(row[0], (0, START))
        row[1], row[6] = number + 1, previous
        row[7] = chained(previous, *row[:6])
        heads[row[0]] = row[1], row[7]
    return rows


def test_a_log_that_was_chained_again_is_noticed_only_by_heads_kept_elsewhere(
    out: Path, tmp_path: Path
) -> None:
    kept = read_manifest(out)
    rows = lines(out / "log" / "events.jsonl")
    place = Event._fields.index("body") - 1
    for row in rows:
        row[place] = row[place].replace("no date", "a date!")
    put(out / "log" / "events.jsonl", chained_again(rows))
    manifest = json.loads((out / "review.json").read_text(encoding="utf-8"))
    manifest["heads"] = {row[0]: (row[1], row[7]) for row in rows}
    (out / "review.json").write_text(json.dumps(manifest), encoding="utf-8")
    decided = (out / "decisions.jsonl").read_text(encoding="utf-8")
    (out / "decisions.jsonl").write_text(decided.replace("no date", "a date!"), encoding="utf-8")
    signed_again(out)
    verify_export(out)
    with pytest.raises(BadData, match="not the one that was there when the heads were kept"):
        verify_export(out, since=kept)
    with (
        ReviewStore.open(str(tmp_path / "review.db")) as store,
        pytest.raises(BadData, match="not the one that was there"),
    ):
        verify_export(out, store)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: "[]",
        lambda body: "not JSON",
        lambda body: body.replace('"round"', '"turn"'),
        lambda body: body.replace('"vote":1', '"vote":"one"'),
        lambda body: body.replace('"digest":"', '"digest":"0'),
    ],
)
@pytest.mark.parametrize(
    "kind", ["verdict", "revision", "load", "undo", "enrol", "settings", "hints", "gold"]
)
def test_events_that_cannot_be_are_told_and_leave_nothing(
    out: Path, tmp_path: Path, kind: str, change: Any
) -> None:
    rows = lines(out / "log" / "events.jsonl")
    before = json.dumps(rows)
    for row in rows:
        if row[2] == kind:
            row[4] = change(row[4])
    if json.dumps(rows) == before:
        pytest.skip("this kind says nothing of the sort")
    put(out / "log" / "events.jsonl", chained_again(rows))
    manifest = json.loads((out / "review.json").read_text(encoding="utf-8"))
    manifest["heads"] = {row[0]: (row[1], row[7]) for row in rows}
    (out / "review.json").write_text(json.dumps(manifest), encoding="utf-8")
    signed_again(out)
    with pytest.raises(BadData):
        restore(out, str(tmp_path / "again.db"))
    assert not list(tmp_path.glob("again.db*"))
