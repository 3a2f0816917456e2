"""What leaves a review: all of it or nothing, decided items only, and nobody's name where none is to be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from curation.__main__ import COMMANDS
from curation.explain import find_story, tell
from curation.review import exporting, replay
from curation.review import tables as t
from curation.review.export import export
from curation.review.exported import restore, verify_export
from curation.review.manifest import read_manifest
from curation.review.process import Process
from curation.review.store import ReviewStore
from schemas.cli import main
from schemas.errors import BadData, BadSpec, ExitCode
from schemas.jsonl import read_jsonl
from tests.curation.review.eventful import ROWS, eventful_store
from tests.curation.review.review_rows import candidate, store_of

PEOPLE = ("lin", "wang", "chen", "zhao")


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[ReviewStore]:
    with eventful_store(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def local(tmp_path: Path) -> Iterator[ReviewStore]:
    """In a file, for what is the same in either database."""
    with eventful_store(str(tmp_path / "review.db"), tmp_path) as made:
        yield made


def decisions(out: Path) -> list[dict[str, Any]]:
    return [row for _, row in read_jsonl(out / "decisions.jsonl")]


def told(number: int, out: Path) -> list[str]:
    return list(tell(find_story(f"{ROWS[number].source.name}:{ROWS[number].source.row}", [out])))


def test_a_refusal_to_revise_is_exported_like_any_verdict(store: ReviewStore, tmp_path: Path) -> None:
    counts = export(store, tmp_path / "out")
    assert counts.rejected == 1
    (declined,) = [row for row in decisions(tmp_path / "out") if row.get("evidence") == "declined"]
    assert declined == {
        "subject": ROWS[2].id,
        "stage": "review",
        "rule": "chen",
        "kept": False,
        "reason": "nothing to mend",
        "evidence": "declined",
    }
    assert verify_export(tmp_path / "out", store).counts == counts


def test_verdicts_on_what_is_not_decided_stay_in_the_log(store: ReviewStore, tmp_path: Path) -> None:
    export(store, tmp_path / "out")
    pending = {row["id"] for _, row in read_jsonl(tmp_path / "out" / "pending.jsonl")}
    assert len(pending) == 5
    subjects = {row["subject"] for row in decisions(tmp_path / "out")}
    # One verdict of two; a revision that waits for its reviewers, and the candidate that it answers.
    assert subjects.isdisjoint({*pending, ROWS[6].id, ROWS[12].id})
    assert subjects >= {ROWS[0].id, ROWS[1].id, ROWS[2].id}


def test_a_story_says_who_revised_and_where_an_item_stands(local: ReviewStore, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(local, out)
    revised, declined, waiting, answered = (told(number, out) for number in (1, 2, 12, 6))
    mine = [re.sub(r" \[\w+\]", "", line) for line in revised if line.startswith("review")]
    assert mine == [
        "review not kept by lin in filter: no date",
        "review not kept by wang in filter: no date",
        "review revised by chen: mended",
        "review kept by zhao in review 1",
        "review kept by lin in review 1",
        "review passed",
    ]
    assert "review declined by chen: nothing to mend [out]" in declined
    assert "review rejected [out]" in declined
    for story in (waiting, answered):
        assert any(line.startswith("review pending: it waits for people's verdicts") for line in story)
        assert not any("had anything against it" in line or " by " in line for line in story)


def test_an_anonymous_export_names_nobody_in_any_file(store: ReviewStore, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(store, out)
    named = "".join(path.read_text(encoding="utf-8") for path in out.rglob("*") if path.is_file())
    assert all(f'"{name}"' in named for name in PEOPLE)
    verify_export(out)
    counts = export(store, out, log=False, anonymous=True)
    text = "".join(path.read_text(encoding="utf-8") for path in out.rglob("*") if path.is_file())
    assert not [name for name in PEOPLE if re.search(rf"\b{name}\b", text.replace(str(tmp_path), ""))]
    assert "annotator 2" in text
    assert not (out / "log").exists()
    assert verify_export(out, store).counts == counts
    export(store, tmp_path / "later")
    verify_export(tmp_path / "later", since=read_manifest(out))  # numbers are as good as names for that
    with pytest.raises(BadSpec, match="no log to look for them in"):
        verify_export(out, since=read_manifest(out))
    with pytest.raises(BadSpec, match="the log names everybody"):
        export(store, out, anonymous=True)


def test_an_export_without_its_log_is_held_against_the_store(store: ReviewStore, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(store, out, log=False)
    # The store goes on, and stands behind its export all the same.
    wang, zhao = store.desk("wang"), store.desk("zhao")
    for desk, kept in ((zhao, True), (wang, False)):
        work = desk.next(["review"])
        assert work is not None
        desk.judge(work, kept, "no rhyme")
    verify_export(out, store)
    path = out / "instances.jsonl"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")
    manifest = json.loads((out / "review.json").read_text(encoding="utf-8"))
    manifest["files"]["instances.jsonl"] = sha256(path.read_bytes()).hexdigest()
    (out / "review.json").write_text(json.dumps(manifest), encoding="utf-8")
    verify_export(out)  # all that it can be compared with says so
    with pytest.raises(BadData, match="not what the log gives"):
        verify_export(out, store)


def test_an_export_that_fails_leaves_everything_as_it_was(
    local: ReviewStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contents(folder: Path) -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    out, new = tmp_path / "out", tmp_path / "new"
    export(local, out)
    before = contents(out)
    local.desk("wang").comment(2, "more")

    def failing(*_: object) -> None:
        raise OSError("no more room")

    monkeypatch.setattr(exporting, "_decisions", failing)
    for folder in (out, new):
        with pytest.raises(OSError, match="no more room"):
            export(local, folder)
    assert contents(out) == before
    assert not new.exists()


def test_what_stands_in_the_place_of_a_log_is_left_alone(local: ReviewStore, tmp_path: Path) -> None:
    other = tmp_path / "out" / "log" / "mine.txt"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    for log in (True, False):
        with pytest.raises(BadSpec, match="not the log of an export"):
            export(local, tmp_path / "out", log=log)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["log"]
    assert other.read_text() == "mine"


def test_a_copy_takes_drafts_along_and_an_export_does_not(store: ReviewStore, tmp_path: Path) -> None:
    drafts = select(t.draft.c.actor, t.draft.c.item, t.draft.c.text)
    with replay.copy(store, str(tmp_path / "copy.db")) as moved, moved.database.reading() as connection:
        assert connection.execute(drafts).all() == [("zhao", 16, "未完")]
    export(store, tmp_path / "out")
    assert "未完" not in "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "out").rglob("*.json*"))


def test_restoring_looks_at_the_export_first(local: ReviewStore, tmp_path: Path) -> None:
    out, again = tmp_path / "out", tmp_path / "again.db"
    export(local, out)
    path = out / "log" / "events.jsonl"
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(BadData, match="ends elsewhere"):
        restore(out, str(again))
    path.write_bytes(whole)
    export(local, tmp_path / "bare", log=False)
    with pytest.raises(BadData, match="no log"):
        restore(tmp_path / "bare", str(again))
    assert not list(tmp_path.glob("again.db*"))
    assert restore(out, str(again)) == str(again)
    with ReviewStore.open(str(again)) as restored:
        assert replay.verify(restored) == replay.verify(local)
    with pytest.raises(BadData, match="there is a review already"):
        restore(out, str(again))


def test_no_password_is_shown(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sqlalchemy.engine import make_url

    secret = make_url(postgres_url).password
    assert secret
    with store_of(str(tmp_path / "review.db"), tmp_path, [candidate(1)]) as store:
        export(store, tmp_path / "out")
    monkeypatch.setenv("ABILITYMIX_DB", str(tmp_path / "review.db"))
    out = str(tmp_path / "out")
    for words, code in (
        (["restore", "--export", out, "--db", postgres_url], ExitCode.OK),
        (["restore", "--export", out, "--db", postgres_url], ExitCode.BAD_DATA),
        (["copy", "--to", postgres_url], ExitCode.BAD_DATA),
        (["info", "--db", postgres_url, "--json"], ExitCode.OK),
        (["verify", "--db", postgres_url, "--export", out], ExitCode.OK),
    ):
        assert main("curation", "", COMMANDS, ["store", *words]) == code, words
        said = capsys.readouterr()
        assert secret not in said.out + said.err
        assert "***" in said.out + said.err or words[0] == "verify"


def test_the_command_says_what_it_looked_at(
    local: ReviewStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ABILITYMIX_DB", raising=False)
    export(local, tmp_path / "out")
    export(local, tmp_path / "bare", log=False)

    def run(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        assert main("curation", "", COMMANDS, ["store", "verify", "--json", *words]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    full = run("--export", str(tmp_path / "out"))
    assert (full["chains of its log that hold"], full["played again"]) == (5, True)
    bare = run("--export", str(tmp_path / "bare"))
    assert "chains of its log that hold" not in bare
    assert not bare["played again"]
    heads = ["--heads", str(tmp_path / "bare" / "review.json")]
    assert run("--db", local.database.name, "--export", str(tmp_path / "bare"), *heads)["played again"]
    assert run("--export", str(tmp_path / "out"), *heads)["played again"]
    with store_of(str(tmp_path / "other.db"), tmp_path, ROWS, process=Process(revise=("*",), gold_every=0)):
        pass
    words = ["store", "verify", "--db", str(tmp_path / "other.db"), *heads]
    assert main("curation", "", COMMANDS, words) == ExitCode.BAD_DATA
    assert "not the one that was there when the heads were kept" in capsys.readouterr().err
    assert read_manifest(tmp_path / "out").heads == read_manifest(tmp_path / "bare").heads
