"""Whoever owns the file changes it, without the annotators' heads: what he did is named, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from curation.review import replay
from curation.review.guards import require_guards
from curation.review.store import ReviewStore
from schemas.errors import BadData
from tests.curation.review.eventful import eventful_store, unguarded


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[ReviewStore]:
    with eventful_store(database_url, tmp_path) as made:
        replay.verify(made)
        yield made


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
    gone = "DROP TRIGGER event_stays_DELETE" + (" ON event" if postgres else "")
    ways = {
        True: [
            ("ALTER TABLE revision DISABLE TRIGGER ALL",),
            (
                "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            ),
        ],
        False: [
            (gone, "CREATE TRIGGER event_stays_DELETE BEFORE DELETE ON event BEGIN SELECT 1; END"),
            (
                "CREATE TRIGGER more AFTER INSERT ON event BEGIN UPDATE item SET state = 'passed' WHERE number = NEW.item; END",
            ),
        ],
    }[postgres]

    def look(way: tuple[str, ...]) -> None:
        with store.database.writing() as connection:  # rolled back, as it raises
            for statement in way:
                connection.exec_driver_sql(statement)
            require_guards(connection)

    for way in [*ways, (gone,)]:
        with pytest.raises(BadData, match="not the trigger that a store has"):
            look(way)
    with store.database.writing() as connection:
        connection.exec_driver_sql(gone)
    with pytest.raises(BadData, match="not the trigger that a store has"):
        replay.verify(store)
