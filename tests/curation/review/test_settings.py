"""The settings of a review: what may change while people work, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from curation.review.load import load_gold
from curation.review.process import Process
from curation.review.replay import rebuild, verify
from curation.review.settings import LOOSE
from curation.review.store import ReviewStore
from schemas.cli import main
from schemas.errors import BadSpec, ExitCode
from tests.curation.review.review_rows import instance, store_of

ROWS = [instance(n) for n in range(4)]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main("curation", "", COMMANDS, words)
    said = capsys.readouterr()
    return code, said.out, said.err


def written(folder: Path, text: str, name: str = "settings.toml") -> str:
    (folder / name).write_text(f"[review]\n{text}\n", encoding="utf-8")
    return str(folder / name)


def test_without_a_file_they_are_shown_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = str(tmp_path / "review.db")
    process = Process(filter_votes=3, revise=("history", "*"), training_accuracy=0.75)
    with store_of(db, tmp_path, ROWS, process=process):
        pass
    code, out, _ = run(capsys, "review", "settings", "--db", db)
    assert code == 0
    assert 'revise = ["history","*"]' in out
    assert out.index("filter_votes = 3") < out.index("may be changed") < out.index("lease_minutes = 30.0")
    # What is printed is a settings file that the review has.
    (tmp_path / "shown.toml").write_text(out, encoding="utf-8")
    code, out, _ = run(capsys, "review", "settings", "--db", db, str(tmp_path / "shown.toml"))
    assert (code, out) == (0, "nothing to change: the review has these settings\n")
    code, out, _ = run(capsys, "review", "settings", "--db", db, "--json")
    assert Process.model_validate(json.loads(out)["settings"]) == process


def test_what_may_change_is_changed_and_the_rest_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = str(tmp_path / "review.db")
    with store_of(db, tmp_path, ROWS, process=Process(filter_votes=3)):
        pass
    looser = written(tmp_path, "lease_minutes = 90\ngold_every = 0")
    code, out, _ = run(capsys, "review", "settings", "--db", db, looser)
    assert code == 0
    assert "lease_minutes = 90.0, before 30.0\n" in out
    mixed = written(tmp_path, "lease_minutes = 5\nrounds = 2", "mixed.toml")
    code, _, err = run(capsys, "review", "settings", "--db", db, mixed)
    assert code == ExitCode.BAD_SPEC
    assert err.count("\n") == 1
    assert "rounds is fixed once a store is made" in err
    assert all(name in err for name in LOOSE)
    with ReviewStore.open(db) as store:
        assert store.process == Process(filter_votes=3, lease_minutes=90, gold_every=0)
        verify(store)
        rebuild(store)
        assert store.process.lease_minutes == 90
    # Loading more with the settings of before says where to change them, and with those of now it loads.
    pool = tmp_path / "pool.jsonl"
    before = written(tmp_path, "lease_minutes = 30", "before.toml")
    code, _, err = run(capsys, "review", "load", str(pool), "--db", db, "--settings", before, "--no-hints")
    assert code == ExitCode.BAD_SPEC
    assert "review settings" in err
    assert run(capsys, "review", "load", str(pool), "--db", db, "--settings", looser, "--no-hints")[0] == 0


def test_who_works_learns_of_it_and_who_has_passed_by_the_new_rules_begins(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(training_items=2, training_accuracy=1.0, gold_every=0)
    with store_of(database_url, tmp_path, ROWS, process=process, people=()) as store:
        gold = [{"instance": instance(n).model_dump(mode="json"), "approve": True} for n in (8, 9)]
        (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, gold)) + "\n", encoding="utf-8")
        load_gold(store, tmp_path / "gold.jsonl")
        store.enrol("lin")
        store.enrol("wang")
        desk = store.desk("lin")
        for kept in (True, False):
            work = desk.next()
            assert work is not None
            desk.judge(work, kept, then_next=False)
        assert desk.next() is None  # one of two was right, and no gold item is left
        with ReviewStore.open(database_url) as other:
            other.change(training_accuracy=0.5, lease_minutes=120)
            assert [p.status for p in other.people()] == ["active", "training"]
        begun = store.desk("lin")
        monkeypatch.setattr("curation.review.store.time.monotonic", lambda: 1e12)
        work = begun.next()
        assert work is not None
        assert not work.training
        assert store.process.lease_minutes == 120
        assert work.expires - store.now() > 100 * 60_000_000
        with pytest.raises(BadSpec, match="rounds is fixed"):
            store.change(rounds=3)
        verify(store)


def test_abilities_to_revise_are_known_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from schemas.jsonl import write_jsonl

    pool, db = tmp_path / "pool.jsonl", tmp_path / "review.db"
    write_jsonl(pool, [instance(1, ability="my_own")])

    def loaded(text: str) -> tuple[int, str, str]:
        settings = written(tmp_path, text)
        return run(capsys, "review", "load", str(pool), "--db", str(db), "--settings", settings, "--no-hints")

    code, _, err = loaded('revise = ["my_onw"]')
    assert code == ExitCode.BAD_SPEC
    assert "did you mean 'my_own'?" in err
    code, _, err = loaded('revise = "*"')
    assert code == ExitCode.BAD_SPEC
    assert 'write a list: ["*"]' in err
    assert not db.exists()
    assert loaded('revise = ["my_own", "math"]')[0] == 0
    # What another pool brought is known, too.
    write_jsonl(pool, [instance(2, ability="math")])
    assert loaded('revise = ["my_own", "math"]')[0] == 0
