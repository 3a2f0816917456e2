"""The numbers of a real store, on SQLite and on PostgreSQL: what is read out of it, told, exported and printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from curation.__main__ import COMMANDS
from curation.export.history import AgreementFile
from curation.review.agreement.exported import agreement_file
from curation.review.agreement.short import short
from curation.review.agreement.standing import decided_votes, standing
from curation.review.agreement.store_report import report_of
from curation.review.export import export
from curation.review.gold import GoldItem
from curation.review.load import load_gold
from curation.review.process import Process
from curation.review.store import ReviewStore
from schemas.cli import main
from schemas.jsonl import write_jsonl
from tests.curation.review.review_rows import Clock, candidate, changed, instance, store_of

Unit = tuple[int, str, int]
Verdicts = dict[tuple[int, str, int, str], bool]
PEOPLE = ("lin", "wang", "chen", "zhao")


class Reviewed:
    """A store, and what people did there, written down beside it."""

    def __init__(self, url: str, folder: Path, process: Process, items: int = 24) -> None:
        self.clock = Clock()
        rows = [instance(n, ("history", "code")[n % 2]) for n in range(items)] + [candidate(99)]
        self.store = store_of(url, folder, rows, PEOPLE, process, self.clock)
        self.verdicts: Verdicts = {}
        self.revised = 0

    def work(self, acts: int, seed: int = 0) -> None:
        """Everybody in turn does what comes, at most so many acts; one in ten takes the verdict back."""
        random = Random(seed)
        for act in range(acts):
            desk = self.store.desk(PEOPLE[act % len(PEOPLE)])
            work = desk.next()
            self.clock.forward(0.5)
            if work is None:
                continue
            if work.stage == "revise":
                assert desk.revise(work, changed(work.content, f"改{act}")).counted
                self.revised += 1
                continue
            kept = random.random() < 0.7
            assert desk.judge(work, kept, "" if kept else "不对", 12.0, then_next=False).counted
            self.verdicts[work.item, work.stage, work.round, desk.me.name] = kept
            if random.random() < 0.1:
                again = desk.undo().work
                assert again is not None
                del self.verdicts[work.item, work.stage, work.round, desk.me.name]
                desk.release(again)

    def decided(self) -> Verdicts:
        """The verdicts of units with as many of them as the process asks for: two that agree, or three."""
        units: dict[Unit, list[bool]] = {}
        for (item, stage, turn, _), kept in self.verdicts.items():
            units.setdefault((item, stage, turn), []).append(kept)
        third = self.store.process.on_disagreement == "third_vote"
        over = {u for u, v in units.items() if len(v) == 3 or (len(v) == 2 and (not third or v[0] == v[1]))}
        return {key: kept for key, kept in self.verdicts.items() if key[:3] in over}


@pytest.fixture(params=["reject", "third_vote"])
def reviewed(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Reviewed]:
    process = Process.model_validate(
        {"on_disagreement": request.param, "revise": ("*",), "rounds": 2, "training_items": 0}
    )
    found = Reviewed(database_url, tmp_path, process)
    with found.store:
        yield found


@pytest.mark.parametrize("acts", [30, 400])
def test_votes_are_the_standing_ones_of_decided_units(reviewed: Reviewed, acts: int) -> None:
    reviewed.work(acts)
    with reviewed.store.database.reading() as connection:
        votes = decided_votes(connection)
        everything = standing(connection)
    stages = ("filter", "review")
    read = {
        (int(votes.items[i]), stages[s], int(r), votes.annotators[a]): bool(k)
        for i, s, r, a, k in zip(
            votes.item, votes.stage, votes.round, votes.annotator, votes.kept, strict=True
        )
    }
    assert read == reviewed.decided()
    assert read
    assert len(read) == len(votes)
    assert set(votes.seconds) == {12.0}
    assert sorted(everything.votes.units()) == sorted(votes.units())  # a database has no order of its own
    assert len(everything.acts) == len(reviewed.verdicts) + reviewed.revised


def test_short_and_the_report_and_the_file_say_the_same(reviewed: Reviewed, tmp_path: Path) -> None:
    reviewed.work(400)
    report = report_of(reviewed.store)
    assert report is not None
    quick = short(reviewed.store.dashboard("").patterns)
    assert {s.stage for s in report.total.stages} == set(quick)
    for stage in report.total.stages:
        if stage.items >= 10:
            told = (stage.of(n).value for n in ("observed agreement", "Krippendorff's alpha", "Gwet's AC1"))
            assert quick[stage.stage] == pytest.approx(tuple(told), abs=1e-5)
    with reviewed.store.database.reading() as connection:
        file = agreement_file(connection)
    whole = report.total.agreement
    assert {(a.measure, a.value, a.low, a.high) for a in file.agreement if not a.ability} == {
        (m.measure, m.value, m.low, m.high)
        for m in (
            whole.of("observed agreement"),
            whole.of("Krippendorff's alpha"),
            whole.of("Gwet's AC1"),
        )
    }
    assert {a.ability for a in file.agreement} == {"", "history", "code"}
    export(reviewed.store, tmp_path / "out")
    written = (tmp_path / "out" / "agreement.json").read_text(encoding="utf-8")
    assert AgreementFile.model_validate_json(written) == file


def test_items_add_up_and_rates_are_those_of_the_units(reviewed: Reviewed) -> None:
    reviewed.work(150)
    report = report_of(reviewed.store)
    assert report is not None
    units: dict[Unit, list[bool]] = {}
    for key, kept in reviewed.decided().items():
        units.setdefault(key[:3], []).append(kept)
    filtered = [v for (_, stage, _), v in units.items() if stage == "filter"]
    total = report.total
    assert total.items == 25 == total.passed + total.rejected + total.pending
    assert total.filter_pass is not None
    assert total.filter_pass.of == len(filtered)
    assert total.filter_pass.count == sum(sum(v) * 2 > len(v) if len(v) == 3 else all(v) for v in filtered)
    assert total.pace.verdicts == len(reviewed.verdicts)
    assert total.pace.revisions == reviewed.revised
    assert total.forecast.verdicts_least == sum(a.forecast.verdicts_least for a in report.abilities)


def test_nothing_decided_is_one_line(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Reviewed(database_url, tmp_path, Process())
    with found.store as store:
        desk = store.desk("lin")
        work = desk.next()
        assert work is not None
        desk.judge(work, True, then_next=False)
        export(store, tmp_path / "out")
    assert not (tmp_path / "out" / "agreement.json").exists()
    capsys.readouterr()
    assert _agreement("--db", database_url, "--out", str(tmp_path / "told")) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "nothing is decided" in said
    assert not (tmp_path / "told").exists()


def test_an_export_takes_back_an_agreement_that_holds_no_more(tmp_path: Path) -> None:
    """As after an undo: too few items are left, so the older file would be of another review."""
    found = Reviewed(f"sqlite:///{tmp_path / 'review.db'}", tmp_path, Process())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "agreement.json").write_text("{}")
    with found.store as store:
        export(store, tmp_path / "out")
    assert not (tmp_path / "out" / "agreement.json").exists()


def test_gold_items_are_told_of_each_annotator_apart_from_training(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    process = Process(training_items=3, training_accuracy=0.5, gold_every=1)
    write_jsonl(
        tmp_path / "gold.jsonl",
        [GoldItem(instance=instance(1000 + n), approve=n % 2 == 0, why="因为") for n in range(12)],
    )
    rows = [instance(n) for n in range(60)]
    with store_of(database_url, tmp_path, rows, (), process, clock) as store:
        load_gold(store, tmp_path / "gold.jsonl")
        store.forget()
        right: dict[str, int] = {}
        for name in ("lin", "wang"):
            store.enrol(name)
            for _ in range(72):
                desk = store.desk(name)
                work = desk.next()
                assert work is not None
                said = work.content.source.row
                gold = int(said) >= 1000 if said is not None else False
                # lin is right on gold items, wang approves everything
                kept = (int(said or 0) % 2 == 0) if gold and name == "lin" else True
                clock.forward(0.3)
                desk.judge(work, kept, "" if kept else "不对", 9.0, then_next=False)
                right[name] = right.get(name, 0) + (gold and kept == (int(said or 0) % 2 == 0))
        report = report_of(store)
    assert report is not None
    lin, wang = report.people
    for person in (lin, wang):
        assert person.training is not None
        assert person.gold is not None
        assert person.training.of >= 3
        assert person.training.of + person.gold.of == 12
        assert person.training.count + person.gold.count == right[person.name]
        assert person.pace.gold == 12
        assert person.verdicts == 60
    assert lin.gold is not None
    assert lin.gold.count == lin.gold.of
    assert wang.false_approvals > 0 == wang.false_rejections
    assert report.votes == 120  # gold items are no part of agreement


def test_command_prints_and_writes(reviewed: Reviewed, database_url: str, tmp_path: Path,
                                   capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    reviewed.work(400)
    out = tmp_path / "told"
    assert _agreement("--db", database_url, "--out", str(out)) == 0
    text = capsys.readouterr().out
    for part in ("history", "code", "AC1", "alpha", "labour h", "hours left", "zhao"):
        assert part in text
    with reviewed.store.database.reading() as connection:
        assert AgreementFile.model_validate_json((out / "agreement.json").read_text()) == agreement_file(
            connection
        )
    told = []
    for seed in ("7", "7", "8"):
        assert _agreement("--db", database_url, "--json", "--seed", seed) == 0
        report = json.loads(capsys.readouterr().out)
        told.append(report["total"]["agreement"])
    assert told[0] == told[1]
    assert told[0] != told[2]
    assert [m["value"] for m in told[0]["measures"]] == [m["value"] for m in told[2]["measures"]]


def test_bad_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _agreement("--db", str(tmp_path / "none.db")) != 0
    assert "missing_file" in capsys.readouterr().err
    with ReviewStore.open(str(tmp_path / "review.db"), create=True):
        pass
    assert _agreement("--db", str(tmp_path / "review.db"), "--seed", "-1") != 0
    assert "--seed" in capsys.readouterr().err


def _agreement(*arguments: str) -> int:
    return main("curation", "", COMMANDS, ["agreement", *arguments])
