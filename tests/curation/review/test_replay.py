"""The log is enough: a store made anew, moved and restored is the same, and what was tampered with is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from curation.__main__ import COMMANDS
from curation.review import replay
from curation.review.export import export, read_manifest, verify_export
from curation.review.log import FolderLog
from curation.review.process import Process
from curation.review.store import ReviewStore
from curation.step import read_step
from schemas.cli import main
from schemas.errors import BadData, ExitCode
from schemas.jsonl import read_jsonl
from tests.curation.review.review_rows import candidate, changed, instance, store_of

ROWS = [*(instance(n) for n in range(1, 7)), candidate(7)]


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[ReviewStore]:
    """A review in which something of everything happened."""
    made = store_of(database_url, tmp_path, ROWS, process=Process(revise=("*",)))
    lin, wang, chen, zhao = (made.desk(name) for name in ("lin", "wang", "chen", "zhao"))
    for desk in (lin, wang):
        work, number = desk.next(), 0
        while work is not None and number < 5:
            number += 1
            work = desk.judge(work, number != 2, "no date" if number == 2 else "", 4.25).next
        if work is not None:
            desk.skip(work)
    lin.undo()
    wang.comment(1, "看看")
    wang.colleagues(1)
    chen.flag(2, "?")
    for words in ("公元前221年，嬴政称帝。", "疑是地上霜"):
        todo = chen.next(["revise"])
        assert todo is not None
        chen.revise(todo, changed(todo.content, words), "mended", 61.5)
    shown = zhao.next(["review"])
    assert shown is not None
    zhao.judge(shown, True)
    lin_sees = lin.next(["review"])
    assert lin_sees is not None
    lin.judge(lin_sees, True)
    yield made
    made.close()


def other(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database of the other kind."""
    if url.startswith("sqlite"):
        return str(request.getfixturevalue("postgres_url"))
    return str(tmp_path / "other.db")


def test_a_copy_in_the_other_database_gives_the_same_bytes(
    store: ReviewStore, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    heads = replay.verify(store)
    with replay.copy(store, other(database_url, tmp_path, request)) as moved:
        assert replay.verify(moved) == heads
        here, there = tmp_path / "here", tmp_path / "there"
        assert export(store, here) == export(moved, there)
        for name in (
            "instances.jsonl",
            "pending.jsonl",
            "decisions.jsonl",
            "log/events.jsonl",
            "log/texts.jsonl",
        ):
            assert (here / name).read_bytes() == (there / name).read_bytes(), name
        assert (
            [v.id for v in moved.search("lin", "嬴政").hits]
            == [v.id for v in store.search("lin", "嬴政").hits]
            != []
        )
        work = moved.desk("zhao").next()  # and the work goes on there
        assert work is not None
        assert moved.desk("zhao").judge(work, True).counted
        replay.verify(moved)
        with pytest.raises(BadData, match="there is a review already"):
            replay.copy(store, moved.database.name if moved.database.dialect == "sqlite" else database_url)


def test_an_export_plays_itself_again(store: ReviewStore, tmp_path: Path) -> None:
    out = tmp_path / "out"
    counts = export(store, out)
    assert (counts.rows, counts.accepted + counts.rejected + counts.pending) == (7, 7)
    assert counts.accepted > 0
    assert verify_export(out, store).counts == counts
    with replay.play_into(FolderLog(out / "log"), str(tmp_path / "again.db")) as again:
        assert export(again, tmp_path / "second") == counts
    assert (out / "instances.jsonl").read_bytes() == (tmp_path / "second" / "instances.jsonl").read_bytes()
    step = read_step(out)
    assert step is not None
    assert step.stage == "review"
    assert step.inputs == (str(tmp_path / "pool.jsonl"),)
    decisions = [row for _, row in read_jsonl(out / "decisions.jsonl")]
    assert {d["rule"] for d in decisions} == {"lin", "wang", "chen", "zhao"}
    assert {d["evidence"] for d in decisions} >= {"filter", "revised", "review 1"}
    store.desk("zhao").comment(1, "later")  # a store that went on still stands behind its export
    assert verify_export(out, store).counts == counts


def test_an_anonymous_export_names_nobody(store: ReviewStore, tmp_path: Path) -> None:
    export(store, tmp_path / "out", log=False, anonymous=True)
    text = "".join(p.read_text() for p in (tmp_path / "out").iterdir() if p.name != "review.json")
    assert "wang" not in text
    assert "annotator 2" in text


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("log/events.jsonl", "no date", "a date!", "the log was changed here"),
        ("log/texts.jsonl", "嬴政称帝", "刘邦称帝", "the text was changed"),
        ("instances.jsonl", "221", "212", "not the file that was exported"),
        ("log/gold.jsonl", "", "[", "not number, gold"),
    ],
)
def test_a_tampered_export_is_named(
    store: ReviewStore, tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    export(store, tmp_path / "out")
    path = tmp_path / "out" / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
    with pytest.raises(BadData, match=said):
        verify_export(tmp_path / "out")


def test_a_log_whose_end_was_cut_off_does_not_fit_its_manifest(store: ReviewStore, tmp_path: Path) -> None:
    export(store, tmp_path / "out")
    path = tmp_path / "out" / "log" / "events.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(BadData, match="ends elsewhere"):
        verify_export(tmp_path / "out")


def unguarded(store: ReviewStore, table: str, statement: str) -> None:
    """What somebody does who owns the database and takes the guards away."""
    with store.database.writing() as connection:
        on = f" ON {table}" if store.database.dialect == "postgresql" else ""
        for what in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(f"DROP TRIGGER {table}_stays_{what}{on}")
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("table", "statement", "said"),
    [
        ("event", "UPDATE event SET body = replace(body, 'no date', 'a date!')", "the log was changed here"),
        ("event", "DELETE FROM event WHERE actor = 'wang' AND number = 2", "does not follow on"),
        ("event", "DELETE FROM event WHERE actor = 'zhao'", "should have"),
        ("revision", "UPDATE revision SET line = replace(line, '221', '212')", "the text was changed"),
    ],
)
def test_what_was_tampered_with_is_named(store: ReviewStore, table: str, statement: str, said: str) -> None:
    unguarded(store, table, statement)
    with pytest.raises(BadData, match=said):
        replay.verify(store)


