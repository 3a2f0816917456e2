"""The log is enough: a store made anew, moved and restored is the same, and what was tampered with is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from curation.review import replay
from curation.review.export import export
from curation.review.exported import verify_export
from curation.review.log import FolderLog
from curation.review.manifest import read_manifest
from curation.review.play import play_into
from curation.review.store import ReviewStore
from curation.step import read_step
from schemas.cli import main
from schemas.errors import BadData, ExitCode
from schemas.jsonl import read_jsonl
from tests.curation.review.eventful import ROWS, eventful_store
from tests.curation.review.review_rows import store_of


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[ReviewStore]:
    with eventful_store(database_url, tmp_path) as made:
        yield made


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
    assert (counts.rows, counts.accepted + counts.rejected + counts.pending) == (16, 16)
    assert counts.accepted > 0
    assert verify_export(out, store).counts == counts
    with play_into(FolderLog(out / "log"), str(tmp_path / "again.db")) as again:
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


def test_a_projection_that_was_changed_is_found_and_made_anew(store: ReviewStore) -> None:
    for statement, said in (
        ("DELETE FROM tally WHERE actor = 'lin'", "a count of the dashboard"),
        ("UPDATE item SET state = 'passed' WHERE number = 15", r"the row of an item \(item 15\)"),
    ):
        with store.database.writing() as connection:
            connection.exec_driver_sql(statement)
        with pytest.raises(BadData, match=said):
            replay.verify(store)
        replay.rebuild(store)
        replay.verify(store)


def test_what_was_revised_and_taken_back_is_found_by_its_text_of_before(store: ReviewStore) -> None:
    chen = store.desk("chen")
    assert chen.undo().was == "revised"  # the answer to the candidate, which has no reviewer yet
    assert [hit.item for hit in store.search("chen", "第7首诗").hits] == [7]
    assert store.search("chen", "疑是").hits == []
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
    assert "rows in 16 = accepted 0 + rejected 0 + pending 16" in capsys.readouterr().out
    assert run("store", "verify", "--export", "out") == 0
    assert run("store", "restore", "--export", "out", "--db", "again.db") == 0
    assert run("store", "info", "--db", "again.db", "--json") == 0
    assert json.loads(capsys.readouterr().out)["items"] == 16
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