@pytest.mark.parametrize(
    "statement", ["UPDATE event SET body = '{}'", "DELETE FROM event", "DELETE FROM revision"]
)
def test_the_database_itself_refuses(store: ReviewStore, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), store.database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_a_projection_that_was_changed_is_found_and_made_anew(store: ReviewStore) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE item SET state = 'passed' WHERE number = 2")
        connection.exec_driver_sql("DELETE FROM tally WHERE actor = 'lin'")
    with pytest.raises(BadData, match="the state of items does not follow from the log"):
        replay.verify(store)
    replay.rebuild(store)
    replay.verify(store)


def test_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with store_of(str(tmp_path / "review.db"), tmp_path, ROWS):
        pass
    monkeypatch.setenv("ABILITYMIX_DB", "review.db")

    def run(*words: str) -> int:
        capsys.readouterr()
        return main("curation", "", COMMANDS, words)

    assert run("review", "annotators", "--json") == 0
    assert [p["name"] for p in json.loads(capsys.readouterr().out)] == ["lin", "wang", "chen", "zhao"]
    assert run("review", "export", "--out", "out") == 0
    assert "rows in 7 = accepted 0 + rejected 0 + pending 7" in capsys.readouterr().out
    assert run("store", "verify", "--export", "out") == 0
    assert run("store", "restore", "--export", "out", "--db", "again.db") == 0
    assert run("store", "info", "--db", "again.db", "--json") == 0
    assert json.loads(capsys.readouterr().out)["items"] == 7
    assert run("store", "copy", "--to", "again.db") == ExitCode.BAD_DATA
    assert run("store", "copy") == ExitCode.BAD_SPEC
    assert run("review", "load") == ExitCode.BAD_SPEC
    assert run("review", "annotators", "add", "a\x1bb") == ExitCode.BAD_SPEC
    assert run("review", "annotators", "add", "lin", "--ability", "histroy") == ExitCode.BAD_SPEC
    assert "history" in capsys.readouterr().err
    monkeypatch.delenv("ABILITYMIX_DB")
    assert run("review", "export", "--out", "x") == ExitCode.BAD_SPEC
    assert run("store", "verify", "--db", "none.db") == ExitCode.MISSING_FILE
    assert read_manifest(tmp_path / "out").log
